"""What somebody probably meant to write: characters that make no words of this knowledge, given those of the same sound that do.

Phone keyboards and speech recognition write 事业金 for 失业金. The embedder reads characters, so to it that is another matter. What is
restored is only searched, beside what was written: nobody is ever shown it, and it never replaces the citizen's words.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from knowledge_base.grams import Statistics, pair
from knowledge_base.sounds import sounds

HELD = 1.0
"""So well a character fits that nobody meant another one."""
LONGEST = 60
"""Characters of a message that is looked at: of a longer one, sentences are found that are right."""
GAIN = 1.4
"""How much better a character must fit between its neighbours, in logarithms of how often the knowledge has the pairs."""


class Homophones:
    """The characters and pairs of a knowledge base. Immutable, like the index it belongs to."""

    def __init__(self, *statistics: Statistics) -> None:
        self._statistics = statistics
        singles = np.unique(np.concatenate([each.grams[each.grams < pair(1, 0)] for each in statistics]))
        by_sound: dict[str, list[int]] = {}
        for point in map(int, singles):
            if "一" <= chr(point) <= "龥":
                by_sound.setdefault(sounds(chr(point)), []).append(point)
        self._by_sound = {sound: np.array(points, dtype=np.uint64) for sound, points in by_sound.items()}

    def restored(self, text: str) -> str:
        """A plain text with the characters that do not fit exchanged for the likeliest of the same sound. Mostly the same text."""
        points = np.array([ord(character) for character in text], dtype=np.uint64)
        if not 2 <= len(points) <= LONGEST:
            return text
        # How well each character fits to the one before it; nothing stands before the first and after the last.
        held = np.concatenate([[0.0], self._fit(points[:-1], points[1:]), [0.0]])
        for at, sound in enumerate(sounds(text)):
            before, after = held[at], held[at + 1]
            others = self._by_sound.get(sound)
            if others is None or min(before, after) > HELD:
                continue
            none = np.zeros(len(others))
            left = self._fit(points[at - 1], others) if at else none
            right = self._fit(others, points[at + 1]) if at + 1 < len(points) else none
            best = int((left + right).argmax())
            if left[best] + right[best] - before - after > GAIN:
                points[at], held[at], held[at + 1] = others[best], left[best], right[best]
        return "".join(map(chr, map(int, points)))

    def _fit(self, first: NDArray[np.uint64] | np.uint64, second: NDArray[np.uint64] | np.uint64) -> NDArray[np.float64]:
        """How well characters stand beside each other, 0 for pairs that the knowledge does not have."""
        pairs = np.atleast_1d(pair(first, second))
        return np.asarray(np.log1p(sum(each.count(pairs) for each in self._statistics)), dtype=np.float64)
