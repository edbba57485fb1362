"""/knowledge/articles/{id}: one article as it is now, what became of it, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass

from nicegui import ui

from hotline.access import StaffMember
from hotline.articles import Article, ArticleEvent, Listed, Usage
from hotline.ports import Transaction
from staff import words
from staff.answers import as_in_chat
from staff.frame import Frame
from staff.guard import NotFound, Visit
from staff.pages.knowledge.common import EVENTS, article_path, id_of, state, today, validity
from staff.pages.knowledge.deciding import Deciding
from staff.parts import Tag, facts, link, mark, time

HISTORY = 30


@dataclass(frozen=True, slots=True)
class Read:
    """What the page shows: the newest version first among `versions`."""

    versions: list[Listed]
    events: list[ArticleEvent]
    usage: Usage
    related: list[Article]

    @property
    def newest(self) -> Listed:
        return self.versions[0]


def add(frame: Frame) -> None:
    @frame.page("/knowledge/articles/{id}", "知识", "knowledge")
    async def show(visit: Visit) -> None:
        read = await visit.read("knowledge", lambda tx, member: _read(tx, id_of(visit), member))
        visit.title = f"{read.newest.article.question} · 知识"
        _draw(visit, read)


def _read(tx: Transaction, id: str, member: StaffMember) -> Read:
    versions = tx.articles.versions(id)
    if not versions:
        raise NotFound("没有这篇知识，可能是地址有误。")
    related = [tx.articles.get(other) for other in versions[0].article.related]
    usage = tx.articles.usage([id]).get(id, Usage())
    return Read(versions, tx.articles.events(article_id=id, limit=HISTORY), usage, [other for other in related if other])


def _draw(visit: Visit, read: Read) -> None:
    newest, article = read.newest, read.newest.article
    link("‹ 知识条目", "/knowledge", "back")
    with Tag("div", classes="head"):
        Tag("h1", article.question)
        mark(*state(newest, today(visit.office)))
        if article.sample:
            mark("示例知识", "warn")
    if newest.live and newest.live != article.version:
        with Tag("p", classes="say"):
            Tag("span", f"市民现在看到的是第 {newest.live} 版；下面是还没有发布的第 {article.version} 版。")
            link("比较这两版", f"{article_path(article.id)}/compare?from={newest.live}&to={article.version}")
    with Tag("div", classes="two"):
        with Tag("div"):
            _answers(article)
            if read.related:
                with Tag("section", classes="paper", aria_labelledby="related"):
                    Tag("h2", "相关问题", id="related")
                    with Tag("ul", classes="lines"):
                        for other in read.related:
                            with Tag("li"):
                                link(other.question, article_path(other.id))
        with Tag("div"):
            Deciding(visit, newest, read.events[0] if read.events else None).draw()
            _usage(visit, read.usage)
            with Tag("section", classes="paper", aria_labelledby="source"):
                Tag("h2", "出处与归属", id="source")
                _facts(article)
            _history(visit, read)


def _answers(article: Article) -> None:
    with Tag("section", classes="paper", aria_labelledby="answer"):
        Tag("h2", "文字答复", id="answer")
        ui.html(as_in_chat(article.answer), sanitize=False).classes("answer")
        if article.files:
            with Tag("ul", classes="lines"):
                for file in article.files:
                    with Tag("li"):
                        link(f"{file.name}（{words.size(file.size)}）", f"{article_path(article.id)}/files/{file.id}")
    with Tag("section", classes="paper", aria_labelledby="spoken"):
        Tag("h2", "电话里这样说", id="spoken")
        Tag("p", article.spoken_answer, "spoken")
    with Tag("section", classes="paper", aria_labelledby="asked"):
        Tag("h2", f"市民的问法（{len(article.asked)}）", id="asked")
        with Tag("ul", classes="asked"):
            for asked in article.asked:
                Tag("li", asked)


def _usage(visit: Visit, usage: Usage) -> None:
    with Tag("section", classes="paper", aria_labelledby="usage"):
        Tag("h2", "用得怎么样", id="usage")
        zone = visit.office.city.timezone
        facts([
            ("答过", f"{usage.answered} 次"),
            ("有帮助", f"{usage.helpful} 次" if usage.helpful else ""),
            ("没帮助", f"{usage.unhelpful} 次" if usage.unhelpful else ""),
            ("最近", words.moment(usage.last_at, visit.office.clock(), zone) if usage.last_at else "还没有人问到"),
        ])  # fmt: skip


def _facts(article: Article) -> None:
    facts([
        ("出处", article.source),
        ("日期", str(article.source_date)),
        ("部门", article.department),
        ("类别", article.category),
        ("有效期", validity(article)),
        ("编号", article.id),
    ])  # fmt: skip


def _history(visit: Visit, read: Read) -> None:
    latest = read.newest.article.version
    with Tag("section", classes="paper", aria_labelledby="history"):
        Tag("h2", "改动记录", id="history")
        if latest > 1:
            with Tag("p"):
                link(f"比较各版（共 {latest} 版）", f"{article_path(read.newest.article.id)}/compare")
        with Tag("ol", classes="history"):
            for event in read.events:
                with Tag("li"):
                    with Tag("p", classes="what"):
                        Tag("b", EVENTS[event.kind])
                        Tag("span", f"第 {event.version} 版 · {event.by}")
                        time(visit.office, event.at)
                    if event.note:
                        Tag("p", event.note, "note")
            if not read.events:
                Tag("li", "随系统装入，还没有人改过。")
