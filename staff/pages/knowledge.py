"""/knowledge: the articles, to search and to read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlencode

from nicegui import ui

from hotline.access import StaffMember
from hotline.articles import Article
from hotline.ports import Transaction
from staff.frame import Frame
from staff.guard import NotFound, Visit
from staff.parts import Records, Row, Tag, column, facts, link, mark

PAGE = 50
NO_MATCH = 9
STATUS = {"draft": ("草稿", ""), "review": ("待审", "warn"), "published": ("已发布", "good"), "retired": ("已停用", "")}
COLUMNS = [
    column("question", "问题", "wide"),
    column("category", "类别", "tight"),
    column("department", "部门"),
    column("asked", "问法", "count named"),
    column("state", "状态", "tight"),
]


@dataclass
class Library:
    """All articles, kept until the store's revision moves on."""

    revision: int = -1
    articles: tuple[Article, ...] = ()

    def read(self, tx: Transaction) -> tuple[Article, ...]:
        revision = tx.articles.revision()
        if revision != self.revision:
            self.articles, self.revision = tuple(tx.articles.all()), revision
        return self.articles


def add(frame: Frame) -> None:
    library = Library()

    @frame.page("/knowledge", "知识", "knowledge")
    async def show_list(visit: Visit) -> None:
        articles = await visit.do("knowledge", lambda tx, member: library.read(tx))
        wanted, category = visit.asked("q"), visit.asked("category")
        found = await asyncio.to_thread(_find, articles, wanted, category)
        _list(visit, articles, found, wanted, category)

    @frame.page("/knowledge/articles/{id}", "知识", "knowledge")
    async def show_article(visit: Visit) -> None:
        id = visit.request.path_params["id"]

        def read(tx: Transaction, member: StaffMember) -> tuple[Article | None, list[Article]]:
            article = tx.articles.get(id)
            related = [tx.articles.get(other) for other in article.related] if article else []
            return article, [other for other in related if other]

        article, related = await visit.do("knowledge", read)
        if article is None:
            raise NotFound("没有这篇知识，可能已经删除。")
        visit.title = f"{article.question} · 知识"
        _read_view(visit, article, related)


def tabs(here: str) -> None:
    """Between the articles and the questions without a good answer."""
    with Tag("nav", classes="tabs", aria_label="知识"):
        for href, name in (("/knowledge", "知识条目"), ("/knowledge/questions", "没答好的问题")):
            entry = Tag("a", name, href=href)
            if href == here:
                entry.props["aria-current"] = "page"


def article_path(id: str) -> str:
    return f"/knowledge/articles/{quote(id, safe='')}"


def _list(visit: Visit, articles: tuple[Article, ...], found: list[Article], wanted: str, category: str) -> None:
    page = int(visit.asked("page")) if visit.asked("page").isdecimal() else 1
    first = (max(page, 1) - 1) * PAGE
    shown = found[first : first + PAGE]
    with Tag("div", classes="head"):
        Tag("h1", "知识")
        ui.html(_search_form(wanted, category, sorted({a.category for a in articles})), sanitize=False)
    with Tag("div", classes="bar"):
        tabs("/knowledge")
        Tag("span", f"{len(found)} 条" + ("" if len(found) == len(articles) else f"，共 {len(articles)} 条"), "soft", role="status")
    Records("知识条目", COLUMNS, [_row(visit, a) for a in shown], empty="没有找到。换个说法，或清除筛选再试。")
    _pager({"q": wanted, "category": category}, max(page, 1), first + PAGE < len(found))


def _find(articles: tuple[Article, ...], wanted: str, category: str) -> list[Article]:
    ranked = [(_rank(a, wanted), a) for a in articles if not category or a.category == category]
    return [a for rank, a in sorted(ranked, key=lambda pair: pair[0]) if rank < NO_MATCH]


def _rank(article: Article, wanted: str) -> int:
    """Where all the typed words are: in the question, in a way of asking it, anywhere in the article, or nowhere."""
    fields = (article.question, "\n".join(article.asked), "\n".join((article.question, *article.asked, article.answer, article.department, article.id)))
    words = wanted.lower().split()
    return next((rank for rank, text in enumerate(fields) if all(word in text.lower() for word in words)), NO_MATCH)


def _row(visit: Visit, article: Article) -> Row:
    state, tone = STATUS[article.status]
    if article.status == "published" and not article.is_valid(visit.office.local(visit.office.clock()).date()):
        state, tone = "不在有效期", "warn"
    return {
        "key": article.id,
        "href": article_path(article.id),
        "question": article.question,
        "category": article.category,
        "department": article.department,
        "asked": {"text": str(len(article.asked)), "value": len(article.asked)},
        "state": {"text": f"{state} · 示例" if article.sample else state, "tone": tone or "plain"},
    }


def _search_form(wanted: str, category: str, categories: list[str]) -> str:
    options = "".join(f'<option{" selected" if c == category else ""}>{escape(c)}</option>' for c in categories)
    clear = '<a href="/knowledge">清除</a>' if wanted or category else ""
    return (
        '<form class="fields" action="/knowledge" role="search"><label class="unseen" for="q">搜索</label>'
        f'<input id="q" name="q" value="{escape(wanted)}" placeholder="搜问题、问法、答案" title="按 / 键到这里" aria-keyshortcuts="/" size="24" data-find maxlength="100">'
        f'<label class="unseen" for="category">类别</label><select id="category" name="category"><option value="">所有类别</option>{options}</select>'
        f'<button type="submit">查找</button>{clear}</form>'
    )


def _pager(asked: dict[str, str], page: int, more: bool) -> None:
    if page == 1 and not more:
        return

    def address(number: int) -> str:
        return "/knowledge?" + urlencode({k: v for k, v in {**asked, "page": str(number)}.items() if v})

    with Tag("nav", classes="pager", aria_label="翻页"):
        Tag("span", f"第 {page} 页")
        if page > 1:
            Tag("a", "‹ 上一页", href=address(page - 1), rel="prev")
        if more:
            Tag("a", "下一页 ›", href=address(page + 1), rel="next")


def _read_view(visit: Visit, article: Article, related: list[Article]) -> None:
    link("‹ 知识条目", "/knowledge", "back")
    with Tag("article", classes="article"):
        with Tag("div", classes="head"):
            Tag("h1", article.question).style("margin-right: 0")
            mark(*STATUS[article.status])
            if article.sample:
                mark("示例知识", "warn")
        with Tag("section", classes="paper", aria_labelledby="answer"):
            Tag("h2", "文字答复", id="answer")
            # As the chat shows it: a list needs no empty line before it.
            ui.markdown(article.answer, extras=["tables", "cuddled-lists"])
        with Tag("section", classes="paper", aria_labelledby="spoken"):
            Tag("h2", "电话里这样说", id="spoken")
            Tag("p", article.spoken_answer, "spoken")
        with Tag("section", classes="paper", aria_labelledby="asked"):
            Tag("h2", f"市民的问法（{len(article.asked)}）", id="asked")
            with Tag("ul", classes="asked"):
                for asked in article.asked:
                    Tag("li", asked)
        with Tag("section", classes="paper", aria_labelledby="source"):
            Tag("h2", "来源", id="source")
            _source(visit, article)
        if related:
            with Tag("section", classes="paper", aria_labelledby="related"):
                Tag("h2", "相关", id="related")
                with Tag("ul"):
                    for other in related:
                        with Tag("li"):
                            link(other.question, article_path(other.id))


def _source(visit: Visit, article: Article) -> None:
    valid = " 至 ".join(str(day) if day else "…" for day in (article.valid_from, article.valid_until))
    facts([
        ("出处", article.source),
        ("日期", str(article.source_date)),
        ("部门", article.department),
        ("类别", article.category),
        ("有效期", valid if article.valid_from or article.valid_until else "不限"),
        ("编号", f"{article.id}（第 {article.version} 版）"),
    ])  # fmt: skip


