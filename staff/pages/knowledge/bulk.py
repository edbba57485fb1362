"""Many articles at once: how far it is, and publishing all that waits for review."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from hotline.access import Refused, StaffMember
from hotline.articles import Article, Wanted
from hotline.ports import Transaction
from staff.frame import done_then, told
from staff.guard import Visit
from staff.imports import Running
from staff.pages.knowledge.common import rules
from staff.pages.knowledge.rehearsing import Rehearsal
from staff.pages.ticket_dialogs import asking, closing
from staff.parts import Tag, button, link

MOST = 20_000


def follow(running: Running, then: Callable[[str], None] | None = None) -> None:
    """Show how far it is, until it is done. `then` is told so, in a sentence, if it was done wholly; else there is a way to the articles."""
    text = Tag("p", role="status")
    bar = Tag("progress", max="1", aria_label="进度")
    after = Tag("div")

    def look() -> None:
        current = running.current
        if current is None:
            return
        bar.props["value"] = f"{current.done / max(current.total, 1):.3f}"
        text.set_text(current.sentence)
        if current.is_over:
            timer.deactivate()
            running.forget()
            if then and not current.failed:
                then(current.sentence)
                return
            with after:
                link("看这些知识", f"/knowledge?status={current.status}", "press-link")

    timer = ui.timer(0.5, look)


class PublishingAll:
    """On the list of what waits for review: publish all that this member may, after a trial run."""

    def __init__(self, visit: Visit, running: Running, wanted: Wanted) -> None:
        self.visit = visit
        self.running = running
        self.wanted = wanted
        self.two_person = rules(visit.office).two_person

    def draw(self, total: int) -> None:
        with Tag("div", classes="presses").style("margin-bottom: 12px"):
            button(f"全部发布（{total}）", told(self._ask))
        self.area = Tag("div")

    async def _ask(self) -> None:
        found = await self._read()
        if not found:
            raise Refused("这些都是您自己写的，按双人审核的规定要由别人发布。")
        with asking("全部发布") as dialog:
            Tag("p", f"将发布您可以审核的 {len(found)} 条。发布前，先用回归问题试一遍：").style("margin: 0")
            report = Tag("div", classes="why", role="status", aria_live="polite")
            rehearsal = Rehearsal(self.visit)

            async def go() -> None:
                await self.visit.read("approve", lambda tx, member: None)
                self.running.start_publishing([article.id for article in found], by=self.visit.member.name, two_person=self.two_person)
                await rehearsal.published()
                dialog.close()
                with self.area:
                    # What was published is no longer waiting: the list is read again.
                    follow(self.running, lambda sentence: done_then(self.visit, sentence, f"/knowledge?{self.visit.request.url.query}"))

            closing(dialog, "全部发布", told(go))
        await rehearsal.run(found, report)

    async def _read(self) -> list[Article]:
        def read(tx: Transaction, member: StaffMember) -> list[Article]:
            found = [listed.article for listed in tx.articles.find(self.wanted, limit=MOST, offset=0)[0]]
            return [article for article in found if not (self.two_person and article.edited_by == member.name)]

        return await self.visit.read("approve", read)
