"""Text as it sounds: toneless pinyin syllables in which what sounds alike is the same.

Speech recognition and phone keyboards write homophones (失业金 → 事业金). Each character becomes one private character that
stands for its syllable, so that whatever compares texts compares sounds. Fuzzy as most speakers are: z/zh, c/ch, s/sh,
n/l, and final n/ng are one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pypinyin import lazy_pinyin

_FIRST = 0xE000
"""First code point of the private use area, where the syllables are."""
_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


def fuzzy(syllable: str) -> str:
    """A toneless syllable as it is compared: `zhang` → `zan`, `neng` → `len`."""
    syllable = re.sub(r"^([zcs])h", r"\1", syllable)
    syllable = re.sub(r"^n(?=.)", "l", syllable)
    return syllable if syllable.endswith("ong") else re.sub(r"ng$", "n", syllable)


@lru_cache(maxsize=1 << 16)
def _sound(character: str) -> str:
    character = _DIGITS.get(character, character)
    syllable = lazy_pinyin(character)[0]
    if syllable == character:
        return character  # no Chinese character
    return _private(fuzzy(syllable))


_known: dict[str, str] = {}


def _private(syllable: str) -> str:
    return _known.setdefault(syllable, chr(_FIRST + len(_known)))


def sounds(text: str) -> str:
    """A text, already made plain, as its sounds. Characters one by one: a reading by context is not worth 0.1 ms a sentence."""
    return "".join(map(_sound, text))
