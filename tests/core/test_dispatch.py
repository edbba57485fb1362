"""Where a ticket goes, with the responsibility catalogue that ships."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hotline import dispatch
from hotline.city import City
from hotline.dispatch import Suggestion, require_duty
from hotline.tickets import Place, WrongState

WANGJING = Place("望京街10号院", "110105", "110105026")
CHAOYANG = Place("朝阳区某处", "110105")
NOWHERE = Place("说不清")
WINTER = datetime(2025, 11, 21, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


def suggest(city: City, category: str | None, place: Place, **given: Any) -> Suggestion:
    return dispatch.suggest(city, city.rules, category, place, **{"at": WINTER, **given})


@pytest.mark.parametrize(
    ("category", "lead", "assist", "limit"),
    [
        ("010101", "street-110105026", None, "7 天"),  # household waste: the street cleans and enforces
        ("010201", "street-110105026", "district-110105", "7 天"),  # road cleaning: the street looks first, the district helps
        ("010202", "district-110105", None, "7 天"),  # public toilets
        ("010402", "dept-urban-management", None, "7 天"),  # street lights
        ("010405", "utility-power", "street-110105026", "2 小时"),  # a cable that hangs down: power off first, the street keeps people away
    ],
)
def test_a_category_goes_to_the_unit_of_the_catalogue(city: City, category: str, lead: str, assist: str | None, limit: str) -> None:
    suggestion = suggest(city, category, WANGJING)
    assert suggestion.lead == city.units[lead]
    assert suggestion.assists == ((city.units[assist],) if assist else ())
    assert suggestion.is_double == bool(assist)
    assert str(suggestion.limit) == limit
    assert suggestion.reason


def test_every_category_leads_somewhere_from_a_known_street_and_says_why(city: City) -> None:
    for code, category in city.categories.items():
        suggestion = suggest(city, code, WANGJING)
        assert suggestion.lead is not None, code
        assert suggestion.reason, code
        assert suggestion.limit == city.limits[suggestion.rule.limit or category.urgency], code
        assert suggestion.lead not in suggestion.assists, code


DEPARTMENTAL = ("劳动", "卫生", "医疗", "教育", "公安", "治安", "市场", "消费", "邮政", "通信", "金融")


def test_the_duty_of_a_department_is_never_led_by_a_street(city: City) -> None:
    checked = 0
    for code, category in city.categories.items():
        if any(word in category.level1 for word in DEPARTMENTAL):
            suggestion = suggest(city, code, WANGJING)
            assert suggestion.lead is not None, category.path
            assert suggestion.lead.kind != "street", category.path
            assert all(unit.kind != "street" for unit in suggestion.assists), category.path
            checked += 1
    assert checked > 30


def test_what_is_at_a_unit_of_the_whole_city_does_not_depend_on_the_place(city: City) -> None:
    assert suggest(city, "010402", WANGJING).lead == suggest(city, "010402", NOWHERE).lead == city.units["dept-urban-management"]


@pytest.mark.parametrize("category", [None, "", "999999"], ids=["none", "empty", "not in the list"])
def test_an_unclear_matter_goes_to_the_district(city: City, category: str | None) -> None:
    suggestion = suggest(city, category, WANGJING)
    assert suggestion.lead == city.units["district-110105"]
    assert suggestion.limit == city.limits["general"]


def test_where_the_street_is_not_known_its_district_finds_it(city: City) -> None:
    assert suggest(city, "010101", WANGJING).lead == city.units["street-110105026"]
    assert suggest(city, "010101", CHAOYANG).lead == city.units["district-110105"]


@pytest.mark.parametrize("category", ["010101", "010202", None], ids=["street", "district", "unclear"])
def test_where_nothing_is_known_of_the_place_nobody_is_guessed_and_the_dispatcher_is_told(city: City, category: str | None) -> None:
    known, unknown = suggest(city, category, WANGJING), suggest(city, category, NOWHERE)
    assert unknown.lead is None
    assert "请先核实" in unknown.reason
    assert "请先核实" not in known.reason
    assert unknown.limit == known.limit


def test_a_street_that_is_no_unit_goes_to_its_district(city: City) -> None:
    """A zone or an airport has a code as streets do, and nobody there takes tickets."""
    zones = [street for street in city.streets.values() if street.kind == "其他"]
    assert zones
    for zone in zones:
        place = Place(zone.name, zone.district_code, zone.code)
        expected = city.units.get(f"street-{zone.code}") or city.units[f"district-{zone.district_code}"]
        assert suggest(city, "010101", place).lead == expected, zone.name


def test_who_asks_decides_too(city: City) -> None:
    assert suggest(city, "010101", WANGJING, kind="praise").lead == city.units["dept-hotline"]
    person, business = suggest(city, "290101", WANGJING, said="政策怎么兑现"), suggest(city, "290101", WANGJING, said="我公司的政策怎么兑现")
    assert person.assists == ()
    assert business.assists == (city.units["district-110105"],)


@pytest.mark.parametrize(("month", "lead"), [(1, "utility-heat"), (7, "dept-urban-management"), (11, "utility-heat")])
def test_the_season_decides_too(city: City, month: int, lead: str) -> None:
    assert suggest(city, "040101", WANGJING, at=WINTER.replace(month=month)).lead == city.units[lead]


def test_the_place_decides_too(city: City) -> None:
    assert suggest(city, "180501", Place("东四", "110101", "110101006")).lead == city.units["district-110101"]
    assert suggest(city, "180501", WANGJING).lead == city.units["dept-agriculture"]


def test_nobody_can_send_the_duty_of_a_department_to_a_street(city: City) -> None:
    with pytest.raises(WrongState, match=r"部门职责.*望京街道"):
        require_duty(city, "130102", ("street-110105026",))
    with pytest.raises(WrongState, match="部门职责"):
        require_duty(city, "130102", ("dept-labour", "street-110105026"))
    require_duty(city, "130102", ("dept-labour", "district-110105"))
    require_duty(city, "010101", ("street-110105026",))
    require_duty(city, None, ("street-110105026",))
