"""The tickets behind a number: the same conditions as counting.py counts by, as lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, false, func, or_, select, union_all

from hotline.figures.links import Behind
from hotline.figures.windows import Window
from hotline.store import tables as t
from hotline.tickets import AT_A_UNIT

EVENTS = {"dispatched": "dispatch", "returned": "return", "handled": "handle", "reopened": "reopen"}
c, e, s = t.tickets.c, t.ticket_events.c, t.surveys.c
LED_BY = func.coalesce(e.unit_id, c.unit_id)


def tickets_behind(
    db: Connection, what: str, dimension: str, key: str, window: Window, *, category: str, accept_within: timedelta, at: datetime, limit: int, offset: int
) -> Behind:
    """What is behind a number as it was `at` a time, as far as it is known still: what was sent on or withdrawn since, is not. `category`:
    only of this one or, if it is a level above, below it."""

    whole = dimension == "city" and not category

    def narrowed(query: Select[Any], ticket: ColumnElement[Any], unit: ColumnElement[Any]) -> Select[Any]:
        if whole:  # all that happened in the window: reading each ticket for it took most of the time
            return query
        query = (query if ticket is c.id else query.join(t.tickets, c.id == ticket)).where(_of(dimension, key, unit))
        return query.where(_of("category", category, unit)) if category else query

    if what == "slow":
        sent = narrowed(select(e.ticket_id).where(e.kind == "dispatch", _within(e.at, window)), e.ticket_id, LED_BY)
        slow = _slow(db, c.id.is_not(None) if whole else e.ticket_id.in_(sent), _of("unit" if dimension == "unit" else "city", key, LED_BY), window, accept_within, at)
        ids = [id for _, id in sorted(set(slow), reverse=True)]
        return Behind(len(slow), len(ids), ids[offset : offset + limit])
    parts = [narrowed(select(ticket.label("id")).where(happened), ticket, unit) for ticket, happened, unit in _occurrences(what, window, at)]
    if not parts:
        return Behind(0, 0, [])
    # From what happened in the window to the tickets: the other way about, a unit's list took seven seconds at a million tickets.
    found = (union_all(*parts) if len(parts) > 1 else parts[0]).subquery()
    times, count = db.execute(select(func.count(), func.count(found.c.id.distinct())).select_from(found)).one()
    rows = db.execute(select(c.id).where(c.id.in_(select(found.c.id))).order_by(c.opened_at.desc(), c.id.desc()).limit(limit).offset(offset))
    return Behind(times, count, [row[0] for row in rows])


def _within(column: Any, window: Window) -> ColumnElement[bool]:
    return and_(column >= window.since, column < window.until)


def _occurrences(what: str, window: Window, at: datetime) -> list[tuple[Any, ColumnElement[bool], ColumnElement[Any]]]:
    """Of each thing that is counted the column of its ticket, what it is, and which column tells its unit."""
    if what == "opened":
        return [(c.id, _within(c.opened_at, window), c.unit_id)]
    if what in EVENTS:
        return [(e.ticket_id, and_(e.kind == EVENTS[what], _within(e.at, window)), LED_BY)]
    if what in ("late", "overdue"):
        # A limit that was passed at that time: of tickets handled after it, and of those that still are not.
        after = e.at > e.due_at if what == "late" else e.at > at
        handled = and_(t.HANDLED, _within(e.due_at, window), e.due_at <= at, after)
        return [(e.ticket_id, handled, LED_BY), (c.id, and_(c.status.in_(AT_A_UNIT), _within(c.due_at, window), c.due_at <= at), c.unit_id)]
    if what in SURVEYED:
        answered = and_(s.status == "completed", s.completed_at <= at)
        state = {"due": s.id.is_not(None), "unreached": or_(s.status != "completed", s.completed_at > at)}.get(what, answered)
        return [(s.ticket_id, and_(_within(s.asked_at, window), state, SURVEYED[what]), s.unit_id)]
    return []


_any = s.id.is_not(None)
SURVEYED: dict[str, ColumnElement[bool]] = {
    "due": _any, "valid": _any, "uncontacted": s.contacted.is_(False), "unsolved": s.solved != "yes", "dissatisfied": s.satisfaction == "dissatisfied",
    "unreached": _any,
}  # fmt: skip


def _of(dimension: str, key: str, unit: ColumnElement[Any]) -> ColumnElement[bool]:
    if dimension == "city":
        return c.id.is_not(None)
    if dimension == "channel":
        return exists().where(t.conversations.c.id == c.conversation_id, t.conversations.c.channel == key)
    if dimension == "cell":
        return c.cell.in_(key.split(","))
    columns: dict[str, ColumnElement[Any]] = {"unit": unit, "street": c.street_code, "district": c.district_code, "category": c.category, "kind": c.kind}
    if dimension not in columns:
        return false()
    column = columns[dimension]
    if not key:
        return column.is_(None)
    # A category may be a level above: all codes that begin so.
    return and_(column >= key, column < key + "￿") if dimension == "category" else column == key


def _slow(
    db: Connection, wanted: ColumnElement[bool], mine: ColumnElement[bool], window: Window, accept_within: timedelta, now: datetime
) -> list[tuple[datetime, UUID]]:
    """Each time a `wanted` ticket was sent, to the unit that is `mine`, and not accepted in time: when it was opened, and its id."""
    near = and_(e.at >= window.since, e.at < window.until + accept_within, or_(e.kind.in_(("accept", "handle")), and_(e.kind == "dispatch", mine)))
    query = select(e.ticket_id, e.kind, e.at, c.opened_at).join_from(t.ticket_events, t.tickets)
    sent: list[tuple[datetime, UUID, datetime]] = []
    taken: dict[UUID, list[datetime]] = {}
    for ticket, kind, at, opened in db.execute(query.where(near, wanted)):
        if kind != "dispatch":
            taken.setdefault(ticket, []).append(at)
        elif at < window.until and at + accept_within <= now:
            sent.append((opened, ticket, at))
    return [(opened, ticket) for opened, ticket, at in sent if not any(at <= accepted <= at + accept_within for accepted in taken.get(ticket, []))]
