"""Windows of time that the three rates are counted over. All begin and end in the city's own time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from hotline.city import City

NAMES: dict[str, str] = {"today": "今日", "week": "近7天", "month": "本考核月", "range": "自选"}


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


def today(city: City, now: datetime) -> Window:
    """The day that contains now. It runs from noon to noon, and is named after the date on which it ends."""
    hour = int(_settings(city).get("day_begins_at_hour", 12))
    local = now.astimezone(city.timezone)
    since = _at(local.date(), city.timezone, hour)
    if local < since:
        since = _at(local.date() - timedelta(days=1), city.timezone, hour)
    return Window(since, _at(since.date() + timedelta(days=1), city.timezone, hour))


def week(city: City, now: datetime) -> Window:
    """Seven such days, the current one the last."""
    last = today(city, now)
    return Window(_at(last.since.date() - timedelta(days=6), city.timezone, last.since.hour), last.until)


def month(city: City, now: datetime) -> Window:
    """The assessment month that contains now: from the 19th to the 18th."""
    day = min(int(_settings(city).get("month_begins_on_day", 19)), 28)  # every month has a 28th
    local = now.astimezone(city.timezone).date()
    begins = local.replace(day=day)
    if local < begins:
        begins = (begins.replace(day=1) - timedelta(days=1)).replace(day=day)
    ends = (begins.replace(day=1) + timedelta(days=32)).replace(day=day)
    return Window(_at(begins, city.timezone), _at(ends, city.timezone))


def between(city: City, first: date, last: date) -> Window:
    """Whole days, both included."""
    return Window(_at(first, city.timezone), _at(last + timedelta(days=1), city.timezone))


def midnight(city: City, now: datetime) -> datetime:
    """When the calendar day began."""
    return _at(now.astimezone(city.timezone).date(), city.timezone)


def _settings(city: City) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], city.settings.get("rates", {}))


def _at(day: date, zone: ZoneInfo, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour), zone)
