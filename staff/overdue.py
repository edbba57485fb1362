"""Which open tickets are past their time limit, and which are next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hotline.tickets import Ticket
from staff import words
from staff.office import Office

HAS_LIMIT = ("dispatched", "accepted", "returned")
BATCH = 500
MOST = 5000
"""Tickets of each state that are looked at. The store keeps no order by time limit, so they are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Open tickets with a time limit, the most urgent first. `complete` is False when there were more than were looked at."""

    overdue: int
    urgent: tuple[Ticket, ...]
    complete: bool

    @property
    def count(self) -> str:
        return str(self.overdue) if self.complete else f"{self.overdue}+"


async def look(office: Office, *, keep: int = 200) -> Limits:
    """Read in batches, each its own short transaction, so that nobody waits for all of it."""
    found: list[tuple[datetime, Ticket]] = []
    complete = True
    for status in HAS_LIMIT:
        for offset in range(0, MOST, BATCH):
            batch = await office.run(lambda tx, s=status, o=offset: tx.tickets.newest(status=s, unit_id=None, limit=BATCH, offset=o))  # type: ignore[misc]
            found += [(ticket.due_at, ticket) for ticket in batch if ticket.due_at is not None]
            if len(batch) < BATCH:
                break
        else:
            complete = False
    now = office.clock()
    found.sort(key=lambda pair: (pair[0], pair[1].number))
    return Limits(sum(words.is_overdue(ticket, now) for _, ticket in found), tuple(ticket for _, ticket in found[:keep]), complete)
