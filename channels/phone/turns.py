"""Whose turn it is, as far as the caller's sound tells: when they begin, when they have finished, and what they said in between, on its way to text."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass

from channels.phone.activity import Models, Sound
from channels.phone.speech.base import Expectation, Transcription
from channels.phone.spoken import Ear
from channels.phone.utterance import Recogniser, Utterance

AHEAD = 0.155
"""Seconds of silence after which we begin to recognise, because most pauses are the end: five windows of the voice detector."""
PAUSE = 0.19
"""Seconds of silence in which a speaker may have finished: six windows of the voice detector."""
PATIENCE = 1.0
"""Seconds of silence that end a turn whatever Smart-Turn thinks of it."""
PATIENCE_WITH_NUMBERS = 1.6
"""The same while a number is dictated, in groups with pauses between them."""
LONGEST = 25.0
"""Seconds after which we answer a caller who never stops; Whisper reads 30 s at once."""
ANSWERS_BY_KEYS: frozenset[Expectation | None] = frozenset({"phone", "number"})

_BYTES_A_SECOND = 16000
_BACK_CHANNEL = re.compile(r"^(?:嗯+|恩+|哦+|噢+|啊+|唉|诶|对+|对对对|是+|是的|好+|好的|行|可以|明白|知道了|谢谢|ok)[啊呀吧呢的了]?$", re.I)
_NOT_WORDS = re.compile(r"[\s，。！？、,.!?…~～]+")


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that a caller has said. `result` gives its text and may raise SpeechUnavailable."""

    result: Awaitable[Transcription]
    spoken: float
    """Seconds of speech, without pauses."""
    silence: float
    """Seconds of silence that it took to be sure of its end."""
    cut: bool
    """Whether it was ended by us, because it did not end."""


class Turns:
    """Follows one caller."""

    def __init__(self, models: Models, recogniser: Recogniser, ear: Ear) -> None:
        self._models, self._recogniser, self._ear = models, recogniser, ear
        self._activity = models.activity()
        self._utterance: Utterance | None = None

    @property
    def speaking(self) -> bool:
        """Somebody is in the middle of something; pauses belong to it."""
        return self._activity.speaking

    def hear(self, pcm: bytes, *, expects: Expectation | None, offered: Sequence[str] = (), longest: float = LONGEST) -> Iterator[Sound | Turn]:
        """Listen on. Gives what has become known: that it may be speech, that it was none, that it is speech, and that a turn is over.

        `expects` is what was asked for, `offered` the answers that were named; `longest` the seconds after which a turn is cut.
        """
        for sound in self._activity.hear(pcm):
            if sound is Sound.SPEECH:
                self._utterance = Utterance(self._recogniser, self._models, self._ear.hints(expects, offered))
            yield sound
        if self._utterance and self._activity.speaking and (turn := self._follow(self._utterance, expects, longest)):
            yield turn

    def break_off(self) -> Turn | None:
        """The caller is gone: what they were saying, if anything."""
        return self._end(self._utterance, cut=False) if self._utterance else None

    def _follow(self, utterance: Utterance, expects: Expectation | None, longest: float) -> Turn | None:
        activity = self._activity
        length = len(activity.utterance)
        utterance.feed(lambda: activity.utterance, length)
        if activity.silence == 0:
            utterance.go_on()
        if activity.silence >= AHEAD:
            utterance.listen_ahead(activity.utterance)
        if activity.silence < PAUSE:
            return self._end(utterance, cut=True) if length > longest * _BYTES_A_SECOND else None
        utterance.pause(activity.utterance)
        if expects in ANSWERS_BY_KEYS:
            over = sum(c.isdigit() for c in utterance.early_text) >= 11 or activity.silence >= PATIENCE_WITH_NUMBERS
        else:
            short = expects == "yes_no" and self._ear.is_short_answer(utterance.early_text)
            over = utterance.sounds_finished or short or activity.silence >= PATIENCE
        return self._end(utterance, cut=False) if over else None

    def _end(self, utterance: Utterance, *, cut: bool) -> Turn:
        spoken, silence = self._activity.spoken, self._activity.silence
        self._utterance = None
        return Turn(utterance.end(self._activity.take()), spoken, silence, cut)


def is_back_channel(text: str) -> bool:
    """嗯, 对, 好的: I am listening, go on."""
    return bool(_BACK_CHANNEL.match(_NOT_WORDS.sub("", text)))
