"""Articles: pieces of approved knowledge, their way from a draft to the citizens, and the questions asked of them.

Every save is a new version and no version is ever changed, except in its status. At most one version of an article is
published, and that one is what the bot says; a newer one may be in the making beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote
from uuid import UUID

from hotline import gaps
from hotline.access import Refused
from hotline.privacy import mask_text
from hotline.tickets import NewId

if TYPE_CHECKING:
    from hotline.ports import Transaction

ArticleStatus = Literal["draft", "review", "published", "retired"]
EventKind = Literal["create", "edit", "submit", "send_back", "publish", "retire", "restore", "phrase", "import", "attach", "detach"]
RECENT = 60
"""Messages looked at for a question and its answer."""
MAX_QUESTION, MAX_ANSWER, MAX_SPOKEN, MAX_ASKED = 120, 6000, 1500, 100


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """A file that goes with an answer, such as a form to fill in. Its bytes live in Files, under `id`."""

    id: UUID
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Article:
    """One version of a piece of knowledge. Its answer is said word for word, so it is written to be said."""

    id: str
    version: int
    question: str
    """The canonical question."""
    asked: tuple[str, ...]
    """Other ways in which people really ask it."""
    answer: str
    """Markdown, for chat."""
    spoken_answer: str
    department: str
    category: str
    source: str
    source_date: date
    related: tuple[str, ...] = ()
    status: ArticleStatus = "published"
    sample: bool = False
    """Ships with Jiesu as an example; a city replaces it by its own approved text."""
    valid_from: date | None = None
    valid_until: date | None = None
    files: tuple[ArticleFile, ...] = ()
    edited_by: str = ""
    """Who wrote this version."""
    approved_by: str = ""
    """Who published it."""

    def is_valid(self, today: date) -> bool:
        """Whether it may be an answer today: published and inside its dates, both days included."""
        return (
            self.status == "published"
            and (self.valid_from is None or self.valid_from <= today)
            and (self.valid_until is None or today <= self.valid_until)
        )


def file_link(article: Article, file: ArticleFile) -> str:
    """A link in our Markdown to a file of an answer, below the gateway's address."""
    return f"[{file.name.replace(']', '）')}](/files/{quote(article.id, safe='')}/{file.id})"


@dataclass(frozen=True, slots=True)
class Listed:
    """The newest version of an article as the editors' list has it."""

    article: Article
    saved_at: datetime
    live: int | None
    """The version that the bot says; None: none."""


Order = Literal["saved", "used", "unused", "unhelpful", "expiring"]
"""What comes first in a list: the last changed, the most or the least often answered, the most often found unhelpful, the first to expire."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the editors' list is asked for. Empty fields ask for nothing."""

    text: str = ""
    status: ArticleStatus | None = None
    category: str = ""
    department: str = ""
    edited_by: str = ""
    expires_before: date | None = None
    """Published, and out of date before this day."""
    unused_since: datetime | None = None
    """Published before this moment, and the answer to nothing since."""
    unhelpful: bool = False
    """Published, with more thumbs down than up."""
    order: Order = "saved"


@dataclass(frozen=True, slots=True)
class Usage:
    """What citizens did with an article."""

    answered: int = 0
    helpful: int = 0
    unhelpful: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArticleEvent:
    """A line of the audit trail: who did what to which version."""

    id: UUID
    article_id: str
    version: int
    kind: EventKind
    by: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A consultation and what came of it: the material of the editors' list of gaps."""

    id: UUID
    """The id of the message that asked, so that a repeated turn records it once."""
    conversation_id: UUID
    text: str
    article_id: str | None
    score: float
    asked_at: datetime
    helpful: bool | None = None
    offered: tuple[str, ...] = ()
    """Ids of the articles offered as “did you mean”, when there was no answer."""


def problems(article: Article) -> list[str]:
    """What is missing or wrong before an article may be published, a Chinese sentence each."""
    found = []
    for value, name, most in (
        (article.question, "问题", MAX_QUESTION), (article.answer, "文字答复", MAX_ANSWER), (article.spoken_answer, "电话答复", MAX_SPOKEN),
        (article.department, "部门", 80), (article.category, "类别", 80), (article.source, "来源", 500),
    ):  # fmt: skip
        if not value.strip():
            found.append(f"缺少{name}。")
        elif len(value) > most:
            found.append(f"{name}有{len(value)}个字，最多{most}个字。")
    if len(article.asked) > MAX_ASKED:
        found.append(f"问法有{len(article.asked)}个，最多{MAX_ASKED}个。")
    if long := next((text for text in article.asked if len(text) > MAX_QUESTION), None):
        found.append(f"问法“{long[:20]}…”太长，最多{MAX_QUESTION}个字。")
    if article.valid_from and article.valid_until and article.valid_until < article.valid_from:
        found.append("有效期的结束日期早于开始日期。")
    return found


def save(tx: Transaction, article: Article, *, based_on: int, by: str, now: datetime, new_id: NewId, note: str = "") -> Article:
    """Keep what was written as a new draft. `based_on` is the version that the writer saw, 0 for a new article.

    Raises Refused when it has no question, or when somebody saved a newer version meanwhile.
    """
    if not article.question.strip():
        raise Refused("请先写问题。")
    newest = tx.articles.newest(article.id)
    if (newest.version if newest else 0) != based_on:
        raise Refused("这篇知识刚刚被别人改过。请先复制您写的内容，再打开最新的一版。")
    kept = tx.articles.put(replace(article, status="draft", edited_by=by, approved_by=""), now=now)
    _record(tx, kept, "edit" if newest else "create", by, note, now, new_id)
    return kept


def submit(tx: Transaction, id: str, version: int, *, by: str, now: datetime, new_id: NewId) -> None:
    """Hand a draft to a reviewer. Raises Refused."""
    _must_be_complete(article := _seen(tx, id, version))
    _move(tx, article, "review", by, "submit", "", now, new_id)


def send_back(tx: Transaction, id: str, version: int, *, by: str, note: str, now: datetime, new_id: NewId) -> None:
    """Return what was handed in to its writer, with what is to be mended. Raises Refused."""
    if not note.strip():
        raise Refused("请写明要改什么。")
    _move(tx, _seen(tx, id, version), "draft", by, "send_back", note.strip(), now, new_id)


def publish(tx: Transaction, id: str, version: int, *, by: str, two_person: bool, now: datetime, new_id: NewId) -> None:
    """Let the bot say this version. With `two_person`, whoever wrote it can't. Raises Refused."""
    _must_be_complete(article := _seen(tx, id, version))
    if two_person and article.edited_by == by:
        raise Refused("按双人审核的规定，写的人不能自己发布。请提交审核，由另一位有审核权限的人发布。")
    _move(tx, article, "published", by, "publish", "", now, new_id)
    for gap in tx.gaps.written_to({id}):
        gaps.close(tx, gap.id, "mended", article_id=id, by=by, now=now)


def retire(tx: Transaction, id: str, *, by: str, note: str, now: datetime, new_id: NewId) -> None:
    """The bot says it no longer, and `note` says why. Raises Refused when it does not say it anyway, or without a reason."""
    if not note.strip():
        raise Refused("请写明停用的原因。")
    live = tx.articles.get(id)
    if live is None or live.status != "published":
        raise Refused("这篇知识现在没有发布。")
    _move(tx, live, "retired", by, "retire", note.strip(), now, new_id)


def restore(tx: Transaction, id: str, version: int, *, by: str, now: datetime, new_id: NewId) -> Article:
    """Roll back: the newest version is again like an older one. One that was approved before is published at once, as two people
    stood for it then; any other becomes a draft. Raises Refused.
    """
    old = tx.articles.version(id, version)
    if old is None:
        raise Refused("没有这一版。")
    again = replace(old, status="published") if old.approved_by else replace(old, status="draft", edited_by=by)
    kept = tx.articles.put(again, now=now)
    _record(tx, kept, "restore", by, f"恢复第 {version} 版", now, new_id)
    return kept


def add_phrasings(tx: Transaction, id: str, texts: Iterable[str], *, by: str, now: datetime, new_id: NewId) -> Article:
    """Other ways of asking for what is published, those it does not have yet. The approved answer does not change, so they count at
    once. Raises Refused."""
    live = tx.articles.get(id)
    if live is None:
        raise Refused("没有这篇知识。")
    given = dict.fromkeys(" ".join(text.split()) for text in texts)
    new = [text for text in given if text and text not in (live.question, *live.asked)]
    if not new:
        raise Refused("这篇知识已经有这个问法。" if any(given) else "请写上问法。")
    longer = replace(live, asked=(*live.asked, *new))
    _must_be_complete(longer)
    newest = tx.articles.newest(id)
    kept = tx.articles.put(longer, now=now)
    _record(tx, kept, "phrase", by, "；".join(new), now, new_id)
    if newest and newest.version != live.version and newest.status in ("draft", "review"):
        # Somebody is at a newer version: theirs stays the newest, with the ways of asking added.
        tx.articles.put(replace(newest, asked=tuple(dict.fromkeys((*newest.asked, *new)))), now=now)
    return kept


def import_batch(tx: Transaction, batch: Sequence[Article], *, by: str, source: str, now: datetime, new_id: NewId) -> None:
    """Keep what an import found, in the status it comes with. `source` names the file."""
    signed = [replace(article, edited_by=by, approved_by=by if article.status == "published" else "") for article in batch]
    kept = tx.articles.put_all(signed, now=now)
    tx.articles.add_events([ArticleEvent(new_id(), article.id, article.version, "import", by, source, now) for article in kept])


def publish_batch(tx: Transaction, ids: Sequence[str], *, by: str, two_person: bool, now: datetime, new_id: NewId) -> int:
    """Publish the newest versions of these, those that may be. Returns how many that were."""
    found = tx.articles.newest_of(ids, lock=True).values()
    ready = [a for a in found if a.status in ("draft", "review") and not problems(a) and not (two_person and a.edited_by == by)]
    if ready:
        tx.articles.publish_all(ready, approved_by=by)
        tx.articles.add_events([ArticleEvent(new_id(), article.id, article.version, "publish", by, "", now) for article in ready])
        for gap in tx.gaps.written_to({article.id for article in ready}):
            gaps.close(tx, gap.id, "mended", article_id=gap.article_id, by=by, now=now)
    return len(ready)


def draft_from_conversation(tx: Transaction, conversation_id: UUID, *, by: str, today: date, now: datetime, new_id: NewId) -> Article:
    """A draft of what a person answered here and what was asked before, without personal data; what the bot had no answer to becomes a
    way of asking. The same answer makes one draft. Raises Refused."""
    said = tx.messages.of(conversation_id, limit=RECENT)
    last = next((at for at in range(len(said) - 1, -1, -1) if said[at].author == "operator" and said[at].text.strip()), None)
    if last is None:
        raise Refused("先回复市民，再把回复存为知识草稿。")
    first = last
    while first > 0 and said[first - 1].author != "citizen":
        first -= 1
    asked = [m for m in said[:first] if m.author == "citizen" and m.via in ("typed", "speech") and m.text.strip()][-3:]
    if not asked:
        raise Refused("没有找到市民问的话。")
    id = f"a-{said[last].id.hex[-12:]}"
    if tx.articles.newest(id):
        raise Refused("这段答复已经存为知识草稿。")
    question = max((_impersonal(m.text) for m in asked), key=len)[:MAX_QUESTION]
    vain = [q.text for m in said[:last] if (q := tx.articles.question(m.id)) and q.article_id is None]
    others = dict.fromkeys(text for text in map(_impersonal, vain) if text != question and len(text) <= MAX_QUESTION)
    answer = "\n\n".join(mask_text(m.text.strip()) for m in said[first : last + 1] if m.author == "operator")
    answer = re.sub(r"^[您你]好[，,。！!\s]*", "", answer) or answer
    article = Article(id, 0, question, tuple(others), answer, "", "", "", "", today, status="draft")
    return save(tx, article, based_on=0, by=by, now=now, new_id=new_id, note="由人工答复存成草稿")


def _impersonal(text: str) -> str:
    """What was asked, without the clauses that hold personal data; all of it, masked, when there is no other."""
    text = " ".join(text.split())
    clauses = re.split(r"(?<=[，,。；;！!？?\s])", text)
    kept = "".join(clause for clause in clauses if mask_text(clause) == clause).strip("，,；; ")
    return kept or mask_text(text)


def _seen(tx: Transaction, id: str, version: int) -> Article:
    """The newest version, if it is the one that was looked at."""
    newest = tx.articles.newest(id)
    if newest is None:
        raise Refused("没有这篇知识。")
    if newest.version != version:
        raise Refused("这篇知识刚刚被别人改过，请看过最新的一版再操作。")
    return newest


_FROM: dict[EventKind, tuple[ArticleStatus, ...]] = {
    "submit": ("draft",), "send_back": ("review",), "publish": ("draft", "review", "retired"), "retire": ("published",),
}  # fmt: skip


def _move(tx: Transaction, article: Article, to: ArticleStatus, by: str, kind: EventKind, note: str, now: datetime, new_id: NewId) -> None:
    if article.status not in _FROM[kind] or not tx.articles.set_status(article, to, approved_by=by if to == "published" else article.approved_by):
        raise Refused("这篇知识刚刚被别人处理过，请看过最新的情况再操作。")
    _record(tx, article, kind, by, note, now, new_id)


def _must_be_complete(article: Article) -> None:
    if found := problems(article):
        raise Refused("".join(found))


def _record(tx: Transaction, article: Article, kind: EventKind, by: str, note: str, now: datetime, new_id: NewId) -> None:
    tx.articles.add_events([ArticleEvent(new_id(), article.id, article.version, kind, by, note, now)])
