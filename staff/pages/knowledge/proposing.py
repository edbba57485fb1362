"""Under the ways of asking: a button that proposes more, to be accepted one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hotline.articles import Article
from knowledge_base.phrasings import Proposal, propose
from staff.frame import told
from staff.guard import Visit
from staff.parts import Tag, button

ASKED = 200
ORIGIN = {"citizens": "市民问过", "pattern": "换个说法"}


class Proposing:
    def __init__(self, visit: Visit, written: Callable[[], Article], accept: Callable[[str], None]) -> None:
        self.visit = visit
        self.written = written
        self.accept = accept

    def draw(self) -> None:
        button("建议更多问法", told(self._propose)).classes("start")
        self.list = Tag("div", role="status", aria_live="polite")

    async def _propose(self) -> None:
        article = self.written()
        self._say("正在找……")
        asked = await self.visit.read("edit", lambda tx, member: [*tx.articles.asked_of(article.id, ASKED), *(text for _, _, text in tx.gaps.members())])
        opened = await self.visit.office.library.open()
        found = await asyncio.to_thread(propose, article, asked, opened.embedder)
        if not found:
            self._say("没有更多建议：先写好问题，或者等市民问得更多。")
            return
        self.list.clear()
        with self.list, Tag("ul", classes="proposals", aria_label="建议的问法"):
            for proposal in found:
                self._line(proposal)

    def _line(self, proposal: Proposal) -> None:
        with Tag("li") as line:

            def take() -> None:
                self.accept(proposal.text)
                line.delete()

            button("加上", take).props["aria-label"] = f"加上：{proposal.text}"
            Tag("span", proposal.text)
            Tag("span", ORIGIN[proposal.origin], "soft")

    def _say(self, sentence: str) -> None:
        self.list.clear()
        with self.list:
            Tag("p", sentence, "soft")
