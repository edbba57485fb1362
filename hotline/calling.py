"""When a citizen may be rung or sent a short message, and how the tries are spread over hours and days.

The hours and days off are the city's (`[surveys]` in city.toml, and holidays.csv). A time that the citizen asked for goes before
days off and noon breaks, but never before the first hour of a day or after the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_DAYS_AHEAD = 60
APART = 3
"""Hours of the day by which tries differ, where the calling hours leave room for it."""


class NoCallingHours(ValueError):
    """The city's calling hours and days off leave no time to call."""


@dataclass(frozen=True)
class CallingHours:
    """`spans` are local times of a day, in order, each from a beginning to an end that no longer belongs to it."""

    timezone: ZoneInfo
    spans: tuple[tuple[time, time], ...]
    is_day_off: Callable[[date], bool]

    def allow(self, at: datetime) -> bool:
        """Whether someone may be called at this moment."""
        local = at.astimezone(self.timezone)
        return not self.is_day_off(local.date()) and any(begins <= local.time() < ends for begins, ends in self.spans)

    def from_(self, at: datetime) -> datetime:
        """The first moment from `at` on at which someone may be called. Raises NoCallingHours."""
        if self.allow(at):
            return at
        local = at.astimezone(self.timezone)
        return next(opening for opening in self._openings(local.date()) if opening > at)

    def next_try(self, after: datetime, earlier: Sequence[datetime]) -> datetime:
        """When to try again: on a later day than `after` and all `earlier` tries, and at another time of the day.

        The first full hour that lies APART from every earlier try, or where there is none the one that is farthest from them.
        Raises NoCallingHours.
        """
        tried = [moment.astimezone(self.timezone) for moment in (*earlier, after)]
        day = next(self._openings(max(moment.date() for moment in tried) + timedelta(days=1))).astimezone(self.timezone).date()
        hours = [
            moment for begins, ends in self.spans for hour in range(24)
            if begins <= (moment := time(hour)) < ends
        ] or [self.spans[0][0]]  # fmt: skip

        def distance(hour: time) -> int:
            return min(abs(_minutes(hour) - _minutes(moment.time())) for moment in tried)

        chosen = next((hour for hour in hours if distance(hour) >= APART * 60), max(hours, key=distance))
        return datetime.combine(day, chosen, self.timezone).astimezone(after.tzinfo)

    def agreed(self, wished: datetime) -> datetime:
        """The time a citizen asked for, or when it lies in the night the nearest following moment that does not."""
        local = wished.astimezone(self.timezone)
        first, last = self.spans[0][0], self.spans[-1][1]
        if local.time() < first:
            local = datetime.combine(local.date(), first, self.timezone)
        elif local.time() >= last:
            local = datetime.combine(local.date() + timedelta(days=1), first, self.timezone)
        return local.astimezone(wished.tzinfo)

    def _openings(self, day: date) -> Iterator[datetime]:
        for number in range(MOST_DAYS_AHEAD):
            today = day + timedelta(days=number)
            if not self.is_day_off(today):
                yield from (datetime.combine(today, begins, self.timezone) for begins, _ in self.spans)
        raise NoCallingHours(f"There is no time to call within {MOST_DAYS_AHEAD} days. Check [surveys] in city.toml and holidays.csv.")


def parse_spans(given: Sequence[str]) -> tuple[tuple[time, time], ...]:
    """`["09:00-12:00", "14:00-20:00"]` as times. Raises ValueError, a sentence."""
    spans = []
    for span in given:
        begins, _, ends = span.partition("-")
        spans.append((time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip())))
    ordered = [moment for span in spans for moment in span]
    if not spans or ordered != sorted(ordered):
        raise ValueError("calling_hours must be spans such as 09:00-12:00, in order and without overlap")
    return tuple(spans)


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
