"""Short messages through a gateway that takes HTTP: any vendor's, by templates for its address and its body."""

from __future__ import annotations

import json

import httpx

from hotline.messages import Address, Message
from hotline.ports import SendError


class SmsChannel:
    """Delivers a message to a phone number. `{number}`, `{text}` and `{id}` in the body are filled; `id` lets the gateway drop repetitions."""

    name = "sms"

    def __init__(self, url: str, body: str, *, authorization: str = "") -> None:
        """`body` is JSON; `authorization` the header of that name, where the gateway wants one."""
        self._url, self._body = url, body
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": authorization} if authorization else {})

    async def send(self, message: Message, to: Address) -> None:
        """See ports.Channel. Errors carry no number and no text."""
        body = self._body
        for name, value in (("number", to.user), ("text", message.text), ("id", str(message.id))):
            body = body.replace(f"{{{name}}}", json.dumps(value, ensure_ascii=False)[1:-1])
        try:
            async with httpx.AsyncClient(timeout=10) as client:
                response = await client.post(self._url, content=body.encode(), headers=self._headers)
        except httpx.HTTPError as error:
            raise SendError(f"the SMS gateway is away ({type(error).__name__})", retryable=True) from None
        if response.status_code >= 300:
            retryable = response.status_code >= 500 or response.status_code == 429
            raise SendError(f"the SMS gateway refused ({response.status_code})", retryable=retryable)
