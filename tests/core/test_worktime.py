"""Time limits and marks in working time, with the holidays of the city as it ships."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.city import City
from hotline.worktime import Limit

HOURS = Limit("紧急", 2, "hours")
DAYS = Limit("一般", 7, "days")
WORKING = Limit("延期", 5, "working_days")
moments = st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 30), timezones=st.just(UTC))  # noqa: DTZ001
limits = st.builds(Limit, st.just(""), st.integers(1, 30), st.sampled_from(["hours", "days", "working_days"]))


def at(city: City, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=city.timezone)


@pytest.mark.parametrize(
    ("day", "is_working"),
    [("2025-11-21", True), ("2025-11-22", False), ("2025-10-01", False), ("2025-10-08", False), ("2025-10-11", True), ("2025-01-26", True)],
    ids=["a Friday", "a Saturday", "the national day", "the last of eight days off", "a Saturday made up for", "a Sunday made up for"],
)
def test_weekends_holidays_and_days_made_up_for_are_known(city: City, day: str, is_working: bool) -> None:
    assert city.working_time.is_working_day(date.fromisoformat(day)) == is_working


@pytest.mark.parametrize(
    ("limit", "now", "due"),
    [
        (HOURS, "2025-10-01T23:30", "2025-10-02T01:30"),  # an emergency knows no holiday
        (DAYS, "2025-11-21T09:30", "2025-11-28T18:00"),  # at the close of business
        (DAYS, "2025-09-24T16:00", "2025-10-09T18:00"),  # the eight days off around the national day are waited for
        (DAYS, "2025-11-22T10:00", "2025-12-01T18:00"),  # a Saturday: seven days later is a Saturday again
        (WORKING, "2025-11-21T09:30", "2025-11-28T18:00"),
        (WORKING, "2025-09-30T09:30", "2025-10-14T18:00"),  # 9, 10, 11 (made up for), 13, 14
    ],
)
def test_a_limit_ends_on_a_working_day_at_the_close_of_business(city: City, limit: Limit, now: str, due: str) -> None:
    assert city.working_time.due(at(city, now), limit) == at(city, due)


def test_yellow_comes_one_working_day_before_and_red_on_the_first_one_after(city: City) -> None:
    due = at(city, "2025-10-09T18:00")  # the first working day after the holidays
    days = city.working_time
    assert days.yellow_at(due) == at(city, "2025-09-30T18:00")
    assert days.red_at(due) == at(city, "2025-10-10T09:00")
    assert [days.mark(due, at(city, t)) for t in ("2025-09-30T17:59", "2025-09-30T18:00", "2025-10-10T08:59", "2025-10-10T09:00")] == [
        "", "yellow", "yellow", "red",
    ]  # fmt: skip


@given(moments, limits)
def test_no_limit_ends_before_it_begins_and_only_hours_end_on_a_day_off(city: City, now: datetime, limit: Limit) -> None:
    due = city.working_time.due(now, limit)
    assert due > now
    if limit.unit != "hours":
        local = due.astimezone(city.timezone)
        assert city.working_time.is_working_day(local.date())
        assert local.time() == time(18)


@given(moments, moments, limits)
def test_who_begins_earlier_is_never_due_later(city: City, one: datetime, other: datetime, limit: Limit) -> None:
    first, second = sorted((one, other))
    assert city.working_time.due(first, limit) <= city.working_time.due(second, limit)


@given(moments, st.integers(1, 30), st.sampled_from(["hours", "days", "working_days"]))
def test_more_time_is_never_less(city: City, now: datetime, number: int, unit: str) -> None:
    due = [city.working_time.due(now, Limit("", n, unit)) for n in (number, number + 1)]  # type: ignore[arg-type]
    assert due[0] <= due[1]


@given(moments)
def test_a_ticket_turns_yellow_before_its_deadline_and_red_after_it_and_never_back(city: City, due: datetime) -> None:
    days = city.working_time
    assert days.yellow_at(due) < due < days.red_at(due)
    assert days.is_working_day(days.yellow_at(due).astimezone(city.timezone).date())
    assert days.is_working_day(days.red_at(due).astimezone(city.timezone).date())
    between = [days.mark(due, due + timedelta(hours=h)) for h in range(-24 * 14, 24 * 14, 7)]
    assert between == sorted(between, key=["", "yellow", "red"].index)
    assert (between[0], between[-1]) == ("", "red")


@pytest.mark.parametrize(("limit", "said"), [(HOURS, "2 小时"), (DAYS, "7 天"), (WORKING, "5 个工作日")])
def test_a_limit_is_said_as_it_is_counted(limit: Limit, said: str) -> None:
    assert str(limit) == said


def test_a_year_whose_holidays_nobody_entered_is_told(city: City) -> None:
    assert city.working_time.year_unknown(at(city, "2026-12-31T18:00")) is None
    assert city.working_time.year_unknown(at(city, "2031-01-04T18:00")) == 2031
