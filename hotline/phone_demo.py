"""`jiesu phone`: sound files call the running system. The demonstration without a telephone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx

from channels.phone.caller import Answer, Caller, NoSound, mint, read_wav
from hotline.messages import Address, Message
from hotline.wiring import Wiring


async def call_with(wiring: Wiring, files: list[Path], number: str, say: Callable[[str], None]) -> bool:
    """Make one call. False, with a sentence, if it could not be made."""
    try:
        sounds = [(path, await asyncio.to_thread(read_wav, path)) for path in files]
    except NoSound as error:
        say(str(error))
        return False
    s = wiring.settings
    number = number or f"+8619900{uuid4().int % 1000000:06d}"
    try:
        uuid = await mint(s.voice_url, number)
        address, position = Address("phone", number), await asyncio.to_thread(_position, wiring, number)
        async with Caller(s.phone_host, s.audiosocket_port, uuid) as caller:
            opening = await caller.answer()
            position = await asyncio.to_thread(_print, wiring, address, position, opening, say)
            for path, sound in sounds:
                if caller.over.is_set():
                    break
                say(f"  ▶ {path.name}")
                answer = await caller.say(sound)
                position = await asyncio.to_thread(_print, wiring, address, position, answer, say)
    except (httpx.HTTPError, OSError):
        say("The telephone does not answer. Start the system with `make run`; `./jiesu status` tells what is missing.")
        return False
    return True


def _position(wiring: Wiring, number: str) -> int:
    with wiring.store.reading() as tx:
        conversation = tx.conversations.at(Address("phone", number))
        return conversation.last_position if conversation else 0


def _print(wiring: Wiring, address: Address, after: int, answer: Answer, say: Callable[[str], None]) -> int:
    """What the conversation has gained, and how long the caller waited for it. Returns its last position."""
    with wiring.store.reading() as tx:
        conversation = tx.conversations.at(address)
        messages = tx.messages.of(conversation.id, after=after) if conversation else []
    for message in messages:
        say(_line(message))
    waited = "no sound came back" if answer.waited is None else f"first sound after {answer.waited:.2f} s, spoken for {answer.spoken:.1f} s"
    say(f"    {waited}")
    return messages[-1].position if messages else after


def _line(message: Message) -> str:
    if message.direction == "out":
        return f"  接诉：{message.spoken_text or message.text}"
    sure = f"（{message.confidence:.2f}）" if message.confidence is not None else ""
    return f"  来电：{message.text or '按键'}{sure}"
