"""The responsibility catalogue: what may stand in it, its versions, and who changed what."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline import catalogue
from hotline.catalogue import CatalogueError, Rule, in_period
from hotline.city import City

TODAY = date(2025, 11, 21)
LAST = Rule("", "district", reason="职责不清的派区。")


def test_what_ships_may_stand_and_a_departmental_duty_is_never_with_the_grassroots(city: City) -> None:
    catalogue.check(city, city.rules)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (Rule("01", "dept-atlantis", reason="x"), "第1条：没有代号为“dept-atlantis”的单位"),
        (Rule("99", "district", reason="x"), "没有以“99”开头的分类"),
        (Rule("01", "district", ("district",), "x"), "不能重复"),
        (Rule("01", "district", reason=""), "请写明依据"),
        (Rule("01", "district", reason="x", places=("999999",)), "没有代码为“999999”的区"),
        (Rule("01", "district", reason="x", periods=("冬天",)), "时段“冬天”看不懂"),
        (Rule("01", "district", reason="x", who=("martian",)), "对象“martian”看不懂"),
        (Rule("01", "district", reason="x", limit="someday"), "没有叫“someday”的时限"),
        (Rule("13", "street", reason="x"), "“劳动和社会保障”是部门职责，不能派给街道、乡镇"),
        (Rule("13", "dept-labour", ("street",), "x"), "部门职责"),
        (Rule("13", "street-110105026", reason="x"), "部门职责"),
        (Rule("1", "street", reason="x"), "部门职责"),
        (Rule("", "street", reason="x", who=("report",)), "部门职责"),
    ],
)
def test_a_rule_that_can_not_stand_is_refused_in_a_sentence_that_names_it(city: City, rule: Rule, told: str) -> None:
    with pytest.raises(CatalogueError, match=told):
        catalogue.check(city, [rule, LAST])


def test_a_rule_that_is_never_reached_is_refused(city: City) -> None:
    catalogue.check(city, [Rule("0101", "district", reason="x"), Rule("01", "street", reason="x"), LAST])
    with pytest.raises(CatalogueError, match="第2条永远轮不到：第1条"):
        catalogue.check(city, [Rule("01", "street", reason="x"), Rule("0101", "district", reason="x"), LAST])
    catalogue.check(city, [Rule("01", "street", reason="x", who=("report",)), Rule("0101", "district", reason="x"), LAST])


@pytest.mark.parametrize("rules", [[], [Rule("01", "street", reason="x")], [replace(LAST, who=("report",))]], ids=["none", "no last one", "a condition"])
def test_somebody_is_there_for_what_is_unclear(city: City, rules: list[Rule]) -> None:
    with pytest.raises(CatalogueError, match="最后一条"):
        catalogue.check(city, rules)


@pytest.mark.parametrize(
    ("period", "inside", "outside"),
    [("11-15..03-15", ["11-15 00:00", "01-01 12:00", "03-15 23:59"], ["11-14 23:59", "03-16 00:00"]),
     ("04-01..10-31", ["04-01 00:00", "10-31 23:00"], ["03-31 23:59", "11-01 00:00"]),
     ("22:00..06:00", ["01-01 22:00", "07-07 03:00"], ["01-01 21:59", "01-01 06:01"])],
)  # fmt: skip
def test_periods_reach_over_midnight_and_the_new_year(period: str, inside: list[str], outside: list[str]) -> None:
    def at(text: str) -> datetime:
        return datetime.strptime(f"2025-{text}", "%Y-%m-%d %H:%M")  # noqa: DTZ007

    assert all(in_period(period, at(text)) for text in inside)
    assert not any(in_period(period, at(text)) for text in outside)


@given(st.text("0123456789-:.冬 ", max_size=14))
def test_a_period_is_understood_or_refused_in_a_sentence(text: str) -> None:
    with suppress(CatalogueError):
        assert in_period(text, datetime(2025, 1, 1)) in (True, False)  # noqa: DTZ001


@pytest.mark.parametrize("period", ["13-45..99-99", "22:00..06-15", "25:00..06:00", "02-30..03-01", "11-15", ""])
def test_a_rule_for_days_or_hours_that_there_are_not_is_refused(city: City, period: str) -> None:
    with pytest.raises(CatalogueError, match="看不懂"):
        catalogue.check(city, [Rule("01", "street", reason="因为", periods=(period,)), *city.rules])
    catalogue.check_period("02-29..03-01")


def test_rules_in_text_and_back(city: City) -> None:
    row = {"category_prefix": "01", "places": "110101；110102", "periods": "22:00..06:00", "who": "report;enterprise", "lead": "street",
           "assists": "district", "limit": "general", "reason": "因为"}  # fmt: skip
    rule = catalogue.read_rule(row)
    assert (rule.places, rule.who, rule.assists) == (("110101", "110102"), ("report", "enterprise"), ("district",))


# --- Versions


def publish(store: Any, city: City, clock: Any, rules: list[Rule], *, valid_from: date = TODAY, based_on: int = 0, note: str = "改街道职责") -> Any:
    with store.transaction() as tx:
        return catalogue.publish(tx, city, rules, valid_from=valid_from, by="李四", note=note, today=TODAY, now=clock(), based_on=based_on)


def in_force(store: Any, city: City, day: date) -> int:
    with store.transaction() as tx:
        return catalogue.in_force(tx, city, day).number


def test_the_folder_is_in_force_until_a_version_is_made_and_each_day_has_its_own(store: Any, city: City, clock: Any) -> None:
    changed = [Rule("0101", "district", reason="试行"), *city.rules]
    assert in_force(store, city, TODAY) == 0
    publish(store, city, clock, changed, valid_from=TODAY + timedelta(days=10))
    assert in_force(store, city, TODAY + timedelta(days=9)) == 0
    assert in_force(store, city, TODAY + timedelta(days=10)) == 1
    with store.transaction() as tx:
        assert tx.catalogues.newest().rules == tuple(changed)
        assert [(v.number, v.by, v.note) for v in tx.catalogues.all()] == [(1, "李四", "改街道职责")]


@pytest.mark.parametrize(
    ("given_", "told"),
    [({"valid_from": TODAY - timedelta(days=1)}, "不能早于今天"), ({"based_on": 3}, "改过"), ({"note": " "}, "请写明改了什么"), ({"rules": []}, "最后一条")],
    ids=["the past", "somebody was quicker", "no reason", "nobody for the rest"],
)
def test_a_version_that_can_not_stand_is_not_stored(store: Any, city: City, clock: Any, given_: dict[str, Any], told: str) -> None:
    rules = given_.pop("rules", list(city.rules))
    with pytest.raises(CatalogueError, match=told):
        publish(store, city, clock, rules, **given_)
    assert in_force(store, city, TODAY) == 0


def test_what_changed_from_one_version_to_the_next_is_told(city: City) -> None:
    old, same, again = Rule("01", "street", reason="旧"), Rule("02", "district", reason="同"), Rule("01", "district", reason="新")

    def told(before: list[Rule], after: list[Rule]) -> list[str]:
        return catalogue.differences([*before, LAST], [*after, LAST], lambda rule: rule.reason)

    assert told([old, same], [same, Rule("0101", "street", reason="细")]) == ["删去：旧", "增加：细"]
    assert told([old, same], [again, same]) == ["修改：旧 → 新"]
    assert told([old, same], [same, again]) == ["修改：旧 → 新", "顺序有变动"]
    assert told([old, same], [same, old]) == ["顺序有变动"]
    assert told([old], [old]) == []


def test_a_version_without_a_change_is_none(store: Any, city: City, clock: Any) -> None:
    today = clock().date()
    with pytest.raises(CatalogueError, match="没有改动"), store.transaction() as tx:
        catalogue.publish(tx, city, city.rules, valid_from=today, by="某人", note="试", today=today, now=clock(), based_on=0)
