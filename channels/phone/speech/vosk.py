"""Vosk: understands while somebody speaks, and is done when they are. Apache-2.0; its Chinese models are downloads (`jiesu models fetch`).

One model for a process, one recogniser for an utterance. No closed grammars: they drop words that the model does not know, without a word, and then take
unrelated speech for an answer with full confidence.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

from channels.phone.speech.base import NO_HINTS, Capabilities, Hints, SpeechUnavailable, Transcriber, TranscriberSession, Transcription

RATE = 16000
_CHUNK = RATE // 5 * 2
"""Bytes that are decoded at a time: 200 ms, for the library holds its thread as long as it decodes."""


class VoskTranscriber:
    """The model in a folder."""

    capabilities = Capabilities(streaming=True, sample_rate=RATE)

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        """`threads`: utterances that are decoded at the same moment; the library lets Python's other threads run meanwhile."""
        self._folder = folder
        self._executor = ThreadPoolExecutor(threads or os.cpu_count() or 1, "vosk")

    async def load(self) -> None:
        """Read the model now, so that the first citizen does not wait for it. Raises SpeechUnavailable."""
        await self.run(lambda: self._model)

    async def transcribe(self, pcm: bytes, hints: Hints = NO_HINTS) -> Transcription:
        session = self.session(hints)
        for at in range(0, len(pcm), _CHUNK):
            await session.feed(pcm[at : at + _CHUNK])
        return await session.finish()

    def session(self, hints: Hints = NO_HINTS) -> TranscriberSession:
        return _Session(self)

    def recognizer(self) -> Any:
        from vosk import KaldiRecognizer

        recognizer = KaldiRecognizer(self._model, RATE)
        recognizer.SetWords(True)
        return recognizer

    async def run(self, work: Any, *values: Any) -> Any:
        """Do something of the library's in one of its threads."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, *values)

    @cached_property
    def _model(self) -> Any:
        import vosk

        if not (self._folder / "am" / "final.mdl").exists():
            raise SpeechUnavailable(f"{self._folder} holds no Vosk model. Fetch one with `jiesu models fetch vosk-small-cn`, or name its folder in JIESU_VOSK_MODEL.")
        vosk.SetLogLevel(-1)
        try:
            return vosk.Model(str(self._folder))
        except Exception as error:  # the library raises just that
            raise SpeechUnavailable(f"The Vosk model in {self._folder} can't be read: {error}") from error


class _Session:
    """The library may end a part of the utterance on its own: parts are kept, and joined when our own end of turn comes."""

    def __init__(self, transcriber: VoskTranscriber) -> None:
        self._transcriber = transcriber
        self._recognizer: Any = None
        self._words: list[dict[str, Any]] = []

    async def feed(self, pcm: bytes) -> str:
        return str(await self._transcriber.run(self._feed, pcm))

    async def finish(self) -> Transcription:
        return await self._transcriber.run(self._finish)  # type: ignore[no-any-return]

    def _feed(self, pcm: bytes) -> str:
        if self._recognizer is None:
            self._recognizer = self._transcriber.recognizer()
        if self._recognizer.AcceptWaveform(pcm):
            self._keep(self._recognizer.Result())
            return joined(word["word"] for word in self._words)
        partial = json.loads(self._recognizer.PartialResult()).get("partial", "")
        return joined([*(word["word"] for word in self._words), partial])

    def _finish(self) -> Transcription:
        if self._recognizer is None:
            return Transcription("", 0.0)
        self._keep(self._recognizer.FinalResult())
        text = joined(word["word"] for word in self._words)
        if not text:
            return Transcription("", 0.0)
        # By their lengths, so that a short word that was guessed does not count like a sentence.
        spoken = sum(word["end"] - word["start"] for word in self._words) or 1.0
        confidence = sum(word["conf"] * (word["end"] - word["start"]) for word in self._words) / spoken
        return Transcription(text, max(0.0, min(1.0, confidence)))

    def _keep(self, result: str) -> None:
        self._words += json.loads(result).get("result", [])


def joined(words: Any) -> str:
    """Words as a text: without blanks between Chinese characters."""
    return re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", " ".join(word for word in words if word)).strip()


_: type[Transcriber] = VoskTranscriber
