"""Versions of the responsibility catalogue."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from hotline.catalogue import Rule, Version, write_rule
from hotline.store import tables as t


class SqlCatalogues:
    """See ports.Catalogues."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, version: Version) -> None:
        rules = [write_rule(rule) for rule in version.rules]
        values = {"number": version.number, "valid_from": version.valid_from, "by": version.by, "note": version.note, "made_at": version.made_at}
        self._db.execute(insert(t.catalogues).values(**values, rules=rules))

    def in_force(self, day: date) -> Version | None:
        c = t.catalogues.c
        # Of two that begin on one day the later one counts.
        row = self._db.execute(select(t.catalogues).where(c.valid_from <= day).order_by(c.number.desc()).limit(1)).one_or_none()
        return self._version(row) if row else None

    def newest(self) -> Version | None:
        row = self._db.execute(select(t.catalogues).order_by(t.catalogues.c.number.desc()).limit(1)).one_or_none()
        return self._version(row) if row else None

    def all(self) -> list[Version]:
        return [self._version(row) for row in self._db.execute(select(t.catalogues).order_by(t.catalogues.c.number.desc()))]

    @staticmethod
    def _version(row: Row[Any]) -> Version:
        rules = tuple(_rule(values) for values in row.rules)
        return Version(row.number, row.valid_from, rules, row.by, row.note, row.made_at)


def _rule(values: dict[str, Any]) -> Rule:
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return Rule(**plain)
