"""Which open tickets cannot wait: those that tell of a danger, and those past their time limit or next to it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from hotline.ports import Transaction
from hotline.tickets import Ticket
from staff.office import Office


@dataclass(frozen=True, slots=True)
class Limits:
    """How many tickets are past their limit, and the most urgent ones."""

    overdue: int
    urgent: tuple[Ticket, ...]
    people: dict[UUID, int]
    """See Tickets.people."""


async def look(office: Office, *, keep: int) -> Limits:
    """Read all at once; indexes of dangers and in the order of deadlines make it cost the same at any size."""
    now = office.clock()

    def read(tx: Transaction) -> Limits:
        first = {ticket.id: ticket for ticket in (*tx.tickets.urgent(limit=keep), *tx.tickets.by_due(before=None, unit_id=None, limit=keep))}
        urgent = tuple(first.values())[:keep]
        return Limits(tx.tickets.count_due(before=now), urgent, tx.tickets.people([ticket.id for ticket in urgent]))

    return await office.read(read)
