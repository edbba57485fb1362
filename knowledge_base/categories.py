"""Which category a request belongs to.

Without history: a kernel ridge regression on the names, descriptions and examples of the city's category tree, alike in characters
and in meaning; it is solved in a second at start. With it
(`jiesu dispatch train`): what dispatchers decided; history decides among the categories it has seen, the tree among the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from sklearn.feature_extraction.text import TfidfVectorizer

from hotline.city import City
from hotline.places import Gazetteer
from hotline.ports import Embedder
from knowledge_base.history import Model, ModelUnusable

Scores = NDArray[np.float32]
# Chosen by leaving each example of the city folder out in turn (bench/dispatch.py): how much meaning counts beside characters, how
# closely the texts are followed, and how sharp the probabilities are.
BY_MEANING, LOOSENESS, SHARPNESS = 2.0, 1.0, 30.0
log = structlog.get_logger()


class CategoryGuesser:
    """Categories over the tree of the city folder and, when `model` exists, over history. A newer model is taken up by itself."""

    def __init__(self, city: City, embedder: Embedder, model: Path | None = None, building: Embedder | None = None) -> None:
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
        self._weights = self._solved(np.eye(len(self.codes), dtype=np.float32)[self._owners])
        self._path, self._taken_up = model, 0.0
        self._lock = threading.Lock()
        self._history: Model | None = None

    def suggest(self, text: str, count: int) -> list[tuple[str, float]]:
        """See ports.Categories."""
        texts = [text, *self._without_place(text)]
        vectors = self._embedder.encode(texts)
        # Words of a place blur what it is about (花家地南里的电梯), but some tell it (地铁站的扶梯): both readings count alike.
        probabilities = self._without_history(texts, vectors).mean(0)
        history = self._newest()
        if history is not None:
            probabilities = self._with_history(probabilities, dict(zip(history.labels, history.probabilities([text], vectors[:1])[0], strict=True)))
        best = np.argsort(-probabilities)[:count]
        return [(self.codes[at], round(float(probabilities[at]), 4)) for at in best]

    def left_out(self) -> tuple[NDArray[np.int64], Scores]:
        """For each example of the tree its category, and the probabilities if it had not stood there: how good the tree is by itself."""
        whole = np.eye(len(self.codes), dtype=np.float32)[self._owners]
        inverse = self._solved(np.eye(len(whole), dtype=np.float32))
        without = whole - self._weights / np.diag(inverse)[:, None]  # the closed form of leaving one out
        return self._owners[self._examples], _sharp(without[self._examples])

    def _solved(self, wanted: Scores) -> Scores:
        """The weights with which the texts come to what is wanted of each. What is solved is not kept: it is large."""
        alike = (self._characters @ self._characters.T).toarray() + BY_MEANING * (self._meanings @ self._meanings.T)
        alike[np.diag_indices_from(alike)] += LOOSENESS
        return np.asarray(cho_solve(cho_factor(alike, overwrite_a=True), wanted), dtype=np.float32)

    def _without_place(self, text: str) -> list[str]:
        """What is left of a text without its place, if it names one in the city for certain and says more than that."""
        place = self._gazetteer.find(text)
        if place is None or not (place.district_code or place.street_code):
            return []
        rest = text.replace(place.text, "", 1).lstrip("在的，。 ")
        return [rest] if rest else []

    def _without_history(self, texts: list[str], vectors: Scores) -> Scores:
        characters = (self._vectorizer.transform(texts) @ self._characters.T).toarray()
        alike = characters + BY_MEANING * (vectors @ self._meanings.T)
        return _sharp(alike @ self._weights)

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


def _sharp(scores: Scores) -> Scores:
    powers = np.exp(SHARPNESS * (scores - scores.max(1, keepdims=True)))
    return np.asarray(powers / powers.sum(1, keepdims=True), dtype=np.float32)
