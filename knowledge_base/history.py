"""Learning from history which category, or which unit, a text belongs to: a linear model on characters and meaning.

Characters 1–3 as TF-IDF, once plain and once with those that tell the classes apart weighing more (Wang and Manning 2012, “Baselines
and bigrams”), joined with the sentence embedding; support vectors one against the rest. The rows that are likest vote beside them: the
same trouble told again goes where it went. How sure it may be is learnt from rows it has not seen. Figures: docs/benchmarks.md.
"""

from __future__ import annotations

import csv
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from hotline.city import City
from hotline.ports import Embedder

FORMAT = 2
FEWEST = 5
"""Rows that a label needs; rarer ones are left to the tree."""
FOLDS, FOLDS_OF_MUCH, MUCH = 5, 3, 2_000_000
"""Parts of the cross-validation; fewer from so many rows times labels on, where each takes minutes."""
MOST_WEIGHTS = 40_000_000
"""Characters times labels: keeps a model of hundreds of labels below 200 MB."""
MEANING = 0.3
"""How much the embedding weighs beside the characters, both of length one."""
TIGHTNESS = 3.0
"""How closely the rows are followed."""
MANY = 30
"""From so many labels on, one fit would take many minutes of tens of thousands of rows: the embedding is then read along its main axes only,
and the last digit of a weight is not waited for. The weights are stored for the whole embedding all the same."""
AXES, LAST_DIGIT = 64, 0.1
VOTERS, VOTE = 5, 0.5
"""How many rows vote, each as much as it is alike (0 to 1), and how much a vote counts beside the support vectors."""
MOST_REMEMBERED = 10_000_000
"""Characters of rows that are kept for the vote, the heaviest of each: at most 60 MB."""
AT_ONCE = 256
"""Texts that are compared with all rows at once."""
READ = 160
"""Characters of title and text that the embedding reads."""
Say = Callable[[str], None]


class HistoryRefused(ValueError):
    """The rows can't be learnt from. `str(error)` says which and why."""


class ModelUnusable(ValueError):
    """A stored model does not fit this version or this embedder."""


@dataclass(frozen=True, slots=True)
class Row:
    """A text as the model reads it, and where it belongs."""

    text: str
    label: str


@dataclass(frozen=True)
class Fit:
    """What was learnt from counted texts: the weights of characters and embedding for each label, and the texts themselves for the vote."""

    rarity: NDArray[np.float32]
    telling: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    characters: sp.csr_matrix
    """The heaviest of each text, weighed as `_characters` does."""
    meanings: NDArray[np.float32]
    """The texts' embeddings."""
    owners: NDArray[np.int64]
    """Their labels, by their places."""

    def decisions(self, counts: sp.csr_matrix, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """How much speaks for each label; `vectors` are the embeddings of the counted texts."""
        characters = _characters(counts, self.rarity, self.telling)
        scores = _joined(characters, vectors) @ self.weights + self.bias
        most = min(VOTERS, len(self.owners))
        for begin in range(0, len(scores), AT_ONCE):
            here = slice(begin, begin + AT_ONCE)
            alike = (characters[here] @ self._by_character).toarray() + MEANING**2 * (vectors[here] @ self.meanings.T)
            nearest = np.argpartition(-alike, most - 1, axis=1)[:, :most]
            likeness = np.maximum(np.take_along_axis(alike, nearest, 1), 0) / (1 + MEANING**2)
            np.add.at(scores[here], (np.arange(len(nearest))[:, None], self.owners[nearest]), VOTE * likeness)
        return np.asarray(scores, dtype=np.float32)

    @cached_property
    def _by_character(self) -> sp.csr_matrix:
        """Turned once: of 40,000 texts it takes a fifth of a second."""
        return self.characters.T.tocsr()


@dataclass
class Model:
    """A trained model. `labels` are codes of categories (of any level), ids of units, or whatever the rows named."""

    labels: list[str]
    rows: int
    embedder: str
    vocabulary: NDArray[np.str_]
    fit: Fit
    sharpness: float

    def probabilities(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """How likely each label is for each text; `vectors` are their embeddings."""
        return _softmax(self.sharpness * self.fit.decisions(self._counter.transform([plain(t) for t in texts]), vectors))

    @cached_property
    def _counter(self) -> CountVectorizer:
        """Made once: of 135,000 grams it takes a third of a second."""
        return _counter(vocabulary={str(gram): at for at, gram in enumerate(self.vocabulary)})

    def save(self, path: Path) -> None:
        """Write it in one piece: whoever reads meanwhile reads the old one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        fit, kept = self.fit, self.fit.characters
        np.savez_compressed(
            part, format=FORMAT, labels=np.array(self.labels), rows=self.rows, embedder=self.embedder, vocabulary=self.vocabulary, rarity=fit.rarity,
            telling=fit.telling, weights=fit.weights.astype(np.float16), bias=fit.bias, characters=kept.data.astype(np.float16), columns=kept.indices,
            ends=kept.indptr, meanings=fit.meanings.astype(np.float16), owners=fit.owners, sharpness=self.sharpness,
        )  # fmt: skip
        part.replace(path)

    @classmethod
    def load(cls, path: Path, embedder: Embedder) -> Model:
        """Raises ModelUnusable."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                if int(stored["format"]) != FORMAT or str(stored["embedder"]) != embedder.name:
                    raise ModelUnusable("It was made by another version or with another embedder: train again.")
                kept = (stored["characters"].astype(np.float32), stored["columns"], stored["ends"])
                characters = sp.csr_matrix(kept, shape=(len(stored["owners"]), len(stored["vocabulary"])))
                weights, meanings = stored["weights"].astype(np.float32), stored["meanings"].astype(np.float32)
                fit = Fit(stored["rarity"], stored["telling"], weights, stored["bias"], characters, meanings, stored["owners"])
                labels = [str(label) for label in stored["labels"]]
                return cls(labels, int(stored["rows"]), str(stored["embedder"]), stored["vocabulary"], fit, float(stored["sharpness"]))
        except (OSError, KeyError, ValueError) as error:
            if isinstance(error, ModelUnusable):
                raise
            raise ModelUnusable(f"{path.name} can't be read: train again.") from error


def rows_of(path: Path) -> int:
    """How many rows a stored model has learnt from; none if there is none that can be read."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return int(stored["rows"])
    except (OSError, KeyError, ValueError):
        return 0


@dataclass(frozen=True)
class Report:
    """How well labels were found for rows the model had not seen."""

    labels: list[str]
    confusion: NDArray[np.int64]
    """Rows are the true labels, columns what was said."""

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.confusion) / max(self.confusion.sum(), 1))

    @property
    def macro_f1(self) -> float:
        return float(np.mean([f1 for _, _, f1 in self.by_label]))

    @property
    def by_label(self) -> list[tuple[float, float, float]]:
        """Precision, recall and F1 of each label."""
        right, said, true = np.diag(self.confusion), self.confusion.sum(0), self.confusion.sum(1)
        precision, recall = right / np.maximum(said, 1), right / np.maximum(true, 1)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        return [(float(p), float(r), float(f)) for p, r, f in zip(precision, recall, f1, strict=True)]

    def lines(self, name: Callable[[str], str]) -> Iterator[str]:
        """As Markdown: figures by label, and a confusion table (of many labels, only what is confused most)."""
        yield f"{int(self.confusion.sum())} rows, {len(self.labels)} labels: accuracy {self.accuracy:.3f}, macro-F1 {self.macro_f1:.3f}\n"
        yield "| label | rows | precision | recall | F1 |\n|---|---|---|---|---|"
        for at, (precision, recall, f1) in enumerate(self.by_label):
            yield f"| {name(self.labels[at])} | {self.confusion[at].sum()} | {precision:.3f} | {recall:.3f} | {f1:.3f} |"
        if len(self.labels) <= 12:
            yield "\n| true \\ said | " + " | ".join(map(name, self.labels)) + " |\n|" + "---|" * (len(self.labels) + 1)
            yield from (f"| {name(label)} | " + " | ".join(map(str, row)) + " |" for label, row in zip(self.labels, self.confusion, strict=True))
            return
        yield "\n| true | said | rows |\n|---|---|---|"
        wrong = self.confusion - np.diag(np.diag(self.confusion))
        for flat in np.argsort(-wrong, axis=None)[:20]:
            true, said = divmod(int(flat), len(self.labels))
            if wrong[true, said]:
                yield f"| {name(self.labels[true])} | {name(self.labels[said])} | {wrong[true, said]} |"


def read_rows(path: Path, city: City) -> tuple[str, list[Row]]:
    """`category` or `unit`, and the rows of a CSV file with columns text, title (may be missing) and one of those. Raises HistoryRefused."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = set(reader.fieldnames or ())
            kind = next((kind for kind in ("category", "unit") if kind in columns), None)
            if "text" not in columns or kind is None:
                raise HistoryRefused(f"{path.name} needs the columns text and category (or unit), and may have title. It has: {', '.join(sorted(columns)) or 'none'}.")
            rows = []
            for number, row in enumerate(reader, 2):
                text, label = f"{row.get('title') or ''}\n{row['text'] or ''}".strip(), (row[kind] or "").strip()
                if not text or not label:
                    raise HistoryRefused(f"{path.name}, line {number}: text and {kind} must not be empty.")
                rows.append(Row(text, resolve(city, kind, label)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HistoryRefused(f"{path} can't be read as CSV in UTF-8: {error}") from error
    return kind, rows


def resolve(city: City, kind: str, label: str) -> str:
    """A label as the city knows it: the code of a category of any level, or the id of a unit. Others stay as they are."""
    if kind == "unit":
        return next((unit.id for unit in city.units.values() if label in (unit.id, unit.name)), label)
    if label.isdecimal():
        return label
    for category in city.categories.values():
        for digits, names in ((6, (category.level3, category.path)), (4, (category.level2,)), (2, (category.level1,))):
            if label in names:
                return category.code[:digits]
    return label


def train(rows: Sequence[Row], embedder: Embedder, say: Say) -> tuple[Model, Report]:
    """Learn from rows, and report how well that works for rows left out. Raises HistoryRefused."""
    counted = Counter(row.label for row in rows)
    labels = sorted(label for label, n in counted.items() if n >= FEWEST)
    if rare := len(counted) - len(labels):
        say(f"{rare} labels have fewer than {FEWEST} rows and are left out.")
    if len(labels) < 2:
        raise HistoryRefused(f"There is nothing to learn: two labels with at least {FEWEST} rows each are needed.")
    kept = [row for row in rows if row.label in set(labels)]
    true = np.array([labels.index(row.label) for row in kept])
    say(f"{len(kept)} rows, {len(labels)} labels. Counting characters …")
    counts, vocabulary = _count([plain(row.text) for row in kept], MOST_WEIGHTS // len(labels))
    vectors = encode([row.text for row in kept], embedder, say)
    decisions = np.zeros((len(kept), len(labels)), dtype=np.float32)
    folds = min(FOLDS_OF_MUCH if len(kept) * len(labels) > MUCH else FOLDS, min(counted[label] for label in labels))
    for number, (seen, left_out) in enumerate(StratifiedKFold(folds, shuffle=True, random_state=0).split(counts, true), 1):
        say(f"Cross-validation {number} of {folds} …")
        decisions[left_out] = _fit(counts[seen], vectors[seen], true[seen], len(labels)).decisions(counts[left_out], vectors[left_out])
    say("Learning from all rows …")
    fit = _fit(counts, vectors, true, len(labels))
    model = Model(labels, len(kept), embedder.name, vocabulary, fit, _sharpness(decisions, true))
    return model, _report(labels, true, decisions.argmax(1))


def evaluate(model: Model, rows: Sequence[Row], embedder: Embedder, say: Say) -> Report:
    """How well a model finds the labels of other rows; a label that it has never seen counts as not found."""
    labels = sorted({*model.labels, *(row.label for row in rows)})
    vectors = encode([row.text for row in rows], embedder, say)
    said = [labels.index(model.labels[at]) for at in model.probabilities([row.text for row in rows], vectors).argmax(1)]
    report = _report(labels, np.array([labels.index(row.label) for row in rows]), np.array(said))
    present = np.flatnonzero(report.confusion.sum(1) + report.confusion.sum(0))
    return Report([labels[at] for at in present], report.confusion[np.ix_(present, present)])


def encode(texts: Sequence[str], embedder: Embedder, say: Say) -> NDArray[np.float32]:
    """The embeddings of texts, telling how far it is."""
    parts = []
    for begin in range(0, len(texts), 2048):
        say(f"Reading meanings: {begin} of {len(texts)} …")
        parts.append(np.asarray(embedder.encode([text[:READ] for text in texts[begin : begin + 2048]]), dtype=np.float32))
    return np.vstack(parts)


def plain(text: str) -> str:
    """Blanks away and numbers all alike: they tell nothing of the category. A title, which is the first line, counts three times."""
    title, line, rest = text.partition("\n")
    return re.sub(r"\d+", "0", re.sub(r"\s+", "", f"{title * 3}{rest}" if line else title))


def _counter(**given: Any) -> CountVectorizer:
    return CountVectorizer(analyzer="char", ngram_range=(1, 3), dtype=np.float32, **given)


def _count(texts: Sequence[str], most: int) -> tuple[sp.csr_matrix, NDArray[np.str_]]:
    counter = _counter(min_df=min(3, max(1, len(texts) // 50)), max_features=most)
    counts = counter.fit_transform(texts)
    return counts, counter.get_feature_names_out().astype(str)


def _fit(counts: sp.csr_matrix, vectors: NDArray[np.float32], true: NDArray[np.int64], labels: int) -> Fit:
    present = (counts > 0).astype(np.float32)
    rarity = np.asarray(np.log((1 + counts.shape[0]) / (1 + present.sum(0))) + 1, dtype=np.float32).ravel()
    telling = np.zeros(counts.shape[1], dtype=np.float32)
    whole = np.asarray(present.sum(0)).ravel()
    for label in range(labels):
        inside = np.asarray(present[true == label].sum(0)).ravel() + 0.5
        outside = whole - inside + 1
        telling = np.maximum(telling, np.abs(np.log((inside / inside.sum()) / (outside / outside.sum()))).astype(np.float32))
    axes = np.linalg.svd(vectors[:: max(1, len(vectors) // 4000)], full_matrices=False)[2][:AXES].T if labels > MANY else None
    characters = _characters(counts, rarity, telling)
    features = _joined(characters, vectors if axes is None else vectors @ axes)
    classifier = LinearSVC(C=TIGHTNESS, class_weight="balanced", max_iter=300, tol=1e-4 if axes is None else LAST_DIGIT, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 300 rounds are enough, whatever the last digit
        classifier.fit(features, true)
    weights, bias = classifier.coef_.T, classifier.intercept_
    if axes is not None:
        weights = np.vstack([weights[: counts.shape[1]], axes @ weights[counts.shape[1] :]])
    if labels == 2:
        weights, bias = np.hstack([-weights, weights]), np.hstack([-bias, bias])
    remembered = _heaviest(characters, MOST_REMEMBERED // len(true))
    return Fit(rarity, telling, weights.astype(np.float32), bias.astype(np.float32), remembered, vectors, true)


def _heaviest(rows: sp.csr_matrix, most: int) -> sp.csr_matrix:
    """The heaviest characters of each row, at most so many."""
    kept = rows.copy()
    for begin, end in zip(kept.indptr[:-1], kept.indptr[1:], strict=True):
        row = kept.data[begin:end]
        if len(row) > most:
            row[np.argpartition(row, -most)[:-most]] = 0
    kept.eliminate_zeros()
    return kept


def _characters(counts: sp.csr_matrix, rarity: NDArray[np.float32], telling: NDArray[np.float32]) -> sp.csr_matrix:
    damped = counts.copy()
    damped.data = 1 + np.log(damped.data)
    # One weight a feature: both views of a character are added, not set side by side, which halves the model.
    return normalize(normalize(damped @ sp.diags(rarity)) + normalize(damped @ sp.diags(telling)))


def _joined(characters: sp.csr_matrix, vectors: NDArray[np.float32]) -> sp.csr_matrix:
    return sp.hstack([characters, sp.csr_matrix(MEANING * vectors)], format="csr", dtype=np.float32)


def _sharpness(decisions: NDArray[np.float32], true: NDArray[np.int64]) -> float:
    """The factor under which rows left out are likeliest: probabilities that mean what they say."""

    def surprise(factor: float) -> float:
        return float(-np.mean(np.log(_softmax(factor * decisions)[np.arange(len(true)), true] + 1e-12)))

    return float(min((0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 10, 14), key=surprise))


def _softmax(scores: NDArray[Any]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max(1, keepdims=True), dtype=np.float64)
    return np.asarray(powers / powers.sum(1, keepdims=True))


def _report(labels: list[str], true: Iterable[int], said: Iterable[int]) -> Report:
    confusion = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(confusion, (np.asarray(list(true)), np.asarray(list(said))), 1)
    return Report(labels, confusion)
