"""Early warning on a simulated history with planted rises: how many are found within two hours, and how often it cries wolf.

`.venv/bin/python -m bench.warning [months]`. The history is made by other rules than the test assumes: every category, place and
day has a lognormal mood, the city's level wanders, and one ticket in fifty brings neighbours with it within a day.
"""

from __future__ import annotations

import random
import sys
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hotline.city import City
from hotline.figures import warning
from hotline.figures.warning import Opened, Past
from hotline.settings import ROOT
from hotline.simulation import OF_DAY, OF_WEEK

HOUR = timedelta(hours=1)
EVERY = timedelta(minutes=5)
PER_DAY = 2740
"""One million tickets a year."""
START = datetime(2026, 3, 1, tzinfo=UTC)
QUIET = timedelta(hours=6)


@dataclass(frozen=True)
class Planted:
    """A rise: `size` tickets above the usual, over its first two hours, in one street or scattered over one district."""

    at: datetime
    category: str
    district: str
    street: str
    size: int


def history(city: City, chance: random.Random, days: int, planted: list[Planted]) -> list[Opened]:
    categories = list(city.categories)
    category_weight = [chance.lognormvariate(0, 1.0) for _ in categories]
    streets = list(city.streets.values())
    street_weight = [chance.lognormvariate(0, 0.8) for _ in streets]
    found: list[Opened] = []
    level = 0.0
    for day in range(days):
        midnight = (START + timedelta(days=day)).astimezone(city.timezone).replace(hour=0, minute=0, second=0, microsecond=0)
        level = 0.9 * level + chance.gauss(0, 0.05)
        kind = city.holidays.get(midnight.date())
        weekday = 6 if kind == "holiday" else 0 if kind == "workday" else midnight.weekday()
        today = [w * chance.lognormvariate(0, 0.2) for w in category_weight]
        here = [w * chance.lognormvariate(0, 0.15) for w in street_weight]
        number = round(chance.gauss(1, 0.02) * PER_DAY * OF_WEEK[weekday] * 2.718 ** level)
        for category, street, hour in zip(
            chance.choices(categories, today, k=number), chance.choices(streets, here, k=number), chance.choices(range(24), OF_DAY, k=number), strict=True
        ):
            at = midnight + hour * HOUR + timedelta(seconds=chance.uniform(0, 3600))
            found.append(Opened(at, category, street.district_code, street.code))
            if chance.random() < 0.02:
                found.append(Opened(at + timedelta(hours=chance.uniform(0, 24)), category, street.district_code, street.code))
    in_district: dict[str, list[str]] = defaultdict(list)
    for street in streets:
        in_district[street.district_code].append(street.code)
    for rise in planted:
        for _ in range(rise.size):
            at = rise.at + 2 * HOUR * chance.random()
            found.append(Opened(at, rise.category, rise.district, rise.street or chance.choice(in_district[rise.district])))
    return sorted(found, key=lambda ticket: ticket.at)


def plant(city: City, chance: random.Random, days: int, from_day: int) -> list[Planted]:
    """One a day, at any hour: half in one street, half over one district; each the size of a real failure."""
    leaves, streets = list(city.categories), list(city.streets.values())
    rises = []
    for day in range(from_day, days):
        street = chance.choice(streets)
        one_street = chance.random() < 0.5
        at = START + timedelta(days=day, hours=chance.uniform(0, 21))
        size = chance.randint(10, 20) if one_street else chance.randint(20, 40)
        rises.append(Planted(at, chance.choice(leaves), street.district_code, street.code if one_street else "", size))
    return rises


def measure(months: float = 3, seed: int = 1, *, quiet: bool = False) -> dict[str, float]:
    """Found within two hours and false alarms a month. With `quiet` nothing is planted."""
    city = City.load(ROOT / "city")
    chance = random.Random(seed)
    past_days = warning.PAST.days
    days = past_days + round(30 * months)
    planted = [] if quiet else plant(city, chance, days, past_days)
    tickets = history(city, chance, days, planted)
    times = [ticket.at for ticket in tickets]
    hours: dict[tuple[str, str], dict[datetime, int]] = defaultdict(lambda: defaultdict(int))
    added = 0
    places: dict[str, int] = defaultdict(int)
    off = {day for day, kind in city.holidays.items() if kind == "holiday"}
    on = {day for day, kind in city.holidays.items() if kind == "workday"}
    series = len({code[:4] for code in city.categories}) * (len(city.streets) + len(city.districts) + 1)
    district_of = {street.code: street.district_code for street in city.streets.values()}
    episodes: list[tuple[datetime, datetime, str, str]] = []
    past: Past | None = None
    now, end = START + timedelta(days=past_days), START + timedelta(days=days)
    while now < end:
        while added < len(tickets) and tickets[added].at < now.replace(minute=0, second=0, microsecond=0) - 2 * HOUR:
            ticket = tickets[added]
            hour = ticket.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            for category in (ticket.category[:4], ticket.category[:2]):
                for place in ("", ticket.district, ticket.street):
                    hours[category, place][hour] += 1
            for place in (ticket.district, ticket.street):
                places[place] += 1
            added += 1
        if now.minute == 0 or past is None:
            until = now.replace(minute=0, second=0, microsecond=0) - 2 * HOUR
            since = until - warning.PAST

            def counted(category: str, place: str, since: datetime = since) -> dict[datetime, int]:
                return {at: count for at, count in hours[category, place].items() if at >= since}

            shares = {place: count / max(added, 1) for place, count in places.items()}
            past = Past(since, until, counted, shares.__getitem__, city.timezone, off, on)
        recent = tickets[bisect_left(times, now - warning.SPANS[-1]) : bisect_right(times, now)]
        for rise in warning.look(recent, past, now=now, series=series):
            for number, (began, seen, category, place) in enumerate(episodes):
                if category == rise.category and now - seen <= QUIET and warning.related(place, rise.place, district_of):
                    episodes[number] = began, now, category, place
                    break
            else:
                episodes.append((now, now, rise.category, rise.place))
        now += EVERY
    found, false = 0, 0
    for rise in planted:
        hit = [b for b, seen, c, p in episodes if c == rise.category[:4] and warning.related(p, rise.street or rise.district, district_of)
               and rise.at <= seen and b <= rise.at + 2 * HOUR]  # fmt: skip
        found += bool(hit)
    for began, _seen, category, place in episodes:
        caused = any(
            r.category[:4] == category and r.at <= began <= r.at + 4 * HOUR and warning.related(place, r.street or r.district, district_of) for r in planted
        )
        false += not caused
    return {"planted": len(planted), "found": found / max(len(planted), 1), "false alarms a month": false / months, "alarms": len(episodes)}


if __name__ == "__main__":
    length = float(sys.argv[1]) if len(sys.argv) > 1 else 3
    for calm in (False, True):
        print("nothing planted" if calm else "one planted a day", measure(length, quiet=calm))
