"""/knowledge/questions: what citizens asked and got no answer to, or one that did not help. The editors' list of gaps."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hotline.access import StaffMember
from hotline.articles import AskedQuestion
from hotline.ports import Transaction
from hotline.privacy import mask_text
from staff import words
from staff.frame import Frame, every
from staff.guard import Visit
from staff.pages.knowledge import article_path, tabs
from staff.parts import Records, Row, Tag, column

MOST = 500
REFRESH_SECONDS = 15.0
_NOT_WORDS = re.compile(r"[\s，。！？、,.!?~～…]+|[啊呀呢吗吧哦]+$")
COLUMNS = [
    column("question", "市民问", "wide"),
    column("times", "次数", "count named", sortable=True),
    column("why", "情况", "tight"),
    column("answer", "当时答的"),
    column("last", "最近", "when", sortable=True),
]


@dataclass
class Group:
    """The same question, however often it was asked."""

    text: str
    asked: list[AskedQuestion] = field(default_factory=list)


def add(frame: Frame) -> None:
    @frame.page("/knowledge/questions", "没答好的问题", "knowledge")
    async def show(visit: Visit) -> None:
        rows = await _read(visit)
        with Tag("div", classes="head"):
            Tag("h1", "知识")
        with Tag("div", classes="bar"):
            tabs("/knowledge/questions")
            Tag("span", f"最近 {MOST} 次没有答案或评价“没帮助”的咨询，同样的问题合为一行", "soft")
        table = Records("没答好的问题", COLUMNS, rows, empty="都答上了，没有评价“没帮助”的。")

        async def refresh() -> None:
            table.show(await _read(visit))

        every(visit, REFRESH_SECONDS, refresh)


async def _read(visit: Visit) -> list[Row]:
    def read(tx: Transaction, member: StaffMember) -> tuple[list[AskedQuestion], dict[str, str]]:
        questions = tx.articles.unanswered(MOST)
        ids = {q.article_id for q in questions if q.article_id}
        found = [tx.articles.get(id) for id in ids]
        return questions, {article.id: article.question for article in found if article}

    questions, titles = await visit.do("knowledge", read)
    return [_row(visit, group, titles) for group in grouped(questions)]


def grouped(questions: list[AskedQuestion]) -> list[Group]:
    """Questions that differ only in blanks, stops and particles are one. Most often asked first, then the newest."""
    groups: dict[str, Group] = {}
    for question in questions:
        key = _NOT_WORDS.sub("", question.text.lower()) or question.text
        groups.setdefault(key, Group(question.text)).asked.append(question)
    return sorted(groups.values(), key=lambda g: (len(g.asked), g.asked[0].asked_at), reverse=True)


def _row(visit: Visit, group: Group, titles: dict[str, str]) -> Row:
    newest = group.asked[0]
    unhelpful = sum(q.helpful is False for q in group.asked)
    unanswered = sum(q.article_id is None for q in group.asked)
    answered = next((q.article_id for q in group.asked if q.article_id), None)
    zone = visit.office.city.timezone
    return {
        "key": str(newest.id),
        "question": mask_text(group.text),
        "times": {"text": str(len(group.asked)), "value": len(group.asked)},
        "why": "，".join(f"{what} {count} 次" for what, count in (("没有答案", unanswered), ("没帮助", unhelpful)) if count),
        "answer": {"text": titles.get(answered, answered), "href": article_path(answered)} if answered else "",
        "last": {
            "text": words.moment(newest.asked_at, visit.office.clock(), zone),
            "value": newest.asked_at.isoformat(),
            "title": words.exact(newest.asked_at, zone),
        },
    }
