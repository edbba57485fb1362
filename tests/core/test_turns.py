"""take_turn: whatever waits in a conversation is answered in order, by one process, exactly once, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from fakes import CITIZEN, VISITOR, FakeDialogue, Killed, write

from hotline import conversations
from hotline.conversations import GIVE_UP_AFTER, LEASE, take_turn
from hotline.messages import Address, Attachment, Location, Message, Reply

pytestmark = pytest.mark.anyio
APOLOGY, GAVE_UP = "稍后接着回复您", "已转给人工"


class Desk:
    """One citizen's conversation, the dialogue manager, and processes that take turns."""

    def __init__(self, store: Any, clock: Any, new_id: Callable[[], UUID]) -> None:
        self.store, self.clock, self.new_id = store, clock, new_id
        self.dialogue = FakeDialogue()
        self.id = self._open(CITIZEN)

    def _open(self, address: Address) -> UUID:
        with self.store.transaction() as tx:
            return tx.conversations.open(address, now=self.clock(), new_id=self.new_id).id

    def write(self, text: str, **given: Any) -> Message:
        with self.store.transaction() as tx:
            return write(tx, text, now=self.clock(), new_id=self.new_id, **given)

    async def turn(self, **forward: float) -> list[str]:
        """A process looks at the conversation, after some time. Returns what it said."""
        self.clock.forward(**forward)
        said = await take_turn(
            self.id, store=self.store, dialogue=self.dialogue, apology=APOLOGY, gave_up=GAVE_UP, clock=self.clock, new_id=self.new_id
        )
        return [message.text for message in said]

    def said(self) -> list[str]:
        return [m.text for m in self.messages() if m.direction == "out"]

    def messages(self) -> list[Message]:
        with self.store.transaction() as tx:
            return tx.messages.of(self.id)

    def waiting(self) -> list[str]:
        return [m.text or m.intent or "" for m in self.messages() if m.state == "pending"]

    def status(self) -> tuple[str, str | None]:
        with self.store.transaction() as tx:
            conversation = tx.conversations.get(self.id)
            return conversation.status, conversation.operator

    async def until_answered(self) -> list[str]:
        """Come by as a worker does, every few minutes, until nothing waits."""
        said: list[str] = []
        for _ in range(100):
            said += await self.turn(minutes=11)
            if not self.waiting():
                return said
        raise AssertionError(f"still waiting: {self.waiting()}")


@pytest.fixture
def desk(store, clock, new_id) -> Desk:
    return Desk(store, clock, new_id)


# --- In order, by one process


async def test_what_waits_is_answered_oldest_first_and_then_nothing_waits(desk: Desk) -> None:
    written = [desk.write(text) for text in ("一", "二", "三")]
    assert await desk.turn() == ["收到：一", "收到：二", "收到：三"]
    assert desk.dialogue.heard == ["一", "二", "三"]
    assert [m.in_reply_to for m in desk.messages() if m.direction == "out"] == [m.id for m in written]
    assert desk.waiting() == []
    assert await desk.turn() == []


async def test_one_process_answers_at_a_time_and_takes_up_what_comes_meanwhile(desk: Desk) -> None:
    at_it, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        at_it.set()
        await go_on.wait()

    desk.dialogue.meanwhile = slow
    desk.write("一")
    first = asyncio.create_task(desk.turn())
    await at_it.wait()
    desk.write("二")
    assert await desk.turn() == [], "another process finds that somebody is at it"
    go_on.set()
    assert await first == ["收到：一", "收到：二"]
    assert desk.dialogue.heard == ["一", "二"]


async def test_after_a_turn_the_next_process_need_not_wait(desk: Desk) -> None:
    for text in ("一", "二"):
        desk.write(text)
        assert await desk.turn() == [f"收到：{text}"]


async def test_a_conversation_in_which_nothing_waits_is_left_at_once(desk: Desk) -> None:
    assert await desk.turn() == []
    desk.write("一")
    assert await desk.turn() == ["收到：一"]


async def test_what_is_said_to_a_page_that_fetches_needs_no_delivery(desk: Desk) -> None:
    desk.id = desk.write("一", sender=VISITOR).conversation_id
    await desk.turn()
    assert [m.state for m in desk.messages() if m.direction == "out"] == ["sent"]


async def test_an_answer_without_words_is_an_answer(desk: Desk) -> None:
    desk.dialogue.answer = lambda heard: []
    desk.write("一")
    assert await desk.turn() == []
    assert desk.waiting() == []


async def test_an_answer_may_be_several_messages(desk: Desk) -> None:
    desk.dialogue.answer = lambda heard: [Reply("甲"), Reply("乙")]
    desk.write("一")
    assert await desk.turn() == desk.said() == ["甲", "乙"]


# --- What the dialogue manager is told


async def test_words_are_said_and_events_are_signalled(desk: Desk) -> None:
    desk.write("/restart")
    desk.write("", via="event", intent="signal_survey", entities={"survey": "7"})
    await desk.turn()
    assert [(t.heard, dict(t.entities)) for t in desk.dialogue.turns] == [("/restart", {}), ("/signal_survey", {"survey": "7"})]


@pytest.mark.parametrize(
    ("text", "place", "photo", "heard"),
    [
        ("", True, False, ["/signal_location"]),
        ("", False, True, ["/signal_attachment"]),
        ("", True, True, ["/signal_location", "/signal_attachment"]),
        ("就是这里", False, True, ["就是这里"]),
        ("就是这里", True, False, ["就是这里"]),
    ],
    ids=["place", "photo", "place and photo", "photo with words", "place with words"],
)
async def test_a_place_or_a_photo_without_words_is_a_signal(desk: Desk, text: str, place: bool, photo: bool, heard: list[str]) -> None:
    attachment = Attachment(desk.new_id(), "image/jpeg", 3, "0" * 64, "门口.jpg")
    with desk.store.transaction() as tx:
        tx.attachments.add(attachment, desk.id, now=desk.clock())
    desk.write(text, location=Location(39.9, 116.4) if place else None, attachments=(attachment.id,) if photo else ())
    assert len(await desk.turn()) == len(heard)
    assert desk.dialogue.heard == heard
    assert desk.waiting() == []


# --- The dialogue manager is away


async def test_while_the_dialogue_is_away_one_apology_is_said_and_the_message_is_answered_later_once(desk: Desk) -> None:
    desk.dialogue.away = True
    desk.write("一")
    assert await desk.turn() == [APOLOGY]
    for _ in range(3):
        assert await desk.turn(minutes=1) == []
    desk.dialogue.away = False
    assert await desk.turn(minutes=1) == ["收到：一"]
    assert await desk.turn(minutes=1) == []
    assert desk.said() == [APOLOGY, "收到：一"]
    assert desk.dialogue.heard == ["一"]


async def test_what_is_written_while_the_dialogue_is_away_waits_behind_in_its_order(desk: Desk) -> None:
    desk.dialogue.away = True
    for text in ("一", "二", "三"):
        desk.write(text)
        await desk.turn()
    assert desk.said() == [APOLOGY]
    desk.dialogue.away = False
    assert await desk.until_answered() == ["收到：一", "收到：二", "收到：三"]
    assert desk.dialogue.heard == ["一", "二", "三"]


async def test_a_message_is_not_tried_again_before_its_time(desk: Desk) -> None:
    desk.dialogue.away = True
    desk.write("一")
    await desk.turn()
    desk.dialogue.away = False
    assert await desk.turn(seconds=1) == []
    assert await desk.turn(seconds=1) == ["收到：一"]


async def test_nobody_apologises_for_what_no_citizen_asked(desk: Desk) -> None:
    desk.dialogue.away = True
    desk.write("", via="event", intent="signal_survey")
    assert await desk.turn() == []
    desk.dialogue.away = False
    assert await desk.turn(minutes=1) == ["收到：/signal_survey"]


async def test_a_turn_whose_answer_got_lost_on_the_way_is_not_done_twice(desk: Desk) -> None:
    """The dialogue manager did the turn, and its answer came too late."""

    async def too_late() -> None:
        raise conversations.DialogueUnavailable("ReadTimeout")

    desk.dialogue.meanwhile = too_late
    desk.write("一")
    await desk.turn()
    desk.dialogue.meanwhile = None
    assert await desk.until_answered() == ["收到：一"]
    assert desk.dialogue.heard == ["一"]


async def test_after_many_tries_a_person_is_asked_to_look_and_the_citizen_is_told(desk: Desk) -> None:
    desk.dialogue.away = True
    desk.write("一")
    await desk.turn()
    assert desk.status() == ("bot", None)
    assert await desk.until_answered() == [GAVE_UP]
    assert desk.dialogue.asked == GIVE_UP_AFTER
    assert desk.status() == ("waiting", None)
    assert desk.said() == [APOLOGY, GAVE_UP]


async def test_a_message_that_breaks_every_process_that_tries_it_goes_to_a_person_in_the_end(desk: Desk) -> None:
    async def broken() -> None:
        raise RuntimeError("a bug that this message wakes")

    desk.dialogue.before = broken
    desk.write("一")
    for _ in range(3 * GIVE_UP_AFTER):
        with suppress(RuntimeError):
            await desk.turn(minutes=11)
    assert desk.said() == [GAVE_UP]
    assert desk.status() == ("waiting", None)
    desk.dialogue.before = None
    desk.write("二")
    assert await desk.turn() == ["收到：二"], "and the conversation goes on"


async def test_who_waits_for_a_person_keeps_their_place_when_another_message_is_given_up(desk: Desk) -> None:
    with desk.store.transaction() as tx:
        conversations.change_status(tx, desk.id, "waiting", now=desk.clock())
    since = desk.clock()
    desk.dialogue.away = True
    desk.write("一")
    await desk.until_answered()
    with desk.store.transaction() as tx:
        assert tx.conversations.get(desk.id).status_since == since


async def test_an_event_that_is_given_up_says_nothing_to_a_citizen_who_asked_nothing(desk: Desk) -> None:
    desk.dialogue.away = True
    desk.write("", via="event", intent="signal_survey")
    assert await desk.until_answered() == desk.said() == []


async def test_an_event_that_is_given_up_takes_no_conversation_from_an_operator(desk: Desk) -> None:
    with desk.store.transaction() as tx:
        conversations.take_over(tx, desk.id, "张三", greeting="您好", now=desk.clock(), new_id=desk.new_id)
    desk.dialogue.away = True
    desk.write("", via="event", intent="signal_survey")
    await desk.until_answered()
    assert desk.status() == ("operator", "张三")


# --- People


async def test_while_an_operator_answers_the_bot_is_silent_and_hears_nothing(desk: Desk) -> None:
    with desk.store.transaction() as tx:
        conversations.take_over(tx, desk.id, "张三", greeting="您好", now=desk.clock(), new_id=desk.new_id)
    desk.write("一")
    assert await desk.turn() == []
    assert desk.dialogue.heard == []
    assert desk.waiting() == []
    with desk.store.transaction() as tx:
        conversations.hand_back(tx, desk.id, "张三", now=desk.clock(), new_id=desk.new_id)
    desk.write("二")
    assert await desk.turn() == ["收到：/signal_resume", "收到：二"]
    assert desk.dialogue.heard == ["/signal_resume", "二"], "what was said to the person is the person's"


async def test_who_waits_for_a_person_is_still_answered(desk: Desk) -> None:
    with desk.store.transaction() as tx:
        conversations.change_status(tx, desk.id, "waiting", now=desk.clock())
    desk.write("一")
    assert await desk.turn() == ["收到：一"]


# --- Killed, or too slow


@pytest.mark.parametrize("moment", ["before", "meanwhile"])
async def test_a_message_whose_process_was_killed_is_answered_once_after_the_lease(desk: Desk, moment: str) -> None:
    async def killed() -> None:
        raise Killed

    setattr(desk.dialogue, moment, killed)
    desk.write("一")
    with pytest.raises(Killed):
        await desk.turn()
    setattr(desk.dialogue, moment, None)
    assert await desk.turn(seconds=LEASE.total_seconds()) == [], "the dead process still holds it"
    assert await desk.turn(seconds=1) == ["收到：一"]
    assert desk.said() == ["收到：一"]
    assert await desk.turn(minutes=5) == []


async def test_a_turn_that_was_done_before_its_process_was_killed_is_not_done_twice(desk: Desk) -> None:
    """Otherwise one answer fills two fields of a form."""

    async def killed() -> None:
        raise Killed

    desk.dialogue.meanwhile = killed
    desk.write("一")
    with pytest.raises(Killed):
        await desk.turn()
    desk.dialogue.meanwhile = None
    assert await desk.until_answered() == ["收到：一"]
    assert desk.dialogue.heard == ["一"]


async def test_what_both_signals_of_one_message_ask_is_asked_once(desk: Desk) -> None:
    attachment = Attachment(desk.new_id(), "image/jpeg", 3, "0" * 64, "门口.jpg")
    with desk.store.transaction() as tx:
        tx.attachments.add(attachment, desk.id, now=desk.clock())
    desk.write("", location=Location(39.9, 116.4), attachments=(attachment.id,))
    desk.dialogue.answer = lambda heard: [Reply(("附件收到了。\n\n" if "attachment" in heard else "") + "位置收到了。在哪个小区？")]
    assert await desk.turn() == ["附件收到了。\n\n位置收到了。在哪个小区？"]


async def test_both_signals_of_one_message_are_done_once_when_its_process_is_killed_between_them(desk: Desk) -> None:
    attachment = Attachment(desk.new_id(), "image/jpeg", 3, "0" * 64, "门口.jpg")
    with desk.store.transaction() as tx:
        tx.attachments.add(attachment, desk.id, now=desk.clock())
    desk.write("", location=Location(39.9, 116.4), attachments=(attachment.id,))

    async def killed() -> None:
        raise Killed

    desk.dialogue.meanwhile = killed
    with pytest.raises(Killed):
        await desk.turn()
    desk.dialogue.meanwhile = None
    assert await desk.until_answered() == ["收到：/signal_location", "收到：/signal_attachment"]
    assert desk.dialogue.heard == ["/signal_location", "/signal_attachment"]


@pytest.fixture
def overtaken(desk: Desk) -> list[list[str]]:
    """The first process is so slow that its lease runs out and a second one answers. Holds what the second said."""
    second: list[list[str]] = []

    async def slow() -> None:
        desk.dialogue.meanwhile = None
        second.append(await desk.turn(seconds=LEASE.total_seconds() + 1))

    desk.dialogue.meanwhile = slow
    return second


async def test_a_process_that_was_so_slow_that_another_took_over_says_nothing_more(desk: Desk, overtaken: list[list[str]]) -> None:
    desk.write("一")
    assert await desk.turn() == []
    assert overtaken == [["收到：一"]]
    assert desk.said() == ["收到：一"]
    assert desk.waiting() == []


async def test_a_turn_that_two_processes_asked_for_is_done_once(desk: Desk, overtaken: list[list[str]]) -> None:
    desk.write("一")
    await desk.turn()
    assert desk.dialogue.heard == ["一"]


async def test_a_process_that_lost_its_lease_leaves_the_rest_to_the_one_that_has_it(desk: Desk) -> None:
    at_it, go_on = asyncio.Event(), asyncio.Event()

    async def second_is_slow_too() -> None:
        at_it.set()
        await go_on.wait()

    async def first_is_slow() -> None:
        desk.dialogue.meanwhile = second_is_slow_too
        desk.clock.forward(LEASE)
        tasks.append(asyncio.create_task(desk.turn(seconds=1)))
        await at_it.wait()

    tasks: list[asyncio.Task[list[str]]] = []
    desk.dialogue.meanwhile = first_is_slow
    desk.write("一")
    desk.write("二")
    assert await desk.turn() == []
    go_on.set()
    assert await tasks[0] == ["收到：一", "收到：二"]
    assert desk.said() == ["收到：一", "收到：二"]


async def test_whatever_is_killed_whenever_no_message_is_lost_doubled_or_out_of_order(desk: Desk) -> None:
    """Every second turn is killed before it is stored; every third finds the dialogue away."""
    step = 0

    async def misfortune() -> None:
        nonlocal step
        step += 1
        if step % 2 == 0:
            raise Killed
        if step % 3 == 0:
            raise conversations.DialogueUnavailable("away")

    desk.dialogue.meanwhile = misfortune
    texts = [f"第{number}句" for number in range(12)]
    for text in texts:
        desk.write(text)
        try:
            await desk.turn(seconds=5)
        except Killed:
            continue
    for _ in range(100):
        if not desk.waiting():
            break
        try:
            await desk.turn(minutes=1)
        except Killed:
            continue
    assert [text for text in desk.said() if text != APOLOGY] == [f"收到：{text}" for text in texts]
    assert desk.dialogue.heard == texts
