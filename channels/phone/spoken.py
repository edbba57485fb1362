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
from channels.phone.place_names import ALL_BUT_EXACT, NEGATION, NOT_THERE, TOLD_APART, PlaceNames, replaced
from channels.phone.place_sounds import Found, Laid, Part, PlaceSounds
from channels.phone.sounds import Match, Names, apart, distance, syllables
from channels.phone.speech.base import Expectation, Hints, Transcription
from hotline.city import City
from hotline.place_words import OPENING
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
_SURELY_ONE = 4
"""Characters of a community's name from which it is no other village, though nothing else was said."""
_A_DOOR = 1.0
"""How much a door explains, in characters of names."""
_DOORS = re.compile(r"\d(?:号楼|号院|单元)")
_LAST_DOORS = re.compile(r"(?:\d+(?:号楼|号院|单元|层|室))+$")
_DENIES = re.compile("^(?:都?不[是对]的?|没有|哪个都不是)[，,。]?(?:我说的)?(?:应该)?是?")
_SAYS_YES = re.compile("[是对好行嗯]|可以|确认|提交")
_NOTHING = 3
"""Characters of an answer to a question about a place that are no more than a slip of the recogniser, where they name nothing."""
_ROOM_FOR_A_PLACE = 12
"""Characters from which a sentence may say what it is and where."""
_NAMES_AN_AREA = 1.5
"""What a district and a street must explain of a sentence in which no place was asked for."""
_AND_MORE = 1.5
"""What a community must explain beyond the street that was asked for, to have been said as well: many are called after it."""
_MOST_HINTS = 60
_YES = ("是", "是的", "是啊", "对", "对的", "对对", "对呀", "没错", "嗯", "好", "好的", "可以", "行", "确认", "确认提交", "提交", "解决了", "满意", "联系了")
_NO = ("不", "不是", "不对", "不是的", "没有", "不用", "不要", "不行", "不可以", "错了", "没解决", "不满意", "没联系", "有要改的")
_PLACES = ("街道", "地区", "镇", "小区", "村", "社区", "东里", "西里", "家园", "1号楼", "2单元", "3号院")
"""What stands around the names of an answer to “where”. The names of districts as hints were repeated by the model instead of what was said."""
_TIMES = ("昨天晚上", "今天早上", "上周五开始", "三天了", "一个星期了", "半个月", "每天晚上", "这个月", "刚才", "一直")
"""How people say when something happened. Whisper hears them better when it has just read some of them."""
_IS = re.compile("(地[点址]|时间|电话|号码|事情)[事市式似十世试视失使始师诗势室]")
"""不对，时间事昨天: 是 heard as what sounds alike."""
_LABEL_WITHOUT_IS = re.compile("^((?:不对|不是|错了)[，,]?(?:地[点址]|时间|电话|号码))(?=[^是应该不没错有改在为，,。]{2})")
"""不对，地点石景山区: before 石, 是 is not heard."""
_TIME_PUT_RIGHT = re.compile("(?:不对|不是|错了)?[，,]?时间(?:应该)?[是为]")
_PLACE_PUT_RIGHT = re.compile("地[点址方]|位置|[区镇]|街道|小区")


@dataclass(frozen=True, slots=True)
class Unsure:
    """A place of which part was not surely understood, so that one question may tell. `text`: as far as it was; `readings`: all that was heard of it.

    `area`: the code of the district or street it is in, empty where none was said. `maybe`: names of which one was said, the first of them in the text; where
    none are named, the street tells, or the district and the street.
    """

    text: str
    readings: tuple[str, ...]
    area: str = ""
    maybe: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """`text` is for the dialogue; empty if nothing was understood. `raw` is what the recogniser said.

    `sure`: go on with it; if not, ask again differently, then by keys, then a person. `read_back`: say it back before it counts, because it
    is a number or because we corrected it. `unsure`: what of a place may be asked for.
    """

    text: str
    raw: str
    confidence: float
    sure: bool
    read_back: bool = False
    unsure: Unsure | None = None


class Ear:
    """Understands what callers of this city say."""

    def __init__(self, city: City, asked: Iterable[str] = ()) -> None:
        """`asked`: words of the consultations that are likeliest (`asked_words`), told to the recogniser with those of requests."""
        districts = [d.name for d in city.districts.values()]
        self._places, self._place_sounds = PlaceNames(city), PlaceSounds(city)
        self._sure_places = Names([*(n for s in city.streets.values() for n in (s.name, s.name.removesuffix(s.kind)) if len(n) > 2), *districts])
        self._terms = Names(term for c in city.categories.values() for name in (c.level2, c.level3) for term in re.split("[、和与及的（）]", name) if len(term) > 2)
        self._plates: str = city.settings["hearing"]["plates"]
        self._hints = {"place": _PLACES, "time": _TIMES, "free": (*asked, *city.settings["hearing"]["matters"])}
        self._short_answers = {syllables(word): word for word in (*_NO, *_YES)}

    def hints(self, expecting: Expectation | None, offered: Sequence[str] = ()) -> Hints:
        """What to tell the recogniser before the answer to a question that asks for this. `offered`: answers it names.

        Short answers are heard as any word the recogniser was told, so who is asked for one of several is told nothing else.
        """
        words = offered if offered and expecting in ("free", "yes_no", "place") else self._hints.get(expecting or "free", ())
        return Hints(tuple(words)[:_MOST_HINTS], expecting)

    def hear(self, said: Transcription, expecting: Expectation | None = None, before: Unsure | None = None) -> Heard:
        """What the transcription means to the dialogue. `before`: the place that was just asked about."""
        raw = said.text
        if not raw.strip():
            return Heard("", raw, 0.0, sure=False)
        if expecting in ("phone", "number"):
            return self._number(said, expecting)
        if expecting == "yes_no":
            return self._short(said)
        if expecting == "place":
            return self._told_apart(said, before) if before else self._place(said)
        if expecting == "time":  # short answers are often heard as words that sound alike; a reading that is a time is likelier
            reading, when = next(((reading, when) for reading in (raw, *said.alternatives) if (when := find_when(reading))), (raw, None))
            heard = _heard(reading, said)
            # 最近, said alone, leaves the recogniser in doubt of how it is written, and nobody else of what it means; it is read back anyway.
            return replace(heard, sure=heard.sure or (when is not None and len(_plain(reading)) <= len(when.text) + 1))
        placed = self._place_in_passing(said)
        text = placed.text if placed else self._with_names(raw, self._sure_places, _IN_PASSING)
        text = self._with_names(text, self._terms, 0.0)
        text = numbers.with_phone_numbers(numbers.with_plates(text, self._plates))
        return replace(_heard(text, said), unsure=placed.unsure if placed else None)

    def _place_in_passing(self, said: Transcription) -> Heard | None:
        """A sentence that says where it is among other things; None if it names no district or street for certain."""
        if len(said.text) < _ROOM_FOR_A_PLACE:
            return None
        found = self._place_sounds.find((said.text, *said.alternatives))
        return self._place_found(said, found) if found.area_gain >= _NAMES_AN_AREA else None

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

    def _place(self, said: Transcription, within: str = "", refused: Sequence[str] = ()) -> Heard:
        """A place. `within`: the code of the district or street where it is, when that was told before. `refused`: names that it is not."""
        readings = (said.text, *said.alternatives)
        found = self._place_sounds.find(readings, within=within, refused=refused)
        return self._place_found(said, found) if found.area or found.community else self._place_by_name(said)

    def _place_found(self, said: Transcription, found: Found) -> Heard:
        text, known = self._best_written(said, found.laid)
        heard = _heard(text, said)
        tells = found.community or self._landmarks(text) or (len(found.area) == 9 and not found.maybe)
        unsure = None if tells else Unsure(text, (said.text, *said.alternatives), found.area, found.maybe)
        return replace(heard, sure=heard.sure or known >= _SURELY_A_PLACE, unsure=unsure)

    def _best_written(self, said: Transcription, laid: Sequence[Laid], area: str = "") -> tuple[str, float]:
        """Of the readings that say the names the one whose rest tells most: a door, a time; and what the names explain. `area`: what was told elsewhere."""
        names = [part.name for part in laid[0].parts]
        readings = (said.text, *said.alternatives)
        same = sorted((each for each in laid if [part.name for part in each.parts] == names), key=lambda each: readings.index(each.reading))
        written = [self._written(each, *(self._areas_for(each, area) if area else ())) for each in same]
        return max(written, key=_rest), laid[0].gain

    def _written(self, laid: Laid, *more: Part) -> str:
        """A reading with the names in it as the city writes them, and its doors. `more`: names that were told elsewhere, and where they belong."""
        text = replaced(laid.reading, (*laid.parts, *more), NOT_THERE)
        behind = len(text) - len(laid.reading) + max((part.end for part in (*laid.parts, *more)), default=0)
        text = text[:behind] + replaced(text[behind:], self._landmarks(text[behind:]), NOT_THERE)
        return with_doors(by_sound(text, behind))

    def _landmarks(self, text: str) -> list[Match]:
        return apart(self._places.landmarks.near(text, within=ALL_BUT_EXACT))

    def _told_apart(self, said: Transcription, before: Unsure) -> Heard:
        """The answer to a question about a place: one of the names that were offered, the street, or the place once more. What was heard of it before is kept."""
        denies = NOT_THERE.search(said.text)
        refused = before.maybe if denies else ()
        readings = tuple(_DENIES.sub("", reading) or reading for reading in (said.text, *said.alternatives))
        if not denies and (chosen := self._place_sounds.choose(readings, before.maybe)):
            return replace(_heard(before.text.replace(before.maybe[0], chosen, 1), said), sure=True)
        within = "" if denies else before.area[:6]
        now = self._place_sounds.find(readings, within=within, asked=not before.maybe, refused=refused)
        area, community = now.area, now.community
        if community and not before.maybe and (community.beyond < _AND_MORE or community.name in self._place_sounds.names_of(community.code)[-1]):
            area, community = community.code if len(area) < 9 else area, None  # 长阳 in 长阳镇 is called after it
        if community or not area or denies:
            told = self._place(replace(said, text=readings[0], alternatives=readings[1:]), within, refused)
            if not community and not denies and told.unsure:
                return replace(told, text=f"{before.text}，{told.text}" if len(told.text) > _NOTHING and told.text not in before.text else before.text)
            doors = _LAST_DOORS.search(before.text)
            return replace(told, text=told.text + doors[0]) if community and doors and not _DOORS.search(told.text) else told
        then = self._place_sounds.find(before.readings, within=area)
        first = Transcription(before.readings[0], said.confidence, before.readings[1:])
        text, _ = self._best_written(first, then.laid, area) if then.community else self._best_written(Transcription(before.text, 0), [Laid(before.text)], area)
        return replace(_heard(text, said), sure=True)

    def _areas_for(self, laid: Laid, area: str) -> list[Part]:
        """The names of the area that the reading lacks, where they belong: before the community, behind an area before it."""
        lacking = [names[0] for names in self._place_sounds.names_of(area) if not any(name in part.name for name in names for part in laid.parts)]
        behind = 0
        if not laid.parts:
            for names in self._place_sounds.names_of(area):
                if name := next((name for name in names if name in laid.reading), None):
                    lacking.remove(names[0])
                    behind = laid.reading.index(name) + len(name)
        at = laid.parts[-1].start if laid.parts else behind or len(laid.reading) - len(OPENING.sub("", laid.reading))
        return [Part("".join(lacking), at, at)]

    def _place_by_name(self, said: Transcription) -> Heard:
        """A place of which no district or street was told: only a name that is nearly said as it is written is taken for it."""
        readings = [(self._placed(reading), -n) for n, reading in enumerate((said.text, *said.alternatives))]
        # The reading that names most of what we know, nearest to what was heard; the first where they are alike.
        (text, known, exact), _ = max(readings, key=lambda r: (round(r[0][1], 2), r[1]))
        surely = any(sum(name in names for (_, _, names), _ in readings) * 2 >= len(readings) for name in exact)
        heard = _heard(text, said)
        return replace(heard, sure=heard.sure or known >= _SURELY_A_PLACE, unsure=None if surely else Unsure(text, (said.text, *said.alternatives)))

    def _placed(self, reading: str) -> tuple[str, float, set[str]]:
        matches = self._places.find(reading, within=_IN_AN_ANSWER)
        known = sum(match.weight for match in matches)
        text = replaced(reading, matches, NOT_THERE)
        behind = len(text) - len(reading) + max((match.end for match in matches), default=0)  # nothing behind the last name was replaced
        text = with_doors(by_sound(text, behind))
        exact = {match.name for match in matches if match.distance <= ALL_BUT_EXACT and len(match.name) >= (TOLD_APART if self._places.is_one(match.name) else _SURELY_ONE)}
        return text, known + _A_DOOR * len(_DOORS.findall(text, behind)), exact

    def _with_names(self, text: str, names: Names, within: float) -> str:
        return replaced(text, names.find(text, within=within), NEGATION)


def _rest(text: str) -> int:
    """How much a place's text tells beside its names."""
    return len(_DOORS.findall(text)) + bool(find_when(text))


def _plain(text: str) -> str:
    return re.sub(r"\W|[啊呀吧呢哦嘛]$", "", text)


def _heard(text: str, said: Transcription) -> Heard:
    return Heard(text, said.text, said.confidence, said.confidence >= UNSURE, read_back=text != said.text)
