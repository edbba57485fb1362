"""A conversation with the intake form's own actions, without Rasa: what Rasa would take a message for is given.

Quick enough for many conversations. That Rasa really leads there is seen by the journeys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import consultation, intake
from actions.alarm import Watched
from actions.turn import Desk
from hotline.conversations import accept, say
from hotline.messages import UNSURE_PLACE, Address, InboundMessage, Via
from hotline.rasa_client import read_reply


@dataclass
class Talk:
    """One citizen with the intake form. `slots` is what Rasa would remember."""

    desk: Desk
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]
    user: str = "w1"
    channel: str = "web"
    slots: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    """Which messages there were and what was done, as Rasa would tell an action."""
    open: bool = False
    conversation: UUID | None = None

    def __post_init__(self) -> None:
        self._actions = {action.name(): Watched(action, self.desk) for action in [*intake.actions(self.desk), *consultation.actions(self.desk)]}

    async def say(self, text: str, intent: str, confidence: float = 0.9, unsure: str | None = None) -> list[dict[str, Any]]:
        """Send a message that Rasa takes for `intent`; returns what the bot says. `unsure`: it was spoken, and its place not surely understood (`UNSURE_PLACE`)."""
        said: list[dict[str, Any]] = []
        latest = self._receive(text, intent, confidence, {} if unsure is None else {UNSURE_PLACE: unsure})
        self.open = True
        await self._run("validate_intake_form", latest, said)
        if intent == "consultation" and self.slots.get("requested_slot") and self.slots.get("heard") != latest["message_id"]:
            # A question is not for the form: Rasa's rules lead it to the knowledge, and then back.
            followed = await self._run("action_answer", latest, said)
            if not self.open:
                return said
            assert followed == "intake_form"
            await self._run("validate_intake_form", latest, said)
        wanted = self.slots.get("requested_slot")
        self.open = wanted is not None
        followed = await self._run(f"action_ask_intake_form_{wanted}" if wanted else "action_submit_intake", latest, said)
        if followed:
            await self._run(followed, latest, said)
        return said

    async def ask(self, text: str, intent: str = "consultation") -> list[dict[str, Any]]:
        """Send a message that no form takes and that Rasa leads to the knowledge; returns what the bot says, which then stands in the transcript."""
        said: list[dict[str, Any]] = []
        latest = self._receive(text, intent, 0.9)
        await self._run("action_answer", latest, said)
        with self.desk.store.transaction() as tx:
            assert self.conversation
            say(tx, self.conversation, [read_reply({"custom": message}) for message in said], now=self.clock(), new_id=self.new_id)
        return said

    def _receive(self, text: str, intent: str, confidence: float, spoken: dict[str, str] | None = None) -> dict[str, Any]:
        via: Via = "speech" if spoken else "typed"
        inbound = InboundMessage(self.new_id(), Address(self.channel, self.user), str(self.new_id()), self.clock(), via=via, text=text, entities=spoken or {})
        with self.desk.store.transaction() as tx:
            self.conversation = accept(tx, inbound, now=self.clock(), new_id=self.new_id).message.conversation_id
        self.events.append({"event": "user", "text": text, "parse_data": {"intent": {"name": intent}}})
        return {"text": text, "message_id": str(inbound.id), "intent": {"name": intent, "confidence": confidence}, "intent_ranking": [{"name": intent}], "entities": []}

    async def _run(self, name: str, latest: dict[str, Any], said: list[dict[str, Any]]) -> str | None:
        """Run an action, and return the one that it asks for next."""
        loop = {"name": "intake_form"} if self.open else {}
        tracker = Tracker(str(self.conversation), self.slots, latest, list(self.events), False, None, loop, None)
        dispatcher = CollectingDispatcher()
        followed = None
        for event in await self._actions[name].run(dispatcher, tracker, {}):
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
            elif event["event"] == "followup":
                followed = event["name"]
            elif event["event"] == "active_loop":
                self.open = event["name"] is not None
        self.events.append({"event": "action", "name": name})
        said += [message["custom"] for message in dispatcher.messages]
        return followed
