"""Intake: what a citizen's sentence tells about a request. Everything said is heard, whatever was asked for.

Pure functions from text to what it says. The form in actions/intake_form.py decides what to do with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from hotline import times
from hotline.contacts import SPELT, read_contact
from hotline.place_parts import parts
from hotline.place_words import FACILITY_END
from hotline.places import Gazetteer, is_door, with_door
from hotline.tickets import Place, Reporter

Item = Literal["problem", "place", "happened", "contact"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message says. `clear` names items the citizen called wrong without saying what is right."""

    problem: str | None = None
    place: Place | None = None
    happened: str | None = None
    part_of_day: str | None = None
    """An hour without a day: heard, but not yet an answer to “when?”."""
    reporter: Reporter | None = None
    no_contact: bool = False
    bad_phone: bool = False
    corrects: bool = False
    clear: tuple[Item, ...] = ()

    @property
    def nothing(self) -> bool:
        return not (self.problem or self.place or self.happened or self.reporter or self.no_contact or self.bad_phone or self.clear)


def hear(text: str, gazetteer: Gazetteer, *, wanted: Item | None) -> Heard:
    """What the message says, given the item that was asked for (None: nothing yet, the citizen speaks freely)."""
    contact = read_contact(_half_width(text), asked=wanted == "contact", is_place=lambda name: gazetteer.find(name) is not None)
    said = contact.rest
    when = times.find_when(said)
    without_time = _without(said, when.text) if when else said
    place = gazetteer.read_answer(without_time) if wanted == "place" else gazetteer.find(without_time)
    happened = when.text if when and when.has_day else None
    if wanted == "happened" and place is None:
        happened = times.read_answer(said)
    problem = None
    if wanted in (None, "problem"):
        problem = _LEAD_IN.sub("", said).strip(_MARKS)
        # What was asked for one by one may already be filled: then its words stay in the problem.
        problem = _without_opening(problem, place, happened, gazetteer) if wanted is None else problem
        problem = None if len(problem) < (2 if wanted else 3) or _NO_PROBLEM.fullmatch(problem) else problem
    return Heard(
        problem=problem, place=place, happened=happened, part_of_day=when.text if when and not when.has_day else None,
        reporter=contact.reporter, no_contact=contact.refused, bad_phone=contact.bad_phone,
    )  # fmt: skip


def hear_correction(text: str, gazetteer: Gazetteer, draft: dict[Item, str]) -> Heard | None:
    """What a message puts right in what was said before; None if it corrects nothing.

    不是3号楼是5号楼 changes whatever holds 3号楼; 时间改成前天 sets the time; 电话错了 clears the telephone.
    """
    said = _half_width(text).strip(_MARKS)
    if len(said) > _LONGEST_CORRECTION or not _CORRECTS.search(said) or _NOTHING_WRONG.search(said):
        return None
    heard = (
        _contact_corrected(said, gazetteer, draft.get("contact", ""))
        or _swapped(said, gazetteer, draft)
        or _named_item_corrected(said, gazetteer, draft)
        or _value_corrected(said, gazetteer, draft)
    )
    return replace(heard, corrects=True) if heard else None


# --- Corrections

_LONGEST_CORRECTION = 60
_CORRECTS = re.compile(r"不是|不[叫姓]|错|不对|有误|改|换|更正|纠正|应该是|应为|重说|重新说|口误|说的是|最后一位|末位|尾号|别[写留]|不[写留]了|偏了|不要电话")
_NOTHING_WRONG = re.compile("没有?[说写填记打]?错|没什么不对")
_PLACE_WORDS = "地址|地点|位置|门牌号?|楼号|单元号?|楼层|房号|小区名字?"
_ITEM_WORDS: dict[Item, str] = {
    "place": _PLACE_WORDS,
    "happened": "时间|日期",
    "contact": "电话|手机号?|号码|联系方式|联系人|姓名?|名字|称呼",
    "problem": "内容|问题描述|描述|事情|事儿",
}
_WRONG = "[说写填记打搞弄听报]?错了?|不对|有误|改(?=[成为改一下]|$)|换(?=[成个一]|$)|偏了|应该是|应该在|应为"
_NAMED = {
    item: re.compile(rf"(?:{words})(?:这?[栏项]|我想|那里|号码)?[^，,。]{{0,2}}?(?:{_WRONG})|(?:改|换|更正|修改|重说|重新说)(?:一下|一遍|个|下|[：:，,])?(?:我的|刚才的|那个)?(?:{words})啊?|^(?:不对|不是的?|错了|有误)[，,。\s]*(?:{words})(?:应该)?是")
    for item, words in _ITEM_WORDS.items()
}
_SWAPS = [
    re.compile(r"(?<!是)(?:不是|并非)(?P<old>[^，,。；;]{1,30}?)[，,、\s]*(?:而是|应该是|是)(?P<new>[^，,。；;]{1,40})$"),
    re.compile(r"(?:^|[，,。；;\s])(?:我?(?:刚才|刚刚)?说的是|应该是|是)?(?P<new>[^，,。；;]{1,30}?)[，,、\s]*(?<!是)不是(?P<old>[^，,。；;]{1,30})$"),
    re.compile(r"^把?(?P<old>[^，,。；;]{1,30}?)(?:改成|改为|换成)(?P<new>[^，,。；;]{1,40})$"),
]
_VALUE_LEAD = re.compile(r"^(?:[，,：:。\s]|应该|应为|应|是|改成|改为|改到|换成|改|换|成|为|写|啊|了|一下|下|不对)+")
_ERROR_FIRST = re.compile(r"^(?:哎|啊|嗯|等等|我|你们?|刚才|刚刚|[，,\s])*(?:[说写填记打搞弄听报]错了?|口误|不对|更正一下|更正|纠正一下|纠正|应该是|改成|改为|换成|手滑打错了)+[，,：:。\s]*")
_LAST_DIGIT = re.compile(r"(?:最后一位|末位|最后一个(?:数|号))[^，,\d]{0,4}?(?:是|改成)(\d)")
_END = "的了吧啊呢"


def _contact_corrected(said: str, gazetteer: Gazetteer, written: str) -> Heard | None:
    if not written:
        return None
    known = re.search(r"1\d{10}", written)
    if known and (digit := _LAST_DIGIT.search(said)):
        return Heard(reporter=Reporter(phone=known[0][:-1] + digit[1]))
    if re.search(r"匿名$|不要电话|(?:电话|名字|姓名)(?:就)?(?:别|不)(?:写|留)了?", said):
        return Heard(no_contact=True)
    named = _NAMED["contact"].search(said)
    about_it = named or re.search(rf"不[叫姓]|不是(?:\d{{3}}|[姓叫]|{SPELT.pattern})", said)
    value = _VALUE_LEAD.sub("", said[named.end() :]) if named else said
    contact = read_contact(value, asked=True, known=known[0] if known else "", is_place=lambda name: gazetteer.find(name) is not None)
    nothing_else = contact.reporter and contact.reporter.phone and len(contact.rest) <= 5
    if (about_it or nothing_else) and (contact.reporter or contact.bad_phone):
        return Heard(reporter=contact.reporter, bad_phone=contact.bad_phone)
    return Heard(clear=("contact",)) if named and len(said) <= 20 else None


def _swapped(said: str, gazetteer: Gazetteer, draft: dict[Item, str]) -> Heard | None:
    """不是A是B, 是B不是A, A改成B: wherever A was written, B is."""
    for pattern in _SWAPS:
        if match := pattern.search(said):
            old, new = match["old"].strip(_MARKS + "把" + _END), match["new"].strip(_MARKS + _END)
            written = {item for item, text in draft.items() if old and new and old in text}
            if "contact" in written and (reporter := read_contact(new, asked=True).reporter):
                return Heard(reporter=reporter)
            changed: dict[Item, str] = {item: draft[item].replace(old, new) for item in written if item != "contact"}
            if changed:
                return _corrected(changed, gazetteer)
            if value := _typed(new.removeprefix("是"), gazetteer, draft):
                return value
    return None


def _named_item_corrected(said: str, gazetteer: Gazetteer, draft: dict[Item, str]) -> Heard | None:
    """时间改成前天, 单元号不对，是二单元; 地址错了 says only what is wrong."""
    for item, pattern in _NAMED.items():
        if draft.get(item) and (match := pattern.search(said)):
            value = _VALUE_LEAD.sub("", said[match.end() :]).strip(_MARKS + _END)
            if len(value) < 2:
                return Heard(clear=(item,))
            if item == "problem":
                return Heard(problem=value)
            if item == "happened" and (happened := times.read_answer(value)):
                return Heard(happened=happened)
            if item == "place" and (place := gazetteer.read_answer(with_door(draft["place"], value) if is_door(value) else value)):
                return Heard(place=place)
    return None


def _value_corrected(said: str, gazetteer: Gazetteer, draft: dict[Item, str]) -> Heard | None:
    """口误，是上周三: what it is about shows from the value."""
    error = _ERROR_FIRST.match(said)
    return _typed(_VALUE_LEAD.sub("", said[error.end() :]).strip(_MARKS + _END), gazetteer, draft) if error else None


def _typed(value: str, gazetteer: Gazetteer, draft: dict[Item, str]) -> Heard | None:
    """A value that is nothing but a time, a door or a place."""
    when = times.find_when(value)
    if when and len(value) - len(when.text) <= 2:
        return Heard(happened=when.text)
    if is_door(value) and draft.get("place"):
        return _corrected({"place": with_door(draft["place"], value)}, gazetteer)
    place = gazetteer.find(value)
    return Heard(place=place) if place and len(value) - len(place.text) <= 2 else None


def _corrected(changed: Mapping[Item, str], gazetteer: Gazetteer) -> Heard:
    place = changed.get("place")
    return Heard(
        problem=changed.get("problem"), happened=changed.get("happened"),
        place=(gazetteer.read_answer(place) or Place(place)) if place else None,
    )  # fmt: skip


# --- What a problem is without its lead-in

_MARKS = " \t，,。.、！!；;：:~…"
_HALF_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF0B, 0xFF0D)}
_ASKS = "投诉|举报|检举|反映|反应|求助|建议|表扬|报修|登记|咨询|反馈|提|说"
_LEAD_IN = re.compile(
    r"^(?:不用了[，,]|不转了[，,]|喂|你们?好|您好|那个|嗯+|啊|哎|哦|请问|同志|师傅|闺女|大姐|领导|是?12345吗|在吗|有人吗|是这样的?|是这么回事|我?跟你们?说(?:一?[个件]?事儿?)?[啊吧呀]*|麻烦(?:你们?|您)?|请?帮我|[，,。.！!：:\s])*"
    rf"(?:(?:我们?|俺)?(?:要|想要?|得|需要|来)?(?:跟你们)?(?:匿名|实名)?(?:{_ASKS})+(?!了|过|电话|热线|人|好?几|多次|没|不)(?:一下|一?个|下|一?件)?(?:事儿?|情况|问题|诉求|意见|建议)?(?:就是)?[：:，,。！!\s]*)?"
)
_NO_PROBLEM = re.compile(r"(?:有|一?个|一?件|点|些|事儿?|问题|情况|人|东西|你们|得|跟|要|想|我|说|反映|投诉|举报|建议|表扬|一下|谢谢|好的?|嗯|啊|[，,。！!\s])*")
_LIVING_AT = r"(?:(?:我们?家?|俺们?家?|家)?住在?|我们?家在|位于|地[址点]是?[：:]?)?"
# What may not begin a sentence whose place or time was taken away.
_DANGLING = (*"号的了没不就都还也才又到和与里内外上下门口以之起来多至等是那这前后底旁对", "开始", "左右")


def _without_opening(problem: str, place: Place | None, happened: str | None, gazetteer: Gazetteer) -> str:
    """The problem without the place and the time it opens with, where a whole sentence is left. Whose fault it is stays: 家乐福超市卖过期酸奶."""
    left = problem
    where = place and FACILITY_END.sub("", place.text.removesuffix(parts(place.text, gazetteer).landmark))
    for phrase in (where, happened, where):
        if phrase and (match := re.match(rf"{_LIVING_AT}{re.escape(phrase)}(?:[那这](?:边|里|儿|块儿?)|一带)?[，,：:\s]*", left)):
            left = left[match.end() :]
            if len(left) >= 4 and not left.startswith(_DANGLING):
                problem = left
    return problem


def _without(text: str, phrase: str) -> str:
    before, _, after = text.partition(phrase)
    return f"{before}，{after.lstrip('的了就都')}"


def _half_width(text: str) -> str:
    """Digits and letters as everyone types them; the length stays."""
    return text.translate(_HALF_WIDTH)
