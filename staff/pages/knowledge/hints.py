"""Beside the form: how it will look and sound, what is still missing, what is like it, and what contradicts it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from nicegui import ui

from hotline.access import Refused
from hotline.articles import Article, problems
from knowledge_base import contradictions
from knowledge_base.contradictions import Contradiction
from staff.answers import as_in_chat
from staff.guard import Visit
from staff.pages.knowledge.common import article_path, out_of_date, today
from staff.parts import Tag, mark

if TYPE_CHECKING:
    from knowledge_base.search import Explained

LIKE = 0.72
"""Similarity from which another article is shown as like this one."""
SHOWN = 4
log = structlog.get_logger()


class Hints:
    """Looks again a moment after something was written."""

    def __init__(self, visit: Visit, written: Callable[[], Article], own_id: str) -> None:
        self.visit = visit
        self.written = written
        self.own_id = own_id
        self._looked_for = ""
        self._busy = False

    def draw(self) -> None:
        with Tag("section", classes="paper", aria_label="预览"):
            with ui.tabs().props("dense no-caps align=left inline-label").classes("preview-tabs") as bar:
                chat, phone = ui.tab("chat", "网页聊天"), ui.tab("phone", "电话")
            with ui.tab_panels(bar, value=chat).classes("preview"):
                with ui.tab_panel(chat):
                    self.chat = Tag("div", classes="bubble")
                with ui.tab_panel(phone):
                    self.phone = Tag("p", classes="spoken")
        self.missing = Tag("div", role="status")
        self.like = Tag("div", role="status", aria_live="polite")
        self.look()
        # Once the page is there: opening the search may take seconds the first time.
        ui.timer(0.3, self._compare, once=True)

    def look(self) -> None:
        try:
            article = self.written()
        except Refused as refused:
            self._show_missing([str(refused)], [])
            return
        outside = out_of_date(article, today(self.visit.office))
        self.chat.clear()
        with self.chat:
            if article.answer:
                ui.html(as_in_chat(article.answer), sanitize=False).classes("answer")
            else:
                Tag("p", "答复会显示在这里", "soft")
            for file in article.files:
                Tag("p", f"附件：{file.name}")
            if article.source:
                Tag("p", f"来源：{article.source}，{article.source_date}", "soft")
        self.phone.set_text(article.spoken_answer or "电话里说的话会显示在这里")
        self._show_missing(problems(article), contradictions.inside(article), outside)
        ui.timer(0.05, self._compare, once=True)

    def _show_missing(self, found: list[str], differing: list[Contradiction], outside: str = "") -> None:
        self.missing.clear()
        if not (found or differing or outside):
            return
        with self.missing, Tag("section", classes="paper"):
            if outside:
                Tag("p", outside, "say")
            if found:
                Tag("h2", "发布前还要补全")
                with Tag("ul", classes="lines"):
                    for sentence in found:
                        Tag("li", sentence)
            if differing:
                Tag("h2", "两种答复说得不一样")
                tell_apart(differing, "文字里", "电话里")

    async def _compare(self) -> None:
        """What is like it. One look at a time; what was written meanwhile is looked at next."""
        if self._busy:
            return
        self._busy = True
        try:
            while True:
                article = self.written()
                if f"{article.question}\n{article.answer}" == self._looked_for:
                    return
                self._looked_for = f"{article.question}\n{article.answer}"
                await self._show_like(article)
        except Refused:
            return
        except Exception as error:  # hints never get in the way of writing
            log.warning("hints failed", error=type(error).__name__)
        finally:
            self._busy = False

    async def _show_like(self, article: Article) -> None:
        found: list[tuple[Explained, bool]] = []
        if len(article.question) >= 4:
            opened = await self.visit.office.library.open()
            from knowledge_base.siblings import other_matters  # not with the page: it brings the search with it

            explained = await asyncio.to_thread(opened.knowledge.explain, article.question, SHOWN + 1)
            others = [e for e in explained if e.article.id != self.own_id]
            beside = other_matters(article.question, [e.phrasing for e in others])
            # What says the same of another place or thing may well say other numbers.
            near = [(e, is_other) for e, is_other in zip(others, beside, strict=True) if e.views["语义"] >= LIKE]
            found = sorted(near, key=lambda each: (each[1], -each[0].views["语义"]))[:SHOWN]
        self.like.clear()
        if not found:
            return
        with self.like, Tag("section", classes="paper"):
            Tag("h2", "已经有相近的知识")
            Tag("p", "如果说的是同一件事，请改那一篇，不要再写一篇。", "soft")
            with Tag("ul", classes="lines"):
                for each, is_other in found:
                    other = each.article
                    with Tag("li"):
                        Tag("a", other.question, href=article_path(other.id), target="_blank")
                        mark(f"像 {each.views['语义']:.0%}")
                        if is_other:
                            Tag("span", "说的像是另一处或另一件事", "soft")
                            continue
                        tell_apart(contradictions.between(article, other, hotline=self.visit.office.city.settings["hotline"]), "这里", "那篇")


def tell_apart(found: list[Contradiction], here: str, there: str) -> None:
    for each in found:
        with Tag("p", classes="contradiction"):
            mark(f"{each.kind}不一致", "bad")
            Tag("span", f"{here}：{'、'.join(each.here)}；{there}：{'、'.join(each.there)}")
