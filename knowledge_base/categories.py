"""Which category a request belongs to.

Without history: a kernel ridge regression on the names, descriptions and examples of the city's category tree, alike in characters
and in meaning; it is solved in a second at start. What dispatchers put right counts from the next request on: each corrected request is one more
text of its category beside the tree's, so it moves sentences that are near to it, a second like it moves them further, and others stay.
With history (`jiesu dispatch train`): what dispatchers decided; history decides among the categories it has seen, the tree among the rest.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import scipy.sparse as sp
import structlog
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve
from sklearn.feature_extraction.text import TfidfVectorizer

from hotline.city import City
from hotline.places import Gazetteer
from hotline.ports import Embedder
from knowledge_base.history import READ, Model, ModelUnusable

Scores = NDArray[np.float32]
# Chosen by leaving each example of the city folder out in turn (bench/dispatch.py): how much meaning counts beside characters, how
# closely the texts are followed, and how sharp the probabilities are.
BY_MEANING, LOOSENESS, SHARPNESS = 2.0, 1.0, 30.0
FIRST_CLAUSE = 0.5
"""How much the first clause of a text counts beside the whole."""
_SHORTEST_CLAUSE = 4
_TOLD_BEFORE = re.compile("(?:报|反映|反应|投诉|举报|说|找|打)过|打了.{0,3}[次遍回]")
"""我邻居也报过 says of no matter what it is."""
_CLAUSE = re.compile(r"[，,。；;！!？?\s]+")
MOST_CORRECTIONS = 500
"""The newest that count beside the tree; older ones are history's."""
_OVERLAP = timedelta(minutes=1)
"""What was written down while we last looked is found the next time."""
Correction = tuple[UUID, str, str, datetime]
Corrections = Callable[[datetime | None], Sequence[Correction]]
"""What dispatchers have put right since then (None: ever): see ports.Tickets.corrected."""
log = structlog.get_logger()


@dataclass(frozen=True)
class _Corrected:
    """Corrected requests as more texts beside the tree's, and the weights of both. `owners`: their categories, by ticket, the oldest first."""

    owners: dict[UUID, int]
    characters: sp.csr_matrix
    meanings: Scores
    to_tree: Scores
    """How alike each of them is to each of the tree's texts, and …"""
    through_tree: Scores
    """… what those already say of it."""
    of_tree: Scores
    own: Scores
    until: datetime


class CategoryGuesser:
    """Categories over the tree of the city folder and, when `model` exists, over history. A newer model is taken up by itself."""

    def __init__(
        self, city: City, embedder: Embedder, model: Path | None = None, building: Embedder | None = None, corrections: Corrections | None = None
    ) -> None:
        """`building`: embeds the tree, if another adapter of the model."""
        self._embedder, self._gazetteer = embedder, Gazetteer(city)
        self.codes = list(city.categories)
        texts: list[str] = []
        owners: list[int] = []
        self._examples: list[int] = []
        for at, category in enumerate(city.categories.values()):
            for text in (f"{category.level2} {category.level3}", category.description, *category.examples):
                if text in category.examples:
                    self._examples.append(len(texts))
                texts.append(text)
                owners.append(at)
        self._owners = np.array(owners)
        self._vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, dtype=np.float32)
        self._characters = self._vectorizer.fit_transform(texts)
        self._meanings = (building or embedder).encode(texts)
        alike = self._alike(self._characters, self._meanings)
        alike[np.diag_indices_from(alike)] += LOOSENESS
        factor = cho_factor(alike, overwrite_a=True)
        self._weights = np.asarray(cho_solve(factor, np.eye(len(self.codes), dtype=np.float32)[self._owners]), dtype=np.float32)
        self._corrections = corrections
        self._factor = factor if corrections else None  # 40 MB, with which a correction takes milliseconds
        self._corrected: _Corrected | None = None
        self._path, self._taken_up = model, 0.0
        self._lock = threading.Lock()
        self._history: Model | None = None

    def suggest(self, text: str, count: int) -> list[tuple[str, float]]:
        """See ports.Categories."""
        # Words of a place blur what it is about (花家地南里的电梯), but some tell it (地铁站的扶梯): both readings count alike. People say first
        # what it is, and then what came of it (电梯又坏了，我邻居昨天也打过电话): the first clause counts once more by itself.
        whole, first = [text, *self._without_place(text)], _first_clause(text)
        vectors = self._embedder.encode([*whole, *first])
        weights = np.array([1 / len(whole)] * len(whole) + [FIRST_CLAUSE] * len(first), dtype=np.float32)
        weights /= weights.sum()
        scores, corrected = self._scores([*whole, *first], vectors)
        probabilities = weights @ _sharp(scores)
        moved = weights @ _sharp(corrected) / np.maximum(probabilities, 1e-9) if corrected is not None else 1.0
        history = self._newest()
        if history is not None:
            probabilities = self._with_history(probabilities, dict(zip(history.labels, history.probabilities([text], vectors[:1])[0], strict=True)))
        probabilities = probabilities * moved
        probabilities /= probabilities.sum()
        best = np.argsort(-probabilities)[:count]
        return [(self.codes[at], round(float(probabilities[at]), 4)) for at in best]

    def left_out(self) -> tuple[NDArray[np.int64], Scores]:
        """For each example of the tree its category, and the probabilities if it had not stood there: how good the tree is by itself."""
        whole = np.eye(len(self.codes), dtype=np.float32)[self._owners]
        alike = self._alike(self._characters, self._meanings)
        alike[np.diag_indices_from(alike)] += LOOSENESS
        inverse = cho_solve(cho_factor(alike, overwrite_a=True), np.eye(len(whole), dtype=np.float32))
        without = whole - self._weights / np.diag(inverse)[:, None]  # the closed form of leaving one out
        return self._owners[self._examples], _sharp(without[self._examples])

    def _alike(self, characters: sp.csr_matrix, meanings: Scores, to: tuple[sp.csr_matrix, Scores] | None = None) -> Scores:
        """How alike each text is to each of the tree's, or of others."""
        others, meant = to or (self._characters, self._meanings)
        return np.asarray((characters @ others.T).toarray() + BY_MEANING * (meanings @ meant.T), dtype=np.float32)

    def _without_place(self, text: str) -> list[str]:
        """What is left of a text without its place, if it names one in the city for certain and says more than that."""
        place = self._gazetteer.find(text)
        if place is None or not (place.district_code or place.street_code):
            return []
        rest = text.replace(place.text, "", 1).lstrip("在的，。 ")
        return [rest] if rest else []

    def _scores(self, texts: list[str], vectors: Scores) -> tuple[Scores, Scores | None]:
        """By the tree alone, and with what dispatchers put right, if they did."""
        characters = self._vectorizer.transform(texts)
        alike = self._alike(characters, vectors)
        right = self._newest_corrections()
        corrected = alike @ right.of_tree + self._alike(characters, vectors, (right.characters, right.meanings)) @ right.own if right else None
        return alike @ self._weights, corrected

    def _newest_corrections(self) -> _Corrected | None:
        """What dispatchers put right until now; solved again when there is more of it."""
        if self._corrections is None:
            return None
        with self._lock:
            before = self._corrected
            found = self._corrections(before.until - _OVERLAP if before else None)
            news = [each for each in found if each[2] in self.codes and (before is None or before.owners.get(each[0]) != self.codes.index(each[2]))]
            if news:
                self._corrected = self._correct(before, news[-MOST_CORRECTIONS:])
            return self._corrected

    def _correct(self, before: _Corrected | None, news: Sequence[Correction]) -> _Corrected:
        """The same regression with the corrected requests beside the tree's texts. The tree's part is solved already, so only their own block is."""
        owners = before.owners if before else {}
        texts = {id: text[:READ] for id, text, _, _ in news if id not in owners}
        owners = {**owners, **{id: self.codes.index(code) for id, _, code, _ in news}}
        if texts:
            characters, meanings = self._vectorizer.transform(texts.values()), self._embedder.encode(list(texts.values()))
            to_tree = self._alike(characters, meanings)
            through_tree = cho_solve(self._factor, to_tree.T).T
            if before:
                characters, meanings = sp.vstack([before.characters, characters], format="csr"), np.vstack([before.meanings, meanings])
                to_tree, through_tree = np.vstack([before.to_tree, to_tree]), np.vstack([before.through_tree, through_tree])
            owners = dict(list(owners.items())[-MOST_CORRECTIONS:])
            characters, meanings, to_tree, through_tree = (each[-MOST_CORRECTIONS:] for each in (characters, meanings, to_tree, through_tree))
        else:
            assert before
            characters, meanings, to_tree, through_tree = before.characters, before.meanings, before.to_tree, before.through_tree
        wanted = np.eye(len(self.codes), dtype=np.float32)[list(owners.values())]
        between = self._alike(characters, meanings, (characters, meanings)) - through_tree @ to_tree.T
        between[np.diag_indices_from(between)] += LOOSENESS
        own = np.asarray(solve(between, wanted - to_tree @ self._weights, assume_a="pos"), dtype=np.float32)
        return _Corrected(owners, characters, meanings, to_tree, through_tree, self._weights - through_tree.T @ own, own, max(at for _, _, _, at in news))

    def _with_history(self, tree: Scores, seen: Mapping[str, float]) -> Scores:
        """History's probability of a label is shared among the categories below it as the tree would."""
        combined, covered = np.zeros_like(tree), np.zeros(len(tree), dtype=bool)
        for label, probability in seen.items():
            below = np.array([code.startswith(label) for code in self.codes]) if label.isdecimal() else np.zeros(len(tree), dtype=bool)
            if below.any():
                share = tree[below] / max(float(tree[below].sum()), 1e-9)
                combined[below] += probability * share
                covered |= below
        if not covered.any():
            return tree  # a model of other labels: good for measuring only
        unseen = float(tree[~covered].sum())  # how likely it is something that history has not seen, only the tree can tell
        combined *= (1 - unseen) / max(float(combined.sum()), 1e-9)
        combined[~covered] = tree[~covered]
        return combined

    def _newest(self) -> Model | None:
        """The model on disk, read again when it was trained anew."""
        if self._path is None or not self._path.exists():
            return None
        changed = self._path.stat().st_mtime
        with self._lock:
            if changed != self._taken_up:
                self._taken_up = changed
                try:
                    self._history = Model.load(self._path, self._embedder)
                    log.info("categories learnt from history", labels=len(self._history.labels), rows=self._history.rows)
                except ModelUnusable as error:  # the tree goes on alone
                    self._history = None
                    log.error("history can't be used", reason=str(error))
            return self._history


def _first_clause(text: str) -> list[str]:
    """The first clause that says something, of a text that has several."""
    clauses = [clause for clause in _CLAUSE.split(text) if len(clause) >= _SHORTEST_CLAUSE and not _TOLD_BEFORE.search(clause)]
    return clauses[:1] if len(clauses) > 1 else []


def _sharp(scores: Scores) -> Scores:
    powers = np.exp(SHARPNESS * (scores - scores.max(1, keepdims=True)))
    return np.asarray(powers / powers.sum(1, keepdims=True), dtype=np.float32)
