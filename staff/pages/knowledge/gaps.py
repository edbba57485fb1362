"""/knowledge/gaps: what citizens asked in vain, grouped by meaning, most often asked of late first."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from nicegui import ui

from hotline.access import StaffMember
from hotline.articles import AskedQuestion
from hotline.gaps import Gap, GapCount, GapStatus
from hotline.ports import Transaction
from hotline.privacy import mask_text
from staff import words
from staff.frame import Frame, every, told
from staff.guard import Visit
from staff.pages.knowledge.common import tabs
from staff.parts import Records, Row, Tag, column

MOST = 200
WEEK = timedelta(days=7)
REFRESH_SECONDS = 15.0
SORTING = "正在把新的问题按意思归类……"
VIEWS = {"open": "待补", "mended": "已补", "dismissed": "不用补"}
MINE = "mine"
ANSWERED = "现在已能回答"
COLUMNS = [
    column("question", "市民问", "wide"),
    column("week", "近7天", "count named", sortable=True),
    column("trend", "比前7天", "tight named"),
    column("all", "一共", "count named", sortable=True),
    column("why", "情况"),
    column("who", "谁在补", "tight"),
    column("last", "最近", "when", sortable=True),
]


def add(frame: Frame) -> None:
    @frame.page("/knowledge/gaps", "知识缺口", "knowledge")
    async def show(visit: Visit) -> None:
        here = visit.asked("status") if visit.asked("status") in (*VIEWS, MINE) else "open"
        with Tag("div", classes="head"):
            Tag("h1", "知识")
        tabs("/knowledge/gaps")
        with Tag("div", classes="bar"):
            with Tag("nav", classes="tabs quick", aria_label="缺口"):
                for key, name in {"open": VIEWS["open"], MINE: "交给我的", **VIEWS}.items():
                    if key == MINE and not visit.member.may("edit"):
                        continue
                    entry = Tag("a", name, href=f"/knowledge/gaps?status={key}")
                    if key == here:
                        entry.props["aria-current"] = "true"
            Tag("span", "没有答上、请市民再选、评价“没帮助”的咨询，意思相同的合为一行", "soft")
        sorting = Tag("p", role="status", classes="soft")
        overtaken: set[UUID] = set()
        found, new = await _read(visit, here)
        table = Records("知识缺口", COLUMNS, _rows(visit, found, new), empty="没有还要补的。" if here == "open" else "没有。")
        sorting.set_text(SORTING if new else "")

        async def refresh() -> None:
            # Also where nothing is to be sorted: who looks at gaps opens one next, and that asks the search.
            library = visit.office.library
            library.prepare()
            found, new = await _read(visit, here)
            table.show(_rows(visit, found, new, overtaken))
            if new:
                await library.gather()
                found, new = await _read(visit, here)
            sorting.set_text("")
            answered = await library.overtaken(found)
            overtaken.clear()
            overtaken.update(answered)
            table.show(_rows(visit, found, new, overtaken))

        # At once, but not before the page is there: the first grouping opens the search, which takes seconds.
        ui.timer(0.2, told(refresh), once=True)
        every(visit, REFRESH_SECONDS, refresh)


async def _read(visit: Visit, here: str) -> tuple[list[GapCount], list[Row]]:
    """The gaps, and as rows the questions that are in none yet: what citizens ask is seen before it is sorted."""
    status = cast(GapStatus, "open" if here == MINE else here)
    now = visit.office.clock()

    def read(tx: Transaction, member: StaffMember) -> tuple[list[GapCount], list[AskedQuestion]]:
        return tx.gaps.find(status, now=now, limit=MOST), tx.gaps.ungrouped(MOST) if here == "open" else []

    found, new = await visit.read("knowledge", read)
    if here == MINE:
        found = [count for count in found if count.gap.assigned_to == visit.member.name]
    return found, [{**_row(visit, _alone(same, now)), "key": f"new {text}", "href": "", "who": "正在归类"} for text, same in _same(new).items()]


def _rows(visit: Visit, found: Sequence[GapCount], new: Sequence[Row], overtaken: Container[UUID] = ()) -> list[Row]:
    """`overtaken`: the gaps that the bot answers by now."""
    return [*(_row(visit, count, answered=count.gap.id in overtaken) for count in found), *new][:MOST]


def _same(questions: list[AskedQuestion]) -> dict[str, list[AskedQuestion]]:
    """By their words, the newest first."""
    found: dict[str, list[AskedQuestion]] = {}
    for question in reversed(questions):
        found.setdefault(question.text, []).append(question)
    return found


def _alone(same: list[AskedQuestion], now: datetime) -> GapCount:
    """Questions of the same words as the gap that they may become."""
    newest = same[0]
    ages = [now - question.asked_at for question in same]
    vain = [question for question in same if not question.article_id]
    maybe = sum(bool(question.offered) for question in vain)
    return GapCount(
        Gap(newest.id, newest.id, "open", newest.asked_at), newest.text, len(same), len(vain) - maybe, maybe, len(same) - len(vain),
        sum(age <= WEEK for age in ages), sum(WEEK < age <= 2 * WEEK for age in ages), newest.asked_at,
    )  # fmt: skip


def _row(visit: Visit, count: GapCount, *, answered: bool = False) -> Row:
    zone = visit.office.city.timezone
    return {
        "key": str(count.gap.id),
        "href": f"/knowledge/gaps/{count.gap.id}",
        "question": words.short(mask_text(count.example), 80),
        "week": {"text": str(count.this_week), "value": count.this_week},
        "trend": trend(count),
        "all": {"text": str(count.total), "value": count.total},
        "why": {"text": why(count), "sub": ANSWERED, "subTone": "good"} if answered else why(count),
        "who": {"text": count.gap.assigned_to or count.gap.closed_by, "sub": "在写" if count.gap.status == "open" and count.gap.article_id else ""},
        "last": {
            "text": words.moment(count.last_at, visit.office.clock(), zone),
            "value": count.last_at.isoformat(),
            "title": words.exact(count.last_at, zone),
        },
    }


def why(count: GapCount) -> str:
    parts = (("没答上", count.unanswered), ("请市民再选", count.maybe), ("没帮助", count.unhelpful))
    return "，".join(f"{what} {number} 次" for what, number in parts if number)


def trend(count: GapCount) -> str | dict[str, str]:
    """How the last seven days compare with the seven before."""
    difference = count.this_week - count.last_week
    if count.total == count.this_week:
        return {"text": "新", "tone": "info"}
    if difference == 0:
        return "持平" if count.this_week else "—"
    return {"text": f"↑ {difference}", "tone": "warn"} if difference > 0 else f"↓ {-difference}"
