"""/tickets: the list, dangers first and then the newest, that keeps itself up to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi.responses import RedirectResponse
from nicegui import ui

from hotline.access import StaffMember
from hotline.city import City
from hotline.ports import Transaction
from hotline.privacy import mask_text
from hotline.tickets import KIND_NAMES, Ticket
from staff import words
from staff.frame import Elsewhere, Frame, every
from staff.guard import Visit
from staff.office import Office, Shared
from staff.parts import Pick, Records, Row, Tag, column, link

PAGE = 50
REFRESH_SECONDS = 4.0
SECOND_LEVEL = 4
"""So many digits of a category's code are its first two levels."""
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
    """A unit's name, because that is what people know."""
    unit_id: str | None
    category: str
    """The beginning of the codes of a second-level category; the third level has hundreds of which few tell more."""
    categories: tuple[str, ...]
    page: int

    @classmethod
    def of(cls, visit: Visit) -> Filter:
        city = visit.office.city
        status, unit, category, page = (visit.asked(name) for name in ("status", "unit", "category", "page"))
        unit_id = next((u.id for u in city.units.values() if u.name == unit), None) if unit else None
        categories = tuple(code for code in city.categories if code[:SECOND_LEVEL] == category)
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 8 else 1
        return cls(status if status in words.STATUS or status in BY_LIMIT else "", unit, unit_id, category, categories, max(number, 1))

    @property
    def is_of_all(self) -> bool:
        """Whether the counts by status, which are of all tickets, are those of this list."""
        return not self.unit_id and not self.categories

    def address(self, **changes: Any) -> str:
        asked = {"status": self.status, "unit": self.unit, "category": self.category, "page": self.page, **changes}
        query = urlencode({key: value for key, value in asked.items() if value and (key, value) != ("page", 1)})
        return "/tickets" + (f"?{query}" if query else "")

    def unknown(self) -> str:
        """A sentence about what there is not."""
        if self.unit and self.unit_id is None:
            return f"没有叫“{self.unit}”的单位，请从列表中选择。"
        if self.category and not self.categories:
            return f"没有代码是“{self.category}”的二级分类，请从列表中选择。"
        return ""


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
        sentence = asked.unknown() or sentence
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


def row(office: Office, ticket: Ticket, people: int = 1) -> Row:
    """A ticket as a line of a table, with what a list may show of it. `people`: how many citizens wait for it."""
    now, zone = office.clock(), office.city.timezone
    due, tone = words.due(office.city, ticket, now)
    kind = "加急" if ticket.urgent else KIND_NAMES[ticket.kind]
    district, _, street = words.area(office.city, ticket.place).partition(" ")
    return {
        "key": str(ticket.id),
        "href": f"/tickets/{ticket.number}",
        "number": {"text": ticket.number, "sub": f"{kind} · 等{people}人" if people > 1 else kind, "subTone": "bad" if ticket.urgent else ""},
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

    def read(tx: Transaction, member: StaffMember) -> tuple[list[Ticket], dict[UUID, int]]:
        # One more than is shown tells whether there is another page.
        which: dict[str, Any] = {"unit_id": asked.unit_id, "categories": asked.categories, "limit": PAGE + 1, "offset": offset}
        now = visit.office.clock()
        if asked.status == OVERDUE:
            found = tx.tickets.by_due(before=now, **which)
        elif asked.status == SOON:
            found = tx.tickets.by_due(before=visit.office.city.working_time.soon(now), since=now, **which)
        else:
            found = tx.tickets.newest(status=asked.status or None, **which)
        return found, tx.tickets.people([ticket.id for ticket in found])

    tickets, people = await visit.read("tickets", read)
    rows = [row(visit.office, ticket, people.get(ticket.id, 1)) for ticket in tickets[:PAGE]]
    return Listed(rows, len(tickets) > PAGE, await counts.get())


def _head(visit: Visit, asked: Filter) -> None:
    with Tag("div", classes="head"):
        Tag("h1", "工单")
        ui.html(
            '<form class="fields" action="/tickets" role="search"><label class="unseen" for="number">工单号</label>'
            '<input id="number" name="number" inputmode="numeric" placeholder="工单号" title="按 / 键到这里" aria-keyshortcuts="/" size="15" data-find required maxlength="20">'
            '<button type="submit">查找</button></form>',
            sanitize=False,
        )
        # The address says what is shown, so it can be kept, shared and gone back to.
        city = visit.office.city
        _narrow(asked, "unit", Pick({u.name: u.name for u in city.units.values()}, "承办单位", asked.unit if asked.unit_id else None, clearable=True))
        _narrow(asked, "category", Pick(second_level(city), "分类", asked.category if asked.categories else None, clearable=True))
        link("职责目录", "/catalogue", "quiet")


def _narrow(asked: Filter, name: str, field: Pick) -> None:
    """Choosing one shows its tickets at once, and clearing the field shows all again."""
    field.props("dense").classes("narrow").on_value_change(lambda event: ui.navigate.to(asked.address(**{name: event.value or "", "page": 1})))


def second_level(city: City) -> dict[str, str]:
    return {c.code[:SECOND_LEVEL]: f"{c.level1} / {c.level2}" for c in city.categories.values()}


def _tabs(asked: Filter, counts: dict[str, int]) -> None:
    with Tag("nav", classes="tabs", aria_label="按状态"):
        for status, name in ({"": "全部"} | words.STATUS | BY_LIMIT).items():
            if status == "incomplete" and not counts.get(status) and status != asked.status:
                continue  # only where people call
            with Tag("a", href=asked.address(status=status, page=1)) as tab:
                if status == asked.status:
                    tab.props["aria-current"] = "page"
                Tag("span", f"{name} ")
                if status not in BY_LIMIT and asked.is_of_all:
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
