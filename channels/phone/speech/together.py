"""Recognisers together: one that stands in when another fails, and one that confirms what another heard."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from channels.phone.speech.base import NO_HINTS, Capabilities, Hints, SpeechUnavailable, Transcriber, TranscriberSession, Transcription

CERTAIN = 0.92
"""From this confidence on, what was heard in passing needs no confirmation."""
log = structlog.get_logger()


@dataclass(frozen=True)
class Fallback:
    """The first, and the second where the first can't. Both must take the same sample rate."""

    first: Transcriber
    second: Transcriber

    @property
    def capabilities(self) -> Capabilities:
        both = self.first.capabilities.streaming and self.second.capabilities.streaming
        return Capabilities(both, self.first.capabilities.sample_rate)

    async def load(self) -> None:
        await load(self.first)

    async def transcribe(self, pcm: bytes, hints: Hints = NO_HINTS) -> Transcription:
        try:
            return await self.first.transcribe(pcm, hints)
        except SpeechUnavailable as error:
            log.warning("recogniser failed, the other one is asked", reason=str(error))
            return await self.second.transcribe(pcm, hints)

    def session(self, hints: Hints = NO_HINTS) -> TranscriberSession:
        return self.first.session(hints)


@dataclass(frozen=True)
class SecondPass:
    """One that streams says at once what it hears; the other reads the whole utterance again when it matters: when the first was not certain, or when
    a place or a number was asked for, where every character counts."""

    streaming: Transcriber
    confirming: Transcriber

    @property
    def capabilities(self) -> Capabilities:
        return self.streaming.capabilities

    async def load(self) -> None:
        await load(self.streaming)
        await load(self.confirming)

    async def transcribe(self, pcm: bytes, hints: Hints = NO_HINTS) -> Transcription:
        session = self.session(hints)
        await session.feed(pcm)
        return await session.finish()

    def session(self, hints: Hints = NO_HINTS) -> TranscriberSession:
        return _Both(self, hints)


class _Both:
    def __init__(self, passes: SecondPass, hints: Hints) -> None:
        self._passes = passes
        self._hints = hints
        self._session: TranscriberSession | None = passes.streaming.session(hints)
        self._pcm = bytearray()

    async def feed(self, pcm: bytes) -> str:
        self._pcm += pcm
        if self._session:
            try:
                return await self._session.feed(pcm)
            except SpeechUnavailable as error:
                log.warning("streaming recogniser failed, the other one goes on", reason=str(error))
                self._session = None
        return ""

    async def finish(self) -> Transcription:
        heard = None
        if self._session:
            try:
                heard = await self._session.finish()
            except SpeechUnavailable as error:
                log.warning("streaming recogniser failed, the other one goes on", reason=str(error))
        if heard and heard.confidence >= CERTAIN and self._hints.expecting not in ("place", "phone", "number"):
            return heard
        try:
            confirmed = await self._passes.confirming.transcribe(bytes(self._pcm), self._hints)
        except SpeechUnavailable:
            if heard is None:
                raise
            return heard
        return agreed(heard, confirmed)


def agreed(heard: Transcription | None, confirmed: Transcription) -> Transcription:
    """What both passes together say: the second's words, and the first's as another reading; surer where they agree."""
    if heard is None or not heard.text or heard.text == confirmed.text:
        sure = max(confirmed.confidence, heard.confidence) if heard and heard.text else confirmed.confidence
        return Transcription(confirmed.text, sure, confirmed.alternatives)
    if not confirmed.text:
        return Transcription(heard.text, heard.confidence * 0.5)  # one heard nobody speak: ask again rather than believe
    return Transcription(confirmed.text, confirmed.confidence, (*confirmed.alternatives, heard.text))


async def load(transcriber: Transcriber) -> None:
    """Read its models now, if it has any."""
    if hasattr(transcriber, "load"):
        await transcriber.load()
