"""Windows of time that figures are counted over, and slots: the pieces from which every window can be put together.

All begin and end in the city's own time. A day is cut at midnight and where the day of the figures begins (noon), so that days
from noon to noon, months from midnight and any range of dates are sums of slots.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from hotline.city import City


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` on, up to but not including `until`."""

    since: datetime
    until: datetime

    def __str__(self) -> str:
        whole_days = self.since.time() == time() == self.until.time()
        if whole_days:
            return f"{self.since:%Y-%m-%d} 至 {self.until - timedelta(days=1):%Y-%m-%d}"
        return f"{self.since:%m-%d %H:%M} 至 {self.until:%m-%d %H:%M}"


def day(city: City, now: datetime) -> Window:
    """The day that contains now. It runs from noon to noon, and is named after the date on which it ends."""
    since = _noon(city, now.astimezone(city.timezone).date())
    if now < since:
        since = _noon(city, since.date() - timedelta(days=1))
    return Window(since, _noon(city, since.date() + timedelta(days=1)))


def last_days(city: City, now: datetime, count: int = 7) -> Window:
    """So many days, the current one the last."""
    today = day(city, now)
    return Window(_noon(city, today.since.date() - timedelta(days=count - 1)), today.until)


def week(city: City, now: datetime) -> Window:
    """The week that contains now: seven days of the figures, the first of which begins on Monday."""
    today = day(city, now)
    begins = today.since.date() - timedelta(days=today.since.weekday())
    return Window(_noon(city, begins), _noon(city, begins + timedelta(days=7)))


def month(city: City, now: datetime) -> Window:
    """The assessment month that contains now: from the 19th to the 18th."""
    first = _first_day(city)
    local = now.astimezone(city.timezone).date()
    begins = local.replace(day=first)
    if local < begins:
        begins = (begins.replace(day=1) - timedelta(days=1)).replace(day=first)
    ends = (begins.replace(day=1) + timedelta(days=32)).replace(day=first)
    return Window(_at(begins, city.timezone), _at(ends, city.timezone))


def calendar_month(city: City, at: datetime) -> Window:
    """From the first to the last day of the month that contains `at`."""
    first = at.astimezone(city.timezone).date().replace(day=1)
    return Window(_at(first, city.timezone), _at((first + timedelta(days=32)).replace(day=1), city.timezone))


KINDS = {"day": day, "week": week, "month": month}
"""The windows that follow one another, each with the function that finds the one that contains a moment."""


def before(city: City, window: Window, kind: str) -> Window:
    """The window of the same kind just before this one; for a range, as many days."""
    moment = window.since - timedelta(microseconds=1)
    if kind in KINDS:
        return KINDS[kind](city, moment)
    length = window.until.date() - window.since.date()
    return Window(_at(window.since.date() - length, city.timezone, window.since.hour), window.since)


def between(city: City, first: date, last: date) -> Window:
    """Whole days, both included."""
    return Window(_at(first, city.timezone), _at(last + timedelta(days=1), city.timezone))


def midnight(city: City, now: datetime) -> datetime:
    """When the calendar day began."""
    return _at(now.astimezone(city.timezone).date(), city.timezone)


def slot(city: City, at: datetime) -> Window:
    """The slot that contains `at`: half a day, when the figures' day begins at noon."""
    today = at.astimezone(city.timezone).date()
    cuts = sorted({_at(today, city.timezone), _noon(city, today)})
    since = max(cut for cut in cuts if cut <= at)
    until = min((cut for cut in cuts if cut > at), default=_at(today + timedelta(days=1), city.timezone))
    return Window(since, until)


def slots(city: City, window: Window) -> Iterator[Window]:
    """The slots that overlap a window, in order."""
    following = slot(city, window.since)
    while following.since < window.until:
        yield following
        following = slot(city, following.until)


def _settings(city: City) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], city.settings.get("rates", {}))


def _first_day(city: City) -> int:
    return min(int(_settings(city).get("month_begins_on_day", 19)), 28)  # every month has a 28th


def _noon(city: City, on: date) -> datetime:
    return _at(on, city.timezone, int(_settings(city).get("day_begins_at_hour", 12)))


def _at(on: date, zone: ZoneInfo, hour: int = 0) -> datetime:
    return datetime.combine(on, time(hour), zone)
