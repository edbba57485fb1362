"""Gaps of the knowledge base and its regression questions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, and_, case, delete, func, insert, select, update

from hotline.articles import AskedQuestion
from hotline.gaps import Check, CheckRun, Gap, GapCount, GapStatus
from hotline.store import tables as t
from hotline.store.articles import asked_question
from hotline.store.cipher import Cipher
from hotline.store.repositories import _as

WEEK = timedelta(days=7)
MEMBERS = 5000


class SqlGaps:
    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._db = connection
        self._cipher = cipher

    def ungrouped(self, limit: int) -> list[AskedQuestion]:
        c = t.asked_questions.c
        found = {}
        for vain in (t.UNANSWERED, t.UNHELPFUL):  # one query each, because each has its index
            query = select(t.asked_questions).where(vain).order_by(c.asked_at).limit(limit)
            found.update({row.id: row for row in self._db.execute(query)})
        return [asked_question(row, self._cipher) for row in sorted(found.values(), key=lambda row: row.asked_at)[:limit]]

    def ungrouped_count(self) -> int:
        # No question is both: who gets an answer that is no help got one.
        counts = (select(func.count()).select_from(t.asked_questions).where(vain).scalar_subquery() for vain in (t.UNANSWERED, t.UNHELPFUL))
        return sum(self._db.execute(select(*counts)).one())

    def add(self, gap: Gap) -> None:
        self._db.execute(insert(t.gaps).values(asdict(gap)))

    def get(self, id: UUID) -> Gap | None:
        row = self._db.execute(select(t.gaps).where(t.gaps.c.id == id)).one_or_none()
        return _as(Gap, row) if row else None

    def group(self, gap_id: UUID, questions: Sequence[UUID]) -> None:
        c = t.asked_questions.c
        self._db.execute(update(t.asked_questions).where(c.id.in_(questions), c.gap_id.is_(None)).values(gap_id=gap_id))

    def merge(self, gap_id: UUID, into: UUID) -> None:
        c = t.asked_questions.c
        self._db.execute(update(t.asked_questions).where(c.gap_id == gap_id).values(gap_id=into))
        self._db.execute(delete(t.gaps).where(t.gaps.c.id == gap_id))

    def find(self, status: GapStatus, *, now: datetime, limit: int) -> list[GapCount]:
        query = self._counted(now).where(t.gaps.c.status == status).limit(limit)
        return [self._count(row) for row in self._db.execute(query)]

    def open_by_person(self) -> dict[str, int]:
        c = t.gaps.c
        rows = self._db.execute(select(c.assigned_to, func.count()).where(c.status == "open").group_by(c.assigned_to))
        return {row[0]: row[1] for row in rows}

    def count(self, gap_id: UUID, *, now: datetime) -> GapCount | None:
        row = self._db.execute(self._counted(now).where(t.gaps.c.id == gap_id)).one_or_none()
        return self._count(row) if row else None

    def questions(self, gap_id: UUID, limit: int) -> list[AskedQuestion]:
        c = t.asked_questions.c
        query = select(t.asked_questions).where(c.gap_id == gap_id).order_by(c.asked_at.desc()).limit(limit)
        return [asked_question(row, self._cipher) for row in self._db.execute(query)]

    def update(self, gap: Gap) -> None:
        self._db.execute(update(t.gaps).where(t.gaps.c.id == gap.id).values(asdict(gap)))

    def written_to(self, article_ids: Collection[str]) -> list[Gap]:
        c = t.gaps.c
        return [_as(Gap, row) for row in self._db.execute(select(t.gaps).where(c.article_id.in_(article_ids), c.status == "open"))]

    def members(self) -> list[tuple[UUID, UUID, str]]:
        c = t.asked_questions.c
        query = select(c.id, c.gap_id, c.text_sealed).join(t.gaps, t.gaps.c.id == c.gap_id).where(t.gaps.c.status != "mended")
        rows = self._db.execute(query.order_by(c.asked_at.desc()).limit(MEMBERS))
        return [(row.id, row.gap_id, self._cipher.open_json(row.text_sealed)) for row in rows]

    def mended_since(self, then: datetime) -> list[tuple[UUID, datetime, str]]:
        c, g = t.asked_questions.c, t.gaps.c
        query = select(c.gap_id, g.closed_at, c.text_sealed).join(t.gaps, g.id == c.gap_id).where(g.status == "mended", g.closed_at >= then)
        rows = self._db.execute(query.order_by(c.asked_at.desc()).limit(MEMBERS))
        return [(row.gap_id, row.closed_at, self._cipher.open_json(row.text_sealed)) for row in rows]

    # --- regression questions

    def add_check(self, check: Check) -> bool:
        known = next((other for other in self.checks() if other.question == check.question), None)
        if known and known.article_id == check.article_id:
            return False
        if known:
            self.remove_check(known.id)
        values = asdict(check)
        values["question_sealed"] = self._cipher.seal_json(values.pop("question"))
        self._db.execute(insert(t.checks).values(values))
        return True

    def remove_check(self, id: UUID) -> None:
        self._db.execute(delete(t.checks).where(t.checks.c.id == id))

    def checks(self) -> list[Check]:
        rows = self._db.execute(select(t.checks).order_by(t.checks.c.added_at, t.checks.c.id))
        return [_as(Check, {**row._mapping, "question": self._cipher.open_json(row.question_sealed)}) for row in rows]

    def add_run(self, run: CheckRun) -> None:
        self._db.execute(insert(t.check_runs).values({**asdict(run), "wrong": list(run.wrong), "listed": list(run.listed)}))

    def runs(self, limit: int) -> list[CheckRun]:
        rows = self._db.execute(select(t.check_runs).order_by(t.check_runs.c.at.desc()).limit(limit))
        return [_as(CheckRun, {**row._mapping, "wrong": tuple(row.wrong), "listed": tuple(row.listed or ())}) for row in rows]

    # --- parts

    @staticmethod
    def _counted(now: datetime) -> Select[Any]:
        q, example = t.asked_questions.c, t.asked_questions.alias()
        vain = q.article_id.is_(None)

        def times(condition: Any) -> Any:
            return func.count(case((condition, 1)))

        this_week = times(q.asked_at >= now - WEEK).label("this_week")
        total = func.count().label("total")
        return (
            select(
                t.gaps, example.c.text_sealed, total, times(and_(vain, q.was_offered.is_(False))).label("unanswered"),
                times(and_(vain, q.was_offered)).label("maybe"), times(q.helpful.is_(False)).label("unhelpful"), this_week,
                times(and_(q.asked_at >= now - 2 * WEEK, q.asked_at < now - WEEK)).label("last_week"), func.max(q.asked_at).label("last_at"),
            )
            .join(t.asked_questions, q.gap_id == t.gaps.c.id)
            .join(example, example.c.id == t.gaps.c.example_id)
            .group_by(*t.gaps.c, example.c.text_sealed)
            .order_by(this_week.desc(), total.desc(), func.max(q.asked_at).desc())
        )  # fmt: skip

    def _count(self, row: Row[Any]) -> GapCount:
        return _as(GapCount, {**row._mapping, "gap": _as(Gap, row), "example": self._cipher.open_json(row.text_sealed)})
