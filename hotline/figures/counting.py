"""Keeping the prepared figures true: which slots have to be counted again, and counting them, each in a transaction of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hotline.figures import windows
from hotline.figures.windows import Window

if TYPE_CHECKING:
    from hotline.city import City
    from hotline.ports import Store

OVERLAP = timedelta(minutes=15)
"""Changes are looked for from this long before the last look on: a transaction that took long may have committed after it."""
RECENT = timedelta(hours=36)
"""Slots that change by the clock alone: a time limit passes, a dispatch stays without an answer."""
LEASE = timedelta(minutes=5)
NIGHTLY = timedelta(days=45)


def accept_within(city: City) -> timedelta:
    """The time in which a unit should accept what it was sent."""
    return timedelta(hours=float(city.settings["rates"].get("accept_within_hours", 2)))


def refresh(store: Store, city: City, *, now: datetime) -> int | None:
    """Count again what has changed since the last time; the first time, everything. Returns the number of slots, None if another process is at it."""
    with store.transaction() as tx:
        if not tx.figures.claim(now=now, until=now + LEASE):
            return None
        seen = tx.figures.seen()
        if seen is None:
            first = tx.figures.first_moment()
            moments = set() if first is None else {w.since for w in windows.slots(city, Window(first, now))}
        else:
            moments = tx.figures.changed(seen - OVERLAP)
    # Counting is due to the clock only where the clock has moved on.
    since = now - RECENT if seen is None or windows.slot(city, seen) != windows.slot(city, now) else windows.slot(city, now).since
    moments |= {w.since for w in windows.slots(city, Window(since, now))}
    return _count(store, city, {windows.slot(city, moment) for moment in moments if moment <= now}, now=now, seen=now)


def recount(store: Store, city: City, window: Window, *, now: datetime) -> int:
    """Count all slots of a window again, whatever was seen. The nightly job does it for the last weeks."""
    return _count(store, city, set(windows.slots(city, window)), now=now, seen=None)


def _count(store: Store, city: City, slots: set[Window], *, now: datetime, seen: datetime | None) -> int:
    for slot in sorted(slots, key=lambda w: w.since):
        with store.transaction() as tx:
            tx.figures.count(slot, accept_within=accept_within(city), now=now)
    for month in sorted({windows.calendar_month(city, slot.since) for slot in slots}, key=lambda w: w.since):
        if month.until <= now - NIGHTLY:  # younger ones change too often to be worth it
            with store.transaction() as tx:
                tx.figures.sum_up(month)
    if seen is not None:
        with store.transaction() as tx:
            tx.figures.set_seen(seen)
    return len(slots)
