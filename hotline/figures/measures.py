"""What is counted, and the shares that are made of the counts. A share never stands without its count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from hotline.rates import Counts, Interval, interval

CITY = ""
"""The key of the dimension `city`, which has one."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Counts of one window for one key of one dimension, each by the time at which its own event happened.

    A half day of a conversation is a *contact*: whatever a citizen asks within it counts as asked at once.
    """

    opened: int = 0
    """Tickets opened."""
    simulated: int = 0
    """Of these, tickets that `jiesu demo month` made up."""
    to_accept: int = 0
    """Dispatches whose time to accept is over, or that were accepted within it."""
    accepted_timely: int = 0
    dispatched: int = 0
    returned: int = 0
    """Returned by the unit."""
    handled: int = 0
    """Handlings: each time a unit said that it was done."""
    reopened: int = 0
    to_close: int = 0
    """Time limits that fell into the window, each with its handling, or overdue. A reopened ticket has another: the one before was kept or not."""
    closed_on_time: int = 0
    due: int = 0
    """Surveys begun; see rates.Counts for the next five."""
    valid: int = 0
    contacted: int = 0
    solved: int = 0
    satisfied: int = 0
    basically: int = 0
    contacts: int = 0
    bot_only: int = 0
    """Contacts in which no operator wrote."""
    asked: int = 0
    """Contacts with a question to the knowledge base."""
    first_contact: int = 0
    """Of these, the ones answered from it, not found unhelpful, without a ticket and without an operator."""

    def __add__(self, other: Measures) -> Measures:
        return Measures(*(getattr(self, name) + getattr(other, name) for name in NAMES))

    @property
    def counts(self) -> Counts:
        return Counts(self.due, self.valid, self.contacted, self.solved, self.satisfied, self.basically)


NAMES = tuple(f.name for f in fields(Measures))


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`. `value` is None when there is nothing to divide by, to be shown as “—”."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> Interval | None:
        return interval(self.part / self.whole, self.whole) if self.whole else None


def shares(m: Measures) -> dict[str, Share]:
    """The shares beside the three rates, by name."""
    return {
        "timely": Share(m.accepted_timely, m.to_accept),
        "returns": Share(m.returned, m.dispatched),
        "on_time": Share(m.closed_on_time, m.to_close),
        "again": Share(m.reopened, m.handled),
        "first_contact": Share(m.first_contact, m.asked),
        "bot_only": Share(m.bot_only, m.contacts),
    }


def median(histogram: Mapping[int, int]) -> int | None:
    """The lower median of values with how often each occurred. None without any."""
    half, seen = (sum(histogram.values()) + 1) // 2, 0
    for value in sorted(histogram):
        seen += histogram[value]
        if half and seen >= half:
            return value
    return None
