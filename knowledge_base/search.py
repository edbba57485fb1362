"""Answering a question: the article that answers it, a few it might mean, or honestly none."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.articles import Article
from hotline.ports import Embedder, Store
from knowledge_base import models
from knowledge_base.calibration import Calibration
from knowledge_base.embedders import DomainEmbedder
from knowledge_base.index import FINALISTS, Hit, Index, Tell
from knowledge_base.kept import KeptVectors
from knowledge_base.normalise import is_question, plain
from knowledge_base.passages import nearest
from knowledge_base.siblings import is_guess, name_different_things

ANSWER = 0.78
"""From this probability on, the best article is the answer."""
MAYBE = 0.2
"""From this one on, it is offered as “did you mean”. Both chosen on bench/data/knowledge_dev.csv: a wrong answer is worse than a question back."""
NEAR = 0.7
"""The share of the best article's score from which on another is offered beside it. No right one of `bench/data` is left out so, and nearly half of the wrong ones are."""
GUESSED = 0.6
"""What the best article has at most where the question is as much a sibling's (knowledge_base/siblings.py): it is offered, not answered."""
FOLLOWING = 0.68
"""The same for a short question after an answer, which little of is written: chosen on bench/data/follow_ups.csv."""
CERTAIN = 0.8
"""From this one on, a short question is understood by itself, whatever was asked before."""
RELATED = 0.5
"""The likeness in meaning from which on another question is worth offering beside an answer."""
_GOES_ON = re.compile(r"^(?:那|那么|要是|如果|假如|换成|还有|可是|但|但是)|呢[?？。!！]*$")
_MOST_LEANING = 16
"""Characters of the longest sentence that may lean on the answer before it: “那外地户口的孩子呢？”."""
_BEFORE, _TOGETHER = 0.3, 0.5
"""What the question before, and both as one, count beside a short question by itself. Chosen, as the next three, on
`bench/data/follow_ups.csv`."""
_GOING_ON, _ASKING_ON = 0.5, 0.3
"""What counts against the article told just now: who says 那租房呢 means another one, who only asks 要带什么材料 less so."""
_FOREIGN = 3.2
"""How many rare grams of a question may be missing in the article that it is taken to go on to."""
_OWN = 5.5
"""As many missing there are a matter of its own, so that a short question (周末上班吗) is not one about the article told just now."""
_NOUN = 5
"""Characters of a message that only names what it is about."""
_FEW = 5
"""How many articles of a ranking are looked at for an answer, a choice, or what else has to do with it."""
_FAR = 60
"""How many articles of each ranking are compared."""


@dataclass(frozen=True, slots=True)
class Found:
    """`answer`, or else what it might mean (`maybe`, possibly empty). `score`: the probability that the first is the answer.
    `again`: that the question before was answered with this same article. `leans`: that this is so because the question has no matter of its own."""

    answer: Article | None
    maybe: tuple[Article, ...]
    related: tuple[Article, ...]
    score: float
    again: bool = False
    leans: bool = False


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


@dataclass(frozen=True, slots=True)
class _State:
    """What belongs together, and is exchanged together."""

    index: Index
    embedder: Embedder
    calibration: Calibration
    model: Path | None
    """The training in use."""
    revision: int


class Knowledge:
    """The knowledge base as the dialogue sees it. Watches the store's revision and renews its index without a pause."""

    def __init__(self, store: Store, embedder: Embedder, *, timezone: ZoneInfo, clock: Callable[[], datetime], folder: Path | None = None,
                 unanswered: Sequence[str] = ()) -> None:  # fmt: skip
        """`folder`: where trained models and the articles' vectors are kept. None: nowhere. `unanswered`: questions known to have no article."""
        self._store = store
        self._base = embedder
        self._building: Embedder = KeptVectors(embedder, folder / "vectors.db") if folder else embedder
        self._timezone = timezone
        self._clock = clock
        self._folder = folder
        self._unanswered = unanswered
        self._lock = threading.Lock()
        self._rebuilding: threading.Thread | None = None
        self._state = _State(Index([], embedder), embedder, Calibration.read(), None, -1)
        self.refresh()

    def refresh(self) -> bool:
        """Take up what was published, retired or trained since. True if there was something. Call it every second or two."""
        with self._lock:
            state = self._state
            model = models.in_use(self._folder, self._base) if self._folder else None
            with self._store.reading() as tx:
                revision = tx.articles.revision()
                if revision == state.revision and model == state.model:
                    return False
                articles = tx.articles.published(state.index.articles())
            if model == state.model and state.revision >= 0:
                self._state = replace(state, index=state.index.updated(articles), revision=revision)
            elif model is None:
                index = Index(articles, self._base, building=self._building, unanswered=self._unanswered)
                self._state = _State(index, self._base, Calibration.read(), None, revision)
            else:
                embedder = DomainEmbedder(self._base, model)
                index = Index(articles, embedder, building=embedder.over(self._building), unanswered=self._unanswered)
                self._state = _State(index, embedder, Calibration.read(model / "calibration.json"), model, revision)
            if self._state.index.is_stale and not (self._rebuilding and self._rebuilding.is_alive()):
                # What was published is answered at once; the tidying up takes its time, and who searches meanwhile waits for nothing.
                self._rebuilding = threading.Thread(target=self._rebuild, name="knowledge index", daemon=True)
                self._rebuilding.start()
            return True

    def _rebuild(self) -> None:
        old = self._state
        index = old.index.rebuilt()
        with self._lock:
            now = self._state
            if now.embedder is old.embedder:
                self._state = replace(now, index=index.updated(now.index.articles()))

    @property
    def as_of(self) -> Hashable:
        """Another one whenever a question may be answered otherwise than before: something was published, retired or trained, or a day began."""
        return self._state.revision, self._state.model, self._today()

    @property
    def embedder(self) -> Embedder:
        """The one in use."""
        return self._state.embedder

    def __len__(self) -> int:
        return len(self._state.index)

    def find(self, question: str, told: str | None = None, *, heard: bool = False) -> Found:
        """What the knowledge says to a question. `told`: the id of the article that answered the question before in this conversation,
        on which a short one may lean (“那孩子呢？”, “要带什么材料”). `heard`: it was said and recognised, so its sound counts more than
        its characters."""
        article = self._state.index.get(told) if told and len(question) <= _MOST_LEANING else None
        hits, probability = self._rank(question, _FAR if article else _FEW, heard)
        if (guessed := unless_guessed(probability, question, hits)) < probability:
            return decide(hits[:_FEW], guessed)
        going_on = self._going_on(question, hits, article, heard) if article and probability < CERTAIN else None
        found = going_on or decide(hits[:_FEW], probability)
        if not found.answer and not found.maybe and (named := _named(question, hits)):
            return replace(found, maybe=named)
        if article is None or (found.answer and found.answer.id != article.id):
            return found
        if found.answer:
            return replace(found, again=True)
        index = self._state.index
        if (found.maybe and _GOES_ON.search(question.strip())) or index.foreign(question, article) >= _OWN or index.is_unheard_of(question):
            return found
        akin = tuple(other for other in found.maybe if other.id in article.related or (other.category == article.category and other.id != article.id))
        return Found(article, (), akin[:2], found.score, again=True, leans=True)

    def name_different_things(self, question: str, other: str) -> bool:
        """Whether two questions that are written alike are about different things, neither of which is in the knowledge."""
        return name_different_things(question, other, self._state.index.asked_statistics)

    def passage(self, question: str, article: Article) -> str | None:
        """The line of an article's answer that speaks to a question asked after it, if one does."""
        return nearest(question, article.question, article.answer, self._state.embedder, self._state.index.statistics)

    def _going_on(self, question: str, alone: Sequence[Hit], told: Article, heard: bool) -> Found | None:
        """What a short question, which finds `alone` by itself, means after an answer: the article that both lead to. The one just told is known by now, so what follows
        is about another one (“那租房呢”), unless little speaks for any (“要多少钱”). None if the question seems to have nothing to do
        with either: neither sounds as if it went on, nor stands in what was found."""
        index, calibration = self._state.index, self._state.calibration
        together = f"{told.question.rstrip('?？。 ')}，{question}"
        rankings = [(question, 1.0, alone)]
        rankings += [(text, weight, self._rank(text, _FAR, heard)[0]) for text, weight in ((told.question, _BEFORE), (together, _TOGETHER))]
        goes_on = _GOES_ON.search(question.strip()) is not None
        scores: dict[str, float] = defaultdict(float, {told.id: -(_GOING_ON if goes_on else _ASKING_ON)})
        best: dict[str, tuple[float, Hit]] = {}
        for text, weight, hits in rankings:
            for at, hit in enumerate(hits):
                scores[hit.article.id] += weight * hit.score
                if text != told.question:
                    chance = calibration.probability(text, hits, at)
                    best[hit.article.id] = max(best.get(hit.article.id, (0.0, hit)), (chance, hit), key=itemgetter(0))
        order = sorted(best, key=scores.__getitem__, reverse=True)[:_FEW]
        if not order:
            return None
        asks_of_it = is_question(question) and index.foreign(question, best[order[0]][1].article) < _FOREIGN
        if not asks_of_it and not goes_on:
            return None
        hits = [best[id][1] for id in order]
        return decide(hits, unless_guessed(best[order[0]][0], together, hits), FOLLOWING)

    def explain(self, question: str, count: int) -> list[Explained]:
        """The first `count` articles of the ranking, each with why it stands there."""
        state = self._state
        asked = state.index.query(question)
        if asked is None:
            return []
        hits = state.index.search_query(asked, max(count, FINALISTS), today=self._today())
        chances = [state.calibration.probability(question, hits, at) for at in range(min(count, len(hits)))]
        return [_explained(hit, chance if at else unless_guessed(chance, question, hits)) for at, (hit, chance) in enumerate(zip(hits, chances, strict=False))]

    def rehearsal(self, articles: Sequence[Article], tell: Tell | None = None) -> Knowledge:
        """A knowledge base that answers as this one would if these were published now. It is for trying, and does not refresh. With many, most
        of the time goes by while they are embedded: `tell` hears how far that is."""
        other = copy(self)
        index = self._state.index.with_changed([replace(article, status="published") for article in articles], tell)
        other._state = replace(self._state, index=index)
        return other

    def get(self, id: str) -> Article | None:
        """The article with an id, if it is published."""
        return self._state.index.get(id)

    def embed(self, articles: Sequence[Article]) -> None:
        """Do in advance what takes longest of a rehearsal and a publish of these."""
        self._state.index.embed(articles)

    def _rank(self, question: str, count: int, heard: bool) -> tuple[list[Hit], float]:
        state = self._state
        asked = state.index.query(question, heard=heard)
        if asked is None:
            return [], 0.0
        hits = state.index.search_query(asked, max(count, FINALISTS), today=self._today())
        return hits, state.calibration.probability(question, hits)

    def _today(self) -> date:
        return self._clock().astimezone(self._timezone).date()


def unless_guessed(probability: float, question: str, hits: Sequence[Hit]) -> float:
    """The probability of the first of the hits, less where it is only a guess among its siblings."""
    return min(probability, GUESSED) if probability > GUESSED and is_guess(question, hits[:FINALISTS]) else probability


def _named(question: str, hits: Sequence[Hit]) -> tuple[Article, ...]:
    """What somebody may want who only says what it is about (公积金): the articles that have it in their question."""
    word = plain(question)
    return tuple(hit.article for hit in hits if word in plain(hit.article.question))[:3] if 2 <= len(word) <= _NOUN and not is_question(question) else ()


def decide(hits: Sequence[Hit], probability: float, enough: float = ANSWER) -> Found:
    """What a ranking means: an answer, a few that may be meant, or nothing. `probability`: that the first is the answer, which is `enough`
    for an answer from there on."""
    if hits and probability >= enough:
        return Found(hits[0].article, (), _related(hits[0].article, hits), probability)
    maybe = tuple(hit.article for hit in hits[:3] if hit.score >= NEAR * hits[0].score) if probability >= MAYBE else ()
    return Found(None, maybe, (), probability)


def _explained(hit: Hit, probability: float) -> Explained:
    views = {"语义": hit.meaning, "字面": hit.characters, "读音": hit.sounds, "正文": hit.body, "综合问法": hit.learned}
    strongest = max(("语义", "字面", "读音"), key=lambda name: views[name])
    reason = f"与问法“{hit.phrasing}”最接近，{strongest}相似 {views[strongest]:.0%}" if hit.phrasing else f"答复正文含有问题中 {hit.body:.0%} 的关键字"
    outcome = "会直接答复" if probability >= ANSWER else "会作为“您是不是想问”" if probability >= MAYBE else "不会答复"
    return Explained(hit.article, hit.score, probability, views, hit.phrasing, f"{reason}；排第一时{outcome}（把握 {probability:.0%}）。")


def _related(article: Article, hits: Sequence[Hit]) -> tuple[Article, ...]:
    """Two other questions: those the article names, if they were found valid, then the next best hits that have to do with it."""
    by_id = {hit.article.id: hit.article for hit in hits[1:]}
    named = [by_id[id] for id in article.related if id in by_id]
    others = [hit.article for hit in hits[1:] if hit.article not in named and hit.meaning >= RELATED]
    return tuple((named + others)[:2])
