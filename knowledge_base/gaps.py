"""Grouping what citizens asked in vain by meaning, a few at a time, so that a group once looked at stays what it is; and which groups are answered by now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from hotline.articles import Article, AskedQuestion
from hotline.gaps import Gap, GapCount
from hotline.ports import Embedder, Store, Transaction
from knowledge_base.search import Knowledge

SAME = 0.68
"""From this similarity to any question of a gap on, a question belongs to it. Of the sample knowledge's pairs of phrasings, 1 in 1,000 of
different articles reach it, and 1 in 10 of the same one, which a chain of a few phrasings turns into most."""
NEAR = 0.5
"""From here on two gaps may mean the same, which an editor decides."""
BATCH = 500
LOOKED_AT = 8
"""Questions near enough that are looked at for one that is about the same thing."""
LATEST = 20
"""Questions of a gap that are asked again to see whether it is answered by now."""
TAKEN_UP = timedelta(seconds=15)
"""After a publish the bot answers as before for this long at most: about two seconds, and some more where thousands are published."""


class Grouping:
    """Puts new questions into gaps. One is enough for a process; what it has seen it need not encode again."""

    def __init__(self, store: Store, knowledge: Knowledge, embedder: Embedder, clock: Callable[[], datetime], new_id: Callable[[], UUID]) -> None:
        self._store = store
        self._knowledge = knowledge
        self._embedder = embedder
        self._clock = clock
        self._new_id = new_id
        self._lock = threading.Lock()
        self._vectors: dict[str, Any] = {}

    def gather(self) -> int:
        """Group all that is in no gap yet. Returns how many questions that were."""
        with self._lock:
            total = 0
            while done := self._batch():
                total += done
            return total

    def near(self, gap_id: UUID, count: int) -> list[UUID]:
        """Other gaps that may mean the same, the likeliest first."""
        with self._lock:
            with self._store.reading() as tx:
                known = tx.gaps.members()
            here = [text for _id, gap, text in known if gap == gap_id]
            others = [(gap, text) for _id, gap, text in known if gap != gap_id]
            if not here or not others:
                return []
            self._encode([*here, *(text for _gap, text in others)])
            alike = (np.stack([self._vectors[text] for _gap, text in others]) @ np.stack([self._vectors[text] for text in here]).T).max(axis=1)
        best: dict[UUID, float] = {}
        for (gap, _text), similarity in zip(others, alike, strict=True):
            best[gap] = max(best.get(gap, 0.0), float(similarity))
        return sorted((gap for gap, similarity in best.items() if similarity >= NEAR), key=best.__getitem__, reverse=True)[:count]

    def _batch(self) -> int:
        with self._store.reading() as tx:
            new = tx.gaps.ungrouped(BATCH)
            known = tx.gaps.members() if new else []
            mended = tx.gaps.mended_since(new[0].asked_at - TAKEN_UP) if new else []
        if not new:
            return 0
        texts = [*(text for _id, _gap, text in known), *(text for _gap, _at, text in mended), *(question.text for question in new)]
        # What takes a while must not hold the database.
        self._encode(texts)
        vectors = np.stack([self._vectors[text] for text in texts])
        alike = vectors[-len(new) :] @ vectors.T
        # Of each text that a question may join: which it is, and its gap.
        joined = [(at, gap) for at, (_id, gap, _text) in enumerate(known)]
        closed = {gap for gap, _at, _text in mended}
        with self._store.transaction() as tx:
            for number, question in enumerate(new):
                # Editors mend what they see; what was asked meanwhile, and is grouped only now, is mended with it.
                since = [(at, gap) for at, (gap, then, _text) in enumerate(mended, len(known)) if question.asked_at <= then + TAKEN_UP]
                gap_id = (
                    self._nearest(question.text, texts, alike[number], joined) or self._nearest(question.text, texts, alike[number], since)
                    or self._found(tx, question)
                )  # fmt: skip
                tx.gaps.group(gap_id, [question.id])
                if gap_id not in closed:
                    joined.append((len(known) + len(mended) + number, gap_id))
        return len(new)

    def _nearest(self, asked: str, texts: Sequence[str], alike: Any, joined: Sequence[tuple[int, UUID]]) -> UUID | None:
        """The gap of the text that is nearest in meaning, and near enough, without being about another thing. `alike`: how near each text is."""
        if not joined:
            return None
        similarities = alike[[at for at, _gap in joined]]
        for best in np.argsort(-similarities)[:LOOKED_AT]:
            at, gap = joined[int(best)]
            if alike[at] < SAME:
                break
            if not self._knowledge.name_different_things(asked, texts[at]):
                return gap
        return None

    def _found(self, tx: Transaction, question: AskedQuestion) -> UUID:
        gap = Gap(self._new_id(), question.id, "open", self._clock())
        tx.gaps.add(gap)
        return gap.id

    def _encode(self, texts: list[str]) -> None:
        missing = list({text for text in texts if text not in self._vectors})
        if missing:
            self._vectors.update(zip(missing, self._embedder.encode(missing), strict=True))


class Overtaken:
    """Which open gaps the knowledge answers by now: what was published for another reason often mends them too, and an editor should see it.
    What it has looked up it need not look up again until the knowledge changes."""

    def __init__(self, store: Store, knowledge: Knowledge) -> None:
        self._store = store
        self._knowledge = knowledge
        self._lock = threading.Lock()
        self._as_of: Hashable = None
        self._answers: dict[str, Article | None] = {}

    def among(self, counts: Sequence[GapCount]) -> dict[UUID, Article]:
        """Of these gaps the open ones whose latest questions would all be answered, each with what its example is answered with. One with a
        thumbs-down is never among them: it was answered before, and that was no help."""
        with self._lock:
            if self._as_of != self._knowledge.as_of:
                self._as_of, self._answers = self._knowledge.as_of, {}
            likely = {c.gap.id: found for c in counts if c.gap.status == "open" and not c.unhelpful and (found := self._answer(c.example))}
            with self._store.reading() as tx:
                asked = {id: [question.text for question in tx.gaps.questions(id, LATEST)] for id in likely}
            return {id: found for id, found in likely.items() if all(map(self._answer, asked[id]))}

    def _answer(self, text: str) -> Article | None:
        if text not in self._answers:
            self._answers[text] = self._knowledge.find(text).answer
        return self._answers[text]
