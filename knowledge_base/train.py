"""A domain embedder, trained from the knowledge itself on a CPU in minutes, and taken into use if it finds more.

A static embedding over characters and pairs (33 thousand vectors, 0.2 ms a sentence): it starts as the base model's vectors of
those, learns to place whole sentences as the base model does, and is then tuned so that ways of asking the same thing come
together and others part (MultipleNegativesRanking). Beside the base model it is better than either alone.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from hotline.articles import Article
from hotline.ports import Embedder
from knowledge_base import models
from knowledge_base.calibration import fit
from knowledge_base.embedders import DomainEmbedder, grams
from knowledge_base.index import Index
from knowledge_base.normalise import simplify
from knowledge_base.regression import Expected

DIMENSION = 256
MOST_GRAMS = 30_000
_BATCH, _EPOCHS, _STEPS = 128, 3, 200
_RATE, _SCALE = 0.02, 15
_DROPPED = 0.2
"""The share of grams left out of a sentence in training, as slips and other words will leave them out."""
_MOST_HELD_OUT = 500

Progress = Callable[[str, float], None]
"""Hears what is being done and how much of it is, 0 to 1."""


class NothingToLearn(ValueError):
    """There are too few articles with several ways of asking. `str(error)` says so."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a training: the share of the questions whose article came first, with the model in use and the new one."""

    questions: int
    before: float
    after: float
    kept: bool
    """Whether the new one is in use from now on."""


def train(articles: Sequence[Article], in_use: Embedder, base: Embedder, folder: Path, *, saved: Sequence[Expected], asking: Sequence[str],
          other: Sequence[str], unanswered: Sequence[str], now: datetime, today: date, progress: Progress) -> Trained:  # fmt: skip
    """Train a new embedder and take it into use if it finds at least as much as the one in use.

    Both are asked ways of asking that were held out, and the `saved` regression questions. `asking` and `other`: sentences
    that citizens say (examples.asking_and_other); the calibration learns from the other ones, and from
    the `unanswered`: questions that are known to have no article. Raises NothingToLearn.
    """
    articles = [article for article in articles if article.is_valid(today)]
    learnt, questions = hold_out(articles)
    questions += [expected for expected in saved if expected.article_id]
    groups = [[simplify(text) for text in (article.question, *article.asked)] for article in learnt]
    if sum(len(group) > 1 for group in groups) < 8:
        raise NothingToLearn("At least 8 articles with two or more ways of asking are needed to learn from.")
    corpus = [simplify(text) for text in dict.fromkeys([*(text for group in groups for text in group), *_sentences(learnt), *asking, *other])]
    model = _tuned(groups, _distilled(corpus, base, progress), progress)
    name = f"{now:%Y%m%d-%H%M%S}"
    target = folder / name
    model.save(str(target / "static"))
    new = DomainEmbedder(base, target)
    before = found_first(Index(learnt, in_use), questions, today, lambda share: progress("the model in use", share))
    index = Index(learnt, new, unanswered=unanswered)
    after = found_first(index, questions, today, lambda share: progress("the new model", share))
    known = [(expected.question, expected.article_id) for expected in saved]
    fit(index, other=other, known=known, today=today, progress=progress).write(target / "calibration.json")
    result = Trained(len(questions), before, after, kept=after >= before)
    (target / "report.json").write_text(json.dumps({"base": base.name, "questions": result.questions, "before": before, "after": after}) + "\n")
    if result.kept:
        models.use(folder, name)
    return result


def hold_out(articles: Sequence[Article]) -> tuple[list[Article], list[Expected]]:
    """The articles with one way of asking less each, where they have enough, and those as questions."""
    chance = random.Random(1)
    asked = [article for article in articles if len(article.asked) >= 3]
    chosen = {article.id for article in chance.sample(asked, min(_MOST_HELD_OUT, len(asked)))}
    kept, questions = [], []
    for article in articles:
        if article.id in chosen:
            text = chance.choice(article.asked)
            questions.append(Expected(text, article.id))
            article = replace(article, asked=tuple(other for other in article.asked if other != text))
        kept.append(article)
    return kept, questions


def found_first(index: Index, questions: Sequence[Expected], today: date, progress: Callable[[float], None]) -> float:
    """The share of the questions whose article comes first; 1 when there are none."""
    right = 0
    for done, expected in enumerate(questions):
        hits = index.search(expected.question, 1, today=today)
        right += bool(hits) and hits[0].article.id == expected.article_id
        if done % 20 == 0:
            progress(done / len(questions))
    return right / len(questions) if questions else 1.0


def _sentences(articles: Iterable[Article]) -> list[str]:
    """Sentences of the answers: what the words of the domain stand beside."""
    return [s.strip() for article in articles for s in re.split(r"[。！？；\n]", article.answer) if 6 <= len(s.strip()) <= 80][:40_000]


def _distilled(corpus: Sequence[str], base: Embedder, progress: Progress) -> SentenceTransformer:
    """A static embedding that places sentences as the base model does."""
    counts = Counter(gram for text in corpus for gram in grams(text).split())
    names = [gram for gram, count in counts.most_common(MOST_GRAMS) if count > 1]
    vectors = _encoded(base, names, lambda share: progress("the base model's vectors of words", share))
    sentences = _encoded(base, corpus, lambda share: progress("the base model's vectors of sentences", share))
    _, _, axes = np.linalg.svd(sentences - sentences.mean(axis=0), full_matrices=False)
    axes = axes[:DIMENSION].T
    total = sum(counts.values())
    # Smooth inverse frequency (Arora and others, 2017): frequent grams say little.
    rarity = np.array([1e-3 / (1e-3 + counts[name] / total) for name in names])
    table = np.concatenate([np.zeros((1, axes.shape[1])), (vectors @ axes) * rarity[:, None]]).astype(np.float32)
    tokenizer = Tokenizer(WordLevel({name: at for at, name in enumerate(["[UNK]", *names])}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=table)], device="cpu")
    wanted = torch.nn.functional.normalize(torch.from_numpy((sentences @ axes).astype(np.float32)), dim=1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    chance, written = random.Random(1), [grams(text) for text in corpus]
    for epoch in range(_EPOCHS):
        order = chance.sample(range(len(corpus)), len(corpus))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            placed = torch.nn.functional.normalize(model(model.preprocess([written[at] for at in batch]))["sentence_embedding"], dim=1)
            _step(optimizer, (1 - (placed * wanted[batch]).sum(dim=1)).mean())
        progress("learning from the base model", (epoch + 1) / _EPOCHS)
    return model


def _tuned(groups: Sequence[Sequence[str]], model: SentenceTransformer, progress: Progress) -> SentenceTransformer:
    """The model with the ways of asking one article brought together. A batch has each article once, so that no pair is taken
    for a stranger to its own."""
    chance = random.Random(2)
    loss = MultipleNegativesRankingLoss(model, scale=_SCALE)
    several = [group for group in groups if len(group) > 1]

    def thinned(text: str) -> str:
        parts = grams(text).split()
        return " ".join(part for part in parts if chance.random() > _DROPPED) or " ".join(parts)

    optimizer = torch.optim.Adam(model.parameters(), lr=_RATE)
    # The more articles, the more steps until each was seen a few dozen times, within minutes.
    steps = min(max(_STEPS, _STEPS * len(several) // _BATCH // 2), 2_000)
    for step in range(steps):
        pairs = [chance.sample(list(group), 2) for group in chance.sample(several, min(_BATCH, len(several)))]
        features = [model.preprocess([thinned(pair[side]) for pair in pairs]) for side in (0, 1)]
        for group in optimizer.param_groups:
            group["lr"] = _RATE * (1 - step / steps)
        _step(optimizer, loss(features, None))
        if step % 20 == 0:
            progress("learning from ways of asking", step / steps)
    return model


def _step(optimizer: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def _encoded(base: Embedder, texts: Sequence[str], progress: Callable[[float], None]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    chunks = []
    for start in range(0, len(texts), 512):
        progress(start / len(texts))
        chunks.append(base.encode(texts[start : start + 512]))
    return np.concatenate(chunks)
