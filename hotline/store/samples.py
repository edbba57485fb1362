"""Third-party samples and what was answered to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select, update

from hotline.figures.windows import Window
from hotline.sampling import Drawn, Framed, Sample
from hotline.store import tables as t
from hotline.store.cipher import Cipher
from hotline.store.repositories import _as
from hotline.surveys import Answers, Solved


class SqlSamples:
    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._db = connection
        self._cipher = cipher

    def frame(self, window: Window) -> list[Framed]:
        s = t.surveys.c
        query = select(s.id, s.ticket_id, s.unit_id, t.tickets.c.category).join_from(t.surveys, t.tickets)
        rows = self._db.execute(query.where(s.asked_at >= window.since, s.asked_at < window.until, s.status != "asking"))
        return [Framed(id, ticket, unit, category or "") for id, ticket, unit, category in rows]

    def add(self, sample: Sample, drawn: Sequence[Drawn]) -> None:
        self._db.execute(insert(t.samples).values(asdict(sample)))
        rows = [asdict(one) for one in drawn]
        for row in rows:
            row["comment_sealed"] = self._cipher.seal_json(row.pop("comment"))
        self._db.execute(insert(t.drawn_surveys), rows)

    def get(self, id: UUID) -> Drawn:
        row = self._db.execute(select(t.drawn_surveys).where(t.drawn_surveys.c.id == id)).one_or_none()
        if row is None:
            raise KeyError(f"Nobody was drawn under {id}.")
        return self._drawn(row)

    def newest(self, limit: int = 100) -> list[tuple[Sample, int, int, int]]:
        d = t.drawn_surveys.c
        counts = select(d.sample_id, func.count().label("drawn"), func.count(d.asked_at).label("asked"), func.count(d.answered_at).label("answered"))
        counted = counts.group_by(d.sample_id).subquery()
        query = select(t.samples, counted).join(counted, counted.c.sample_id == t.samples.c.id)
        rows = self._db.execute(query.order_by(t.samples.c.drawn_at.desc(), t.samples.c.id.desc()).limit(limit))
        return [(_as(Sample, row), row.drawn, row.asked, row.answered) for row in rows]

    def find(self, id: UUID) -> Sample | None:
        row = self._db.execute(select(t.samples).where(t.samples.c.id == id)).one_or_none()
        return _as(Sample, row) if row else None

    def drawn(self, sample_id: UUID) -> list[Drawn]:
        return [self._drawn(row) for row in self._db.execute(select(t.drawn_surveys).where(t.drawn_surveys.c.sample_id == sample_id).order_by(t.drawn_surveys.c.id))]

    def told(self, sample_id: UUID) -> dict[UUID, Solved]:
        d, s = t.drawn_surveys.c, t.surveys.c
        query = select(s.id, s.solved).join_from(t.drawn_surveys, t.surveys).where(d.sample_id == sample_id, s.status == "completed")
        return {row.id: row.solved for row in self._db.execute(query)}

    def set_asked(self, id: UUID, channel: str, *, now: datetime) -> bool:
        table = t.drawn_surveys
        asked = update(table).where(table.c.id == id, table.c.asked_at.is_(None)).values(asked_at=now, channel=channel)
        return self._db.execute(asked).rowcount == 1

    def set_answered(self, id: UUID, answers: Answers, *, now: datetime) -> bool:
        table, values = t.drawn_surveys, asdict(answers)
        values["comment_sealed"] = self._cipher.seal_json(values.pop("comment"))
        answered = update(table).where(table.c.id == id, table.c.answered_at.is_(None)).values(answered_at=now, **values)
        return self._db.execute(answered).rowcount == 1

    def _drawn(self, row: Row[Any]) -> Drawn:
        return _as(Drawn, {**row._mapping, "comment": self._cipher.open_json(row.comment_sealed)})
