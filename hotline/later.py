"""“Not now, at six please”: when a citizen wishes to be asked again.

Reads a day (今晚, 明天, 周六), a part of the day, an hour (六点半, 18:30), or how long from now (半小时后, 过一会儿). What was left open
is filled in as people mean it: an hour without a part of the day is the next one that is not in the night.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

SOON = timedelta(hours=2)
"""How much later without any time: 等会儿, 现在忙."""

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "俩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_N = "[0-9]{1,2}|[零一二两三四五六七八九十]{1,3}"
_AFTER = re.compile(
    rf"(?:(?P<n>{_N})个?(?P<half>半)?|(?P<only>半))(?:个)?(?P<unit>分钟|小时|钟头|刻钟)(?P<more>半)?(?:之?以?后|再|吧|打|$|[，,。\s])|过(?P<n2>{_N}|半)个?(?P<half2>半)?(?P<unit2>分钟|小时|钟头|刻钟|天)"
)
_CLOCK = re.compile(rf"(?P<h>{_N})(?:[点时](?:钟)?(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<m>{_N})分?)?|[:：](?P<m2>[0-5][0-9]))")
_PARTS = {
    "凌晨": 5, "清早": 8, "大早": 8, "早晨": 9, "早上": 9, "上午": 10, "中午": 12, "晌午": 12, "午饭": 13, "下午": 15, "后晌": 15, "傍晚": 18,
    "下班": 18, "晚饭": 19, "晚上": 19, "今晚": 19, "明晚": 19, "晚点": None, "夜里": 20,
}  # fmt: skip
_AFTERNOON = ("下午", "傍晚", "晚上", "今晚", "明晚", "后晌", "夜里", "下班", "晚饭")
_DAYS = {"大后天": 3, "后天": 2, "后儿": 2, "明天": 1, "明儿": 1, "明早": 1, "明晚": 1, "明日": 1, "过两天": 2, "过几天": 3, "改天": 1, "今天": 0, "今儿": 0, "今晚": 0}
_WEEKDAY = re.compile(r"(?P<next>下个?)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天])|周末")


def read_later(text: str, now: datetime) -> datetime | None:
    """When to ask again, in the time zone of `now`; None when the sentence tells no time. Always after `now`."""
    text = re.sub(r"\s+", "", text)
    if after := _length(text):
        return now + after
    day = _day(text, now)
    clock = _CLOCK.search(text)
    part = next((name for name in _PARTS if name in text), None)
    if clock is not None:
        hour, minute = _hour(clock)
        if hour > 24 or minute > 59:
            return None
        later = bool(part and part.startswith(_AFTERNOON)) and hour < 12
        at = _at(now, day or 0, hour + (12 if later else 0), minute)
        if part is None and hour <= 12 and (at <= now or hour < 8) and not later:
            afternoon = _at(now, day or 0, hour % 12 + 12, minute)
            at = afternoon if afternoon > now or hour < 8 else at
    elif part is not None and (hour_of_part := _PARTS[part]) is not None:
        at = _at(now, day or 0, 9 if part == "早上" or text.find("明早") >= 0 else hour_of_part, 0)
    elif day is not None:
        at = _at(now, day, 9 if "早" in text else now.hour if 9 <= now.hour < 20 else 10, now.minute if day else 0)
        if day == 0:
            return now + SOON
    else:
        return None
    return at if at > now else at + timedelta(days=1)


def _length(text: str) -> timedelta | None:
    found = _AFTER.search(text)
    if found is None:
        return None
    given = found.groupdict()
    unit = given["unit"] or given["unit2"]
    number = 0.5 if given["only"] or given["n2"] == "半" else float(_number(given["n"] or given["n2"]))
    if given["half"] or given["half2"] or given["more"]:
        number += 0.5
    minutes = {"分钟": 1, "刻钟": 15, "天": 24 * 60}.get(unit, 60)
    return timedelta(minutes=number * minutes)


def _day(text: str, now: datetime) -> int | None:
    """In how many days; None when no day was named."""
    if found := _WEEKDAY.search(text):
        wanted = 5 if found["day"] is None else "一二三四五六日天".index(found["day"])
        ahead = (min(wanted, 6) - now.weekday()) % 7
        if found["next"]:
            return min(wanted, 6) - now.weekday() + 7
        return ahead or 7
    return next((days for name, days in _DAYS.items() if name in text), None)


def _hour(found: re.Match[str]) -> tuple[int, int]:
    minute = 30 if found["half"] else {"一": 15, "三": 45}.get(found["quarter"] or "", 0)
    if found["m"] or found["m2"]:
        minute = _number(found["m"] or found["m2"])
    return _number(found["h"]), minute


def _at(now: datetime, days: int, hour: int, minute: int) -> datetime:
    day = now.date() + timedelta(days=days + hour // 24)
    return now.replace(year=day.year, month=day.month, day=day.day, hour=hour % 24, minute=minute, second=0, microsecond=0)


def _number(text: str) -> int:
    """十二, 二十, 5 as a number up to 99."""
    if text.isascii():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return _DIGITS[text[-1]] if len(text) == 1 else _DIGITS[text[0]] * 10 + _DIGITS[text[-1]]
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
