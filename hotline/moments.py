"""What a time that a citizen said means on the calendar: a point, a span, or something that comes back.

`times` finds 上周五开始 in a sentence; here it becomes “since Friday the 13th”, so that it can be said back in plain words and whoever
reads the ticket a week later still knows which Friday. What cannot be told for certain (前阵子) stays the citizen's own words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

Kind = Literal["point", "since", "span", "recurring", "clock", "vague"]


@dataclass(frozen=True, slots=True)
class Moment:
    """`day` is YYYY-MM-DD, YYYY-MM or YYYY, as precisely as it was said; `clock` HH:MM; `part` of the day where no hour was said.

    `every`: day, workday, week, or week:6,7 for weekends. `until` ends a span.
    """

    kind: Kind
    day: str | None = None
    clock: str | None = None
    part: str | None = None
    until: str | None = None
    every: str | None = None
    within: Literal["week", "month"] | None = None
    """`day` only stands for the week that begins with it (上周), or is right to about half a month (一个多月了)."""


def understand(said: str, now: datetime) -> Moment:
    """The meaning of a time's words at `now`, in the city's own time zone."""
    text = re.sub(r"\s+|[0-9一二三十]+几[日号]", "", said)  # 九月二十几号 is some day in September
    clock, part = _clock(text)
    if every := _every(text):
        return Moment("recurring", clock=clock, part=part, every=every)
    if span := _span(text, now):
        return Moment("span", span[0], until=span[1])
    since = re.search("开始|起$|以来|至今|到现在|到今天|自从|^自|^从|^打", text) is not None
    if _FESTIVAL.search(text) and not re.search(r"\d[月日号]", text):
        return Moment("vague")  # the day before Mid-Autumn is not a day ago
    if ago := _length(text, now):
        return Moment("point" if ago[1] else "since", ago[0], clock, part, within="month" if _ROUGH.search(text) else None)
    if day := _day(text, now):
        if len(day) == 10 and _after_midnight(text, clock):
            day = f"{date.fromisoformat(day) + timedelta(days=1)}"
        if day == f"{now.date()}" and _not_yet(text, clock, part, now):
            day = f"{now.date() - timedelta(days=1)}"
        week = re.search(f"上{_WEEK}(?![一二三四五六日天])", text)
        return Moment("since" if since else "point", day, clock, part, within="week" if week else None)
    if clock or part:
        return Moment("clock", clock=clock, part=part)
    return Moment("vague")


_ROUGH = re.compile("[月年]|多|来|几|半")
"""Who says that it is a month tells no day."""
_FESTIVAL = re.compile("春节|中秋|国庆|元旦|五一|端午|清明|除夕")


_TWO_MONTHS = re.compile("(?:从|自)?(?P<year>[今去前]年|20[0-9]{2}年)?(?P<first>[0-9一二三四五六七八九十]{1,2})月?份?(?:[、，和跟到至~-]|)(?P<last>[0-9一二三四五六七八九十]{1,2})月份?")
"""8月9月, of wages, is no ninth of August."""


def _span(text: str, now: datetime) -> tuple[str, str] | None:
    """11月1日到11月10日: two days."""
    if months := _TWO_MONTHS.fullmatch(text):
        begins, ends = (_day(f"{months['year'] or ''}{month}月", now) or "" for month in (months["first"], months["last"]))
        return (begins, ends) if begins < ends else None
    parts = re.split("到(?!现在|今天)|至(?!今)|-|~|—", text)
    days = [_day(part, now) or "" for part in parts]
    return (days[0], days[1]) if len(days) == 2 and len(days[0]) == len(days[1]) == 10 and days[0] < days[1] else None


def in_plain_words(moment: Moment, now: datetime) -> str:
    """The calendar's words for it: 11月21日（周六）23:00; nothing where they would add nothing. Another year than this one is said too."""
    at, day, until = moment.clock or "", _plain_day(moment.day, now), _plain_day(moment.until, now)
    match moment.kind:
        case "point" | "since" if moment.within and moment.day:
            begins = date.fromisoformat(moment.day)
            lasts = "起" if moment.kind == "since" else ""
            if moment.within == "week":
                return f"{_day_of(begins, now)}至{_day_of(begins + timedelta(days=6), now)}那周{lasts}"
            about = _day_of(begins, now) if begins > now.date() - timedelta(days=_LONG_AGO) else _plain_day(moment.day[:7], now).removeprefix(f"{now.year}年")
            return f"大约{about}{lasts}"
        case "point":
            return day + (" " + at if at else _PART_NAMES.get(moment.part or "", ""))
        case "since":
            return f"{day}{' ' + at if at else ''}起"
        case "span":
            return f"{day}至{until}"
    return ""


_LONG_AGO = 45
"""Days behind which a rough length tells the month only."""


def _day_of(day: date, now: datetime) -> str:
    return f"{'' if day.year == now.year else f'{day.year}年'}{day.month}月{day.day}日"


# --- Numbers

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "俩": 2, "仨": 3, "〇": 0}
_N = "[0-9零一二两俩仨三四五六七八九十]{1,3}"


def _number(text: str) -> int | None:
    text = text.lstrip("零〇") or text  # 八点零五分
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if ten:
        return (_DIGITS.get(tens, 0) if tens else 1) * 10 + _DIGITS.get(ones, 0)
    return _DIGITS.get(text)


# --- The hour

_PARTS = {
    "night": "凌晨|半夜|后半夜|大半夜|夜里|夜间|深夜|午夜|[昨每前今]夜|三更半夜|夜晚",
    "morning": "早高峰|大?清早|清晨|一大早|早上|早晨|上午|早高峰|大早上|今早|[每昨今]早|早(?=[0-9一二三四五六七八九十])",
    "noon": "中午|晌午",
    "afternoon": "下午|后晌",
    "evening": "傍晚|晚上|大晚上|[昨今每前]晚|每到?晚|(?<!早)晚高峰|晚饭|昨儿晚",
}
_PART_NAMES = {"night": "夜里", "morning": "上午", "noon": "中午", "afternoon": "下午", "evening": "晚上"}
_PART = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _PARTS.items()))
_HOUR = re.compile(rf"(?P<hour>{_N})(?:[点时](?P<half>半)?(?:(?P<quarter>[一三])刻|(?P<minute>[0-9一二三四五六七八九十零]{{1,3}})分?(?!多|号))?|[:：](?P<minutes>[0-5]\d))")


def _clock(text: str) -> tuple[str | None, str | None]:
    """The hour as HH:MM, or the part of the day where no hour was said."""
    named = _PART.search(text)
    part = named.lastgroup if named else None
    said = _HOUR.search(text)
    hour = _number(said["hour"]) if said else None
    if said is None or hour is None or hour > 24:
        return None, part
    minute = 30 if said["half"] else {"一": 15, "三": 45}[said["quarter"]] if said["quarter"] else _number(said["minute"] or said["minutes"] or "零") or 0
    if (part in ("afternoon", "evening") and hour < 12) or (part == "night" and 6 <= hour < 12) or (part == "noon" and hour < 3):
        hour += 12
    elif part in ("night", "evening") and hour == 12:
        hour = 0
    return (f"{hour % 24:02d}:{minute:02d}" if minute < 60 else None), part


def _after_midnight(text: str, clock: str | None) -> bool:
    """昨天夜里两点 is today: the night that began yesterday. 昨天凌晨两点 is yesterday."""
    return bool(clock) and clock is not None and clock < "05:00" and bool(re.search("夜里|半夜|晚上?|夜间|深夜|夜(?=十二点)", text)) and "凌晨" not in text


def _not_yet(text: str, clock: str | None, part: str | None, now: datetime) -> bool:
    """今天早上, said at two in the night, is the morning of the day that for the citizen is not over yet."""
    begins = clock or _BEGINS_AT.get(part or "", "")
    return now.hour < _NEW_DAY and "今" in text and begins > f"{now:%H:%M}"


_NEW_DAY = 4
"""The hour from which on who is awake has begun a new day."""
_BEGINS_AT = {"morning": "05:00", "noon": "11:00", "afternoon": "12:00", "evening": "18:00"}


# --- What comes back

_WEEKDAYS = {c: n for n, c in enumerate("一二三四五六", 1)} | {"日": 7, "天": 7}
_WEEK = "(?:周|个?星期|个?礼拜)"


def _every(text: str) -> str | None:
    if re.search("工作日|上班日", text):
        return "workday"
    if re.search("周末|节假日", text) and not re.search("[上这本]个?周末", text):
        return "week:6,7"
    if match := re.search(rf"(?:每逢?到?|一到){_WEEK}([一二三四五六日天])(?:和|、|跟)?{_WEEK}?([一二三四五六日天])?", text):
        return "week:" + ",".join(str(_WEEKDAYS[day]) for day in match.groups() if day)
    if re.search(rf"每隔?(?:{_N})?{_WEEK}", text):
        return "week"
    if re.search("每隔?[两三几一]*[天日晚夜早]|天天|夜夜|成天|整天|一天到晚|从早.{0,3}到晚|没早没晚|昼夜|黑夜|一到晚上|一到夜里|隔三差五|三天两头|没日没夜|每晚|每早|经常|老是|总是", text):
        return "day"
    return None


# --- The day

_UNIT = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30, "年": 365}
_LENGTH = re.compile(
    rf"(?P<half>[大小多]?半(?:拉)?个?(?:多)?)(?P<unit1>月|年|星期)|(?P<count>{_N}|[好几数])(?:来)?(?:多)?个?(?:多)?(?P<unit2>天|日(?!号|以)|周|星期|礼拜|月|年)(?!以来|[初中底末份一二三四五六日天0-9])"
)
_AGO = re.compile("(?:之前|以前|前)$")


def _length(text: str, now: datetime) -> tuple[str, bool] | None:
    """The day on which something that has lasted so long began, and whether it was “ago” instead."""
    if re.search(r"[0-9一二三四五六七八九十]月(?:以来|$|开始)|[0-9一二三四五六七八九十]月[0-9一二三四五六七八九十初中底末份]|[上这本]个?月|[去今前]年|[上这本]+个?(?:周|星期|礼拜)", text):
        return None
    match = _LENGTH.search(text)
    if match and match["unit2"] == "月" and "个" not in match[0] and not re.match("[了多来前]|之前|以前", text[match.end() :]):
        return None  # 从七月漏到现在, 九月开学的时候
    if match and text[: match.start()].endswith("第"):
        return None  # 从供暖第一天
    if match is None:
        return None
    if match["half"]:
        unit, days = match["unit1"], {"月": 15, "年": 182, "星期": 4}[match["unit1"]]
        begin = _months_before(now.date(), 6) if unit == "年" else now.date() - timedelta(days=days)
    else:
        count = _number(match["count"])
        if count is None:
            return None
        unit = match["unit2"]
        if unit == "年":
            begin = _months_before(now.date(), 12 * count)
        elif unit == "月":
            begin = _months_before(now.date(), count)
        else:
            begin = now.date() - timedelta(days=count * _UNIT[unit])
    return f"{begin}", _AGO.search(text) is not None


def _months_before(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 - months
    year, month = divmod(total, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


_RELATIVE = (("大前", -3), ("前天", -2), ("前儿", -2), ("前晚", -2), ("昨", -1), ("今天", 0), ("今儿", 0), ("今早", 0), ("今晚", 0), ("今晨", 0), ("今日", 0), ("刚才", 0), ("刚刚", 0), ("方才", 0), ("今个", 0))


def _day(text: str, now: datetime) -> str | None:
    today = now.date()
    if match := re.search(rf"(?:(?P<year>(?:19|20)?\d\d)年|(?P<which>[今去前])年的?)?(?P<month>{_N})月(?:份)?(?:(?P<day>{_N})[日号]?|(?P<part>[初中底末]))?", text):
        return _dated(match, today)
    if match := re.search(r"(20\d\d)[-./](\d{1,2})[-./](\d{1,2})", text):
        return _valid(int(match[1]), int(match[2]), int(match[3]))
    if match := re.search(rf"(?P<which>[上本这]{{1,2}})个?月(?:(?P<day>{_N})[日号]|(?P<part>[初中底末]))?", text):
        month = _months_before(today.replace(day=1), match["which"].count("上"))
        return _valid(month.year, month.month, _number(match["day"])) if match["day"] else f"{month:%Y-%m}"
    if match := re.search(rf"(?P<which>[上这本]{{1,2}})?{_WEEK}(?P<day>[一二三四五六日天])(?!个)", text):
        return _weekday(_WEEKDAYS[match["day"]], match["which"], today)
    if match := re.search(rf"(?P<which>上{{1,2}}){_WEEK}", text):
        return f"{today - timedelta(days=today.weekday() + 7 * match['which'].count('上'))}" if "末" not in text else None
    if found := next((days for word, days in _RELATIVE if word in text), None) if not re.search("今年|昨年", text) else None:
        return f"{today + timedelta(days=found)}"
    if any(word in text for word, days in _RELATIVE if days == 0):
        return f"{today}"
    if match := re.search(rf"(?<![0-9零一二三四五六七八九十])(?P<day>{_N})[日号]", text):
        day = _number(match["day"]) or 0
        month = today if day <= today.day else _months_before(today.replace(day=1), 1)
        return _valid(month.year, month.month, day)
    if match := re.search("(?P<which>[今去前])年(?!.*[春夏秋冬初底])", text):
        return str(today.year - "今去前".index(match["which"]))
    return None


def _dated(match: re.Match[str], today: date) -> str | None:
    month, day = _number(match["month"]) or 0, _number(match["day"]) if match["day"] else None
    if match["year"]:
        year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
    elif match["which"]:
        year = today.year - "今去前".index(match["which"])
    else:
        year = today.year - (month > today.month or (month == today.month and day is not None and day > today.day + 1))
    if match["part"] == "初":
        day = 1
    return _valid(year, month, day) if day else (f"{year}-{month:02d}" if 1 <= month <= 12 and not match["part"] else None)


def _weekday(weekday: int, which: str | None, today: date) -> str:
    monday = today - timedelta(days=today.weekday())
    if which and "上" in which:
        return f"{monday + timedelta(days=weekday - 1 - 7 * which.count('上'))}"
    day = monday + timedelta(days=weekday - 1)
    return f"{day if day <= today or which else day - timedelta(days=7)}"


def _valid(year: int, month: int, day: int | None) -> str | None:
    try:
        return f"{date(year, month, day or 1)}"
    except ValueError:
        return None


def _plain_day(day: str | None, now: datetime) -> str:
    if day is None:
        return ""
    parts = day.split("-")
    if len(parts) == 3:
        year = "" if int(parts[0]) == now.year else f"{parts[0]}年"
        return f"{year}{int(parts[1])}月{int(parts[2])}日（周{'一二三四五六日'[date.fromisoformat(day).weekday()]}）"
    return f"{parts[0]}年" + (f"{int(parts[1])}月" if len(parts) == 2 else "")
