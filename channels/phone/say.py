"""Writing for the ear: a reply as it is said. Links and marks go, numbers become what one says, long texts become sentences.

Which numbers are read digit by digit follows what operators of Chinese hotlines do: telephone and ticket numbers, years, rooms and bus lines are,
with 幺 for 1; amounts, times and counts are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable

LONGEST_SENTENCE = 60
"""Characters. A longer one is cut at a comma, so that its beginning is heard while the rest is rendered."""

_DIGITS = "零一二三四五六七八九"
_UNITS = {
    "mg/m³": "毫克每立方米", "μg/m³": "微克每立方米", "µg/m³": "微克每立方米", "m³/h": "立方米每小时", "km/h": "公里每小时", "m/s": "米每秒",
    "km²": "平方公里", "m²": "平方米", "㎡": "平方米", "m³": "立方米", "cm²": "平方厘米", "kWh": "度", "kW": "千瓦", "km": "公里", "cm": "厘米", "mm": "毫米",
    "kg": "公斤", "mg": "毫克", "ml": "毫升", "mL": "毫升", "dB": "分贝", "MB": "兆", "GB": "G", "℃": "摄氏度", "°C": "摄氏度", "L": "升", "W": "瓦",
    "V": "伏", "g": "克", "m": "米", "h": "小时", "min": "分钟",
}  # fmt: skip
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
# What is counted: before these 2 is 两, and a number is an amount and not a name.
_COUNTED = "个|天|年|次|位|人|件|周|月|日|小时|分钟|秒|点|元|块|角|分|万|亿|千|百|岁|米|公里|平方|立方|吨|公斤|斤|倍|户|家|张|份|项|条|辆|台|层|名|种|户|度|分贝|升|毫|厘|摄氏|工作日|％|%|兆"
_TWO = "个|天|年(?!级)|次|位|人|件|周|小时|分钟|秒|点|元|块|万|亿|千|岁|米|公里|平方|立方|吨|公斤|斤|倍|户|家|张|份|项|条|辆|台|名|种|套|间|只|支|本|段|处|者"
_SERVICE = r"(?:1(?:10|14|19|20|22)|1[02]\d{3}|9[56]\d{3})"
_N = r"\d+(?:\.\d+)?"


def for_the_ear(text: str) -> str:
    """The text as it is read aloud: no digit, link or mark is left in it."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return "\n".join(line.strip(" ，、") for line in text.splitlines() if line.strip(" ，、。")).strip()


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its mark, in order. A long one is cut at its commas."""
    found: list[str] = []
    for sentence in re.split(r"(?<=[。！？!?；;])|\n", text):
        piece = ""
        for part in re.split(r"(?<=[，,：:、])", sentence.strip()):
            if piece and len(piece) + len(part) > LONGEST_SENTENCE:
                found.append(piece)
                piece = ""
            piece += part
        if re.search(r"\w", piece):
            found.append(piece)
        elif piece and found:
            found[-1] += piece
    return found


def digits(number: str) -> str:
    """12345 → 幺二三四五. What is no digit goes."""
    return "".join("幺" if d == "1" else _DIGITS[int(d)] for d in number if d.isdigit())


def grouped(number: str) -> str:
    """A telephone or ticket number with pauses where people make them."""
    plain = re.sub(r"\D", "", number)
    if re.fullmatch(r"1\d{10}", plain):
        parts = [plain[:3], plain[3:7], plain[7:]]
    elif re.search(r"\d\D\d", number):
        parts = [part for part in re.split(r"\D+", number) if part]
    else:
        parts = [plain[at : at + 4] for at in range(0, len(plain), 4)]
        if len(parts) > 1 and len(parts[-1]) == 1:
            parts[-2:] = [parts[-2] + parts[-1]]
    return "，".join(digits(part) for part in parts)


def cardinal(number: str) -> str:
    """1205 → 一千二百零五, 3.50 → 三点五零, 20000 → 两万. Up to 16 digits before the point; commas between them are allowed."""
    whole, _, fraction = number.replace(",", "").partition(".")
    value = int(whole)
    if value >= 10**16:
        return grouped(number)
    said = re.sub("^一(?=十)", "", _whole(value)) or "零"
    return said + ("点" + "".join(_DIGITS[int(d)] for d in fraction) if fraction else "")


def _whole(value: int) -> str:
    for size, name in ((10**12, "万亿"), (10**8, "亿"), (10**4, "万")):
        if value >= size:
            head, rest = divmod(value, size)
            said = ("两" if head == 2 else _whole(head)) + name
            return said + ("零" if rest and rest < size // 10 else "") + _whole(rest)
    said = ""
    for size, name in ((1000, "千"), (100, "百"), (10, "十")):
        digit, value = divmod(value, size)
        if digit:
            said += ("两" if digit == 2 and size == 1000 else _DIGITS[digit]) + name
        elif said and not said.endswith("零"):
            said += "零"
    return said + _DIGITS[value] if value else said.rstrip("零")


def _clock(match: re.Match[str]) -> str:
    hour, minute, second = int(match["hour"]), int(match["minute"]), match["second"]
    said = ("两" if hour == 2 else cardinal(str(hour))) + "点"
    if minute or second:
        said += ("零" if 0 < minute < 10 else "") + cardinal(str(minute)) + "分"
    return said + (cardinal(second) + "秒" if second else "")


def _date(match: re.Match[str]) -> str:
    return "".join(_DIGITS[int(d)] for d in match["year"]) + f"年{cardinal(match['month'])}月{cardinal(match['day'])}日"


def _number(match: re.Match[str]) -> str:
    number, after = match["number"], match["after"]
    plain = number.replace(",", "")
    if plain == "2" and re.match(_TWO, after) and not match.string[: match.start()].endswith(("第", "点", "月", "年")):
        return "两"
    if "." not in plain and not re.match(_COUNTED, after) and (len(plain) >= 6 or (len(plain) > 1 and plain[0] == "0")):
        return grouped(number)
    return cardinal(number)


def _rule(pattern: str, replacement: str | Callable[[re.Match[str]], str], flags: int = 0) -> tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]:
    return re.compile(pattern, flags), replacement


_CLOCK = r"(?P<hour>[01]?\d|2[0-4])[:：](?P<minute>[0-5]\d)(?:[:：](?P<second>[0-5]\d))?"
_RULES = [
    # What is for the eye only. A masked telephone number first, before its stars go.
    _rule(r"(?<!\d)1\d{2}\*{2,}(\d{4})(?!\d)", lambda m: f"尾号{digits(m[1])}"),
    _rule(r"^来源[:：].*$", "", re.MULTILINE),
    _rule(r"\[([^\]]+)\]\(\S+?\)", r"\1"),
    _rule(r"(?:详见|请见|网址|链接)?[:：]?\s*(?:https?://|www\.)[!-~]+", ""),
    _rule(r"^\s*(?:[-•*·]|#{1,6})\s+", "", re.MULTILINE),
    _rule(r"^\s*(\d{1,2})[.、)]\s+", lambda m: f"第{cardinal(m[1])}，", re.MULTILINE),
    _rule(r"[*_`#~]{2,}|[`#]|(?<!\d)\*|\*(?![\d*])", ""),
    _rule("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]", ""),
    # Numbers that are names.
    _rule(r"(?<![\d.])(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?![\d.])", lambda m: grouped(m[1] + m[2] + m[3])),
    _rule(r"(?<![\d.])(0\d{2,3})[-—– ]?(\d{7,8})(?!\d)", lambda m: f"{digits(m[1])}，{grouped(m[2])}"),
    _rule(r"(?P<place>[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新])(?P<letter>[A-Z])[·. ]?(?P<rest>[A-Z0-9]{5,6})(?![A-Za-z0-9])",
          lambda m: m["place"] + " ".join(digits(c) if c.isdigit() else c for c in m["letter"] + m["rest"])),
    _rule(r"(?<!\d)([48]00)-?(\d{3})-?(\d{4})(?!\d)", lambda m: "，".join(map(digits, m.groups()))),
    _rule(r"[A-Z]{1,4}(?=\d{6,})", lambda m: " ".join(m[0]) + " "),
    _rule(r"(?<!\d)\d{6,}(?:-\d{2,})+(?!\d)", lambda m: grouped(m[0])),
    # Dates and times.
    _rule(r"(?<!\d)(?P<year>(?:19|20)\d{2})[-/.](?P<month>0?[1-9]|1[0-2])[-/.](?P<day>[0-2]?\d|3[01])(?!\d)", _date),
    _rule(r"(?<!\d)((?:19|20)\d{2})(?=年(?!内|以|之|间))", lambda m: "".join(_DIGITS[int(d)] for d in m[1])),
    _rule(rf"(?<!\d){_CLOCK}\s*[-—–~～至]+\s*(?=\d{{1,2}}[:：]\d\d)", lambda m: _clock(m) + "到"),
    _rule(rf"(?<!\d){_CLOCK}(?!\d)", _clock),
    # Amounts.
    _rule(rf"(?<!\d)-({_N})\s*(℃|°C|(?=度|摄氏))", lambda m: f"零下{cardinal(m[1])}{_UNITS.get(m[2], '')}"),
    _rule(r"(\d\.\d*[1-9])0+(?=元|万元|亿元)|(\d)\.0+(?=元|万元|亿元)", lambda m: m[1] or m[2]),
    _rule(r"[¥￥]\s*(\d[\d,]*(?:\.\d+)?)(?:元)?", lambda m: re.sub(r"\.0+$|(?<=\.[1-9])0$", "", m[1]) + "元"),
    _rule(rf"({_N})\s*[%％]?\s*(?:[-—–~～]|至|到)\s*({_N})\s*[%％]", lambda m: f"百分之{cardinal(m[1])}到百分之{cardinal(m[2])}"),
    _rule(rf"({_N})\s*[%％]", lambda m: f"百分之{cardinal(m[1])}"),
    _rule(rf"({_N})\s*‰", lambda m: f"千分之{cardinal(m[1])}"),
    _rule(rf"(?<=[元度次吨人])/({_UNIT})(?![A-Za-z²³])", lambda m: "每" + _UNITS[m[1]]),
    _rule(rf"({_N})\s*({_UNIT})(?![A-Za-z²³])", lambda m: m[1] + _UNITS[m[2]]),
    _rule(r"(?<=[元度次吨人])/(?=[月年天日次人小平吨户米立度斤公])", "每"),
    _rule(r"(?<![\d/])([1-9]\d?)/([1-9]\d?)(?![\d/])", lambda m: f"{cardinal(m[2])}分之{cardinal(m[1])}"),
    _rule(r"(?<=\d)\s*[-—–~～]+\s*(?=\d)", "到"),
    # Rooms, bus lines, hotlines.
    _rule(r"(?<!\d)(\d{3,4})(?=室|房|路(?:公交|车|汽车|$|[，。、]))", lambda m: digits(m[1])),
    _rule(rf"(?<![\d.,])({_SERVICE})(?![\d.,]*\d|(?:{_COUNTED}))", lambda m: digits(m[1])),
    _rule(r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?=(?P<after>.{0,3}))", _number),
    # Marks that are no pause.
    _rule(r"[≥]", "大于等于"), _rule(r"[≤]", "小于等于"), _rule(r"&", "和"), _rule(r"(?<=[一-龥])/(?=[一-龥])", "或"),
    _rule(r"[“”‘’\"'《》〈〉「」『』【】\[\]|]", ""),
    _rule(r"\s*[（(]\s*", "，"), _rule(r"\s*[）)]\s*(?=[，。！？；、：,.!?;:]|$)", ""), _rule(r"\s*[）)]\s*", "，"),
    _rule(r"\s*(?:…+|—{1,}|–+|\.{3,})\s*", "，"), _rule(r"[-_=+<>^~*/\\]+", " "),
    _rule(r"，+(?=[。！？；，、：])|(?<=[。！？；：、])，+", ""), _rule(r"[ \t]{2,}", " "),
]  # fmt: skip
