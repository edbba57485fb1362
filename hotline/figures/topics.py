"""Topics of the month (每月一题) and streets to be governed (治理类街乡镇): what the figures propose, with why.

Proposals only: people choose. The thresholds are editable defaults of this project, not law.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotline.figures.measures import Measures
from hotline.rates import interval

FEWEST = 8
"""Tickets a month below which nothing is proposed."""
REPEATED_FROM = 3
"""Tickets of a category in one street within the month, from which on they count as repeated."""
TOP = 10
TIMES, MONTHS = 3, 6
"""A street is proposed for governing when it was in the monthly top ten so often within so many months."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A category that grows, repeats or fails, `score` being the sum of the three, each between 0 and 1."""

    category: str
    opened: int
    before: float
    """The mean of the months before."""
    repeated: int
    """Tickets in streets with REPEATED_FROM or more of them."""
    months: tuple[int, ...]
    """Tickets of the months, the latest first, as far back as anything was counted."""
    places: tuple[tuple[str, int], ...]
    """Tickets of the latest month by street, most first."""
    unsolved: int
    valid: int
    score: float
    grows: bool
    repeats: bool
    fails: bool


@dataclass(frozen=True, slots=True)
class Governed:
    """A street, the months (0 the latest) in which it was in the top ten, and its tickets in the latest."""

    street: str
    months: tuple[int, ...]
    opened: int

    @property
    def proposed(self) -> bool:
        return len(self.months) >= TIMES


def topics(months: Sequence[Mapping[str, Measures]], places: Mapping[str, Mapping[str, int]], count: int = 12) -> list[Topic]:
    """The categories most worth a month's special action. `months`: by category, the latest month first; `places`: tickets of the
    latest month by category and street."""
    latest = months[0]
    city = sum(latest.values(), Measures())
    usual = (city.valid - city.solved) / city.valid if city.valid else 0.0
    earlier = [month for month in months[1:] if sum(m.opened for m in month.values())]
    found = []
    for category, m in latest.items():
        if not category or m.opened < FEWEST:
            continue
        before = sum(month.get(category, Measures()).opened for month in earlier) / len(earlier) if earlier else float(m.opened)
        # In standard deviations of a count around its past mean, which is itself a count.
        growth = (m.opened - before) / (before * (1 + 1 / max(len(earlier), 1)) + 1) ** 0.5
        where = sorted(places.get(category, {}).items(), key=lambda entry: (-entry[1], entry[0]))
        repeated = sum(n for _, n in where if n >= REPEATED_FROM)
        counts = tuple(month.get(category, Measures()).opened for month in (latest, *earlier))
        unsolved = m.valid - m.solved
        failing = interval(unsolved / m.valid, m.valid).low - usual if m.valid else -1.0
        parts = min(max(growth / 8, 0), 1), repeated / m.opened, min(max(failing * 3, 0), 1)
        grows, repeats, fails = growth >= 3, repeated / m.opened >= 0.3, failing > 0
        if grows or repeats or fails:
            found.append(Topic(category, m.opened, before, repeated, counts, tuple(where), unsolved, m.valid, sum(parts), grows, repeats, fails))
    return sorted(found, key=lambda topic: (-topic.score, topic.category))[:count]


def governed(months: Sequence[Mapping[str, int]]) -> list[Governed]:
    """Streets that were in the top ten of any of the months (the latest first), those proposed first."""
    tops = []
    for month in months[:MONTHS]:
        ranked = sorted((street for street, n in month.items() if street and n), key=lambda street: (-month[street], street))
        tops.append(set(ranked[:TOP]))
    streets = set().union(*tops) if tops else set()
    found = [Governed(s, tuple(i for i, top in enumerate(tops) if s in top), months[0].get(s, 0)) for s in streets]
    return sorted(found, key=lambda g: (-len(g.months), -g.opened, g.street))
