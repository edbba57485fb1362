"""A client of the web chat's API: what the page does, for the terminal, the journeys and the measurements."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
from httpx_sse import aconnect_sse


class ChatError(Exception):
    """The gateway refused. `str(error)` is its sentence."""


class ChatClient:
    """One citizen in the web chat. `session` holds what the greeting page shows."""

    def __init__(self, gateway: str) -> None:
        self._client = httpx.AsyncClient(base_url=f"{gateway}/chat/", headers={"X-Requested-With": "jiesu"}, timeout=30, trust_env=False)
        self.session: dict[str, Any] = {}

    async def __aenter__(self) -> ChatClient:
        self.session = await self._call("POST", "session", json={})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def send(self, *, client_id: str | None = None, **what: Any) -> int:
        """Send text=, choice=, attachments= or location=. Returns the position in the transcript."""
        body = await self._call("POST", "messages", json={"client_id": client_id or str(uuid4()), **what})
        return int(body["position"])

    async def upload(self, content: bytes, name: str) -> str:
        """Upload a file and return its id."""
        return str((await self._call("POST", "attachments", files={"file": (name, content)}))["id"])

    async def messages(self, after: int = 0) -> list[dict[str, Any]]:
        """What the conversation holds after a position."""
        return list((await self._call("GET", f"messages?after={after}"))["messages"])

    async def replies(self, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        """What we are told from a position on, as it comes. Connects again when the connection is lost."""
        while True:
            try:
                async with aconnect_sse(self._client, "GET", "events", params={"after": after}, timeout=httpx.Timeout(30, read=40)) as source:
                    async for event in source.aiter_sse():
                        if event.event == "message":
                            message = json.loads(event.data)
                            after = max(after, message["position"])
                            if message["direction"] == "out":
                                yield message
            except httpx.TransportError:
                await asyncio.sleep(0.5)

    async def _call(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        response = await self._client.request(method, path, **kwargs)
        if response.status_code >= 400:
            try:
                raise ChatError(response.json()["error"])
            except (ValueError, KeyError):
                raise ChatError(f"HTTP {response.status_code}") from None
        return dict(response.json())
