"""The line between a call and its conversation: what the caller says goes the way of every message, and what the bot answers comes back to be said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from channels.base import Reception
from channels.phone.speech.base import Expectation
from hotline import conversations, dangers, tickets
from hotline.conversations import choice_id
from hotline.messages import UNSURE_PLACE, Address, InboundMessage, Message, MessageRefused, Reply, Via
from hotline.ports import Transaction
from hotline.tickets import Draft, Place, Reporter

T = TypeVar("T")
ANSWER_WITHIN = 30.0
"""Seconds after which a turn counts as unanswered. What is answered later is said when it comes."""


@dataclass(frozen=True, slots=True)
class Saying:
    """Something the bot says in a call. `choices` are (id, label), and their number is their key; `ends`: then it hangs up."""

    text: str
    expects: Expectation | None = None
    choices: tuple[tuple[str, str], ...] = ()
    ends: bool = False


class Line(Protocol):
    """What a call needs of its conversation."""

    def say(
        self, text: str, *, via: Via, confidence: float | None = None, choice: str | None = None, unsure: Sequence[str] | None = None
    ) -> AsyncIterator[Saying]:
        """The caller said or pressed something. Gives the answers as they come. `unsure`: the place in it was not surely understood; the names, if any, of
        which one was said, the first of them in the text."""

    def signal(self, intent: str, entities: dict[str, str], *, key: str) -> AsyncIterator[Saying]:
        """Something happened, as a signal to the dialogue. `key` makes it count once."""

    async def news(self) -> list[Saying]:
        """What others have said into the conversation meanwhile: an operator, or an answer that came late."""

    async def note(self, text: str) -> None:
        """The bot said something of its own accord; it belongs to the transcript."""

    async def wants_person(self) -> bool:
        """Whether the caller waits for a person."""

    async def no_answer(self) -> None:
        """The caller is silent, or gone: who was asked whether somebody is in danger has not answered."""

    async def ask_call_back(self) -> str:
        """Nobody can take the call: open a ticket that asks to call back. Returns its number."""


class ConversationLine:
    """The line of one call, over the reception that all channels share."""

    def __init__(self, reception: Reception, address: Address, call: UUID) -> None:
        self._reception, self._address, self._call = reception, address, call
        self._conversation: UUID | None = None
        self._position = 0
        self._number = 0
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._said: list[UUID] = []

    async def open(self) -> None:
        """Find or open the conversation; what stands in it already is not said again."""
        reception = self._reception

        def find() -> tuple[UUID, int]:
            with reception.store.transaction() as tx:
                found = tx.conversations.at(self._address) or tx.conversations.open(self._address, now=reception.clock(), new_id=reception.new_id)
                return found.id, found.last_position

        self._conversation, self._position = await asyncio.to_thread(find)
        reception.listeners.append(self._notified)

    def close(self) -> None:
        if self._notified in self._reception.listeners:
            self._reception.listeners.remove(self._notified)

    @property
    def conversation_id(self) -> UUID:
        assert self._conversation
        return self._conversation

    def say(
        self, text: str, *, via: Via, confidence: float | None = None, choice: str | None = None, unsure: Sequence[str] | None = None
    ) -> AsyncIterator[Saying]:
        self._number += 1
        message = InboundMessage(
            self._reception.new_id(), self._address, f"{self._call}:{self._number}", self._reception.clock(), via=via, text=text, choice=choice,
            confidence=confidence, entities={} if unsure is None else {UNSURE_PLACE: "|".join(unsure)},
        )  # fmt: skip
        return self._turn(message)

    def signal(self, intent: str, entities: dict[str, str], *, key: str) -> AsyncIterator[Saying]:
        message = InboundMessage(
            self._reception.new_id(), self._address, key, self._reception.clock(), via="event", intent=intent, entities=entities
        )  # fmt: skip
        return self._turn(message)

    async def news(self) -> list[Saying]:
        return [_saying(message) for message in await asyncio.to_thread(self._new_messages)]

    async def note(self, text: str) -> None:
        def write(tx: Transaction) -> None:
            said = conversations.say(tx, self.conversation_id, [Reply(text, author="system")], now=self._reception.clock(), new_id=self._reception.new_id)
            self._said += [message.id for message in said]

        await self._db(write)

    async def wants_person(self) -> bool:
        def read() -> bool:
            with self._reception.store.reading() as tx:
                return tx.conversations.get(self.conversation_id).status == "waiting"

        return await asyncio.to_thread(read)

    async def no_answer(self) -> None:
        await self._db(lambda tx: dangers.wait_no_longer(tx, self.conversation_id, now=self._reception.clock()))

    async def ask_call_back(self) -> str:
        reception = self._reception
        now = reception.clock()
        caller = self._address.user if self._address.user.startswith("+") else None

        def open_ticket(tx: Transaction) -> str:
            spoken = [m.text for m in tx.messages.of(self.conversation_id, limit=40) if m.direction == "in" and m.text and m.author == "citizen"]
            problem = reception.city.say("phone.call_back_problem", said="；".join(spoken[-4:])[:400])
            draft = Draft(f"call-back:{self._call}", self.conversation_id, "help_request", problem, "", Place(""), Reporter(None, caller))
            day = now.astimezone(reception.city.timezone).strftime("%y%m%d")
            ticket = tickets.open_ticket(tx, draft, day=day, now=now, new_id=reception.new_id)
            conversations.change_status(tx, self.conversation_id, "bot", now=now)
            return ticket.number

        return await self._db(open_ticket)

    async def _turn(self, message: InboundMessage) -> AsyncIterator[Saying]:
        self._idle.clear()
        try:
            await self._reception.receive(message)
        except MessageRefused as refused:
            yield Saying(str(refused))
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + ANSWER_WITHIN
        while True:
            done = self._idle.is_set()
            self._woken.clear()
            for saying in await self.news():
                yield saying
            if done or loop.time() > until:
                return
            try:
                await asyncio.wait_for(self._woken.wait(), 1.0)
            except TimeoutError:
                continue

    def _notified(self, conversation_id: UUID, what: str) -> None:
        if conversation_id == self._conversation:
            if what == "idle":
                self._idle.set()
            self._woken.set()

    def _new_messages(self) -> list[Message]:
        with self._reception.store.reading() as tx:
            messages = tx.messages.of(self.conversation_id, after=self._position)
        if messages:
            self._position = messages[-1].position
        return [message for message in messages if message.direction == "out" and message.id not in self._said]

    async def _db(self, work: Callable[[Transaction], T]) -> T:
        def run() -> T:
            with self._reception.store.transaction() as tx:
                return work(tx)

        return await asyncio.to_thread(run)


def _saying(message: Message) -> Saying:
    choices = tuple((choice_id(message, index), choice.label) for index, choice in enumerate(message.choices))
    expects = message.expects
    return Saying(
        message.spoken_text or message.text, None if expects == "nothing" else expects, choices, ends=expects == "nothing"
    )  # fmt: skip
