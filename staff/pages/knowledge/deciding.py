"""What can be done with an article: edit, hand in, publish after a trial run, send back, retire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from hotline import articles
from hotline.access import StaffMember
from hotline.articles import ArticleEvent, Listed
from hotline.ports import Transaction
from knowledge_base import contradictions
from staff.frame import done_then, told
from staff.guard import Visit
from staff.pages.knowledge.common import article_path, out_of_date, rules, today
from staff.pages.knowledge.hints import tell_apart
from staff.pages.knowledge.rehearsing import Rehearsal
from staff.pages.ticket_dialogs import asking, closing
from staff.parts import Tag, button, link

HELP = {
    "draft": "草稿：市民看不到。写好后提交审核。",
    "review": "待审核：由另一位有审核权限的人看过后发布。",
    "published": "已发布：机器人就这样回答。",
    "retired": "已停用：机器人不再这样回答。",
}
RETIRED = "已停用，几秒后机器人不再这样回答。"


class Deciding:
    """The panel of one article's state, for the member who looks at it."""

    def __init__(self, visit: Visit, listed: Listed, last: ArticleEvent | None) -> None:
        """`last`: what happened to it last."""
        self.visit = visit
        self.article = listed.article
        self.live = listed.live
        self.rules = rules(visit.office)
        self.last = last

    def draw(self) -> None:
        with Tag("section", classes="paper", aria_labelledby="deciding"):
            Tag("h2", f"第 {self.article.version} 版", id="deciding")
            outside = out_of_date(self.article, today(self.visit.office))
            if not (outside and self.article.status == "published"):
                Tag("p", HELP[self.article.status], "soft")
            if outside and self.article.status != "retired":
                Tag("p", f"{'已发布，但' * (self.article.status == 'published')}{outside}", "say")
            by = [f"{self.article.edited_by} 写" if self.article.edited_by else "", f"{self.article.approved_by} 发布" if self.article.approved_by else ""]
            if any(by):
                Tag("p", " · ".join(filter(None, by)), "soft")
            if self.last and self.last.kind == "send_back" and self.article.status == "draft":
                Tag("p", f"{self.last.by} 退回修改：{self.last.note}", "say")
            found = articles.problems(self.article)
            if found and self.article.status in ("draft", "review"):
                Tag("p", f"发布前还要补全：{''.join(found)}", "say")
            if self.article.status in ("draft", "review") and (differing := contradictions.inside(self.article)):
                Tag("p", "发布前请核对，两种答复说得不一样：", "say")
                tell_apart(differing, "文字里", "电话里")
            with Tag("div", classes="presses"):
                self._buttons(complete=not found)
            if self._is_own() and self.article.status == "review" and self.visit.member.may("approve"):
                Tag("p", "这一版是您写的。按双人审核的规定，要由另一位审核员或管理员发布；管理员可在“人员”里添加审核员。", "soft")

    def _buttons(self, *, complete: bool) -> None:
        may, status, path = self.visit.member.may, self.article.status, article_path(self.article.id)
        may_publish = may("approve") and complete and not self._is_own()
        if may_publish and status in ("draft", "review", "retired"):
            button("发布", self._ask_publish, main=True)
        if may("edit") and status == "draft" and complete and not (may_publish and not self.rules.two_person):
            button("提交审核", told(self._submit), main=not may_publish)
        if may("edit"):
            link("修改", f"{path}/edit", "press-link")
        if may("approve") and status == "review":
            button("退回修改", lambda: ask_note("退回修改", "要改什么", self._send_back))
        if may("approve") and self.live:
            button("停用", lambda: ask_note("停用", "停用的原因", self._retire), danger=True)

    def _is_own(self) -> bool:
        return self.rules.two_person and self.article.edited_by == self.visit.member.name

    async def _change(self, right: str, change: Callable[..., Any], sentence: str, **given: Any) -> None:
        office, article = self.visit.office, self.article

        def work(tx: Transaction, member: StaffMember) -> None:
            change(tx, article.id, by=member.name, now=office.clock(), new_id=office.new_id, **given)

        await self.visit.do(right, work)
        done_then(self.visit, sentence, article_path(article.id))

    async def _submit(self) -> None:
        await self._change("edit", articles.submit, "已提交审核。", version=self.article.version)

    async def _send_back(self, note: str) -> None:
        await self._change("approve", articles.send_back, "已退回。", version=self.article.version, note=note)

    async def _retire(self, note: str) -> None:
        await retire(self.visit, self.article.id, note)
        done_then(self.visit, RETIRED, article_path(self.article.id))

    async def _publish(self) -> None:
        outside = out_of_date(self.article, today(self.visit.office))
        said = f"已发布。{outside}" if outside else "已发布，几秒后机器人就这样回答。"
        await self._change("approve", articles.publish, said, version=self.article.version, two_person=self.rules.two_person)

    async def _ask_publish(self) -> None:
        with asking("发布") as dialog:
            Tag("p", "发布前，先用回归问题试一遍：").style("margin: 0")
            report = Tag("div", classes="why", role="status", aria_live="polite")
            rehearsal = Rehearsal(self.visit)

            async def go() -> None:
                await self._publish()
                await rehearsal.published()

            closing(dialog, "发布", told(go))
        await rehearsal.run([self.article], report)


def ask_note(title: str, label: str, act: Callable[[str], Any], *, note: str = "") -> None:
    """Ask in a dialog why, and then do it."""
    with asking(title) as dialog:
        field = ui.textarea(label, value=note).props("outlined autogrow autofocus maxlength=500")

        async def go() -> None:
            await act(field.value)
            dialog.close()

        closing(dialog, title, told(go))


async def retire(visit: Visit, id: str, note: str) -> None:
    office = visit.office
    await visit.do("approve", lambda tx, member: articles.retire(tx, id, by=member.name, note=note, now=office.clock(), new_id=office.new_id))
