"""Danger first: whatever a message was taken for, if someone is in danger the right number comes before anything else.

`Watched` stands before every action. The first action of a message looks at it; when it tells of a danger, the bot names the number,
opens an urgent ticket and calls a person, and the actions that would have followed keep silent for this message.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import BotAction, Desk, Event, Turn
from hotline import tickets
from hotline.city import Emergency
from hotline.conversations import raise_alarm
from hotline.intake import hear
from hotline.ports import Transaction
from hotline.tickets import OPEN, Draft, Place, Reporter, Ticket


class Watched(Action):  # type: ignore[misc]
    """An action that gives way to a danger."""

    def __init__(self, action: BotAction, desk: Desk) -> None:
        self._action = action
        self._desk = desk

    def name(self) -> str:
        return self._action.name()

    @property
    def _is_form(self) -> bool:
        return self.name().startswith("validate_")

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        turn = Turn(self._desk, tracker, dispatcher)
        alarm: dict[str, Any] = turn.slot("alarm") or {}
        if turn.is_signal or not turn.text or self.name() == "action_session_start":
            return await self._action.run(dispatcher, tracker, domain)
        if alarm.get("message") == turn.message_key:
            return self._silent(turn) if alarm["raised"] else await self._action.run(dispatcher, tracker, domain)
        if danger := await asyncio.to_thread(self._desk.triage.danger, turn.text):
            raised = await self._raise(turn, danger, alarm)
            return [SlotSet("alarm", raised), *self._silent(turn)]
        looked = SlotSet("alarm", {"message": turn.message_key, "raised": False})
        if alarm.get("waits") and await self._placed(turn, alarm["ticket"]):
            return [SlotSet("alarm", {"message": turn.message_key, "raised": True, "ticket": alarm["ticket"]}), *self._silent(turn)]
        events = await self._action.run(dispatcher, tracker, domain)
        # A form that a message is not for says so by changing nothing at all: then Rasa lets the rules answer.
        return [looked, *events] if events or not self._is_form else []

    async def _raise(self, turn: Turn, danger: Emergency, before: dict[str, Any]) -> dict[str, Any]:
        """Say the number, open the ticket, call a person. What is told of the same danger a second time is added to its ticket."""
        place = self._desk.gazetteer.find(turn.text)
        said = hear(turn.text, self._desk.gazetteer, wanted=None)
        suggested = await asyncio.to_thread(self._desk.categories.suggest, turn.text, 40)
        category = next((code for code, _ in suggested if self._desk.city.categories[code].urgency == "emergency"), None)
        draft = Draft(
            request_key=f"{turn.conversation_id}:danger:{turn.message_key}", conversation_id=turn.conversation_id, kind="help_request",
            problem=f"【{danger.name}】{turn.text}", happened=said.happened or said.part_of_day or "", place=place or Place(""),
            reporter=said.reporter or Reporter(), category=category,
        )  # fmt: skip
        day = turn.now.astimezone(self._desk.city.timezone).strftime("%y%m%d")

        def alert(tx: Transaction) -> Ticket:
            raise_alarm(tx, turn.conversation_id, now=turn.now)
            known = tx.tickets.by_number(before["ticket"]) if before.get("ticket") else None
            if known and known.status in OPEN:
                return tickets.supplement(tx, known, by="citizen", note=turn.text, now=turn.now, new_id=self._desk.new_id)
            return tickets.open_ticket(tx, draft, day=day, now=turn.now, new_id=self._desk.new_id)

        ticket = await self._desk.db(alert)
        where = bool(place or ticket.place.text)
        turn.say(danger.advice)
        turn.prompt("emergency.recorded" if where else "emergency.recorded_ask_place", number=ticket.number)
        return {"message": turn.message_key, "raised": True, "ticket": ticket.number, "waits": not where}

    async def _placed(self, turn: Turn, number: str) -> bool:
        """Whether the message says where it is. Then the ticket has it."""
        place = self._desk.gazetteer.find(turn.text) or (self._desk.gazetteer.read_answer(turn.text) if turn.intent in ("inform", "nlu_fallback") else None)
        if place is None:
            return False

        def add(tx: Transaction) -> None:
            ticket = tx.tickets.by_number(number)
            if ticket and ticket.status in OPEN:
                tickets.supplement(tx, replace(ticket, place=place), by="citizen", note=turn.text, now=turn.now, new_id=self._desk.new_id)

        await self._desk.db(add)
        turn.prompt("emergency.placed", number=number)
        return True

    def _silent(self, turn: Turn) -> list[Event]:
        """What an action returns that says nothing: a form that was open stays where it is, one about to open does not."""
        if self._is_form:
            return [SlotSet("heard", turn.message_key), SlotSet("requested_slot", turn.slot("requested_slot"))]
        return []
