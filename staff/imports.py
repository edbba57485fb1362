"""Imports, and publishing by the hundred: in the background, some articles a transaction, while the pages stay alive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from hotline.access import Refused
from hotline.articles import Article, ArticleStatus, import_batch, publish_batch
from hotline.ports import Transaction
from staff.office import Office

T = TypeVar("T")
BATCH = 200
"""Articles a transaction: some tenths of a second, in which others wait for SQLite's one writer."""
PAUSE_SECONDS = 0.1
"""Between two, so that those who wait get their turn: they look every tenth of a second, and whoever goes on at once is always quicker."""
log = structlog.get_logger()


@dataclass
class Work:
    """Something with many articles on its way. `what` is 导入“file” or 发布."""

    what: str
    status: ArticleStatus
    total: int
    done: int = 0
    failed: bool = False

    @property
    def is_over(self) -> bool:
        return self.failed or self.done >= self.total

    @property
    def sentence(self) -> str:
        if self.failed:
            return f"{self.what}没有做完：完成 {self.done} 条，共 {self.total} 条。再做一次，会从没有完成的接着来。"
        return f"{self.what}完成，共 {self.total} 条。" if self.is_over else f"正在{self.what}：{self.done} / {self.total}"


class Running:
    """The work of this process, one at a time."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._task: asyncio.Task[None] | None = None
        self.current: Work | None = None

    def start_import(self, name: str, articles: Sequence[Article], status: ArticleStatus, *, by: str) -> None:
        """Keep articles from a file. Raises Refused while something else runs."""
        office = self._office

        def keep(tx: Transaction, batch: Sequence[Article]) -> None:
            import_batch(tx, [replace(article, status=status) for article in batch], by=by, source=name, now=office.clock(), new_id=office.new_id)

        self._start(Work(f"导入“{name}”", status, len(articles)), articles, keep, office.library.embed)

    def start_publishing(self, ids: Sequence[str], *, by: str, two_person: bool) -> None:
        """Publish those of them that may be. Raises Refused while something else runs."""
        office = self._office

        def publish(tx: Transaction, batch: Sequence[str]) -> None:
            publish_batch(tx, batch, by=by, two_person=two_person, now=office.clock(), new_id=office.new_id)

        async def renew(_ids: Sequence[str]) -> None:
            await office.library.renew()

        self._start(Work("发布", "published", len(ids)), ids, publish, renew)

    def forget(self) -> None:
        """Somebody has seen that it is over."""
        self.current = None

    def _start(
        self, work: Work, things: Sequence[T], do: Callable[[Transaction, Sequence[T]], None], then: Callable[[Sequence[T]], Awaitable[None]]
    ) -> None:
        if self.current and not self.current.is_over:
            raise Refused(f"{self.current.sentence}。请等它完成。")
        self.current = work
        self._task = asyncio.create_task(self._run(work, things, do, then))

    async def _run(
        self, work: Work, things: Sequence[T], do: Callable[[Transaction, Sequence[T]], None], then: Callable[[Sequence[T]], Awaitable[None]]
    ) -> None:
        try:
            for first in range(0, len(things), BATCH):
                batch = things[first : first + BATCH]
                await self._office.run(lambda tx, batch=batch: do(tx, batch))  # type: ignore[misc]
                work.done += len(batch)
                await asyncio.sleep(PAUSE_SECONDS)
        except Exception as error:  # whatever it was, the page must say that it is not complete
            work.failed = True
            log.error("import failed", error=type(error).__name__, done=work.done)
        if not work.failed:
            try:
                await then(things)
            except Exception as error:  # it only saves others a wait
                log.warning("making ready failed", error=type(error).__name__)
