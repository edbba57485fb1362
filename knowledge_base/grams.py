"""Texts by the single characters and pairs they share: an inverted index whose search stays quick however many there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

POSTINGS = 150_000
"""The most entries that one view reads for a message, rarest grams first: about 1 ms. The rest are grams that nearly every text has."""
_CHUNK = 20_000
"""Texts cut into grams at a time, so that building takes little memory."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """The grams of several texts, one text after the other, what each gram weighs in its text, and how many grams each text has."""

    grams: NDArray[np.uint64]
    weights: NDArray[np.float32]
    lengths: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Kind:
    """How texts are weighed. `saturation` and `length` are k1 and b of BM25; `rarity` is the power of the inverse document
    frequency. `cosine`: scores are cosines, for short texts; otherwise shares of the question's weight found in a text."""

    cosine: bool
    saturation: float = 1.2
    length: float = 0.0
    rarity: float = 1.0


SHORT = Kind(cosine=True)
"""Questions, compared with questions."""
LONG = Kind(cosine=False, saturation=2.0, length=1.0, rarity=2.0)
"""Bodies of text. Chosen on letters to a city and its replies: rare names decide, so their weight is squared."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many texts have each gram, and what a text is like. A small index borrows those of the large one beside it."""

    grams: NDArray[np.uint64]
    counts: NDArray[np.int64]
    texts: int
    mean_length: float

    def rarity(self, grams: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Inverse document frequency: ln((texts + 1) / (count + ½)). A gram nobody has is the rarest."""
        return np.asarray(np.log((self.texts + 1) / (self.count(grams) + 0.5)).clip(min=0.05), dtype=np.float64)

    def count(self, grams: NDArray[np.uint64]) -> NDArray[np.int64]:
        """How many texts have each of these grams."""
        if not len(self.grams):
            return np.zeros(len(grams), dtype=np.int64)
        at = np.minimum(np.searchsorted(self.grams, grams), len(self.grams) - 1)
        return np.where(self.grams[at] == grams, self.counts[at], 0)


class Grams:
    """An immutable index over texts, which must be plain. `scores` gives every text's likeness to another one, 0 to 1."""

    def __init__(self, texts: Sequence[str], kind: Kind, statistics: Statistics | None = None) -> None:
        self._kind = kind
        self._count = len(texts)
        chunks = [_cut(texts[start : start + _CHUNK], start) for start in range(0, len(texts), _CHUNK)]
        grams = np.concatenate([chunk[0] for chunk in chunks]) if chunks else np.zeros(0, dtype=np.uint64)
        owners = np.concatenate([chunk[1] for chunk in chunks]) if chunks else np.zeros(0, dtype=np.int32)
        times = np.concatenate([chunk[2] for chunk in chunks]) if chunks else np.zeros(0, dtype=np.float32)
        del chunks
        order = np.argsort(grams, kind="stable")
        grams, owners, times = grams[order], owners[order], times[order]
        del order
        self._grams, self._starts = np.unique(grams, return_index=True)
        del grams
        self._starts = np.append(self._starts, len(owners))
        lengths = np.bincount(owners, weights=times, minlength=self._count)
        held = np.diff(self._starts)
        self.statistics = statistics or Statistics(self._grams, held, self._count, float(lengths.mean()) if self._count else 1.0)
        k, b = kind.saturation, kind.length
        scale = k * (1 - b + b * lengths / max(self.statistics.mean_length, 1e-9))
        weights = times * (k + 1) / (times + scale[owners])
        if kind.cosine:
            weights *= np.repeat(self.statistics.rarity(self._grams) ** kind.rarity, held)
            norms = np.sqrt(np.bincount(owners, weights=weights**2, minlength=self._count))
            weights /= np.maximum(norms, 1e-9)[owners]
        self._owners = owners.astype(np.int32)
        self._weights = weights.astype(np.float32)
        # The same the other way round, for texts that are compared with each other.
        self._rows = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=self._count))])
        order = np.argsort(self._owners, kind="stable") if kind.cosine else np.zeros(0, dtype=np.int64)
        self._numbers = np.repeat(np.arange(len(held), dtype=np.int32), held)[order]
        self._row_weights = self._weights[order]

    def scores(self, text: str, most: int = POSTINGS) -> NDArray[np.float32]:
        """Every text's score. `most`: how many entries may be read."""
        grams, _, times = _cut([text], 0)
        if not len(grams) or not len(self._grams):
            return np.zeros(self._count, dtype=np.float32)
        k = self._kind.saturation
        asked = self.statistics.rarity(grams) ** self._kind.rarity * (times * (k + 1) / (times + k))
        whole = float(np.sqrt((asked**2).sum())) if self._kind.cosine else float(asked.sum()) * (k + 1)
        at = np.minimum(np.searchsorted(self._grams, grams), len(self._grams) - 1)
        known = self._grams[at] == grams
        at, asked = at[known], asked[known]
        sizes = self._starts[at + 1] - self._starts[at]
        order = np.argsort(sizes, kind="stable")
        order = order[np.cumsum(sizes[order]) <= max(most, int(sizes.min(initial=0)))]
        slices = [slice(self._starts[i], self._starts[i + 1]) for i in at[order]]
        if not slices:
            return np.zeros(self._count, dtype=np.float32)
        owners = np.concatenate([self._owners[s] for s in slices])
        weights = np.concatenate([self._weights[s] for s in slices]) * np.repeat(asked[order] / max(whole, 1e-9), sizes[order])
        return np.bincount(owners, weights=weights, minlength=self._count).astype(np.float32)


    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Plain texts, which need not be among these, weighed as those are. For cosines."""
        grams, owners, times = _cut(texts, 0)
        order = np.argsort(owners, kind="stable")
        grams, owners, times = grams[order], owners[order], times[order]
        k = self._kind.saturation
        weights = self.statistics.rarity(grams) ** self._kind.rarity * (times * (k + 1) / (times + k))
        norms = np.sqrt(np.bincount(owners, weights=weights**2, minlength=len(texts)))
        weights /= np.maximum(norms, 1e-9)[owners]
        return Vectors(grams, weights.astype(np.float32), np.bincount(owners, minlength=len(texts)))

    def rows(self, rows: NDArray[np.int64]) -> Vectors:
        """Some of the texts, which must be `SHORT`."""
        lengths = self._rows[rows + 1] - self._rows[rows]
        entries = np.repeat(self._rows[rows] - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
        return Vectors(self._grams[self._numbers[entries]], self._row_weights[entries], lengths)

    def has(self, at: int, grams: NDArray[np.uint64]) -> NDArray[np.bool]:
        """Which of these grams one of the texts has."""
        if not len(self._grams):
            return np.zeros(len(grams), dtype=np.bool)
        places = np.searchsorted(self._grams, grams).clip(max=len(self._grams) - 1)
        return np.array([self._grams[p] == gram and self._owned(int(p), at) for p, gram in zip(places, grams, strict=True)], dtype=np.bool)

    def _owned(self, gram: int, at: int) -> bool:
        owners = self._owners[self._starts[gram] : self._starts[gram + 1]]
        place = int(owners.searchsorted(at))
        return place < len(owners) and bool(owners[place] == at)


def cosines(several: Sequence[Vectors]) -> NDArray[np.float32]:
    """How alike each two of all these texts are: a matrix of cosines."""
    grams, columns = np.unique(np.concatenate([each.grams for each in several]), return_inverse=True)
    ends = np.cumsum(np.concatenate([[0], *(each.lengths for each in several)]))
    matrix = csr_array((np.concatenate([each.weights for each in several]), columns, ends), shape=(len(ends) - 1, len(grams)))
    return np.asarray((matrix @ matrix.T).toarray())


def grams_of(text: str) -> NDArray[np.uint64]:
    """The grams of a plain text, each once."""
    return _cut([text], 0)[0]


def lacking(text: str, whole: str, statistics: Statistics) -> float:
    """How many of a plain text's grams another lacks, each counted by its rarity: 1 for one that no text has."""
    grams, _, _ = _cut([text], 0)
    held, _, _ = _cut([whole], 0)
    return float(statistics.rarity(grams[~np.isin(grams, held, assume_unique=True)]).sum() / math.log(2 * statistics.texts + 2))


def best(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Where the best `count` scores above nothing are, in no order."""
    there = np.flatnonzero(scores > 0.3 * scores.max(initial=0.0))
    if len(there) <= count:
        return there
    return np.asarray(there[np.argpartition(-scores[there], count)[:count]])


def pair(first: Any, second: Any) -> Any:
    """The gram of two characters beside each other, given as code points or arrays of them."""
    return np.asarray(first, dtype=np.uint64) << np.uint64(21) | np.asarray(second, dtype=np.uint64)


def _cut(texts: Sequence[str], first: int) -> tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.float32]]:
    """The grams of each text, which text has them (counted from `first`), and how often."""
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    points = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    owners = np.repeat(np.arange(len(texts), dtype=np.uint64), lengths)
    inside = owners[:-1] == owners[1:] if len(owners) else np.zeros(0, dtype=bool)
    pairs = pair(points[:-1], points[1:])[inside]
    grams = np.concatenate([points, pairs])
    owners = np.concatenate([owners, owners[:-1][inside]])
    order = np.lexsort((owners, grams))
    grams, owners = grams[order], owners[order]
    if not len(grams):
        return grams, owners.astype(np.int32), np.zeros(0, dtype=np.float32)
    new = np.flatnonzero(np.concatenate([[True], (grams[1:] != grams[:-1]) | (owners[1:] != owners[:-1])]))
    times = np.diff(np.append(new, len(grams))).astype(np.float32)
    return grams[new], (owners[new] + np.uint64(first)).astype(np.int32), times
