"""What becomes of a request when its form ends: a ticket, a part of somebody's ticket, a refusal with the right channel, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from rasa_sdk.events import FollowupAction, SlotSet

from actions import duplicates, further
from actions.intake_form import IntakeForm
from actions.refusals import refuse
from actions.request import CATEGORY_FLOOR, place_in, with_calendar
from actions.turn import BotAction, Event, Turn
from hotline import tickets
from hotline.ports import Transaction
from hotline.tickets import Draft, Kind, Place, Reporter, Ticket


class SubmitIntake(BotAction):
    """Opens the ticket, once, or drops the draft."""

    async def perform(self, turn: Turn) -> list[Event]:
        confirmed = str(turn.slot("confirmed") or "")
        if confirmed.startswith("refused:"):
            return await self._refuse(turn, confirmed.partition(":")[2])
        if confirmed == "question":
            return [*IntakeForm.emptied(), FollowupAction("action_answer")]
        if confirmed == "recorded":
            turn.prompt("intake.refused_kept")
            return IntakeForm.emptied()
        if confirmed not in ("yes", "join"):
            if confirmed:
                turn.prompt("intake.cancelled")
                further.offer(self.desk, turn)
            return IntakeForm.emptied()
        draft = await self._draft(turn)
        if confirmed == "join" and await duplicates.join(self.desk, turn, draft, self._opening(turn, draft)):
            further.offer(self.desk, turn)
            return IntakeForm.emptied()
        ticket = await self.desk.db(self._opening(turn, draft))
        turn.prompt("intake.opened_thanks" if ticket.kind in ("suggestion", "praise") else "intake.opened", number=ticket.number)
        further.offer(self.desk, turn)
        return IntakeForm.emptied()

    async def _draft(self, turn: Turn) -> Draft:
        kind = cast(Kind, turn.slot("kind"))
        contact = turn.slot("contact") or {}
        problem = turn.slot("problem")
        if details := (turn.slot("details") or {}).get("said"):
            problem = f"{problem}；{details}"
        if asked := turn.slot("unanswered"):
            problem = f"{problem}；{self.desk.city.say('intake.also_asked', questions='；'.join(asked))}"
        suggestions = await asyncio.to_thread(self.desk.categories.suggest, problem, 3)
        return Draft(
            request_key=f"{turn.conversation_id}:{turn.slot('draft')}",
            conversation_id=turn.conversation_id,
            kind=kind,
            problem=problem,
            happened=with_calendar(turn.slot("happened") or "", turn.now.astimezone(self.desk.city.timezone)),
            place=place_in(turn.slot("place")) or Place(""),
            reporter=Reporter(contact.get("name"), contact.get("phone")),
            category=next((code for code, probability in suggestions if probability >= CATEGORY_FLOOR), None),
            suggested=tuple(suggestions),
            confidential=bool(turn.slot("confidential")),
            may_publish=bool(turn.slot("may_publish")),
        )

    def _opening(self, turn: Turn, draft: Draft) -> Callable[[Transaction], Ticket]:
        return lambda tx: tickets.open_ticket(tx, draft, day=self.desk.day(turn.now), now=turn.now, new_id=self.desk.new_id)

    async def _refuse(self, turn: Turn, id: str) -> list[Event]:
        """Not for a hotline: told kindly where it belongs, and recorded all the same."""
        refusal, opening = self.desk.city.refusals[id], self._opening(turn, replace(await self._draft(turn), category=None))

        await refuse(self.desk, turn, refusal, opening)
        return [*IntakeForm.emptied(), SlotSet("refused", id)]


class Kept(BotAction):
    """A photo or a place before anything was said: kept, and asked what it is about."""

    async def perform(self, turn: Turn) -> list[Event]:
        key = {"signal_attachment": "kept_attachment", "signal_location": "kept_location"}.get(turn.intent, "nothing_to_change")
        turn.prompt(f"intake.{key}")
        return []
