"""/rates/samples: third-party samples, and how they compare with the regular surveys."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from nicegui import ui

from hotline import sampling
from hotline.access import StaffMember
from hotline.figures import windows
from hotline.figures.windows import Window
from hotline.ports import Transaction
from hotline.rates import Counts, difference, rates
from hotline.sampling import Drawn, Sample
from hotline.surveys import SOLVED_NAMES, Solved, grade_name
from hotline.tickets import Ticket, WrongState
from staff import words
from staff.frame import Frame, done, told
from staff.guard import NotFound, Visit
from staff.pages.figures.asked import head, made_up
from staff.pages.figures.rates import percent, rate_cell
from staff.pages.ticket_dialogs import asking, closing
from staff.parts import Records, Row, Tag, button, column, link

MOST_LISTED = 500
LIST = [
    column("drawn_at", "抽取", "tight"), column("window", "回访发起于", "wide"), column("drawn", "抽中", "count named"), column("asked", "已发链接", "count named"),
    column("answered", "已答", "count named"), column("how", "每组", "count named"), column("seed", "种子", "count named"), column("by", "抽取人", "tight"),
]  # fmt: skip
UNITS = [
    column("unit", "单位", "wide", sortable=True), column("score", "抽查得分", "count named", sortable=True), column("regular", "常规得分", "count named", sortable=True),
    column("difference", "相差", "count named", sortable=True), column("resolution", "抽查解决率", "count named", sortable=True),
    column("regular_resolution", "常规解决率", "count named", sortable=True), column("answered", "答 / 抽", "count named", sortable=True),
    column("same", "两次一致", "count named", sortable=True),
]  # fmt: skip
TICKETS = [
    column("ticket", "工单", "number"), column("class", "类", "tight"), column("regular", "常规回访", "wide"), column("answer", "抽查", "wide"), column("asked", "链接", "wide"),
]  # fmt: skip


def add(frame: Frame) -> None:
    @frame.page("/rates/samples", "抽查", "rates")
    async def show(visit: Visit) -> None:
        await Samples(visit).open()

    @frame.page("/rates/samples/{id}", "抽查", "rates")
    async def one(visit: Visit) -> None:
        await _one(visit)


class Samples:
    """The list, and drawing."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    async def open(self) -> None:
        rows = await self._rows()
        head(self.visit, None, simulated=await self.visit.read("rates", lambda tx, member: made_up(tx)))
        with Tag("div", classes="bar"):
            Tag("p", "从已经结束的回访里，按单位和类别随机各抽几件，另发一次性链接请市民再评一次，和常规回访对照。同一个种子抽出同一批。", "soft")
            if self.visit.member.may("sample"):
                button("抽取样本", self._ask, main=True)
        self.table = Records("第三方抽查，新的在前", LIST, rows, empty="还没有抽过样本。")

    async def _rows(self) -> list[Row]:
        found = await self.visit.read("rates", lambda tx, member: tx.samples.newest())
        return [self._row(*each) for each in found]

    def _row(self, sample: Sample, drawn: int, asked: int, answered: int) -> Row:
        local = self.visit.office.local
        return {
            "key": str(sample.id), "href": f"/rates/samples/{sample.id}", "drawn_at": f"{local(sample.drawn_at):%Y-%m-%d %H:%M}",
            "window": _window(self.visit, sample), "drawn": f"{drawn:,}", "asked": f"{asked:,}",
            "answered": {"text": f"{answered:,}", "sub": f"{answered / drawn:.0%}"}, "how": f"{sample.per_group} 件", "seed": str(sample.seed), "by": sample.drawn_by,
        }  # fmt: skip

    def _ask(self) -> None:
        city, now = self.visit.office.city, self.visit.office.clock()
        last = windows.before(city, windows.month(city, now), "month")
        with asking("抽取样本") as dialog:
            first = ui.input("回访发起于", value=f"{last.since:%Y-%m-%d}").props("outlined type=date")
            until = ui.input("至", value=f"{last.until - timedelta(days=1):%Y-%m-%d}").props("outlined type=date")
            count = ui.number("每个单位每类抽几件", value=3, min=1, max=sampling.MOST_PER_GROUP, precision=0).props("outlined")
            seed = ui.number("种子", value=secrets.randbelow(1_000_000), min=0, max=2**31 - 1, precision=0).props("outlined")
            seed.props["hint"] = "同一时段、同一种子，抽出的是同一批，便于复核"
            Tag("p", "抽中的市民会马上（短信在允许的时段）收到链接。说过不再打扰的、不愿答复的不发；不打电话。").style("margin: 0")

            async def go() -> None:
                await self._draw(first.value, until.value, count.value, seed.value)
                dialog.close()

            closing(dialog, "抽取并发出链接", told(go))

    async def _draw(self, first: str, until: str, count: float | None, seed: float | None) -> None:
        office = self.visit.office
        try:
            window = windows.between(office.city, date.fromisoformat(first), date.fromisoformat(until))
        except (TypeError, ValueError):
            raise WrongState("请填开始和结束日期。") from None

        def draw(tx: Transaction, member: StaffMember) -> Sample:
            given: dict[str, Any] = {"by": member.name, "now": office.clock(), "new_id": office.new_id}
            return sampling.draw(tx, window, seed=int(seed or 0), per_group=int(count or 0), **given)

        await self.visit.do("sample", draw)
        self.table.show(await self._rows())
        done("样本已抽取，链接正在发出。")


@dataclass(frozen=True, slots=True)
class Compared:
    """A sample beside the regular surveys of the same window."""

    sample: Sample
    drawn: list[Drawn]
    told: dict[UUID, Solved]
    regular: dict[str, Counts]
    tickets: dict[UUID, Ticket]


async def _one(visit: Visit) -> None:
    unit = visit.asked("unit")

    def read(tx: Transaction, member: StaffMember) -> Compared:
        try:
            sample = tx.samples.find(UUID(visit.request.path_params["id"]))
        except ValueError:
            sample = None
        if sample is None:
            raise NotFound("没有这次抽查，请从清单进入。")
        drawn = tx.samples.drawn(sample.id)
        shown = [one for one in drawn if one.unit_id == unit][:MOST_LISTED] if unit else []
        return Compared(
            sample, drawn, tx.samples.told(sample.id), tx.surveys.counts(since=sample.since, until=sample.until), {one.ticket_id: tx.tickets.get(one.ticket_id) for one in shown}
        )

    found = await visit.read("rates", read)
    sample = found.sample
    visit.title = "抽查"
    link("‹ 抽查", "/rates/samples" if not unit else f"/rates/samples/{sample.id}", "back")
    with Tag("div", classes="head"):
        Tag("h1", f"第三方抽查：{_window(visit, sample)}" if not unit else f"抽查：{words.unit_name(visit.office.city, unit)}")
    if unit:
        mine = [one for one in found.drawn if one.unit_id == unit]
        Records("抽中的工单", TICKETS, [_ticket_row(visit, found, one) for one in mine[:MOST_LISTED]], empty="这个单位没有抽中的工单。")
        return
    Tag(
        "p",
        f"{visit.office.local(sample.drawn_at):%Y-%m-%d %H:%M} 由 {sample.drawn_by} 抽取，每个单位每类最多 {sample.per_group} 件，种子 {sample.seed}。抽查得分按各组件数加权，"
        "小字是 95% 置信区间；“相差”的区间不含 0 的标出来：二十个单位里约有一个会是偶然。“两次一致”是同一位市民两次对“解决没有”说法相同的。",
        "soft",
    )
    Records("抽查与常规回访对照", UNITS, _unit_rows(visit, found), empty="没有抽中任何工单。", sort="difference")


def _unit_rows(visit: Visit, found: Compared) -> list[Row]:
    city = visit.office.city
    by_unit: dict[str, list[Drawn]] = defaultdict(list)
    for one in found.drawn:
        by_unit[one.unit_id].append(one)
    whole = sum((found.regular.get(unit, Counts()) for unit in by_unit), Counts())
    rows = [_unit_row(visit, found, "", "合计", found.drawn, whole)]
    rows += [_unit_row(visit, found, unit, words.unit_name(city, unit), drawn, found.regular.get(unit, Counts())) for unit, drawn in by_unit.items()]
    return rows


def _unit_row(visit: Visit, found: Compared, unit: str, name: str, drawn: Sequence[Drawn], regular: Counts) -> Row:
    weights = visit.office.city.weights
    estimated, usual = sampling.estimate(drawn, weights), rates(regular, weights)
    same, both = sampling.agreement(drawn, found.told)
    row: Row = {
        "key": unit or "all", "total": not unit, "unit": {"text": name, **({"href": f"/rates/samples/{found.sample.id}?unit={unit}"} if unit else {})},
        "score": rate_cell(estimated.rates.score if estimated else None, estimated.of if estimated else 0, unit=""),
        "resolution": rate_cell(estimated.rates.resolution if estimated else None, estimated.of if estimated else 0),
        "regular": rate_cell(usual.score if usual else None, regular.valid, unit=""), "regular_resolution": rate_cell(usual.resolution if usual else None, regular.valid),
        "answered": {"text": f"{estimated.answered if estimated else 0:,} / {len(drawn):,}", "value": len(drawn)},
        "same": {**percent(same / both if both else None), "sub": f"{same} / {both}" if both else ""}, "difference": {"text": "—", "value": None},
    }  # fmt: skip
    if estimated and usual:
        between = difference(estimated.rates.score, estimated.of, usual.score, regular.valid)
        clear = between.low > 0 or between.high < 0
        value = (estimated.rates.score - usual.score) * 100
        row["difference"] = {"text": f"{value:+.1f}" + (" 明显" if clear else ""), "value": value, "sub": f"{between.low * 100:+.0f} 至 {between.high * 100:+.0f}",
                             **({"tone": "bad" if value < 0 else "info"} if clear else {})}  # fmt: skip
    return row


def _ticket_row(visit: Visit, found: Compared, one: Drawn) -> Row:
    ticket, local = found.tickets[one.ticket_id], visit.office.local
    told = found.told.get(one.survey_id)
    asked = "没有发：没有可发的渠道，或不愿再被打扰" if one.asked_at is None else f"{local(one.asked_at):%m-%d %H:%M} {words.channel(one.channel or '')}"
    answer = ""
    if one.answered_at and one.solved and one.satisfaction:
        answer = f"{'有联系' if one.contacted else '没有联系'}，{SOLVED_NAMES[one.solved]}，{grade_name(one.satisfaction, very=one.very)}"
    level1 = next((c.level1 for code, c in visit.office.city.categories.items() if code.startswith(one.category)), "未分类") if one.category else "未分类"
    return {
        "key": str(one.id), "ticket": {"text": ticket.number, **({"href": f"/tickets/{ticket.number}"} if visit.member.may("tickets") else {})},
        "class": level1, "regular": {"text": SOLVED_NAMES[told] if told else "没有答复", "href": f"/rates/surveys/{one.survey_id}"}, "answer": answer or "还没有答复",
        "asked": asked,
    }  # fmt: skip


def _window(visit: Visit, sample: Sample) -> str:
    return str(Window(visit.office.local(sample.since), visit.office.local(sample.until)))
