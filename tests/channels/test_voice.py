"""The voice on the line: sentence by sentence, rendered once, kept encrypted."""

from __future__ import annotations

import asyncio
import os
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from channels.phone.speech.base import SpeechUnavailable
from channels.phone.speech.sound import without_lead
from channels.phone.speech.voice import Voice, purge
from hotline.store import Cipher

pytestmark = pytest.mark.anyio


class Reader:
    """Renders a second of sound a sentence, and remembers what it was asked."""

    sample_rate = 16000

    def __init__(self, name: str = "reader 1", fails: bool = False) -> None:
        self.name = name
        self.fails = fails
        self.rendered: list[str] = []

    def pieces(self, sentence: str) -> list[str]:
        return [sentence]

    async def render(self, sentence: str) -> bytes:
        self.rendered.append(sentence)
        if self.fails:
            raise SpeechUnavailable("no voice today")
        await asyncio.sleep(0)
        return b"\x10\x00" * self.sample_rate


def voice(reader: Reader, folder: Path, key: str = "k") -> Voice:
    return Voice(reader, folder, Cipher(KEY), key)


KEY = Fernet.generate_key().decode()


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def said(voice: Voice, text: str) -> list[bytes]:
    return [sound async for sound in voice.say(text)]


async def test_a_text_is_said_sentence_by_sentence_at_the_telephones_rate(tmp_path: Path) -> None:
    sounds = await said(voice(Reader(), tmp_path), "您好。请说您的诉求。")
    assert [len(sound) for sound in sounds] == [16000, 16000]


async def test_the_beginning_of_one_caller_does_not_wait_for_the_end_of_another(tmp_path: Path) -> None:
    reader = Reader()
    v = voice(reader, tmp_path)
    await asyncio.gather(said(v, "甲一。甲二。甲三。"), said(v, "乙一。乙二。"))
    assert {*reader.rendered[:2]} == {"甲一。", "乙一。"}


async def test_what_was_rendered_is_not_rendered_again_not_even_by_the_next_process(tmp_path: Path) -> None:
    reader = Reader()
    first = await said(voice(reader, tmp_path), "您好。您好。")
    second = await said(voice(reader, tmp_path), "您好。")
    assert reader.rendered == ["您好。"]
    assert second == first[:1]


async def test_another_voice_or_version_is_rendered_anew(tmp_path: Path) -> None:
    other = Reader("reader 2")
    await said(voice(Reader(), tmp_path), "您好。")
    await said(voice(other, tmp_path), "您好。")
    assert other.rendered == ["您好。"]


async def test_what_was_said_stands_nowhere_in_clear(tmp_path: Path) -> None:
    await said(voice(Reader(), tmp_path), "您好。")
    [path] = files(tmp_path)
    assert b"\x10\x00\x10\x00" not in path.read_bytes()
    await said(voice(Reader(), tmp_path / "other", key="another"), "您好。")
    assert path.name not in {p.name for p in files(tmp_path / "other")}


async def test_a_voice_that_fails_says_so_and_may_work_the_next_time(tmp_path: Path) -> None:
    reader = Reader(fails=True)
    v = voice(reader, tmp_path)
    with pytest.raises(SpeechUnavailable):
        await said(v, "您好。")
    reader.fails = False
    assert len(await said(v, "您好。")) == 1


async def test_what_nobody_said_for_a_month_is_deleted(tmp_path: Path) -> None:
    await said(voice(Reader(), tmp_path), "您好。再见。")
    now = datetime.now(UTC)
    old = files(tmp_path)[0]
    os.utime(old, ((now - timedelta(days=31)).timestamp(),) * 2)
    assert purge(tmp_path, now=now) == 1
    assert len(files(tmp_path)) == 1


def test_a_sentence_begins_with_its_sound() -> None:
    quiet, tone = bytes(2 * 2400), struct.pack("<h", 5000) * 800
    assert without_lead(quiet + tone) == bytes(2 * 160) + tone, "20 ms before it stay"
    assert without_lead(tone) == tone
    assert without_lead(quiet) == quiet
    assert without_lead(b"") == b""
