"""Who was asked whether somebody is in danger and says nothing any more: a person is alarmed after two minutes, once, whatever is killed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from fakes import VISITOR, Clock, Killed, write

from hotline import conversations, dangers, tickets
from hotline.city import City
from hotline.jobs import LOCK
from hotline.messages import Address, Attachment, Message, Reply
from hotline.store import SqlStore
from hotline.tickets import Ticket
from hotline.worker import Worker

pytestmark = pytest.mark.anyio
TOLD = "楼上砰砰响，有孩子哭，朝阳区劲松五区301楼"


@dataclass
class Asked:
    """A citizen who has just been asked."""

    store: SqlStore
    city: City
    clock: Clock
    new_id: Callable[[], UUID]
    sender: Address = VISITOR

    def __post_init__(self) -> None:
        self.worker = self._worker()
        self.told = self.tells(TOLD)
        with self.store.transaction() as tx:
            dangers.wait_for_answer(tx, self.told.conversation_id, str(self.told.id), self.city.emergencies["crime"], [("020101", 0.1)], now=self.clock(), new_id=self.new_id)
        self.bot_says("现在有人有危险吗？", to=self.told)

    def _worker(self) -> Worker:
        async def nobody(*_: Any) -> bool:
            return True

        made = Worker(self.store, self.city, nobody, nobody, (), frozenset(), lambda purpose, id, now: "", self.clock, self.new_id)  # type: ignore[arg-type]
        made.counts_next = datetime.max.replace(tzinfo=UTC)
        return made

    def tells(self, text: str) -> Message:
        with self.store.transaction() as tx:
            return write(tx, text, now=self.clock(), new_id=self.new_id, sender=self.sender)

    def bot_says(self, text: str, to: Message) -> None:
        with self.store.transaction() as tx:
            conversations.say(tx, to.conversation_id, [Reply(text)], in_reply_to=to.id, now=self.clock(), new_id=self.new_id)

    async def later(self, **forward: float) -> None:
        self.clock.forward(**forward)
        await self.worker.round()

    @property
    def tickets(self) -> list[Ticket]:
        with self.store.reading() as tx:
            return tx.tickets.of_conversation(self.told.conversation_id)

    @property
    def alarmed(self) -> bool:
        with self.store.reading() as tx:
            return tx.conversations.get(self.told.conversation_id).urgent

    @property
    def last_said(self) -> str:
        with self.store.reading() as tx:
            return [m.text for m in tx.messages.of(self.told.conversation_id) if m.direction == "out"][-1]


@pytest.fixture
def asked(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> Asked:
    return Asked(store, city, clock, new_id)


async def test_after_two_minutes_of_silence_a_person_is_alarmed_and_an_urgent_ticket_says_that_nobody_confirmed_it(asked: Asked) -> None:
    await asked.later(seconds=119)
    assert (asked.tickets, asked.alarmed) == ([], False)
    await asked.later(seconds=1)
    [ticket] = asked.tickets
    assert ticket.urgent
    assert asked.alarmed
    assert ticket.problem.startswith(f"【正在发生的违法犯罪】{TOLD}")
    assert "没有回答" in ticket.problem
    assert ticket.place.district_code == "110105"
    assert ticket.category is None, "what is unlikely is no category"
    assert ticket.number in asked.last_said
    assert "110" in asked.last_said


async def test_it_happens_once(asked: Asked) -> None:
    for _ in range(3):
        await asked.later(minutes=2)
    assert len(asked.tickets) == 1
    with asked.store.reading() as tx:
        assert len([m for m in tx.messages.of(asked.told.conversation_id) if m.direction == "out"]) == 2


@pytest.mark.parametrize("answer", ["没有危险", "在三楼", "？"])
async def test_whatever_the_citizen_sends_makes_it_harmless(asked: Asked, answer: str) -> None:
    asked.clock.forward(seconds=100)
    asked.tells(answer)
    await asked.later(minutes=5)
    assert (asked.tickets, asked.alarmed) == ([], False)


async def test_what_was_sent_before_the_question_could_be_read_is_no_answer(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    class Hasty(Asked):
        def bot_says(self, text: str, to: Message) -> None:
            self.tells("你们快点")
            super().bot_says(text, to)

    asked = Hasty(store, city, clock, new_id)
    await asked.later(minutes=2)
    assert asked.alarmed


async def test_who_talks_with_a_person_needs_no_alarm(asked: Asked) -> None:
    with asked.store.transaction() as tx:
        conversations.take_over(tx, asked.told.conversation_id, "张三", greeting="您好", now=asked.clock(), new_id=asked.new_id)
    await asked.later(minutes=2)
    assert (asked.tickets, asked.alarmed) == ([], False)


async def test_a_worker_that_is_killed_while_it_alarms_leaves_nothing_half_done_and_the_next_one_alarms(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: Any, **__: Any) -> Ticket:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(tickets, "open_ticket", killed)
        with pytest.raises(Killed):
            await asked.later(minutes=2)
    assert (asked.tickets, asked.alarmed) == ([], False)
    await asked.later(seconds=LOCK.total_seconds() + 1)
    assert (len(asked.tickets), asked.alarmed) == (1, True)


async def test_a_repeated_turn_asks_once(asked: Asked) -> None:
    again = partial(dangers.wait_for_answer, conversation_id=asked.told.conversation_id, message=str(asked.told.id), danger=asked.city.emergencies["crime"], suggested=[])
    asked.clock.forward(seconds=90)
    with asked.store.transaction() as tx:
        again(tx, now=asked.clock(), new_id=asked.new_id)
        assert tx.jobs.open_count() == 1
    await asked.later(seconds=30)
    assert asked.alarmed


async def test_who_falls_silent_on_the_telephone_is_not_waited_for_and_can_be_called_back(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    asked = Asked(store, city, clock, new_id, Address("phone", "+8613800000000"))
    with asked.store.transaction() as tx:
        dangers.wait_no_longer(tx, asked.told.conversation_id, now=asked.clock())
    await asked.later(seconds=0)
    [ticket] = asked.tickets
    with asked.store.reading() as tx:
        assert tx.tickets.reporter(ticket.id).phone == "+8613800000000"


async def test_of_a_voice_message_the_ticket_has_what_was_heard(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    class Spoken(Asked):
        def tells(self, text: str) -> Message:
            voice = Attachment(self.new_id(), "audio/ogg", 3, "0" * 64, "voice.ogg")
            with self.store.transaction() as tx:
                opened = tx.conversations.open(self.sender, now=self.clock(), new_id=self.new_id)
                tx.attachments.add(voice, opened.id, now=self.clock())
                return write(tx, "", now=self.clock(), new_id=self.new_id, sender=self.sender, attachments=(voice.id,))

        def bot_says(self, text: str, to: Message) -> None:
            super().bot_says(self.city.say("voice.heard", text=TOLD), to)
            super().bot_says(text, to)

    asked = Spoken(store, city, clock, new_id)
    await asked.later(minutes=2)
    assert TOLD in asked.tickets[0].problem
    assert asked.tickets[0].place.district_code == "110105"
