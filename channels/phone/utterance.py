"""One utterance of a caller on its way to text: recognised while it is spoken, or eagerly in its pauses, so that nobody waits for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from channels.phone.activity import Models
from channels.phone.legs.base import RATE
from channels.phone.speech.base import Hints, SpeechUnavailable, Transcriber, Transcription

CHUNK = RATE * 2 // 5
"""Bytes that a streaming recogniser is given at a time: 0.2 s."""
NOTHING = Transcription("", 0.0)


class Recogniser:
    """A transcriber that all calls share. Takes sound at the telephone's rate.

    `at_once`: utterances that are recognised at the same time; more wait. Whoever asks ahead of time (`is_free`) takes no turn from others.
    """

    def __init__(self, transcriber: Transcriber, *, at_once: int = 1) -> None:
        self._transcriber = transcriber
        self._turns = asyncio.Semaphore(at_once)
        self._waiting = 0

    @property
    def streaming(self) -> bool:
        return self._transcriber.capabilities.streaming

    @property
    def is_free(self) -> bool:
        return self._waiting == 0

    async def transcribe(self, pcm: bytes, hints: Hints) -> Transcription:
        """Raises SpeechUnavailable."""
        self._waiting += 1
        try:
            async with self._turns:
                return await self._transcriber.transcribe(await self._at_its_rate(pcm), hints)
        finally:
            self._waiting -= 1

    def session(self, hints: Hints) -> Any:
        return self._transcriber.session(hints)

    async def _at_its_rate(self, pcm: bytes) -> bytes:
        rate = self._transcriber.capabilities.sample_rate
        return pcm if rate == RATE else await asyncio.to_thread(resampled, pcm, rate)

    async def feed(self, session: Any, pcm: bytes) -> str:
        return str(await session.feed(await self._at_its_rate(pcm)))


def resampled(pcm: bytes, rate: int) -> bytes:
    """Telephone sound at another sample rate."""
    import numpy as np
    import soxr

    return bytes(soxr.resample(np.frombuffer(pcm, "<i2"), RATE, rate).astype("<i2").tobytes())


class Utterance:
    """From the first sound to the text.

    A streaming recogniser is fed as the sound comes. Another one reads the whole: already in a pause, if it is free, because most pauses are
    the end; `go_on` throws that away when the speaker goes on.
    """

    def __init__(self, recogniser: Recogniser, models: Models, hints: Hints) -> None:
        self._recogniser, self._models, self._hints = recogniser, models, hints
        self._early: asyncio.Task[Transcription] | None = None
        self._verdict: asyncio.Task[bool] | None = None
        self._stream: asyncio.Task[Transcription] | None = None
        self._fed = 0
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        if recogniser.streaming:
            self._stream = asyncio.create_task(self._follow())

    def feed(self, sound: Callable[[], bytes], length: int) -> None:
        """The utterance has grown to `length` bytes."""
        if self._stream and length - self._fed >= CHUNK:
            self._chunks.put_nowait(sound()[self._fed :])
            self._fed = length

    def listen_ahead(self, sound: bytes) -> None:
        """The speaker pauses, if only for a moment: begin to recognise what there is, as soon as the recogniser is free, once a pause."""
        if self._early is None and not self._stream and self._recogniser.is_free:
            self._early = asyncio.create_task(self._recogniser.transcribe(sound, self._hints))

    def pause(self, sound: bytes) -> None:
        """The pause is long enough to be the end: judge it, once a pause."""
        if self._verdict is None:
            self._verdict = asyncio.create_task(self._models.is_finished(sound))

    def go_on(self) -> None:
        """It was not the end."""
        for task in (self._early, self._verdict):
            if task:
                task.cancel()
        self._early = self._verdict = None

    @property
    def sounds_finished(self) -> bool:
        done = self._verdict is not None and self._verdict.done() and not self._verdict.cancelled()
        return bool(done and self._verdict and not self._verdict.exception() and self._verdict.result())

    @property
    def early_text(self) -> str:
        """What is known already, in a pause."""
        done = self._early is not None and self._early.done() and not self._early.cancelled()
        return self._early.result().text if done and self._early and not self._early.exception() else ""

    def end(self, sound: bytes) -> asyncio.Task[Transcription]:
        """It is over. The task gives its text; it may raise SpeechUnavailable."""
        if self._verdict:
            self._verdict.cancel()
        if self._stream:
            self._chunks.put_nowait(sound[self._fed :])
            self._chunks.put_nowait(None)
            return self._stream
        return self._early or asyncio.create_task(self._recogniser.transcribe(sound, self._hints))

    async def _follow(self) -> Transcription:
        session = self._recogniser.session(self._hints)
        while (chunk := await self._chunks.get()) is not None:
            await self._recogniser.feed(session, chunk)
        result: Transcription = await session.finish()
        return result


__all__ = ["NOTHING", "Recogniser", "SpeechUnavailable", "Utterance"]
