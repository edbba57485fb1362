"""When citizens may be rung: the city's hours and days off, and tries spread over days and hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.calling import CallingHours, NoCallingHours, parse_spans

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = CallingHours(ZONE, parse_spans(["09:00-12:00", "14:00-20:00"]), lambda day: day.weekday() >= 5)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(("moment", "allowed"), [
    ("2026-11-23 08:59", False), ("2026-11-23 09:00", True), ("2026-11-23 12:00", False), ("2026-11-23 13:59", False),
    ("2026-11-23 14:00", True), ("2026-11-23 19:59", True), ("2026-11-23 20:00", False), ("2026-11-22 10:00", False),
])  # fmt: skip
def test_calls_are_allowed_in_the_spans_of_working_days(moment: str, allowed: bool) -> None:
    assert HOURS.allow(at(moment)) is allowed


@pytest.mark.parametrize(("moment", "following"), [
    ("2026-11-23 10:15", "2026-11-23 10:15"), ("2026-11-23 12:30", "2026-11-23 14:00"), ("2026-11-23 21:00", "2026-11-24 09:00"),
    ("2026-11-20 20:00", "2026-11-23 09:00"),
])  # fmt: skip
def test_what_falls_outside_waits_for_the_next_opening(moment: str, following: str) -> None:
    assert HOURS.from_(at(moment)) == at(following)


def test_the_calendar_of_the_city_decides_about_days_off(city) -> None:
    hours = city.calling_hours
    assert not hours.allow(at("2026-10-01 10:00")), "a holiday"
    assert hours.allow(at("2025-01-26 10:00")), "a Sunday made a working day"
    assert not hours.allow(at("2026-11-22 10:00")), "a Sunday"


@given(st.integers(0, 365 * 24 * 60))
def test_three_tries_fall_on_three_days_at_three_times_of_day(minutes: int) -> None:
    tries = [HOURS.from_(at("2026-01-01 00:00") + timedelta(minutes=minutes))]
    while len(tries) < 3:
        tries.append(HOURS.next_try(tries[-1], tries))
    assert all(HOURS.allow(moment) for moment in tries)
    assert len({moment.astimezone(ZONE).date() for moment in tries}) == 3
    assert len({moment.astimezone(ZONE).hour for moment in tries}) == 3


@pytest.mark.parametrize(("wish", "kept"), [
    ("2026-11-22 18:00", "2026-11-22 18:00"), ("2026-11-23 13:00", "2026-11-23 13:00"), ("2026-11-23 06:00", "2026-11-23 09:00"),
    ("2026-11-23 22:00", "2026-11-24 09:00"),
])  # fmt: skip
def test_a_time_the_citizen_asked_for_is_kept_unless_it_is_at_night(wish: str, kept: str) -> None:
    assert HOURS.agreed(at(wish)) == at(kept)


def test_a_calendar_without_a_working_day_says_so() -> None:
    with pytest.raises(NoCallingHours, match="holidays"):
        CallingHours(ZONE, HOURS.spans, lambda day: True).from_(at("2026-11-23 10:00"))


@pytest.mark.parametrize("given", [[], ["12:00-09:00"], ["09:00-12:00", "11:00-13:00"], ["nine to five"]])
def test_calling_hours_that_make_no_sense_are_refused(given: list[str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_spans(given)
