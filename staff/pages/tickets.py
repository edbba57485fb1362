"""/tickets: the list, dangers first and then the newest, that keeps itself up to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import RedirectResponse
from nicegui import ui

from hotline.access import StaffMember
from hotline.ports import Transaction
from hotline.privacy import mask_text
from hotline.tickets import KIND_NAMES, Ticket
from staff import words
from staff.frame import Elsewhere, Frame, every
from staff.guard import Visit
from staff.office import Office, Shared
from staff.parts import Records, Row, Tag, column, link

PAGE = 50
REFRESH_SECONDS = 4.0
OVERDUE, SOON = "overdue", "soon"
BY_LIMIT = {SOON: "快到期", OVERDUE: "已超期"}
"""Lists by the time limit, in whatever state."""
COLUMNS = [
    column("number", "工单号", "number"),
    column("status", "状态和期限", "tight"),
    column("problem", "诉求", "wide clamp"),
    column("area", "地点", "area"),
    column("category", "分类", "category"),
    column("unit", "承办单位", "unit"),
    column("opened", "提交", "when"),
]


@dataclass(frozen=True, slots=True)
class Filter:
    """What the address asks for."""

    status: str
    unit: str
    """A unit's name as it was typed, because that is what people know."""
    unit_id: str | None
    page: int

    @classmethod
    def of(cls, visit: Visit) -> Filter:
        status, unit, page = visit.asked("status"), visit.asked("unit"), visit.asked("page")
        unit_id = next((u.id for u in visit.office.city.units.values() if u.name == unit), None) if unit else None
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 8 else 1
        return cls(status if status in words.STATUS or status in BY_LIMIT else "", unit, unit_id, max(number, 1))

    def address(self, **changes: Any) -> str:
        asked = {"status": self.status, "unit": self.unit, "page": self.page, **changes}
        query = urlencode({key: value for key, value in asked.items() if value and (key, value) != ("page", 1)})
        return "/tickets" + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the list. `more` tells that there is another."""

    rows: list[Row]
    more: bool
    counts: dict[str, int]


def add(frame: Frame) -> None:
    # Counting all tickets is the dear part, and the same for every seat.
    counts = Shared(frame.office, timedelta(seconds=4), lambda: frame.office.read(lambda tx: tx.tickets.count_by_status()))

    @frame.page("/tickets", "工单", "tickets")
    async def show(visit: Visit) -> None:
        asked = Filter.of(visit)
        sentence = await _find(visit)
        if asked.unit and asked.unit_id is None:
            sentence = f"没有叫“{asked.unit}”的单位，请从列表中选择。"
        listed = await _read(visit, asked, counts)
        _head(visit, asked)
        if sentence:
            Tag("p", sentence, "say", role="alert")
        tabs = ui.element("div")
        with tabs:
            _tabs(asked, listed.counts)
        table = Records("工单，加急的在前，其余新的在前", COLUMNS, listed.rows, empty="没有符合条件的工单。")
        pager = ui.element("div")
        with pager:
            _pager(asked, listed)

        async def refresh() -> None:
            nonlocal listed
            news = await _read(visit, asked, counts)
            table.show(news.rows)
            if news.counts != listed.counts:
                tabs.clear()
                with tabs:
                    _tabs(asked, news.counts)
            if (news.more, len(news.rows)) != (listed.more, len(listed.rows)):
                pager.clear()
                with pager:
                    _pager(asked, news)
            listed = news

        every(visit, REFRESH_SECONDS, refresh)


def row(office: Office, ticket: Ticket) -> Row:
    """A ticket as a line of a table, with what a list may show of it."""
    now, zone = office.clock(), office.city.timezone
    due, tone = words.due(office.city, ticket, now)
    district, _, street = words.area(office.city, ticket.place).partition(" ")
    return {
        "key": str(ticket.id),
        "href": f"/tickets/{ticket.number}",
        "number": {"text": ticket.number, "sub": "加急" if ticket.urgent else KIND_NAMES[ticket.kind], "subTone": "bad" if ticket.urgent else ""},
        "status": {
            "text": words.STATUS[ticket.status], "tone": words.STATUS_TONE.get(ticket.status, "plain"), "sub": due, "subTone": tone,
            "title": f"期限 {words.exact(ticket.due_at, zone)}" if ticket.due_at else "",
        },
        "problem": {"text": words.short(mask_text(ticket.problem), 120)},
        "area": {"text": district, "sub": street},
        "category": {"text": words.category_name(office.city, ticket.category), "title": words.category_name(office.city, ticket.category, whole=True)},
        "unit": {"text": words.unit_name(office.city, ticket.unit_id), "sub": "督办" if ticket.supervised else "", "subTone": "bad"},
        "opened": {"text": words.moment(ticket.opened_at, now, zone), "title": words.exact(ticket.opened_at, zone)},
    }  # fmt: skip


async def _find(visit: Visit) -> str:
    """Go to the ticket whose number was typed, or say that there is none."""
    number = visit.asked("number")
    if not number:
        return ""
    found = await visit.read("tickets", lambda tx, member: tx.tickets.by_number(number))
    if found is None:
        return f"没有编号为“{number}”的工单，请核对。"
    raise Elsewhere(RedirectResponse(f"/tickets/{found.number}", 303))


async def _read(visit: Visit, asked: Filter, counts: Shared[dict[str, int]]) -> Listed:
    offset = (asked.page - 1) * PAGE

    def read(tx: Transaction, member: StaffMember) -> list[Ticket]:
        # One more than is shown tells whether there is another page.
        now = visit.office.clock()
        if asked.status == OVERDUE:
            return tx.tickets.by_due(before=now, unit_id=asked.unit_id, limit=PAGE + 1, offset=offset)
        if asked.status == SOON:
            return tx.tickets.by_due(before=visit.office.city.working_time.soon(now), since=now, unit_id=asked.unit_id, limit=PAGE + 1, offset=offset)
        return tx.tickets.newest(status=asked.status or None, unit_id=asked.unit_id, limit=PAGE + 1, offset=offset)

    tickets = await visit.read("tickets", read)
    return Listed([row(visit.office, ticket) for ticket in tickets[:PAGE]], len(tickets) > PAGE, await counts.get())


def _head(visit: Visit, asked: Filter) -> None:
    with Tag("div", classes="head"):
        Tag("h1", "工单")
        # Plain forms: the address says what is shown, so it can be kept, shared and gone back to.
        ui.html(
            '<form class="fields" action="/tickets" role="search"><label class="unseen" for="number">工单号</label>'
            '<input id="number" name="number" inputmode="numeric" placeholder="工单号" title="按 / 键到这里" aria-keyshortcuts="/" size="15" data-find required maxlength="20">'
            '<button type="submit">查找</button></form>',
            sanitize=False,
        )
        units = "".join(f'<option value="{escape(u.name)}">' for u in visit.office.city.units.values())
        keep = f'<input type="hidden" name="status" value="{escape(asked.status)}">' if asked.status else ""
        clear = f'<a href="{escape(asked.address(unit="", page=1))}">清除</a>' if asked.unit else ""
        ui.html(
            f'<form class="fields" action="/tickets">{keep}<label class="unseen" for="unit">承办单位</label>'
            f'<input id="unit" name="unit" list="units" placeholder="承办单位" value="{escape(asked.unit)}" size="22" autocomplete="off" maxlength="60">'
            f'<datalist id="units">{units}</datalist><button type="submit">筛选</button>{clear}</form>',
            sanitize=False,
        )
        link("职责目录", "/catalogue", "quiet")


def _tabs(asked: Filter, counts: dict[str, int]) -> None:
    with Tag("nav", classes="tabs", aria_label="按状态"):
        for status, name in ({"": "全部"} | words.STATUS | BY_LIMIT).items():
            if status == "incomplete" and not counts.get(status) and status != asked.status:
                continue  # only where people call
            with Tag("a", href=asked.address(status=status, page=1)) as tab:
                if status == asked.status:
                    tab.props["aria-current"] = "page"
                Tag("span", f"{name} ")
                if status not in BY_LIMIT and not asked.unit_id:
                    Tag("span", str(counts.get(status, 0) if status else sum(counts.values())), "n")


def _pager(asked: Filter, listed: Listed) -> None:
    if asked.page == 1 and not listed.more:
        return
    first = (asked.page - 1) * PAGE + 1
    with Tag("nav", classes="pager", aria_label="翻页"):
        Tag("span", f"第 {first}–{first + len(listed.rows) - 1} 件" if listed.rows else f"第 {asked.page} 页")
        if asked.page > 1:
            Tag("a", "‹ 上一页", href=asked.address(page=asked.page - 1), rel="prev")
        if listed.more:
            Tag("a", "下一页 ›", href=asked.address(page=asked.page + 1), rel="next")
