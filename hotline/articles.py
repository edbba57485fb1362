"""Articles: pieces of approved knowledge, and the questions citizens asked of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

ArticleStatus = Literal["draft", "review", "published", "retired"]


@dataclass(frozen=True, slots=True)
class Article:
    """One piece of knowledge. Its answer is said word for word, so it is written to be said."""

    id: str
    version: int
    question: str
    """The canonical question."""
    asked: tuple[str, ...]
    """Other ways in which people really ask it."""
    answer: str
    """Markdown, for chat."""
    spoken_answer: str
    department: str
    category: str
    source: str
    source_date: date
    related: tuple[str, ...] = ()
    status: ArticleStatus = "published"
    sample: bool = False
    """Ships with Jiesu as an example; a city replaces it by its own approved text."""
    valid_from: date | None = None
    valid_until: date | None = None

    def is_valid(self, today: date) -> bool:
        """Whether it may be an answer today: published and inside its dates, both days included."""
        return (
            self.status == "published"
            and (self.valid_from is None or self.valid_from <= today)
            and (self.valid_until is None or today <= self.valid_until)
        )


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A consultation and what came of it: the material of the editors' list of gaps."""

    id: UUID
    """The id of the message that asked, so that a repeated turn records it once."""
    conversation_id: UUID
    text: str
    article_id: str | None
    score: float
    asked_at: datetime
    helpful: bool | None = None
