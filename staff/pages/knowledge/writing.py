"""/knowledge/new and /knowledge/articles/{id}/edit: writing an article, with its preview and what to look at beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from nicegui import ui

from hotline import articles, gaps
from hotline.access import Refused, StaffMember
from hotline.articles import MAX_ANSWER, MAX_QUESTION, MAX_SPOKEN, Article
from hotline.ports import Transaction
from hotline.privacy import mask_text
from knowledge_base.speech_text import spoken
from staff.frame import Frame, done_then, told
from staff.guard import NotFound, Visit
from staff.pages.knowledge.common import article_path, id_of, today
from staff.pages.knowledge.files import FileList
from staff.pages.knowledge.hints import Hints
from staff.pages.knowledge.proposing import Proposing
from staff.parts import Tag, button, choice, link

ASKED = 30
"""How many questions of a gap become its article's ways of asking, at first."""


def add(frame: Frame) -> None:
    @frame.page("/knowledge/new", "写新知识", "edit")
    async def show_new(visit: Visit) -> None:
        gap_id = _gap_id(visit)

        def read(tx: Transaction, member: StaffMember) -> tuple[str, list[str], list[str], list[str]]:
            count = tx.gaps.count(gap_id, now=visit.office.clock()) if gap_id else None
            asked = [mask_text(q.text) for q in tx.gaps.questions(count.gap.id, ASKED)] if count else []
            question = mask_text(count.example) if count else visit.asked("question")
            return question, list(dict.fromkeys(asked)), tx.articles.values("department"), tx.articles.values("category")

        question, asked, departments, categories = await visit.read("edit", read)
        empty = Article(
            f"a-{visit.office.new_id().hex[:12]}", 0, question, tuple(text for text in asked if text != question), "", "", "", "", "", today(visit.office),
            status="draft",
        )  # fmt: skip
        Writing(visit, empty, departments, categories, gap_id=gap_id).draw()

    @frame.page("/knowledge/articles/{id}/edit", "修改知识", "edit")
    async def show_edit(visit: Visit) -> None:
        article, departments, categories = await visit.read(
            "edit", lambda tx, member: (tx.articles.newest(id_of(visit)), tx.articles.values("department"), tx.articles.values("category"))
        )
        if article is None:
            raise NotFound("没有这篇知识，可能是地址有误。")
        visit.title = f"修改 · {article.question}"
        Writing(visit, article, departments, categories, gap_id=_gap_id(visit)).draw()


def _gap_id(visit: Visit) -> UUID | None:
    try:
        return UUID(visit.asked("gap"))
    except ValueError:
        return None


class Writing:
    """The form. What is written is an article at any moment, so that preview and hints can look at it."""

    def __init__(self, visit: Visit, article: Article, departments: list[str], categories: list[str], *, gap_id: UUID | None = None) -> None:
        self.visit = visit
        self.base = article
        # Streets are too many to choose from, and no article is a street's alone.
        self.units = sorted({*departments, *(unit.name for unit in visit.office.city.units.values() if unit.kind != "street")} - {""})
        self.categories = sorted({*categories, article.category} - {""})
        self.gap_id = gap_id
        self.files = FileList(visit, article, self._changed)

    @property
    def is_new(self) -> bool:
        return self.base.version == 0

    def written(self) -> Article:
        """The article as it stands in the form. Raises Refused for a date that is none."""
        asked = dict.fromkeys(" ".join(line.split()) for line in (self.asked.value or "").splitlines())
        return replace(
            self.base, question=" ".join((self.question.value or "").split()), asked=tuple(text for text in asked if text),
            answer=(self.answer.value or "").strip(), spoken_answer=(self.spoken.value or "").strip(), department=(self.department.value or "").strip(),
            category=(self.category.value or "").strip(), source=(self.source.value or "").strip(),
            source_date=_date(self.source_date.value, "来源日期") or today(self.visit.office),
            valid_from=_date(self.valid_from.value, "有效期的开始"), valid_until=_date(self.valid_until.value, "有效期的结束"), files=tuple(self.files.files),
        )  # fmt: skip

    def draw(self) -> None:
        back, name = ("/knowledge", "知识条目") if self.is_new else (article_path(self.base.id), self.base.question)
        if self.gap_id:
            back, name = f"/knowledge/gaps/{self.gap_id}", "知识缺口"
        link(f"‹ {name}", back, "back")
        with Tag("div", classes="head stays"):
            Tag("h1", "写新知识" if self.is_new else "修改知识")
            with Tag("div", classes="presses"):
                button("保存草稿", told(self._save_draft)).props('aria-keyshortcuts="Control+S" title="也可以按 Ctrl+S"')
                button("保存并提交审核", told(self._submit), main=True).props('aria-keyshortcuts="Control+Enter" title="也可以按 Ctrl+Enter"')
        with Tag("div", classes="two write-article"):
            with Tag("div", classes="paper form"):
                self._draw_question()
                self._draw_answers()
                self._draw_facts()
            with Tag("div", classes="beside"):
                self.hints = Hints(self.visit, self.written, self.base.id)
                self.hints.draw()

    def _draw_question(self) -> None:
        self.question = ui.input("问题（市民会看到）", value=self.base.question).props(f"outlined autofocus maxlength={MAX_QUESTION} debounce=400")
        self.question.on_value_change(self._changed)
        self.asked = ui.textarea("市民还会怎么问（一行一个）", value="\n".join(self.base.asked)).props("outlined autogrow debounce=400")
        self.asked.on_value_change(self._changed)
        Proposing(self.visit, self.written, self._accept).draw()

    def _draw_answers(self) -> None:
        self.answer = ui.textarea("文字答复（可用 Markdown：**粗体**、- 列表、[文字](网址)）", value=self.base.answer)
        self.answer.props(f"outlined autogrow counter maxlength={MAX_ANSWER} debounce=400").classes("tall").on_value_change(self._changed)
        self.spoken = ui.textarea("电话里这样说（不用列表和网址，念得出来）", value=self.base.spoken_answer)
        self.spoken.props(f"outlined autogrow counter maxlength={MAX_SPOKEN} debounce=400").on_value_change(self._changed)
        button("按文字答复起草电话答复", lambda: self.spoken.set_value(spoken(self.answer.value or ""))).classes("start")

    def _draw_facts(self) -> None:
        with Tag("div", classes="pair"):
            self.department = choice("部门", sorted({*self.units, self.base.department} - {""}), self.base.department)
            self.category = choice("类别", self.categories, self.base.category)
            self.source = ui.input("来源（文件名、文号或网页）", value=self.base.source).props("outlined maxlength=500")
            self.source_date = _day("来源日期", self.base.source_date)
            self.valid_from = _day("有效期从（可不填）", self.base.valid_from)
            self.valid_until = _day("有效期到（可不填）", self.base.valid_until)
        for fact in (self.department, self.category, self.source, self.source_date, self.valid_from, self.valid_until):
            fact.on_value_change(self._changed)
        self.unusual = Tag("p", role="status", classes="soft")
        self.department.on_value_change(self._look_at_department)
        self._look_at_department()
        self.files.draw()

    def _look_at_department(self) -> None:
        given = (self.department.value or "").strip()
        self.unusual.set_text(f"“{given}”不在本市的单位里，别的知识也没有用过。请看看是不是写错了；没有错就可以用。" if given and given not in self.units else "")

    def _accept(self, text: str) -> None:
        self.asked.set_value("\n".join(filter(None, [(self.asked.value or "").rstrip("\n"), text])))

    def _changed(self) -> None:
        # The browser asks before what was written is lost.
        ui.run_javascript("window.onbeforeunload = (e) => e.preventDefault()")
        self.hints.look()

    async def _save(self) -> Article:
        office, written = self.visit.office, self.written()

        def change(tx: Transaction, member: StaffMember) -> Article:
            kept = articles.save(tx, written, based_on=self.base.version, by=member.name, now=office.clock(), new_id=office.new_id)
            if self.gap_id:
                gaps.write_to(tx, self.gap_id, kept.id, by=member.name)
            return kept

        self.base = await self.visit.do("edit", change)
        self.gap_id = None
        return self.base

    async def _save_draft(self) -> None:
        await self._save()
        self._leave("草稿已保存。")

    async def _submit(self) -> None:
        office, written = self.visit.office, self.written()
        if found := articles.problems(written):
            raise Refused(f"提交审核前还要补全：{''.join(found)}")
        kept = await self._save()
        await self.visit.do(
            "edit", lambda tx, member: articles.submit(tx, kept.id, kept.version, by=member.name, now=office.clock(), new_id=office.new_id)
        )
        self._leave("已提交审核。")

    def _leave(self, sentence: str) -> None:
        done_then(self.visit, sentence, article_path(self.base.id))


def _day(label: str, value: date | None) -> ui.input:
    return ui.input(label, value=str(value) if value else "").props("outlined type=date stack-label")


def _date(text: str | None, name: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{name}要写成 2026-01-31 这样。") from None
