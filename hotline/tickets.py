"""Tickets: what a citizen asked the city to do, and everything that became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from hotline import jobs
from hotline.messages import Location

if TYPE_CHECKING:
    from hotline.ports import Transaction

Kind = Literal["consultation", "help_request", "complaint", "report", "suggestion", "praise"]
Status = Literal["incomplete", "received", "dispatched", "accepted", "returned", "merged", "handled", "closed", "withdrawn"]
NewId = Callable[[], UUID]

KIND_NAMES: dict[str, str] = {
    "consultation": "咨询", "help_request": "求助", "complaint": "投诉",
    "report": "举报", "suggestion": "建议", "praise": "表扬",
}  # fmt: skip
STATUS_NAMES: dict[str, str] = {
    "incomplete": "没说完，待回电", "received": "已受理", "dispatched": "已派单", "accepted": "承办单位已接单", "returned": "承办单位退回，正在重新派单",
    "merged": "已并入同类诉求，一起办理", "handled": "已办理，等待回访", "closed": "已办结", "withdrawn": "已撤回",
}  # fmt: skip

OPEN: frozenset[Status] = frozenset({"incomplete", "received", "dispatched", "accepted", "returned", "merged"})
AT_A_UNIT: frozenset[Status] = frozenset({"dispatched", "accepted", "returned"})
"""Where the time limit runs."""


def _stays(*statuses: Status) -> dict[Status, Status]:
    return {status: status for status in statuses}


# Every change a ticket may make, and the event that records it. What is not here can't happen.
CHANGES: dict[str, dict[Status, Status]] = {
    "categorise": _stays("incomplete", "received", "dispatched", "accepted", "returned"),
    "dispatch": {"incomplete": "dispatched", "received": "dispatched", "returned": "dispatched", "dispatched": "dispatched"},
    "accept": {"dispatched": "accepted"},
    "return": {"dispatched": "returned", "accepted": "returned"},
    "uphold": {"returned": "dispatched"},
    "extend": _stays("dispatched", "accepted"),
    "assist": _stays("dispatched", "accepted"),
    "hand_over": {"dispatched": "dispatched", "accepted": "dispatched"},
    "supervise": _stays("dispatched", "accepted", "returned"),
    "yellow": _stays("dispatched", "accepted", "returned"),
    "red": _stays("dispatched", "accepted", "returned"),
    "handle": {"dispatched": "handled", "accepted": "handled", "merged": "handled"},
    "close": {"handled": "closed"},
    "refuse": {"received": "closed"},
    "reopen": {"handled": "dispatched"},
    "withdraw": {"incomplete": "withdrawn", "received": "withdrawn", "dispatched": "withdrawn", "accepted": "withdrawn", "returned": "withdrawn", "merged": "withdrawn"},
    "supplement": _stays("incomplete", "received", "dispatched", "accepted", "returned", "merged"),
    # Duplicates: one is merged into another, which is joined; and they may part again.
    "merge": {"incomplete": "merged", "received": "merged", "dispatched": "merged", "accepted": "merged", "returned": "merged", "merged": "merged"},
    "join": _stays("received", "dispatched", "accepted", "returned"),
    "split": {"merged": "received"},
    "part": _stays("received", "dispatched", "accepted", "returned", "handled", "closed", "withdrawn"),
}


SIMULATED = "simulated:"
"""With this begins the request key of a ticket that `jiesu demo month` made up. Its number begins with “M” (模拟)."""


DANGER = ":danger:"
"""What stands in the request key of a ticket that tells of a danger."""


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
    """`unit_id` leads, `assists` help. `due_at` is the lead unit's time limit, extended at most once a unit. `returns` counts how often a
    unit sent it back, `handlings` how often one said it was done. A merged ticket goes the way of the one it was merged into."""

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
    suggested: tuple[tuple[str, float], ...] = ()
    """What the classifier thought when it was opened: codes with probabilities, the likeliest first."""
    unit_id: str | None = None
    assists: tuple[str, ...] = ()
    due_at: datetime | None = None
    extended: bool = False
    supervised: bool = False
    confidential: bool = False
    """Whether units must not learn who asks."""
    may_publish: bool = False
    """Whether the citizen agrees that it is published, without who asks."""
    returns: int = 0
    merged_into: UUID | None = None
    handled_at: datetime | None = None
    closed_at: datetime | None = None
    handlings: int = 0
    version: int = 0
    """Grows with every change, so that nobody changes what they have not seen."""

    @property
    def urgent(self) -> bool:
        """Whether it tells of a danger, and the shortest limit holds whatever its category."""
        return DANGER in self.request_key

    @property
    def simulated(self) -> bool:
        """Whether `jiesu demo month` made it up."""
        return self.request_key.startswith(SIMULATED)


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
    units: tuple[str, ...] = ()
    """Where it was sent, the lead unit first; who helps."""
    unit_id: str | None = None
    """The unit that led then. The ticket tells only who leads now, and a return is not the next unit's."""
    due_at: datetime | None = None
    """The time limit that held after it. A reopened ticket has a new one, and the handling before was in time or not by this one."""


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
    suggested: tuple[tuple[str, float], ...] = ()
    confidential: bool = False
    may_publish: bool = False


def open_ticket(tx: Transaction, draft: Draft, *, day: str, now: datetime, new_id: NewId, incomplete: bool = False) -> Ticket:
    """Open a ticket, or return the one that this draft already opened: a repeated request makes no second ticket.

    The photos and files that the citizen sent in the conversation and no ticket holds yet become this ticket's.
    `day` is the local date as YYMMDD, with which the number begins. `incomplete`: the citizen hung up before all was said; a person calls back.
    """
    conversation = tx.conversations.get(draft.conversation_id, lock=True)  # a repetition at the same moment waits here, and then finds this one
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
        suggested=draft.suggested,
        confidential=draft.confidential,
        may_publish=draft.may_publish and not draft.confidential,
        status="incomplete" if incomplete else "received",
        opened_at=now,
    )
    tx.tickets.add(ticket, draft.reporter)
    tx.attachments.claim(draft.conversation_id, ticket.id)
    record(tx, ticket, "open", None, by="citizen", note="", now=now, new_id=new_id)
    if conversation.address.channel == "phone" and not draft.request_key.startswith(SIMULATED):
        jobs.schedule(tx, "text_number", ticket.id, {}, run_at=now, key=f"text_number:{ticket.id}", new_id=new_id)
    return ticket


def dispatch(
    tx: Transaction, ticket: Ticket, *, unit_id: str, category: str | None, due_at: datetime, by: str, note: str,
    assists: tuple[str, ...] = (), now: datetime, new_id: NewId,
) -> Ticket:  # fmt: skip
    """Send the ticket to the unit that must act, or, when it was sent already, to another one. A category that the dispatcher
    corrected is written down: corrections are what the classifier learns from.

    Whoever has it may be told more of it (a category, who helps, a note), but gets no new time by that: see `clock_began`.
    """
    if ticket.status == "dispatched" and (unit_id, assists, category, note) == (ticket.unit_id, ticket.assists, ticket.category, ""):
        raise WrongState(f"工单 {ticket.number} 已经派给这个单位，内容没有变化。")
    if category and category != ticket.category:
        record(tx, ticket, "categorise", ticket.status, by=by, note=f"{ticket.category or '未定'} → {category}", now=now, new_id=new_id)
    extended = ticket.extended and unit_id == ticket.unit_id
    sent = replace(ticket, unit_id=unit_id, assists=assists, category=category, due_at=due_at, extended=extended)
    return _sent(tx, change(tx, sent, "dispatch", by=by, note=note, now=now, new_id=new_id), now=now, new_id=new_id)


def hand_over(
    tx: Transaction, ticket: Ticket, *, unit_id: str, assists: tuple[str, ...] = (), by: str, note: str, now: datetime, new_id: NewId
) -> Ticket:
    """The unit in charge passes it to another, without a dispatcher. The time limit runs on: the citizen has waited already."""
    if unit_id == ticket.unit_id:
        raise WrongState("工单已经在这个单位，请选择要移交给的单位。")
    passed = replace(ticket, unit_id=unit_id, assists=assists)
    return _sent(tx, change(tx, passed, "hand_over", by=by, note=_required(note, "移交"), now=now, new_id=new_id), now=now, new_id=new_id)


def dispatches(tx: Transaction, ticket: Ticket) -> int:
    """How often the ticket was sent to a unit that did not have it."""
    has_it, count = "", 0
    for event in tx.tickets.events(ticket.id):
        if event.kind in ("split", "return"):
            has_it = ""
        elif event.kind in ("dispatch", "hand_over") and event.units:
            count += event.units[0] != has_it
            has_it = event.units[0]
    return count


def clock_began(events: Iterable[TicketEvent]) -> datetime | None:
    """When the time limit of the unit in charge began: when it was sent there or opened again. Sending it there once more, or handing it over, begins none."""
    unit, began = "", None
    for event in events:
        if event.kind == "reopen" or (event.kind == "dispatch" and event.units and event.units[0] != unit):
            began = event.at
        if event.kind in ("dispatch", "hand_over") and event.units:
            unit = event.units[0]
    return began


def returned_by(events: Iterable[TicketEvent]) -> frozenset[str]:
    """The units that sent a ticket back, and whose return no dispatcher overruled, from its whole history."""
    unit, found = "", set[str]()
    for event in events:
        if event.kind in ("dispatch", "hand_over") and event.units:
            unit = event.units[0]
        elif event.kind == "return":
            found.add(unit)
        elif event.kind == "uphold":
            found.discard(unit)
    return frozenset(found)


def accept(tx: Transaction, ticket: Ticket, *, by: str, now: datetime, new_id: NewId) -> Ticket:
    """The unit takes the ticket on."""
    return change(tx, ticket, "accept", by=by, note="", now=now, new_id=new_id)


def send_back(tx: Transaction, ticket: Ticket, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """The unit says it is not responsible; a dispatcher decides: sends it elsewhere, or upholds the dispatch. A reason is required."""
    counted = replace(ticket, returns=ticket.returns + 1)
    return change(tx, counted, "return", by=by, note=_required(note, "退回"), now=now, new_id=new_id)


def uphold(tx: Transaction, ticket: Ticket, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """The dispatcher does not agree with a return: the same unit goes on, with the same time limit, and is told why."""
    return change(tx, ticket, "uphold", by=by, note=_required(note, "维持原派"), now=now, new_id=new_id)


def extend(tx: Transaction, ticket: Ticket, *, due_at: datetime, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """Give the unit more time, once, for a reason. The citizen is told."""
    if ticket.extended:
        raise WrongState(f"工单 {ticket.number} 已经延期过一次，不能再延。")
    if ticket.due_at and due_at <= ticket.due_at:
        raise WrongState("新的期限必须晚于原来的期限。")
    later = change(tx, replace(ticket, due_at=due_at, extended=True), "extend", by=by, note=_required(note, "延期"), now=now, new_id=new_id)
    _watch(tx, later, now=now, new_id=new_id)
    tell(tx, later, "extended", now=now, new_id=new_id)
    return later


def assist(tx: Transaction, ticket: Ticket, *, assists: tuple[str, ...], by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """Say which units help the one that leads; it goes on leading."""
    if not assists and not ticket.assists:
        raise WrongState("请选择协办单位。")
    if ticket.unit_id in assists:
        raise WrongState("主办单位不能同时是协办单位。")
    if assists == ticket.assists and not note:
        raise WrongState("协办单位没有变化。要加一个单位，请从列表中选中它。")
    return change(tx, replace(ticket, assists=assists), "assist", by=by, note=note, now=now, new_id=new_id)


def supervise(tx: Transaction, ticket: Ticket, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """Press for it (督办): marked in every list until it is handled."""
    return change(tx, replace(ticket, supervised=True), "supervise", by=by, note=_required(note, "督办"), now=now, new_id=new_id)


def handle(
    tx: Transaction, ticket: Ticket, *, by: str, note: str, survey_at: datetime, now: datetime, new_id: NewId
) -> Ticket:
    """Mark the work done. The citizen is asked about it at `survey_at`; see attempts.start(). So is everyone whose ticket was merged
    into this one, each about their own and once: who is not content gets their own ticket reopened.

    Raises WrongState if it is not in a unit's hands, because a second handling would ask the citizen twice.
    """
    if ticket.status == "merged":
        raise WrongState(f"工单 {ticket.number} 已并入其他工单，请在主单上办结。")
    note = _required(note, "办结")
    asked: set[UUID] = set()
    for each in (ticket, *tx.tickets.joined(ticket.id)):
        done = replace(each, handled_at=now, handlings=each.handlings + 1, supervised=False, unit_id=ticket.unit_id)
        done = change(tx, done, "handle", by=by, note=note, now=now, new_id=new_id)
        if each.conversation_id in asked:  # one person twice is asked once
            close(tx, done, by="system", note="同一市民的重复诉求，随主单回访。", now=now, new_id=new_id)
        else:
            jobs.schedule(tx, "survey", done.id, {}, run_at=survey_at, key=f"survey:{done.id}:{done.handlings}", new_id=new_id)
        asked.add(each.conversation_id)
        ticket = done if each.id == ticket.id else ticket
    return ticket


def close(tx: Transaction, ticket: Ticket, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """The citizen has answered, or could not be reached: the matter ends."""
    return change(tx, replace(ticket, closed_at=now), "close", by=by, note=note, now=now, new_id=new_id)


def refuse(tx: Transaction, ticket: Ticket, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """A matter that a hotline may not accept: recorded, with the channel that was named to the citizen, and ended."""
    return change(tx, replace(ticket, closed_at=now), "refuse", by=by, note=_required(note, "不受理"), now=now, new_id=new_id)


def reopen(tx: Transaction, ticket: Ticket, *, due_at: datetime, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """Not solved, says the citizen: back to the same lead unit, with the reason."""
    again = replace(ticket, handled_at=None, due_at=due_at, merged_into=None)
    again = change(tx, again, "reopen", by=by, note=note, now=now, new_id=new_id)
    _watch(tx, again, now=now, new_id=new_id)
    return again


def withdraw(tx: Transaction, ticket: Ticket, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """The citizen no longer wants it. Others who joined it still do: the eldest of their tickets goes on in its place."""
    gone = change(tx, replace(ticket, closed_at=now, merged_into=None), "withdraw", by=by, note=note, now=now, new_id=new_id)
    heirs = tx.tickets.joined(ticket.id)
    if heirs:
        given: dict[str, Any] = {"by": "system", "now": now, "new_id": new_id}
        heir = change(tx, replace(heirs[0], merged_into=None), "split", note=f"主单 {ticket.number} 已由提交人撤回，本单接续办理。", **given)
        if ticket.unit_id and ticket.due_at:
            heir = dispatch(
                tx, heir, unit_id=ticket.unit_id, assists=ticket.assists, category=ticket.category, due_at=ticket.due_at,
                note=f"接续 {ticket.number}", **given,
            )  # fmt: skip
        for other in heirs[1:]:
            change(tx, replace(other, merged_into=heir.id), "merge", note=f"并入 {heir.number}", **given)
    return gone


def supplement(tx: Transaction, ticket: Ticket, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """Something the citizen or an operator adds to an open ticket. Files sent since then are added too. What is added to a merged
    ticket is read where it is handled."""
    note = _required(note, "补充")
    changed = change(tx, ticket, "supplement", by=by, note=note, now=now, new_id=new_id)
    tx.attachments.claim(ticket.conversation_id, ticket.id)
    if ticket.merged_into and (main := tx.tickets.get(ticket.merged_into)).status in CHANGES["supplement"]:
        change(tx, main, "supplement", by=by, note=f"{note}（来自并入的 {ticket.number}）", now=now, new_id=new_id)
    return changed


def mark(tx: Transaction, ticket: Ticket, color: Literal["yellow", "red"], *, now: datetime, new_id: NewId) -> None:
    """Write down that a ticket got its yellow or red mark. Nobody's open page becomes old by it."""
    if ticket.status in CHANGES[color]:
        record(tx, ticket, color, ticket.status, by="system", note="", now=now, new_id=new_id)


def tell(tx: Transaction, ticket: Ticket, what: str, *, now: datetime, new_id: NewId) -> None:
    """Have the citizen, and all whose tickets were merged into this one, told the sentence tickets.`what`."""
    jobs.schedule(tx, "tell", ticket.id, {"what": what}, run_at=now, key=f"tell:{what}:{ticket.id}:{ticket.version}", new_id=new_id)


def _sent(tx: Transaction, ticket: Ticket, *, now: datetime, new_id: NewId) -> Ticket:
    count = dispatches(tx, ticket)
    jobs.schedule(tx, "notify", ticket.id, {"dispatch": count}, run_at=now, key=f"notify:{ticket.id}:{count}", new_id=new_id)
    _watch(tx, ticket, now=now, new_id=new_id)
    return ticket


def _watch(tx: Transaction, ticket: Ticket, *, now: datetime, new_id: NewId) -> None:
    """Have the yellow and the red mark of a new deadline put up in time; the worker knows the calendar."""
    if ticket.due_at:
        due = ticket.due_at.isoformat()
        jobs.schedule(tx, "deadline", ticket.id, {"due": due}, run_at=now, key=f"deadline:{ticket.id}:{due}", new_id=new_id)


def change(tx: Transaction, ticket: Ticket, kind: str, *, by: str, note: str, now: datetime, new_id: NewId) -> Ticket:
    """Make a change of CHANGES and write it down. `ticket` carries its new values and the status and version that were read.

    Raises WrongState if it may not happen, or if somebody else was quicker.
    """
    before = ticket.status
    after = CHANGES[kind].get(before)
    if after is None:
        raise WrongState(f"工单 {ticket.number} 现在是“{STATUS_NAMES[before]}”，不能这样操作。请刷新页面查看最新状态。")
    changed = replace(ticket, status=after)
    # Only from what we read: of two people who press at the same moment one succeeds.
    if not tx.tickets.update(changed, only_from=before):
        raise WrongState(f"工单 {ticket.number} 刚刚被别人处理过，请刷新页面查看最新状态。")
    record(tx, changed, kind, before, by=by, note=note, now=now, new_id=new_id)
    return replace(changed, version=ticket.version + 1)


def record(tx: Transaction, ticket: Ticket, kind: str, before: str | None, *, by: str, note: str, now: datetime, new_id: NewId) -> None:
    """Add a line to the ticket's history."""
    lead = (ticket.unit_id,) if kind in ("dispatch", "hand_over") and ticket.unit_id else ()
    units = (*lead, *ticket.assists) if lead or kind == "assist" else ()
    tx.tickets.add_event(TicketEvent(new_id(), ticket.id, kind, before, ticket.status, by, note, now, units, ticket.unit_id, ticket.due_at))


def _required(note: str, what: str) -> str:
    if not note.strip():
        raise WrongState(f"请先写明{what}的内容或理由。")
    return note.strip()
