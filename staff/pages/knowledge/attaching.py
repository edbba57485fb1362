"""A gap becomes ways of asking for an article: in a dialog that says what would come of it, and whether the two have anything to do with each other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from nicegui import ui

from hotline import access, articles, gaps
from hotline.access import StaffMember
from hotline.articles import MAX_QUESTION, Article
from hotline.ports import Transaction
from staff.frame import done_then, told
from staff.guard import Visit
from staff.pages.knowledge.common import article_path
from staff.pages.knowledge.rehearsing import Rehearsal
from staff.pages.ticket_dialogs import asking, closing
from staff.parts import Tag, button, link

if TYPE_CHECKING:
    from knowledge_base.search import Explained

KEPT = 10
"""How many ways of asking are proposed to be kept at once."""


class Attaching:
    """What was asked in a gap, without personal data, the example first."""

    def __init__(self, visit: Visit, gap_id: UUID, asked: Sequence[str]) -> None:
        self.visit = visit
        self.gap_id = gap_id
        self.asked = asked

    def asker(self, article: Article, *, warned: bool = False) -> Callable[[], Awaitable[None]]:
        """What asks whether the gap is to be attached to this article. `warned`: it was chosen among the nearest, so there is nothing to warn of."""

        async def ask() -> None:
            if kept := words_to_keep(self.asked, article):
                await self._ask(article, kept, warned=warned)
            else:
                self._ask_already(article)

        return ask

    def _ask_already(self, article: Article) -> None:
        with asking("算补上") as dialog:
            Tag("p", f"“{article.question}”已经有这些问法，现在就会这样答。").style("margin: 0")
            closing(dialog, "算补上", told(lambda: self.close(article)))

    async def _ask(self, article: Article, kept: str, *, warned: bool) -> None:
        nearer = [] if warned else await self._nearer(article)
        with asking("加为问法") as dialog:
            if nearer:
                self._warn(dialog, article, nearer)
            Tag("p", f"以后这样问，就答“{article.question}”。答复不变，所以立即生效。").style("margin: 0")
            text = ui.textarea("问法（一行一个，不要的删掉）", value=kept).props("outlined autogrow" + " autofocus" * (not nearer))
            if "*" in kept:
                Tag("p", "请去掉个人信息。", "say").style("margin: 0")
            report = Tag("div", classes="why", role="status", aria_live="polite")
            rehearsal = Rehearsal(self.visit)

            async def go() -> None:
                await self._attach(article, text.value or "")
                await rehearsal.published()

            closing(dialog, "仍然加为问法" if nearer else "加为问法", told(go))
        live = await self.visit.read("edit", lambda tx, member: tx.articles.get(article.id))
        if live:
            await rehearsal.run([replace(live, asked=(*live.asked, *kept.splitlines()))], report)

    async def _nearer(self, article: Article) -> list[Explained]:
        from knowledge_base.attaching import nearer  # not with the page: it brings the models

        opened = await self.visit.office.library.open()
        return await asyncio.to_thread(nearer, opened.knowledge, opened.embedder, self.asked, article)

    def _warn(self, dialog: ui.dialog, article: Article, nearer: Sequence[Explained]) -> None:
        """They seem to have nothing to do with each other: say so, and which articles are nearer."""
        with Tag("div", classes="say unlike", role="alert"):
            Tag("p", f"“{self.asked[0]}”和“{article.question}”看起来不是一回事。加上以后，市民这样问就会得到不相干的答复。最接近的是：")
            with Tag("ul", classes="lines nearest"):
                for each in nearer:
                    with Tag("li"):
                        link(each.article.question, article_path(each.article.id), target="_blank")
                        button("改加到这篇", told(self._instead(dialog, each.article))).props["aria-label"] = f"改加到“{each.article.question}”"
            Tag("p", "都不合适就取消，写一篇新知识。")

    def _instead(self, dialog: ui.dialog, article: Article) -> Callable[[], Awaitable[None]]:
        async def go() -> None:
            dialog.close()
            await self.asker(article, warned=True)()

        return go

    async def close(self, article: Article) -> None:
        """The gap is mended by this article as it is."""
        await self._attach(article, "")

    async def _attach(self, article: Article, text: str) -> None:
        office = self.visit.office
        if "*" in text:
            raise access.Refused("请先把打了星号的个人信息去掉。")

        def change(tx: Transaction, member: StaffMember) -> None:
            if text.strip():
                articles.add_phrasings(tx, article.id, text.splitlines(), by=member.name, now=office.clock(), new_id=office.new_id)
            gaps.close(tx, self.gap_id, "mended", article_id=article.id, by=member.name, now=office.clock())

        await self.visit.do("edit", change)
        done_then(self.visit, "已加上，几秒后机器人就认得这个问法。" if text.strip() else "已算补上。", "/knowledge/gaps")


def words_to_keep(asked: Sequence[str], article: Article) -> str:
    """Questions as ways of asking that an article does not have: a line each, none twice, none too long."""
    seen = {*map(_words, (article.question, *article.asked))}
    kept = []
    for text in asked:
        if (said := _words(text)) not in seen:
            seen.add(said)
            kept.append(" ".join(text.split())[:MAX_QUESTION])
    return "\n".join(kept[:KEPT])


def _words(text: str) -> str:
    """What counts of a question when two are compared: 怎么办 is 怎么办？"""
    return re.sub(r"[\W_]+", "", text)
