"""Dialogue over HTTP to Rasa, through the channel of ours that runs inside it (bot/components/channel.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from uuid import UUID

import httpx
from opencc import OpenCC

from hotline.conversations import DialogueUnavailable
from hotline.messages import Choice, Reply

DIALOGUE_TIMEOUT = 12.0
"""Seconds. Shorter than the lease of a conversation, so that a turn is given up before another process takes it over."""


class RasaDialogue:
    """Dialogue over Rasa."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=DIALOGUE_TIMEOUT,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=50), trust_env=False,
        )  # fmt: skip

    async def say(self, conversation_id: UUID, text: str, *, message_id: str, retry: bool) -> list[Reply]:
        return await self._turn(conversation_id, neutralise(simplified(text)), message_id, retry)

    async def signal(
        self, conversation_id: UUID, intent: str, entities: Mapping[str, str], *, message_id: str, retry: bool
    ) -> list[Reply]:
        return await self._turn(conversation_id, f"/{intent}" + (json.dumps(dict(entities), ensure_ascii=False) if entities else ""), message_id, retry)

    async def is_ready(self) -> bool:
        """Whether Rasa has loaded its model."""
        try:
            return (await self._client.get("/webhooks/jiesu/", timeout=2)).status_code == 200
        except httpx.HTTPError:
            return False

    async def close(self) -> None:
        await self._client.aclose()

    async def _turn(self, conversation_id: UUID, text: str, message_id: str, retry: bool) -> list[Reply]:
        body = {"sender": str(conversation_id), "message_id": message_id, "text": text, "retry": retry}
        try:
            response = await self._client.post("/webhooks/jiesu/webhook", json=body)
            response.raise_for_status()
            return merged([read_reply(reply) for reply in response.json()["replies"]])
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:  # no answer, or none of Rasa's
            raise DialogueUnavailable(type(error).__name__) from error


def merged(replies: list[Reply]) -> list[Reply]:
    """What the bot says in one breath is one message, to the eye and to the ear, up to the first thing that can be tapped."""
    joined: list[Reply] = []
    for reply in replies:
        if joined and not (before := joined[-1]).choices:
            aloud = f"{before.spoken_text or before.text}\n\n{reply.spoken_text or reply.text}" if before.spoken_text or reply.spoken_text else None
            joined[-1] = replace(reply, text=f"{before.text}\n\n{reply.text}", spoken_text=aloud, expects=reply.expects or before.expects)
        else:
            joined.append(reply)
    return joined


def simplified(text: str) -> str:
    """Text in simplified characters, which every rule and every example here is written in: 樓上漏水 is understood as 楼上漏水. The message itself stays as it was sent."""
    return str(_converter().convert(text))


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


def neutralise(text: str) -> str:
    """Text that Rasa can't take for a command: it reads a leading slash, blanks before it or not, as an intent."""
    stripped = text.lstrip()
    return "／" + stripped[1:] if stripped.startswith("/") else text


def read_reply(reply: Mapping[str, Any]) -> Reply:
    """A reply from what Rasa returns: plain text, or what actions.turn.Turn.say wrote."""
    custom = reply.get("custom")
    if not custom:
        return Reply(str(reply["text"]))
    choices = tuple(Choice(**choice) for choice in custom.get("choices", ()))
    return Reply(custom["text"], custom.get("spoken_text"), choices, expects=custom.get("expects"))
