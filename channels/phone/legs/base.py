"""What a leg of a call is: every 20 ms a frame of sound and the keys that were pressed, in both directions.

All sound is 16-bit little-endian PCM, mono, 8,000 samples a second: 320 bytes are 20 ms.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal, Protocol

RATE = 8000
"""Samples a second."""
FRAME = 320
"""Bytes of one frame."""
FRAME_SECONDS = 0.02
SILENCE = bytes(FRAME)
BEHIND = 0.06
"""Seconds after which a late clock starts anew, so that never more than three frames follow one another at once."""
RING_SECONDS = 35.0
"""How long an outgoing call rings: about seven times."""
NOTHING_CAME = 5
"""Frames without any sound from the far end, after which it counts as silence: until then it is only late."""

Outcome = Literal["answered", "busy", "no_answer", "declined", "machine", "unreachable", "failed"]
"""How an outgoing call ended. `unreachable`: no such number, or switched off; `failed`: our own fault or the line's."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came from the far end in one tick: sound (any number of samples, often 20 ms), and keys."""

    pcm: bytes
    keys: str = ""


class CallLeg(Protocol):
    """One call that is up."""

    caller: str
    """The number of the far end, such as +8613800000000; empty when it is withheld."""

    async def next(self) -> Heard | None:
        """What came since the last time. Returns every 20 ms; None once the call is over."""

    def send(self, frame: bytes) -> None:
        """Play a frame now. Without one the far end hears silence."""

    def flush(self) -> None:
        """Drop what was sent and not yet played."""

    async def transfer(self, to: str) -> bool:
        """Hand the call to somebody else. True if it was taken, and then the call is over for us."""

    async def hang_up(self) -> None:
        """End the call. Harmless when it is over."""


class CallFailed(Exception):
    """An outgoing call that was not answered. `outcome` says how it ended."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Pace:
    """A beat of 20 ms that makes up for small delays and forgets large ones."""

    def __init__(self) -> None:
        self._next: float | None = None

    async def tick(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._next is None or now - self._next > BEHIND:
            self._next = now
        delay = self._next - now
        self._next += FRAME_SECONDS
        await asyncio.sleep(max(0.0, delay))


class Inlet:
    """Sound from the far end between its arrival and the next tick. What is late is waited for; what does not come is silence."""

    def __init__(self) -> None:
        self._missing = 0

    def fill(self, pcm: bytes) -> bytes:
        """What to hear in this tick, given what has arrived since the last."""
        if pcm:
            self._missing = 0
            return pcm
        self._missing += 1
        return SILENCE if self._missing >= NOTHING_CAME else b""
