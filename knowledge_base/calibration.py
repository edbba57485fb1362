"""From a ranking to a probability: that the first article answers the question.

Similarity alone can't tell a question that nobody wrote an article for, or a complaint, from one that is answered here. A
logistic regression over what the ranking shows can. It is fitted on the knowledge itself: each way of asking with itself
taken away (to be found) and with its whole article taken away (not to be found); on questions whose article is known, or that are
known to have none; and on sentences that are no questions. What people asked counts more than the ways of asking, which are
shorter and surer.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.index import SAME, Hit, Index
from knowledge_base.normalise import LONG, is_question, without_courtesy

DEFAULT = Path(__file__).parent / "calibration.json"
"""Fitted on the sample knowledge with the packaged embedder (`python -m bench.calibrate`). `jiesu knowledge train` fits one to
a city's own."""
SAMPLE = 500
"""How many ways of asking it is fitted on, at most, each twice."""
_OWN = 0.1
"""What one of those counts beside a question that somebody asked. Chosen, with what `_shows` tells, in docs/benchmarks.md."""
_UNLIKE = 0.5
"""Less likeness than this to a question without an article tells nothing, as where none is known."""
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Calibration:
    """`weights` belong to `_shows`, then the constant."""

    weights: NDArray[np.float64]

    @classmethod
    def read(cls, path: Path = DEFAULT) -> Calibration:
        weights = np.array(json.loads(path.read_text(encoding="utf-8"))["weights"])
        # One that a city's training fitted to what an older release looked at says nothing about what this one looks at.
        return cls(weights) if len(weights) == _SHOWN + 1 else cls.read()

    def write(self, path: Path) -> None:
        path.write_text(json.dumps({"weights": [round(float(v), 4) for v in self.weights]}) + "\n", encoding="utf-8")

    def probability(self, question: str, hits: Sequence[Hit], at: int = 0) -> float:
        """That the hit at `at` answers the question, 0 to 1."""
        if not hits:
            return 0.0
        if max(hits[at].characters, hits[at].sounds) > SAME:
            return 0.97
        return float(1 / (1 + np.exp(-(_shows(question, hits[at]) @ self.weights[:-1] + self.weights[-1]))))


def _shows(question: str, hit: Hit) -> NDArray[np.float64]:
    question = without_courtesy(question)
    # A long question is less like any way of asking than a short one that means the same; of still longer ones, parts are
    # searched too. A near miss is as like a way of asking as a right question is, but often liker to another that was asked in
    # vain. The lead over the second, the other views and a classifier of questions and requests were tried beside these and told nothing more.
    return np.array([hit.score, hit.covered, float(is_question(question)), math.log1p(min(len(question), LONG)), hit.meaning, max(hit.unanswered, _UNLIKE)])


def fit(index: Index, *, other: Sequence[str], known: Sequence[tuple[str, str | None]], today: date,
        progress: Callable[[str, float], None] = lambda _what, _share: None) -> Calibration:  # fmt: skip
    """Fit to an index. `other`: sentences that ask for no information; `known`: questions with the id of the article that
    answers them, or None if there is none. Takes about a minute."""
    from sklearn.linear_model import LogisticRegression

    ways = {article.id: (article.question, *article.asked) for article in index.articles() if article.is_valid(today)}
    every = [(id, text) for id, texts in ways.items() for text in texts]
    chance = random.Random(1)
    none = dict.fromkeys([*(text for text, wanted in known if not wanted), *index.unanswered])
    tries: list[tuple[str, frozenset[str], str | None, float]] = [(text, frozenset([text]), None, 1.0) for text in none]
    tries += [(text, frozenset([text]), wanted, 1.0) for text, wanted in known if wanted and wanted in ways]
    for id, text in chance.sample(every, min(SAMPLE, len(every))):
        tries += [(text, frozenset([text]), id, _OWN), (text, frozenset(ways[id]), None, _OWN)]
    tries += [(text, frozenset(), None, 1.0) for text in chance.sample(list(other), min(SAMPLE, len(other)))]
    rows, truth, weighs = [], [], []
    for done, (text, without, wanted, weight) in enumerate(tries):
        if hits := index.search(text, today=today, without=without):
            rows.append(_shows(text, hits[0]))
            truth.append(hits[0].article.id == wanted)
            weighs.append(weight)
        if done % 50 == 0:
            progress("calibration", done / len(tries))
    scaled = np.array(rows)
    mean, spread = scaled.mean(axis=0), np.maximum(scaled.std(axis=0), 1e-6)
    model = LogisticRegression(class_weight="balanced").fit((scaled - mean) / spread, truth, sample_weight=weighs)
    weights = model.coef_[0] / spread
    return Calibration(np.append(weights, model.intercept_[0] - float(weights @ mean)))
