"""The regression questions before a publish: what would get better and what worse, and a line in the history."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nicegui import ui

from hotline.access import StaffMember
from hotline.articles import Article
from hotline.gaps import Check, CheckRun
from hotline.ports import Transaction
from staff.frame import told
from staff.guard import Visit
from staff.library import Opened
from staff.parts import Tag, mark

if TYPE_CHECKING:
    from knowledge_base.regression import Result, Run
    from knowledge_base.search import Knowledge

SHOWN = 8
MANY = 500


class Rehearsal:
    """A trial run before something is published. It goes into the history if it is published: what nobody did is no part of it."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self._published = False
        self._keep: Callable[[], Awaitable[CheckRun]] | None = None

    async def run(self, candidates: Sequence[Article], report: Tag) -> None:
        """Run all questions as if the candidates were published as they are, and write into `report` what comes of it."""
        await _rehearse(self.visit, candidates, report, self._ended)

    async def published(self) -> None:
        """It was done, whether or not anybody waited for the run's end."""
        self._published = True
        await self._write()

    async def _ended(self, keep: Callable[[], Awaitable[CheckRun]]) -> None:
        self._keep = keep
        await self._write()

    async def _write(self) -> None:
        if self._published and self._keep:
            write, self._keep = self._keep, None
            await write()


async def _rehearse(
    visit: Visit, candidates: Sequence[Article], report: Tag, ended: Callable[[Callable[[], Awaitable[CheckRun]]], Awaitable[None]]
) -> None:
    with report:
        step = Tag("span", "正在准备……")
        bar = Tag("progress", max="1", aria_label="进度")
        if len(candidates) > MANY:
            Tag("span", "条数多，要一会儿；也可以不等。")
    far = Far()

    def show() -> None:
        bar.props["value"] = f"{far.share:.2f}"
        step.set_text(far.step or "正在准备……")

    with report:  # not beside the button that was pressed, which may be drawn anew meanwhile
        timer = ui.timer(0.3, show)

    async def work() -> None:
        checks = await visit.read("knowledge", lambda tx, member: tx.gaps.checks())
        opened = await visit.office.library.open()
        try:
            before, after, said = await asyncio.to_thread(_runs, opened, checks, candidates, far)
        finally:
            timer.deactivate()
        many = f"等 {len(candidates)} 条" if len(candidates) > 1 else ""
        await ended(lambda: keep(visit, checks, after, f"发布“{candidates[0].question}”{many}之前"))
        if report.is_deleted:
            return  # nobody waited for it
        report.clear()
        with report:
            _tell(checks, before, after, said)

    await told(work)()


@dataclass
class Far:
    """How far a trial run is, written by its thread and read by the page."""

    step: str = ""
    share: float = 0.0

    def begin(self, step: str) -> Callable[[float], None]:
        self.step, self.share = step, 0.0
        return self._tell

    def _tell(self, share: float) -> None:
        self.share = share


@dataclass(frozen=True, slots=True, order=True)
class Outcome:
    """What came of a question, the better the greater: answered right, or its article at least offered."""

    right: bool
    offered: bool

    @classmethod
    def of(cls, run: Run) -> list[Outcome]:
        return [cls(result.right, result.offered) for result in run.results]


def _runs(opened: Opened, checks: list[Check], candidates: Sequence[Article], far: Far) -> tuple[list[Outcome], list[Outcome], list[str]]:
    """Of each question: what comes of it now, what would come of it then, and what would be said then."""
    from knowledge_base import regression

    if not checks:
        return [], [], []
    questions = [regression.Expected(check.question, check.article_id) for check in checks]
    now = regression.run(opened.knowledge, questions, far.begin("正在按现在的知识试……"))
    rehearsal = opened.knowledge.rehearsal(candidates, far.begin("正在读要发布的知识……"))
    then = regression.run(rehearsal, questions, far.begin("正在按发布后的知识试……"))
    return Outcome.of(now), Outcome.of(then), [_said(result, rehearsal) for result in then.results]


def _said(result: Result, rehearsal: Knowledge) -> str:
    first = rehearsal.get(result.article_id) if result.article_id else None
    if first is None:
        return "会答不上"
    return f"会答“{first.question}”" if result.outcome == "answer" else f"会请市民再选，第一个是“{first.question}”"


async def keep(visit: Visit, checks: list[Check], results: list[Outcome], why: str) -> CheckRun:
    """Write a run into the history."""
    office = visit.office

    def write(tx: Transaction, member: StaffMember) -> CheckRun:
        wrong = tuple(str(check.id) for check, result in zip(checks, results, strict=True) if not result.offered)
        listed = tuple(str(check.id) for check, result in zip(checks, results, strict=True) if result.offered and not result.right)
        right, offered = sum(result.right for result in results), sum(result.offered for result in results)
        run = CheckRun(office.new_id(), office.clock(), member.name, why, len(checks), right, offered, wrong, listed)
        if checks:
            tx.gaps.add_run(run)
        return run

    return await visit.do("knowledge", write)


def counted(right: int, offered: int, questions: int) -> str:
    """How many were answered right, how many were only offered, and how many went wrong."""
    parts = ((right, "答对"), (offered - right, "列在选项里"), (questions - offered, "答错"))
    return "，".join(f"{what} {number} 个" for number, what in parts if number or what == "答对")


def _tell(checks: list[Check], before: list[Outcome], after: list[Outcome], said: list[str]) -> None:
    worse = [(check, then) for check, was, will, then in zip(checks, before, after, said, strict=True) if will < was]
    better = [(check, then) for check, was, will, then in zip(checks, before, after, said, strict=True) if will > was]
    if not checks:
        Tag("span", "还没有回归问题。在“搜索测试”里试一个问题，就可以存为回归问题。")
        return
    now, then = (counted(sum(each.right for each in run), sum(each.offered for each in run), len(checks)) for run in (before, after))
    Tag("b", f"{len(checks)} 个回归问题，现在：{now}；发布后：{then}。")
    for name, found, tone in (("会变差", worse, "bad"), ("会变好", better, "good")):
        if found:
            with Tag("div"):
                mark(f"{name}（{len(found)}）", tone)
            with Tag("ul", classes="lines"):
                for check, then in found[:SHOWN]:
                    with Tag("li"), Tag("div"):
                        Tag("span", check.question)
                        Tag("span", then, "sub")
                if len(found) > SHOWN:
                    Tag("li", f"……还有 {len(found) - SHOWN} 个", "soft")
    if not worse:
        Tag("div", "没有问题会变差，可以发布。", "soft")
