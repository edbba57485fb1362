"""The prepared figures: counting them, and reading sums of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, false, func, or_, select, union, update
from sqlalchemy.dialects import postgresql, sqlite

from hotline.figures.links import Behind
from hotline.figures.measures import NAMES, Measures
from hotline.figures.warning import Alert, Opened, Rise
from hotline.figures.windows import Window
from hotline.store import tables as t
from hotline.store.behind import tickets_behind
from hotline.store.cipher import Cipher
from hotline.store.counting import count_slot, measures, sum_up

BATCH = 500


class SqlFigures:
    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._db = connection
        self._cipher = cipher

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
            for column, of in ((t.tickets.c.opened_at, t.tickets.c.id), (t.tickets.c.due_at, t.tickets.c.id), (e.at, e.ticket_id), (e.due_at, e.ticket_id), (s.asked_at, s.ticket_id)):
                moments.update(at for (at,) in self._db.execute(select(column).where(of.in_(some))) if at is not None)
        for column in (m.created_at, q.asked_at):
            if self._db.execute(select(column).where(column >= since).limit(1)).first():
                moments.add(since)
        return moments

    def count(self, slot: Window, *, accept_within: timedelta, now: datetime) -> None:
        count_slot(self._db, slot, accept_within=accept_within, now=now)

    def sum_up(self, month: Window) -> None:
        sum_up(self._db, month)

    # --- reading

    def totals(self, dimension: str, window: Window) -> dict[str, Measures]:
        m, c = t.figure_months.c, t.figure_slots.c
        within = (m.since >= window.since) & (m.until <= window.until)
        months = self._db.execute(select(m.since, m.until).where(m.dimension == "city", within).order_by(m.since)).all()
        found: dict[str, Measures] = {}
        # Whole months from their sums, what is left before, between and after them from the slots.
        edges = [window.since, *(edge for month in months for edge in month), window.until]
        gaps = [self._in(c.slot, Window(a, b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
        for table, where in ((t.figure_months, within if months else false()), (t.figure_slots, or_(false(), *gaps))):
            query = select(table.c.key, *(func.sum(table.c[name]).label(name) for name in NAMES)).where(table.c.dimension == dimension, where)
            for row in self._db.execute(query.group_by(table.c.key)):
                found[row.key] = found.get(row.key, Measures()) + measures(row)
        return found

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

    # --- tickets and what is kept

    def behind(
        self, what: str, dimension: str, key: str, window: Window, *, category: str = "", hours: Sequence[datetime] | None = None, accept_within: timedelta, at: datetime, limit: int, offset: int
    ) -> Behind:
        return tickets_behind(self._db, what, dimension, key, window, category=category, hours=hours, accept_within=accept_within, at=at, limit=limit, offset=offset)

    def recent(self, window: Window) -> list[Opened]:
        c = t.tickets.c
        rows = self._db.execute(select(c.opened_at, c.category, c.district_code, c.street_code).where(self._in(c.opened_at, window)))
        return [Opened(at, category or "", district or "", street or "") for at, category, district, street in rows]

    def overdue_by_unit(self, now: datetime) -> dict[str, tuple[int, datetime]]:
        c = t.tickets.c
        late = (c.status.in_(("dispatched", "accepted", "returned"))) & (c.due_at < now)
        rows = self._db.execute(select(c.unit_id, func.count(), func.min(c.due_at, type_=t.UtcDateTime)).where(late).group_by(c.unit_id))
        return {unit or "": (count, first) for unit, count, first in rows}

    def most_overdue(self, now: datetime, limit: int) -> list[UUID]:
        c = t.tickets.c
        late = (c.status.in_(("dispatched", "accepted", "returned"))) & (c.due_at < now)
        return [row[0] for row in self._db.execute(select(c.id).where(late).order_by(c.due_at).limit(limit))]

    def most_reopened(self, window: Window, limit: int) -> list[tuple[UUID, int]]:
        e = t.ticket_events.c
        query = select(e.ticket_id, func.count()).where(e.kind == "reopen", self._in(e.at, window)).group_by(e.ticket_id)
        return [(id, count) for id, count in self._db.execute(query.order_by(func.count().desc(), e.ticket_id).limit(limit))]

    def add_report(self, id: UUID, kind: str, window: Window, content: dict[str, Any], *, now: datetime) -> None:
        values = {"id": id, "kind": kind, "since": window.since, "until": window.until, "made_at": now, "content_sealed": self._cipher.seal_json(content)}
        dialect = sqlite if self._db.dialect.name == "sqlite" else postgresql
        self._db.execute(dialect.insert(t.reports).values(values).on_conflict_do_nothing())

    def reports(self, limit: int = 200) -> list[tuple[UUID, str, Window, datetime]]:
        c = t.reports.c
        rows = self._db.execute(select(c.id, c.kind, c.since, c.until, c.made_at).order_by(c.until.desc(), c.kind).limit(limit))
        return [(id, kind, Window(since, until), made) for id, kind, since, until, made in rows]

    def report(self, id: UUID) -> dict[str, Any] | None:
        sealed = self._db.execute(select(t.reports.c.content_sealed).where(t.reports.c.id == id)).scalar_one_or_none()
        return self._cipher.open_json(sealed) if sealed else None

    def alerts(self, since: datetime, limit: int = 100) -> list[Alert]:
        c = t.alerts.c
        rows = self._db.execute(select(t.alerts).where(c.seen_at >= since).order_by(c.seen_at.desc(), c.chance).limit(limit))
        return [Alert(r.id, Rise(r.category, r.place, r.hours, r._mapping["count"], r.expected, r.chance), r.began_at, r.seen_at) for r in rows]

    def put_alert(self, alert: Alert) -> None:
        values = {**asdict(alert.rise), "id": alert.id, "began_at": alert.began_at, "seen_at": alert.seen_at}
        dialect = sqlite if self._db.dialect.name == "sqlite" else postgresql
        put = dialect.insert(t.alerts).values(values)
        self._db.execute(put.on_conflict_do_update(index_elements=[t.alerts.c.id], set_=values))

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
