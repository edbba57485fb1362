"""Conversations: what a citizen sends is stored once, in its place, and nobody can act in another's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from fakes import CITIZEN, NEIGHBOUR, VISITOR, inbound

from hotline import conversations
from hotline.conversations import Accepted, NotYours, accept, answer_as_operator, choice_id, hand_back, parse_choice_id, say, take_over
from hotline.messages import MAX_TEXT, Address, Attachment, Choice, Location, Message, MessageRefused, Reply

YES = Choice("确认提交", "affirm", {"draft": "1"})
NO = Choice("有要改的", "deny")
MORE = Choice("居住证到期怎么办", None, group="related")
USEFUL = Choice("有帮助", "signal_helpful", group="feedback")


class Line:
    """A database and a citizen who writes."""

    def __init__(self, store: Any, clock: Any, new_id: Callable[[], UUID]) -> None:
        self.store, self.clock, self.new_id = store, clock, new_id

    def write(self, text: str = "路灯不亮", sender: Address = CITIZEN, **given: Any) -> Accepted:
        with self.store.transaction() as tx:
            return accept(tx, inbound(self.new_id, self.clock(), text, sender=sender, **given), now=self.clock(), new_id=self.new_id)

    def tap(self, choice: str, sender: Address = CITIZEN, **given: Any) -> Message:
        return self.write("", sender, via="button", choice=choice, **given).message

    def offer(self, *choices: Choice, to: Address = CITIZEN) -> Message:
        """The bot says something with choices."""
        with self.store.transaction() as tx:
            conversation = tx.conversations.at(to) or tx.conversations.open(to, now=self.clock(), new_id=self.new_id)
            return say(tx, conversation.id, [Reply("请您核对", choices=choices)], now=self.clock(), new_id=self.new_id)[0]

    def upload(self, sender: Address = CITIZEN) -> Attachment:
        photo = Attachment(self.new_id(), "image/jpeg", 3, "0" * 64, "门口.jpg")
        with self.store.transaction() as tx:
            conversation = tx.conversations.at(sender) or tx.conversations.open(sender, now=self.clock(), new_id=self.new_id)
            tx.attachments.add(photo, conversation.id, now=self.clock())
        return photo

    def transcript(self, sender: Address = CITIZEN) -> list[Message]:
        with self.store.transaction() as tx:
            conversation = tx.conversations.at(sender)
            return tx.messages.of(conversation.id) if conversation else []

    def status(self, sender: Address = CITIZEN) -> tuple[str, str | None]:
        with self.store.transaction() as tx:
            conversation = tx.conversations.at(sender)
            assert conversation is not None
            return conversation.status, conversation.operator


@pytest.fixture
def line(store, clock, new_id) -> Line:
    return Line(store, clock, new_id)


# --- Accepting


def test_a_first_message_opens_a_conversation_and_waits_there_for_an_answer(line: Line) -> None:
    accepted = line.write("  路灯不亮 ")
    assert not accepted.repeated
    stored = line.transcript()[0]
    assert stored == accepted.message
    assert (stored.text, stored.position, stored.direction, stored.author, stored.state, stored.created_at) == (
        "路灯不亮", 1, "in", "citizen", "pending", line.clock(),
    )  # fmt: skip
    assert line.status() == ("bot", None)


def test_one_citizen_has_one_conversation_and_two_citizens_two(line: Line) -> None:
    first, second, other = line.write("一"), line.write("二"), line.write("三", NEIGHBOUR)
    same_user = line.write("四", Address("web", CITIZEN.user))
    ids = [accepted.message.conversation_id for accepted in (first, second, other, same_user)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert [m.text for m in line.transcript()] == ["一", "二"]
    assert [m.position for m in line.transcript()] == [1, 2]


def test_what_the_vendor_repeats_is_stored_once(line: Line) -> None:
    first = line.write("路灯不亮", external_id="m1")
    line.clock.forward(minutes=5)
    again = line.write("路灯不亮", external_id="m1")
    other = line.write("路灯不亮", external_id="m2")
    assert (again.repeated, again.message) == (True, first.message)
    assert not other.repeated
    assert [m.id for m in line.transcript()] == [first.message.id, other.message.id]


def test_two_channels_may_use_the_same_ids(line: Line) -> None:
    assert not line.write("一", CITIZEN, external_id="m1").repeated
    assert not line.write("二", VISITOR, external_id="m1").repeated


def test_an_id_that_another_citizens_message_has_is_refused_and_nothing_is_stored(line: Line) -> None:
    line.write("我的", CITIZEN, external_id="m1")
    with pytest.raises(MessageRefused, match="重新发送"):
        line.write("别人的", NEIGHBOUR, external_id="m1")
    assert line.transcript(NEIGHBOUR) == []
    assert not line.write("别人的", NEIGHBOUR, external_id="m2").repeated


@pytest.mark.parametrize("text", ["", "  ", "信" * (MAX_TEXT + 1), "\x00"], ids=["nothing", "blanks", "too long", "control character"])
def test_text_that_is_refused_is_not_stored(line: Line, text: str) -> None:
    with pytest.raises(MessageRefused):
        line.write(text)
    assert line.transcript() == []
    line.write("路灯不亮")
    assert [m.position for m in line.transcript()] == [1]


def test_a_place_and_a_photo_need_no_words(line: Line) -> None:
    photo = line.upload()
    place = Location(39.9, 116.4, 15)
    with_place = line.write("", location=place).message
    with_photo = line.write("", attachments=(photo.id,)).message
    stored = line.transcript()
    assert [m.location for m in stored] == [with_place.location, None] == [place, None]
    assert [m.attachments for m in stored] == [(), with_photo.attachments] == [(), (photo,)]


@pytest.mark.parametrize("beside", ["photo", "place"])
@pytest.mark.parametrize(("text", "kept"), [("  就是这里\x07 ", "就是这里"), ("  ", ""), ("路灯\ud83d不亮", "路灯不亮")], ids=["words", "blanks", "half a surrogate pair"])
def test_words_beside_a_photo_or_a_place_are_cleaned_as_all_words_are(line: Line, beside: str, text: str, kept: str) -> None:
    given: dict[str, Any] = {"attachments": (line.upload().id,)} if beside == "photo" else {"location": Location(39.9, 116.4)}
    assert line.write(text, **given).message.text == kept
    assert line.transcript()[0].text == kept


def test_words_beside_a_photo_have_the_same_limit_as_all_words(line: Line) -> None:
    photo = line.upload()
    with pytest.raises(MessageRefused, match="太长"):
        line.write("信" * (MAX_TEXT + 1), attachments=(photo.id,))
    assert line.transcript() == []
    assert line.write("信" * MAX_TEXT, attachments=(photo.id,)).message.attachments == (photo,)


def test_a_photo_that_somebody_else_uploaded_can_not_be_sent(line: Line) -> None:
    theirs, mine = line.upload(NEIGHBOUR), line.upload()
    for id in (theirs.id, line.new_id()):
        with pytest.raises(MessageRefused, match="重新上传"):
            line.write("看这里", attachments=(id,))
    assert line.transcript() == []
    assert line.write("看这里", attachments=(mine.id,)).message.attachments == (mine,)


def test_an_event_is_a_message_that_no_citizen_wrote(line: Line) -> None:
    line.write("一")
    event = line.write("", via="event", intent="signal_survey", entities={"survey": "7"}).message
    assert (event.author, event.intent, event.entities, event.position, event.state) == ("system", "signal_survey", {"survey": "7"}, 2, "pending")
    assert line.transcript()[1] == event


def test_nothing_that_a_citizen_writes_carries_an_intent(line: Line) -> None:
    assert [line.write(text).message.intent for text in ("/restart", '/affirm{"draft": "1"}', "affirm")] == [None, None, None]


# --- Choices


def test_a_tap_says_its_label_and_carries_what_it_means(line: Line) -> None:
    offered = line.offer(YES, NO)
    tapped = line.tap(choice_id(offered, 0))
    assert (tapped.text, tapped.intent, tapped.entities, tapped.via) == ("确认提交", "affirm", {"draft": "1"}, "button")
    assert [choice.chosen for choice in line.transcript()[0].choices] == [True, False]


def test_a_double_tap_counts_once(line: Line) -> None:
    offered = line.offer(YES, NO)
    line.tap(choice_id(offered, 0))
    with pytest.raises(MessageRefused, match="用过"):
        line.tap(choice_id(offered, 0))
    assert [m.intent for m in line.transcript()] == [None, "affirm"]


def test_a_tap_that_the_vendor_repeats_is_the_same_tap(line: Line) -> None:
    offered = line.offer(YES, NO)
    first = line.tap(choice_id(offered, 0), external_id="tap1")
    assert line.tap(choice_id(offered, 0), external_id="tap1") == first


def test_yes_and_no_can_not_both_be_meant_but_thanks_may_come_besides(line: Line) -> None:
    offered = line.offer(YES, NO, USEFUL)
    line.tap(choice_id(offered, 0))
    with pytest.raises(MessageRefused):
        line.tap(choice_id(offered, 1))
    assert line.tap(choice_id(offered, 2)).intent == "signal_helpful"


def test_a_choice_that_only_says_something_may_be_tapped_again(line: Line) -> None:
    offered = line.offer(MORE)
    taps = [line.tap(choice_id(offered, 0)) for _ in range(2)]
    assert [(tap.text, tap.intent) for tap in taps] == [("居住证到期怎么办", None)] * 2


@pytest.mark.parametrize(
    "forge",
    [
        lambda offered: f"{offered.id}:2",
        lambda offered: f"{offered.id}:-1",
        lambda offered: f"{offered.id}:",
        lambda offered: f"{offered.id}:0x0",
        lambda offered: f"{offered.id}",
        lambda offered: f"{UUID(int=7)}:0",
        lambda offered: "affirm",
        lambda offered: '/affirm{"draft": "1"}',
        lambda offered: "",
    ],
    ids=["index too high", "negative index", "no index", "odd index", "no colon", "unknown message", "an intent", "a command", "nothing"],
)
def test_a_forged_choice_commands_nothing(line: Line, forge: Callable[[Message], str]) -> None:
    offered = line.offer(YES, NO)
    with pytest.raises(MessageRefused, match="不再有效"):
        line.tap(forge(offered))
    assert len(line.transcript()) == 1
    assert line.tap(choice_id(offered, 1)).intent == "deny"


def test_a_choice_offered_to_somebody_else_commands_nothing(line: Line) -> None:
    offered = line.offer(YES, to=NEIGHBOUR)
    line.write("我")
    with pytest.raises(MessageRefused, match="不再有效"):
        line.tap(choice_id(offered, 0))
    assert line.tap(choice_id(offered, 0), NEIGHBOUR).intent == "affirm"


def test_what_a_citizen_wrote_offers_no_choices(line: Line) -> None:
    written = line.write("一").message
    with pytest.raises(MessageRefused):
        line.tap(f"{written.id}:0")


def test_a_choice_id_says_which_message_and_which_choice(line: Line) -> None:
    offered = line.offer(YES, NO)
    assert parse_choice_id(choice_id(offered, 1)) == (offered.id, 1)
    assert [parse_choice_id(text) for text in ("", "1", ":1", "x:1", f"{offered.id}:x")] == [None] * 5


# --- Saying


@pytest.mark.parametrize(("address", "state"), [(CITIZEN, "queued"), (VISITOR, "sent")], ids=["we deliver", "the page fetches"])
def test_what_we_say_stands_in_the_transcript_and_waits_for_its_channel(line: Line, address: Address, state: str) -> None:
    asked = line.write("路灯不亮", address).message
    with line.store.transaction() as tx:
        said = say(tx, asked.conversation_id, [Reply("您好", "您，好", (YES,)), Reply("再见")], in_reply_to=asked.id, now=line.clock(), new_id=line.new_id)
    assert line.transcript(address)[1:] == said
    assert [(m.text, m.position, m.direction, m.author, m.state, m.in_reply_to) for m in said] == [
        ("您好", 2, "out", "bot", state, asked.id), ("再见", 3, "out", "bot", state, asked.id),
    ]  # fmt: skip
    assert (said[0].spoken_text, said[0].choices) == ("您，好", (YES,))


def test_who_says_nothing_adds_nothing(line: Line) -> None:
    asked = line.write("路灯不亮").message
    with line.store.transaction() as tx:
        assert say(tx, asked.conversation_id, [], now=line.clock(), new_id=line.new_id) == []
    assert len(line.transcript()) == 1


# --- People


@pytest.fixture
def taken(line: Line) -> UUID:
    """A conversation that 张三 has taken over."""
    asked = line.write("转人工").message
    id = asked.conversation_id
    with line.store.transaction() as tx:
        tx.messages.set_done(asked.id)
        take_over(tx, id, "张三", greeting="您好，人工坐席已接入。", now=line.clock(), new_id=line.new_id)
    return id


def test_an_operator_takes_over_and_the_citizen_is_told_once(line: Line, taken: UUID) -> None:
    with line.store.transaction() as tx:
        take_over(tx, taken, "张三", greeting="您好，人工坐席已接入。", now=line.clock(), new_id=line.new_id)
    assert line.status() == ("operator", "张三")
    assert [(m.author, m.text) for m in line.transcript()[1:]] == [("system", "您好，人工坐席已接入。")]


def test_a_conversation_that_an_operator_has_is_not_another_operators(line: Line, taken: UUID) -> None:
    with pytest.raises(NotYours, match="张三"), line.store.transaction() as tx:
        take_over(tx, taken, "李四", greeting="您好", now=line.clock(), new_id=line.new_id)
    with pytest.raises(NotYours), line.store.transaction() as tx:
        answer_as_operator(tx, taken, "李四", "我来", now=line.clock(), new_id=line.new_id)
    with pytest.raises(NotYours), line.store.transaction() as tx:
        hand_back(tx, taken, "李四", now=line.clock(), new_id=line.new_id)
    assert line.status() == ("operator", "张三")
    assert len(line.transcript()) == 2


def test_what_an_operator_writes_goes_to_the_citizen_under_their_hand(line: Line, taken: UUID) -> None:
    with line.store.transaction() as tx:
        answer_as_operator(tx, taken, "张三", " 请说 ", now=line.clock(), new_id=line.new_id)
    assert [(m.author, m.text, m.state) for m in line.transcript()[2:]] == [("operator", "请说", "queued")]
    with pytest.raises(MessageRefused), line.store.transaction() as tx:
        answer_as_operator(tx, taken, "张三", "  ", now=line.clock(), new_id=line.new_id)


def test_an_operator_who_has_not_taken_over_can_neither_write_nor_hand_back(line: Line) -> None:
    id = line.write("转人工").message.conversation_id
    for act in (lambda tx: answer_as_operator(tx, id, "张三", "请说", now=line.clock(), new_id=line.new_id),
                lambda tx: hand_back(tx, id, "张三", now=line.clock(), new_id=line.new_id)):  # fmt: skip
        with pytest.raises(NotYours, match="请先接入"), line.store.transaction() as tx:
            act(tx)
    assert len(line.transcript()) == 1


def test_handing_back_wakes_the_bot_where_it_was(line: Line, taken: UUID) -> None:
    with line.store.transaction() as tx:
        hand_back(tx, taken, "张三", now=line.clock(), new_id=line.new_id)
    assert line.status() == ("bot", None)
    assert [(m.via, m.intent, m.state) for m in line.transcript()[2:]] == [("event", "signal_resume", "pending")]
    with line.store.transaction() as tx:
        due = tx.conversations.with_pending(before=line.clock() - conversations.GATEWAY_GRACE, now=line.clock(), limit=10)
    assert due == [taken], "a worker answers at its next round"


def test_who_waits_longest_for_a_person_is_shown_first(line: Line) -> None:
    ids = [line.write("转人工", Address("telegram", name)).message.conversation_id for name in "abc"]
    for id in (ids[1], ids[0]):
        with line.store.transaction() as tx:
            conversations.change_status(tx, id, "waiting", now=line.clock.forward(minutes=1))
    with line.store.transaction() as tx:
        assert [c.id for c in tx.conversations.waiting()] == [ids[1], ids[0]]


def test_a_choice_may_be_typed(line: Line) -> None:
    line.write()
    line.offer(YES, NO)
    assert line.write(f"{NO.label}。").message.intent == NO.intent
    assert line.write(f"{NO.label}吗").message.intent is None


def test_a_choice_may_be_named_by_its_place_among_those_just_offered(line: Line) -> None:
    line.write()
    line.offer(YES, NO)
    named = line.write("撤回第二个").message
    assert (named.text, named.intent) == (NO.label, NO.intent)
    assert line.write("第五个").message.intent is None
