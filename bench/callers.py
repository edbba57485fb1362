"""Thirty synthetic callers, each with a complaint, over real SIP calls: whether what they said stands in the ticket, and how long they waited.

They speak with the packaged demonstration voice. Each says its matter, answers what it is asked, and at the reading back puts right, once an item, what was
understood wrongly, as people do. Of names that are offered they say theirs, or that it is none of them; asked for the street or town, they say it if they know it. What the bot said they read from the transcript; when it is their turn they hear. `right` of the data file says how
the ticket must read: of the matter it is the sound that counts, of the rest the characters.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.sip import Lines, Speaker
from channels.phone.legs.base import CallFailed
from channels.phone.say import for_the_ear
from channels.phone.sounds import syllables
from channels.phone.speech.demo import DemoSynthesizer
from channels.phone.speech.sound import LINE_RATE, resample
from hotline.city import City
from hotline.messages import Address, Message
from hotline.settings import ROOT
from hotline.tickets import Ticket
from hotline.wiring import Wiring

CALLERS = ROOT / "bench" / "data" / "phone_callers.jsonl"
FRESH = ROOT / "bench" / "data" / "phone_callers_fresh.jsonl"
"""Thirty others, whose places are drawn by lot; some say all in one breath. Written before what the first thirty had shown was mended."""
MOST = 12
"""Sentences after which a caller gives up."""
PATIENCE = 6.0
"""Seconds without an answer after which a caller says it again, before the bot asks whether anybody is there."""
OPENING = "我要投诉楼下饭店油烟太大"
"""What callers say first who only say where they are."""
NUMBER = "+8613800{:06d}"
OFFERS = re.compile("您说的是(.+?)？")
ASKS_AREA = re.compile("哪个街道或者乡镇")
READS_BACK = re.compile("请您核对|再确认一下")


@dataclass
class Result:
    """One call."""

    wrong: list[str]
    """Items of the ticket that are not as they were said; `ticket` where there is none."""
    waits: list[float]
    sentences: int
    corrections: int
    transcript: list[str] = field(default_factory=list)


class Mouthpiece:
    """Sentences as sound of the line, rendered once."""

    def __init__(self) -> None:
        self._voice = DemoSynthesizer()
        self._known: dict[str, bytes] = {}

    async def sound(self, text: str) -> bytes:
        if text not in self._known:
            self._known[text] = resample(await self._voice.render(for_the_ear(text)), self._voice.sample_rate, LINE_RATE)
        return self._known[text]


def callers(*, fresh: bool = False) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FRESH if fresh else CALLERS).read_text(encoding="utf-8").splitlines()]


async def complain(lines: Lines, bot: str, wiring: Wiring, mouth: Mouthpiece, citizen: dict[str, Any], number: str) -> Result:
    """One call, from the greeting to the number of the ticket."""
    address, position, again = Address("phone", number), 0, ""
    waits: list[float] = []
    corrected: set[str] = set()
    sentence, said = citizen["opening"], 0
    speaker = Speaker(await lines.dial_as(number.removeprefix("+86"), bot))
    try:
        await speaker.answered()
        while said < MOST:
            said += 1
            await speaker.say(await mouth.sound(sentence))
            await speaker.answered()
            if speaker.first:
                waits.append(speaker.first - speaker.said_last)
            spoken, position = await asyncio.to_thread(_news, wiring, address, position)
            until = time.monotonic() + PATIENCE
            while not spoken and not speaker.over and time.monotonic() < until:  # a pause in the sentence was taken for its end: the rest of it is still to be answered
                await asyncio.sleep(0.5)
                spoken, position = await asyncio.to_thread(_news, wiring, address, position)
                if spoken:
                    await speaker.answered()
            answered = "".join(spoken)
            if speaker.over or re.search("已经提交|工单号|编号|登记号", answered):
                break
            sentence = _answer(citizen, answered, corrected) or again or sentence
            again = sentence
    finally:
        await speaker.hang_up()
    transcript, ticket = await asyncio.to_thread(_outcome, wiring, address)
    return Result(wrong_in(ticket, citizen["right"]), waits, said, len(corrected), transcript)


# --- Where they are


@dataclass(frozen=True)
class Spot:
    """What a caller answers to “where”, and the name that must be heard in it. `kind`: street or community, with its district or alone.

    Names are as people say them: of a committee's (芳城园一区第一) the estate's; of a street's its own part counts, for 流村 is 流村镇.
    """

    kind: str
    sentence: str
    name: str
    area: str
    """The district and the street or town, which they say when they are asked for it."""

    def answer(self, asked: str) -> str:
        """What they say to a question about the place."""
        if offered := OFFERS.search(asked):
            return self.name if self.name in offered[1] else f"都不是，是{self.name}"
        return self.area


def spots(city: City, count: int) -> list[Spot]:
    """Streets and communities of the city in turn, every other one with its district, as the bot asks for it."""
    chance = random.Random(5)
    found = []
    for number in range(count):
        community = number % 2 == 0
        code, name = chance.choice(sorted(city.communities.items() if community else ((code, street.name) for code, street in city.streets.items())))
        district = city.districts[code[:6]].name if number % 4 < 2 else ""
        frame = chance.choice(["我在{}", "就在{}这边", "{}三号楼", "是{}的", "地点是{}"])
        kind = f"{'community' if community else 'street'}, {'with its district' if district else 'alone'}"
        said = re.sub("第[一二三四五六七八九十]+$", "", name)
        area = city.districts[code[:6]].name + city.streets[code[:9]].name
        found.append(Spot(kind, frame.format(district + said), said if community else name.removesuffix(city.streets[code].kind), area))
    return found


@dataclass(frozen=True)
class Located:
    """What was understood of a place: of the first answer, and when it was read back. `asked`: what the bot asked in between, empty for nothing."""

    spot: Spot
    first: str
    read_back: str
    asked: str


async def locate(lines: Lines, bot: str, wiring: Wiring, mouth: Mouthpiece, spot: Spot, number: str) -> Located:
    """One call, until the place is read back."""
    address = Address("phone", number)
    speaker = Speaker(await lines.dial_as(number.removeprefix("+86"), bot))
    asked, sentence, position = "", OPENING, 0
    try:
        await speaker.answered()
        for turn in range(6):
            await speaker.say(await mouth.sound(sentence))
            await speaker.answered()
            answered = ""
            while not answered and not speaker.over:
                await asyncio.sleep(0.1)
                said, position = await asyncio.to_thread(_news, wiring, address, position)
                answered = "".join(said)
            if speaker.over or READS_BACK.search(answered):
                break
            if turn == 0:
                sentence = spot.sentence
            elif OFFERS.search(answered) or ASKS_AREA.search(answered):
                asked, sentence = answered.strip(), spot.answer(answered)
            else:
                sentence = "昨天"
    finally:
        await speaker.hang_up()
    messages = await asyncio.to_thread(_messages, wiring, address)
    heard = [m.text for m in messages if m.direction == "in" and m.via == "speech"]
    place = next((found[1] for m in messages if m.direction == "out" and (found := re.search(r"\*地点\*\*：(.*)", m.text))), "")
    return Located(spot, heard[1] if len(heard) > 1 else "", place, asked)


async def all_locate(lines: Lines, bot: str, wiring: Wiring, *, count: int, at_once: int) -> list[Located]:
    """Everybody calls, so many at a time. Each with what was understood."""
    mouth, free = Mouthpiece(), asyncio.Semaphore(at_once)

    async def one(number: int, spot: Spot) -> Located:
        async with free:
            return await locate(lines, bot, wiring, mouth, spot, NUMBER.format(500 + number))

    asked = spots(wiring.city, count)
    for sentence in (OPENING, "昨天", *(spot.sentence for spot in asked), *(spot.area for spot in asked)):
        await mouth.sound(sentence)
    return await asyncio.gather(*(one(number, spot) for number, spot in enumerate(asked)))


def _answer(citizen: dict[str, Any], asked: str, corrected: set[str]) -> str:
    if offered := OFFERS.search(asked):
        mine = next((name for name in re.split("、|，还是", offered[1]) if re.search(citizen["right"]["place"][0], name)), None)
        return mine or f"都不是，是{citizen['place']}"
    if ASKS_AREA.search(asked):
        area = re.match(".*?(?:街道|地区|[镇乡])", citizen["place"])
        return area[0] if area else str(citizen["place"])
    if READS_BACK.search(asked):
        for item, pattern in (("地点", "place"), ("时间", "happened")):
            read_back = asked.split(item, 1)[-1].split("\n")[0]
            if item not in corrected and item in asked and not _all(citizen["right"][pattern], read_back):
                corrected.add(item)
                return f"不对，{item}是{citizen['place' if pattern == 'place' else 'when']}"
        if "事情" not in corrected and "事情" in asked and not _sounds_right(citizen["right"]["problem"], asked.split("事情", 1)[1].split("\n")[0]):
            corrected.add("事情")
            return f"不对，事情是{citizen.get('matter', citizen['opening'])}"
        return "对，提交吧"
    if re.search("什么地方", asked) and re.search("什么时候", asked):
        return f"{citizen['place']}，{citizen['when']}"
    if re.search("有几个|什么地方|地点|哪条路|哪个区|几号", asked):
        return str(citizen["place"])
    if re.search("什么时候|大概的时间|哪天", asked):
        return str(citizen["when"])
    if re.search("怎么称呼|电话", asked):
        return "就打这个电话"
    if re.search("没听清|线路不太清楚", asked):
        return ""
    return f"我要投诉，{citizen['opening']}"  # it was not taken for a request, or not understood


def wrong_in(ticket: Ticket | None, right: dict[str, list[str]]) -> list[str]:
    """The items of a ticket that do not say what was said."""
    if ticket is None:
        return ["ticket"]
    return [
        *([] if _sounds_right(right["problem"], ticket.problem) else ["problem"]),
        *([] if _all(right["place"], ticket.place.text) else ["place"]),
        *([] if _all(right["happened"], ticket.happened) else ["happened"]),
    ]


def _sounds_right(words: list[str], text: str) -> bool:
    """Whether of each group of words one sounds in the text."""
    sounds = " ".join(syllables(text))
    return all(any(" ".join(syllables(word)) in sounds for word in group.split("|")) for group in words)


def _all(patterns: list[str], text: str) -> bool:
    return all(re.search(pattern, text) for pattern in patterns)


def _news(wiring: Wiring, address: Address, after: int) -> tuple[list[str], int]:
    """What the bot said since, once it has answered everything."""
    messages = _messages(wiring, address, after)
    if not messages or messages[-1].direction == "in":
        return [], after
    return [m.text + "\n" for m in messages if m.direction == "out"], messages[-1].position


def _messages(wiring: Wiring, address: Address, after: int = 0) -> list[Message]:
    with wiring.store.reading() as tx:
        conversation = tx.conversations.at(address)
        return tx.messages.of(conversation.id, after=after) if conversation else []


def _outcome(wiring: Wiring, address: Address) -> tuple[list[str], Ticket | None]:
    lines = [f"{'热线' if m.direction == 'out' else '来电'}：{m.spoken_text or m.text}" for m in _messages(wiring, address) if m.text]
    with wiring.store.reading() as tx:
        conversation = tx.conversations.at(address)
        tickets = tx.tickets.of_conversation(conversation.id) if conversation else []
    return lines, tickets[0] if tickets and tickets[0].status != "incomplete" else None


async def all_complain(lines: Lines, bot: str, wiring: Wiring, citizens: list[dict[str, Any]], *, at_once: int, show: Path) -> list[Result]:
    """Everybody calls, so many at a time. `show`: a file for the transcripts, each as soon as its call is over."""
    show.parent.mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(show.write_text, "")
    mouth, free = Mouthpiece(), asyncio.Semaphore(at_once)

    async def one(number: int, citizen: dict[str, Any]) -> Result:
        async with free:
            try:
                result = await complain(lines, bot, wiring, mouth, citizen, NUMBER.format(number))
            except CallFailed as failed:
                result = Result(["ticket"], [], 0, 0, [f"The call was not answered: {failed}"])
            await asyncio.to_thread(_write, show, result)
            return result

    for citizen in citizens:  # not while somebody is on the line: it takes a core
        for text in ("对，提交吧", citizen["opening"], citizen["place"], citizen["when"], f"{citizen['place']}，{citizen['when']}"):
            await mouth.sound(text)
    return await asyncio.gather(*(one(number, citizen) for number, citizen in enumerate(citizens)))


def _write(path: Path, result: Result) -> None:
    with path.open("a", encoding="utf-8") as file:
        print(*result.transcript, f"→ {result.wrong or 'all right'}, waits {[round(wait, 2) for wait in result.waits]}\n", sep="\n", file=file)
