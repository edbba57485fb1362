"""Whisper by faster-whisper (CTranslate2, int8): understands finished utterances.

It reads windows of 30 seconds, so a longer message is cut where its speaker pauses. Settings as they were measured: docs/benchmarks.md.
"""

from __future__ import annotations

import asyncio
import math
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import opencc

from channels.phone.speech.base import NO_HINTS, Capabilities, Hints, SpeechUnavailable, Transcriber, TranscriberSession, Transcription
from channels.phone.speech.sound import Samples, to_samples

RATE = 16000
WINDOW = 28.0
"""Seconds that are read at once."""
TOKENS_PER_SECOND = 8
"""Nobody says more; what is longer is the model going round in circles."""
BEAM = 5
_NO_SPEECH = 0.6
_NO_SPEECH_LOGPROB = -1.0


class WhisperTranscriber:
    """One model and one thread for a process: recognition never blocks the event loop, and two utterances queue."""

    capabilities = Capabilities(streaming=False, sample_rate=RATE)

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        """`folder` holds a CTranslate2 Whisper model; it is read when first needed, or by `load`."""
        self._folder = folder
        self._threads = threads
        self._executor = ThreadPoolExecutor(1, "whisper")

    async def load(self) -> None:
        """Read the model now, so that the first citizen does not wait for it."""
        await asyncio.get_running_loop().run_in_executor(self._executor, lambda: self._model)

    async def transcribe(self, pcm: bytes, hints: Hints = NO_HINTS) -> Transcription:
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._transcribe, pcm, hints)

    def session(self, hints: Hints = NO_HINTS) -> TranscriberSession:
        raise SpeechUnavailable("Whisper understands finished utterances only: call transcribe.")

    @cached_property
    def _model(self) -> Any:
        from faster_whisper import WhisperModel  # seconds to import

        try:
            return WhisperModel(str(self._folder), device="cpu", compute_type="int8", cpu_threads=self._threads)
        except (RuntimeError, ValueError, OSError) as error:
            raise SpeechUnavailable(f"The Whisper model in {self._folder} can't be read: {error}") from error

    @cached_property
    def _simplified(self) -> Any:
        return opencc.OpenCC("t2s")

    def _transcribe(self, pcm: bytes, hints: Hints) -> Transcription:
        windows = self._windows(to_samples(pcm))
        parts = [part for window in windows if (part := self._read(window, hints)).text]
        if not parts:
            return Transcription("", 0.0)
        if len(parts) == 1:
            return parts[0]
        return Transcription("".join(p.text for p in parts), min(p.confidence for p in parts))

    def _windows(self, samples: Samples) -> list[Samples]:
        if len(samples) <= WINDOW * RATE:
            return [samples]
        from faster_whisper.vad import VadOptions, get_speech_timestamps

        spoken = get_speech_timestamps(samples, VadOptions(max_speech_duration_s=WINDOW, min_silence_duration_ms=300, speech_pad_ms=200))
        windows: list[list[int]] = []
        for piece in spoken:
            if windows and piece["end"] - windows[-1][0] <= WINDOW * RATE:
                windows[-1][1] = piece["end"]
            else:
                windows.append([piece["start"], piece["end"]])
        return [samples[start:end] for start, end in windows]

    def _read(self, samples: Samples, hints: Hints) -> Transcription:
        model = self._model
        seconds = len(samples) / RATE
        segments, _ = model.transcribe(
            samples, language="zh", beam_size=BEAM, temperature=0.0, condition_on_previous_text=False, without_timestamps=True,
            max_new_tokens=16 + math.ceil(seconds * TOKENS_PER_SECOND), hotwords=" ".join(hints.words) or None,
        )  # fmt: skip
        found = list(segments)
        if not found or (found[0].no_speech_prob > _NO_SPEECH and found[0].avg_logprob < _NO_SPEECH_LOGPROB):
            return Transcription("", 0.0)
        text = tidy(self._simplified.convert("".join(s.text for s in found)))
        return Transcription(text, math.exp(min(s.avg_logprob for s in found))) if text else Transcription("", 0.0)


_REPEATED = re.compile(r"(.{1,12}?)\1{4,}")


def tidy(text: str) -> str:
    """Without blanks between Chinese characters; empty where the model went round in circles, which is no speech of anybody's."""
    text = re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", text.strip())
    return "" if _REPEATED.search(re.sub(r"[0-9零〇一二三四五六七八九幺]", "", text)) else text


_: type[Transcriber] = WhisperTranscriber
