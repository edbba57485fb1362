"""Whisper by faster-whisper (CTranslate2, int8): understands finished utterances.

It reads windows of 30 seconds, so a longer message is cut where its speaker pauses. Settings as they were measured: docs/benchmarks.md.
"""

from __future__ import annotations

import asyncio
import math
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import opencc

from channels.phone.numbers import digits_of
from channels.phone.speech.base import NO_HINTS, Capabilities, Hints, SpeechUnavailable, Transcriber, TranscriberSession, Transcription
from channels.phone.speech.sound import Samples, to_samples

RATE = 16000
WINDOW = 28.0
"""Seconds that are read at once."""
FRAMES = 3000
"""Frames of 10 ms that the model can read at once."""
SAMPLES_PER_FRAME = 160
QUIET_FRAMES = 1000
"""Frames of silence after the speech. With 400 the errors grow by a tenth; with 1000 they are those of the whole 30 s."""
TOKENS_PER_SECOND = 8
"""Nobody says more; what is longer is the model going round in circles."""
BEAM = 5
DOUBTFUL = 0.35
"""Below this confidence the ear asks whether anybody spoke at all: of silence and noise it may hear a word, differently on each processor."""
_NO_SPEECH = 0.6
_NO_SPEECH_PROBABILITY = math.exp(-1.0)
_MOST_HINT_TOKENS = 200


class WhisperTranscriber:
    """One model and one thread for a process: recognition never blocks the event loop, and two utterances queue."""

    capabilities = Capabilities(streaming=False, sample_rate=RATE)

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """`folder` holds a CTranslate2 Whisper model; it is read when first needed, or by `load`. A second thread saves a fifth on an idle machine, and spins
        on a busy one, where an utterance then takes several times as long."""
        self._folder = folder
        self._threads = threads
        self._executor = ThreadPoolExecutor(1, "whisper")

    async def load(self) -> None:
        """Read the model now, so that the first citizen does not wait for it."""
        await asyncio.get_running_loop().run_in_executor(self._executor, lambda: self._model)

    async def transcribe(self, pcm: bytes, hints: Hints = NO_HINTS) -> Transcription:
        """Who stops waiting (cancels) frees the thread sooner: what is under way ends with its present step."""
        given_up = threading.Event()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, self._transcribe, pcm, hints, given_up.is_set)
        except asyncio.CancelledError:
            given_up.set()
            raise

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

    def _transcribe(self, pcm: bytes, hints: Hints, given_up: Callable[[], bool] = lambda: False) -> Transcription:
        if not len(pcm):
            return Transcription("", 0.0)
        parts = [part for window in self._windows(to_samples(pcm)) if (part := self._heard(window, hints, given_up)).text]
        if not parts:
            return Transcription("", 0.0)
        if len(parts) == 1:
            return parts[0]
        return Transcription("".join(p.text for p in parts), min(p.confidence for p in parts))

    def _heard(self, window: Samples, hints: Hints, given_up: Callable[[], bool]) -> Transcription:
        read = self._read(window, hints, given_up)
        if read.text and read.confidence < DOUBTFUL and not _spoken(window):
            return Transcription("", 0.0)
        return read

    def _windows(self, samples: Samples) -> list[Samples]:
        if len(samples) <= WINDOW * RATE:
            return [samples]
        windows: list[list[int]] = []
        for piece in _spoken(samples, max_speech_duration_s=WINDOW, min_silence_duration_ms=300, speech_pad_ms=200):
            if windows and piece["end"] - windows[-1][0] <= WINDOW * RATE:
                windows[-1][1] = piece["end"]
            else:
                windows.append([piece["start"], piece["end"]])
        return [samples[start:end] for start, end in windows]

    def _read(self, samples: Samples, hints: Hints, given_up: Callable[[], bool]) -> Transcription:
        """One window. Where a number was asked for and most of what was said is one, it is decoded again with nothing but digits to choose from."""
        model = self._model
        # The model was taught with 30 s; most of that is silence here, and takes two thirds of the time. Ten seconds of it do (docs/benchmarks.md).
        length = min(FRAMES, len(samples) // SAMPLES_PER_FRAME + QUIET_FRAMES)
        features = model.feature_extractor(samples)[..., :length]
        features = np.pad(features, ((0, 0), (0, length - features.shape[-1])))
        if given_up():
            return Transcription("", 0.0)
        sound = model.encode(features)
        if given_up():
            return Transcription("", 0.0)
        longest = 16 + math.ceil(len(samples) / RATE * TOKENS_PER_SECOND)
        decoded = [self._decode(sound, self._prompt(hints.words), longest, BEAM, None)]
        if hints.words and is_echo(self._text(decoded[0].sequences_ids[0]), hints.words):
            decoded = [self._decode(sound, self._prompt(()), longest, BEAM, None)]
        elif hints.words and hints.expecting == "place":
            # Names are heard better by themselves, and what stands around them with the hints; the ear chooses among the readings.
            decoded.insert(0, self._decode(sound, self._prompt(()), longest, BEAM, None))
        if all(way.no_speech_prob > _NO_SPEECH and _probability(way, 0) < _NO_SPEECH_PROBABILITY for way in decoded):
            return Transcription("", 0.0)
        scored = [(self._text(ids), _probability(way, n)) for way in decoded for n, ids in enumerate(way.sequences_ids)]
        readings = {text: probability for text, probability in reversed(scored) if text}
        if not readings:
            return Transcription("", 0.0)
        best = next(text for text, _ in scored if text)
        if hints.expecting in ("phone", "number") and _is_mostly_digits(best):
            return self._digits(sound, longest, best)
        others = tuple(text for text in sorted(readings, key=lambda t: -readings[t]) if text != best)
        surest = max((_probability(way, 0) for way in decoded if self._text(way.sequences_ids[0])), default=readings[best])
        return Transcription(best, surest, others)

    def _digits(self, sound: Any, longest: int, said: str) -> Transcription:
        """Decode digits only, once as Arabic and once as Chinese ones: each way errs elsewhere, and the sum of both errs least."""
        ways = [self._digit_scores(sound, longest, allowed) for allowed in self._digit_tokens]
        # What one way did not find at all counts there a little less than its worst.
        total = {digits: sum(way.get(digits, min(way.values()) - 0.3) for way in ways) for digits in {*ways[0], *ways[1]} if digits}
        ranked = sorted(total, key=lambda d: -total[d])
        if not ranked:
            return Transcription(said, 0.0)
        confidence = math.exp(total[ranked[0]] / 2)
        if digits_of(said) == ranked[0]:
            return Transcription(said, confidence, tuple(ranked[1:]))  # the same number, with the words around it
        return Transcription(ranked[0], confidence, (*ranked[1:], said))

    def _digit_scores(self, sound: Any, longest: int, allowed: frozenset[int]) -> dict[str, float]:
        """Digit strings with the logarithm of their probability per token."""
        result = self._decode(sound, self._prompt(()), longest, 2 * BEAM, [id for id in range(self._tokenizer.eot) if id not in allowed])
        scores: dict[str, float] = {}
        for n, ids in enumerate(result.sequences_ids):
            digits = digits_of(self._tokenizer.decode(ids))
            scores[digits] = max(scores.get(digits, -math.inf), math.log(max(1e-9, _probability(result, n))))
        return scores

    def _decode(self, sound: Any, prompt: list[int], longest: int, beam: int, suppress: list[int] | None) -> Any:
        return self._model.model.generate(
            sound, [prompt], beam_size=beam, num_hypotheses=beam, patience=1 if suppress is None else 2, max_length=len(prompt) + longest, return_scores=True,
            return_no_speech_prob=True, suppress_tokens=[-1] if suppress is None else suppress,
        )[0]  # fmt: skip

    def _text(self, ids: list[int]) -> str:
        return tidy(self._simplified.convert(self._tokenizer.decode(ids)))

    def _prompt(self, words: tuple[str, ...]) -> list[int]:
        tokenizer = self._tokenizer
        hot = tokenizer.encode(" " + " ".join(words))[:_MOST_HINT_TOKENS] if words else []
        return [*([tokenizer.sot_prev, *hot] if hot else []), *tokenizer.sot_sequence, tokenizer.no_timestamps]

    @cached_property
    def _tokenizer(self) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        return Tokenizer(self._model.hf_tokenizer, multilingual=True, task="transcribe", language="zh")

    @cached_property
    def _digit_tokens(self) -> tuple[frozenset[int], frozenset[int]]:
        """Those of Arabic digits and those of Chinese ones, of which some are two tokens long."""
        tokenizer = self._tokenizer
        arabic = frozenset(id for id in range(tokenizer.eot) if re.fullmatch(" ?[0-9]", tokenizer.decode([id])))
        return arabic, frozenset(id for digit in "零一二三四五六七八九" for id in tokenizer.encode(digit))


def _spoken(samples: Samples, **options: Any) -> list[dict[str, int]]:
    """Where somebody speaks, in samples."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    return get_speech_timestamps(samples, VadOptions(**options))  # type: ignore[no-any-return]


def _probability(result: Any, n: int) -> float:
    """Of a token of the n-th reading, on average."""
    length = len(result.sequences_ids[n])
    return float(math.exp(result.scores[n] * length / (length + 1)))


def _is_mostly_digits(text: str) -> bool:
    words = re.sub(r"[\W_]", "", text)
    return len(digits_of(words)) >= max(4, 0.8 * len(words))


def is_echo(text: str, hints: tuple[str, ...]) -> bool:
    """Whether nothing was heard but several of the hints, or one syllable of them (区区区): where the sound is poor, the model says what it has just read."""
    syllable = re.fullmatch(r"(\w)\1{2,}\W*", text)
    return bool(re.fullmatch(f"(?:(?:{'|'.join(map(re.escape, hints))})\\W*){{2,}}", text) or (syllable and any(syllable[1] in hint for hint in hints)))


_REPEATED = re.compile(r"(.{1,12}?)\1{4,}")


def tidy(text: str) -> str:
    """Without blanks between Chinese characters; empty where the model went round in circles, which is no speech of anybody's."""
    text = re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", text.strip())
    return "" if _REPEATED.search(re.sub(r"[0-9零〇一二三四五六七八九幺]", "", text)) else text


_: type[Transcriber] = WhisperTranscriber
