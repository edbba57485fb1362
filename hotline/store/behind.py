"""The tickets behind a number: the same conditions as counting.py counts by, as lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, exists, false, func, or_, select

from hotline.figures.windows import Window
from hotline.store import tables as t
from hotline.tickets import OPEN

EVENTS = {"dispatched": "dispatch", "returned": "return", "handled": "handle", "reopened": "reopen"}


def tickets_behind(
    db: Connection, what: str, dimension: str, key: str, window: Window, *, category: str, accept_within: timedelta, now: datetime, limit: int, offset: int
) -> tuple[int, list[UUID]]:
    """How many there are, and some of them, the newest first. `category`: only of this one or, if it is a level above, below it."""
    c = t.tickets.c
    wanted = and_(_of(dimension, key, surveyed=what in _SURVEYED), _counted(db, what, dimension, key, window, accept_within, now))
    if category:
        wanted = and_(wanted, _of("category", category, surveyed=False))
    count = db.execute(select(func.count()).select_from(t.tickets).where(wanted)).scalar_one()
    rows = db.execute(select(c.id).where(wanted).order_by(c.opened_at.desc(), c.id.desc()).limit(limit).offset(offset))
    return count, [row[0] for row in rows]


def _within(column: Any, window: Window) -> ColumnElement[bool]:
    return and_(column >= window.since, column < window.until)


def _counted(db: Connection, what: str, dimension: str, key: str, window: Window, accept_within: timedelta, now: datetime) -> ColumnElement[bool]:
    c, e, s = t.tickets.c, t.ticket_events.c, t.surveys.c
    if what == "opened":
        return _within(c.opened_at, window)
    if what == "late":
        late = or_(c.handled_at > c.due_at, and_(c.handled_at.is_(None), c.status.in_(OPEN), c.due_at <= now))
        return and_(_within(c.due_at, window), late)
    if what in EVENTS:
        return c.id.in_(select(e.ticket_id).where(e.kind == EVENTS[what], _within(e.at, window)))
    if what == "slow":
        return c.id.in_(_slow(db, dimension, key, window, accept_within, now))
    if what in _SURVEYED:
        unit = [s.unit_id == key] if dimension == "unit" else []
        # From the window's surveys to their tickets: the other way about, a unit's list took seven seconds at a million tickets.
        return c.id.in_(select(s.ticket_id).where(_within(s.asked_at, window), _SURVEYED[what], *unit))
    return false()


_s = t.surveys.c
_answered = _s.status == "completed"
_SURVEYED: dict[str, ColumnElement[bool]] = {
    "due": _s.id.is_not(None), "valid": _answered, "uncontacted": and_(_answered, _s.contacted.is_(False)),
    "unsolved": and_(_answered, _s.solved != "yes"), "dissatisfied": and_(_answered, _s.satisfaction == "dissatisfied"), "unreached": ~_answered,
}  # fmt: skip


def _of(dimension: str, key: str, *, surveyed: bool) -> ColumnElement[bool]:
    c = t.tickets.c
    if dimension == "city" or (dimension == "unit" and surveyed):
        return c.id.is_not(None)
    if dimension == "channel":
        return exists().where(t.conversations.c.id == c.conversation_id, t.conversations.c.channel == key)
    if dimension == "cell":
        return c.cell.in_(key.split(","))
    column = {"unit": c.unit_id, "street": c.street_code, "district": c.district_code, "category": c.category, "kind": c.kind}.get(dimension)
    if column is None:
        return false()
    if not key:
        return column.is_(None)
    # A category may be a level above: all codes that begin so.
    return and_(column >= key, column < key + "￿") if dimension == "category" else column == key


def _slow(db: Connection, dimension: str, key: str, window: Window, accept_within: timedelta, now: datetime) -> set[UUID]:
    """Tickets that were sent in the window and not accepted in time."""
    e = t.ticket_events.c
    query = select(e.ticket_id, e.kind, e.at).join_from(t.ticket_events, t.tickets).where(_of(dimension, key, surveyed=False))
    near = and_(e.at >= window.since, e.at < window.until + accept_within, e.kind.in_(("dispatch", "accept", "handle")))
    sent: list[tuple[UUID, datetime]] = []
    taken: dict[UUID, list[datetime]] = {}
    for ticket, kind, at in db.execute(query.where(near)):
        if kind != "dispatch":
            taken.setdefault(ticket, []).append(at)
        elif at < window.until and at + accept_within <= now:
            sent.append((ticket, at))
    return {ticket for ticket, at in sent if not any(at <= accepted <= at + accept_within for accepted in taken.get(ticket, []))}
