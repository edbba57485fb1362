"""Conversations: one citizen on one channel, and the one function through which every turn goes.

A message is first accepted: stored, once, however often the vendor repeats it. Then `take_turn` answers whatever a
conversation has waiting, in order, by one process at a time. Any process may do it, and any may be killed while it does:
what is stored and not yet done is done by the next one that looks.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from hotline import jobs
from hotline.messages import PULLED_CHANNELS, Address, Choice, InboundMessage, Message, MessageRefused, Reply, clean_text

if TYPE_CHECKING:
    from hotline.ports import Dialogue, Store, Transaction

Status = Literal["bot", "waiting", "operator"]
NewId = Callable[[], UUID]
Clock = Callable[[], datetime]

LEASE = timedelta(seconds=26)
"""How long one process may work on a conversation's next message before another may step in: longer than the dialogue
manager may take for the two signals that one message can hold (a place and a photo)."""
GIVE_UP_AFTER = 12
"""Tries of one message before a person is asked to look: about an hour."""
GATEWAY_GRACE = timedelta(seconds=3)
"""The worker leaves a fresh message to the process that accepted it."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """`status`: who answers: the bot, nobody yet (waiting for a person), or an operator. `urgent`: someone is in danger, so it is seen first."""

    id: UUID
    address: Address
    status: Status
    operator: str | None
    opened_at: datetime
    last_position: int = 0
    status_since: datetime | None = None
    urgent: bool = False


class DialogueUnavailable(Exception):
    """The dialogue manager did not answer. The message stays and is tried again."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The message as it is stored, and whether it was already."""

    message: Message
    repeated: bool


def accept(tx: Transaction, inbound: InboundMessage, *, now: datetime, new_id: NewId) -> Accepted:
    """Store what a citizen sent, once. Raises MessageRefused, a sentence for the citizen, and then stores nothing.

    A tapped choice must be one that we offered in this very conversation, so a forged one can command nothing; a choice
    that acts counts once, so a double tap does nothing twice.
    """
    conversation = tx.conversations.at(inbound.sender) or tx.conversations.open(inbound.sender, now=now, new_id=new_id)
    # A repetition at the same moment waits here, and then finds this one.
    conversation = tx.conversations.get(conversation.id, lock=True)
    if existing := tx.messages.by_external_id(inbound.sender.channel, inbound.external_id):
        if existing.conversation_id != conversation.id:
            raise MessageRefused("这条消息的编号已被使用，请重新发送。")
        return Accepted(existing, repeated=True)
    text, intent, entities = inbound.text, inbound.intent, inbound.entities
    if inbound.choice is not None:
        choice = tx.messages.choose(conversation.id, inbound.choice)
        if choice is None:
            raise MessageRefused("这个选项已经用过或不再有效，请直接输入您的回答。")
        text, intent, entities = choice.label, choice.intent, choice.entities
    elif inbound.via != "event":
        text = clean_text(text, may_be_empty=bool(inbound.attachments or inbound.location))
        if named := _named_choice(tx, conversation.id, text):
            text, intent, entities = named.label, named.intent, named.entities
    # What is said to an operator is for the operator, also when the bot has taken over again before it is looked at.
    to_operator = conversation.status == "operator" and inbound.via != "event"
    attachments = tuple(tx.attachments.unsent(conversation.id, id) for id in inbound.attachments)
    if inbound.via != "event":
        tx.conversations.touch(conversation.id, now=now)
    message = Message(
        id=inbound.id,
        conversation_id=conversation.id,
        position=tx.conversations.next_position(conversation.id),
        direction="in",
        author="system" if inbound.via == "event" else "citizen",
        via=inbound.via,
        text=text,
        created_at=now,
        state="done" if to_operator else "pending",
        external_id=inbound.external_id,
        intent=intent,
        entities=entities,
        attachments=attachments,
        location=inbound.location or next((a.location for a in attachments if a.location), None),
        confidence=inbound.confidence,
    )
    tx.messages.add(message, channel=inbound.sender.channel)
    return Accepted(message, repeated=False)


_LONGEST_NAME = 16
"""Characters of the longest text that may name a choice."""
_ORDINAL = re.compile("(?:我|就|那)?(?:选|要|看|查|是|撤回|撤销|取消|点)?第([一二三四五六1-6])[个项条件张](?:吧|啊|的|工单)?[。！!]?")


def _named_choice(tx: Transaction, conversation_id: UUID, text: str) -> Choice | None:
    """The choice among those just offered that a text names, by its words (没帮助) or by its place (撤回第二个). None if it names none."""
    if not 0 < len(text) <= _LONGEST_NAME:
        return None
    offered = next((m for m in reversed(tx.messages.of(conversation_id, limit=5)) if m.direction == "out"), None)
    if offered is None:
        return None
    index = next((at for at, choice in enumerate(offered.choices) if choice.label == text.rstrip("。.！!")), None)
    if index is None and (ordinal := _ORDINAL.fullmatch(text)):
        index = "一二三四五六".find(ordinal[1]) if ordinal[1] in "一二三四五六" else int(ordinal[1]) - 1
    return tx.messages.choose(conversation_id, choice_id(offered, index)) if index is not None and index < len(offered.choices) else None


def say(
    tx: Transaction, conversation_id: UUID, replies: Sequence[Reply], *, in_reply_to: UUID | None = None, now: datetime, new_id: NewId
) -> list[Message]:
    """Add what we say to the conversation, to be delivered by its channel."""
    if not replies:
        return []
    pulled = tx.conversations.get(conversation_id).address.channel in PULLED_CHANNELS
    said = []
    for reply in replies:
        message = Message(
            id=new_id(),
            conversation_id=conversation_id,
            position=tx.conversations.next_position(conversation_id),
            direction="out",
            author=reply.author,
            via="typed",
            text=reply.text,
            created_at=now,
            state="sent" if pulled else "queued",
            spoken_text=reply.spoken_text,
            choices=reply.choices,
            in_reply_to=in_reply_to,
            expects=reply.expects,
        )
        tx.messages.add(message, channel=None)
        said.append(message)
    return said


def change_status(tx: Transaction, conversation_id: UUID, status: Status, *, operator: str | None = None, now: datetime) -> None:
    """Hand the conversation to the bot, to the queue for a person, or to an operator."""
    tx.conversations.set_status(conversation_id, status, operator=operator, now=now)


def waits_for_person(tx: Transaction, conversation_id: UUID) -> bool:
    """Whether the citizen asked for a person, and none has come yet. Whom an alarm called is not waited for: meanwhile the bot is of use."""
    conversation = tx.conversations.get(conversation_id)
    return conversation.status == "waiting" and not conversation.urgent


def leave_queue(tx: Transaction, conversation_id: UUID, *, now: datetime) -> bool:
    """Out of the queue again, unless a person has answered or an alarm called them."""
    if not waits_for_person(tx, conversation_id):
        return False
    change_status(tx, conversation_id, "bot", now=now)
    return True


def raise_alarm(tx: Transaction, conversation_id: UUID, *, now: datetime) -> None:
    """Someone may be in danger: a person is called, before all others that wait."""
    conversation = tx.conversations.get(conversation_id, lock=True)
    tx.conversations.set_urgent(conversation_id, urgent=True)
    if conversation.status == "bot":
        change_status(tx, conversation_id, "waiting", now=now)


class NotYours(ValueError):
    """Another operator has the conversation. `str(error)` is a Chinese sentence for the one who tried."""


def take_over(tx: Transaction, conversation_id: UUID, operator: str, *, greeting: str, now: datetime, new_id: NewId) -> None:
    """An operator answers from now on; the bot is silent. Raises NotYours if another one does already."""
    conversation = tx.conversations.get(conversation_id, lock=True)
    if conversation.status == "operator":
        if conversation.operator == operator:
            return
        raise NotYours(f"{conversation.operator} 正在接待这位市民。")
    change_status(tx, conversation_id, "operator", operator=operator, now=now)
    say(tx, conversation_id, [Reply(greeting, author="system")], now=now, new_id=new_id)


def answer_as_operator(tx: Transaction, conversation_id: UUID, operator: str, text: str, *, now: datetime, new_id: NewId) -> None:
    """What an operator writes to the citizen. Raises NotYours, MessageRefused."""
    _only(tx, conversation_id, operator)
    say(tx, conversation_id, [Reply(clean_text(text), author="operator")], now=now, new_id=new_id)


def hand_back(tx: Transaction, conversation_id: UUID, operator: str, *, now: datetime, new_id: NewId) -> None:
    """The bot answers again and goes on where it was: an open form asks its question once more. Raises NotYours."""
    conversation = _only(tx, conversation_id, operator)
    change_status(tx, conversation_id, "bot", now=now)
    tx.conversations.set_urgent(conversation_id, urgent=False)
    id = new_id()
    event = InboundMessage(id, conversation.address, f"resume:{id}", now, via="event", intent="signal_resume")
    accept(tx, event, now=now - GATEWAY_GRACE, new_id=new_id)


def _only(tx: Transaction, conversation_id: UUID, operator: str) -> Conversation:
    conversation = tx.conversations.get(conversation_id)
    if conversation.status != "operator" or conversation.operator != operator:
        raise NotYours("请先接入这个会话。")
    return conversation


@dataclass(frozen=True, slots=True)
class Listened:
    """What a voice message says, for the dialogue; empty if it could not be understood. `shown` tells the citizen which of the two."""

    text: str
    shown: Reply


Listen = Callable[[Message], Awaitable[Listened | None]]
"""Understands a message without text; None if it brings no voice."""


async def take_turn(
    conversation_id: UUID, *, store: Store, dialogue: Dialogue, apology: str, gave_up: str, clock: Clock, new_id: NewId, listen: Listen | None = None
) -> list[Message]:
    """Answer whatever waits in this conversation, oldest first, and return what we said.

    Returns at once with nothing when another process is at it. `apology` is said once when the dialogue manager is away;
    the message then stays pending and is answered when it is back.
    """
    lease = new_id()
    said: list[Message] = []
    waiting = await asyncio.to_thread(_begin, store, conversation_id, lease, clock())
    while waiting:
        renew = partial(asyncio.to_thread, _renew, store, conversation_id, lease, clock)
        listened = await _listen(waiting, listen, renew) if listen else None
        answer = await _respond(waiting, listened, dialogue=dialogue, apology=apology, gave_up=gave_up)
        told, waiting = await asyncio.to_thread(_finish, store, waiting.message, answer, lease, clock(), new_id)
        said += told
    return said


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A message to answer, with the number of earlier tries, and who answered in its conversation when it was taken up."""

    message: Message
    status: Status


@dataclass(frozen=True, slots=True)
class _Answer:
    replies: Sequence[Reply]
    done: bool = True
    hand_over: bool = False


async def _listen(waiting: _Waiting, listen: Listen, renew: Callable[[], Awaitable[bool]]) -> Listened | None:
    """Understand a voice message that the bot must answer. That may take longer than the lease, which is renewed meanwhile."""
    message = waiting.message
    if message.text or message.intent or not message.attachments or waiting.status == "operator" or message.attempts >= GIVE_UP_AFTER:
        return None
    listening = asyncio.ensure_future(listen(message))
    while not (await asyncio.wait({listening}, timeout=LEASE.total_seconds() / 3))[0]:
        await renew()
    return listening.result()


async def _respond(waiting: _Waiting, listened: Listened | None, *, dialogue: Dialogue, apology: str, gave_up: str) -> _Answer:
    message = waiting.message
    is_event = message.via == "event"
    if waiting.status == "operator" and not is_event:
        return _Answer([])  # a person reads it
    giving_up = _Answer([]) if is_event else _Answer([Reply(gave_up, author="system")], hand_over=True)
    if message.attempts >= GIVE_UP_AFTER:
        return giving_up  # it breaks every process that tries it
    retry = message.attempts > 0
    signals: list[tuple[str, dict[str, str]]] = []
    if message.intent:
        signals.append((message.intent, dict(message.entities)))
    elif not message.text:
        if message.location is not None:
            signals.append(("signal_location", {}))
        if message.attachments:
            signals.append(("signal_attachment", {}))
    try:
        if listened:
            id = str(message.id)
            replies = await dialogue.say(message.conversation_id, listened.text, message_id=id, retry=retry) if listened.text else []
            return _Answer([listened.shown, *replies])
        if not signals:
            return _Answer(await dialogue.say(message.conversation_id, message.text, message_id=str(message.id), retry=retry))
        replies = []
        for number, (intent, entities) in enumerate(signals, 1):
            message_id = str(message.id) if number == 1 else f"{message.id}:{number}"
            replies += await dialogue.signal(message.conversation_id, intent, entities, message_id=message_id, retry=retry)
        # A photo that tells its place is two signals, and the second one asks again what the first one asked.
        return _Answer([reply for at, reply in enumerate(replies) if not any(reply.text in later.text for later in replies[at + 1 :])])
    except DialogueUnavailable:
        if message.attempts + 1 >= GIVE_UP_AFTER:
            return giving_up
        return _Answer([] if is_event else [Reply(apology, author="system")], done=False)


def _renew(store: Store, conversation_id: UUID, lease: UUID, clock: Clock) -> bool:
    with store.transaction() as tx:
        return tx.conversations.renew(conversation_id, lease, until=clock() + LEASE)


def _begin(store: Store, conversation_id: UUID, lease: UUID, now: datetime) -> _Waiting | None:
    """Become the process that answers this conversation, and take up its first message. None when another one is at it."""
    with store.transaction() as tx:
        if not tx.conversations.claim(conversation_id, lease, until=now + LEASE, now=now):
            return None
        return _take_up_next(tx, conversation_id, lease, now=now)


def _take_up_next(tx: Transaction, conversation_id: UUID, lease: UUID, *, now: datetime) -> _Waiting | None:
    """The next message to answer. This try is counted before it begins, so that whoever comes after a killed process knows
    of it. Lets go of the conversation in the same transaction that finds no message, so none can slip in between.
    """
    message = tx.messages.next_pending(conversation_id, now=now)
    if message is None:
        tx.conversations.release(conversation_id, lease)
        return None
    tx.messages.begin_try(message.id)
    return _Waiting(message, tx.conversations.get(conversation_id).status)


def _finish(
    store: Store, message: Message, answer: _Answer, lease: UUID, now: datetime, new_id: NewId
) -> tuple[list[Message], _Waiting | None]:
    """Store the answer, and take up the next message in the same transaction."""
    conversation_id = message.conversation_id
    with store.transaction() as tx:
        if not tx.conversations.renew(conversation_id, lease, until=now + LEASE):
            return [], None  # we were slow: another process has taken over and will say it
        if answer.done or not tx.messages.has_reply(message.id):
            said = say(tx, conversation_id, answer.replies, in_reply_to=message.id, now=now, new_id=new_id)
        else:
            said = []  # it has been apologised for already
        if answer.hand_over and tx.conversations.get(conversation_id).status == "bot":
            change_status(tx, conversation_id, "waiting", now=now)
        if answer.done:
            tx.messages.set_done(message.id)
            return said, _take_up_next(tx, conversation_id, lease, now=now)
        tx.messages.set_retry(message.id, now + jobs.retry_delay(message.attempts + 1))
        tx.conversations.release(conversation_id, lease)
        return said, None


def choice_id(message: Message, index: int) -> str:
    """The id under which a channel offers the choice at `index`."""
    return f"{message.id}:{index}"


def parse_choice_id(choice: str) -> tuple[UUID, int] | None:
    """The message and index of a choice id; None if it is not one."""
    message, _, index = choice.rpartition(":")
    try:
        return UUID(message), int(index)
    except ValueError:
        return None

