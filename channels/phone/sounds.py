"""What sounds alike: Chinese text as syllables, how far two syllables are apart, and where a known name is hidden in what was understood.

Recognisers get the sound right far more often than the character (docs/benchmarks.md), so names are looked for by their sound.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

# Pairs that speakers of the south and the north, and telephones, do not tell apart.
_INITIALS = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "r": "l", "f": "h"}
_FINALS = {"ing": "in", "eng": "en", "ang": "an", "iang": "ian", "uang": "uan", "ong": "eng"}
_SPLIT = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(.*)")
# On a telephone the band above 3.4 kHz is missing, and with it what tells these apart.
_NEAR = [{"b", "p"}, {"d", "t"}, {"d", "j"}, {"t", "q"}, {"g", "k"}, {"j", "q", "x"}, {"z", "c", "s"}, {"s", "x", "h"}, {"m", "n", "l"}, {"w", ""}, {"y", ""}]
_ROUNDED = {frozenset(pair) for pair in (("v", "i"), ("van", "ian"), ("van", "an"), ("ve", "ie"), ("ve", "e"), ("vn", "in"))}
_SAID = str.maketrans("0123456789", "零一二三四五六七八九")
HAN = re.compile("[\u4e00-\u9fff]")


@lru_cache(maxsize=20_000)
def syllables(text: str) -> tuple[str, ...]:
    """One syllable without tone for every character, digits as they are said; what else is not Chinese stands for itself."""
    found: list[str] = []
    for run in re.findall("[\u4e00-\u9fff]+|[^\u4e00-\u9fff]", text.translate(_SAID)):
        spoken = lazy_pinyin(run, style=Style.NORMAL) if HAN.match(run) else [run]
        found += spoken if len(spoken) == len(run) else [lazy_pinyin(c)[0] for c in run]
    return tuple(found)


@lru_cache(maxsize=20_000)
def tones(text: str) -> tuple[str, ...]:
    """The tone of every character, as far as the dictionary knows it."""
    return tuple(lazy_pinyin(c, style=Style.TONE3)[0][-1:] if HAN.match(c) else "" for c in text)


@lru_cache(maxsize=50_000)
def distance(a: str, b: str) -> float:
    """Between two syllables: 0 the same, 0.15 often confused, up to 1."""
    if a == b:
        return 0.0
    (a1, a2), (b1, b2) = _parts(a), _parts(b)
    x, y = _INITIALS.get(a1, a1), _INITIALS.get(b1, b1)
    first = 0.0 if a1 == b1 else 0.15 if x == y else 0.35 if any({a1, b1} <= near or {x, y} <= near for near in _NEAR) else 0.6
    last = 0.0 if a2 == b2 else 0.2 if frozenset((a2, b2)) in _ROUNDED else 0.15 if _FINALS.get(a2, a2) == _FINALS.get(b2, b2) else 0.35 if a2[-1:] == b2[-1:] or a2[:1] == b2[:1] else 0.6
    return min(1.0, first + last)


def _parts(syllable: str) -> tuple[str, str]:
    match = _SPLIT.fullmatch(syllable)
    first, last = (match[1] or "", match[2]) if match else ("", syllable)
    # qu is qü: what is written u after these is ü, and only lips tell it from i.
    return first, f"v{last[1:]}" if first in ("j", "q", "x", "y") and last[:1] == "u" else last


@dataclass(frozen=True, slots=True)
class Match:
    """A known name at a place of a text. `distance`: per syllable of the name."""

    name: str
    start: int
    end: int
    distance: float

    @property
    def weight(self) -> float:
        """How much it explains: a long name that is near counts more than a short one that is exact, and far ones count little."""
        return len(self.name) * (1 - 3 * self.distance)


class Names:
    """Known names that can be found by their sound."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = sorted({name for name in names if len(name) >= 2 and HAN.search(name)})
        self._sounds = [syllables(name) for name in self._names]
        self._exact = frozenset(self._names)
        self._at: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, sound in enumerate(self._sounds):
            for offset, syllable in enumerate(sound):
                self._at[_rough(syllable)].append((number, offset))

    def __contains__(self, name: str) -> bool:
        return name in self._exact

    def find(self, text: str, *, within: float) -> list[Match]:
        """Names that the text nearly says, at most `within` away per syllable: those that explain most; none overlaps another."""
        return apart(self.near(text, within=within))

    def near(self, text: str, *, within: float) -> list[Match]:
        """All names that the text nearly says; they may overlap."""
        heard, melody = syllables(text), tones(text)
        votes: dict[tuple[int, int], int] = defaultdict(int)
        for position, syllable in enumerate(heard):
            for number, offset in self._at.get(_rough(syllable), ()):
                votes[number, position - offset] += 1
        found = []
        for (number, start), count in votes.items():
            sound = self._sounds[number]
            if count * 2 < len(sound):
                continue
            match = self._match(number, heard, start)
            if match and match.distance <= within:
                # 燕北园 and 燕北苑 differ by their tone only: it decides between two, and no more.
                off = sum(a != b for a, b in zip(tones(match.name), melody[match.start : match.end], strict=False))
                found.append(replace(match, distance=match.distance + 0.002 * off / len(sound)))
        return found

    def _match(self, number: int, heard: Sequence[str], start: int) -> Match | None:
        """The best alignment of a name that begins about at `start`: one syllable may be missing or too much."""
        sound = self._sounds[number]
        best: Match | None = None
        for begin in (start - 1, start, start + 1) if len(sound) > 2 else (start,):
            for length in (len(sound) - 1, len(sound), len(sound) + 1) if len(sound) > 3 else (len(sound),):
                end = begin + length
                if begin < 0 or end > len(heard) or (begin != start and length == len(sound)):
                    continue
                cost = _align(sound, heard[begin:end]) / len(sound)
                if best is None or cost < best.distance:
                    best = Match(self._names[number], begin, end, cost)
        return best


def apart(matches: Iterable[Match]) -> list[Match]:
    """Of names that overlap the one that explains most, in the order of the text."""
    chosen: list[Match] = []
    for match in sorted(matches, key=lambda m: -m.weight):
        if all(match.end <= other.start or match.start >= other.end for other in chosen):
            chosen.append(match)
    return sorted(chosen, key=lambda m: m.start)


def _rough(syllable: str) -> str:
    first, last = _parts(syllable)
    return _INITIALS.get(first, first) + _FINALS.get(last, last)


def _align(a: Sequence[str], b: Sequence[str]) -> float:
    """Edit distance over syllables, where one that is missing or too much costs 0.8."""
    previous = [0.8 * j for j in range(len(b) + 1)]
    for i, x in enumerate(a, 1):
        current = [0.8 * i]
        for j, y in enumerate(b, 1):
            current.append(min(previous[j] + 0.8, current[-1] + 0.8, previous[j - 1] + distance(x, y)))
        previous = current
    return previous[-1]
