"""A rehearsal: what would be found if the knowledge were a little different. Nothing is published for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hotline.articles import Article
from hotline.ports import Embedder
from knowledge_base.index import Index
from knowledge_base.search import Found, decide


class Rehearsal:
    """Answers as the knowledge base with these articles would."""

    def __init__(self, articles: Sequence[Article], embedder: Embedder, today: date) -> None:
        self._index = Index(articles, embedder, today=today)

    def find(self, question: str) -> Found:
        return decide(self._index.search(question))
