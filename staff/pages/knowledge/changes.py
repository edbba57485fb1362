"""/knowledge/changes: the audit trail of the knowledge base. Who changed what, newest first."""

from __future__ import annotations

from urllib.parse import urlencode

from nicegui import ui

from hotline.access import StaffMember
from hotline.articles import ArticleEvent
from hotline.ports import Transaction
from staff import words
from staff.frame import Frame
from staff.guard import Visit
from staff.pages.knowledge.common import EVENTS, article_path, choices, tabs
from staff.parts import Records, Row, Tag, column

PAGE = 100
COLUMNS = [
    column("at", "时间", "when"), column("by", "谁", "tight"), column("what", "做了什么", "tight"), column("article", "知识", "wide"), column("note", "说明"),
]  # fmt: skip


def add(frame: Frame) -> None:
    @frame.page("/knowledge/changes", "改动记录", "knowledge")
    async def show(visit: Visit) -> None:
        kind, by = visit.asked("kind") if visit.asked("kind") in EVENTS else "", visit.asked("by")
        page = max(int(visit.asked("page")), 1) if visit.asked("page").isdecimal() else 1

        def read(tx: Transaction, member: StaffMember) -> tuple[list[tuple[ArticleEvent, str]], list[str]]:
            events = tx.articles.events(kind=kind, by=by, limit=PAGE + 1, offset=(page - 1) * PAGE)
            named = tx.articles.newest_of({event.article_id for event in events})
            names = [(event, named[event.article_id].question if event.article_id in named else event.article_id) for event in events]
            return names, [each.name for each in tx.staff.all()]

        events, people = await visit.read("knowledge", read)
        with Tag("div", classes="head"):
            Tag("h1", "知识")
        tabs("/knowledge/changes")
        chosen = choices("kind", "做了什么", "所有改动", list(EVENTS.items()), kind) + choices("by", "谁", "所有人", [(name, name) for name in people], by)
        ui.html(f'<form class="fields find" action="/knowledge/changes">{chosen}<button type="submit">查看</button></form>', sanitize=False)
        empty = "没有这样的改动。" if kind or by else "还没有改动。"
        Records("改动记录", COLUMNS, [_row(visit, event, name) for event, name in events[:PAGE]], empty=empty)

        def address(number: int) -> str:
            return "/knowledge/changes?" + urlencode({"kind": kind, "by": by, "page": number})

        with Tag("nav", classes="pager", aria_label="翻页"):
            if page > 1:
                Tag("a", "‹ 较新的", href=address(page - 1), rel="prev")
            if len(events) > PAGE:
                Tag("a", "更早的 ›", href=address(page + 1), rel="next")


def _row(visit: Visit, event: ArticleEvent, name: str) -> Row:
    zone = visit.office.city.timezone
    return {
        "key": str(event.id),
        "at": {"text": words.moment(event.at, visit.office.clock(), zone), "title": words.exact(event.at, zone)},
        "by": event.by,
        "what": f"{EVENTS[event.kind]}（第 {event.version} 版）",
        "article": {"text": name, "href": article_path(event.article_id)},
        "note": event.note,
    }
