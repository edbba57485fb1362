"""Doors as they are heard: numbers as digits, and 号楼, 号院, 单元 by their sound, which a telephone turns into 号罗, 号燕, 丹园."""

from __future__ import annotations

import re

from channels.phone import numbers
from channels.phone.sounds import syllables

_DOOR = re.compile(rf"({numbers.SPOKEN}+)(?=号楼|号院|号|单元|层|楼|室|栋|幢|门|弄|巷|组|队|排)")
_ROOM = re.compile(rf"(单元|号楼|[栋幢层门])({numbers.DIGIT}{{3,4}})(?!{numbers.SPOKEN})")
_DIGITS = {"yi": "一", "er": "二", "san": "三", "shan": "三", "si": "四", "wu": "五", "liu": "六", "qi": "七", "ba": "八", "jiu": "九", "shi": "十", "yao": "一"}
_LAST_DIGITS = {"ai": "二", "an": "二", "shang": "三", "su": "四", "ji": "七", "she": "十"}
"""What a digit right before 号楼 or 单元 is heard as besides, where nothing else can stand: 爱号楼, 上号楼, 社号楼, 素单元."""
_NO_DIGIT = frozenset("是事市世室寺里期区去起气其以已也")
"""Characters that sound like a digit, and stand before a number for what they mean."""
_PARTS = {
    "H": ("hao", "hou"),
    "L": ("lou", "luo", "long", "nong", "nou", "lu", "nu", "lao", "neng"),
    "Y": ("yuan", "yan", "lian", "ren", "nian"),
    "N": ("dan", "tan", "dai", "da", "dang"),
}
"""What 号, 楼, 院 or 元, and 单 are heard as."""
_SORT = {sound: sort for sort, sounds in _PARTS.items() for sound in sounds}
_ZONE_IN_NUMBER = re.compile(r"(?<=[东南西北])7(?=\d(?:号楼|号院|号))")
"""南区十二号 is heard as 南七十二号; right behind north and south stands a zone sooner than a number."""
_ALMOST_HEARD = re.compile("x(?=HL|HY|NY)")
_HEARD = re.compile("(?P<building>D+)H(?P<what>[LY])|(?P<unit>D+)NY")


def with_doors(text: str) -> str:
    """三号楼二单元五零幺 → 3号楼2单元501, 二百三十八号 → 238号."""
    text = _DOOR.sub(lambda m: numbers.value(m[1]) or m[1], text)
    return _ZONE_IN_NUMBER.sub("区1", _ROOM.sub(lambda m: m[1] + numbers.digits_of(m[2]), text))


def by_sound(text: str, begins: int = 0) -> str:
    """The text with doors written as such from `begins` on, where the names before it end: 时7号罗伊丹园 → 十七号楼一单元."""
    sounds = syllables(text)
    sorts = "." * begins + "".join(map(_sort, text[begins:], sounds[begins:]))
    for match in _ALMOST_HEARD.finditer(sorts):
        if digit := _LAST_DIGITS.get(sounds[match.start()]):
            text = text[: match.start()] + digit + text[match.start() + 1 :]
            sorts = sorts[: match.start()] + "D" + sorts[match.start() + 1 :]
    for match in reversed(list(_HEARD.finditer(sorts))):
        start, end = match.span()
        behind = match.end("building" if match["building"] else "unit")
        number = "".join(map(_digit, text[start:behind], sounds[start:behind]))
        # 四大院 is a unit only behind a building.
        if numbers.value(number) is None or (match["unit"] and "H" not in sorts[:start] and "单" not in text[start:end]):
            continue
        text = text[:start] + number + ("单元" if match["unit"] else "号楼" if match["what"] == "L" else "号院") + text[end:]
    return text


def _sort(character: str, sound: str) -> str:
    return "D" if _digit(character, sound) else _SORT.get(sound, "x")


def _digit(character: str, sound: str) -> str:
    if character.isdigit() or re.fullmatch(numbers.SPOKEN, character):
        return character
    return "" if character in _NO_DIGIT else _DIGITS.get(sound, "")
