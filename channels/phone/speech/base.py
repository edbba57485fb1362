"""Speech, as the rest of Jiesu sees it: what a recogniser and a voice can do, whoever makes them.

Sound is always PCM16, little-endian, mono. A recogniser or a voice names its own sample rate; whoever calls it converts (`sound.resample`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Expectation = Literal["place", "phone", "time", "yes_no", "number", "free"]
"""What the last question asked for, and so what is likely to be said now."""


class SpeechUnavailable(Exception):
    """A recogniser or a voice can't work now. `str(error)` says what to do."""


@dataclass(frozen=True, slots=True)
class Transcription:
    """What was understood. `confidence` between 0 and 1; 0.0 with an empty text means that nobody spoke.

    `alternatives` are other readings of the same sound, best first, without `text`.
    """

    text: str
    confidence: float
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hints:
    """What helps to understand: names that may come up, and what was asked."""

    words: tuple[str, ...] = ()
    expecting: Expectation | None = None


NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`streaming`: it understands while somebody speaks, by sessions. `sample_rate`: of the sound it takes, in Hz."""

    streaming: bool
    sample_rate: int


class TranscriberSession(Protocol):
    """One utterance, heard as it comes."""

    async def feed(self, pcm: bytes) -> str:
        """Some more of it. Returns what is understood so far; it may still change."""

    async def finish(self) -> Transcription:
        """The utterance is over. The session must not be used afterwards."""


class Transcriber(Protocol):
    """Speech to text. Everything may raise SpeechUnavailable."""

    @property
    def capabilities(self) -> Capabilities: ...

    async def transcribe(self, pcm: bytes, hints: Hints = NO_HINTS) -> Transcription:
        """Understand a finished utterance."""

    def session(self, hints: Hints = NO_HINTS) -> TranscriberSession:
        """Begin an utterance. Only where `capabilities.streaming`."""


class Synthesizer(Protocol):
    """Text to speech."""

    @property
    def name(self) -> str:
        """The engine, its voice and its version: what was rendered under another name is rendered anew."""

    @property
    def sample_rate(self) -> int:
        """In Hz."""

    def pieces(self, sentence: str) -> list[str]:
        """How the sentence may be cut, so that its beginning is heard while the rest is rendered; whole where a cut would be heard."""

    async def render(self, sentence: str) -> bytes:
        """One sentence, already written for the ear (`say.for_the_ear`). Raises SpeechUnavailable."""
