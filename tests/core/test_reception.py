"""Reception: what all channels share. A message comes in, is stored, answered, and the answer goes out, each once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fakes import CITIZEN, NEIGHBOUR, VISITOR, FakeChannel, FakeDialogue, FakeFiles, blocked, inbound, photo, unreachable

from channels.base import DELIVERY_LOCK, Reception, send
from hotline.city import City
from hotline.conversations import Accepted, say
from hotline.messages import Address, Message, MessageRefused, Reply

pytestmark = pytest.mark.anyio


class Gateway:
    """A reception with a channel, a dialogue manager and files that are all fakes."""

    def __init__(self, store: Any, city: City, clock: Any, new_id: Callable[[], UUID]) -> None:
        self.store, self.clock, self.new_id = store, clock, new_id
        self.dialogue, self.files, self.channel = FakeDialogue(), FakeFiles(), FakeChannel("telegram")
        self.reception = Reception(store, self.dialogue, self.files, city, {"telegram": self.channel}, clock, new_id)
        self.told: list[str] = []
        self.reception.listeners.append(lambda conversation, what: self.told.append(what))

    async def receive(self, text: str, sender: Address = CITIZEN, **given: Any) -> Accepted:
        """A webhook is called, and everything that follows from it happens."""
        accepted = await self.reception.receive(inbound(self.new_id, self.clock(), text, sender=sender, **given))
        await self.reception.close()
        return accepted

    async def deliver_as_worker(self, **forward: Any) -> None:
        """What a worker does for replies that were not delivered."""
        self.clock.forward(**forward)
        while True:
            with self.store.transaction() as tx:
                unsent = tx.messages.claim_unsent(["telegram"], now=self.clock(), until=self.clock() + DELIVERY_LOCK, limit=20)
            if not unsent:
                return
            for message, to in unsent:
                await send(self.store, {"telegram": self.channel}, message, to, clock=self.clock)

    def transcript(self, sender: Address = CITIZEN) -> list[Message]:
        with self.store.transaction() as tx:
            conversation = tx.conversations.at(sender)
            return tx.messages.of(conversation.id) if conversation else []

    def states(self) -> list[str]:
        return [m.state for m in self.transcript() if m.direction == "out"]


@pytest.fixture
def gateway(store, city, clock, new_id) -> Gateway:
    return Gateway(store, city, clock, new_id)


# --- In and out


async def test_a_message_is_answered_where_it_came_from(gateway: Gateway) -> None:
    accepted = await gateway.receive("路灯不亮")
    assert not accepted.repeated
    assert gateway.channel.sent == [(CITIZEN, "收到：路灯不亮")]
    assert [m.state for m in gateway.transcript()] == ["done", "sent"]


async def test_a_webhook_that_the_vendor_repeats_is_answered_once(gateway: Gateway) -> None:
    first = await gateway.receive("路灯不亮", external_id="m1")
    for _ in range(3):
        again = await gateway.receive("路灯不亮", external_id="m1")
        assert (again.repeated, again.message.id) == (True, first.message.id)
    assert gateway.channel.texts == ["收到：路灯不亮"]
    await gateway.receive("路灯不亮", external_id="m2")
    assert gateway.channel.texts == ["收到：路灯不亮"] * 2


async def test_a_repeated_webhook_has_answered_what_the_first_could_not(gateway: Gateway) -> None:
    gateway.dialogue.away = True
    await gateway.receive("路灯不亮", external_id="m1")
    gateway.dialogue.away = False
    gateway.clock.forward(minutes=1)
    await gateway.receive("路灯不亮", external_id="m1")
    assert gateway.channel.texts[1:] == ["收到：路灯不亮"]


async def test_what_is_refused_is_neither_stored_nor_answered(gateway: Gateway) -> None:
    with pytest.raises(MessageRefused):
        await gateway.receive("   ")
    assert gateway.transcript() == []
    assert gateway.channel.sent == []
    await gateway.receive("路灯不亮")
    assert len(gateway.channel.sent) == 1


async def test_two_citizens_get_their_own_answers(gateway: Gateway) -> None:
    await gateway.receive("甲", CITIZEN)
    await gateway.receive("乙", NEIGHBOUR)
    assert gateway.channel.sent == [(CITIZEN, "收到：甲"), (NEIGHBOUR, "收到：乙")]


async def test_a_page_that_fetches_is_told_that_there_is_something(gateway: Gateway) -> None:
    await gateway.receive("路灯不亮", VISITOR)
    assert gateway.channel.sent == []
    assert [m.text for m in gateway.transcript(VISITOR)] == ["路灯不亮", "收到：路灯不亮"]
    assert gateway.told == ["message", "typing", "idle", "message"]


async def test_a_dialogue_that_breaks_in_an_unforeseen_way_loses_no_message_and_no_words(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    async def broken() -> None:
        raise RuntimeError("秘密的话")

    gateway.dialogue.before = broken
    await gateway.receive("秘密的话")
    told = capsys.readouterr()
    assert "turn failed" in told.out + told.err
    assert "秘密" not in told.out + told.err
    assert gateway.told[-1] == "idle", "nobody seems to be typing for ever"
    assert [m.state for m in gateway.transcript()] == ["pending"]
    gateway.dialogue.before = None
    gateway.clock.forward(minutes=1)
    await gateway.reception.answer(gateway.transcript()[0].conversation_id)
    assert gateway.channel.texts == ["收到：秘密的话"]


async def test_when_the_dialogue_is_away_the_citizen_hears_so_at_once(gateway: Gateway, city: City) -> None:
    gateway.dialogue.away = True
    await gateway.receive("路灯不亮")
    assert gateway.channel.texts == [city.say("talk.apology")]


# --- A channel that fails


async def test_what_could_not_be_delivered_is_tried_again_later_and_later_messages_wait_behind_it(gateway: Gateway) -> None:
    gateway.dialogue.answer = lambda heard: [Reply("一"), Reply("二")]
    gateway.channel.fails = [unreachable()]
    await gateway.receive("路灯不亮")
    assert gateway.channel.texts == []
    assert gateway.states() == ["queued", "queued"]
    await gateway.receive("还在吗")
    assert gateway.channel.texts == [], "nothing overtakes"
    await gateway.deliver_as_worker(seconds=1)
    assert gateway.channel.texts == [], "not at once again"
    await gateway.deliver_as_worker(minutes=1)
    assert gateway.channel.texts == ["一", "二", "一", "二"]
    assert gateway.states() == ["sent"] * 4


async def test_what_a_channel_refuses_for_good_is_not_tried_again_and_holds_up_nothing(gateway: Gateway) -> None:
    gateway.dialogue.answer = lambda heard: [Reply("一"), Reply("二")]
    gateway.channel.fails = [blocked()]
    await gateway.receive("路灯不亮")
    assert gateway.channel.texts == ["二"]
    assert gateway.states() == ["failed", "sent"]
    await gateway.deliver_as_worker(days=1)
    assert gateway.channel.texts == ["二"]


async def test_a_vendor_that_stays_away_is_asked_less_and_less_often(gateway: Gateway) -> None:
    gateway.channel.fails = [unreachable() for _ in range(6)]
    await gateway.receive("路灯不亮")
    waits = []
    for _ in range(5):
        reply = gateway.transcript()[1]
        assert reply.retry_at is not None
        waits.append(reply.retry_at - gateway.clock())
        await gateway.deliver_as_worker(delta=waits[-1])
    assert waits == [timedelta(seconds=seconds) for seconds in (2, 4, 8, 16, 32)]


async def test_a_channel_that_breaks_in_an_unforeseen_way_loses_no_reply(gateway: Gateway) -> None:
    gateway.channel.fails = [RuntimeError("a bug in the channel")]
    await gateway.receive("路灯不亮")
    assert gateway.states() == ["queued"]
    await gateway.deliver_as_worker(delta=DELIVERY_LOCK)
    assert gateway.channel.texts == ["收到：路灯不亮"]


async def test_a_reply_that_a_worker_is_delivering_is_not_delivered_by_the_gateway_too(gateway: Gateway) -> None:
    conversation = (await gateway.receive("路灯不亮")).message.conversation_id
    with gateway.store.transaction() as tx:
        said = say(tx, conversation, [Reply("一")], now=gateway.clock(), new_id=gateway.new_id)
        assert len(tx.messages.claim_unsent(["telegram"], now=gateway.clock(), until=gateway.clock() + DELIVERY_LOCK, limit=20)) == 1
    await gateway.reception.deliver(said)
    assert gateway.channel.texts == ["收到：路灯不亮"]


async def test_a_failed_delivery_is_logged_without_the_words(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    gateway.channel.fails = [unreachable()]
    await gateway.receive("秘密的话")
    told = capsys.readouterr()
    assert "not delivered" in told.out + told.err
    assert "秘密" not in told.out + told.err


# --- Files


async def test_a_photo_is_kept_clean_and_comes_with_the_next_message(gateway: Gateway) -> None:
    kept = await gateway.reception.keep(photo(comment=b"116.4712-secret-place"), "门口.jpg", CITIZEN)
    content = gateway.files.get(kept.id)
    assert b"secret-place" not in content
    assert (kept.media_type, kept.size, kept.name) == ("image/jpeg", len(content), "门口.jpg")
    message = (await gateway.receive("", attachments=(kept.id,))).message
    assert message.attachments == (kept,)
    assert gateway.dialogue.heard == ["/signal_attachment"]


async def test_a_file_that_is_refused_is_not_kept(gateway: Gateway) -> None:
    with pytest.raises(MessageRefused):
        await gateway.reception.keep(b"<html>", "门口.jpg", CITIZEN)
    assert gateway.files._kept == {}


async def test_a_photo_is_its_senders_alone(gateway: Gateway) -> None:
    kept = await gateway.reception.keep(photo(), "门口.jpg", CITIZEN)
    with pytest.raises(MessageRefused):
        await gateway.receive("", NEIGHBOUR, attachments=(kept.id,))
    assert (await gateway.receive("", CITIZEN, attachments=(kept.id,))).message.attachments == (kept,)


@pytest.mark.parametrize(("name", "kept_as"), [("", "file"), ("长" * 200 + ".jpg", "长" * 76 + ".jpg")], ids=["no name", "a long name"])
async def test_a_file_has_a_name_of_reasonable_length(gateway: Gateway, name: str, kept_as: str) -> None:
    assert (await gateway.reception.keep(photo(), name, CITIZEN)).name == kept_as
