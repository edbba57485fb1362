"""The office: what all staff pages of one process share, and the thread in which they talk to the database."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar
from uuid import UUID

from hotline.city import City
from hotline.ports import Categories, Files, Store, Transaction
from staff.library import Library

T = TypeVar("T")


@dataclass(frozen=True)
class Office:
    """Everything a page may use. `survey_delay` is how long after a handling the citizen is asked about it."""

    store: Store
    city: City
    files: Files
    secret: str
    data: Path
    survey_delay: timedelta
    secure: bool
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]
    library: Library
    categories: Callable[[], Categories]
    """Loads its models, which takes seconds, when first called: in a thread, please."""
    sentences: dict[str, str] = field(default_factory=dict)
    """By session: what the next page of it will say was done."""

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Do `work` in one transaction, in a thread: a database that is busy must not stop the other pages."""
        return await asyncio.to_thread(self._run, work)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """The same for work that only reads: no writer holds it up, and it holds up none. What it writes is dropped."""
        return await asyncio.to_thread(self._read, work)

    def sign(self, purpose: str, value: str) -> str:
        """A mark that only we can make, for hidden fields of forms."""
        return hmac.new(self.secret.encode(), f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()

    def is_signed(self, purpose: str, value: str, mark: str) -> bool:
        return hmac.compare_digest(self.sign(purpose, value).encode(), mark.encode())

    def local(self, at: datetime) -> datetime:
        """The city's own time."""
        return at.astimezone(self.city.timezone)

    def _run(self, work: Callable[[Transaction], T]) -> T:
        with self.store.transaction() as tx:
            return work(tx)

    def _read(self, work: Callable[[Transaction], T]) -> T:
        with self.store.reading() as tx:
            return work(tx)


class Shared(Generic[T]):
    """A value that all open pages show, read again at most once in `lasts`: hundreds of seats cost one query, not hundreds."""

    def __init__(self, office: Office, lasts: timedelta, read: Callable[[], Awaitable[T]]) -> None:
        self._office = office
        self._lasts = lasts
        self._read = read
        self._lock = asyncio.Lock()
        self._kept: tuple[datetime, T] | None = None

    async def get(self) -> T:
        async with self._lock:
            now = self._office.clock()
            if self._kept is None or not timedelta() <= now - self._kept[0] < self._lasts:
                self._kept = now, await self._read()
            return self._kept[1]

    def forget(self) -> None:
        """Someone changed it: read it again next time."""
        self._kept = None
