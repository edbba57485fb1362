"""Voice messages go the same way as text: understood, shown back, kept."""

from __future__ import annotations

import asyncio
import io
import math
import struct
import wave
from collections.abc import Callable
from uuid import UUID

import pytest
from fakes import Clock

from channels.base import check_file
from channels.listening import VoiceMessages
from channels.phone.speech.base import Capabilities, Hints, SpeechUnavailable, Transcription
from channels.phone.speech.sound import SoundUnreadable, decode
from hotline.city import City
from hotline.conversations import accept, take_turn
from hotline.messages import Address, Attachment, InboundMessage, Reply
from hotline.store import SqlStore

pytestmark = pytest.mark.anyio


class Files(dict[UUID, bytes]):
    def put(self, id: UUID, content: bytes) -> None:
        self[id] = content

    def get(self, id: UUID) -> bytes:  # type: ignore[override]
        return self[id]

    def delete(self, id: UUID) -> None:
        self.pop(id, None)


class Recogniser:
    """Hears what the test says, after a while."""

    capabilities = Capabilities(streaming=False, sample_rate=16000)

    def __init__(self, said: Transcription | Exception) -> None:
        self.said = said
        self.asked: list[Hints] = []

    async def transcribe(self, pcm: bytes, hints: Hints = Hints()) -> Transcription:  # noqa: B008
        self.asked.append(hints)
        await asyncio.sleep(0)
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


class Dialogue:
    def __init__(self) -> None:
        self.heard: list[str] = []

    async def say(self, conversation_id: UUID, text: str, **_: object) -> list[Reply]:
        self.heard.append(text)
        return [Reply("好的。")]

    async def signal(self, conversation_id: UUID, intent: str, entities: object, **_: object) -> list[Reply]:
        self.heard.append(intent)
        return [Reply("收到。")]


def sound(seconds: float = 0.5, rate: int = 8000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", round(8000 * math.sin(n / 5))) for n in range(int(seconds * rate))))
    return out.getvalue()


class Chat:
    def __init__(self, store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID], said: Transcription | Exception) -> None:
        self.store, self.city, self.clock, self.new_id = store, city, clock, new_id
        self.files, self.recogniser, self.dialogue = Files(), Recogniser(said), Dialogue()
        self.sender = Address("telegram", "7")
        self.voice = VoiceMessages(store, self.files, city, lambda: self.recogniser)  # type: ignore[arg-type,return-value]

    async def send(self, content: bytes = b"", *, text: str = "", media_type: str = "audio/wav", expects: str | None = None) -> list[str]:
        with self.store.transaction() as tx:
            conversation = tx.conversations.at(self.sender) or tx.conversations.open(self.sender, now=self.clock(), new_id=self.new_id)
            attachment = Attachment(self.new_id(), media_type, len(content), "0" * 64, "voice")
            self.files.put(attachment.id, content or sound())
            tx.attachments.add(attachment, conversation.id, now=self.clock())
            if expects:
                from hotline.conversations import say

                say(tx, conversation.id, [Reply("？", expects=expects)], now=self.clock(), new_id=self.new_id)  # type: ignore[arg-type]
            accept(tx, InboundMessage(self.new_id(), self.sender, str(attachment.id), self.clock(), text=text, attachments=(attachment.id,)), now=self.clock(), new_id=self.new_id)
        said = await take_turn(
            conversation.id, store=self.store, dialogue=self.dialogue, apology="稍等", gave_up="转人工", clock=self.clock, new_id=self.new_id,
            listen=self.voice.listen,
        )  # fmt: skip
        return [message.text for message in said]


@pytest.fixture
def chat(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> Callable[[Transcription | Exception], Chat]:
    return lambda said: Chat(store, city, clock, new_id, said)


async def test_what_was_understood_is_shown_and_goes_the_way_of_text(chat: Callable[..., Chat]) -> None:
    c = chat(Transcription("楼下半夜施工", 0.9))
    assert await c.send() == ["听到：楼下半夜施工", "好的。"]
    assert c.dialogue.heard == ["楼下半夜施工"]


async def test_the_voice_note_stays_an_attachment(chat: Callable[..., Chat]) -> None:
    c = chat(Transcription("楼下半夜施工", 0.9))
    await c.send()
    with c.store.reading() as tx:
        conversation = tx.conversations.at(c.sender)
        assert conversation
        assert [a.media_type for a in tx.attachments.unclaimed(conversation.id)] == ["audio/wav"]


async def test_what_was_asked_for_helps_to_understand(chat: Callable[..., Chat]) -> None:
    c = chat(Transcription("1380001234", 0.9, ("幺三八零零零零幺二三四",)))
    assert (await c.send(expects="phone"))[0] == "听到：13800001234"
    assert c.recogniser.asked[0].expecting == "phone"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (Transcription("", 0.0), "没有听到说话"),
        (Transcription("着火了", 0.1), "好像是“着火了”"),
        (SpeechUnavailable("no model"), "打字告诉我"),
    ],
)
async def test_what_was_not_understood_is_not_guessed(chat: Callable[..., Chat], said: Transcription | Exception, answer: str) -> None:
    c = chat(said)
    [reply] = await c.send()
    assert answer in reply
    assert c.dialogue.heard == []


async def test_a_broken_or_endless_sound_is_refused_kindly(chat: Callable[..., Chat]) -> None:
    c = chat(Transcription("x", 0.9))
    assert "打不开" in (await c.send(b"OggS nothing"))[0]
    assert "太长" in (await c.send(sound(121, 2000)))[0]
    assert c.recogniser.asked == []


async def test_a_photo_or_a_text_with_sound_is_not_listened_to(chat: Callable[..., Chat]) -> None:
    c = chat(Transcription("x", 0.9))
    assert await c.send(media_type="image/jpeg") == ["收到。"]
    assert await c.send(text="看附件") == ["好的。"]
    assert c.recogniser.asked == []


@pytest.mark.parametrize(("kind", "codec", "media_type"), [("ogg", "libopus", "audio/ogg"), ("webm", "libopus", "audio/webm"), ("mp3", "mp3", "audio/mpeg"), ("mp4", "aac", "audio/mp4")])
def test_what_phones_and_browsers_record_is_read(kind: str, codec: str, media_type: str) -> None:
    import av
    import numpy as np

    out = io.BytesIO()
    with av.open(out, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=48000)
        wave = (np.sin(np.arange(48000) / 20) * 8000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
        frame.sample_rate = 48000
        for packet in [*stream.encode(frame), *stream.encode(None)]:  # type: ignore[attr-defined]
            container.mux(packet)
    assert check_file(out.getvalue())[0] == media_type
    assert abs(len(decode(out.getvalue(), 16000, longest=10)) / 32000 - 1) < 0.15


def test_a_film_is_no_voice() -> None:
    with pytest.raises(SoundUnreadable):
        decode(b"\x00" * 100, 16000, longest=10)
