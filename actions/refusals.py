"""What a hotline may not accept: recorded all the same, and told kindly where it belongs."""

from __future__ import annotations

from collections.abc import Callable

from actions.turn import Desk, Turn
from hotline import tickets
from hotline.city import Refusal
from hotline.messages import Choice
from hotline.ports import Transaction
from hotline.tickets import Draft, Kind, Place, Reporter, Ticket


async def refuse(desk: Desk, turn: Turn, refusal: Refusal, opening: Callable[[Transaction], Ticket]) -> None:
    """Open the ticket, close it with the right channel, and tell that."""

    def record(tx: Transaction) -> Ticket:
        ticket = opening(tx)
        if ticket.status != "received":
            return ticket
        return tickets.refuse(tx, ticket, by="bot", note=f"{refusal.name}：{refusal.channel}", now=turn.now, new_id=desk.new_id)

    ticket = await desk.db(record)
    turn.prompt("intake.refused", channel=refusal.channel, number=ticket.number, choices=[Choice(desk.city.say("answer.person"), "signal_handover")])


async def refuse_beside(desk: Desk, turn: Turn, refusal: Refusal) -> None:
    """The same of what is told in the middle of another request, which goes on."""
    kind: Kind = "report" if "举报" in turn.text else "complaint"
    contact = turn.slot("contact") or {}
    draft = Draft(
        request_key=f"{turn.conversation_id}:refused:{turn.message_key}", conversation_id=turn.conversation_id, kind=kind, problem=turn.text, happened="",
        place=Place(""), reporter=Reporter(contact.get("name"), contact.get("phone")), category=None, suggested=(), confidential=True, may_publish=False,
    )  # fmt: skip
    await refuse(desk, turn, refusal, lambda tx: tickets.open_ticket(tx, draft, day=desk.day(turn.now), now=turn.now, new_id=desk.new_id))
