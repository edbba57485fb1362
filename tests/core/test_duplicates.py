"""Duplicates are found among what is open nearby, across channels, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes import CITIZEN, NEIGHBOUR, VISITOR, draft

from hotline import duplicates, merging, tickets
from hotline.duplicates import LIKELY, WINDOW
from hotline.messages import Address
from hotline.tickets import SIMULATED, Place, Ticket, WrongState

RUBBISH = "花家地南里3号楼下的垃圾堆了三天没人清运，臭得开不了窗"
AGAIN = "花家地南里3号楼底下垃圾三天没清运了，太臭了"
PLACE = Place("望京街道花家地南里", "110105", "110105026")


@pytest.fixture
def city_of_tickets(store: Any, clock: Any, new_id: Any) -> Any:
    def open_(sender: Address, problem: str, place: Place = PLACE, category: str | None = "010101", **more: Any) -> Ticket:
        with store.transaction() as tx:
            talk = tx.conversations.at(sender) or tx.conversations.open(sender, now=clock(), new_id=new_id)
            wanted = draft(talk.id, **{"request_key": str(new_id()), "problem": problem, "place": place, "category": category, **more})
            return tickets.open_ticket(tx, wanted, day="251121", now=clock(), new_id=new_id)

    return open_


def likely(store: Any, clock: Any, ticket: Ticket) -> list[str]:
    with store.transaction() as tx:
        return [m.ticket.number for m in duplicates.alike(tx, ticket, now=clock()) if m.likelihood >= LIKELY]


def test_what_another_citizen_told_of_the_same_is_found_across_channels(store: Any, clock: Any, city_of_tickets: Any) -> None:
    first = city_of_tickets(CITIZEN, RUBBISH)
    city_of_tickets(CITIZEN, "花家地南里的路灯不亮了", category="010402")
    assert likely(store, clock, city_of_tickets(VISITOR, AGAIN)) == [first.number]


def test_the_same_in_another_district_is_something_else(store: Any, clock: Any, city_of_tickets: Any) -> None:
    city_of_tickets(CITIZEN, RUBBISH, Place("海淀区花家地南里", "110108", "110108001"))
    assert likely(store, clock, city_of_tickets(NEIGHBOUR, AGAIN)) == []


def test_the_same_words_about_another_street_are_something_else_even_of_one_citizen(store: Any, clock: Any, city_of_tickets: Any) -> None:
    city_of_tickets(CITIZEN, "德胜门外大街路灯不亮", Place("德胜门外大街", "110102", "110102010"), "010402")
    assert likely(store, clock, city_of_tickets(CITIZEN, "路灯不亮", Place("宣武门外大街", "110102", "110102013"), "010402")) == []


def test_what_has_ended_or_is_old_is_not_joined(store: Any, clock: Any, new_id: Any, city_of_tickets: Any) -> None:
    ended = city_of_tickets(CITIZEN, RUBBISH)
    with store.transaction() as tx:
        tickets.withdraw(tx, ended, by="citizen", note="", now=clock(), new_id=new_id)
    city_of_tickets(NEIGHBOUR, RUBBISH)
    clock.forward(WINDOW + timedelta(days=1))
    assert likely(store, clock, city_of_tickets(VISITOR, AGAIN)) == []


def test_where_only_the_district_is_known_its_streets_are_looked_at_too(store: Any, clock: Any, city_of_tickets: Any) -> None:
    first = city_of_tickets(CITIZEN, RUBBISH)
    assert first.number in likely(store, clock, city_of_tickets(VISITOR, AGAIN, Place("朝阳区花家地南里", "110105")))


ESTATE = "五道口华清嘉园3号楼"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Place(f"海淀区{ESTATE}", "110108"), Place(ESTATE)),
        (Place(ESTATE), Place(f"海淀区{ESTATE}", "110108")),
        (Place(ESTATE), Place(ESTATE)),
        (Place(ESTATE), Place("中关村街道华清嘉园3号楼", "110108", "110108010")),
    ],
)
def test_an_estate_that_no_list_knows_is_found_whether_or_not_its_district_is_told(store: Any, clock: Any, city_of_tickets: Any, first: Place, second: Place) -> None:
    known = city_of_tickets(CITIZEN, "电梯坏了三天，老人下不了楼", first, "030401")
    assert likely(store, clock, city_of_tickets(VISITOR, "电梯坏了三天，没人来修", second, "030401")) == [known.number]


@pytest.mark.parametrize(
    ("first", "second"),
    [(Place("我们小区3号楼"), Place("我们小区3号楼")), (Place("华清嘉园3号楼"), Place("华清嘉园5号楼")), (Place("朝阳区", "110105"), Place("在朝阳区")), (Place("说不清"), Place("说不清"))],
)
def test_without_a_district_what_names_no_one_place_is_not_taken_for_the_same(store: Any, clock: Any, city_of_tickets: Any, first: Place, second: Place) -> None:
    city_of_tickets(CITIZEN, "电梯坏了三天，老人下不了楼", first, "030401")
    assert likely(store, clock, city_of_tickets(VISITOR, "电梯坏了三天，没人来修", second, "030401")) == []


def test_who_repeats_themselves_without_a_place_finds_their_own(store: Any, clock: Any, city_of_tickets: Any) -> None:
    first = city_of_tickets(CITIZEN, RUBBISH, Place("说不清"))
    assert likely(store, clock, city_of_tickets(CITIZEN, RUBBISH, Place("说不清"))) == [first.number]
    assert likely(store, clock, city_of_tickets(NEIGHBOUR, RUBBISH, Place("说不清"))) == []


def test_likelihood_grows_with_words_meaning_and_category() -> None:
    def of(words: float, meaning: float, same: bool | None = None) -> float:
        return duplicates.likelihood(words, meaning, same_category=same)

    assert of(0.1, 0.5) < of(0.2, 0.5) < of(0.2, 0.8)
    assert of(0.2, 0.6, False) < of(0.2, 0.6) < of(0.2, 0.6, True)


def test_one_category_in_one_building_is_one_matter_in_whatever_words(store: Any, clock: Any, city_of_tickets: Any) -> None:
    here = replace(PLACE, text="朝阳区花家地南里3号楼")
    first = city_of_tickets(CITIZEN, "电梯停了好几天了，老人下不了楼", here, "030401")
    said = "一按就没反应，谁来修"
    assert likely(store, clock, city_of_tickets(VISITOR, said, replace(PLACE, text="花家地南里3号楼2单元"), "030401")) == [first.number]
    assert likely(store, clock, city_of_tickets(NEIGHBOUR, "老楼想装新的直梯", replace(PLACE, text="花家地南里3号楼"), "030403")) == [], "another category"


def test_the_same_words_about_another_building_are_another_matter() -> None:
    assert duplicates.one_place("劲松五区301楼", "朝阳区劲松五区301号楼")
    assert duplicates.one_place("劲松五区301楼", "劲松五区307号楼") is False
    assert duplicates.one_place("学院路30号院5号楼", "学院路30号院11号楼") is False
    assert duplicates.one_building("学院路30号院5号楼3楼", "海淀区学院路30号院5号楼")
    assert duplicates.one_building("五道口华清嘉园3号", "海淀区五道口华清嘉园3号楼")
    assert not duplicates.one_building("五道口华清嘉园3号", "海淀区五道口华清嘉园5号楼")
    assert not duplicates.one_building("学院路30号院", "学院路30号院5号楼")
    assert not duplicates.one_building("劲松五区", "劲松五区")


def test_a_dispatcher_is_shown_what_shares_the_place_or_the_category_and_no_stranger(store: Any, clock: Any, city_of_tickets: Any) -> None:
    here = city_of_tickets(CITIZEN, "楼下饭店还在装修，吵得孩子睡不着", category=None)
    elsewhere = city_of_tickets(CITIZEN, "夜里工地太吵", Place("望京街道阜通东大街6号", "110105", "110105026"), "030101")
    stranger = city_of_tickets(CITIZEN, "商家不发货也不退钱", Place("望京街道阜通东大街6号", "110105", "110105026"), "090101")
    asked = city_of_tickets(VISITOR, "底商半夜施工", category="030101")
    with store.transaction() as tx:
        shown = [match.ticket.number for match in duplicates.alike(tx, asked, now=clock())]
    assert shown == [here.number, elsewhere.number]
    assert stranger.number not in shown


def test_in_one_building_what_may_be_of_a_category_is_taken_as_of_it(city_of_tickets: Any) -> None:
    perhaps, place = ["010402"], "朝阳区劲松八区812号楼"
    lamp = city_of_tickets(CITIZEN, "路灯全灭了", Place(place), "010402")
    said = "路灯不亮，黑得看不见"
    surely, doubted = (duplicates.judge(said, Place(place), "030301", [lamp], perhaps=each)[0].likelihood for each in (perhaps, []))
    assert surely >= duplicates.LIKELY > doubted


def test_what_was_made_up_is_offered_to_no_citizen_and_merged_with_nothing_real(store: Any, clock: Any, new_id: Any, city_of_tickets: Any) -> None:
    made_up = city_of_tickets(CITIZEN, RUBBISH, request_key=f"{SIMULATED}1")
    again = city_of_tickets(VISITOR, AGAIN)
    assert likely(store, clock, again) == []
    assert likely(store, clock, made_up) == []
    with pytest.raises(WrongState, match="模拟"), store.transaction() as tx:
        merging.merge(tx, again, made_up, by="某人", now=clock(), new_id=new_id)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("花家地南里3号楼", "花家地南里3号楼2层", True), ("花家地南里3号楼", "花家地南里5号楼", False), ("花家地南里3号楼", "花家地南里", None), ("望京街10号", "花家地南里5号楼", None)],
)
def test_a_dispatcher_who_sees_no_doors_is_told_whether_they_are_the_same(one: str, other: str, same: bool | None) -> None:
    assert duplicates.same_doors(one, other) is same
