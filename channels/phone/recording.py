"""Recording a call: both sides in one file, the caller left, the bot right, G.711 µ-law in WAV, which every browser plays."""

from __future__ import annotations

import asyncio
import hashlib
import struct
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from channels.base import Reception
from channels.phone.legs.base import FRAME, RATE, SILENCE
from hotline import jobs
from hotline.messages import Attachment

LATE = FRAME * 5
"""Bytes by which the caller's side may lag: what is later is silence."""


class Recording:
    """Collects both sides, 20 ms at a time."""

    def __init__(self) -> None:
        self._caller, self._bot = bytearray(), bytearray()

    def add(self, heard: bytes, said: bytes | None) -> None:
        self._caller += heard
        self._bot += said or SILENCE
        if len(self._caller) < len(self._bot) - LATE:
            self._caller += bytes(len(self._bot) - len(self._caller))

    @property
    def seconds(self) -> float:
        return len(self._bot) / 2 / RATE

    def wav(self) -> bytes:
        """The whole call: 16,000 bytes a second."""
        import numpy as np

        length = max(len(self._caller), len(self._bot))
        sides = [np.frombuffer(bytes(side.ljust(length, b"\0")), "<i2") for side in (self._caller, self._bot)]
        return wav_header(length // 2) + bytes(np.stack([mu_law(side) for side in sides], axis=1).tobytes())


def wav_header(frames: int) -> bytes:
    """RIFF header of two channels of µ-law (format 7) at 8 kHz."""
    size = frames * 2
    fmt = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 7, 2, RATE, RATE * 2, 2, 8, 0)
    fact = struct.pack("<4sII", b"fact", 4, frames)
    return struct.pack("<4sI4s", b"RIFF", 4 + len(fmt) + len(fact) + 8 + size, b"WAVE") + fmt + fact + struct.pack("<4sI", b"data", size)


def mu_law(samples: Any) -> Any:
    """ITU-T G.711 µ-law, as in the reference's piecewise-linear form."""
    import numpy as np

    x = np.asarray(samples, dtype=np.int32)
    sign = np.where(x < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(x), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)


async def keep_recording(reception: Reception, conversation_id: UUID, recording: Recording, began: datetime, *, kept: timedelta) -> None:
    """Keep a call's recording for a while, encrypted as every file, with its conversation, and with the ticket that the call opened if it did."""
    if recording.seconds < 1:
        return
    content = await asyncio.to_thread(recording.wav)
    name = f"call-{began.astimezone(reception.city.timezone):%Y%m%d-%H%M%S}.wav"
    attachment = Attachment(reception.new_id(), "audio/wav", len(content), hashlib.sha256(content).hexdigest(), name)

    def keep() -> None:
        reception.files.put(attachment.id, content)
        with reception.store.transaction() as tx:
            tx.attachments.add(attachment, conversation_id, now=reception.clock())
            opened = [ticket for ticket in tx.tickets.of_conversation(conversation_id) if ticket.opened_at >= began]
            if opened:
                tx.attachments.unsent(conversation_id, attachment.id)
                tx.attachments.claim(conversation_id, opened[0].id)
            jobs.schedule(
                tx, "forget_recording", attachment.id, {}, run_at=reception.clock() + kept, key=f"forget:{attachment.id}", new_id=reception.new_id
            )  # fmt: skip

    await asyncio.to_thread(keep)
