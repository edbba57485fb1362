"""Calls that are due: the surveys' jobs of kind `call`, which only the voice process takes up.

A call is written down before the phone rings, and how it ended afterwards. A process that is killed in between has made its attempt:
the job that attempts.begin_call leaves behind counts it as failed, so no slot and no survey hangs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog

from channels.base import Reception
from channels.phone.legs.base import Outcome
from hotline import attempts
from hotline.jobs import CALL

IDLE_SECONDS = 1.0
CLAIMED = timedelta(seconds=60)
log = structlog.get_logger()

Ring = Callable[[str, UUID, int], Awaitable[Outcome]]
"""Calls a number for a survey's attempt."""


class OutgoingCalls:
    """Claims due calls, a few at a time, and makes them."""

    def __init__(self, reception: Reception, ring: Ring, *, at_once: int) -> None:
        self._reception, self._ring, self._at_once = reception, ring, at_once
        self._ringing: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                claimed = await self.round()
            except Exception as error:  # the database may be away for a moment
                log.error("no calls could be claimed", error=type(error).__name__)
                claimed = 0
            if not claimed:
                await asyncio.sleep(IDLE_SECONDS)

    async def round(self) -> int:
        """Begin the calls that are due, as far as lines are free. Returns how many."""
        free = self._at_once - len(self._ringing)
        due = await asyncio.to_thread(self._begin, free) if free > 0 else []
        for number, survey, attempt in due:
            task = asyncio.create_task(self._call(number, survey, attempt))
            self._ringing.add(task)
            task.add_done_callback(self._ringing.discard)
        return len(due)

    def _begin(self, limit: int) -> list[tuple[str, UUID, int]]:
        reception, due = self._reception, []
        now = reception.clock()
        with reception.store.transaction() as tx:
            for job in tx.jobs.claim_due(now=now, until=now + CLAIMED, limit=limit, kinds=(CALL,)):
                number = attempts.begin_call(tx, job, city=reception.city, now=now, new_id=reception.new_id)
                tx.jobs.set_done(job.id, now=now)
                if number:
                    due.append((number, job.subject_id, int(job.payload["attempt"])))
        return due

    async def _call(self, number: str, survey: UUID, attempt: int) -> None:
        await self._ring_and_tell(number, survey, attempt)

    async def ring_now(self, number: str, survey: UUID) -> Outcome | None:
        """Ring because somebody asks for it, and wait until the call is over. None when the survey allows no call (attempts.begin_call_by_hand)."""
        reception = self._reception

        def begin() -> int | None:
            with reception.store.transaction() as tx:
                return attempts.begin_call_by_hand(tx, survey, number, city=reception.city, now=reception.clock(), new_id=reception.new_id)

        attempt = await asyncio.to_thread(begin)
        return await self._ring_and_tell(number, survey, attempt) if attempt else None

    async def _ring_and_tell(self, number: str, survey: UUID, attempt: int) -> Outcome:
        outcome = await self._ring(number, survey, attempt)
        reception = self._reception
        log.info("survey call over", survey=str(survey), attempt=attempt, outcome=outcome)

        def ended() -> None:
            with reception.store.transaction() as tx:
                attempts.call_ended(tx, survey, outcome, city=reception.city, now=reception.clock(), new_id=reception.new_id)

        await asyncio.to_thread(ended)
        return outcome
