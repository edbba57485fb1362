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

    events = _occurrences(what, window, accept_within, at, hours)
    if not events:
        return Behind(0, 0, [])
    narrows = [*([(dimension, key)] if dimension not in ("city", "unit") else []), *([("category", category)] if category else [])]
    of_ticket = [_of(by, of, c.unit_id) for by, of in narrows]

    def counted(ticket: ColumnElement[Any], happened: ColumnElement[bool], unit: ColumnElement[Any]) -> Select[Any]:
        whose = [] if dimension != "unit" else [_led_by(key, ticket) if unit is LED_BY else _of(dimension, key, unit)]
        return select(ticket.label("id")).where(*whose, *([_among(ticket, of_ticket)] if of_ticket else []), happened)

    # From what happened in the window to the tickets: the other way about, a unit's list took seven seconds at a million tickets.
    parts = [counted(*each) for each in events]
    found = (union_all(*parts) if len(parts) > 1 else parts[0]).subquery()
    ids = db.scalars(select(found.c.id).limit(_MOST + 1)).all()
    all_here = len(ids) <= _MOST
    times, count = (len(ids), len(set(ids))) if all_here else db.execute(select(func.count(), func.count(found.c.id.distinct())).select_from(found)).one()
    listed: ColumnElement[bool] = c.id.in_(set(ids) if all_here and count <= _FEW else select(found.c.id))
    if count > _FEW and offset < count // 2:
        # Of so many the newest are found sooner by looking from the window's end backwards, for nothing happens to a ticket before it is opened.
        whose = [_of(dimension, key, unit) if dimension == "unit" else true() for _, _, unit in events]
        happenings = (and_(happened, its) if ticket is c.id else exists().where(ticket == c.id, happened, its) for (ticket, happened, _), its in zip(events, whose, strict=True))
        # Written so, a category's index is not walked for it, in which they stand in another order.
        of_these = [func.substr(c.category, 1, len(of)) == of if by == "category" and of else _of(by, of, c.unit_id) for by, of in narrows]
        listed = and_(c.opened_at < window.until, *of_these, or_(*happenings))
    rows = db.execute(select(c.id).where(listed).order_by(c.opened_at.desc(), c.id.desc()).limit(limit).offset(offset))
    return Behind(times, count, [row[0] for row in rows])


def _among(ticket: ColumnElement[Any], conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """That the ticket of something that happened is one for which these hold."""
    if ticket is c.id:
        return and_(*conditions)
    return exists().where(c.id == ticket, *conditions)


def _led_by(unit: str, ticket: ColumnElement[Any]) -> ColumnElement[bool]:
    """The same as LED_BY == unit, which would read every ticket of the window."""
    return or_(_of("unit", unit, e.unit_id), and_(e.unit_id.is_(None), _among(ticket, [_of("unit", unit, c.unit_id)])))


_FEW, _MOST = 20_000, 30_000
"""Tickets that are put in order by their ids, fewer than a statement may have values; and ids that are counted here, for finding them again to be counted there takes longer."""


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
