"""Journeys: transcripts that people can read and that play against the running system.

A journey is a text file. Each line says who does what:

    # 标题
    市民：我要投诉楼下半夜施工        the citizen writes
    热线：…在什么地方…                we must answer this; “…” stands for any text
    市民点：确认提交                  the citizen taps a choice of the latest messages
    市民发：照片                      … sends a photo, or 位置 39.99,116.47
    坐席：派单                        staff: 派单, 接单, 退回 理由, 维持 理由, 办结 说明, 接入, 回复 内容, 交还
    工单：已派单                      the ticket must be in this state

`{工单号}` stands for the number of the ticket that the journey opened.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from PIL import Image

from hotline import tickets
from hotline.conversations import answer_as_operator, hand_back, take_over
from hotline.dispatch import suggest_for
from hotline.ports import Transaction
from hotline.rates import rates
from hotline.tickets import STATUS_NAMES, Ticket
from hotline.webclient import ChatClient
from hotline.wiring import Wiring, clock, new_id

ANSWER_WITHIN = 20.0
STAFF = "演示坐席"


class JourneyFailed(AssertionError):
    """What happened is not what the transcript says. `str(error)` shows both."""


@dataclass(frozen=True)
class Journey:
    """A transcript."""

    name: str
    title: str
    steps: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: Path) -> Journey:
        title, steps = path.stem, []
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# "):
                title = line[2:].strip()
            elif line.strip() and not line.startswith("#"):
                who, _, what = line.partition("：")
                if who.strip() not in STEPS:
                    raise JourneyFailed(f"{path.name}: a line begins with “{who}”; it must be one of {'、'.join(STEPS)}.")
                steps.append((who.strip(), what.strip()))
        return cls(path.stem, title, tuple(steps))


@dataclass
class Player:
    """Plays one journey."""

    wiring: Wiring
    chat: ChatClient
    say: Callable[[str], None]
    unread: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    read: list[dict[str, Any]] = field(default_factory=list)
    number: str = ""

    async def play(self, journey: Journey) -> None:
        """Raises JourneyFailed at the first step that differs."""
        self.say(f"\n## {journey.title}")
        listener = asyncio.create_task(self._listen())
        try:
            for who, what in journey.steps:
                await STEPS[who](self, what.replace("{工单号}", self.number))
        finally:
            listener.cancel()

    async def citizen(self, text: str) -> None:
        self.say(f"市民  {text}")
        await self.chat.send(text=text)

    async def tap(self, label: str) -> None:
        self.say(f"市民  [{label}]")
        offered = [choice for message in reversed(self.read) for choice in message["choices"] if choice["label"] == label]
        if not offered:
            raise JourneyFailed(f"There is no choice “{label}”. The latest were: {[c['label'] for m in self.read[-3:] for c in m['choices']]}")
        await self.chat.send(choice=offered[0]["id"])

    async def send(self, what: str) -> None:
        self.say(f"市民  （{what}）")
        if what.startswith("位置"):
            latitude, longitude = (float(part) for part in what.removeprefix("位置").split(","))
            await self.chat.send(location={"latitude": latitude, "longitude": longitude})
        else:
            await self.chat.send(attachments=[await self.chat.upload(photo(), "photo.jpg")])

    async def hotline(self, expected: str) -> None:
        try:
            message = await asyncio.wait_for(self.unread.get(), ANSWER_WITHIN)
        except TimeoutError:
            raise JourneyFailed(f"Expected: {expected}\nGot nothing within {ANSWER_WITHIN:.0f} s.") from None
        self.read.append(message)
        self.say("热线  " + message["text"].replace("\n", "\n      "))
        if message["choices"]:
            self.say("      " + " ".join(f"[{choice['label']}]" for choice in message["choices"]))
        pattern = "(?s:.*)".join(re.escape(part) for part in expected.split("…"))
        if not re.fullmatch(pattern, message["text"]):
            raise JourneyFailed(f"Expected: {expected}\nGot:      {message['text']}")
        if number := re.search(r"号 \*\*(\d{11})\*\*", message["text"]):
            self.number = number[1]

    async def staff(self, what: str) -> None:
        self.say(f"坐席  {what}")
        act, _, note = what.partition(" ")
        await asyncio.to_thread(self._act, act, note)

    async def ticket(self, status: str) -> None:
        ticket = await asyncio.to_thread(self._read_ticket)
        self.say(f"工单  {ticket.number} {STATUS_NAMES[ticket.status]}")
        if STATUS_NAMES[ticket.status] != status:
            raise JourneyFailed(f"Expected the ticket to be: {status}\nIt is: {STATUS_NAMES[ticket.status]}")

    async def _listen(self) -> None:
        async for message in self.chat.replies():
            self.unread.put_nowait(message)

    def _act(self, act: str, note: str) -> None:
        with self.wiring.store.transaction() as tx:
            if act in ("接入", "回复", "交还"):
                self._converse(tx, act, note)
                return
            ticket = tx.tickets.by_number(self.number)
            if ticket is None:
                raise JourneyFailed("The journey has opened no ticket yet.")
            given: dict[str, Any] = {"by": STAFF, "now": clock(), "new_id": new_id}
            if act == "派单":
                suggestion = suggest_for(tx, self.wiring.city, ticket)
                unit = suggestion.lead or next(iter(self.wiring.city.units.values()))
                due_at = self.wiring.city.working_time.due(clock(), suggestion.limit)
                assists = tuple(u.id for u in suggestion.assists)
                tickets.dispatch(tx, ticket, unit_id=unit.id, assists=assists, category=ticket.category, due_at=due_at, note=suggestion.reason, **given)
            elif act == "接单":
                tickets.accept(tx, ticket, **given)
            elif act == "维持":
                tickets.uphold(tx, ticket, note=note, **given)
            elif act == "退回":
                tickets.send_back(tx, ticket, note=note, **given)
            elif act == "办结":
                tickets.handle(tx, ticket, note=note, survey_at=clock(), **given)
            else:
                raise JourneyFailed(f"Staff can't “{act}”.")

    def _converse(self, tx: Transaction, act: str, note: str) -> None:
        conversation = UUID(self._conversation_id(tx))
        if act == "接入":
            take_over(tx, conversation, STAFF, greeting=self.wiring.city.say("person.joined"), now=clock(), new_id=new_id)
        elif act == "回复":
            answer_as_operator(tx, conversation, STAFF, note, now=clock(), new_id=new_id)
        else:
            hand_back(tx, conversation, STAFF, now=clock(), new_id=new_id)

    def _conversation_id(self, tx: Transaction) -> str:
        return str(tx.messages.get(UUID(self.read[-1]["id"])).conversation_id)

    def _read_ticket(self) -> Ticket:
        with self.wiring.store.transaction() as tx:
            ticket = tx.tickets.by_number(self.number)
        if ticket is None:
            raise JourneyFailed("The journey has opened no ticket.")
        return ticket


STEPS: dict[str, Callable[[Player, str], Any]] = {
    "市民": Player.citizen, "市民点": Player.tap, "市民发": Player.send, "热线": Player.hotline, "坐席": Player.staff, "工单": Player.ticket,
}  # fmt: skip


def read_all(folder: Path) -> list[Journey]:
    """All journeys of a folder."""
    return [Journey.read(path) for path in sorted(folder.glob("*.txt"))]


async def play(journey: Journey, wiring: Wiring, say: Callable[[str], None]) -> None:
    """Play one journey as a new citizen. Raises JourneyFailed."""
    async with ChatClient(wiring.settings.gateway_url) as chat:
        await Player(wiring, chat, say).play(journey)


async def play_all(folder: Path, wiring: Wiring, names: list[str], say: Callable[[str], None]) -> bool:
    """Play journeys one after another and print the rates that they leave. True if all went as written."""
    journeys = [journey for journey in read_all(folder) if not names or journey.name in names]
    failed = []
    for journey in journeys:
        try:
            await play(journey, wiring, say)
        except JourneyFailed as error:
            failed.append(journey.title)
            say(f"✗ {error}")
    say("\n## 三率")
    for line in await asyncio.to_thread(_rates, wiring):
        say(line)
    say(f"\n{len(journeys) - len(failed)} of {len(journeys)} journeys went as written." + (f" Not: {'、'.join(failed)}" if failed else ""))
    return not failed


def _rates(wiring: Wiring) -> list[str]:
    now = clock()
    with wiring.store.transaction() as tx:
        by_unit = tx.surveys.counts(since=now.replace(year=now.year - 1), until=now)
    lines = []
    for unit_id, counts in sorted(by_unit.items()):
        found = rates(counts, wiring.city.weights)
        unit = wiring.city.units.get(unit_id)
        shares = f"响应率 {found.response:.0%} 解决率 {found.resolution:.0%} 满意率 {found.satisfied:.0%} 得分 {found.score:.0%}" if found else "—"
        lines.append(f"{unit.name if unit else unit_id}  {shares}  （有效回访 {counts.valid}/{counts.due}）")
    return lines


def voice_note(text: str) -> bytes:
    """Somebody who says this, as chat programs send it: Ogg with Opus. Needs the packaged demonstration voice; raises SpeechUnavailable without it."""
    from channels.phone.say import for_the_ear  # here and not above: most journeys are silent, and these take a second to import
    from channels.phone.speech.demo import DemoSynthesizer
    from channels.phone.speech.sound import encode

    voice = DemoSynthesizer()
    return encode(asyncio.run(voice.render(for_the_ear(text))), voice.sample_rate)


def photo() -> bytes:
    """A small invented photo."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (120, 140, 160)).save(out, "JPEG")
    return out.getvalue()
