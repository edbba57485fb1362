"""Asterisk's AudioSocket: Asterisk connects to us over TCP and sends frames; we send frames back.

A frame is one byte of kind, two bytes of length (big-endian) and the payload. See Asterisk's `res_audiosocket.c`:
any frame from us but sound and hang-up, or one of length 0, ends the call there. No caller's number travels, so the
dialplan fetches a UUID from us by HTTP first, naming the caller (`Mint`), and the first frame brings it back.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import structlog

from channels.phone.legs.base import FRAME, SILENCE, Heard, Inlet, Pace

HANG_UP, IDENTIFY, DTMF, SLIN, ERROR = 0x00, 0x01, 0x03, 0x10, 0xFF
RATES = {SLIN: 8000, 0x11: 12000, 0x12: 16000, 0x13: 24000, 0x14: 32000, 0x15: 44100, 0x16: 48000, 0x17: 96000, 0x18: 192000}
"""Kinds of sound and their sample rates. We ask for 8 kHz; what comes at another rate is resampled."""
KEYS = frozenset("0123456789*#ABCD")
IDENTIFY_WITHIN = 5.0
"""Seconds in which the first frame must bring the UUID."""
MAX_HEARD = FRAME * 50
"""Bytes of the far end's sound that wait for us at most: one second. Older sound is dropped."""
MAX_UNSENT = FRAME * 4
"""Bytes that may wait in our own socket. More means the far end does not read, and a frame is dropped."""
log = structlog.get_logger()


class ProtocolError(ValueError):
    """What came is not AudioSocket."""


class Frames:
    """Takes bytes as they come, split anywhere, and gives whole frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Add what was read. Returns the frames that are complete now, as (kind, payload)."""
        self._buffer += data
        frames = []
        while len(self._buffer) >= 3:
            kind, length = struct.unpack_from(">BH", self._buffer)
            if len(self._buffer) < 3 + length:
                break
            frames.append((kind, bytes(self._buffer[3 : 3 + length])))
            del self._buffer[: 3 + length]
        return frames


def frame(kind: int, payload: bytes = b"") -> bytes:
    """The bytes of one frame, header and payload together: Asterisk wants them in one piece."""
    return struct.pack(">BH", kind, len(payload)) + payload


@dataclass(frozen=True, slots=True)
class Minted:
    """What the dialplan told us of a call before it connected."""

    caller: str


class Mint:
    """UUIDs that we gave away and what is known of their calls. One is good once, and for a short while."""

    LASTS = 600.0
    """Seconds."""

    def __init__(self, new_id: Callable[[], UUID]) -> None:
        self._new_id = new_id
        self._known: dict[UUID, tuple[float, Minted]] = {}

    def mint(self, minted: Minted, *, at: float) -> UUID:
        self._known = {id: known for id, known in self._known.items() if at - known[0] < self.LASTS}
        id = self._new_id()
        self._known[id] = (at, minted)
        return id

    def take(self, id: UUID) -> Minted | None:
        """What is known of this call; None for a UUID that is not from us, which is an unknown caller."""
        known = self._known.pop(id, None)
        return known[1] if known else None


class AudioSocketLeg:
    """A call over one connection."""

    def __init__(self, id: UUID, caller: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frames: Frames) -> None:
        self.id = id
        self.caller = caller
        self.transfer_to = ""
        """Where the dialplan shall go on to, when we hand the call over; it asks us when its AudioSocket has ended."""
        self.when_over: Callable[[], None] = lambda: None
        self._reader, self._writer, self._frames = reader, writer, frames
        self._pace, self._inlet = Pace(), Inlet()
        self._heard, self._keys = bytearray(), ""
        self._said: bytes | None = None
        self._over = False
        self._reading = asyncio.create_task(self._read())

    async def next(self) -> Heard | None:
        # What was said in the last tick goes out now. Silence is sent too: the far end's line stays open, and its clock runs.
        if not self._over:
            self._write(frame(SLIN, self._said or SILENCE))
        self._said = None
        await self._pace.tick()
        if self._over and not self._heard:
            return None
        pcm, keys = bytes(self._heard), self._keys
        self._heard.clear()
        self._keys = ""
        return Heard(self._inlet.fill(pcm), keys)

    def send(self, frame: bytes) -> None:
        self._said = frame.ljust(FRAME, b"\0")

    def flush(self) -> None:
        self._said = None  # nothing else is ahead: each frame is sent when it is due

    async def transfer(self, to: str) -> bool:
        """The dialplan goes on where our part ends; it learns `to` from the voice process by HTTP."""
        self.transfer_to = to
        await self.hang_up()
        return True

    async def hang_up(self) -> None:
        if not self._over:
            self._write(frame(HANG_UP))
        self._over = True
        self._heard.clear()
        with contextlib.suppress(OSError):
            await self._writer.drain()
        self._writer.close()
        self._reading.cancel()
        self.when_over()

    def take(self, kind: int, payload: bytes) -> None:
        """One frame from the far end. Raises ProtocolError."""
        if kind in RATES:
            self._heard += payload if kind == SLIN else _at_8k(payload, RATES[kind])
            del self._heard[:-MAX_HEARD]
        elif kind == DTMF:
            self._keys += "".join(key for key in payload.decode("ascii", "replace") if key in KEYS)
        elif kind == ERROR:
            log.warning("asterisk reports an error", call=str(self.id), code=payload.hex())
            self._over = True
        elif kind == HANG_UP:
            self._over = True
        elif kind != IDENTIFY:  # a second identification says nothing new
            raise ProtocolError(f"There is no AudioSocket frame of kind 0x{kind:02x}.")

    async def _read(self) -> None:
        try:
            while not self._over and (data := await self._reader.read(4096)):
                for kind, payload in self._frames.feed(data):
                    self.take(kind, payload)
        except (ProtocolError, OSError) as error:
            log.warning("audiosocket broke off", call=str(self.id), error=type(error).__name__)
        finally:
            self._over = True

    def _write(self, data: bytes) -> None:
        transport = self._writer.transport
        if not transport.is_closing() and transport.get_write_buffer_size() <= MAX_UNSENT:
            self._writer.write(data)


async def identify(reader: asyncio.StreamReader) -> tuple[UUID, Frames, list[tuple[int, bytes]]]:
    """Read the first frame, which must be the UUID. Returns it and what came with it. Raises ProtocolError."""
    frames = Frames()
    came: list[tuple[int, bytes]] = []
    while not came:
        data = await reader.read(4096)
        if not data:
            raise ProtocolError("The connection ended before it said which call it is.")
        came = frames.feed(data)
    kind, payload = came[0]
    if kind != IDENTIFY or len(payload) != 16:
        raise ProtocolError("The first frame of a call must be its UUID.")
    return UUID(bytes=payload), frames, came[1:]


class AudioSocketServer:
    """Takes connections from Asterisk and gives each, once it is identified, to `answer`."""

    def __init__(self, mint: Mint, answer: Callable[[AudioSocketLeg], Awaitable[None]]) -> None:
        self._mint, self._answer = mint, answer
        self._calls: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen. Returns the port, which is a free one for port 0."""
        self._server = await asyncio.start_server(self._connected, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server:
            self._server.close()
        for call in list(self._calls):
            call.cancel()
        if self._calls:
            await asyncio.wait(self._calls, timeout=3)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        try:
            id, frames, rest = await asyncio.wait_for(identify(reader), IDENTIFY_WITHIN)
            known = self._mint.take(id) or Minted("")
            leg = AudioSocketLeg(id, known.caller, reader, writer, frames)
            for kind, payload in rest:
                leg.take(kind, payload)
            try:
                await self._answer(leg)
            finally:
                await leg.hang_up()
        except (ProtocolError, TimeoutError, OSError) as error:
            log.warning("audiosocket refused", error=type(error).__name__, reason=str(error))
        finally:
            writer.close()


def _at_8k(pcm: bytes, rate: int) -> bytes:
    import numpy as np
    import soxr

    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2")
    return bytes(soxr.resample(samples, rate, 8000).astype("<i2").tobytes())
