"""Figures: windows and slots, shares and intervals, and prepared counts that stay true whatever happens later."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from fakes import CITIZEN, NOW, Clock, draft
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from hotline import attempts, surveys, tickets
from hotline.city import City
from hotline.commands import trying
from hotline.figures import counting, windows
from hotline.figures.lengths import minutes_of, step
from hotline.figures.measures import Measures, Share, median, shares
from hotline.figures.places import STEP, cell_of, clusters, middle
from hotline.figures.windows import Window
from hotline.messages import Address, Location
from hotline.rates import interval
from hotline.simulation import Simulation, remove
from hotline.store import SqlStore, behind
from hotline.store.tables import metadata

MOMENT = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis wants naive ends
DAY = timedelta(days=1)


# --- windows


@given(MOMENT)
def test_every_window_is_a_sum_of_slots(at: datetime) -> None:
    city = CITY
    for window in (windows.day(city, at), windows.week(city, at), windows.month(city, at), windows.last_days(city, at, 30)):
        pieces = list(windows.slots(city, window))
        assert window.since <= at < window.until
        assert (pieces[0].since, pieces[-1].until) == (window.since, window.until)
        assert all(one.until == next_one.since for one, next_one in pairwise(pieces))
    assert windows.week(city, at).since.weekday() == 0


@given(MOMENT, st.sampled_from(["day", "week", "month", "range"]))
def test_the_window_before_ends_where_this_one_begins(at: datetime, kind: str) -> None:
    window = {"day": windows.day, "week": windows.week, "month": windows.month, "range": windows.last_days}[kind](CITY, at)
    assert windows.before(CITY, window, kind).until == window.since


# --- shares and intervals


def test_wilsons_interval_is_the_one_of_the_books() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29.
    for part, whole, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)):
        found = interval(part / whole, whole)
        assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(1, 10_000), st.data())
def test_an_interval_holds_its_share_and_shrinks_with_more_answers(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    narrow, wide = interval(part / whole, whole * 4), interval(part / whole, whole)
    assert 0 <= wide.low <= part / whole + 1e-12
    assert part / whole - 1e-12 <= wide.high <= 1
    assert narrow.high - narrow.low < wide.high - wide.low


def test_without_observations_there_is_no_share_and_no_interval() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 0).interval is None
    assert all(share.value is None for share in shares(Measures()).values())
    with pytest.raises(ValueError, match="without observations"):
        interval(0.5, 0)


@given(st.lists(st.integers(0, 30), max_size=30))
def test_the_median_of_a_histogram_is_the_lower_median_of_its_values(values: list[int]) -> None:
    histogram = {value: values.count(value) for value in values}
    assert median(histogram) == (sorted(values)[(len(values) - 1) // 2] if values else None)


@given(st.floats(1, 1e6))
def test_a_length_is_within_five_per_cent_of_its_step(minutes: float) -> None:
    assert minutes_of(step(minutes)) == pytest.approx(minutes, rel=0.05)


# --- places


def test_neighbouring_cells_form_one_cluster_and_a_single_ticket_none() -> None:
    cells = {"100_100": 4, "101_101": 3, "101_102": 1, "200_200": 1, "300_300": 2}
    found = clusters(cells, dense=2)
    assert [(c.tickets, c.cells) for c in found] == [(7, ("100_100", "101_101"))]
    assert clusters(cells, dense=1)[0].tickets == 8


@given(st.floats(-80, 80), st.floats(-179, 179))
def test_a_point_lies_in_its_cell(latitude: float, longitude: float) -> None:
    north, east = middle(cell_of(Location(latitude, longitude)))
    assert abs(north - latitude) <= STEP / 2 + 1e-9
    assert abs(east - longitude) <= STEP / 2 + 1e-9


# --- prepared counts


def simulated(store: SqlStore, city: City, new_id: Callable[[], UUID], *, days: int = 6, per_day: float = 12) -> int:
    return Simulation(store, city, 7, NOW - days * DAY, NOW, per_day, new_id).run()


def rows(store: SqlStore) -> dict[str, int]:
    with store.engine.connect() as db:
        return {table.name: db.execute(select(func.count()).select_from(table)).scalar_one() for table in metadata.sorted_tables}


def everything(store: SqlStore) -> list[object]:
    whole = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    with store.reading() as tx:
        figures = tx.figures
        by_dimension = [
            {key: found for key, found in figures.totals(d, whole).items() if found != Measures()}
            for d in ("city", "unit", "street", "district", "category", "channel", "kind")
        ]
        return [*by_dimension, figures.hours(whole), figures.cells(whole), figures.lengths("minutes", whole), figures.lengths("turns", whole)]


def test_counting_what_changed_gives_what_counting_everything_gives(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    simulated(store, city, new_id)
    counting.refresh(store, city, now=clock())
    chance = random.Random(3)
    with store.reading() as tx:
        open_ones = tx.tickets.newest(status="accepted", unit_id=None, limit=40, offset=0)
    assert len(open_ones) > 10
    for ticket in open_ones:
        now = clock.forward(hours=chance.uniform(0, 4))
        with store.transaction() as tx:
            if chance.random() < 0.3:
                tickets.send_back(tx, ticket, by="某人", note="不归我们", now=now, new_id=new_id)
            else:
                handled = tickets.handle(tx, ticket, by="某人", note="好了", survey_at=now, now=now, new_id=new_id)
                survey = attempts.start(tx, handled, channel="web", now=now, new_id=new_id)
                assert survey
                if chance.random() < 0.8:
                    surveys.complete(
                        tx, survey, contacted=True, solved=chance.choice(["yes", "no"]), satisfaction=chance.choice(["satisfied", "basically", "dissatisfied"]),
                        comment="", reopen_due=now + DAY, now=now + timedelta(minutes=1), new_id=new_id,
                    )  # fmt: skip
        if chance.random() < 0.4:
            counting.refresh(store, city, now=clock.forward(minutes=2))
    counting.refresh(store, city, now=clock.forward(minutes=2))
    kept = everything(store)
    counting.recount(store, city, Window(NOW - 10 * DAY, clock()), now=clock())
    assert kept == everything(store)


def test_counts_are_those_of_the_surveys_themselves(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    simulated(store, city, new_id)
    counting.refresh(store, city, now=clock())
    window = windows.last_days(city, clock(), 5)
    with store.reading() as tx:
        by_unit = {unit: found.counts for unit, found in tx.figures.totals("unit", window).items() if found.due}
        assert by_unit == tx.surveys.counts(since=window.since, until=window.until)
        parts = [sum(tx.figures.totals(d, window).values(), Measures()).counts for d in ("street", "district", "category", "channel", "kind", "city")]
    assert len(set(parts)) == 1
    assert parts[0].valid > 10


def test_sums_of_months_are_those_of_their_slots_and_follow_late_changes(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    simulated(store, city, new_id, days=70, per_day=2)
    later = clock.forward(days=60)
    window = windows.between(city, (NOW - 75 * DAY).date(), (NOW - DAY).date())  # on the last day some is still to be accepted in time

    def totals() -> list[object]:
        with store.reading() as tx:
            return [tx.figures.totals(d, window) for d in ("city", "unit", "category")]

    from_slots = totals()
    counting.recount(store, city, window, now=later)
    assert rows(store)["figure_months"] > 0
    assert totals() == from_slots
    then = NOW - 40 * DAY
    with store.transaction() as tx:  # something of a summed month is written late
        conversation = tx.conversations.open(CITIZEN, now=then, new_id=new_id)
        tickets.open_ticket(tx, draft(conversation.id), day="251012", now=then, new_id=new_id)
    counting.recount(store, city, windows.slot(city, then), now=later)
    changed = totals()
    assert changed[0] != from_slots[0]
    with store.engine.begin() as db:
        db.execute(delete(metadata.tables["figure_months"]))
    assert totals() == changed


def test_only_one_process_counts_and_one_that_was_killed_is_followed(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    simulated(store, city, new_id, days=2)
    with store.transaction() as tx:
        assert tx.figures.claim(now=clock(), until=clock() + counting.LEASE)
    assert counting.refresh(store, city, now=clock()) is None
    later = clock.forward(counting.LEASE + timedelta(seconds=1))
    assert counting.refresh(store, city, now=later)


def test_what_becomes_overdue_by_the_clock_alone_is_counted(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    simulated(store, city, new_id, days=2)
    counting.refresh(store, city, now=clock())
    for _ in range(20):
        counting.refresh(store, city, now=clock.forward(hours=24))
    whole = Window(NOW - 30 * DAY, clock())
    with store.reading() as tx:
        total = tx.figures.totals("city", whole)[""]
        with_limit = sum(tx.tickets.count_by_status().get(status, 0) for status in ("dispatched", "accepted", "returned", "handled", "closed"))
    assert total.to_close == with_limit


def at_a_unit(store: SqlStore, clock: Clock, new_id: Callable[[], UUID], unit: str) -> tickets.Ticket:
    """A ticket that was sent to a unit, which has a day for it."""
    with store.transaction() as tx:
        conversation = tx.conversations.open(CITIZEN, now=clock(), new_id=new_id)
        opened = tickets.open_ticket(tx, draft(conversation.id, request_key=unit), day="251121", now=clock(), new_id=new_id)
        return tickets.dispatch(
            tx, opened, unit_id=unit, category=opened.category, due_at=clock() + DAY, by="某人", note="", now=clock.forward(minutes=5), new_id=new_id
        )


def test_a_return_counts_for_the_unit_that_sent_it_back_and_not_for_the_next(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    first, second = "street-110105026", "dept-water"
    sent = at_a_unit(store, clock, new_id, first)
    with store.transaction() as tx:
        back = tickets.send_back(tx, sent, by="某人", note="不归我们", now=clock.forward(hours=1), new_id=new_id)
        tickets.dispatch(tx, back, unit_id=second, category=back.category, due_at=clock() + DAY, by="某人", note="", now=clock.forward(hours=1), new_id=new_id)
    now = clock.forward(hours=3)
    counting.refresh(store, city, now=now)
    window = windows.between(city, NOW.date(), NOW.date() + DAY)
    with store.reading() as tx:
        found = tx.figures.totals("unit", window)
        lists = {
            (what, unit): tx.figures.behind(what, "unit", unit, window, accept_within=2 * DAY / 24, at=now, limit=5, offset=0).times
            for what in ("returned", "dispatched", "slow") for unit in (first, second)
        }  # fmt: skip
    assert {unit: (m.dispatched, m.returned, m.to_accept) for unit, m in found.items()} == {first: (1, 1, 1), second: (1, 0, 1)}
    assert lists == {("returned", first): 1, ("returned", second): 0, **{(what, unit): 1 for what in ("dispatched", "slow") for unit in (first, second)}}


def test_a_handling_that_was_late_stays_so_when_the_ticket_is_reopened(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    sent = at_a_unit(store, clock, new_id, "dept-water")
    with store.transaction() as tx:
        handled = tickets.handle(tx, sent, by="某人", note="好了", survey_at=clock(), now=clock.forward(days=2), new_id=new_id)
        tickets.reopen(tx, handled, due_at=clock() + 3 * DAY, by="市民", note="没好", now=clock.forward(hours=1), new_id=new_id)
    counting.refresh(store, city, now=clock.forward(hours=1))
    window = windows.between(city, NOW.date(), NOW.date() + 9 * DAY)
    with store.reading() as tx:
        total = tx.figures.totals("unit", window)["dept-water"]
        late = tx.figures.behind("late", "unit", "dept-water", window, accept_within=DAY, at=clock(), limit=5, offset=0)
    assert (total.to_close, total.closed_on_time, late.times) == (1, 0, 1)


def test_a_kept_list_shows_what_was_overdue_and_unanswered_then(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    late, asked = at_a_unit(store, clock, new_id, "dept-water"), at_a_unit(store, clock, new_id, "dept-market")
    with store.transaction() as tx:
        handled = tickets.handle(tx, asked, by="某人", note="好了", survey_at=clock(), now=clock.forward(hours=2), new_id=new_id)
        survey = attempts.start(tx, handled, channel="web", now=clock.forward(hours=1), new_id=new_id)
        assert survey
    made = clock.forward(days=2)
    with store.transaction() as tx:  # afterwards all is done
        tickets.handle(tx, late, by="某人", note="好了", survey_at=clock(), now=clock.forward(hours=1), new_id=new_id)
        surveys.complete(tx, survey, contacted=True, solved="yes", satisfaction="satisfied", comment="", reopen_due=clock(), now=clock(), new_id=new_id)
    window = Window(NOW - DAY, made)
    with store.reading() as tx:
        found = {
            (what, at): tx.figures.behind(what, "city", "", window, accept_within=DAY, at=at, limit=5, offset=0).ids
            for what in ("overdue", "unreached", "valid") for at in (made, clock())
        }  # fmt: skip
    then, now = ({what: found[what, at] for what in ("overdue", "unreached", "valid")} for at in (made, clock()))
    assert then == {"overdue": [late.id], "unreached": [asked.id], "valid": []}
    assert now == {"overdue": [], "unreached": [], "valid": [asked.id]}


def test_a_list_is_the_same_whichever_way_its_size_makes_it_be_looked_for(
    store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated(store, city, new_id, days=8)
    now = clock()
    window = Window(NOW - 8 * DAY, now)
    with store.reading() as tx:
        some = [ticket for ticket in tx.tickets.newest(status=None, unit_id=None, limit=200, offset=0) if ticket.unit_id and ticket.category and ticket.place.street_code][:3]
        keys = {(by, key) for t in some for by, key in (("unit", t.unit_id), ("street", t.place.street_code), ("district", t.place.district_code), ("category", t.category[:2]))}

        def lists() -> dict[tuple[str, ...], object]:
            return {
                (what, by, key, category): tx.figures.behind(what, by, key, window, category=category, accept_within=DAY / 12, at=now, limit=7, offset=0)
                for what in (*behind.EVENTS, *behind.SURVEYED, "opened", "slow", "late", "overdue") for by, key in (("city", ""), *keys) for category in ("", some[0].category[:2])
            }  # fmt: skip

        few = lists()
        monkeypatch.setattr(behind, "_MOST", 0)
        assert lists() == few, "many occurrences of few tickets"
        monkeypatch.setattr(behind, "_FEW", 0)
        assert lists() == few
    assert len([1 for found in few.values() if found.times > 7]) > 20


def test_a_simulated_month_is_the_same_every_time_marked_and_removable(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    count = simulated(store, city, new_id, days=8)
    counting.refresh(store, city, now=clock())
    first = everything(store)
    with store.reading() as tx:
        some = tx.tickets.newest(status=None, unit_id=None, limit=500, offset=0)
        assert tx.jobs.open_count() == 0
    assert len(some) == count
    assert all(ticket.number.startswith("M") and "模拟" in ticket.problem and "模拟" in ticket.place.text for ticket in some)
    with pytest.raises(ValueError, match="already"):
        simulated(store, city, new_id)
    before = rows(store)
    assert remove(store) == count
    assert {name: n for name, n in rows(store).items() if n and name not in ("alembic_version", "counters")} == {}
    assert before["drawn_surveys"] > 0
    counting.refresh(store, city, now=clock())
    with store.reading() as tx:
        assert not tx.tickets.newest(status=None, unit_id=None, limit=1, offset=0)
    assert simulated(store, city, new_id, days=8) == count
    counting.refresh(store, city, now=clock())
    assert everything(store) == first


def test_a_simulated_month_has_an_outage_that_is_found_at_once_and_a_report_of_each_kind(store: SqlStore, city: City, new_id: Callable[[], UUID]) -> None:
    simulated(store, city, new_id, days=45, per_day=4)
    with store.reading() as tx:
        (alert,) = tx.figures.alerts(NOW - timedelta(hours=1))
        tickets = [one for one in tx.tickets.newest(status=None, unit_id=None, limit=500, offset=0) if one.opened_at > NOW - timedelta(hours=1)]
        kept = tx.figures.reports()
    assert alert.rise.count >= 20
    assert alert.rise.place in city.districts
    assert {ticket.place.district_code for ticket in tickets if ticket.category.startswith(alert.rise.category)} == {alert.rise.place}
    assert {kind for _, kind, _, _ in kept} == {"day", "week", "month"}


@pytest.fixture(autouse=True, scope="module")
def _city(city: City) -> None:
    global CITY
    CITY = city


CITY: City


def test_a_running_system_gets_to_write_between_two_simulated_days(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def meanwhile(seconds: float) -> None:
        assert seconds >= 0.1  # the longest that SQLite sleeps before it tries again to get the lock
        with store.transaction() as tx:
            written.append(str(tx.conversations.open(Address("web", f"w{len(written)}"), now=clock(), new_id=new_id).id))

    monkeypatch.setattr(trying.time, "sleep", meanwhile)
    monkeypatch.setattr(trying, "upgrade", lambda engine: None)
    monkeypatch.setattr(trying, "clock", clock)
    trying._simulate(cast(Any, SimpleNamespace(store=store, city=city)), 1, 20, 1, remove=False)
    assert len(written) >= 30
