"""/rates/tickets: the tickets behind a number."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from hotline.access import StaffMember
from hotline.figures.counting import accept_within
from hotline.figures.links import DAYS, WHAT, Behind
from hotline.figures.windows import Window
from hotline.ports import Transaction
from hotline.tickets import Ticket
from staff.frame import Frame
from staff.guard import NotFound, Visit
from staff.pages.figures.rates import level_name, name_of
from staff.pages.tickets import COLUMNS, row
from staff.parts import Records, Row, Tag, link

PAGE = 50


def add(frame: Frame) -> None:
    @frame.page("/rates/tickets", "数据中的工单", "rates")
    async def show(visit: Visit) -> None:
        office = visit.office
        what, dimension, key, category = visit.asked("what"), visit.asked("by") or "city", visit.asked("key"), visit.asked("category")
        at = _moment(visit, "at") or office.clock()
        hour = _hour(visit)
        page = int(visit.asked("page")) if visit.asked("page").isdecimal() and len(visit.asked("page")) < 6 else 1
        window = _window(visit)
        if what not in WHAT or window is None:
            raise NotFound("没有这样的工单清单，请从数据页面点数字进入。")

        def read(tx: Transaction, member: StaffMember) -> tuple[Behind, list[Ticket]]:
            hours = None
            if hour and what == "opened":
                local = {begins: office.local(begins) for begins in tx.figures.hours(window, category=category)}
                hours = [begins for begins, then in local.items() if (then.weekday(), then.hour) == hour]
            found = tx.figures.behind(
                what, dimension, key, window, category=category, hours=hours, accept_within=accept_within(office.city), at=at,
                limit=PAGE, offset=(max(page, 1) - 1) * PAGE,
            )  # fmt: skip
            return found, [tx.tickets.get(id) for id in found.ids]

        found, tickets = await visit.read("rates", read)
        link("‹ 数据", "/rates", "back")
        with Tag("div", classes="head"):
            # Handlings and surveys are counted each time, and a ticket is listed once: 731 answers may be those of 639 tickets.
            often = f"{found.times:,} 次，涉及工单 " if found.times != found.tickets else ""
            Tag("h1", f"{WHAT[what]}：{often}{found.tickets:,} 件")
        whose = "选中的地点" if dimension == "cell" else "全市" if dimension == "city" else name_of(office.city, dimension, key)
        of = f"，{level_name(office.city, category)}" if category else ""
        weekly = f"，{DAYS[hour[0]]} {hour[1]} 时" if hour else ""
        times = "同一件工单办理、回访几次，数字里算几次，这里只列一次。" if often else ""
        when = f"办理时限在 {window}，到最后还没办结" if what == "overdue" else f"{window}"
        kept = f"按 {at:%Y-%m-%d %H:%M} 报告生成时的情况列出；后来改派、改分类、延期、撤回的不在原处。" if visit.asked("at") else ""
        Tag("p", f"{whose}{of}，{when}{weekly}。{times}{kept}", "soft")
        rows = [_row(visit, ticket) for ticket in tickets]
        Records("工单，新的在前", COLUMNS, rows, empty="没有符合条件的工单。")
        _pager(visit, page, found.tickets)


def _row(visit: Visit, ticket: Ticket) -> Row:
    """As in the list of tickets; who has no right to tickets sees neither words nor the way to them."""
    made = row(visit.office, ticket)
    if not visit.member.may("tickets"):
        made.pop("href")
        made["problem"] = {"text": "（无查看权限）"}
    return made


def _window(visit: Visit) -> Window | None:
    since, until = _moment(visit, "since"), _moment(visit, "until")
    return Window(since, until) if since and until and since < until else None


def _moment(visit: Visit, name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(visit.asked(name)).replace(tzinfo=visit.office.city.timezone)
    except ValueError:
        return None


def _hour(visit: Visit) -> tuple[int, int] | None:
    """An hour of the week, as (weekday, hour)."""
    day, _, hour = visit.asked("hour").partition("-")
    known = day in tuple("0123456") and hour.isdecimal() and len(hour) < 3 and int(hour) < 24
    return (int(day), int(hour)) if known else None


def _pager(visit: Visit, page: int, count: int) -> None:
    asked = {name: visit.asked(name) for name in ("what", "since", "until", "by", "key", "category", "hour", "at") if visit.asked(name)}
    with Tag("nav", classes="pager", aria_label="翻页"):
        if page > 1:
            link("‹ 上一页", "/rates/tickets?" + urlencode({**asked, "page": page - 1}), rel="prev")
        if page * PAGE < count:
            link("下一页 ›", "/rates/tickets?" + urlencode({**asked, "page": page + 1}), rel="next")
