"""The callers' side of a SIP call: lines with numbers of their own, and somebody who speaks, listens, and notes when."""

from __future__ import annotations

import asyncio
import time

from channels.phone.caller import LOUD, loudness
from channels.phone.legs.base import FRAME
from channels.phone.legs.sip import SipLeg, SipSettings, SipStack


class Lines(SipStack):
    """One stack for all callers. It takes no calls, and holds no sound back, so that what is measured is the bot's."""

    def __init__(self, port: int) -> None:
        async def refuse(leg: SipLeg) -> None:
            await leg.hang_up()

        super().__init__(SipSettings("127.0.0.1", port, "13800000000", dial="sip:{number}", calls_at_once=200, jitter=""), refuse)

    async def dial_as(self, caller: str, bot: str) -> SipLeg:
        """Call the bot from a number. Raises CallFailed."""
        from baresip import Account, UserAgent

        account = Account(user=caller, domain=f"127.0.0.1:{self._settings.port}", password="", reg_interval=0, audio_codecs=("pcma", "pcmu"), extra_params=("ptime=20",))
        line = Lines(self._settings.port)
        line._runtime, line._agent = self._runtime, await UserAgent.create(self._runtime, account)
        return await line.dial(bot)


AHEAD = FRAME * 5
"""Bytes that lie ready in the stack: what this process is late by (on a busy machine) must not tear holes into the caller's words."""
BYTES_A_SECOND = 16000


class Speaker:
    """A caller on one leg. `first` and `last` are when the bot was heard, `said_first` and `said_last` when our own sound went out."""

    def __init__(self, leg: SipLeg) -> None:
        self._leg = leg
        self._say = bytearray()
        self.first = self.last = self.said_first = self.said_last = 0.0
        self.over = False
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while (heard := await self._leg.next()) is not None:
            now = time.monotonic()
            if loudness(heard.pcm) >= LOUD:
                self.first, self.last = self.first or now, now
            ready = self._leg.unsent
            while ready < AHEAD:
                frame = bytes(self._say[:FRAME]).ljust(FRAME, b"\0")
                del self._say[:FRAME]
                if loudness(frame) >= LOUD:
                    self.said_first = self.said_first or now + ready / BYTES_A_SECOND
                    self.said_last = now + (ready + FRAME) / BYTES_A_SECOND
                self._leg.send(frame)
                ready += FRAME
        self.over = True

    async def say(self, pcm: bytes) -> None:
        self.first = self.said_first = 0.0
        self._say += pcm
        while (self._say or time.monotonic() < self.said_last) and not self.over:
            self.first = 0.0
            await asyncio.sleep(0.01)

    async def answered(self, quiet: float = 1.2) -> None:
        """Until the bot has spoken and is quiet, or 30 s."""
        until = time.monotonic() + 30
        while not self.over and time.monotonic() < until and not (self.first and time.monotonic() - self.last > quiet):  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    def interrupt(self, pcm: bytes) -> None:
        self.said_first = 0.0
        self._say += pcm

    async def hang_up(self) -> None:
        await self._leg.hang_up()
        await self._task
