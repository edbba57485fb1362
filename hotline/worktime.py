"""Working time: on which days offices are open, when a time limit ends, and when a ticket gets its yellow and its red mark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

LimitUnit = Literal["hours", "days", "working_days"]
Mark = Literal["", "yellow", "red"]
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a unit has: clock hours (which never pause), days, or working days."""

    name: str
    number: float
    unit: LimitUnit

    def __str__(self) -> str:
        return f"{self.number:g} {({'hours': '小时', 'days': '天', 'working_days': '个工作日'})[self.unit]}"


@dataclass(frozen=True)
class WorkingTime:
    """The city's working days and hours. `days` holds the exceptions: dates that are a `holiday`, or a `workday` at a weekend."""

    zone: ZoneInfo
    begins: time
    ends: time
    days: Mapping[date, str]

    def is_working_day(self, day: date) -> bool:
        return self.days.get(day, "workday" if day.weekday() < 5 else "holiday") == "workday"

    def year_unknown(self, until: datetime) -> int | None:
        """The year of a moment, when nobody has entered its holidays yet and only its weekends are known."""
        year = until.astimezone(self.zone).year
        return None if any(day.year == year for day in self.days) else year

    def working_day_after(self, day: date) -> date:
        """The first one after this day."""
        day += DAY
        while not self.is_working_day(day):
            day += DAY
        return day

    def working_day_before(self, day: date) -> date:
        """The last one before this day."""
        day -= DAY
        while not self.is_working_day(day):
            day -= DAY
        return day

    def due(self, now: datetime, limit: Limit) -> datetime:
        """When a limit that begins now ends.

        The first day does not count; a limit that would end on a day off ends on the next working day, at the close of business
        (Civil Code of the PRC, articles 201 and 203). Hours are counted without pause: they are for what can't wait.
        """
        if limit.unit == "hours":
            return now + timedelta(hours=limit.number)
        day = now.astimezone(self.zone).date()
        if limit.unit == "days":
            day += timedelta(days=limit.number)
            if not self.is_working_day(day):
                day = self.working_day_after(day)
        else:
            for _ in range(int(limit.number)):
                day = self.working_day_after(day)
        return datetime.combine(day, self.ends, self.zone)

    def yellow_at(self, due: datetime) -> datetime:
        """One working day before a deadline, at the same time of day."""
        local = due.astimezone(self.zone)
        return datetime.combine(self.working_day_before(local.date()), local.timetz())

    def soon(self, now: datetime) -> datetime:
        """Deadlines until then are near: the same time on the next working day, or its whole, when today is none."""
        local = now.astimezone(self.zone)
        next_one = self.working_day_after(local.date())
        return datetime.combine(next_one, local.time() if self.is_working_day(local.date()) else time.max, self.zone)

    def red_at(self, due: datetime) -> datetime:
        """The beginning of the first working day after a deadline."""
        return datetime.combine(self.working_day_after(due.astimezone(self.zone).date()), self.begins, self.zone)

    def mark(self, due: datetime, now: datetime) -> Mark:
        """What stands on an open ticket with this deadline now."""
        return "red" if now >= self.red_at(due) else "yellow" if now >= self.yellow_at(due) else ""
