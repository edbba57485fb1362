"""From a ranking to a probability: that the first article answers the question.

Similarity alone can't tell a question that nobody wrote an article for, or a complaint, from one that is answered here. A
logistic regression over what the ranking shows can. It is fitted on the knowledge itself: each way of asking with itself
taken away (to be found) and with its whole article taken away (not to be found), and on sentences that are no questions.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hotline.ports import Embedder
from knowledge_base.index import SAME, Hit, Index
from knowledge_base.normalise import is_question, simplify

DEFAULT = Path(__file__).parent / "calibration.json"
"""Fitted on the sample knowledge with the packaged embedder. `jiesu knowledge train` fits one to a city's own."""
SAMPLE = 500
"""How many ways of asking it is fitted on, at most, each twice."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """`asking` reads from a message's vector whether it asks to be told something (rather than to have something done);
    `weights` belong to `_shows`, then the constant."""

    asking: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def read(cls, path: Path = DEFAULT) -> Calibration:
        values = json.loads(path.read_text(encoding="utf-8"))
        return cls(np.array(values["asking"]), np.array(values["weights"]))

    def write(self, path: Path) -> None:
        values = {"asking": [round(float(v), 4) for v in self.asking], "weights": [round(float(v), 4) for v in self.weights]}
        path.write_text(json.dumps(values) + "\n", encoding="utf-8")

    def asks(self, vector: NDArray[np.float32]) -> float:
        """How much a message's vector asks (above 0) or reports (below). 0 for a model that it was not fitted to."""
        # The first dimensions are the base model's, whatever a domain embedder adds.
        count = len(self.asking) - 1
        if len(vector) < count:
            return 0.0
        base = vector[:count] / max(float(np.linalg.norm(vector[:count])), 1e-9)
        return float(base @ self.asking[:-1] + self.asking[-1])

    def probability(self, question: str, vector: NDArray[np.float32], hits: Sequence[Hit], at: int = 0) -> float:
        """That the hit at `at` answers the question, 0 to 1."""
        if not hits:
            return 0.0
        if max(hits[at].characters, hits[at].sounds) > SAME:
            return 0.97
        shown = _shows(question, self.asks(vector), hits[at])
        return float(1 / (1 + np.exp(-(shown @ self.weights[:-1] + self.weights[-1]))))


def _shows(question: str, asks: float, hit: Hit) -> NDArray[np.float64]:
    # More of what the ranking shows (each view, the lead over the second) made it worse on questions of other people.
    return np.array([hit.score, asks, float(is_question(question))])


def fit(index: Index, embedder: Embedder, *, asking: Sequence[str], other: Sequence[str], base: int, today: date,
        progress: Callable[[str, float], None] = lambda _what, _share: None) -> Calibration:  # fmt: skip
    """Fit to an index. `asking`: questions, whatever about; `other`: sentences that ask for no information; `base`: how many of
    the embedder's first dimensions tell the two apart. Takes about a minute."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    articles = [article for article in index.articles() if article.is_valid(today)]
    known = [(article, text) for article in articles for text in (article.question, *article.asked)]
    asking = [*asking, *(text for _, text in known)]
    texts = [*asking, *other]
    vectors = np.concatenate([embedder.encode([simplify(t) for t in texts[at : at + 1000]])[:, :base] for at in range(0, len(texts), 1000)]).astype(np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    is_asking = np.array([1] * len(asking) + [0] * len(other))
    model = LogisticRegression(max_iter=2000, class_weight="balanced")
    # Each sentence as a model sees it that was not fitted on it, as it will be with citizens' sentences.
    asks = dict(zip(texts, cross_val_predict(model, vectors, is_asking, cv=5, method="decision_function"), strict=True))
    model.fit(vectors, is_asking)

    chance = random.Random(1)
    sample = chance.sample(known, min(SAMPLE, len(known)))
    tries: list[tuple[str, frozenset[str], int]] = []
    for article, text in sample:
        tries.append((text, frozenset([text]), 1))
        tries.append((text, frozenset((article.question, *article.asked)), 0))
    tries += [(text, frozenset(), 0) for text in chance.sample(list(other), min(SAMPLE, len(other)))]
    rows, truth = [], []
    for done, (text, without, label) in enumerate(tries):
        if hits := index.search(text, today=today, without=without):
            rows.append(_shows(text, float(asks[text]), hits[0]))
            truth.append(label)
        if done % 50 == 0:
            progress("calibration", done / len(tries))
    scaled = np.array(rows)
    mean, spread = scaled.mean(axis=0), np.maximum(scaled.std(axis=0), 1e-6)
    outer = LogisticRegression(class_weight="balanced").fit((scaled - mean) / spread, truth)
    weights = outer.coef_[0] / spread
    return Calibration(
        np.append(model.coef_[0], model.intercept_[0]), np.append(weights, outer.intercept_[0] - float(weights @ mean))
    )
