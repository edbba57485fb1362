"""The staff pages of the running test: one application for the whole process, over the store, the clock and the files of each test."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from fakes import Clock, FakeFiles, LetterEmbedder
from fastapi import Request

from hotline import access
from hotline.access import Role, StaffSession
from hotline.articles import Article
from hotline.ports import Embedder, Transaction
from hotline.store import SqlStore
from knowledge_base.search import Explained, Found, Knowledge
from staff.guard import COOKIE, Visit
from staff.office import Office

PASSWORD = "correct horse"


class Guessing:
    """Takes everything for rubbish, and more rarely for something else."""

    def suggest(self, text: str, count: int) -> list[tuple[str, float]]:
        return [("010101", 0.6), ("010102", 0.3), ("130102", 0.1)][:count]


class Current:
    """Stands for the store, the clock and the files of the running test: NiceGUI, and so the application, is one per process."""

    def __init__(self) -> None:
        self.store: SqlStore
        self.clock: Clock
        self.new_id: Callable[[], UUID]
        self.files: FakeFiles

    def transaction(self) -> AbstractContextManager[Transaction]:
        return self.store.transaction()

    def reading(self) -> AbstractContextManager[Transaction]:
        return self.store.reading()

    def open_knowledge(self) -> tuple[Knowledge, Embedder]:
        embedder = LetterEmbedder()
        return cast(Knowledge, CurrentKnowledge(self, embedder)), embedder

    def get(self, id: UUID) -> bytes:
        return self.files.get(id)

    def put(self, id: UUID, content: bytes) -> None:
        self.files.put(id, content)

    def delete(self, id: UUID) -> None:
        self.files.delete(id)


class CurrentKnowledge:
    """The real search, over the store of the running test."""

    def __init__(self, current: Current, embedder: Embedder) -> None:
        self._current = current
        self._embedder = embedder
        self._test: FakeFiles | None = None
        """Each test has files of its own, while its store may be another one's emptied, at the same revision."""
        self._found: Knowledge

    def refresh(self) -> bool:
        if self._test is self._current.files:
            return self._found.refresh()
        self._test = self._current.files
        self._found = Knowledge(self._current.store, self._embedder, timezone=ZoneInfo("Asia/Shanghai"), clock=lambda: self._current.clock())
        return True

    @property
    def as_of(self) -> Hashable:
        return id(self._test), self._found.as_of

    def find(self, question: str) -> Found:
        return self._found.find(question)

    def name_different_things(self, question: str, other: str) -> bool:
        self.refresh()
        return self._found.name_different_things(question, other)

    def rehearsal(self, articles: Sequence[Article], tell: Callable[[float], None] | None = None) -> Knowledge:
        return self._found.rehearsal(articles, tell)

    def embed(self, articles: Sequence[Article]) -> None:
        self._found.embed(articles)

    def explain(self, question: str, count: int) -> list[Explained]:
        return self._found.explain(question, count)


CURRENT = Current()


def member(current: Current, role: Role = "operator", name: str = "") -> str:
    """Someone with that role, signed in. Returns the session's token."""
    name = name or f"某{role}"
    now = current.clock()
    with current.transaction() as tx:
        if tx.staff.get(name) is None:
            access.add_member(tx, name, access.hash_password(PASSWORD), role, by="", now=now, new_id=current.new_id)
        token = f"token-{current.new_id()}"
        tx.staff.add_session(StaffSession(access.token_hash(token), name, now + access.SESSION))
    return token


def signed_in(web: httpx.AsyncClient, token: str) -> httpx.AsyncClient:
    web.cookies.set(COOKIE, token)
    return web


def visit(office: Office, token: str) -> Visit:
    with office.store.transaction() as tx:
        found = access.member_of(tx, token, now=office.clock())
    assert found
    return Visit(office, token, found, cast(Request, SimpleNamespace(url=SimpleNamespace(path="/", query=""))))


