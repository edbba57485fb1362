"""/knowledge/trial: type a question and see what would be found, and why; keep it as a regression question; run them all."""

from __future__ import annotations

import asyncio
from typing import Any

from nicegui import ui

from hotline.access import Refused, StaffMember
from hotline.gaps import Check, CheckRun
from hotline.ports import Transaction
from staff import words
from staff.frame import Frame, done, told
from staff.guard import Visit
from staff.pages.knowledge.common import article_path, tabs
from staff.pages.knowledge.rehearsing import Outcome, counted, keep
from staff.parts import Records, Row, Tag, button, column, link, mark

RANKED = 8
RUNS = 60
MAX_QUESTION = 300
COLUMNS = [
    column("question", "回归问题", "wide"), column("article", "应该答"), column("last", "上次", "tight"), column("by", "谁加的", "tight"), column("remove", "操作", "tight"),
]  # fmt: skip


def add(frame: Frame) -> None:
    @frame.page("/knowledge/trial", "搜索测试", "knowledge")
    async def show(visit: Visit) -> None:
        await Trial(visit).open()


class Trial:
    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.asked = ""
        self.checks: list[Check] = []
        self.runs: list[CheckRun] = []
        self.names: dict[str, str] = {}

    async def open(self) -> None:
        await self._read()
        with Tag("div", classes="head"):
            Tag("h1", "知识")
        tabs("/knowledge/trial")
        with Tag("section", classes="paper", aria_labelledby="try"):
            Tag("h2", "试一个问题", id="try")
            with Tag("div", classes="ask-line"):
                self.field = ui.input(placeholder="像市民那样问一句，按回车", value=self.visit.asked("q")).props(f"outlined dense autofocus maxlength={MAX_QUESTION}")
                self.field.props["aria-label"] = "像市民那样问一句"
                self.field.on("keydown.enter", told(self._try))
                button("试一试", told(self._try), main=True)
            self.found = Tag("div", role="status", aria_live="polite")
        with Tag("section", classes="paper", aria_labelledby="regression"):
            with Tag("div", classes="bar"):
                Tag("h2", "回归问题", id="regression")
                with Tag("div", classes="presses"):
                    if self.visit.member.may("edit"):
                        button("全部试一遍", told(self._run))
            Tag("p", "每次发布前都会自动试一遍这些问题，看有没有变差。", "soft")
            self.summary = Tag("p", role="status")
            self.chart = Tag("div")
            self.table = Records("回归问题", COLUMNS, [], empty="还没有。在上面试一个问题，选出应该答的知识，就存为回归问题。", on_press=self._remove)
        self._show()
        if self.field.value:
            ui.timer(0.2, told(self._try), once=True)
        # While somebody types the first question.
        self.visit.office.library.prepare()

    async def _read(self) -> None:
        def read(tx: Transaction, member: StaffMember) -> tuple[list[Check], list[CheckRun], dict[str, str]]:
            checks = tx.gaps.checks()
            found = tx.articles.newest_of({check.article_id for check in checks if check.article_id})
            return checks, tx.gaps.runs(RUNS), {id: article.question for id, article in found.items()}

        self.checks, self.runs, self.names = await self.visit.read("knowledge", read)

    def _show(self) -> None:
        last = self.runs[0] if self.runs else None
        self.table.show([self._row(check, last) for check in reversed(self.checks)])
        self.summary.set_text(f"上次 {last.questions} 个问题：{counted(last.right, last.offered, last.questions)}（{last.why}，{last.by}）。" if last else "")
        self.chart.clear()
        if len(self.runs) > 1:
            with self.chart:
                ui.echart(_chart(list(reversed(self.runs)), self.visit)).classes("runs-chart").props('role=img aria-label="历次运行答对的比例"')

    def _row(self, check: Check, last: CheckRun | None) -> Row:
        return {
            "key": str(check.id),
            "question": check.question,
            "article": {"text": self.names.get(check.article_id, check.article_id), "href": article_path(check.article_id)} if check.article_id else "不应该答",
            "last": _outcome(check, last),
            "by": check.added_by,
            "remove": {"press": "移除"} if self.visit.member.may("edit") else "",
        }

    async def _try(self) -> None:
        self.asked = " ".join((self.field.value or "").split())
        if not self.asked:
            raise Refused("请先写一个问题。")
        self._say("正在准备搜索，第一次要几秒……" if not self.visit.office.library.is_open else "正在找……")
        question, library = self.asked, self.visit.office.library
        opened = await library.open()
        found = await asyncio.to_thread(opened.knowledge.find, question)
        explained = await asyncio.to_thread(opened.knowledge.explain, question, RANKED)
        self.found.clear()
        with self.found:
            with Tag("p", classes="verdict"):
                if found.answer:
                    mark("直接回答", "good")
                elif found.maybe:
                    mark(f"请市民从 {len(found.maybe)} 个里选", "warn")
                else:
                    mark("不知道，问市民要不要记录下来", "bad")
            with Tag("ol", classes="ranking"):
                for each in explained:
                    self._line(each)
            if self.visit.member.may("edit"):
                button("这个问题不应该答：存为回归问题", told(lambda: self._keep(None))).classes("start")

    def _line(self, each: Any) -> None:
        with Tag("li"):
            with Tag("div", classes="ranking-head"):
                link(each.article.question, article_path(each.article.id))
                Tag("b", f"{each.probability:.0%}", title="能回答这个问题的把握")
                if self.visit.member.may("edit"):
                    keep_it = button("应该答这个", told(lambda id=each.article.id: self._keep(id)))
                    keep_it.props["aria-label"] = f"存为回归问题，应该答“{each.article.question}”"
            with Tag("div", classes="views"):
                for name, score in each.views.items():
                    with Tag("span", classes="view"):
                        Tag("span", f"{name} {score:.2f}")
                        Tag("meter", min="0", max="1", value=f"{max(score, 0):.3f}", aria_label=name)
            Tag("p", each.why, "soft")

    async def _keep(self, article_id: str | None) -> None:
        office = self.visit.office

        def write(tx: Transaction, member: StaffMember) -> bool:
            return tx.gaps.add_check(Check(office.new_id(), self.asked, article_id, member.name, office.clock()))

        new = await self.visit.do("edit", write)
        await self._read()
        self._show()
        done("已存为回归问题，以后每次发布前都会试。" if new else "已经有这个回归问题。")

    async def _remove(self, id: str) -> None:
        async def remove() -> None:
            check = next((check for check in self.checks if str(check.id) == id), None)
            if check:
                await self.visit.do("edit", lambda tx, member: tx.gaps.remove_check(check.id))
            await self._read()
            self._show()

        await told(remove)()

    async def _run(self) -> None:
        from knowledge_base import regression

        if not self.checks:
            raise Refused("还没有回归问题。")
        self.summary.set_text("正在试……")
        opened = await self.visit.office.library.open()
        questions = [regression.Expected(check.question, check.article_id) for check in self.checks]
        run = await asyncio.to_thread(regression.run, opened.knowledge, questions)
        await keep(self.visit, self.checks, Outcome.of(run), "手动")
        await self._read()
        self._show()

    def _say(self, sentence: str) -> None:
        self.found.clear()
        with self.found:
            Tag("p", sentence, "soft")


def _outcome(check: Check, last: CheckRun | None) -> str | dict[str, str]:
    """What came of it in the last run."""
    if last is None or last.at < check.added_at:
        return "还没试"
    if str(check.id) in last.wrong:
        return {"text": "答错", "tone": "bad"}
    return {"text": "列在选项里", "tone": "warn"} if str(check.id) in last.listed else {"text": "答对", "tone": "good"}


def _chart(runs: list[CheckRun], visit: Visit) -> dict[str, Any]:
    """How much of the set was right, over its runs."""

    def line(name: str, values: list[int], color: str) -> dict[str, Any]:
        shares = [round(100 * value / run.questions, 1) if run.questions else 0 for value, run in zip(values, runs, strict=True)]
        return {"name": name, "type": "line", "data": shares, "symbolSize": 6, "itemStyle": {"color": color}}

    now, zone = visit.office.clock(), visit.office.city.timezone
    return {
        "tooltip": {"trigger": "axis"}, "legend": {"top": 0}, "grid": {"left": 44, "right": 16, "top": 32, "bottom": 28},
        "xAxis": {"type": "category", "data": [words.moment(run.at, now, zone) for run in runs]},
        "yAxis": {"type": "value", "max": 100, "axisLabel": {"formatter": "{value}%"}, "min": 0},
        "series": [line("答对", [run.right for run in runs], "#1d5b9e"), line("答对或列出", [run.offered for run in runs], "#7aa7d6")],
        "animation": False,
    }  # fmt: skip
