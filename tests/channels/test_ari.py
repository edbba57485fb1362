"""Calls that Asterisk makes for us: its REST interface, its events, and the sound that comes by AudioSocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from fake_asterisk import FakeAsterisk

from channels.base import Reception
from channels.phone import asterisk
from channels.phone.legs.base import CallFailed
from channels.phone.legs.sip import SipSettings
from channels.phone.manner import Speech
from channels.phone.process import PhoneSettings, VoiceProcess
from channels.phone.spoken import Ear
from channels.phone.utterance import Recogniser
from hotline.city import City
from hotline.messages import Reply
from hotline.store import SqlStore
from tests.channels.virtual_call import FakeModels, FakeTranscriber, Texts

pytestmark = pytest.mark.anyio
QUESTION = "问题解决了吗？"
PATIENCE = 60.0


class Dialogue:
    """Asks, and notes what it was told."""

    def __init__(self) -> None:
        self.signals: list[str] = []

    async def say(self, conversation_id: UUID, text: str, **_: object) -> list[Reply]:
        return [Reply("好的。")]

    async def signal(self, conversation_id: UUID, intent: str, entities: object, **_: object) -> list[Reply]:
        self.signals.append(intent)
        return [Reply(QUESTION, expects="nothing")] if intent == "signal_survey" else []


class Exchange:
    """A voice process without SIP, and an Asterisk beside it."""

    def __init__(self, voice: VoiceProcess, asterisk: FakeAsterisk, dialogue: Dialogue) -> None:
        self.voice, self.asterisk, self.dialogue = voice, asterisk, dialogue

    async def call(self, ringing: float = 30) -> str:
        async with asyncio.timeout(PATIENCE):
            return await self.voice.call("13900000000", intent="signal_survey", entities={}, key="1", ringing=ringing)


@pytest.fixture
async def exchange(store: SqlStore, city: City, clock: Any, new_id: Callable[[], UUID], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Exchange]:
    async with running(store, city, clock, new_id, monkeypatch) as exchange:
        yield exchange


@asynccontextmanager
async def running(store: SqlStore, city: City, clock: Any, new_id: Callable[[], UUID], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Exchange]:
    monkeypatch.setattr("channels.phone.process.available", lambda: False)
    fake, dialogue = FakeAsterisk(0), Dialogue()
    await fake.start()

    async def speech() -> Speech:
        async def hum(text: str) -> AsyncIterator[bytes]:
            yield b"\x00\x10" * 800

        return Speech(FakeModels(), Recogniser(FakeTranscriber(Texts())), Ear(city), hum)

    reception = Reception(store, dialogue, None, city, {}, clock, new_id)  # type: ignore[arg-type]
    settings = PhoneSettings("127.0.0.1", 0, SipSettings("127.0.0.1", 0, "12345", dial="PJSIP/{number}@trunk"), ari=fake.url)
    voice = VoiceProcess(reception, settings, speech)
    await voice.start()
    fake.sound_port = int(voice.doors[0].rpartition(":")[2])
    try:
        yield Exchange(voice, fake, dialogue)
    finally:
        await voice.close()
        await fake.stop()


async def test_a_call_that_is_answered_is_led_to_its_end(exchange: Exchange) -> None:
    assert await exchange.call() == "answered"
    assert exchange.asterisk.dialled == [("PJSIP/13900000000@trunk", "30")]
    assert exchange.dialogue.signals[0] == "signal_survey"
    assert exchange.voice.calls == {}, "its line is free again"


@pytest.mark.parametrize(("cause", "outcome"), [(17, "busy"), (19, "no_answer"), (21, "declined"), (1, "unreachable"), (34, "failed"), (0, "no_answer")])
async def test_a_call_that_is_not_answered_has_a_typed_outcome(exchange: Exchange, cause: int, outcome: str) -> None:
    exchange.asterisk.answers, exchange.asterisk.cause = False, cause
    assert await exchange.call() == outcome
    assert exchange.asterisk.channels == {}
    assert exchange.dialogue.signals == [], "nobody was spoken to"


async def test_a_call_that_never_rang_and_ended_without_a_cause_has_failed(exchange: Exchange) -> None:
    exchange.asterisk.answers = exchange.asterisk.rings = False
    assert await exchange.call() == "failed"


async def test_a_call_that_rings_for_ever_is_given_up_and_its_channel_taken_away(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asterisk, "GRACE", 0.0)
    exchange.asterisk.answers, exchange.asterisk.cause = False, -1
    assert await exchange.call(ringing=0.3) == "no_answer"
    assert exchange.asterisk.channels == {}


async def test_a_call_whose_sound_never_comes_is_ended_and_not_left_in_asterisk(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asterisk, "SOUND_WITHIN", 0.2)
    exchange.asterisk.connects = False
    assert await exchange.call() == "failed"
    assert len(exchange.asterisk.deleted) == 1


async def test_a_wrong_password_is_our_fault_and_no_channel_is_made(exchange: Exchange) -> None:
    ari = asterisk.Ari(exchange.asterisk.url.replace("secret", "wrong"), "PJSIP/{number}@trunk")
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    with pytest.raises(CallFailed) as failed:
        await ari.dial("13900000000", str(UUID(int=1)), never)
    assert failed.value.outcome == "failed"
    assert exchange.asterisk.dialled == []


async def test_an_asterisk_that_is_away_is_a_failed_call(exchange: Exchange) -> None:
    await exchange.asterisk.stop()
    assert await exchange.call() == "failed"
