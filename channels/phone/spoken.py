"""Hearing what matters: what a recogniser understood, as text for the dialogue, by what was asked for.

What was said is never overwritten: `Heard.raw` keeps it beside what we make of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from channels.phone.speech.base import NO_HINTS, Expectation, Hints, Transcription
from hotline.city import City

UNSURE = 0.35
"""Below this confidence we ask again instead of believing."""


@dataclass(frozen=True, slots=True)
class Heard:
    """`text` is for the dialogue; empty if nothing was understood. `sure`: whether to go on with it, or ask again differently, then by keys, then a person."""

    text: str
    raw: str
    confidence: float
    sure: bool


class Ear:
    """Understands what callers of this city say."""

    def __init__(self, city: City) -> None:
        self._city = city

    def hints(self, expecting: Expectation | None) -> Hints:
        """What to tell the recogniser before the answer to a question that asks for this."""
        return Hints(expecting=expecting) if expecting else NO_HINTS

    def hear(self, said: Transcription, expecting: Expectation | None = None) -> Heard:
        """What the transcription means to the dialogue."""
        return Heard(said.text, said.text, said.confidence, bool(said.text) and said.confidence >= UNSURE)
