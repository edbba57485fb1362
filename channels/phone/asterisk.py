"""Outgoing calls through Asterisk, by its REST interface (ARI).

A call is dialled into an application of its own name, so that its events come to us from the first ring to the last. When it is answered (only
then), it is sent on into the dialplan, which connects its sound to us by AudioSocket; deploy/asterisk/ has that part. When it is not, the
cause tells the outcome. Either way the channel is gone from Asterisk when we are done with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from channels.phone.legs.base import RING_SECONDS, CallFailed, Outcome

T = TypeVar("T")
SOUND_WITHIN = 5.0
"""Seconds in which the sound of an answered call must reach us."""
GRACE = 10.0
"""Seconds that Asterisk has to end a call which rang too long; then we do it."""
CONTEXT = "jiesu-outgoing"
"""The dialplan's context for calls that were answered."""
# ITU-T Q.850 causes, as ChannelDestroyed gives them.
CAUSES: dict[int, Outcome] = {
    17: "busy", 16: "no_answer", 18: "no_answer", 19: "no_answer", 21: "declined", 1: "unreachable", 20: "unreachable", 22: "unreachable",
    27: "unreachable", 28: "unreachable",
}  # fmt: skip
log = structlog.get_logger()


class Ari:
    """`url`: http://user:password@host:8088/ari. `dial`: an endpoint with {number}, such as PJSIP/{number}@trunk."""

    def __init__(self, url: str, dial: str) -> None:
        parts = urlsplit(url)
        self._dial = dial
        self._user, self._password = parts.username or "", parts.password or ""
        host = parts.hostname or ""
        where = f"{host}:{parts.port}" if parts.port else host
        self._url = urlunsplit((parts.scheme, where, parts.path.rstrip("/"), "", ""))

    async def dial(self, number: str, uuid: str, sound: Awaitable[T], ringing: float = RING_SECONDS) -> T:
        """Call a number; the dialplan connects it under `uuid`, and `sound` gives the leg when it has. Raises CallFailed."""
        app = f"jiesu-{uuid}"
        query = urlencode({"app": app, "api_key": f"{self._user}:{self._password}"})
        events = self._url.replace("http", "ws", 1) + f"/events?{query}"
        async with httpx.AsyncClient(auth=(self._user, self._password), trust_env=False, timeout=10) as client:
            channel = ""
            try:
                async with connect(events, proxy=None, open_timeout=10) as socket:
                    channel = await self._originate(client, app, number, uuid, ringing)
                    async with asyncio.timeout(ringing + GRACE):
                        await _answered(socket, channel)
                    response = await client.post(
                        f"{self._url}/channels/{channel}/continue", params={"context": CONTEXT, "extension": "s", "priority": 1}
                    )
                    response.raise_for_status()
                    try:
                        async with asyncio.timeout(SOUND_WITHIN):
                            leg = await sound
                    except TimeoutError:
                        log.error("answered, but no sound came: does Asterisk reach our AudioSocket port?")
                        raise CallFailed("failed") from None
                    channel = ""  # it is the leg's now
                    return leg
            except TimeoutError:
                raise CallFailed("no_answer") from None
            except (httpx.HTTPError, WebSocketException, OSError, ValueError) as error:
                log.error("asterisk could not dial", error=type(error).__name__)
                raise CallFailed("failed") from error
            finally:
                if channel:  # rings, or was answered without sound: it must not stay
                    with contextlib.suppress(httpx.HTTPError):
                        await client.delete(f"{self._url}/channels/{channel}")

    async def _originate(self, client: httpx.AsyncClient, app: str, number: str, uuid: str, ringing: float) -> str:
        response = await client.post(
            f"{self._url}/channels",
            params={"endpoint": self._dial.format(number=number), "app": app, "timeout": round(ringing), "formats": "slin"},
            json={"variables": {"JIESU_UUID": uuid}},
        )
        response.raise_for_status()
        return str(response.json()["id"])


async def _answered(socket: ClientConnection, channel: str) -> None:
    """Wait until the channel is up. Early media is none of our business. Raises CallFailed."""
    rang = False
    async for message in socket:
        event: dict[str, Any] = json.loads(message)
        about = event.get("channel") or {}
        if about.get("id") != channel:
            continue
        if event["type"] == "StasisStart":
            return
        rang = rang or about.get("state") in ("Ring", "Ringing")
        if event["type"] == "ChannelDestroyed":
            cause = int(event.get("cause", 0))
            # Asterisk's own time limit ends a call that rang with the cause 0, which is none.
            raise CallFailed("no_answer" if rang and cause == 0 else CAUSES.get(cause, "failed"))
    raise CallFailed("failed")
