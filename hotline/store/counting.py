"""Counting one slot of the prepared figures from the tables where tickets, surveys and messages are.

A slot is counted whole and replaces what was counted before, so counting twice, late changes and kills do no harm.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, insert, literal, select

from hotline.figures.lengths import step
from hotline.figures.measures import CITY, NAMES, Measures
from hotline.figures.windows import Window
from hotline.store import tables as t
from hotline.tickets import AT_A_UNIT, SIMULATED

DIMENSIONS = ("city", "unit", "street", "district", "category", "channel", "kind")
TURNS_WITHIN = timedelta(hours=1)
"""An intake's turns are the citizen's messages of the hour before the ticket was opened."""
Cell = tuple[str, str]
Tally = defaultdict[Cell, Counter[str]]


def count_slot(db: Connection, slot: Window, *, accept_within: timedelta, now: datetime) -> None:
    """Count everything that happened in a slot, as it stands `now`."""
    tally: Tally = defaultdict(Counter)
    _opened(db, slot, tally)
    _events(db, slot, tally, accept_within, now)
    _limits(db, slot, tally, now)
    _surveys(db, slot, tally)
    _contacts(db, slot, tally)
    rows = [
        {"dimension": dimension, "slot": slot.since, "key": key, **dict.fromkeys(NAMES, 0), **counts}
        for (dimension, key), counts in sorted(tally.items())
    ]
    mine = and_(t.figure_slots.c.dimension.in_(DIMENSIONS), t.figure_slots.c.slot == slot.since)
    _replace(db, t.figure_slots, mine, rows)
    m = t.figure_months.c
    db.execute(delete(t.figure_months).where(m.since <= slot.since, m.until > slot.since))


def sum_up(db: Connection, month: Window) -> None:
    """Sum a month's slots, unless it stands."""
    m, s = t.figure_months.c, t.figure_slots.c
    if db.execute(select(m.key).where(m.dimension == "city", m.since == month.since)).first():
        return
    sums = [func.sum(s[name]) for name in NAMES]
    query = select(s.dimension, literal(month.since, t.UtcDateTime), s.key, literal(month.until, t.UtcDateTime), *sums)
    query = query.where(_within(s.slot, month)).group_by(s.dimension, s.key)
    db.execute(insert(t.figure_months).from_select(["dimension", "since", "key", "until", *NAMES], query))


def _replace(db: Connection, table: Table, mine: ColumnElement[bool], rows: list[dict[str, Any]]) -> None:
    db.execute(delete(table).where(mine))
    if rows:
        db.execute(insert(table), rows)


def _within(column: Any, slot: Window) -> ColumnElement[bool]:
    return and_(column >= slot.since, column < slot.until)


_DIMENSIONS_OF_TICKET = (
    t.tickets.c.unit_id, t.tickets.c.street_code, t.tickets.c.district_code, t.tickets.c.category, t.tickets.c.kind,
    t.conversations.c.channel,
)  # fmt: skip


def _keys(row: Any, unit_id: str | None) -> Iterable[Cell]:
    """The keys for which a ticket counts; empty where it has none yet."""
    return (
        ("city", CITY), ("unit", unit_id or ""), ("street", row.street_code or ""), ("district", row.district_code or ""),
        ("category", row.category or ""), ("channel", row.channel), ("kind", row.kind),
    )  # fmt: skip


def _add(tally: Tally, keys: Iterable[Cell], *names: str) -> None:
    for key in keys:
        for name in names:
            tally[key][name] += 1


def _opened(db: Connection, slot: Window, tally: Tally) -> None:
    c, m = t.tickets.c, t.messages.c
    turns = (
        select(func.count()).where(m.conversation_id == c.conversation_id, m.direction == "in", m.created_at <= c.opened_at)
        .where(m.created_at > slot.since - TURNS_WITHIN)
    )  # fmt: skip
    query = select(c.opened_at, c.request_key, c.cell, turns.scalar_subquery().label("turns"), *_DIMENSIONS_OF_TICKET)
    hours: Counter[tuple[datetime, str, str, str]] = Counter()
    cells: Counter[tuple[str, str]] = Counter()
    lengths: Counter[int] = Counter()
    for row in db.execute(query.join(t.conversations).where(_within(c.opened_at, slot))):
        _add(tally, _keys(row, row.unit_id), "opened", *(["simulated"] if row.request_key.startswith(SIMULATED) else []))
        hour = row.opened_at.replace(minute=0, second=0, microsecond=0)
        hours[hour, row.category or "", row.district_code or "", row.street_code or ""] += 1
        if row.cell:
            cells[row.cell, row.category or ""] += 1
        if row.turns:
            lengths[row.turns] += 1
    h = t.figure_hours.c
    _replace(db, t.figure_hours, _within(h.hour, slot), [
        {"hour": hour, "category": category, "district_code": district, "street_code": street, "opened": n}
        for (hour, category, district, street), n in sorted(hours.items())
    ])  # fmt: skip
    _replace(db, t.figure_cells, t.figure_cells.c.slot == slot.since, [
        {"slot": slot.since, "cell": cell, "category": category, "opened": n} for (cell, category), n in sorted(cells.items())
    ])  # fmt: skip
    _lengths(db, slot, "turns", lengths)


def _lengths(db: Connection, slot: Window, what: str, lengths: Counter[int]) -> None:
    table = t.figure_lengths
    mine = and_(table.c.what == what, table.c.slot == slot.since)
    _replace(db, table, mine, [{"what": what, "slot": slot.since, "length": length, "count": n} for length, n in sorted(lengths.items())])


def _events(db: Connection, slot: Window, tally: Tally, accept_within: timedelta, now: datetime) -> None:
    e, c = t.ticket_events.c, t.tickets.c
    taken: defaultdict[Any, list[datetime]] = defaultdict(list)
    in_time = and_(e.kind.in_(("accept", "handle")), e.at >= slot.since, e.at < slot.until + accept_within)
    for ticket_id, at in db.execute(select(e.ticket_id, e.at).where(in_time)):
        taken[ticket_id].append(at)
    query = select(e.ticket_id, e.kind.label("event"), e.at, e.unit_id.label("led_by"), c.opened_at, *_DIMENSIONS_OF_TICKET)
    names = {"dispatch": "dispatched", "return": "returned", "handle": "handled", "reopen": "reopened"}
    minutes: Counter[int] = Counter()
    query = query.join_from(t.ticket_events, t.tickets).join(t.conversations)
    for row in db.execute(query.where(_within(e.at, slot), e.kind.in_(names))):
        keys = _keys(row, row.led_by or row.unit_id)
        _add(tally, keys, names[row.event])
        if row.event == "dispatch":
            timely = any(row.at <= at <= row.at + accept_within for at in taken[row.ticket_id])
            if timely or row.at + accept_within <= now:
                _add(tally, keys, "to_accept", *(["accepted_timely"] if timely else []))
        elif row.event == "handle":
            minutes[step((row.at - row.opened_at) / timedelta(minutes=1))] += 1
    _lengths(db, slot, "minutes", minutes)


def _limits(db: Connection, slot: Window, tally: Tally, now: datetime) -> None:
    c, e = t.tickets.c, t.ticket_events.c
    handled = select(e.at, e.due_at, e.unit_id.label("led_by"), *_DIMENSIONS_OF_TICKET).join_from(t.ticket_events, t.tickets).join(t.conversations)
    for row in db.execute(handled.where(t.HANDLED, _within(e.due_at, slot))):
        _add(tally, _keys(row, row.led_by or row.unit_id), "to_close", *(["closed_on_time"] if row.at <= row.due_at else []))
    overdue = select(*_DIMENSIONS_OF_TICKET).join_from(t.tickets, t.conversations)
    for late in db.execute(overdue.where(c.status.in_(AT_A_UNIT), _within(c.due_at, slot), c.due_at <= now)):
        _add(tally, _keys(late, late.unit_id), "to_close")


def _surveys(db: Connection, slot: Window, tally: Tally) -> None:
    s = t.surveys.c
    query = select(s.unit_id.label("asked_about"), s.status, s.contacted, s.solved, s.satisfaction, *_DIMENSIONS_OF_TICKET)
    query = query.join_from(t.surveys, t.tickets).join(t.conversations).where(_within(s.asked_at, slot))
    for row in db.execute(query):
        names = ["due"]
        if row.status == "completed":
            names += ["valid"]
            names += ["contacted"] if row.contacted else []
            names += ["solved"] if row.solved == "yes" else []
            names += [row.satisfaction] if row.satisfaction in ("satisfied", "basically") else []
        _add(tally, _keys(row, row.asked_about), *names)


def _contacts(db: Connection, slot: Window, tally: Tally) -> None:
    m, q = t.messages.c, t.asked_questions.c
    query = (
        select(m.conversation_id, t.conversations.c.channel, func.count().filter(m.author == "operator").label("operators"))
        .join_from(t.messages, t.conversations).where(_within(m.created_at, slot))
        .group_by(m.conversation_id, t.conversations.c.channel).having(func.count().filter(m.direction == "in") > 0)
    )  # fmt: skip
    asked: dict[Any, bool] = {}
    opened = exists().where(t.tickets.c.conversation_id == q.conversation_id, _within(t.tickets.c.opened_at, slot))
    for row in db.execute(select(q.conversation_id, q.article_id, q.helpful, opened.label("opened")).where(_within(q.asked_at, slot))):
        answered = row.article_id is not None and row.helpful is not False and not row.opened
        asked[row.conversation_id] = asked.get(row.conversation_id, True) and answered
    for row in db.execute(query):
        names = ["contacts"] + ([] if row.operators else ["bot_only"])
        if row.conversation_id in asked:
            names += ["asked"] + (["first_contact"] if asked[row.conversation_id] and not row.operators else [])
        _add(tally, (("city", CITY), ("channel", row.channel)), *names)


def measures(row: Any) -> Measures:
    return Measures(*(int(getattr(row, name) or 0) for name in NAMES))
