"""What must be noticed in a message before anything else: danger, and matters that a hotline may not accept.

Both are learnt, in seconds at the first start, from the examples of the city folder. Of dangers two logistic regressions judge, and the mean of
their log-odds counts: one over the meaning of the sentence (the embedding of the knowledge search), its characters and the word
patterns of hotline/danger_words.py, the other over its characters alone. They err on different sentences: for strangers' dangers the two
together are better than either. So 我爸躺那儿没动静 is noticed though no list has it, and 煤气费怎么交 is not though it names gas.
A message takes a few milliseconds.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import sklearn
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from hotline import danger_words as words
from hotline.city import City, Emergency, Refusal
from hotline.intake import plain_problem
from hotline.places import Gazetteer
from hotline.ports import Embedder
from knowledge_base.kept import fingerprint, kept

DANGER = 0.88
"""From this probability on a message tells of a danger: a person is alarmed."""
DOUBT = 0.35
"""From this one on it may be one: the citizen is told the number and asked, and a person is alarmed when the answer is yes, or none. Both are chosen in docs/benchmarks.md."""
BARE_DANGER, BARE_DOUBT = 0.92, 0.5
"""As these, for what is left of a message without its place and its greeting."""
DANGER_IN_PART = 0.95
"""As `DANGER`, for one clause of a long message, whose meaning the rest covers up."""
REFUSED = 0.6
BY_MEANING, BY_CHARACTERS, BY_PATTERN = 2.0, 4.0, 3.0
"""How much the embedding, the characters and each pattern weigh, the first two being of length one."""
_LONG = 24
_UNHARMED = re.compile("(?:人|都|倒|还好|幸好|幸亏|万幸)?(?:没(?:什么|啥|大)?事(?!儿?[干做找])|没(?:有)?(?:受伤|伤[着到人]))")
_REPORTS = re.compile("(?:想|要|来)(?:你们)?(?:反映|投诉|举报|建议|提)")
"""孩子被撞了，没事，就是想反映学校门口没人管: asked about, and no alarm."""
_BLANKS = re.compile(r"\s+")
_CLAUSE = re.compile(r"[，,。；;！!？?\n]+")


class Triage:
    """Learns from the city folder when it is made, or fetches what was learnt of the same."""

    def __init__(self, city: City, embedder: Embedder, calm: Sequence[str], building: Embedder | None = None, keep_in: Path | None = None) -> None:
        """`calm`: more sentences that tell of no danger (`examples.calm`). What is an example of a danger too counts as that. `building`: embeds what it
        learns from, if another adapter of the model. `keep_in`: the file in which what was learnt is kept."""
        self._city, self._embedder, self._gazetteer = city, embedder, Gazetteer(city)
        self._looked = lru_cache(maxsize=64)(self._look)
        learnt_of = (city.emergencies, {id: (r.examples, r.words.pattern) for id, r in city.refusals.items()}, city.ordinary, list(calm), [(c.urgency, c.examples) for c in city.categories.values()])
        sources = (inspect.getsource(module) for module in (sys.modules[__name__], words))
        key = fingerprint(learnt_of, embedder.name, sklearn.__version__, *sources)
        learnt = kept(keep_in, key, partial(self._learnt, city, calm, building or embedder))
        self._characters, self._by_all, self._by_characters, self._which, self._refused = learnt

    def _learnt(self, city: City, calm: Sequence[str], building: Embedder) -> tuple[Any, ...]:
        dangers = [(text, emergency.id) for emergency in city.emergencies.values() for text in emergency.examples]
        refusals = [(text, refusal.id) for refusal in city.refusals.values() for text in refusal.examples]
        usual = [text for emergency in city.emergencies.values() for text in emergency.ordinary] + [*city.ordinary, *calm]
        usual += [text for category in city.categories.values() if category.urgency != "emergency" for text in category.examples]
        usual = sorted({*usual} - {text for text, _ in dangers})
        said = [_BLANKS.sub("，", text) for text in (*(text for text, _ in dangers), *usual, *(text for text, _ in refusals))]
        meaning = building.encode(said)
        _, ordinary, refused = np.split(meaning, [len(dangers), len(dangers) + len(usual)])
        self._characters = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2, dtype=np.float32).fit(said)
        features = self._features(said, meaning)
        tells = [1] * len(dangers) + [0] * (len(usual) + len(refusals))
        by_all, by_characters = _learn(features, tells), _learn(self._characters_of(features), tells)
        which = LogisticRegression(C=6.0, class_weight="balanced", max_iter=400).fit(features[: len(dangers)], [id for _, id in dangers])
        plain = [e for e in usual if e in set(city.ordinary) or len(e) > 5]
        taken = np.asarray([text in set(plain) for text in usual])
        of_refusals = _learn(np.vstack([_worded([t for t, _ in refusals], refused, city), _worded([t for t in usual if t in set(plain)], ordinary[taken], city)]),
                             [id for _, id in refusals] + [""] * int(taken.sum()))  # fmt: skip
        return self._characters, by_all, by_characters, which, of_refusals

    def danger(self, text: str) -> Emergency | None:
        """The danger that a message surely tells of. Asked again for each action of a turn, it remembers."""
        danger, sure = self._looked(text)
        return danger if sure else None

    def doubt(self, text: str) -> Emergency | None:
        """The danger that a message may tell of, though not surely."""
        danger, sure = self._looked(text)
        return None if sure else danger

    def _look(self, text: str) -> tuple[Emergency | None, bool]:
        text = _BLANKS.sub("，", text.strip())
        clauses = [clause for clause in _CLAUSE.split(text) if len(clause) > 2][:40] if len(text) > _LONG else []
        whole, without_place = text[:400], self._bare(text[:400])
        bare = [without_place] if without_place != whole else []
        said = [whole, *bare, *clauses]
        features = self._features(said, self._embedder.encode(said))
        log_odds = (self._by_all.decision_function(features) + self._by_characters.decision_function(self._characters_of(features))) / 2
        likely = 1 / (1 + np.exp(-log_odds))
        above = likely - np.asarray([DANGER, *[BARE_DANGER] * len(bare), *[DANGER_IN_PART] * len(clauses)])
        may_be = likely[: 1 + len(bare)] - np.asarray([DOUBT, *[BARE_DOUBT] * len(bare)])
        worst, doubted = int(np.argmax(above)), int(np.argmax(may_be))
        if above[worst] < 0 and may_be[doubted] < 0:
            return None, False
        told = max(worst if above[worst] >= 0 else doubted, len(bare))  # which danger it is shows best without the place
        return self._city.emergencies[str(self._which.predict(features[told : told + 1])[0])], bool(above[worst] >= 0) and not (_UNHARMED.search(text) and _REPORTS.search(text))

    def _bare(self, text: str) -> str:
        """What a message tells without where it is and without a greeting: 着火了, of 你好，海淀区清河中街68号着火了. The examples know nothing of the
        names of places, and most messages that name one complain."""
        place = self._gazetteer.find(text)
        before, _, behind = text.partition(place.text) if place else (text, "", "")
        before, behind = before.rstrip("在于到，"), behind.lstrip("，那这边里儿的")
        left = plain_problem(f"{before}，{behind}" if before and behind else before or behind)
        return left if len(left) > 1 else text

    def _features(self, texts: Sequence[str], meaning: NDArray[np.float32]) -> sp.csr_matrix:
        """The embedding, the characters, each pattern, and what only sounds like a danger where a danger sounds."""
        hits = np.asarray([[pattern.search(text) is not None for pattern in words.FEATURES] for text in texts], dtype=np.float32).reshape(len(texts), -1)
        sounds = hits[:, : len(words.DANGERS)].any(axis=1, keepdims=True).astype(np.float32)
        doubted = hits[:, words.NOT_NOW].any(axis=1, keepdims=True).astype(np.float32)
        patterns = np.hstack([hits, sounds, doubted, sounds * hits[:, words.NOT_NOW], sounds * doubted])
        return sp.hstack([sp.csr_matrix(BY_MEANING * meaning), BY_CHARACTERS * self._characters.transform(texts), sp.csr_matrix(BY_PATTERN * patterns)], format="csr")

    def _characters_of(self, features: sp.csr_matrix) -> sp.csr_matrix:
        begin = self._embedder.dimension
        return features[:, begin : begin + len(self._characters.vocabulary_)]

    def refusal(self, text: str) -> Refusal | None:
        """The kind of matter that may not be accepted, if the message is about one."""
        likely = self._refused.predict_proba(_worded([text], self._embedder.encode([text]), self._city))[0]
        best = int(np.argmax(likely))
        return self._city.refusals.get(str(self._refused.classes_[best])) if likely[best] >= REFUSED else None


def _learn(features: Any, labels: Sequence[Any]) -> Any:
    return LogisticRegression(C=2.0, max_iter=300).fit(features, labels)


def _worded(texts: Sequence[str], meaning: NDArray[np.float32], city: City) -> NDArray[Any]:
    """The embedding and the words of each kind of refusal."""
    hits = np.asarray([[refusal.words.search(text) is not None for refusal in city.refusals.values()] for text in texts], dtype=np.float32)
    return np.hstack([2 * meaning, 2 * hits.reshape(len(texts), -1)])
