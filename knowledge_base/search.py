"""Answering a question: the article that answers it, a few it might mean, or honestly none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hotline.articles import Article
from hotline.ports import Embedder, Store
from knowledge_base.index import Hit, Index

ANSWER = 0.58
"""From this similarity on, the best article is the answer."""
MAYBE = 0.45
"""From this one on, it is offered as “did you mean”. Both measured by bench/knowledge.py."""
CLEAR = 0.03
"""How far ahead of the second the first must be to answer below CERTAIN."""
CERTAIN = 0.8


@dataclass(frozen=True, slots=True)
class Found:
    """`answer`, or else what it might mean (`maybe`, possibly empty). `score` is the best similarity."""

    answer: Article | None
    maybe: tuple[Article, ...]
    related: tuple[Article, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Explained:
    """Why an article stands where it does in the ranking of a question. `probability`: that it answers the question."""

    article: Article
    score: float
    probability: float
    views: Mapping[str, float]
    """Each view's own score, 0 to 1, by its name in Chinese."""
    phrasing: str
    """The way of asking that is nearest to the question in meaning."""
    why: str
    """The same as a Chinese sentence."""


class Knowledge:
    """The knowledge base as the dialogue sees it. Watches the store's revision and renews its index without a pause."""

    def __init__(self, store: Store, embedder: Embedder, *, timezone: ZoneInfo, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._embedder = embedder
        self._timezone = timezone
        self._clock = clock
        self._lock = threading.Lock()
        self._index = Index([], embedder, today=date.min, revision=-1)
        self.refresh()

    def refresh(self) -> bool:
        """Build a new index if articles changed or a day has begun. True if it did. Call it every second or two."""
        with self._lock:
            today = self._clock().astimezone(self._timezone).date()
            with self._store.reading() as tx:
                revision = tx.articles.revision()
                if revision == self._index.revision and today == self._index.today:
                    return False
                articles = tx.articles.all()
            self._index = Index(articles, self._embedder, today=today, revision=revision)
            return True

    def __len__(self) -> int:
        return len(self._index)

    def find(self, question: str) -> Found:
        """What the knowledge says to a question."""
        index = self._index
        return decide(index.search(question))

    def explain(self, question: str, count: int) -> list[Explained]:
        """The first `count` articles of the ranking, each with why it stands there."""
        explained = []
        for hit in self._index.search(question, count):
            views = {"语义": hit.dense, "字面": hit.lexical}
            scores = "，".join(f"{name} {score:.2f}" for name, score in views.items())
            explained.append(Explained(hit.article, hit.score, hit.dense, views, hit.article.question, f"最接近的问法：{hit.article.question}（{scores}）"))
        return explained


def decide(hits: list[Hit]) -> Found:
    """What a ranking means: an answer, a few that may be meant, or nothing."""
    if not hits:
        return Found(None, (), (), 0.0)
    similarity = max(hit.dense for hit in hits)
    if _answers(hits):
        return Found(hits[0].article, (), _related(hits[0].article, hits), similarity)
    return Found(None, tuple(hit.article for hit in hits[:3] if hit.dense >= MAYBE), (), similarity)


def _answers(hits: list[Hit]) -> bool:
    best = hits[0]
    if best.dense >= CERTAIN:
        return True
    ahead = len(hits) == 1 or best.score - hits[1].score >= CLEAR
    return best.dense >= ANSWER and ahead


def _related(article: Article, hits: list[Hit]) -> tuple[Article, ...]:
    """Two other questions: those the article names, if they were found valid, then the next best hits."""
    by_id = {hit.article.id: hit.article for hit in hits[1:]}
    named = [by_id[id] for id in article.related if id in by_id]
    others = [hit.article for hit in hits[1:] if hit.article not in named]
    return tuple((named + others)[:2])
