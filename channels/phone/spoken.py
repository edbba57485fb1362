"""Hearing what matters: what a recogniser understood, as text for the dialogue, by what was asked for.

Numbers become digits, and names of the city folder are found by their sound. What was said is never overwritten: `Heard.raw` keeps it as evidence,
a telephone number is never completed or guessed, and what we changed is read back before it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from channels.phone import numbers
from channels.phone.doors import by_sound, with_doors
from channels.phone.place_names import NEGATION, NOT_THERE, PlaceNames, replaced
from channels.phone.sounds import Names, distance, syllables
from channels.phone.speech.base import Expectation, Hints, Transcription
from hotline.city import City
from hotline.times import find_when

UNSURE = 0.35
"""Below this confidence we ask again instead of believing."""
_IN_AN_ANSWER = 0.22
"""How far a name may be from what was heard, per syllable, when a place was asked for …"""
_IN_PASSING = 0.08
"""… and in a free sentence, where most words are no names."""
_IN_A_SHORT_ANSWER = 0.18
"""How far the sound of a yes may be from what was heard, per syllable."""
_SURELY_A_PLACE = 4.0
"""So many characters of names that the city knows are no accident, however unsure the recogniser was of how they are written. It is read back anyway."""
_A_DOOR = 1.0
"""How much a door explains, in characters of names."""
_DOORS = re.compile(r"\d(?:号楼|号院|单元)")
_SAYS_YES = re.compile("[是对好行嗯]|可以|确认|提交")
_MOST_HINTS = 60
_YES = ("是", "是的", "是啊", "对", "对的", "对对", "对呀", "没错", "嗯", "好", "好的", "可以", "行", "确认", "确认提交", "提交", "解决了", "满意", "联系了")
_NO = ("不", "不是", "不对", "不是的", "没有", "不用", "不要", "不行", "不可以", "错了", "没解决", "不满意", "没联系", "有要改的")
_PLACES = ("街道", "地区", "镇", "小区", "村", "社区", "东里", "西里", "家园", "1号楼", "2单元", "3号院")
"""What stands around the names of an answer to “where”. The names of districts as hints were repeated by the model instead of what was said."""
_TIMES = ("昨天晚上", "今天早上", "上周五开始", "三天了", "一个星期了", "半个月", "每天晚上", "这个月", "刚才", "一直")
"""How people say when something happened. Whisper hears them better when it has just read some of them."""
_IS = re.compile("(地[点址]|时间|电话|号码|事情)[事市式似十世试视]")
"""不对，时间事昨天: 是 heard as what sounds alike."""
_LABEL_WITHOUT_IS = re.compile("^((?:不对|不是|错了)[，,]?(?:地[点址]|时间|电话|号码))(?=[^是应该不没错有改在为，,。]{2})")
"""不对，地点石景山区: before 石, 是 is not heard."""
_TIME_PUT_RIGHT = re.compile("(?:不对|不是|错了)?[，,]?时间(?:应该)?[是为]")
_PLACE_PUT_RIGHT = re.compile("地[点址方]|位置|[区镇]|街道|小区")


@dataclass(frozen=True, slots=True)
class Heard:
    """`text` is for the dialogue; empty if nothing was understood. `raw` is what the recogniser said.

    `sure`: go on with it; if not, ask again differently, then by keys, then a person. `read_back`: say it back before it counts, because it
    is a number or because we corrected it.
    """

    text: str
    raw: str
    confidence: float
    sure: bool
    read_back: bool = False


class Ear:
    """Understands what callers of this city say."""

    def __init__(self, city: City, asked: Iterable[str] = ()) -> None:
        """`asked`: words of the consultations that are likeliest (`asked_words`), told to the recogniser with those of requests."""
        districts = [d.name for d in city.districts.values()]
        self._places = PlaceNames(city)
        self._sure_places = Names([*(n for s in city.streets.values() for n in (s.name, s.name.removesuffix(s.kind)) if len(n) > 2), *districts])
        self._terms = Names(term for c in city.categories.values() for name in (c.level2, c.level3) for term in re.split("[、和与及的（）]", name) if len(term) > 2)
        self._hints = {"place": _PLACES, "time": _TIMES, "free": (*asked, *city.settings.get("hearing", {}).get("matters", ()))}
        self._short_answers = {syllables(word): word for word in (*_NO, *_YES)}

    def hints(self, expecting: Expectation | None, offered: Sequence[str] = ()) -> Hints:
        """What to tell the recogniser before the answer to a question that asks for this. `offered`: answers it names.

        Short answers are heard as any word the recogniser was told, so who is asked for one of several is told nothing else.
        """
        words = offered if offered and expecting in ("free", "yes_no") else self._hints.get(expecting or "free", ())
        return Hints(tuple(words)[:_MOST_HINTS], expecting)

    def hear(self, said: Transcription, expecting: Expectation | None = None) -> Heard:
        """What the transcription means to the dialogue."""
        raw = said.text
        if not raw.strip():
            return Heard("", raw, 0.0, sure=False)
        if expecting in ("phone", "number"):
            return self._number(said, expecting)
        if expecting == "yes_no":
            return self._short(said)
        if expecting == "place":
            return self._place(said)
        if expecting == "time":  # short answers are often heard as words that sound alike; a reading that is a time is likelier
            return _heard(next((reading for reading in (raw, *said.alternatives) if find_when(reading)), raw), said)
        text = self._with_names(raw, self._sure_places, _IN_PASSING)
        text = self._with_names(text, self._terms, 0.0)
        text = numbers.with_phone_numbers(text)
        return _heard(text, said)

    def _number(self, said: Transcription, expecting: Expectation) -> Heard:
        text = numbers.with_phone_numbers(said.text)
        if expecting == "phone" and not numbers.phone_numbers(text):
            # Another reading of the same sound that is a whole number; it is read back, so it is no guess of ours.
            for other in said.alternatives:
                if numbers.phone_numbers(whole := numbers.with_phone_numbers(other)):
                    return Heard(whole, said.text, said.confidence, said.confidence >= UNSURE, read_back=True)
            if numbers.count_digits(text) >= 5:  # a number, but not a whole one
                return Heard(text, said.text, said.confidence, sure=False, read_back=True)
        if expecting == "number":
            text = numbers.with_digits(text)
        return Heard(text, said.text, said.confidence, said.confidence >= UNSURE, read_back=numbers.count_digits(text) >= 4)

    def is_short_answer(self, text: str) -> bool:
        """Whether this is a yes or no, and nothing else, to a question that asks for one."""
        return bool(text) and syllables(_plain(text)) in self._short_answers

    def _short(self, said: Transcription) -> Heard:
        """是 heard as 十 or 四: short answers are few, so their sound decides. A long answer stays as it is."""
        plain = _plain(said.text)
        plainly = _LABEL_WITHOUT_IS.sub(r"\1是", _IS.sub(r"\1是", said.text.replace(",", "，")))
        if _PLACE_PUT_RIGHT.search(plainly):  # 不对，地点是…
            return replace(self._place(replace(said, text=plainly)), raw=said.text)
        if (label := _TIME_PUT_RIGHT.match(plainly)) and not find_when(plainly[label.end() :]):
            readings = (_IS.sub(r"\1是", other.replace(",", "，")) for other in said.alternatives)
            plainly = next((other for other in readings if (again := _TIME_PUT_RIGHT.match(other)) and find_when(other[again.end() :])), plainly)
        return _heard(self._short_answer(plain) or plainly, said)

    def _short_answer(self, plain: str) -> str | None:
        """The yes or no that sounds like this, or nearly like it: 部队 is 不对, 起焦 is 提交. A no never becomes a yes, nor a yes a no."""
        sound = syllables(plain)
        word = self._short_answers.get(sound)
        if word is None and 2 <= len(sound) <= 4:
            alike = [(sum(map(distance, sound, other)) / len(sound), answer) for other, answer in self._short_answers.items() if len(other) == len(sound)]
            far, word = min(alike, default=(1.0, None))
            word = word if far <= _IN_A_SHORT_ANSWER else None
            if word and NEGATION.search(word) and not NEGATION.search(plain):
                return None
        if word and plain != word and NEGATION.search(plain) and not NEGATION.search(word):
            return None
        if word and plain != word and NEGATION.search(word) and _SAYS_YES.search(plain):
            return None
        return word

    def _place(self, said: Transcription) -> Heard:
        readings = [(self._placed(reading), -n) for n, reading in enumerate((said.text, *said.alternatives))]
        # The reading that names most of what we know, nearest to what was heard; the first where they are alike.
        (text, known), _ = max(readings, key=lambda r: (round(r[0][1], 2), r[1]))
        heard = _heard(text, said)
        return replace(heard, sure=heard.sure or known >= _SURELY_A_PLACE)

    def _placed(self, reading: str) -> tuple[str, float]:
        matches = self._places.find(reading, within=_IN_AN_ANSWER)
        known = sum(match.weight for match in matches)
        text = replaced(reading, matches, NOT_THERE)
        behind = len(text) - len(reading) + max((match.end for match in matches), default=0)  # nothing behind the last name was replaced
        text = with_doors(by_sound(text, behind))
        return text, known + _A_DOOR * len(_DOORS.findall(text, behind))

    def _with_names(self, text: str, names: Names, within: float) -> str:
        return replaced(text, names.find(text, within=within), NEGATION)


def _plain(text: str) -> str:
    return re.sub(r"\W|[啊呀吧呢哦嘛]$", "", text)


def _heard(text: str, said: Transcription) -> Heard:
    return Heard(text, said.text, said.confidence, said.confidence >= UNSURE, read_back=text != said.text)
