"""Duplicates made one (并单): a ticket that goes the way of another, and what brings them together and apart.

The merged ticket keeps its own number, reporter and files. Its citizen is told what is told to the other's, is asked afterwards
about the same handling, and, when not content, has their own ticket reopened (see tickets.handle).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hotline.tickets import CHANGES, NewId, Ticket, WrongState, change, tell

if TYPE_CHECKING:
    from hotline.ports import Transaction


def merge(tx: Transaction, ticket: Ticket, into: Ticket, *, by: str, note: str = "", now: datetime, new_id: NewId) -> Ticket:
    """Let `ticket`, and all that were merged into it, go the way of `into`. Raises WrongState if it can't be."""
    if into.merged_into and into.status == "merged":
        into = tx.tickets.get(into.merged_into)
    if into.id == ticket.id:
        raise WrongState("不能把工单并入它自己。")
    if ticket.simulated != into.simulated:
        raise WrongState("模拟的工单不能和真实的工单并在一起。")
    if ticket.status == "merged":
        raise WrongState(f"工单 {ticket.number} 已经并入其他工单，请先拆单。")
    given: dict[str, Any] = {"by": by, "now": now, "new_id": new_id}
    change(tx, into, "join", note=f"并入 {ticket.number}", **given)
    followers = tx.tickets.joined(ticket.id)
    merged = change(tx, replace(ticket, merged_into=into.id, due_at=None), "merge", note=f"并入 {into.number}" + (f"：{note}" if note else ""), **given)
    for follower in followers:
        change(tx, replace(follower, merged_into=into.id), "merge", note=f"并入 {into.number}", **given)
    return merged


def split(tx: Transaction, ticket: Ticket, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """Let a merged ticket go its own way again: it waits for a dispatch, and its citizen is told."""
    main = tx.tickets.get(ticket.merged_into) if ticket.merged_into else None
    alone = change(tx, replace(ticket, merged_into=None), "split", by=by, note=note, now=now, new_id=new_id)
    if main and main.status in CHANGES["part"]:
        change(tx, main, "part", by=by, note=f"拆出 {ticket.number}", now=now, new_id=new_id)
    tell(tx, alone, "split", now=now, new_id=new_id)
    return alone


def people(tx: Transaction, ticket: Ticket) -> int:
    """How many citizens reported it."""
    return len({ticket.conversation_id, *(joined.conversation_id for joined in tx.tickets.joined(ticket.id))})
