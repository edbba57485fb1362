"""The prepared figures: counting them, and reading sums of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, union, update

from hotline.figures.measures import NAMES, Measures
from hotline.figures.windows import Window
from hotline.store import tables as t
from hotline.store.counting import count_slot, measures

BATCH = 500


class SqlFigures:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # --- counting

    def claim(self, *, now: datetime, until: datetime) -> bool:
        state = t.figure_state
        if self._db.execute(select(state.c.id)).first() is None:
            from hotline.store.repositories import _insert_or_ignore

            _insert_or_ignore(self._db, state, id=1)
        free = or_(state.c.leased_until.is_(None), state.c.leased_until < now)
        return self._db.execute(update(state).where(state.c.id == 1, free).values(leased_until=until)).rowcount == 1

    def seen(self) -> datetime | None:
        return self._db.execute(select(t.figure_state.c.seen_at)).scalar_one_or_none()

    def set_seen(self, at: datetime) -> None:
        self._db.execute(update(t.figure_state).values(seen_at=at, leased_until=None))

    def first_moment(self) -> datetime | None:
        firsts = (t.tickets.c.opened_at, t.messages.c.created_at)
        found = [self._db.execute(select(func.min(column))).scalar_one() for column in firsts]
        return min((at for at in found if at is not None), default=None)

    def changed(self, since: datetime) -> set[datetime]:
        e, s, m, q = t.ticket_events.c, t.surveys.c, t.messages.c, t.asked_questions.c
        tickets = union(
            select(e.ticket_id).where(e.at >= since), select(s.ticket_id).where(or_(s.asked_at >= since, s.completed_at >= since))
        )  # fmt: skip
        ids = [row[0] for row in self._db.execute(tickets)]
        moments: set[datetime] = set()
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            for column, of in ((t.tickets.c.opened_at, t.tickets.c.id), (t.tickets.c.due_at, t.tickets.c.id), (e.at, e.ticket_id), (s.asked_at, s.ticket_id)):
                moments.update(at for (at,) in self._db.execute(select(column).where(of.in_(some))) if at is not None)
        for column in (m.created_at, q.asked_at):
            if self._db.execute(select(column).where(column >= since).limit(1)).first():
                moments.add(since)
        return moments

    def count(self, slot: Window, *, accept_within: timedelta, now: datetime) -> None:
        count_slot(self._db, slot, accept_within=accept_within, now=now)

    # --- reading

    def totals(self, dimension: str, window: Window) -> dict[str, Measures]:
        c = t.figure_slots.c
        query = select(c.key, *(func.sum(c[name]).label(name) for name in NAMES)).where(c.dimension == dimension, self._in(c.slot, window))
        return {row.key: measures(row) for row in self._db.execute(query.group_by(c.key))}

    def by_slot(self, dimension: str, key: str, window: Window) -> dict[datetime, Measures]:
        c = t.figure_slots.c
        query = select(t.figure_slots).where(c.dimension == dimension, c.key == key, self._in(c.slot, window))
        return {row.slot: measures(row) for row in self._db.execute(query.order_by(c.slot))}

    def lengths(self, what: str, window: Window) -> dict[int, int]:
        c = t.figure_lengths.c
        query = select(c.length, func.sum(c.count)).where(c.what == what, self._in(c.slot, window)).group_by(c.length)
        return {length: int(count) for length, count in self._db.execute(query)}

    def hours(self, window: Window, *, category: str = "", place: str = "") -> dict[datetime, int]:
        c = t.figure_hours.c
        query = select(c.hour, func.sum(c.opened)).where(self._in(c.hour, window), *self._of(category, place)).group_by(c.hour)
        return {hour: int(count) for hour, count in self._db.execute(query)}

    def places(self, window: Window, *, category: str = "") -> dict[tuple[str, str], int]:
        c = t.figure_hours.c
        query = select(c.district_code, c.street_code, func.sum(c.opened)).where(self._in(c.hour, window), *self._of(category, ""))
        return {(district, street): int(n) for district, street, n in self._db.execute(query.group_by(c.district_code, c.street_code))}

    def categories(self, window: Window, *, place: str = "") -> dict[str, int]:
        c = t.figure_hours.c
        query = select(c.category, func.sum(c.opened)).where(self._in(c.hour, window), *self._of("", place)).group_by(c.category)
        return {category: int(n) for category, n in self._db.execute(query)}

    def cells(self, window: Window, *, category: str = "") -> dict[str, int]:
        c = t.figure_cells.c
        wanted = [self._in(c.slot, window)] + ([_begins(c.category, category)] if category else [])
        return {cell: int(n) for cell, n in self._db.execute(select(c.cell, func.sum(c.opened)).where(*wanted).group_by(c.cell))}

    @staticmethod
    def _in(column: Any, window: Window) -> ColumnElement[bool]:
        inside: ColumnElement[bool] = (column >= window.since) & (column < window.until)
        return inside

    @staticmethod
    def _of(category: str, place: str) -> Iterable[ColumnElement[bool]]:
        """Of a category (or all under a prefix), in a street or a district by its code."""
        c = t.figure_hours.c
        if category:
            yield _begins(c.category, category)
        if place:
            yield (c.district_code == place) | (c.street_code == place)


def _begins(column: Any, prefix: str) -> ColumnElement[bool]:
    # As a range, which an index can serve whatever the database's collation is said to be.
    inside: ColumnElement[bool] = (column >= prefix) & (column < prefix + "￿")
    return inside
