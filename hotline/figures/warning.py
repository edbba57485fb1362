"""Early warning: when tickets of a category in a place come faster than their past explains.

A series is a second-level category in a street, a district or the whole city. Its last hour and its last two hours are compared with
what the same hours of the day, of working days and of days off, have brought in the past weeks. The count is a negative binomial
one: a Poisson count whose rate is itself uncertain, by how little past there is (a gamma prior, from the category's share and the
place's share of all tickets) and by how much days differ (overdispersion). Of all series looked at together, Benjamini and
Hochberg's procedure (JRSS B 57, 1995, pp. 289–300) picks those that stand out, at a level that allows `ALARMS` false alarms a month.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from math import exp, lgamma, log, log1p
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from hotline.figures.windows import Window

if TYPE_CHECKING:
    from hotline.city import City
    from hotline.ports import Transaction

PAST = timedelta(weeks=8)
SPANS = (timedelta(hours=1), timedelta(hours=2))
FEWEST = 4
"""Tickets below which nothing is said: three may be one family."""
ALARMS = 1.0
"""False alarms a month that the level allows. Measured: docs/benchmarks.md."""
LOOKS = 30 * 24 * 2
"""Looks a month that count as independent: looks overlap, so there are more looks than these."""
PRIOR_HOURS = 168.0
"""How much past the prior is worth."""
PRIOR_PROFILE = 40.0
"""Tickets that the profile of the whole first level is worth beside the category's own."""
LEAST_DISPERSION = 0.08
"""Variance of the rate from day to day relative to its square, where the past shows none."""
HOUR = timedelta(hours=1)

Series = tuple[str, str]
"""Category (its first digits) and place: a street's or district's code, or empty for the city."""
Hours = Mapping[datetime, int]


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket as far as it matters here."""

    at: datetime
    category: str
    district: str
    street: str


@dataclass(frozen=True, slots=True)
class Rise:
    """A series that rose. `chance` is the probability of so many or more when nothing has changed."""

    category: str
    place: str
    hours: int
    count: int
    expected: float
    chance: float


@dataclass(frozen=True, slots=True)
class Alert:
    """A rise while it lasts: found at `began_at`, seen last at `seen_at`."""

    id: UUID
    rise: Rise
    began_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class Past:
    """What `look` asks about the past eight weeks. `hours(category, place)` are counts by the hour; `share` is a place's part of all tickets."""

    since: datetime
    until: datetime
    hours: Callable[[str, str], Hours]
    share: Callable[[str], float]
    zone: ZoneInfo
    days_off: Collection[date]
    workdays: Collection[date] = ()
    """Saturdays and Sundays on which people work."""
    profiles: dict[str, _Profile] = field(default_factory=dict)
    """Those made so far, by category."""

    def kind(self, at: datetime) -> tuple[bool, int]:
        """Whether the day is off, and the hour."""
        local = at.astimezone(self.zone)
        day = local.date()
        return (day in self.days_off or (local.weekday() >= 5 and day not in self.workdays)), local.hour

    @cached_property
    def kinds(self) -> list[tuple[datetime, tuple[bool, int]]]:
        """The hours of the past, each with its kind."""
        count = round((self.until - self.since) / HOUR)
        return [(at, self.kind(at)) for at in (self.since + number * HOUR for number in range(count))]


def look(opened: Iterable[Opened], past: Past, *, now: datetime, series: int) -> list[Rise]:
    """The series that rise now. `opened` are the tickets of the last two hours, `series` how many series there are in the city."""
    recent = [(ticket, now - ticket.at) for ticket in opened if ticket.category and timedelta() <= now - ticket.at <= SPANS[-1]]
    tested = []
    for span in SPANS:
        for (category, place), count in _counts(ticket for ticket, ago in recent if ago <= span).items():
            if count < FEWEST:
                continue
            if category not in past.profiles:
                past.profiles[category] = _Profile(category, past)
            expected, size = past.profiles[category].expect(place, now, span)
            tested.append(Rise(category, place, round(span / HOUR), count, expected, tail(count, expected, size)))
    return _narrowed(_outstanding(tested, series * len(SPANS)), recent)


def tail(count: int, mean: float, size: float) -> float:
    """P(X ≥ count) of a negative binomial variable with this mean and variance mean + mean²/size."""
    if count <= 0:
        return 1.0
    odds = log(mean / (size + mean)) if mean > 0 else float("-inf")
    total, k = 0.0, count
    while True:
        term = exp(lgamma(k + size) - lgamma(size) - lgamma(k + 1) - size * log1p(mean / size) + k * odds)
        total += term
        if term <= total * 1e-12 and k > mean:
            return min(total, 1.0)
        k += 1


def _counts(tickets: Iterable[Opened]) -> dict[Series, int]:
    counts: dict[Series, int] = {}
    for ticket in tickets:
        for place in {"", ticket.district, ticket.street}:
            key = ticket.category[:4], place
            counts[key] = counts.get(key, 0) + 1
    return counts


class _Profile:
    """How a category's tickets are spread over the hours, and from it what a place may expect."""

    def __init__(self, category: str, past: Past) -> None:
        self._category, self._past = category, past
        self._whole = past.hours(category, "")
        around = past.hours(category[:2], "")
        exposure = self._exposure()
        prior = _by_kind(around, past)
        own = _by_kind(self._whole, past)
        many = sum(prior.values()) or 1
        level = (sum(own.values()) + 1) / sum(exposure.values())
        # Hourly rate of this category city-wide by kind of hour, relative to its mean.
        self._shape = {}
        for kind, hours in exposure.items():
            share = PRIOR_PROFILE * (prior.get(kind, 0) + many * 0.001) / many
            rate = (own.get(kind, 0) + share) / (hours + PRIOR_PROFILE / (level * sum(exposure.values())) * hours)
            self._shape[kind] = max(rate / level, 0.02)
        self._level = level
        self._dispersion = self._measure()

    def expect(self, place: str, now: datetime, span: timedelta) -> tuple[float, float]:
        """Mean and size of the count that the past explains."""
        past = self._past
        hours = past.hours(self._category, place) if place else self._whole
        length = (past.until - past.since) / HOUR
        prior = self._level * (past.share(place) if place else 1.0)
        shape = sum(hours.values()) + prior * PRIOR_HOURS
        level = shape / (length + PRIOR_HOURS)
        # A season that has begun lately is past as well.
        last_week = sum(count for at, count in hours.items() if at >= past.until - timedelta(days=7))
        level = max(level, (last_week + prior * PRIOR_HOURS) / (168 + PRIOR_HOURS))
        mean = level * sum(self._shape[past.kind(at)] * part for at, part in _pieces(now - span, now))
        return max(mean, 1e-9), 1 / (1 / max(shape, 1e-3) + self._dispersion)

    def _exposure(self) -> dict[tuple[bool, int], float]:
        """Hours of each kind in the past; at least one of each."""
        found = {(off, hour): 1.0 for off in (False, True) for hour in range(24)}
        for _, kind in self._past.kinds:
            found[kind] += 1
        return found

    def _measure(self) -> float:
        """How much more than chance the hours of the past differ: the method of moments, ((x − μ)² − μ) against μ²."""
        extra = square = 0.0
        for at, kind in self._past.kinds:
            mean = self._level * self._shape[kind]
            extra += (self._whole.get(at, 0) - mean) ** 2 - mean
            square += mean * mean
        return min(max(extra / square, LEAST_DISPERSION), 2.0) if square > 1 else LEAST_DISPERSION


def _by_kind(hours: Hours, past: Past) -> dict[tuple[bool, int], int]:
    found: dict[tuple[bool, int], int] = {}
    for at, kind in past.kinds:
        if at in hours:
            found[kind] = found.get(kind, 0) + hours[at]
    return found


def _pieces(since: datetime, until: datetime) -> Iterable[tuple[datetime, float]]:
    """The hours that a span touches, and how much of each."""
    at = since
    while at < until:
        end = min(at.replace(minute=0, second=0, microsecond=0) + HOUR, until)
        yield at, (end - at) / HOUR
        at = end


def _outstanding(tested: Sequence[Rise], of: int) -> list[Rise]:
    """Benjamini and Hochberg: the longest list whose last is unlikely enough for its length."""
    ranked = sorted(tested, key=lambda rise: rise.chance)
    level = ALARMS / LOOKS
    last = max((rank for rank, rise in enumerate(ranked, 1) if rise.chance <= rank * level / of), default=0)
    return ranked[:last]


def _narrowed(rises: Sequence[Rise], recent: Sequence[tuple[Opened, timedelta]]) -> list[Rise]:
    """One line for what is one matter: of a category the narrowest place that holds most of the rise; places beside it on their own."""
    district_of = {ticket.street: ticket.district for ticket, _ in recent}
    told: list[Rise] = []
    for category in dict.fromkeys(rise.category for rise in rises):
        best: dict[str, Rise] = {}
        for rise in rises:
            if rise.category == category and rise.place not in best:  # the most unlikely span of each place
                best[rise.place] = rise
        most = max(rise.count - rise.expected for rise in best.values())
        streets = [r for p, r in best.items() if p in district_of]
        districts = [r for p, r in best.items() if p and p not in district_of]
        for level in (streets, districts, list(best.values())):
            holding = [rise for rise in level if rise.count - rise.expected >= 0.6 * most]
            if holding:
                told.append(min(holding, key=lambda rise: rise.chance))
                break
    return told


QUIET = timedelta(hours=6)
"""A rise that has not been seen for so long is over; the next one is another."""


def watch(tx: Transaction, city: City, *, now: datetime, new_id: Callable[[], UUID]) -> list[Alert]:
    """Look once, and keep what is found. Returns the alerts that are new. Done every few minutes by a job."""
    until = now.replace(minute=0, second=0, microsecond=0) - SPANS[-1]
    window = Window(until - PAST, until)
    counted: dict[Series, Hours] = {}

    def hours(category: str, place: str) -> Hours:
        return counted.setdefault((category, place), tx.figures.hours(window, category=category, place=place))

    whole = max(sum(m.opened for m in tx.figures.totals("city", window).values()), 1)
    places = {key: m.opened / whole for dimension in ("district", "street") for key, m in tx.figures.totals(dimension, window).items()}
    off = {day for day, kind in city.holidays.items() if kind == "holiday"}
    past = Past(window.since, until, hours, lambda place: places.get(place, 0.0), city.timezone, off, set(city.holidays) - off)
    series = len({code[:4] for code in city.categories}) * (len(city.streets) + len(city.districts) + 1)
    district_of = {street.code: street.district_code for street in city.streets.values()}
    lasting, new = tx.figures.alerts(now - QUIET), []
    for rise in look(tx.figures.recent(Window(now - SPANS[-1], now)), past, now=now, series=series):
        same = (a for a in lasting if a.rise.category == rise.category and related(a.rise.place, rise.place, district_of))
        before = next(same, None)
        alert = replace(before, seen_at=now, rise=max(before.rise, rise, key=lambda r: r.count)) if before else Alert(new_id(), rise, now, now)
        tx.figures.put_alert(alert)
        if before is None:
            lasting.append(alert)
            new.append(alert)
    return new


def related(one: str, other: str, district_of: Mapping[str, str]) -> bool:
    """Whether two places are one, or one lies in the other."""
    return one == other or not one or not other or district_of.get(one) == other or district_of.get(other) == one
