"""Which open tickets are past their time limit, and which are next."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.ports import Transaction
from hotline.tickets import Ticket
from staff.office import Office


@dataclass(frozen=True, slots=True)
class Limits:
    """How many tickets are past their limit, and the most urgent ones."""

    overdue: int
    urgent: tuple[Ticket, ...]


async def look(office: Office, *, keep: int) -> Limits:
    """Read both at once; an index in the order of deadlines makes it cost the same at any size."""
    now = office.clock()

    def read(tx: Transaction) -> Limits:
        return Limits(tx.tickets.count_due(before=now), tuple(tx.tickets.by_due(before=None, unit_id=None, limit=keep)))

    return await office.run(read)
