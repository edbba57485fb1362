"""The index: an immutable snapshot of articles that are searched by meaning (FAISS), by characters and by sound.

A change of the knowledge makes a new snapshot, which takes the old one's place in one assignment: a reader has the old one
or the new one, never half of one. A snapshot is one large part and a small one beside it with what changed since, so that a
published article is found at once however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from hotline.articles import Article
from hotline.ports import Embedder
from knowledge_base.grams import LONG, POSTINGS, SHORT, Grams, Statistics, best, cosines, grams_of, lacking
from knowledge_base.homophones import Homophones
from knowledge_base.normalise import pieces, plain, simplify
from knowledge_base.sounds import sounds

EXACT = 30_000
"""Up to so many ways of asking the search by meaning looks at each (4 ms); above, at a graph of them (HNSW, recall 0.99)."""
CANDIDATES = 50
"""Ways of asking taken from each view before articles are scored in full."""
FINALISTS = 15
"""Articles that are told apart by all their ways of asking together."""
WHOLE = 1_000
"""With fewer articles everything is indexed anew at every change (well under a second)."""
STALE = 0.05
"""The share of changed articles from which on the whole is worth building anew, in the background."""
_MOST_ASKED = 16
"""Ways of asking of one article that are looked at for that, the nearest ones."""
SAME = 0.98
"""From this likeness on, a question is written, or at least sounds, like a way of asking: then it is that one."""
ASKED = 0.8
"""From this likeness of a way of asking on, an article answers what was known to have none, and another city's or an editor's new article counts."""
_RIDGE = 0.4
_CHUNK = 1_024
Tell = Callable[[float], None]
"""Is told from time to time which share of something long is done."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each view counts in the score that ranks. A weighted sum beat reciprocal-rank fusion on every set we measured."""

    meaning: float = 0.60
    characters: float = 0.25
    sounds: float = 0.15
    body: float = 0.15
    learned: float = 0.8
    whole: float = 0.5
    """Of a long message: how much the whole counts against its best sentence."""


WEIGHTS = Weights()
HEARD = Weights(meaning=0.35, characters=0.0, sounds=0.70)
"""For what was said and recognised: its characters are often others of the same sound, and mislead the embedder too."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found. `score` ranks; the others are what each view says, about 0 to 1. `phrasing`: the nearest way of asking."""

    article: Article
    score: float
    meaning: float
    characters: float
    sounds: float
    body: float
    """The share of the question, by weight, that the answer's text contains."""
    learned: float
    """How well all ways of asking together tell this article from the other finalists."""
    covered: float
    """The share of the question, by weight, that stands anywhere in the article."""
    unanswered: float
    """How like the question is to the nearest one that is known to have no article."""
    phrasing: str


@dataclass(frozen=True, slots=True)
class Query:
    """A message as it is searched: the whole, of a long one its likely sentences, and what was meant if a homophone was written."""

    plain: tuple[str, ...]
    sounds: tuple[str, ...]
    vectors: NDArray[np.float32]
    heard: bool
    """Whether it was said and recognised."""


class Part:
    """Articles that are searched together."""

    def __init__(self, articles: Sequence[Article], embedder: Embedder, beside: Part | None = None, tell: Tell | None = None) -> None:
        """`beside`: the large part whose statistics this small one uses, so that scores of both compare."""
        self.articles = list(articles)
        self._places = {article.id: at for at, article in enumerate(self.articles)}
        asked = [(at, text) for at, article in enumerate(self.articles) for text in (article.question, *article.asked) if plain(text)]
        self.phrasings = [text for _, text in asked]
        self.plain = [plain(text) for text in self.phrasings]
        self._owner = np.array([at for at, _ in asked], dtype=np.int32)
        self._starts = np.searchsorted(self._owner, np.arange(len(self.articles) + 1))
        self._dense = _dense(self.phrasings, embedder, tell)
        self.characters: Grams = Grams(self.plain, SHORT, beside.characters.statistics if beside else None)
        self.sounds: Grams = Grams([sounds(text) for text in self.plain], SHORT, beside.sounds.statistics if beside else None)
        self.bodies: Grams = Grams([plain(article.answer) for article in self.articles], LONG, beside.bodies.statistics if beside else None)
        self.homophones: Homophones = beside.homophones if beside else Homophones(self.characters.statistics, self.bodies.statistics)

    def candidates(self, asked: Query, w: Weights, without: frozenset[str], may: Callable[[Article], bool], most: int) -> list[_Candidate]:
        """The best `most` of the articles that any view found and that `may` be found, scored by all views."""
        if not self.articles:
            return []
        # A message of many sentences may cost no more than one of one.
        entries = POSTINGS // len(asked.plain)
        characters = [self.characters.scores(text, entries) for text in asked.plain]
        heard = [self.sounds.scores(text, entries) for text in asked.sounds]
        body = self.bodies.scores(asked.plain[0])
        articles = np.unique(np.concatenate([
            *(self._owner[best(scores, CANDIDATES)] for scores in (*characters, *heard)),
            best(body, CANDIDATES),
            self._owner[self._nearest(asked.vectors)],
        ]))  # fmt: skip
        articles = articles[[may(self.articles[at]) for at in articles]]
        rows = [np.arange(self._starts[at], self._starts[at + 1]) for at in articles]
        if without:
            rows = [np.array([row for row in held if self.phrasings[row] not in without], dtype=np.int64) for held in rows]
        kept = [(int(at), held) for at, held in zip(articles, rows, strict=True) if len(held) or not without]
        every = np.concatenate([np.zeros(0, dtype=np.int64), *(held for _, held in kept)])
        views = (asked.vectors @ self.vectors(every).T, np.stack([scores[every] for scores in characters]), np.stack([scores[every] for scores in heard]))
        return _candidates(self, kept, views, body, w, most)

    def get(self, id: str) -> Article | None:
        at = self._places.get(id)
        return None if at is None else self.articles[at]

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        if not len(rows):
            return np.zeros((0, self._dense.d), dtype=np.float32)
        return np.asarray(self._dense.reconstruct_batch(rows))

    def likeness(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """How like each of these is to the nearest way of asking."""
        if not self._dense.ntotal or not len(vectors):
            return np.zeros(len(vectors), dtype=np.float32)
        similarities, _rows = self._dense.search(vectors, 1)
        return np.asarray(similarities[:, 0])

    def _nearest(self, vectors: NDArray[np.float32]) -> NDArray[np.int64]:
        if not self._dense.ntotal:
            return np.zeros(0, dtype=np.int64)
        _similarities, rows = self._dense.search(vectors, min(CANDIDATES, self._dense.ntotal))
        return np.asarray(rows[rows >= 0].ravel())


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An article with the ways of asking that count, nearest first, and what the views say, before `learned` is known."""

    part: Part
    at: int
    rows: NDArray[np.int64]
    score: float
    meaning: float
    characters: float
    sounds: float
    body: float

    @property
    def article(self) -> Article:
        return self.part.articles[self.at]


def _candidates(part: Part, kept: Sequence[tuple[int, NDArray[np.int64]]], views: Sequence[NDArray[np.float32]], body: NDArray[np.float32],
                w: Weights, most: int) -> list[_Candidate]:  # fmt: skip
    """All articles scored at once: one by one, a hundred of them would take most of a search. `views`: by meaning, by characters
    and by sound, how like each sentence of the question is to each way of asking of the first article, of the second, and so on."""
    if not kept:
        return []
    counts = np.array([len(rows) for _, rows in kept])
    width = max(int(counts.max()), 1)
    places = (np.cumsum(counts) - counts)[:, None] + np.arange(width)
    places[np.arange(width) >= counts[:, None]] = counts.sum()  # where articles have fewer ways of asking than the longest
    padded = [np.concatenate([view, np.full((len(view), 1), -1, dtype=view.dtype)], axis=1)[:, places] for view in views]
    meaning, written, sounding = padded
    scores = w.meaning * _blend(meaning, counts) + w.characters * _blend(written, counts) + w.sounds * _blend(sounding, counts)
    likeness = np.maximum(written, sounding).max(axis=2)
    bodies = body[[at for at, _ in kept]]
    final = w.whole * scores[0] + (1 - w.whole) * scores.max(axis=0) + w.body * bodies
    same = likeness.max(axis=0) > SAME
    top = np.where(same, likeness.argmax(axis=0), scores.argmax(axis=0))
    final[same] += 1
    here = np.arange(len(kept))
    order = np.argsort(-meaning[top, here], axis=1)
    highest = (meaning.max(axis=(0, 2)), written[top, here].max(axis=1), sounding[top, here].max(axis=1))
    # An article without ways of asking has only its body.
    numbers = np.stack([final, *(np.where(counts > 0, view, 0) for view in highest), bodies], axis=1).tolist()
    chosen = np.argsort(-final, kind="stable")[:most].tolist()
    return [_Candidate(part, kept[at][0], kept[at][1][order[at, : counts[at]]], *numbers[at]) for at in chosen]


class Index:
    """Search over the published articles of one moment."""

    def __init__(self, articles: Sequence[Article], embedder: Embedder, *, building: Embedder | None = None, weights: Weights = WEIGHTS,
                 unanswered: Sequence[str] = ()) -> None:  # fmt: skip
        """`building`: the same model as `embedder`, for the articles: one that keeps its vectors. `unanswered`: questions that are known to have
        no article."""
        self._embedder = embedder
        self._building = building or embedder
        self._weights = weights
        self._large = Part(articles, self._building)
        self._small = Part([], self._building, self._large)
        self._replaced: frozenset[str] = frozenset()
        self._unanswered = list(unanswered)
        self._strange = self._building.encode([simplify(text) for text in unanswered]) if unanswered else np.zeros((0, embedder.dimension), dtype=np.float32)
        self._unasked = self._without_article()

    def _without_article(self) -> NDArray[np.intp]:
        """Which of the unanswered questions none of these articles answers."""
        return np.flatnonzero(np.maximum(self._large.likeness(self._strange), self._small.likeness(self._strange)) < ASKED)

    @property
    def unanswered(self) -> list[str]:
        """Questions that no article of these answers."""
        return [self._unanswered[at] for at in self._unasked]

    def with_changed(self, articles: Sequence[Article], tell: Tell | None = None) -> Index:
        """The same with these articles added, or in the place of those that have their ids. Only they are embedded anew, and not again
        when they are published: of ten thousand that takes minutes."""
        ids = frozenset(article.id for article in articles)
        other = copy(self)
        other._small = Part([*(a for a in self._small.articles if a.id not in ids), *articles], self._building, self._large, tell)
        other._replaced = self._replaced | ids.intersection(a.id for a in self._large.articles)
        other._unasked = other._without_article()
        return other

    def embed(self, articles: Sequence[Article]) -> None:
        """Embed what these need, so that nobody waits for it later, if vectors are kept."""
        self._building.encode([simplify(text) for article in articles for text in (article.question, *article.asked) if plain(text)])

    def updated(self, articles: Sequence[Article]) -> Index:
        """The index of these articles. What has not changed is shared with this one, if that is most and there is much of it."""
        before = {article.id: article for article in self._large.articles}
        changed = [article for article in articles if before.get(article.id) != article]
        if len(before) < WHOLE or len(changed) > len(before):
            return self._of(articles)
        index = copy(self)
        index._small = Part(changed, self._building, self._large)
        index._replaced = frozenset(before.keys() - {article.id for article in articles} | before.keys() & {article.id for article in changed})
        index._unasked = index._without_article()
        return index

    @property
    def is_stale(self) -> bool:
        """Whether so much has changed since it was built that it should be built anew."""
        return len(self._large.articles) >= WHOLE and len(self._small.articles) + len(self._replaced) > len(self._large.articles) * STALE

    def rebuilt(self) -> Index:
        """The same articles in one part. Takes as long as building it did (10,000 articles: some ten seconds)."""
        return self._of(self.articles())

    def _of(self, articles: Sequence[Article]) -> Index:
        return Index(articles, self._embedder, building=self._building, weights=self._weights, unanswered=self._unanswered)

    def __len__(self) -> int:
        return len(self._large.articles) - len(self._replaced) + len(self._small.articles)

    def articles(self) -> list[Article]:
        return [*(a for a in self._large.articles if a.id not in self._replaced), *self._small.articles]

    def get(self, id: str) -> Article | None:
        """The article with an id, if it is in the index."""
        return self._small.get(id) or (None if id in self._replaced else self._large.get(id))

    @property
    def statistics(self) -> Statistics:
        """How rare the grams of the answers are."""
        return self._large.bodies.statistics

    @property
    def asked_statistics(self) -> Statistics:
        """How rare the grams of the ways of asking are."""
        return self._large.characters.statistics

    def is_unheard_of(self, question: str) -> bool:
        """Whether a question has a character that no answer has and nobody asks with, as 怎么炒股 has beside residence permits."""
        characters = np.array([ord(character) for character in plain(question)], dtype=np.uint64)
        return bool((self._large.bodies.statistics.count(characters) + self._large.characters.statistics.count(characters) == 0).any())

    def foreign(self, question: str, article: Article) -> float:
        """How much of a question stands nowhere in an article: 1 for each gram that no article has, less for commoner ones."""
        whole = plain("".join([article.answer, article.question, *article.asked]))
        return lacking(plain(question), whole, self.statistics)

    def search(self, question: str, count: int = 5, *, today: date, without: frozenset[str] = frozenset()) -> list[Hit]:
        """The best articles that are valid today, best first. Empty when there are none or there is nothing to compare.

        `without`: ways of asking that are to count as if they were not there, to measure with what is known.
        """
        asked = self.query(question)
        return self.search_query(asked, count, today=today, without=without) if asked else []

    def query(self, text: str, *, heard: bool = False) -> Query | None:
        """A message made ready to be searched. `heard`: it was said and recognised. None when there is nothing to compare."""
        parts = [part for part in pieces(text) if plain(part)]
        if not parts:
            return None
        meant = self._large.homophones.restored(plain(parts[0]))
        if meant != plain(parts[0]):
            parts.append(meant)
        plains = tuple(map(plain, parts))
        return Query(plains, tuple(map(sounds, plains)), self._embedder.encode(parts), heard)

    def search_query(self, asked: Query, count: int, *, today: date, without: frozenset[str] = frozenset()) -> list[Hit]:
        """The same for a question that is embedded already."""
        most = max(count, FINALISTS)
        w = HEARD if asked.heard else self._weights
        found = self._large.candidates(asked, w, without, lambda a: a.is_valid(today) and a.id not in self._replaced, most)
        found += self._small.candidates(asked, w, without, lambda a: a.is_valid(today), most)
        found.sort(key=lambda c: c.score, reverse=True)
        learned = self._learned(asked, found[:FINALISTS], w)
        scored = [(c.score + w.learned * told, told, c) for c, told in zip(found, [*learned, *[0.0] * len(found)], strict=False)]
        scored = sorted(scored, key=lambda entry: entry[0], reverse=True)[:count]
        rows = [at for at in self._unasked if self._unanswered[at] not in without]
        strange = float((self._strange[rows] @ asked.vectors[0]).max()) if rows else 0.0
        return [
            Hit(c.article, score, c.meaning, c.characters, c.sounds, c.body, told, self._covered(asked, c), strange, c.part.phrasings[c.rows[0]] if len(c.rows) else "")
            for score, told, c in scored
        ]

    def _covered(self, asked: Query, found: _Candidate) -> float:
        """The share of the question, by rarity; of one that was heard, by its sound."""
        part, article, large = found.part, found.article, self._large
        if asked.heard:
            grams, statistics = grams_of(asked.sounds[0]), large.sounds.statistics
            whole = sounds(plain("，".join([article.answer, article.category, article.department])))
            has = np.isin(grams, np.concatenate([grams_of(whole), part.sounds.rows(found.rows).grams]))
        else:
            grams, statistics = grams_of(asked.plain[0]), large.bodies.statistics
            named = grams_of(plain(f"{article.category}，{article.department}"))
            has = np.isin(grams, np.concatenate([part.characters.rows(found.rows).grams, named]))
            has[~has] = part.bodies.has(found.at, grams[~has])
        rarity = statistics.rarity(grams)
        return float(rarity[has].sum() / max(rarity.sum(), 1e-9))

    def _learned(self, asked: Query, finalists: list[_Candidate], w: Weights) -> list[float]:
        """Kernel ridge regression over the finalists' ways of asking: which article is a question like this one asked of?

        The nearest way of asking is often one that differs in the word that matters; all of them together know which words
        those are. Solved anew for every question (200 equations, 1 ms), so nothing has to be fitted when articles change.
        """
        parts = []
        for part in (self._large, self._small):
            rows = [(at, c.rows[:_MOST_ASKED]) for at, c in enumerate(finalists) if c.part is part]
            if sum(len(held) for _, held in rows):
                parts.append((part, np.concatenate([held for _, held in rows]), np.repeat([at for at, _ in rows], [len(held) for _, held in rows])))
        if not parts:
            return [0.0] * len(finalists)
        owner = np.concatenate([owners for _, _, owners in parts])
        vectors = np.concatenate([asked.vectors, *(part.vectors(rows) for part, rows, _ in parts)])
        # A model that was trained on these very sentences finds them too much alike to learn from.
        near = vectors[:, : self._embedder.base_dimension]
        near /= np.maximum(np.linalg.norm(near, axis=1, keepdims=True), 1e-9)
        alike = (
            w.meaning * near @ near.T
            + w.characters * cosines([self._large.characters.vectors(asked.plain), *(part.characters.rows(rows) for part, rows, _ in parts)])
            + w.sounds * cosines([self._large.sounds.vectors(asked.sounds), *(part.sounds.rows(rows) for part, rows, _ in parts)])
        )
        count = len(asked.plain)
        truth = np.equal.outer(owner, np.arange(len(finalists))).astype(np.float32)
        told = alike[:count, count:] @ np.linalg.solve(alike[count:, count:] + _RIDGE * np.eye(len(owner), dtype=np.float32), truth)
        return list(map(float, w.whole * told[0] + (1 - w.whole) * told.max(axis=0)))


def _dense(texts: Sequence[str], embedder: Embedder, tell: Tell | None) -> Any:
    """The vectors of texts, searched exactly or, when there are many, by a graph that holds them in half precision."""
    if len(texts) <= EXACT:
        index: Any = faiss.IndexFlatIP(embedder.dimension)
    else:
        index = faiss.IndexHNSWSQ(embedder.dimension, faiss.ScalarQuantizer.QT_fp16, 32, faiss.METRIC_INNER_PRODUCT)  # type: ignore[arg-type]  # its stubs are wrong
        index.train(np.zeros((1, embedder.dimension), dtype=np.float32))
        index.hnsw.efConstruction = 80
        index.hnsw.efSearch = 128
    for start in range(0, len(texts), _CHUNK):
        index.add(embedder.encode([simplify(text) for text in texts[start : start + _CHUNK]]))
        if tell:
            tell(index.ntotal / len(texts))
    return index


def _blend(similarities: NDArray[np.float32], counts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Half the best way of asking, half the mean of the best few: better than either alone, and a stray one can't decide.
    Of each sentence, article and way of asking; of each article the first `counts` ways are real."""
    few = np.minimum(counts, 3)
    top = -np.sort(-similarities, axis=2)[:, :, :3]
    real = np.arange(top.shape[2]) < few[:, None]
    mean = (top * real).sum(axis=2) / np.maximum(few, 1)
    return np.where(counts > 0, 0.5 * top[:, :, 0] + 0.5 * mean, 0).astype(np.float32)
