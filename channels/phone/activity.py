"""Who speaks when: from the caller's sound to the beginning and the end of speech.

The models are those of pipecat's wheel: Silero VAD tells speech from other sound, 32 ms at a time, and Smart-Turn v3 tells from the sound
of the last eight seconds whether the speaker has finished. Both are loaded once and shared by all calls; what a call remembers is its own.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum, auto
from typing import Any, Protocol, cast

from channels.phone.legs.base import RATE

WINDOW = 512
"""Bytes that Silero looks at: 256 samples, 32 ms."""
WINDOW_SECONDS = WINDOW / 2 / RATE
SPEECH = 0.5
"""Silero's probability from which a window is speech."""
BEGINS = 3
"""Windows of speech, of the last four, that make it certain that somebody speaks: 96 ms, less than a short 是."""
PRE_ROLL = 12
"""Windows before the first of speech that belong to the utterance: beginnings are soft."""
FORGET = 60
"""Windows without speech after which Silero's memory is emptied. Long silence at 8 kHz deafens it (pipecat's silero.py measured it)."""


class Sound(Enum):
    """What has just become known."""

    MAYBE = auto()
    """It may be speech: a window of it."""
    NOTHING = auto()
    """It was none."""
    SPEECH = auto()
    """Somebody speaks, certainly."""


class Activity:
    """Follows one call's sound. `probability` says how likely 512 bytes of sound are speech, given those before."""

    def __init__(self, probability: Callable[[bytes], float], forget: Callable[[], None] = lambda: None) -> None:
        self._probability, self._forget_model = probability, forget
        self._rest = b""
        self._recent: list[bool] = []
        self._before: list[bytes] = []
        self._quiet = 0
        self._utterance = bytearray()
        self._maybe = False
        self.speaking = False
        """Somebody is in the middle of an utterance; pauses belong to it until `take` ends it."""
        self.silence = 0.0
        """Seconds since the last window of speech."""
        self.spoken = 0.0
        """Seconds of speech in this utterance, without its pauses."""

    def hear(self, pcm: bytes) -> list[Sound]:
        """Listen to more sound, any length. Returns what became known."""
        self._rest += pcm
        found = []
        while len(self._rest) >= WINDOW:
            window, self._rest = self._rest[:WINDOW], self._rest[WINDOW:]
            if (sound := self._window(window)) is not None:
                found.append(sound)
        return found

    @property
    def utterance(self) -> bytes:
        """The sound of the utterance so far, with a little before it."""
        return bytes(self._utterance)

    def take(self) -> bytes:
        """End the utterance and return its sound."""
        sound = self.utterance
        self._utterance.clear()
        self._recent.clear()
        self.speaking, self.spoken, self._maybe = False, 0.0, False
        return sound

    def _window(self, window: bytes) -> Sound | None:
        is_speech = self._probability(window) >= SPEECH
        self.silence = 0.0 if is_speech else self.silence + WINDOW_SECONDS
        if self.speaking:
            self._utterance += window
            self.spoken += WINDOW_SECONDS if is_speech else 0.0
            return None
        self._before = [*self._before[-PRE_ROLL:], window]
        self._recent = [*self._recent[-3:], is_speech]
        self._quiet = 0 if is_speech else self._quiet + 1
        if self._quiet and self._quiet % FORGET == 0:
            self._forget_model()
        if sum(self._recent) >= BEGINS:
            self.speaking, self._maybe = True, False
            self.spoken = sum(self._recent) * WINDOW_SECONDS
            self._utterance = bytearray(b"".join(self._before))
            self._before = []
            return Sound.SPEECH
        if is_speech and not self._maybe:
            self._maybe = True
            return Sound.MAYBE
        if self._maybe and not any(self._recent):
            self._maybe = False
            return Sound.NOTHING
        return None


class Models(Protocol):
    """What listening needs. The real ones are heavy; tests have simple ones."""

    def activity(self) -> Activity:
        """For one call."""

    async def is_finished(self, utterance: bytes) -> bool:
        """Whether the speaker sounds as if nothing will follow."""


class PipecatModels:
    """Silero VAD and Smart-Turn v3. Loading takes a quarter of a second, importing them a second."""

    def __init__(self) -> None:
        from loguru import logger

        logger.disable("pipecat")  # it writes a banner and what it loads
        from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
        from pipecat.audio.vad import data
        from pipecat.audio.vad.silero import SileroOnnxModel

        self._silero: Any = cast(Any, SileroOnnxModel)(str(_file(data, "silero_vad.onnx")))
        self._smart_turn: Any = LocalSmartTurnAnalyzerV3(sample_rate=RATE)
        self._smart_turn.set_sample_rate(RATE)
        # One at a time: it takes a core for a tenth of a second, and the recogniser needs the other.
        self._thread = ThreadPoolExecutor(1, "smart-turn")

    def activity(self) -> Activity:
        import numpy as np

        model = copy.copy(self._silero)  # the model is shared, its memory is not: 10 MiB and 50 ms less for every call
        model.reset_states()

        def probability(window: bytes) -> float:
            return float(model(np.frombuffer(window, "<i2").astype(np.float32) / 32768, RATE)[0].item())

        return Activity(probability, model.reset_states)

    async def is_finished(self, utterance: bytes) -> bool:
        import numpy as np

        samples = np.frombuffer(utterance[-8 * RATE * 2 :], "<i2").astype(np.float32) / 32768
        loop = asyncio.get_running_loop()
        # Its public way in counts time by the wall clock and keeps the sound a second time; the judgement itself is this one method.
        verdict = await loop.run_in_executor(self._thread, self._smart_turn._predict_endpoint, samples)
        return bool(verdict["prediction"])


def _file(package: Any, name: str) -> Any:
    from importlib.resources import files

    return files(package).joinpath(name)
