"""Jobs: whatever happens later. A job is a row that commits together with the change that causes it.

A worker claims a due job by moving `locked_until` forward with a conditional update. A worker that is killed leaves the
job locked; when the lock has run out another one takes it. So every job must be safe to run twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from hotline.ports import Transaction

CALL = "call"
"""The kind of job that only the voice process claims: ring a citizen (see attempts.begin_call)."""
LOCK = timedelta(seconds=60)
FIRST_RETRY = timedelta(seconds=2)
LAST_RETRY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Job:
    """`key` is unique: scheduling the same thing twice schedules it once."""

    id: UUID
    kind: str
    subject_id: UUID
    payload: Mapping[str, Any]
    key: str
    run_at: datetime
    attempts: int = 0
    locked_until: datetime | None = None
    last_error: str | None = None
    done_at: datetime | None = None


def schedule(
    tx: Transaction, kind: str, subject_id: UUID, payload: Mapping[str, Any], *, run_at: datetime, key: str,
    new_id: Callable[[], UUID],
) -> None:  # fmt: skip
    """Add a job in this transaction, unless one with the same key exists."""
    tx.jobs.add(Job(new_id(), kind, subject_id, payload, key, run_at))


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after the given number of failures: 2, 4, 8 … seconds, at most ten minutes."""
    return min(FIRST_RETRY * (1 << min(attempts - 1, 20)), LAST_RETRY)
