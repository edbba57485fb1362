"""A voice on the line: sentence by sentence, rendered once at the telephone's sample rate and kept.

What is said may hold a number or a name, so the cache is encrypted, its file names are keyed, and what nobody said for a while is deleted.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
from collections import OrderedDict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

from channels.phone.say import for_the_ear, sentences
from channels.phone.speech.base import Synthesizer
from channels.phone.speech.sound import LINE_RATE, resample, without_lead
from hotline.files import Sealer

KEPT_DAYS = 30
_IN_MEMORY = 200


class Voice:
    """Says texts as PCM16 mono at 8 kHz."""

    def __init__(self, synthesizer: Synthesizer, folder: Path, sealer: Sealer, key: str) -> None:
        """`folder` for what was rendered; `key` makes its file names, which must not tell what was said."""
        self._synthesizer = synthesizer
        self._folder = folder
        self._sealer = sealer
        self._key = key.encode()
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[bytes]] = {}

    async def say(self, text: str) -> AsyncIterator[bytes]:
        """The sound of a text, a piece at a time, so that the first is heard while the next is made. Raises SpeechUnavailable.

        A piece is begun when the one before is there: several calls take turns at one voice, and nobody's beginning waits for another's end.
        """
        for sentence in sentences(for_the_ear(text)):
            for piece in self._synthesizer.pieces(sentence):
                yield await self._begin(piece)

    async def prepare(self, texts: list[str]) -> None:
        """Render what will be said often."""
        for text in texts:
            async for _ in self.say(text):
                pass

    def _begin(self, sentence: str) -> asyncio.Task[bytes]:
        id = hmac.digest(self._key, f"{self._synthesizer.name}\n{sentence}".encode(), hashlib.sha256).hex()
        if id not in self._under_way:
            task = self._under_way[id] = asyncio.create_task(self._sound(id, sentence))
            task.add_done_callback(lambda done: self._forget(id, done))
        return self._under_way[id]

    def _forget(self, id: str, task: asyncio.Task[bytes]) -> None:
        self._under_way.pop(id, None)
        if not task.cancelled():
            task.exception()  # who waits for it hears of it; a caller who hung up does not wait any more

    async def _sound(self, id: str, sentence: str) -> bytes:
        if id in self._recent:
            self._recent.move_to_end(id)
            return self._recent[id]
        sound = await asyncio.to_thread(self._read, id)
        if sound is None:
            rendered = await self._synthesizer.render(sentence)
            sound = await asyncio.to_thread(lambda: without_lead(resample(rendered, self._synthesizer.sample_rate, LINE_RATE)))
            await asyncio.to_thread(self._write, id, sound)
        self._recent[id] = sound
        while len(self._recent) > _IN_MEMORY:
            self._recent.popitem(last=False)
        return sound

    def _read(self, id: str) -> bytes | None:
        path = self._folder / id
        try:
            sealed = path.read_bytes()
            path.touch()
        except FileNotFoundError:
            return None
        try:
            return self._sealer.open(sealed)
        except ValueError:  # made with a key that is gone: render it again
            return None

    def _write(self, id: str, sound: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f"{id}.{os.getpid()}.part"
        unfinished.write_bytes(self._sealer.seal(sound))
        os.replace(unfinished, self._folder / id)


def purge(folder: Path, *, now: datetime) -> int:
    """Delete what was not said for KEPT_DAYS. Returns how many sentences that were."""
    oldest = (now - timedelta(days=KEPT_DAYS)).timestamp()
    old = [path for path in folder.glob("*") if path.stat().st_mtime < oldest] if folder.is_dir() else []
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
