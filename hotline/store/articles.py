"""Articles with all their versions, their audit trail, and the questions that citizens asked of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, bindparam, case, exists, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from hotline.articles import Article, ArticleEvent, ArticleFile, ArticleStatus, AskedQuestion, Listed, Order, Usage, Wanted
from hotline.store import tables as t
from hotline.store.cipher import Cipher
from hotline.store.repositories import _as, _insert_or_ignore, next_value

AT_ONCE = 500
"""Articles asked for in one query: databases take only so many parameters."""


class SqlArticles:
    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._db = connection
        self._cipher = cipher

    # --- versions

    def put(self, article: Article, *, now: datetime) -> Article:
        return self.put_all([article], now=now)[0]

    def put_all(self, articles: Sequence[Article], *, now: datetime) -> list[Article]:
        c = t.articles.c
        ids = [article.id for article in articles]
        told = [article.id for article in articles if article.status in ("published", "retired")]
        if told:
            self._moved_on()
        # Whoever saves at the same moment waits here, so that two versions never get one number.
        next_value(self._db, "article versions")
        stored = select(c.id, func.max(c.version)).where(c.id.in_(ids)).group_by(c.id)
        last: dict[str, int] = {row[0]: row[1] for row in self._db.execute(stored)}
        kept = [replace(article, version=last.get(article.id, 0) + 1) for article in articles]
        if last:
            self._set(c.id.in_(ids), newest=False)
            self._set(and_(c.id.in_(told), c.status == "published"), status="retired")
        self._db.execute(insert(t.articles), [{**_columns(each), "newest": True, "saved_at": now} for each in kept])
        return kept

    def all(self) -> list[Article]:
        c = t.articles.c
        return [_article(row) for row in self._db.execute(select(t.articles).where(self._counts()).order_by(c.category, c.id))]

    def published(self, known: Iterable[Article]) -> list[Article]:
        c = t.articles.c
        found: dict[tuple[str, int], Article | None] = {(article.id, article.version): article for article in known}
        live = select(c.id, c.version).where(c.status == "published").order_by(c.category, c.id)
        keys = [(row.id, row.version) for row in self._db.execute(live)]
        missing = [key for key in keys if key not in found]
        for start in range(0, len(missing), AT_ONCE):
            ids = [id for id, _ in missing[start : start + AT_ONCE]]
            rows = self._db.execute(select(t.articles).where(c.id.in_(ids), c.status == "published"))
            found |= {(row.id, row.version): _article(row) for row in rows}
        return [article for key in keys if (article := found.get(key))]

    def get(self, id: str) -> Article | None:
        return self._one(t.articles.c.id == id, self._counts())

    def newest(self, id: str) -> Article | None:
        # By version, not by `newest`: SQLite would walk through the newest of all articles.
        row = self._db.execute(select(t.articles).where(t.articles.c.id == id).order_by(t.articles.c.version.desc()).limit(1)).one_or_none()
        return _article(row) if row else None

    def newest_of(self, ids: Collection[str], *, lock: bool = False) -> dict[str, Article]:
        c, later = t.articles.c, t.articles.alias()
        last = select(func.max(later.c.version)).where(later.c.id == c.id).scalar_subquery()
        query = select(t.articles).where(c.id.in_(ids), c.version == last)
        return {row.id: _article(row) for row in self._db.execute(query.with_for_update() if lock else query)}

    def version(self, id: str, version: int) -> Article | None:
        return self._one(t.articles.c.id == id, t.articles.c.version == version)

    def versions(self, id: str) -> list[Listed]:
        rows = self._db.execute(select(t.articles).where(t.articles.c.id == id).order_by(t.articles.c.version.desc())).all()
        live = next((row.version for row in rows if row.status == "published"), None)
        return [Listed(_article(row), row.saved_at, live) for row in rows]

    def find(self, wanted: Wanted, *, limit: int, offset: int) -> tuple[list[Listed], int]:
        c = t.articles.c
        fits = and_(c.newest, *self._wanted(wanted))
        live = t.articles.alias()
        is_live = select(live.c.version).where(live.c.id == c.id, live.c.status == "published").scalar_subquery()
        words = wanted.text.split()
        in_question = case((and_(*(c.question.icontains(word, autoescape=True) for word in words)), 0), else_=1) if words else None
        order = [*([in_question] if in_question is not None else []), *self._ordered(wanted.order)]
        query = select(t.articles, is_live.label("live")).where(fits).order_by(*order, c.saved_at.desc(), c.id).limit(limit).offset(offset)
        total = int(self._db.execute(select(func.count()).where(fits)).scalar_one())
        return [Listed(_article(row), row.saved_at, row.live) for row in self._db.execute(query)], total

    def values(self, field: str) -> list[str]:
        column = t.articles.c[field]
        return [value for value in self._db.execute(select(column).where(t.articles.c.newest).distinct().order_by(column)).scalars() if value]

    def set_status(self, article: Article, status: ArticleStatus, *, approved_by: str) -> bool:
        c = t.articles.c
        if "published" in (article.status, status):
            self._moved_on()
        if status == "published":
            self._set(and_(c.id == article.id, c.status == "published", c.version != article.version), status="retired")
        same = and_(c.id == article.id, c.version == article.version, c.status == article.status)
        return self._set(same, status=status, approved_by=approved_by) == 1

    def publish_all(self, articles: Sequence[Article], *, approved_by: str) -> None:
        c, ids = t.articles.c, [article.id for article in articles]
        self._moved_on()
        self._set(and_(c.id.in_(ids), c.status == "published"), status="retired")
        same = and_(c.id == bindparam("same_id"), c.version == bindparam("same_version"))
        change = update(t.articles).where(same).values(status="published", approved_by=approved_by)
        self._db.execute(change, [{"same_id": article.id, "same_version": article.version} for article in articles])

    def revision(self) -> int:
        return self._db.execute(select(t.counters.c.value).where(t.counters.c.series == "articles")).scalar_one_or_none() or 0

    def add_events(self, events: Sequence[ArticleEvent]) -> None:
        self._db.execute(insert(t.article_events), [asdict(event) for event in events])

    def events(self, *, article_id: str = "", kind: str = "", by: str = "", limit: int, offset: int = 0) -> list[ArticleEvent]:
        c = t.article_events.c
        given = [column == value for column, value in ((c.article_id, article_id), (c.kind, kind), (c.by, by)) if value]
        query = select(t.article_events).where(*given).order_by(c.at.desc(), c.id.desc()).limit(limit).offset(offset)
        return [_as(ArticleEvent, row) for row in self._db.execute(query)]

    # --- questions

    def add_question(self, question: AskedQuestion) -> None:
        values = asdict(question)
        values["text_sealed"] = self._cipher.seal_json(values.pop("text"))
        values["was_offered"] = bool(question.offered)
        _insert_or_ignore(self._db, t.asked_questions, **values)

    def question(self, id: UUID) -> AskedQuestion | None:
        row = self._db.execute(select(t.asked_questions).where(t.asked_questions.c.id == id)).one_or_none()
        return asked_question(row, self._cipher) if row else None

    def set_helpful(self, id: UUID, helpful: bool) -> None:
        self._db.execute(update(t.asked_questions).where(t.asked_questions.c.id == id).values(helpful=helpful))

    def question_counts(self, since: datetime) -> dict[str, int]:
        c = t.asked_questions.c
        query = select(func.count(), func.count(c.article_id), *_thumbs()).where(c.asked_at >= since)
        return dict(zip(("asked", "answered", "helpful", "unhelpful"), self._db.execute(query).one(), strict=True))

    def usage(self, ids: Sequence[str]) -> dict[str, Usage]:
        c = t.asked_questions.c
        query = select(c.article_id, func.count(), *_thumbs(), func.max(c.asked_at)).where(c.article_id.in_(ids)).group_by(c.article_id)
        return {id: Usage(*rest) for id, *rest in self._db.execute(query)}

    def asked_of(self, id: str, limit: int) -> list[str]:
        c = t.asked_questions.c
        query = select(c.text_sealed).where(c.article_id == id).order_by(c.asked_at.desc()).limit(limit)
        return [self._cipher.open_json(sealed) for sealed in self._db.execute(query).scalars()]

    # --- parts

    def _moved_on(self) -> None:
        next_value(self._db, "articles")

    def _set(self, where: ColumnElement[bool], **values: Any) -> int:
        return int(self._db.execute(update(t.articles).where(where).values(**values)).rowcount)

    def _one(self, *where: ColumnElement[bool]) -> Article | None:
        row = self._db.execute(select(t.articles).where(*where)).one_or_none()
        return _article(row) if row else None

    @staticmethod
    def _counts() -> ColumnElement[bool]:
        """The published version, or the newest of an article that has none."""
        c, other = t.articles.c, t.articles.alias()
        return or_(c.status == "published", and_(c.newest, ~exists().where(other.c.id == c.id, other.c.status == "published")))

    @staticmethod
    def _ordered(order: Order) -> list[ColumnElement[Any]]:
        asked = t.asked_questions.c.article_id == t.articles.c.id
        if order == "saved":
            return []
        if order == "expiring":
            return [t.articles.c.valid_until]
        if order == "unhelpful":
            return [select(_thumbs()[1]).where(asked).scalar_subquery().desc()]
        used = select(func.count(t.asked_questions.c.id)).where(asked).scalar_subquery()
        return [used.desc() if order == "used" else used]

    @staticmethod
    def _wanted(wanted: Wanted) -> list[ColumnElement[bool]]:
        c, asked = t.articles.c, t.asked_questions.c
        live = c.status == "published"
        found: list[ColumnElement[bool]] = [
            or_(*(field.icontains(word, autoescape=True) for field in (c.question, c.asked, c.answer, c.department, c.category, c.id)))
            for word in wanted.text.split()
        ]
        if wanted.status:
            found.append(c.status == wanted.status)
        if wanted.category:
            found.append(c.category == wanted.category)
        if wanted.department:
            found.append(c.department == wanted.department)
        if wanted.edited_by:
            found.append(c.edited_by == wanted.edited_by)
        if wanted.expires_before:
            found += [live, c.valid_until < wanted.expires_before]
        if wanted.unused_since:
            used = exists().where(asked.article_id == c.id, asked.asked_at >= wanted.unused_since)
            found += [live, c.saved_at < wanted.unused_since, ~used]
        if wanted.unhelpful:
            thumbs = [select(count).where(asked.article_id == c.id).scalar_subquery() for count in _thumbs()]
            found += [live, thumbs[1] > thumbs[0]]
        return found


def asked_question(row: Row[Any], cipher: Cipher) -> AskedQuestion:
    return _as(AskedQuestion, {**row._mapping, "text": cipher.open_json(row.text_sealed), "offered": tuple(row.offered)})


def _thumbs() -> tuple[ColumnElement[int], ColumnElement[int]]:
    helpful = t.asked_questions.c.helpful
    return func.count(case((helpful.is_(True), 1))), func.count(case((helpful.is_(False), 1)))


def _columns(article: Article) -> dict[str, Any]:
    files = [{**asdict(file), "id": str(file.id)} for file in article.files]
    # A way of asking is one line, so that lines keep them apart and the list can be searched.
    return {**asdict(article), "asked": "\n".join(" ".join(text.split()) for text in article.asked), "related": list(article.related), "files": files}


def _article(row: Row[Any]) -> Article:
    files = tuple(ArticleFile(UUID(file["id"]), file["name"], file["media_type"], file["size"]) for file in row.files)
    return _as(Article, {**row._mapping, "asked": tuple(row.asked.split("\n")) if row.asked else (), "related": tuple(row.related), "files": files})
