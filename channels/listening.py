"""Voice messages of the chat channels: recognised in the turn that answers them, so that none is lost, doubled or overtaken.

The recogniser is loaded by the first voice message and then stays: 380 MB with the packaged Whisper. It works in its own thread, one message at a time;
how many wait is bounded by the turns that a process has under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property
from uuid import UUID

import structlog

from channels.phone.speech.base import Expectation, SpeechUnavailable, Transcriber, Transcription
from channels.phone.speech.sound import SoundUnreadable, decode
from channels.phone.spoken import Ear
from hotline.city import City
from hotline.conversations import Listened
from hotline.messages import Message, Reply
from hotline.ports import Files, Store

LONGEST = 120.0
"""Seconds of one voice message."""
log = structlog.get_logger()


class VoiceMessages:
    """Understands voice messages. `choose` gives the recogniser, when it is first needed."""

    def __init__(self, store: Store, files: Files, city: City, choose: Callable[[], Transcriber]) -> None:
        self._store = store
        self._files = files
        self._city = city
        self._choose = choose

    async def listen(self, message: Message) -> Listened | None:
        """What a message without text says. None if it brings no voice."""
        sounds = [a for a in message.attachments if a.media_type.startswith("audio/")]
        if not sounds:
            return None
        try:
            transcriber, ear = await asyncio.to_thread(lambda: (self._transcriber, self._ear))
            expecting = await asyncio.to_thread(self._expecting, message)
            rate = transcriber.capabilities.sample_rate
            said = []
            for sound in sounds:
                pcm = await asyncio.to_thread(self._read, sound.id, rate)
                said.append(await transcriber.transcribe(pcm, ear.hints(expecting)))
        except SoundUnreadable as unreadable:
            return Listened("", Reply(str(unreadable)))
        except (SpeechUnavailable, KeyError) as error:
            log.error("voice message not recognised", message=str(message.id), reason=str(error))
            return Listened("", Reply(self._city.say("voice.unavailable")))
        heard = ear.hear(_together(said), expecting)
        if not heard.text:
            return Listened("", Reply(self._city.say("voice.nothing")))
        if not heard.sure:
            return Listened("", Reply(self._city.say("voice.unclear", text=heard.text)))
        return Listened(heard.text, Reply(self._city.say("voice.heard", text=heard.text), author="system"))

    @cached_property
    def _transcriber(self) -> Transcriber:
        return self._choose()

    @cached_property
    def _ear(self) -> Ear:
        return Ear(self._city)

    def _read(self, id: UUID, rate: int) -> bytes:
        return decode(self._files.get(id), rate, longest=LONGEST)

    def _expecting(self, message: Message) -> Expectation | None:
        """What the last thing we said before asked for."""
        with self._store.reading() as tx:
            before = [m for m in tx.messages.of(message.conversation_id, limit=30) if m.position < message.position and m.direction == "out"]
        expects = before[-1].expects if before else None
        return None if expects == "nothing" else expects


def _together(said: list[Transcription]) -> Transcription:
    spoken = [t for t in said if t.text]
    if len(spoken) == 1:
        return spoken[0]
    return Transcription("，".join(t.text for t in spoken), min((t.confidence for t in spoken), default=0.0))
