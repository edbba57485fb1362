"""/knowledge/import: articles from a file, looked over first; and to a file."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING

from nicegui import ui
from nicegui.events import UploadEventArguments

from hotline.access import Refused, StaffMember
from hotline.articles import Article, ArticleStatus, Wanted
from hotline.ports import Transaction
from staff import words
from staff.frame import Frame, told
from staff.guard import Visit
from staff.imports import Running
from staff.pages.knowledge.bulk import follow
from staff.pages.knowledge.common import rules, tabs, today
from staff.parts import Records, Row, Tag, button, choice, column, link, upload

if TYPE_CHECKING:
    from knowledge_base.importer import Checked, Defaults

MAX_SIZE = 60 * 1024 * 1024
SHOWN = 20
ALL = 200_000
EXPORTS = {"xlsx": "Excel 表格", "csv": "CSV 表格", "docx": "Word 文档", "html": "网页", "zip": "Markdown（ZIP）"}
FOUND = [
    column("question", "问题", "wide"), column("what", "新或修改", "tight"), column("answer", "答复", "wide clamp"), column("category", "类别", "tight"),
    column("asked", "问法", "count named"),
]  # fmt: skip
BAD = [column("place", "位置", "tight"), column("question", "问题", "wide"), column("reason", "为什么不能导入", "wide")]


def add(frame: Frame, running: Running) -> None:
    @frame.page("/knowledge/import", "导入导出", "knowledge")
    async def show(visit: Visit) -> None:
        with Tag("div", classes="head"):
            Tag("h1", "知识")
        tabs("/knowledge/import")
        if visit.member.may("edit"):
            await Importing(visit, running).draw()
        _draw_export()


def _draw_export() -> None:
    with Tag("section", classes="paper", aria_labelledby="export"):
        Tag("h2", "导出", id="export")
        Tag("p", "导出全部知识的现行版本；改好后可以再导入，编号相同的就是修改。", "soft")
        with Tag("div", classes="presses"):
            for kind, name in EXPORTS.items():
                link(name, f"/knowledge/export/{kind}", "press-link", download=True)


class Importing:
    """Choose a file, look at what it holds, import it. What runs goes on when the page is left, and shows when it is back."""

    def __init__(self, visit: Visit, running: Running) -> None:
        self.visit = visit
        self.running = running
        self.loaded: tuple[str, bytes] | None = None
        """Name and content of the file that is looked at."""
        self.looks = 0

    async def draw(self) -> None:
        departments, categories = await self.visit.read("edit", lambda tx, member: (tx.articles.values("department"), tx.articles.values("category")))
        with Tag("section", classes="paper", aria_labelledby="import"):
            Tag("h2", "导入", id="import")
            Tag("p", "可以导入 Excel（XLSX）、CSV、Word（DOCX）、Markdown（或它们的 ZIP），以及从浏览器保存的问答网页（HTML）。先预览，再决定。", "soft")
            with Tag("div", classes="pair"):
                self.department = choice("没有写部门的，算作", departments, dense=True)
                self.category = choice("没有写类别的，算作", categories, dense=True)
                self.source = ui.input("没有写来源的，算作").props("outlined dense maxlength=500 debounce=500")
                self.source_date = ui.input("没有写来源日期的，算作", value=str(today(self.visit.office))).props("outlined dense type=date stack-label")
            upload("选一个文件", ".csv,.xlsx,.docx,.md,.html,.htm,.zip", MAX_SIZE, told(self._read), told(self._refuse)).style("margin-top: 10px")
            self.area = Tag("div", role="status", aria_live="polite")
        for given in (self.department, self.category, self.source, self.source_date):
            given.on_value_change(told(self._look))
        if self.running.current:
            self._follow()

    async def _refuse(self) -> None:
        raise Refused(f"这个文件不能导入：要 XLSX、CSV、DOCX、Markdown、ZIP 或 HTML，不超过 {MAX_SIZE // 1024**2} MB。旧的 .xls、.doc 请先另存为 .xlsx、.docx。")

    async def _read(self, event: UploadEventArguments) -> None:
        self.loaded = event.file.name, await event.file.read()
        if isinstance(event.sender, ui.upload):
            event.sender.reset()
        self._say("正在读……")
        await self._look()

    async def _look(self) -> None:
        """Show what is in the file, as it would be with what the fields say now."""
        from knowledge_base.importer import ArticleRefused, Defaults

        if self.loaded is None:
            return
        # Who fills in several fields begins several looks, which end in any order: only the last one began knows all of them.
        self.looks += 1
        look = self.looks
        name, content = self.loaded
        try:
            day = date.fromisoformat(self.source_date.value) if self.source_date.value else None
            defaults = Defaults((self.department.value or "").strip(), (self.category.value or "").strip(), (self.source.value or "").strip(), day)
            stored = await self.visit.read("edit", lambda tx, member: [listed.article for listed in tx.articles.find(Wanted(), limit=ALL, offset=0)[0]])
            checked = await asyncio.to_thread(_check, name, content, stored, defaults)
        except ArticleRefused as refused:
            self.loaded = None
            self._say("")
            raise Refused(str(refused)) from refused
        if look == self.looks:
            self._preview(name, checked)

    def _preview(self, name: str, checked: Checked) -> None:
        self.area.clear()
        with self.area:
            Tag("h3", f"“{name}”里有：")
            with Tag("div", classes="counts"):
                for number, what in ((checked.new, "条新知识"), (checked.changed, "条修改"), (checked.unchanged, "条没有变化"), (len(checked.rejected), "条不能导入")):
                    with Tag("span"):
                        Tag("b", str(number))
                        Tag("span", what)
            if checked.articles:
                self._draw_presses(name, checked)
            if checked.rejected:
                self._rejected(checked)
            if not checked.articles:
                Tag("p", "没有要导入的。", "soft")
                return
            # What would change comes first: somebody relies on it today.
            shown = sorted(checked.articles, key=lambda article: article.id not in checked.changes)[:SHOWN]
            Tag("h3", f"前 {len(shown)} 条：")
            Records("要导入的知识", FOUND, [_row(article, article.id in checked.changes) for article in shown], empty="")

    def _draw_presses(self, name: str, checked: Checked) -> None:
        with Tag("div", classes="presses").style("margin: 8px 0"):
            two_person = rules(self.visit.office).two_person
            status: ArticleStatus = "review" if two_person else "draft"
            button("导入为待审核" if two_person else "导入为草稿", told(lambda: self._start(name, checked, status)), main=True)
            if self.visit.member.may("approve") and not two_person:
                button("导入并发布", told(lambda: self._start(name, checked, "published")))

    def _rejected(self, checked: Checked) -> None:
        from knowledge_base.sheets import write_rejected

        def save() -> None:
            ui.download.content(write_rejected((r.place, r.question, r.reason) for r in checked.rejected), "不能导入.csv")

        if any("缺少" in r.reason for r in checked.rejected):
            Tag("p", "文件里没有写部门、类别或来源的，在上面填“没有写……的，算作”，这里马上更新。", "say")
        rows = [{"key": str(at), "place": r.place, "question": r.question, "reason": r.reason} for at, r in enumerate(checked.rejected[:SHOWN])]
        Records("不能导入的", BAD, rows, empty="")
        with Tag("div", classes="presses").style("margin: 8px 0"):
            button(f"下载全部 {len(checked.rejected)} 条的原因", save)

    async def _start(self, name: str, checked: Checked, status: ArticleStatus) -> None:
        await self.visit.read("approve" if status == "published" else "edit", _nothing)
        self.running.start_import(name, checked.articles, status, by=self.visit.member.name)
        self.loaded = None
        self._follow()

    def _follow(self) -> None:
        self.area.clear()
        with self.area:
            follow(self.running)

    def _say(self, sentence: str) -> None:
        self.area.clear()
        with self.area:
            Tag("p", sentence, "soft")


def _row(article: Article, changes: bool) -> Row:
    return {
        "key": article.id, "question": article.question, "answer": words.short(article.answer, 90), "category": article.category,
        "what": {"text": "修改", "tone": "warn"} if changes else {"text": "新", "tone": "info"},
        "asked": {"text": str(len(article.asked)), "value": len(article.asked)},
    }  # fmt: skip


def _check(name: str, content: bytes, stored: list[Article], defaults: Defaults) -> Checked:
    from knowledge_base.importer import check, read

    return check(read(name, content), {article.id: article for article in stored}, defaults)


def _nothing(tx: Transaction, member: StaffMember) -> None:
    """Only the check of the right matters."""
