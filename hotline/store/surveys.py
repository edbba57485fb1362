"""Surveys, their attempts, what staff note about them, and the numbers that are not to be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table, and_, case, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from hotline.rates import Counts
from hotline.store import tables as t
from hotline.store.cipher import Cipher
from hotline.store.repositories import _as
from hotline.surveys import Annotation, Attempt, Outcome, Survey


class SqlSurveys:
    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._db = connection
        self._cipher = cipher

    def add(self, survey: Survey) -> None:
        self._db.execute(insert(t.surveys).values(self._columns(survey)))

    def get(self, id: UUID) -> Survey:
        row = self._db.execute(select(t.surveys).where(t.surveys.c.id == id)).one_or_none()
        if row is None:
            raise KeyError(f"There is no survey {id}.")
        return self._survey(row)

    def of_handling(self, ticket_id: UUID, handling: int) -> Survey | None:
        query = select(t.surveys).where(t.surveys.c.ticket_id == ticket_id, t.surveys.c.handling == handling)
        row = self._db.execute(query).one_or_none()
        return self._survey(row) if row else None

    def of_ticket(self, ticket_id: UUID) -> list[Survey]:
        rows = self._db.execute(select(t.surveys).where(t.surveys.c.ticket_id == ticket_id).order_by(t.surveys.c.handling))
        return [self._survey(row) for row in rows]

    def finish(self, survey: Survey) -> bool:
        table = t.surveys
        finished = update(table).where(table.c.id == survey.id, table.c.status == "asking").values(self._columns(survey))
        return self._db.execute(finished).rowcount == 1

    def counts(self, *, since: datetime, until: datetime) -> dict[str, Counts]:
        c = t.surveys.c

        def valid(condition: ColumnElement[bool]) -> ColumnElement[int]:
            return func.count(case((and_(c.status == "completed", condition), 1)))

        query = (
            select(
                c.unit_id, func.count().label("due"), valid(c.id.is_not(None)).label("valid"), valid(c.contacted.is_(True)).label("contacted"),
                valid(c.solved == "yes").label("solved"), valid(c.satisfaction == "satisfied").label("satisfied"),
                valid(c.satisfaction == "basically").label("basically"),
            )
            .where(c.asked_at >= since, c.asked_at < until)
            .group_by(c.unit_id)
        )  # fmt: skip
        return {row.unit_id: _as(Counts, row) for row in self._db.execute(query)}

    def change(self, id: UUID, columns: Mapping[str, Any]) -> None:
        values = dict(columns)
        if "comment" in values:
            values["comment_sealed"] = self._cipher.seal_json(values.pop("comment"))
        table = t.surveys
        if values:
            self._db.execute(update(table).where(table.c.id == id, table.c.status == "asking").values(values))

    def add_attempt(self, attempt: Attempt) -> bool:
        return self._insert_once(t.survey_attempts, asdict(attempt))

    def end_attempt(self, survey_id: UUID, outcome: Outcome, *, now: datetime) -> bool:
        table = t.survey_attempts
        ended = update(table).where(table.c.survey_id == survey_id, table.c.outcome.is_(None)).values(outcome=outcome, ended_at=now)
        return self._db.execute(ended).rowcount > 0

    def attempts_of(self, survey_id: UUID) -> list[Attempt]:
        table = t.survey_attempts
        return [_as(Attempt, row) for row in self._db.execute(select(table).where(table.c.survey_id == survey_id).order_by(table.c.number))]

    def stop_calls(self, phone: str, *, now: datetime) -> None:
        self._insert_once(t.do_not_call, {"number_hash": self._cipher.fingerprint(phone), "since": now})

    def allow_calls(self, phone: str) -> None:
        self._db.execute(delete(t.do_not_call).where(t.do_not_call.c.number_hash == self._cipher.fingerprint(phone)))

    def is_stopped(self, phone: str) -> bool:
        query = select(exists().where(t.do_not_call.c.number_hash == self._cipher.fingerprint(phone)))
        return bool(self._db.execute(query).scalar_one())

    def add_annotation(self, annotation: Annotation) -> None:
        values = asdict(annotation)
        values["note_sealed"] = self._cipher.seal_json(values.pop("note"))
        self._db.execute(insert(t.survey_annotations).values(values))

    def annotations_of(self, survey_id: UUID) -> list[Annotation]:
        table = t.survey_annotations
        rows = self._db.execute(select(table).where(table.c.survey_id == survey_id).order_by(table.c.at, table.c.id))
        return [_as(Annotation, {**row._mapping, "note": self._cipher.open_json(row.note_sealed)}) for row in rows]

    def newest(self, *, status: str | None, limit: int, offset: int) -> list[Survey]:
        query = select(t.surveys)
        if status:
            query = query.where(t.surveys.c.status == status)
        rows = self._db.execute(query.order_by(t.surveys.c.asked_at.desc(), t.surveys.c.id.desc()).limit(limit).offset(offset))
        return [self._survey(row) for row in rows]

    def _insert_once(self, table: Table, values: Mapping[str, Any]) -> bool:
        """False if its key exists."""
        dialect = sqlite if self._db.dialect.name == "sqlite" else postgresql
        return self._db.execute(dialect.insert(table).values(values).on_conflict_do_nothing()).rowcount == 1

    def _columns(self, survey: Survey) -> dict[str, Any]:
        values = asdict(survey)
        values["comment_sealed"] = self._cipher.seal_json(values.pop("comment"))
        return values

    def _survey(self, row: Row[Any]) -> Survey:
        return _as(Survey, {**row._mapping, "comment": self._cipher.open_json(row.comment_sealed)})
