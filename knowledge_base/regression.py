"""Regression questions: sentences whose article is known, run against the knowledge base before something is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from knowledge_base.search import Found

Outcome = Literal["answer", "maybe", "unknown"]


class Finds(Protocol):
    """What can be asked: the Knowledge, or one that is not in use yet."""

    def find(self, question: str) -> Found: ...


@dataclass(frozen=True, slots=True)
class Expected:
    """A question and the id of the article that answers it; None: the knowledge base must not answer it."""

    question: str
    article_id: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one question. `article_id`: the answer given, or the first of those offered."""

    expected: Expected
    outcome: Outcome
    article_id: str | None
    right: bool
    """Answered with its article, or rightly not answered. An offer that holds the article is not wrong but not right either."""
    offered: bool
    """The article was answered or offered."""
    probability: float


@dataclass(frozen=True, slots=True)
class Run:
    """All results of one run, in the order of the questions."""

    results: tuple[Result, ...]

    @property
    def right(self) -> int:
        return sum(result.right for result in self.results)

    @property
    def share(self) -> float:
        """Right of all, 0 to 1; 1 when there are no questions."""
        return self.right / len(self.results) if self.results else 1.0

    def worse_than(self, before: Run) -> list[Result]:
        """Results that were right before and are not now."""
        were_right = {result.expected for result in before.results if result.right}
        return [result for result in self.results if not result.right and result.expected in were_right]


def run(knowledge: Finds, questions: Sequence[Expected], tell: Callable[[float], None] | None = None) -> Run:
    """Ask every question. `tell` hears how far it is."""
    results = []
    for expected in questions:
        results.append(_ask(knowledge, expected))
        if tell:
            tell(len(results) / len(questions))
    return Run(tuple(results))


def _ask(knowledge: Finds, expected: Expected) -> Result:
    found = knowledge.find(expected.question)
    offers = [found.answer, *found.maybe] if found.answer else list(found.maybe)
    ids = [article.id for article in offers]
    outcome: Outcome = "answer" if found.answer else "maybe" if offers else "unknown"
    right = found.answer is None if expected.article_id is None else outcome == "answer" and ids[0] == expected.article_id
    offered = expected.article_id in ids if expected.article_id else right
    return Result(expected, outcome, ids[0] if ids else None, right, offered, found.score)
