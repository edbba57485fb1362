"""Tickets: what a citizen asked the city to do, and everything that became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from hotline import jobs
from hotline.messages import Location

if TYPE_CHECKING:
    from hotline.ports import Transaction

Kind = Literal["consultation", "help_request", "complaint", "report", "suggestion", "praise"]
Status = Literal["incomplete", "received", "dispatched", "accepted", "returned", "handled", "closed", "withdrawn"]
NewId = Callable[[], UUID]

KIND_NAMES: dict[str, str] = {
    "consultation": "咨询", "help_request": "求助", "complaint": "投诉",
    "report": "举报", "suggestion": "建议", "praise": "表扬",
}  # fmt: skip
STATUS_NAMES: dict[str, str] = {
    "incomplete": "没说完，待回电", "received": "已受理", "dispatched": "已派单", "accepted": "承办单位已接单", "returned": "承办单位退回，正在重新派单",
    "handled": "已办理，等待回访", "closed": "已办结", "withdrawn": "已撤回",
}  # fmt: skip

OPEN: frozenset[Status] = frozenset({"incomplete", "received", "dispatched", "accepted", "returned"})

# Every change a ticket may make, and the event that records it. What is not here can't happen.
CHANGES: dict[str, dict[Status, Status]] = {
    "dispatch": {"incomplete": "dispatched", "received": "dispatched", "returned": "dispatched", "dispatched": "dispatched"},
    "accept": {"dispatched": "accepted"},
    "return": {"dispatched": "returned", "accepted": "returned"},
    "handle": {"dispatched": "handled", "accepted": "handled"},
    "close": {"handled": "closed"},
    "refuse": {"received": "closed"},
    "reopen": {"handled": "dispatched"},
    "withdraw": {"incomplete": "withdrawn", "received": "withdrawn", "dispatched": "withdrawn", "accepted": "withdrawn", "returned": "withdrawn"},
    "supplement": {"incomplete": "incomplete", "received": "received", "dispatched": "dispatched", "accepted": "accepted", "returned": "returned"},
}


SIMULATED = "simulated:"
"""With this begins the request key of a ticket that `jiesu demo month` made up. Its number begins with “M” (模拟)."""


class WrongState(ValueError):
    """The ticket's state does not allow this. `str(error)` is a Chinese sentence for the person who tried."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is, as far as it is known. `text` is what the citizen said; codes are from the city folder."""

    text: str
    district_code: str | None = None
    street_code: str | None = None
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who asks. Personal data: stored encrypted and apart, read through `access.reveal` only."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    callback: str | None = None
    """The channel through which they wish to be asked afterwards: phone, sms, email; None when they did not say."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """`due_at` is the lead unit's time limit. `handlings` counts how often a unit said it was done."""

    id: UUID
    number: str
    request_key: str
    conversation_id: UUID
    kind: Kind
    problem: str
    happened: str
    place: Place
    category: str | None
    """The code of a third-level category, or None until a dispatcher names one."""
    status: Status
    opened_at: datetime
    unit_id: str | None = None
    due_at: datetime | None = None
    handled_at: datetime | None = None
    closed_at: datetime | None = None
    handlings: int = 0
    version: int = 0
    """Grows with every change, so that nobody changes what they have not seen."""


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """A line of a ticket's history. Lines are only ever added."""

    id: UUID
    ticket_id: UUID
    kind: str
    from_status: str | None
    to_status: str
    by: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """All that the intake form collected."""

    request_key: str
    conversation_id: UUID
    kind: Kind
    problem: str
    happened: str
    place: Place
    reporter: Reporter
    category: str | None = None


def open_ticket(tx: Transaction, draft: Draft, *, day: str, now: datetime, new_id: NewId, incomplete: bool = False) -> Ticket:
    """Open a ticket, or return the one that this draft already opened: a repeated request makes no second ticket.

    The photos and files that the citizen sent in the conversation and no ticket holds yet become this ticket's.
    `day` is the local date as YYMMDD, with which the number begins. `incomplete`: the citizen hung up before all was said; a person calls back.
    """
    tx.conversations.get(draft.conversation_id, lock=True)  # a repetition at the same moment waits here, and then finds this one
    if existing := tx.tickets.by_request_key(draft.request_key):
        return existing
    ticket = Ticket(
        id=new_id(),
        number=f"{day}{tx.next_number(f'ticket:{day}'):05d}",
        request_key=draft.request_key,
        conversation_id=draft.conversation_id,
        kind=draft.kind,
        problem=draft.problem,
        happened=draft.happened,
        place=draft.place,
        category=draft.category,
        status="incomplete" if incomplete else "received",
        opened_at=now,
    )
    tx.tickets.add(ticket, draft.reporter)
    tx.attachments.claim(draft.conversation_id, ticket.id)
    _record(tx, ticket, "open", None, by="citizen", note="", now=now, new_id=new_id)
    return ticket


def dispatch(
    tx: Transaction, ticket: Ticket, *, unit_id: str, category: str | None, due_at: datetime, by: str, note: str,
    now: datetime, new_id: NewId,
) -> Ticket:  # fmt: skip
    """Send the ticket to the unit that must act, or, when it was sent already, to another one."""
    sent = replace(ticket, unit_id=unit_id, category=category, due_at=due_at)
    changed = _change(tx, sent, "dispatch", by=by, note=note, now=now, new_id=new_id)
    count = dispatches(tx, changed)
    jobs.schedule(tx, "notify", changed.id, {"dispatch": count}, run_at=now, key=f"notify:{changed.id}:{count}", new_id=new_id)
    return changed


def dispatches(tx: Transaction, ticket: Ticket) -> int:
    """How often the ticket was sent to a unit by a dispatcher."""
    return sum(event.kind == "dispatch" for event in tx.tickets.events(ticket.id))


def accept(tx: Transaction, ticket: Ticket, *, by: str, now: datetime, new_id: NewId) -> Ticket:
    """The unit takes the ticket on."""
    return _change(tx, ticket, "accept", by=by, note="", now=now, new_id=new_id)


def send_back(tx: Transaction, ticket: Ticket, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """The unit says it is not responsible; a dispatcher decides. A reason is required."""
    return _change(tx, ticket, "return", by=by, note=_required(note, "退回"), now=now, new_id=new_id)


def handle(
    tx: Transaction, ticket: Ticket, *, by: str, note: str, survey_at: datetime, now: datetime, new_id: NewId
) -> Ticket:
    """Mark the work done. The citizen is asked about it at `survey_at`; see surveys.start().

    Raises WrongState if it is not in a unit's hands, because a second handling would ask the citizen twice.
    """
    handled = replace(ticket, handled_at=now, handlings=ticket.handlings + 1)
    handled = _change(tx, handled, "handle", by=by, note=_required(note, "办结"), now=now, new_id=new_id)
    jobs.schedule(tx, "survey", handled.id, {}, run_at=survey_at, key=f"survey:{handled.id}:{handled.handlings}", new_id=new_id)
    return handled


def close(tx: Transaction, ticket: Ticket, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """The citizen has answered, or could not be reached: the matter ends."""
    return _change(tx, replace(ticket, closed_at=now), "close", by=by, note=note, now=now, new_id=new_id)


def refuse(tx: Transaction, ticket: Ticket, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """A matter that a hotline may not accept: recorded, with the channel that was named to the citizen, and ended."""
    return _change(tx, replace(ticket, closed_at=now), "refuse", by=by, note=_required(note, "不受理"), now=now, new_id=new_id)


def reopen(tx: Transaction, ticket: Ticket, *, due_at: datetime, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """Not solved, says the citizen: back to the same lead unit, with the reason."""
    return _change(tx, replace(ticket, handled_at=None, due_at=due_at), "reopen", by=by, note=note, now=now, new_id=new_id)


def withdraw(tx: Transaction, ticket: Ticket, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """The citizen no longer wants it."""
    return _change(tx, replace(ticket, closed_at=now), "withdraw", by=by, note=note, now=now, new_id=new_id)


def supplement(tx: Transaction, ticket: Ticket, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """Something the citizen or an operator adds to an open ticket. Files sent since then are added too."""
    changed = _change(tx, ticket, "supplement", by=by, note=_required(note, "补充"), now=now, new_id=new_id)
    tx.attachments.claim(ticket.conversation_id, ticket.id)
    return changed


def due(now: datetime, hours: float) -> datetime:
    """The end of a time limit of `hours`, counted from now without pause, as the draft of DB11/T 2021 counts."""
    return now + timedelta(hours=hours)


def _change(tx: Transaction, ticket: Ticket, kind: str, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    before = ticket.status
    after = CHANGES[kind].get(before)
    if after is None:
        raise WrongState(f"工单 {ticket.number} 现在是“{STATUS_NAMES[before]}”，不能这样操作。请刷新页面查看最新状态。")
    changed = replace(ticket, status=after)
    # Only from what we read: of two people who press at the same moment one succeeds.
    if not tx.tickets.update(changed, only_from=before):
        raise WrongState(f"工单 {ticket.number} 刚刚被别人处理过，请刷新页面查看最新状态。")
    _record(tx, changed, kind, before, by=by, note=note, now=now, new_id=new_id)
    return replace(changed, version=ticket.version + 1)


def _record(tx: Transaction, ticket: Ticket, kind: str, before: str | None, *, by: str, note: str, now: datetime, new_id: NewId) -> None:
    tx.tickets.add_event(TicketEvent(new_id(), ticket.id, kind, before, ticket.status, by, note, now))


def _required(note: str, what: str) -> str:
    if not note.strip():
        raise WrongState(f"请先写明{what}的内容或理由。")
    return note.strip()
