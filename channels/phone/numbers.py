"""Spoken Chinese numbers as digits: 幺三八，双零… → 1380…, 二百三十八 → 238. 洞 is 0, 幺 is 1, 两 is 2, 拐 is 7, 勾 is 9."""

from __future__ import annotations

import re

from channels.phone.sounds import distance, syllables

_DIGIT = {
    **{str(d): str(d) for d in range(10)}, **{chr(0xFF10 + d): str(d) for d in range(10)},
    **dict(zip("零一二三四五六七八九", "0123456789", strict=True)),
    "〇": "0", "○": "0", "洞": "0", "幺": "1", "两": "2", "拐": "7", "勾": "9", "钩": "9",
}  # fmt: skip
_SIZE = {"十": 10, "百": 100, "千": 1000, "万": 10000}
DIGIT = "[0-9零〇一二三四五六七八九幺两洞拐勾]"
SPOKEN = "[0-9零〇一二三四五六七八九十百千幺两]"
_SURE = "[0-9０-９零〇一二三四五六七八九幺两洞拐勾]"
_NEARLY = 0.15
"""How far apart two syllables that are often confused may be."""
_GAP = r"(?:[\s,，、.。·\-—]|嗯|呃|啊|然后|接着|再来?)*"
_REPEATED = re.compile(rf"(?:(?P<count>[两二俩三四34])个|(?P<twice>双|叠))(?P<digit>{_SURE})")
# At least five digits: fewer are a door, a time or an amount.
_RUN = re.compile(rf"(?:\+?86{_GAP})?{_SURE}(?:{_GAP}{_SURE}){{4,}}")
_PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}[-]?\d{7,8})(?!\d)")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
"""With what the plates of cars begin in mainland China, a character a province (standard GA 36)."""
_OF_A_PLATE = f"(?:{_SURE}|[A-Za-z])"
_PLATE = re.compile(rf"(?P<province>[\u4e00-\u9fff])牌?{_GAP}(?P<office>[A-Za-z]){_GAP}(?P<rest>(?:{_OF_A_PLATE}{_GAP}){{4,5}}{_OF_A_PLATE})(?![0-9A-Za-z])")


def digits_of(text: str) -> str:
    """The digits of a text, one by one; everything else goes."""
    return "".join(_DIGIT.get(c, "") for c in text)


def count_digits(text: str) -> int:
    return len(re.findall(r"\d", text))


def phone_numbers(text: str) -> list[str]:
    """Whole telephone numbers in a text that is written in digits: 11 digits of a mobile one, or a landline with its area code."""
    return _PHONE.findall(text)


def with_phone_numbers(text: str) -> str:
    """The text with every run of five digits or more, however spoken, written in digits without pauses. Nothing is added or left out."""
    text = _REPEATED.sub(_repeat, text)
    return _RUN.sub(_run, text)


def with_digits(text: str) -> str:
    """The same for any run of two digits or more."""
    return re.sub(rf"{_SURE}(?:{_GAP}{_SURE})+", lambda m: digits_of(m[0]), _REPEATED.sub(_repeat, text))


def with_plates(text: str, own: str) -> str:
    """The text with the plates of cars as they are written: 京A幺二三四五 → 京A12345, 金N八P三二零 → 京N8P320. `own`: the province's character of this
    city, which is what a character of its sound means there. Nothing is added or left out."""
    return _PLATE.sub(lambda match: _plate(match, own), text)


def _plate(match: re.Match[str], own: str) -> str:
    said = match["province"]
    meant = said if said in _PROVINCES else own if distance(syllables(said)[0], syllables(own)[0]) <= _NEARLY else ""
    rest = "".join(_DIGIT.get(c, c.upper()) for c in re.findall(_OF_A_PLATE, match["rest"]))
    return f"{meant}{match['office'].upper()}{rest}" if meant and count_digits(rest) >= 3 else match[0]


def value(spoken: str) -> str | None:
    """What a number means, in digits: 二百三十八 → 238, 十二 → 12, 五零幺 → 501, 3 → 3. None if it is not well formed."""
    if not re.search("[十百千万]", spoken):
        return digits_of(spoken) if all(c in _DIGIT for c in spoken) else None
    total, digit, smallest = 0, -1, 10**9
    for c in spoken:
        if c in _SIZE:
            size = _SIZE[c]
            if size >= smallest or (digit < 0 and (size != 10 or total % 100)):
                return None
            total += (1 if digit < 0 else digit) * size
            digit, smallest = -1, size
        elif c in "零〇":
            if digit >= 0:
                return None
        elif c in _DIGIT and digit < 0:
            digit = int(_DIGIT[c])
        else:
            return None
    if digit > 0:
        # 二百三 is 230, 二百零三 is 203
        total += digit * (smallest // 10 if smallest > 10 and spoken[-2] in _SIZE else 1)
    return str(total)


def _repeat(match: re.Match[str]) -> str:
    count = 2 if match["twice"] else {"三": 3, "四": 4, "3": 3, "4": 4}.get(match["count"], 2)
    return match["digit"] * count


def _run(match: re.Match[str]) -> str:
    found = match[0]
    digits = digits_of(found)
    if len(digits) == 13 and digits.startswith("86") and digits[2] == "1":
        return digits[2:]
    return digits
