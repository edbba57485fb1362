"""/ : today at a glance. Every number leads to its list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from nicegui import ui

from hotline.access import StaffMember
from hotline.articles import Wanted
from hotline.figures import windows
from hotline.figures.measures import CITY, Measures
from hotline.figures.warning import QUIET, Alert
from hotline.ports import Transaction
from hotline.rates import Counts, Rates, rates
from staff import overdue, words
from staff.frame import Frame, every
from staff.guard import Visit
from staff.office import Office, Shared
from staff.overdue import Limits
from staff.pages.figures.hot import alerts_table
from staff.pages.knowledge.common import care_lists
from staff.pages.tickets import COLUMNS, row
from staff.parts import Records, Tag

REFRESH_SECONDS = 10.0
URGENT = 6
MOST_EXPIRING = 500
NEXT_DEADLINES = timedelta(days=45)
"""So far reach the deadlines that are given these days, extended ones too."""
TODAY = "/rates?window=day"
"""The page of rates opens on the month."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What the page shows. The same for everybody, apart from what a role may see."""

    by_status: dict[str, int]
    waiting: int
    talking: int
    questions: dict[str, int]
    counts: Counts
    rates: Rates | None
    window: windows.Window
    limits: Limits
    alerts: list[Alert]
    gaps: dict[str, int]
    """Open ones of the knowledge, by who looks after them."""
    new_questions: int
    """Asked in vain, and in no gap yet."""
    articles: dict[str, int]
    """How many are drafts, wait for review, expire soon."""
    expiring: dict[str, int]
    """How many expire soon, by who wrote them."""


def add(frame: Frame) -> None:
    office = frame.office
    glance = Shared(office, timedelta(seconds=5), lambda: _read(office))

    @frame.page("/", "今天", None)
    async def show(visit: Visit) -> None:
        shown = await glance.get()
        if visit.member.may("edit"):
            # Not at the process's start: all others start then, on the same cores, and where nobody edits it would be memory for nothing.
            office.library.prepare()
        with Tag("div", classes="head"):
            Tag("h1", "今天")
            clock = Tag("span", _as_of(office), "soft")
        body = ui.element("div")
        with body:
            _draw(visit, shown)

        async def refresh() -> None:
            nonlocal shown
            await visit.read(None, _nothing)
            clock.set_text(_as_of(office))
            news = await glance.get()
            if news != shown:
                shown = news
                body.clear()
                with body:
                    _draw(visit, shown)

        every(visit, REFRESH_SECONDS, refresh)


async def _read(office: Office) -> Glance:
    now = office.clock()
    window = windows.day(office.city, now)

    expiring = care_lists(office, now)["expiring"][2]

    def read(tx: Transaction) -> tuple[dict[str, int], list[str], dict[str, int], Counts, list[Alert], dict[str, int], int, dict[str, int], dict[str, int]]:
        wanted = {"draft": Wanted(status="draft"), "review": Wanted(status="review"), "expiring": expiring}
        return (
            tx.tickets.count_by_status(),
            [conversation.status for conversation in tx.conversations.waiting()],
            tx.articles.question_counts(windows.midnight(office.city, now)),
            tx.figures.totals("city", window).get(CITY, Measures()).counts,
            tx.figures.alerts(now - QUIET),
            tx.gaps.open_by_person(),
            tx.gaps.ungrouped_count(),
            {name: tx.articles.find(w, limit=0, offset=0)[1] for name, w in wanted.items()},
            Counter(listed.article.edited_by for listed in tx.articles.find(expiring, limit=MOST_EXPIRING, offset=0)[0]),
        )

    by_status, conversations, questions, total, alerts, gaps, new, articles, soon = await office.read(read)
    return Glance(
        by_status, conversations.count("waiting"), conversations.count("operator"), questions,
        total, rates(total, office.city.weights), window, await overdue.look(office, keep=URGENT), alerts, gaps, new, articles, soon,
    )  # fmt: skip


def _draw(visit: Visit, glance: Glance) -> None:
    may = visit.member.may
    if may("rates") and glance.alerts:
        alerts_table(visit, glance.alerts)
    soon = visit.office.clock() + NEXT_DEADLINES
    if may("tickets") and (year := visit.office.city.working_time.year_unknown(soon)):
        Tag("p", f"{year}年的节假日还没有录入，请管理员补进城市目录的 holidays.csv；在这之前，到{year}年的期限只按周末推算。", "say")
    with Tag("div", classes="figures"):
        if may("conversations"):
            talking = f"{glance.talking} 个接待中" if glance.talking else ""
            _figure(glance.waiting, "等候人工", "/conversations", tone="bad" if glance.waiting else "", sub=talking)
        if may("tickets"):
            received, returned, hung_up = (glance.by_status.get(status, 0) for status in ("received", "returned", "incomplete"))
            _figure(glance.limits.overdue, "已超期", "/tickets?status=overdue", tone="bad" if glance.limits.overdue else "")
            _figure(received, "待派单", "/tickets?status=received", tone="warn" if received else "")
            _figure(returned, "被退回", "/tickets?status=returned", tone="warn" if returned else "")
            if hung_up:
                _figure(hung_up, "待回电", "/tickets?status=incomplete", tone="warn", sub="没说完就挂断了")
    with Tag("div", classes="panels"):
        if may("tickets"):
            _tickets(glance.by_status)
        if may("knowledge"):
            _questions(glance.questions)
        if may("edit"):
            _knowledge(visit, glance)
        if may("rates"):
            _rates(glance)
    if may("tickets") and glance.limits.urgent:
        with Tag("h2", "最急的工单 ", classes="section"):
            Tag("span", "先加急，再按办理期限", "soft")
        columns = [column for column in COLUMNS if column["name"] != "opened"]
        Records("最急的工单", columns, [row(visit.office, ticket, glance.limits.people.get(ticket.id, 1)) for ticket in glance.limits.urgent], empty="")


def _tickets(by_status: dict[str, int]) -> None:
    with _panel("工单", "各状态现有"):
        for status in ("dispatched", "accepted", "handled", "closed", "withdrawn"):
            _line(by_status.get(status, 0), words.STATUS[status], f"/tickets?status={status}")
        _line(sum(by_status.values()), "全部", "/tickets")


def _questions(counts: dict[str, int]) -> None:
    asked, answered = counts["asked"], counts["answered"]
    with _panel("今天的咨询", "零时起"):
        _line(asked, "咨询", "/knowledge/gaps")
        _line(answered, f"已答（{answered / asked:.0%}）" if asked else "已答", "/knowledge")
        _line(asked - answered, "没有答上", "/knowledge/gaps", tone="warn" if asked > answered else "")
        _line(counts["unhelpful"], "评价没帮助", "/knowledge/gaps")


def _knowledge(visit: Visit, glance: Glance) -> None:
    with _panel("知识", "等人做的"):
        mine, review = glance.gaps.get(visit.member.name, 0), glance.articles["review"]
        _line(mine, "交给我补的缺口", "/knowledge/gaps?status=mine", tone="warn" if mine else "")
        _line(sum(glance.gaps.values()), "待补的缺口", "/knowledge/gaps")
        if glance.new_questions:
            _line(glance.new_questions, "新的问题，还没归类", "/knowledge/gaps", tone="warn")
        _line(glance.articles["draft"], "草稿", "/knowledge?status=draft")
        _line(review, "待审核", "/knowledge?status=review", tone="warn" if review and visit.member.may("approve") else "")
        if soon := glance.expiring.get(visit.member.name, 0):
            _line(soon, "我写的，快到期或已过期", f"/knowledge?{urlencode({'care': 'expiring', 'by': visit.member.name})}", tone="warn")
        _line(glance.articles["expiring"], "快到期或已过期", "/knowledge?care=expiring")


def _rates(glance: Glance) -> None:
    r = glance.rates
    with _panel("今日三率", str(glance.window)):
        for name, value in zip(("响应率", "解决率", "满意率"), (r.response, r.resolution, r.satisfied) if r else [None] * 3, strict=True):
            _line("—" if value is None else f"{value:.1%}", name, TODAY)
        _line(f"{r.score * 100:.1f}" if r else "—", "综合得分", TODAY)
        _line(f"{glance.counts.valid} / {glance.counts.due}", "有效回访 / 应回访", TODAY)


@contextmanager
def _panel(name: str, sub: str) -> Iterator[None]:
    with Tag("section", classes="paper panel"):
        with Tag("h2", f"{name} "):
            Tag("span", sub, "soft")
        with Tag("ul"):
            yield


def _line(number: int | str, name: str, href: str, *, tone: str = "") -> None:
    with Tag("li"), Tag("a", classes=tone, href=href):
        Tag("span", name)
        Tag("b", str(number))


def _figure(number: int | str, name: str, href: str, *, tone: str = "", sub: str = "") -> None:
    with Tag("a", classes=f"figure {tone}", href=href):
        with Tag("span"):
            Tag("span", name, "name")
            if sub:
                Tag("span", sub, "sub")
        Tag("b", str(number), "n")


def _as_of(office: Office) -> str:
    return f"{office.local(office.clock()):%m月%d日 %H:%M} 的情况"


def _nothing(tx: Transaction, member: StaffMember) -> None:
    """Only the check of the session matters."""
