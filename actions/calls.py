"""What the dialogue does when a call is over."""

from __future__ import annotations

from typing import Any, cast

from rasa_sdk.events import ActiveLoop, SlotSet

from actions.intake_form import IntakeForm
from actions.request import place_in
from actions.turn import BotAction, Desk, Event, Turn
from hotline import tickets
from hotline.ports import Transaction
from hotline.tickets import Draft, Kind, Place, Reporter


def actions(desk: Desk) -> list[BotAction]:
    return [HangUp("action_hang_up", desk)]


class HangUp(BotAction):
    """The caller hung up. A request that was begun and whose matter is known becomes an incomplete ticket, for a person to call back;
    every form is left, so that the next call begins anew."""

    async def perform(self, turn: Turn) -> list[Event]:
        if turn.form == "intake_form" and turn.slot("problem"):
            await self._keep(turn)
        if not turn.form:
            return []
        emptied = [SlotSet(name, None) for name in (*IntakeForm.slots, "survey", "contacted", "solved", "satisfaction", "comment", "note")]
        return [*emptied, SlotSet("asked_again", None), SlotSet("requested_slot", None), ActiveLoop(None)]

    async def _keep(self, turn: Turn) -> None:
        contact: dict[str, Any] = turn.slot("contact") or {}

        def keep(tx: Transaction) -> None:
            caller = tx.conversations.get(turn.conversation_id).address.user
            draft = Draft(
                request_key=f"{turn.conversation_id}:{turn.slot('draft')}",
                conversation_id=turn.conversation_id,
                kind=cast(Kind, turn.slot("kind")),
                problem=turn.slot("problem"),
                happened=turn.slot("happened") or "",
                place=place_in(turn.slot("place")) or Place(""),
                reporter=Reporter(contact.get("name"), contact.get("phone") or (caller if caller.startswith("+") else None)),
            )
            tickets.open_ticket(tx, draft, day=self.desk.day(turn.now), now=turn.now, new_id=self.desk.new_id, incomplete=True)

        await self.desk.db(keep)
