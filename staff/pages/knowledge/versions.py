"""/knowledge/articles/{id}/compare: two versions side by side with what differs marked, and the way back to an older one."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from html import escape

from nicegui import ui

from hotline import articles
from hotline.access import StaffMember
from hotline.articles import Article, Listed
from hotline.ports import Transaction
from staff import words
from staff.frame import Frame, done_then, told
from staff.guard import NotFound, Visit
from staff.pages.knowledge.common import STATUS, article_path, id_of, validity
from staff.pages.knowledge.rehearsing import Rehearsal
from staff.pages.ticket_dialogs import asking, closing
from staff.parts import Tag, button, link, mark


def add(frame: Frame) -> None:
    @frame.page("/knowledge/articles/{id}/compare", "比较各版", "knowledge")
    async def show(visit: Visit) -> None:
        versions = await visit.read("knowledge", lambda tx, member: tx.articles.versions(id_of(visit)))
        if not versions:
            raise NotFound("没有这篇知识，可能是地址有误。")
        newer = _chosen(versions, visit.asked("to")) or versions[0]
        older = _chosen(versions, visit.asked("from")) or next((v for v in versions if v.article.version < newer.article.version), versions[-1])
        visit.title = f"比较各版 · {versions[0].article.question}"
        _draw(visit, versions, older, newer)


def _chosen(versions: list[Listed], number: str) -> Listed | None:
    return next((v for v in versions if str(v.article.version) == number), None)


def _status(listed: Listed, versions: list[Listed]) -> tuple[str, str]:
    """As a word and a tone. What a later version took the place of was not retired by anybody."""
    return ("曾发布", "") if listed.article.status == "retired" and listed != versions[0] else STATUS[listed.article.status]


def _draw(visit: Visit, versions: list[Listed], older: Listed, newer: Listed) -> None:
    id = versions[0].article.id
    link(f"‹ {versions[0].article.question}", article_path(id), "back")
    with Tag("div", classes="head"):
        Tag("h1", "比较各版")
        ui.html(_form(visit, id, versions, older, newer), sanitize=False)
    with Tag("div", classes="compare"):
        for listed in (older, newer):
            with Tag("div", classes="compare-head"):
                article = listed.article
                Tag("b", f"第 {article.version} 版")
                mark(*_status(listed, versions))
                by = " · ".join(filter(None, (article.edited_by, words.moment(listed.saved_at, visit.office.clock(), visit.office.city.timezone))))
                Tag("span", by, "soft")
                if visit.member.may("edit") and article.version != versions[0].article.version:
                    Restoring(visit, article).button()
        same = []
        for name, before, after in _fields(older.article, newer.article):
            if before == after:
                same.append(name)
                continue
            Tag("h2", name, "compare-name")
            left, right = marked(before, after)
            for html in (left, right):
                with Tag("div", classes="paper compare-text"):
                    ui.html(html, sanitize=False)
    Tag("p", f"没有变化：{'、'.join(same)}。" if len(same) < 10 else "两版内容完全一样。", "soft").style("margin-top: 12px")


class Restoring:
    """The button that makes an older version the newest again."""

    def __init__(self, visit: Visit, article: Article) -> None:
        self.visit = visit
        self.article = article
        self.at_once = bool(article.approved_by)

    def button(self) -> None:
        if not self.at_once or self.visit.member.may("approve"):
            button("恢复这一版", told(self._ask)).props["aria-label"] = f"恢复第 {self.article.version} 版"

    async def _ask(self) -> None:
        with asking(f"恢复第 {self.article.version} 版") as dialog:
            what = "这一版曾经审核发布，恢复后立即生效，市民几秒后看到的就是它。" if self.at_once else "这一版没有发布过，恢复后成为新的草稿。"
            Tag("p", what + "现在的各版都会保留。").style("margin: 0")
            report = Tag("div", classes="why", role="status", aria_live="polite") if self.at_once else None
            rehearsal = Rehearsal(self.visit)

            async def go() -> None:
                await self._restore()
                await rehearsal.published()

            closing(dialog, "恢复", told(go))
        if report:
            await rehearsal.run([self.article], report)

    async def _restore(self) -> None:
        office = self.visit.office

        def change(tx: Transaction, member: StaffMember) -> None:
            articles.restore(tx, self.article.id, self.article.version, by=member.name, now=office.clock(), new_id=office.new_id)

        await self.visit.do("approve" if self.at_once else "edit", change)
        done_then(self.visit, "已恢复。", article_path(self.article.id))


def _fields(older: Article, newer: Article) -> Iterator[tuple[str, str, str]]:
    for name, field in (("问题", "question"), ("文字答复", "answer"), ("电话答复", "spoken_answer"), ("部门", "department"), ("类别", "category"), ("来源", "source")):
        yield name, getattr(older, field), getattr(newer, field)
    yield "问法", "\n".join(older.asked), "\n".join(newer.asked)
    yield "来源日期", str(older.source_date), str(newer.source_date)
    yield "有效期", validity(older), validity(newer)
    yield "附件", "\n".join(f.name for f in older.files), "\n".join(f.name for f in newer.files)


def marked(before: str, after: str) -> tuple[str, str]:
    """Both texts as HTML, with what is only in one of them in <del> or <ins>."""
    left, right = [], []
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        old, new = escape(before[a1:a2]), escape(after[b1:b2])
        left.append(f"<del>{old}</del>" if kind != "equal" and old else old)
        right.append(f"<ins>{new}</ins>" if kind != "equal" and new else new)
    return "".join(left), "".join(right)


def _form(visit: Visit, id: str, versions: list[Listed], older: Listed, newer: Listed) -> str:
    def select(name: str, label: str, chosen: Listed) -> str:
        options = "".join(
            f'<option value="{v.article.version}"{" selected" if v is chosen else ""}>第 {v.article.version} 版 {_status(v, versions)[0]}</option>'
            for v in versions
        )
        return f'<label for="{name}">{label}</label><select id="{name}" name="{name}">{options}</select>'

    both = select("from", "从", older) + select("to", "到", newer)
    return f'<form class="fields" action="{escape(article_path(id))}/compare">{both}<button type="submit">比较</button></form>'
