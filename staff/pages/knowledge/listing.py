"""/knowledge: the articles, to find and to filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import cast
from urllib.parse import urlencode

from nicegui import ui

from hotline.access import StaffMember
from hotline.articles import ArticleStatus, Listed, Order, Usage, Wanted
from hotline.ports import Transaction
from staff import words
from staff.frame import Frame, done
from staff.guard import Visit
from staff.imports import Running
from staff.pages.knowledge.bulk import PublishingAll
from staff.pages.knowledge.common import STATUS, article_path, care_lists, choices, state, tabs, today, validity
from staff.pages.knowledge.deciding import RETIRED, ask_note, retire
from staff.parts import Records, Row, Tag, column, link

PAGE = 50
COLUMNS = [
    column("question", "问题", "wide"),
    column("category", "类别", "tight"),
    column("department", "部门"),
    column("used", "答过", "count named"),
    column("thumbs", "有帮助", "count named"),
    column("state", "状态", "tight"),
    column("saved", "改动", "when"),
]
RETIRE = column("retire", "停用", "tight")
# All of them are ordered, not only the page that is shown.
ORDERS: dict[str, str] = {"used": "答得最多的在前", "unused": "答得最少的在前", "unhelpful": "没帮助最多的在前"}
ORDERED = {"expiring": "先到期的在前"}
"""How a list is ordered when nothing else is asked for, where it is not the last changed first."""
Counts = dict[str, int]


def add(frame: Frame, running: Running) -> None:
    @frame.page("/knowledge", "知识", "knowledge")
    async def show(visit: Visit) -> None:
        office = visit.office
        page = max(int(visit.asked("page")), 1) if visit.asked("page").isdecimal() else 1
        care = care_lists(office, office.clock())
        wanted = _wanted(visit)

        def read(tx: Transaction, member: StaffMember) -> tuple[list[Listed], int, dict[str, Usage], list[list[str]], Counts]:
            found, total = tx.articles.find(wanted, limit=PAGE, offset=(page - 1) * PAGE)
            counts = {name: tx.articles.find(w, limit=0, offset=0)[1] for name, (_, _, w) in care.items()}
            waiting: tuple[ArticleStatus, ...] = ("draft", "review")
            counts |= {status: tx.articles.find(Wanted(status=status), limit=0, offset=0)[1] for status in waiting}
            used = tx.articles.usage([listed.article.id for listed in found])
            return found, total, used, [tx.articles.values(field) for field in ("category", "department", "edited_by")], counts

        found, total, used, values, counts = await visit.read("knowledge", read)
        office.library.prepare()
        with Tag("div", classes="head"):
            Tag("h1", "知识")
            if visit.member.may("edit"):
                link("写新知识", "/knowledge/new", "press-link main")
        tabs("/knowledge")
        ui.html(_search_form(visit, *values), sanitize=False)
        with Tag("div", classes="bar"):
            _quick(visit, counts)
            Tag("span", f"{total} 条", "soft", role="status")
        if wanted.status == "review" and total and visit.member.may("approve"):
            PublishingAll(visit, running, wanted).draw(total)
        about = care.get(visit.asked("care"))
        if about:
            Tag("p", about[1], "soft")
        rows = [_row(visit, listed, used.get(listed.article.id, Usage())) for listed in found]
        retiring = visit.asked("care") == "unused" and visit.member.may("approve")
        of = about[0] if about else STATUS[wanted.status][0] if wanted.status else ""
        narrowed = wanted.text or wanted.category or wanted.department or wanted.edited_by
        empty = f"没有{of}的知识。" if of and not narrowed else "没有找到。换个说法，或清除筛选再试。"

        async def ask_retire(id: str) -> None:
            async def go(note: str) -> None:
                await retire(visit, id, note)
                done(RETIRED)
                records.show([row for row in records.props["rows"] if row["key"] != id])

            ask_note("停用", "停用的原因", go, note=about[0] if about else "")

        columns = [*COLUMNS, RETIRE] if retiring else COLUMNS
        records = Records("知识条目", columns, rows, empty=empty, on_press=ask_retire if retiring else None)
        _pager(visit, page, total)


def _wanted(visit: Visit) -> Wanted:
    _, _, wanted = care_lists(visit.office, visit.office.clock()).get(visit.asked("care"), ("", "", Wanted()))
    status, order = visit.asked("status"), visit.asked("order")
    return replace(
        wanted, text=visit.asked("q"), category=visit.asked("category"), department=visit.asked("department"), edited_by=visit.asked("by"),
        status=cast(ArticleStatus, status) if status in STATUS else None, order=cast(Order, order) if order in ORDERS else wanted.order,
    )  # fmt: skip


def _row(visit: Visit, listed: Listed, used: Usage) -> Row:
    article, office = listed.article, visit.office
    text, tone = state(listed, today(office))
    rated = used.helpful + used.unhelpful
    return {
        "key": article.id,
        "href": article_path(article.id),
        "question": article.question,
        "category": article.category,
        "department": article.department,
        "used": {"text": str(used.answered), "sub": f"最近 {words.moment(used.last_at, office.clock(), office.city.timezone)}" if used.last_at else ""},
        "thumbs": {"text": f"{used.helpful / rated:.0%}" if rated else "—", "sub": f"{rated} 人评价" if rated else ""},
        "state": {
            "text": f"{text} · 示例" if article.sample else text, "tone": tone or "plain", "sub": validity(article) if article.valid_from or article.valid_until else "",
        },
        "retire": {"press": "停用"},
        "saved": {"text": words.moment(listed.saved_at, office.clock(), office.city.timezone), "sub": article.edited_by},
    }  # fmt: skip


def _quick(visit: Visit, counts: Counts) -> None:
    """What is waiting for somebody, one press away."""
    here = visit.asked("care") or visit.asked("status")
    entries = [("", "全部", "/knowledge")]
    entries += [(status, STATUS[status][0], f"/knowledge?status={status}") for status in ("draft", "review")]
    entries += [(name, title, f"/knowledge?care={name}") for name, (title, _, _) in care_lists(visit.office, visit.office.clock()).items()]
    with Tag("nav", classes="tabs quick", aria_label="常看的"):
        for key, name, href in entries:
            entry = Tag("a", href=href)
            if key == here:
                entry.props["aria-current"] = "true"
            with entry:
                Tag("span", name)
                if counts.get(key):
                    Tag("span", f" {counts[key]}", "n")


def _search_form(visit: Visit, categories: Sequence[str], departments: Sequence[str], people: Sequence[str]) -> str:
    wanted, care, me = visit.asked("q"), visit.asked("care"), visit.member.name
    writers = [(me, "我写的"), *((name, name) for name in people if name != me)]
    clear = '<a href="/knowledge">清除</a>' if visit.request.url.query else ""
    return (
        '<form class="fields find" action="/knowledge" role="search"><label class="unseen" for="q">搜索</label>'
        f'<input id="q" name="q" value="{escape(wanted)}" placeholder="搜问题、问法、答案、编号" title="按 / 键到这里" aria-keyshortcuts="/" size="28" data-find maxlength="100">'
        + choices("status", "状态", "所有状态", [(key, name) for key, (name, _) in STATUS.items()], visit.asked("status"))
        + choices("category", "类别", "所有类别", [(c, c) for c in categories], visit.asked("category"))
        + choices("department", "部门", "所有部门", [(d, d) for d in departments], visit.asked("department"))
        + choices("by", "谁写的", "所有人写的", writers, visit.asked("by"))
        + choices("order", "排序", ORDERED.get(care, "最近改动的在前"), list(ORDERS.items()), visit.asked("order"))
        # The list that is looked at is looked through, not left.
        + (f'<input type="hidden" name="care" value="{escape(care)}">' if care else "")
        + f'<button type="submit">查找</button>{clear}</form>'
    )


def _pager(visit: Visit, page: int, total: int) -> None:
    pages = max((total + PAGE - 1) // PAGE, 1)
    if pages == 1:
        return

    def address(number: int) -> str:
        return "/knowledge?" + urlencode({**dict(visit.request.query_params), "page": number})

    with Tag("nav", classes="pager", aria_label="翻页"):
        Tag("span", f"第 {page} 页，共 {pages} 页")
        if page > 1:
            Tag("a", "‹ 上一页", href=address(page - 1), rel="prev")
        if page < pages:
            Tag("a", "下一页 ›", href=address(page + 1), rel="next")
