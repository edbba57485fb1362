"""A caller made of sound files: calls the running system over AudioSocket, as Asterisk would, speaks, listens, and measures."""

from __future__ import annotations

import array
import asyncio
import contextlib
import struct
import wave
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx

from channels.phone.legs.audiosocket import DTMF, HANG_UP, IDENTIFY, SLIN, Frames, frame
from channels.phone.legs.base import FRAME, FRAME_SECONDS, RATE, Pace

LOUD = 300
"""Mean amplitude from which a frame is sound to a person."""
OVER_AFTER = 1.2
"""Seconds of quiet after which the bot has finished."""
ANSWER_WITHIN = 30.0


class NoSound(ValueError):
    """A file that is no sound we can play. `str(error)` says what to do."""


@dataclass(frozen=True)
class Answer:
    """What came back: the seconds from the caller's last sound to the bot's first (None if none came), and how long it spoke."""

    waited: float | None
    spoken: float


class Caller:
    """One call to an AudioSocket door. Use as `async with`."""

    def __init__(self, host: str, port: int, uuid: UUID) -> None:
        self._host, self._port, self._uuid = host, port, uuid
        self._to_say = bytearray()
        self._keys = ""
        self.over = asyncio.Event()
        self.heard = bytearray()
        """All that the bot sent, a second's 16,000 bytes at a time."""
        self.heard_last = 0.0
        """When the bot was last heard, by the loop's clock; 0 for never."""
        self.heard_first: float | None = None
        """When it was heard first since `listen`."""
        self.said_last = 0.0

    async def __aenter__(self) -> Caller:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        self._writer.write(frame(IDENTIFY, self._uuid.bytes))
        self._tasks = [asyncio.create_task(self._speak()), asyncio.create_task(self._listen())]
        return self

    async def __aexit__(self, *error: object) -> None:
        if not self.over.is_set():
            with contextlib.suppress(OSError):
                self._writer.write(frame(HANG_UP))
                await self._writer.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._writer.close()

    async def say(self, pcm: bytes) -> Answer:
        """Speak, and wait until the bot has answered."""
        self._to_say += pcm
        self.heard_first = None
        while self._to_say and not self.over.is_set():
            self.heard_first = None
            await asyncio.sleep(FRAME_SECONDS)
        return await self.answer()

    async def press(self, keys: str) -> Answer:
        self._keys += keys
        self.heard_first = None
        await asyncio.sleep(FRAME_SECONDS * 3)
        self.said_last = asyncio.get_running_loop().time()
        return await self.answer()

    async def answer(self) -> Answer:
        """Wait until the bot has spoken and fallen silent, or has not spoken for half a minute."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not self.over.is_set():
            now = loop.time()
            if self.heard_first is not None and now - self.heard_last > OVER_AFTER:
                break
            if self.heard_first is None and now - began > ANSWER_WITHIN:
                break
            await asyncio.sleep(FRAME_SECONDS)
        if self.heard_first is None:
            return Answer(None, 0.0)
        return Answer(max(0.0, self.heard_first - (self.said_last or began)), self.heard_last - self.heard_first)

    async def _speak(self) -> None:
        pace, loop = Pace(), asyncio.get_running_loop()
        while not self.over.is_set():
            await pace.tick()
            sound = bytes(self._to_say[:FRAME]).ljust(FRAME, b"\0")
            del self._to_say[:FRAME]
            if loudness(sound) >= LOUD:
                self.said_last = loop.time()
            keys, self._keys = self._keys, ""
            with contextlib.suppress(OSError):
                self._writer.write(frame(SLIN, sound) + b"".join(frame(DTMF, key.encode()) for key in keys))

    async def _listen(self) -> None:
        frames, loop = Frames(), asyncio.get_running_loop()
        try:
            while data := await self._reader.read(4096):
                for kind, payload in frames.feed(data):
                    if kind == SLIN:
                        self.heard += payload
                        if loudness(payload) >= LOUD:
                            self.heard_last = loop.time()
                            self.heard_first = self.heard_first or self.heard_last
                    elif kind == HANG_UP:
                        return
        except OSError:
            pass
        finally:
            self.over.set()


async def mint(control: str, caller: str) -> UUID:
    """A UUID for a call from this number."""
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        response = await client.post(f"{control}/audiosocket", params={"caller": caller})
        response.raise_for_status()
        return UUID(response.text)


def loudness(pcm: bytes) -> float:
    """Mean amplitude, 0 to 32767."""
    samples = array.array("h", pcm[: len(pcm) // 2 * 2])
    return sum(map(abs, samples)) / max(1, len(samples))


def read_wav(path: Path) -> bytes:
    """A WAV file as the telephone carries it. Raises NoSound."""
    import numpy as np
    import soxr

    try:
        with wave.open(str(path)) as file:
            if file.getsampwidth() != 2:
                raise NoSound(f"{path} must hold 16-bit samples; convert it: sox {path} -b 16 -r 8000 -c 1 out.wav")
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels()).mean(axis=1)
            rate = file.getframerate()
    except (OSError, wave.Error, EOFError, struct.error) as error:
        raise NoSound(f"{path} is no WAV file that can be read: {error}") from error
    if rate != RATE:
        samples = soxr.resample(samples, rate, RATE)
    return bytes(np.clip(samples, -32768, 32767).astype("<i2").tobytes())

