"""The control port of the voice process: health, the dialplan's two questions, and calls on request.

It is for this machine, and for the Asterisk beside it: whoever comes from elsewhere must bring the key.
"""

from __future__ import annotations

import hmac
import time
from ipaddress import ip_address
from uuid import UUID

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, Field

from channels.phone.legs.audiosocket import Minted
from channels.phone.legs.base import RING_SECONDS, Outcome
from channels.phone.legs.sip import caller_number
from channels.phone.process import VoiceProcess

NUMBER = r"^\+?\d{3,15}$"


class _Call(BaseModel):
    number: str = Field(pattern=NUMBER)
    survey: UUID | None = None
    ringing: float = Field(RING_SECONDS, ge=1, le=120)


def build(voice: VoiceProcess, key: str) -> FastAPI:
    """The application. `key`: what callers from other machines send as `?key=`."""
    app = FastAPI(title="Jiesu voice", docs_url=None, redoc_url=None, openapi_url=None)

    def allowed(request: Request) -> None:
        client = request.client.host if request.client else ""
        try:
            here = ip_address(client).is_loopback
        except ValueError:
            here = False
        if not here and not hmac.compare_digest(request.query_params.get("key", ""), key):
            raise HTTPException(403, "The key is wrong. `./jiesu status` prints it; send it as ?key=….")

    @app.get("/healthz")
    async def health() -> Response:
        return JSONResponse({"voice": True, "ready": voice.is_ready, "doors": voice.doors, "calls": sum(call.is_up for call in voice.calls.values())})

    @app.api_route("/audiosocket", methods=["GET", "POST"])
    async def mint(request: Request) -> Response:
        """A UUID for a call that is about to come: ?caller=<number>."""
        allowed(request)
        caller = caller_number(f"tel:{request.query_params.get('caller', '')}")
        return PlainTextResponse(str(voice.mint.mint(Minted(caller), at=time.monotonic())))

    @app.get("/next")
    async def following(request: Request) -> Response:
        """Where the dialplan goes on when we have left a call: an extension, or nothing, which is to hang up."""
        allowed(request)
        try:
            return PlainTextResponse(voice.handed_over.pop(UUID(request.query_params.get("uuid", "")), ""))
        except ValueError:
            raise HTTPException(400, "uuid must be the UUID of the call.") from None

    @app.post("/call")
    async def call(request: Request, asked: _Call) -> Response:
        """Make a call, and say at its end how it went. For a survey it is one of its attempts."""
        allowed(request)
        if asked.survey is None:
            key = f"asked:{voice.new_id()}"
            outcome: Outcome | None = await voice.call(asked.number, intent="signal_survey", entities={}, key=key, ringing=asked.ringing)
        else:
            outcome = await voice.outgoing.ring_now(asked.number, asked.survey)
        if outcome is None:
            raise HTTPException(409, "The survey is over, is just being called, or has had its attempts; or the number asked not to be called.")
        return JSONResponse({"outcome": outcome})

    return app
