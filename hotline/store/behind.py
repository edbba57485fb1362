"""The tickets behind a number: the same conditions as counting.py counts by, as lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, false, func, or_, select, true, union_all
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from hotline.figures.links import Behind
from hotline.figures.windows import Window
from hotline.store import tables as t
from hotline.tickets import AT_A_UNIT

EVENTS = {"dispatched": "dispatch", "returned": "return", "handled": "handle", "reopened": "reopen"}
c, e, s = t.tickets.c, t.ticket_events.c, t.surveys.c
a = t.ticket_events.alias().c
LED_BY = func.coalesce(e.unit_id, c.unit_id)


def tickets_behind(
    db: Connection, what: str, dimension: str, key: str, window: Window, *, category: str, hours: Sequence[datetime] | None, accept_within: timedelta, at: datetime, limit: int,
    offset: int,
) -> Behind:
    """What is behind a number as it was `at` a time, as far as it is known still: what was sent on or withdrawn since, is not. `category`:
    only of this one or, if it is a level above, below it. `hours`: of what was opened, only in the hours that begin then."""

    whole = dimension == "city" and not category
    events = _occurrences(what, window, accept_within, at, hours)
    if not events:
        return Behind(0, 0, [])

    def narrowed(query: Select[Any], ticket: ColumnElement[Any], unit: ColumnElement[Any]) -> Select[Any]:
        if whole:  # all that happened in the window: reading each ticket for it took most of the time
            return query
        query = (query if ticket is c.id else query.join(t.tickets, c.id == ticket)).where(_of(dimension, key, unit))
        return query.where(_of("category", category, unit)) if category else query

    # From what happened in the window to the tickets: the other way about, a unit's list took seven seconds at a million tickets.
    parts = [narrowed(select(ticket.label("id")).where(happened), ticket, unit) for ticket, happened, unit in events]
    found = (union_all(*parts) if len(parts) > 1 else parts[0]).subquery()
    times, count = db.execute(select(func.count(), func.count(found.c.id.distinct())).select_from(found)).one()
    listed: ColumnElement[bool] = c.id.in_(select(found.c.id))
    if whole and count > _MANY and offset < count // 2:
        # Of so many the newest are found sooner by looking from the window's end backwards, for nothing happens to a ticket before it is opened.
        listed = and_(c.opened_at < window.until, or_(*(happened if ticket is c.id else exists().where(ticket == c.id, happened) for ticket, happened, _ in events)))
    rows = db.execute(select(c.id).where(listed).order_by(c.opened_at.desc(), c.id.desc()).limit(limit).offset(offset))
    return Behind(times, count, [row[0] for row in rows])


_MANY = 5000


class Later(GenericFunction[datetime]):
    """A moment so many seconds after the one in a column, as the database reckons it."""

    type = t.UtcDateTime()
    inherit_cache = True

    def __init__(self, column: ColumnElement[datetime], by: timedelta) -> None:
        super().__init__(column, by.total_seconds())


@compiles(Later, "sqlite")
def _later_in_sqlite(element: Later, compiler: SQLCompiler, **kw: Any) -> str:
    column, seconds = (compiler.process(part, **kw) for part in element.clauses)
    return f"strftime('%Y-%m-%d %H:%M:%f', {column}, {seconds} || ' seconds') || '000'"


@compiles(Later, "postgresql")
def _later_in_postgresql(element: Later, compiler: SQLCompiler, **kw: Any) -> str:
    column, seconds = (compiler.process(part, **kw) for part in element.clauses)
    return f"({column} + make_interval(secs => {seconds}))"


def _within(column: Any, window: Window) -> ColumnElement[bool]:
    return and_(column >= window.since, column < window.until)


def _occurrences(
    what: str, window: Window, accept_within: timedelta, at: datetime, hours: Sequence[datetime] | None
) -> list[tuple[Any, ColumnElement[bool], ColumnElement[Any]]]:
    """Of each thing that is counted the column of its ticket, what it is, and which column tells its unit."""
    if what == "opened":
        then = true() if hours is None else or_(false(), *(_within(c.opened_at, Window(hour, hour + timedelta(hours=1))) for hour in hours))
        return [(c.id, and_(_within(c.opened_at, window), then), c.unit_id)]
    if what in EVENTS:
        return [(e.ticket_id, and_(e.kind == EVENTS[what], _within(e.at, window)), LED_BY)]
    if what == "slow":
        taken = exists().where(a.ticket_id == e.ticket_id, a.kind.in_(("accept", "handle")), a.at >= e.at, a.at <= Later(e.at, accept_within))
        return [(e.ticket_id, and_(e.kind == "dispatch", _within(e.at, window), e.at <= at - accept_within, ~taken), LED_BY)]
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
