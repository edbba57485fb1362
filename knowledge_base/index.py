"""The index: an immutable snapshot of all valid articles that can be searched by meaning (FAISS) and by characters (TF-IDF).

A change of the knowledge makes a new snapshot, which then takes the old one's place in one assignment: a reader has the
old one or the new one, never half of one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import faiss
import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from hotline.articles import Article
from hotline.ports import Embedder

DENSE, LEXICAL = 0.7, 0.3
"""Weights of the two views. A weighted sum beat reciprocal-rank fusion on every set we measured."""
CANDIDATES = 60
"""Phrasings taken from each view before articles are scored in full."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found. `score` ranks; `dense`, the similarity in meaning, decides whether it is an answer at all."""

    article: Article
    score: float
    dense: float
    lexical: float


def normalise(text: str) -> str:
    """Text as it is compared: full-width made half-width, lower case, without punctuation and blanks."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())


class Index:
    """Search over the articles that are valid on `today`."""

    def __init__(self, articles: Sequence[Article], embedder: Embedder, *, today: date, revision: int = 0) -> None:
        self.revision = revision
        self.today = today
        self._embedder = embedder
        self._articles = [a for a in articles if a.is_valid(today)]
        phrasings = [(at, text) for at, a in enumerate(self._articles) for text in (a.question, *a.asked)]
        self._owner = np.array([at for at, _ in phrasings], dtype=np.int64)
        texts = [text for _, text in phrasings]
        self._vectors: NDArray[np.float32] = (
            embedder.encode(texts) if texts else np.zeros((0, embedder.dimension), dtype=np.float32)
        )
        self._dense = faiss.IndexFlatIP(embedder.dimension)
        self._dense.add(self._vectors)
        self._characters = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)
        self._lexical = self._characters.fit_transform([normalise(text) for text in texts]).tocsr() if texts else None

    def __len__(self) -> int:
        return len(self._articles)

    def search(self, question: str, count: int = 5) -> list[Hit]:
        """The best articles for a question, best first. Empty when there are no articles or there is nothing to compare."""
        text = normalise(question)
        if self._lexical is None or not text:
            return []
        vector = self._embedder.encode([question])[0]
        _similarities, nearest = self._dense.search(vector[None, :], min(CANDIDATES, len(self._owner)))
        lexical = np.asarray((self._lexical @ self._characters.transform([text]).T).todense()).ravel()
        shared = np.argsort(-lexical)[:CANDIDATES]
        articles = set(self._owner[nearest[0]]) | set(self._owner[shared])
        hits = []
        for at in articles:
            of_article = np.flatnonzero(self._owner == at)
            dense = self._vectors[of_article] @ vector
            dense_score, lexical_score = _blend(dense), _blend(lexical[of_article])
            score = DENSE * dense_score + LEXICAL * lexical_score
            hits.append(Hit(self._articles[at], float(score), float(dense.max()), float(lexical[of_article].max())))
        return sorted(hits, key=lambda hit: hit.score, reverse=True)[:count]


def _blend(similarities: NDArray[np.float32]) -> float:
    """Half the best phrasing, half the mean of the best few: better than either alone, and a stray phrasing can't decide."""
    best = np.sort(similarities)[::-1][:3]
    return float(0.5 * best[0] + 0.5 * best.mean())
