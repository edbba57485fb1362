"""The knowledge base as the editors' pages use it: the search, opened when a page first needs it, and the grouping of gaps."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from hotline.articles import Article
from hotline.gaps import GapCount
from hotline.ports import Embedder, Store

if TYPE_CHECKING:  # the search brings its models with it, which take seconds: the pages must not wait for them
    from knowledge_base.gaps import Grouping, Overtaken
    from knowledge_base.search import Knowledge


AT_ONCE = 100
AFTER_THE_PAGE = 0.5
"""Seconds."""
Make = Callable[[], "tuple[Knowledge, Embedder]"]


@dataclass
class Opened:
    knowledge: Knowledge
    embedder: Embedder
    grouping: Grouping
    overtaken: Overtaken


class Library:
    """Opens the search once in a process, in a thread, however many pages ask for it."""

    def __init__(self, store: Store, make: Make, clock: Callable[[], datetime], new_id: Callable[[], UUID]) -> None:
        self._store = store
        self._make = make
        self._clock = clock
        self._new_id = new_id
        self._lock = threading.Lock()
        self._renewing = threading.Lock()
        self._opened: Opened | None = None
        self._preparing: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        return self._opened is not None

    def prepare(self) -> None:
        """Begin to open it, because somebody who is here will soon want it."""
        if self._opened is None and self._preparing is None:
            self._preparing = asyncio.create_task(self._open_soon())

    async def _open_soon(self) -> None:
        # The page that asks for it comes first: loading the models takes the processor from everything else in this process.
        await asyncio.sleep(AFTER_THE_PAGE)
        await self.open()

    async def open(self) -> Opened:
        """The search as it is now, or as it was while it is just being renewed. The first call takes seconds."""
        return await asyncio.to_thread(self._open)

    def _open(self) -> Opened:
        from knowledge_base.gaps import Grouping, Overtaken

        with self._lock:
            opened = self._opened
            if opened is None:
                knowledge, embedder = self._make()
                grouping = Grouping(self._store, knowledge, embedder, self._clock, self._new_id)
                opened = self._opened = Opened(knowledge, embedder, grouping, Overtaken(self._store, knowledge))
        # After thousands were published this takes seconds, in which whoever comes next is served as before.
        if self._renewing.acquire(blocking=False):
            try:
                opened.knowledge.refresh()
            finally:
                self._renewing.release()
        return opened

    async def renew(self) -> None:
        """Take up what was published by the hundred, so that nobody who asks waits for it. Nothing where the search is not in use."""
        if self.is_open:
            await self.open()

    async def embed(self, articles: Sequence[Article]) -> None:
        """Make ready in the background what was imported and waits for its review: whoever tries it out then need not wait."""
        opened = await self.open()
        for first in range(0, len(articles), AT_ONCE):
            await asyncio.to_thread(opened.knowledge.embed, articles[first : first + AT_ONCE])

    async def overtaken(self, counts: Sequence[GapCount]) -> dict[UUID, Article]:
        """The gaps among these that the bot answers by now, each with what its example is answered with."""
        opened = await self.open()
        return await asyncio.to_thread(opened.overtaken.among, counts)

    async def gather(self) -> None:
        """Group what was asked in vain since the last time."""
        opened = await self.open()
        await asyncio.to_thread(opened.grouping.gather)
