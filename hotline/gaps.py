"""Gaps: questions that citizens asked in vain, grouped by meaning; and regression questions, whose answer is known.

A gap is open until it is mended by an article or set aside. Later questions of the same meaning go to an open gap, or quietly
to one that was set aside; after one that was mended they make a new gap, for then the mending was not enough. What was asked
before the bot knew of the mending still goes to that one, whenever it is grouped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from hotline.access import Refused

if TYPE_CHECKING:
    from hotline.ports import Transaction

GapStatus = Literal["open", "mended", "dismissed"]


@dataclass(frozen=True, slots=True)
class Gap:
    id: UUID
    example_id: UUID
    """The first question asked, which stands for all."""
    status: GapStatus
    created_at: datetime
    assigned_to: str = ""
    article_id: str | None = None
    """What mends it, or is being written to."""
    closed_by: str = ""
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GapCount:
    """A gap with what happened in it."""

    gap: Gap
    example: str
    total: int
    unanswered: int
    """Neither answered nor offered a choice."""
    maybe: int
    """Asked back: did you mean …"""
    unhelpful: int
    """Answered, with a thumbs-down."""
    this_week: int
    last_week: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Check:
    """A regression question and the article that must answer it; None: the bot must not answer."""

    id: UUID
    question: str
    article_id: str | None
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class CheckRun:
    """One run of all regression questions."""

    id: UUID
    at: datetime
    by: str
    why: str
    questions: int
    right: int
    offered: int
    """Right, or offered among what may be meant."""
    wrong: tuple[str, ...] = ()
    """Ids of the questions that went wrong."""
    listed: tuple[str, ...] = ()
    """Ids of those that were offered only: the bot asks back, and the right article is among the choices."""


def assign(tx: Transaction, id: UUID, to: str) -> Gap:
    """Say who looks after it; nobody when empty. Raises Refused."""
    gap = replace(_open(tx, id), assigned_to=to)
    tx.gaps.update(gap)
    return gap


def write_to(tx: Transaction, id: UUID, article_id: str, *, by: str) -> None:
    """An article is being written for it, by whoever looks after it if nobody does yet. It stays open until that is published.
    Raises Refused."""
    gap = _open(tx, id)
    tx.gaps.update(replace(gap, article_id=article_id, assigned_to=gap.assigned_to or by))


def merge(tx: Transaction, id: UUID, into: UUID) -> None:
    """Take two gaps for one, because they mean the same: the second takes in the questions of the first. Raises Refused."""
    gap, other = _open(tx, id), _open(tx, into)
    tx.gaps.merge(id, into)
    tx.gaps.update(replace(other, assigned_to=other.assigned_to or gap.assigned_to, article_id=other.article_id or gap.article_id))


def close(tx: Transaction, id: UUID, status: Literal["mended", "dismissed"], *, article_id: str | None, by: str, now: datetime) -> None:
    """Mended by an article, or set aside. Raises Refused."""
    tx.gaps.update(replace(_open(tx, id), status=status, article_id=article_id, closed_by=by, closed_at=now))


def reopen(tx: Transaction, id: UUID) -> None:
    """Take back a close."""
    gap = tx.gaps.get(id)
    if gap is None:
        raise Refused("没有这个缺口，可能已经按期限删除。")
    tx.gaps.update(replace(gap, status="open", closed_by="", closed_at=None))


def _open(tx: Transaction, id: UUID) -> Gap:
    gap = tx.gaps.get(id)
    if gap is None:
        raise Refused("没有这个缺口，可能已经按期限删除。")
    if gap.status != "open":
        raise Refused(f"这个缺口已由{gap.closed_by or '别人'}处理，请刷新后再看。")
    return gap
