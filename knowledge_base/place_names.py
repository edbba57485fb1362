"""Names of places that were typed, or recognised, by their sound: 花架地南里 is 花家地南里.

Only a name that the city folder knows is put right, and only where nothing else is meant: in an answer to “where?”, right behind a district or
street, or a long one anywhere (王京西园4区 is 望京西园四区). The citizen sees it in the summary before it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from pypinyin import lazy_pinyin

from hotline.places import Gazetteer

_SHORTEST, _LONGEST = 3, 10
_BEHIND_AREA = 2
"""The shortest name right behind a district or street: 劲松 in 朝阳区劲送."""
_ANYWHERE = 5
"""The shortest name that nothing announces: so many sounds in a row are no accident."""
_DIGITS = str.maketrans("123456789", "一二三四五六七八九")


class PlaceNames:
    """The names of a city by their sound."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._names: Mapping[str, tuple[str, ...]] = gazetteer.names
        self._by_sound: dict[str, list[str]] = {}
        for name in self._names:
            if _BEHIND_AREA <= len(name) <= _LONGEST:
                self._by_sound.setdefault(_sound(name), []).append(name)

    def corrected(self, text: str, *, answer: bool, district: str | None = None) -> str:
        """The text with names as the city writes them. `answer`: it answers “where?”. `district`: what is known already."""
        at = 0
        while at <= len(text) - _BEHIND_AREA:
            behind = self._gazetteer.ends_with_area(text[:at])
            found = self._at(text, at, district, _BEHIND_AREA if behind else _SHORTEST if answer else _ANYWHERE)
            if found:
                text = text[:at] + found + text[at + len(found) :]
            at += len(found) if found else 1
        return text

    def _at(self, text: str, at: int, district: str | None, shortest: int) -> str | None:
        lengths = range(min(_LONGEST, len(text) - at), shortest - 1, -1)
        if any(text[at : at + length] in self._names for length in range(_BEHIND_AREA, _LONGEST)):
            return None  # a name begins here as it is written: 四季青 in 四季青振兴家园 is not 四季青镇
        for length in lengths:
            said = text[at : at + length]
            meant = [name for name in self._by_sound.get(_sound(said), ()) if _near(said, name, most=1 if shortest == _ANYWHERE else 2) and (district is None or self._in(name, district))]
            if len(meant) == 1:
                return meant[0]
        return None

    def _in(self, name: str, district: str) -> bool:
        return any(code.startswith(district) for code in self._names[name])


@lru_cache(maxsize=1 << 15)
def _syllable(character: str) -> str:
    return str(lazy_pinyin(character.translate(_DIGITS))[0])


def _sound(text: str) -> str:
    """Toneless, and not as fuzzy as the search of the knowledge: 李营 is another village than 泥营."""
    return " ".join(map(_syllable, text))


def _near(said: str, name: str, *, most: int) -> bool:
    """Whether most of it is written as it should be: 青禾家园 is no misspelt 清河嘉园."""
    wrong = sum(a != b for a, b in zip(said.translate(_DIGITS), name, strict=True))
    return wrong <= (1 if len(name) <= 4 else most) and not (said[-1] in "路街巷" and said[-1] != name[-1])
