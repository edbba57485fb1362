"""The one way into Rasa: a channel that knows who calls it and does a turn wholly or not at all, and once.

    POST /webhooks/jiesu/webhook   Authorization: Bearer <JIESU_RASA_TOKEN>
    {"sender": conversation id, "message_id": id of our message, "text": what Rasa reads, "retry": bool}
    → {"replies": [{"text": …} | {"custom": …}, …]}

Rasa saves a conversation at the very end of a turn, so what was broken off never happened. When a caller that lost our
answer asks again with `retry`, the saved conversation tells whether the turn was done: then its replies are read back.

Who writes a sentence in pieces (路灯 … 不亮) is understood as if it had been one: what an action took for a beginning (the
slot `begun`) is read together with the next message, unless that one means something by itself (转人工, or a
choice that was offered).
"""

from __future__ import annotations

import hmac
import logging
import time
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.components.remote_actions import TurnBrokenOff

BESIDE_THE_MATTER = frozenset({
    "greet", "opening", "thanks", "goodbye", "bot_challenge", "handover", "abuse", "affirm", "deny", "skip", "cancel", "withdraw", "progress",
})  # fmt: skip
SURE = 0.7
"""From this confidence on, a message with one of these intents goes on from nothing."""
GOES_ON_WITHIN = 600.0
"""Seconds after which a beginning is forgotten."""
logger = logging.getLogger(__name__)


class JiesuInput(InputChannel):
    """Rasa's input channel for the gateway and the worker. Configured in bot/credentials.yml with `token`."""

    @classmethod
    def name(cls) -> Text:
        return "jiesu"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> JiesuInput:
        token = (credentials or {}).get("token") or ""
        if len(token) < 16:
            raise ValueError("bot/credentials.yml: `token` must hold at least 16 characters; set JIESU_RASA_TOKEN.")
        return cls(token)

    def __init__(self, token: Text) -> None:
        self._token = token
        self._warm = False

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        blueprint = Blueprint("jiesu_webhook")

        @blueprint.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            agent = request.app.ctx.agent
            ready = agent is not None and agent.is_ready()
            if ready and not self._warm:
                # The first sentence takes a second, while TensorFlow builds its graph: no citizen shall wait for it.
                await agent.parse_message("您好")
                self._warm = True
            return response.json({"ready": ready}, status=200 if ready else 503)

        @blueprint.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            given = request.headers.get("Authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
                return response.json({"error": "Wrong token: start Rasa and its caller with the same JIESU_RASA_TOKEN."}, 401)
            try:
                return response.json({"replies": await self._turn(request.app.ctx.agent, request.json)})
            except (TurnBrokenOff, Exception) as error:  # of whatever kind, the caller tries again or gives up
                # What an exception says may quote the citizen; our own does not.
                what = str(error) if isinstance(error, TurnBrokenOff) else type(error).__name__
                logger.error("turn broken off: %s, message %s", what, request.json.get("message_id"))
                return response.json({"error": what}, 503)

        return blueprint

    async def _turn(self, agent: Any, body: Dict[Text, Any]) -> List[Dict[Text, Any]]:
        collector = CollectingOutputChannel()
        sender, id = body["sender"], body["message_id"]
        # Under the lock that Rasa itself takes for a conversation, so that a first try that is still running ends before we look.
        async with agent.lock_store.lock(sender):
            tracker = await agent.tracker_store.retrieve(sender)
            if body.get("retry") and (done := replies_given(tracker, id)) is not None:
                return done
            text = await _whole(agent, tracker, body["text"])
            await agent.processor.handle_message(UserMessage(text, collector, sender, input_channel=self.name(), message_id=id))
        return [_plain(said) for said in collector.messages]


async def _whole(agent: Any, tracker: Optional[DialogueStateTracker], text: Text) -> Text:
    """A message with the beginning that it goes on from, if there is one."""
    begun = tracker.get_slot("begun") if tracker else None
    last = tracker.get_last_event_for(UserUttered) if tracker and begun else None
    if last is None or last.message_id != begun["message"] or text.startswith("/") or time.time() - last.timestamp > GOES_ON_WITHIN:
        return text
    offered = [choice["label"] for said in replies_given(tracker, last.message_id) or () for choice in (said.get("custom") or {}).get("choices", ())]
    if text in offered:
        return text
    alone = (await agent.parse_message(text))["intent"]
    return text if alone["name"] in BESIDE_THE_MATTER and alone["confidence"] >= SURE else f"{begun['text']}，{text}"


def replies_given(tracker: Optional[DialogueStateTracker], message_id: Text) -> Optional[List[Dict[Text, Any]]]:
    """What was said to a message of this id; None if there was none."""
    replies: Optional[List[Dict[Text, Any]]] = None
    for event in tracker.events if tracker else ():
        if isinstance(event, UserUttered):
            if replies is not None:
                break
            if event.message_id == message_id:
                replies = []
        elif isinstance(event, BotUttered) and replies is not None:
            replies.append(_plain({"text": event.text, **(event.data or {})}))
    return replies


def _plain(message: Dict[Text, Any]) -> Dict[Text, Any]:
    return {key: message[key] for key in ("text", "custom") if message.get(key)}
