"""Under the ways of asking: a button that proposes more, to be accepted one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from nicegui import ui

from hotline.articles import Article
from knowledge_base.phrasings import Proposal, propose
from staff.frame import told
from staff.guard import Visit
from staff.library import Opened
from staff.parts import Tag, button

ASKED = 200
ORIGIN = {"citizens": "市民问过", "pattern": "换个说法"}


def _for_it(opened: Opened, article: Article, asked: Sequence[str]) -> list[Proposal]:
    """Proposals without what citizens asked and another article answers: as a way of asking for this one, it would take it from that."""

    def is_anothers(proposal: Proposal) -> bool:
        answer = opened.knowledge.find(proposal.text).answer if proposal.origin == "citizens" else None
        return answer is not None and answer.id != article.id

    return [proposal for proposal in propose(article, asked, opened.embedder) if not is_anothers(proposal)]


class Proposing:
    def __init__(self, visit: Visit, written: Callable[[], Article], accept: Callable[[str], None]) -> None:
        self.visit = visit
        self.written = written
        self.accept = accept

    def draw(self) -> None:
        self.more = button("建议更多问法", told(self._propose)).classes("start")
        self.list = Tag("div", role="status", aria_live="polite")

    async def _propose(self) -> None:
        article = self.written()
        self._say("正在找……")
        asked = await self.visit.read("edit", lambda tx, member: [*tx.articles.asked_of(article.id, ASKED), *(text for _, _, text in tx.gaps.members())])
        opened = await self.visit.office.library.open()
        found = await asyncio.to_thread(_for_it, opened, article, asked)
        if not found:
            self._say("没有更多建议：先写好问题，或者等市民问得更多。")
            return
        self.list.clear()
        self.buttons: list[ui.button] = []
        with self.list, Tag("ul", classes="proposals", aria_label="建议的问法"):
            for proposal in found:
                self._line(proposal)

    def _line(self, proposal: Proposal) -> None:
        with Tag("li") as line:

            def take() -> None:
                self.accept(proposal.text)
                # Whoever goes through them with the keyboard goes on with the next, and not from the top of the page.
                after = [other for other in self.buttons if other.id > accept.id] or self.buttons[:-1][-1:] or [self.more]
                self.buttons.remove(accept)
                line.delete()
                ui.run_javascript(f"getHtmlElement({after[0].id}).focus()")

            accept = button("加上", take)
            accept.props["aria-label"] = f"加上：{proposal.text}"
            self.buttons.append(accept)
            Tag("span", proposal.text)
            Tag("span", ORIGIN[proposal.origin], "soft")

    def _say(self, sentence: str) -> None:
        self.list.clear()
        with self.list:
            Tag("p", sentence, "soft")
