"""Jobs and the worker: what is due is done, once, whatever fails or is killed in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fakes import CITIZEN, NEIGHBOUR, FakeFiles, Killed, draft, write
from sqlalchemy import select

from hotline import attempts, conversations, jobs, surveys, tickets, worker
from hotline.attempts import ANSWER_WITHIN
from hotline.city import City
from hotline.conversations import GATEWAY_GRACE
from hotline.jobs import LAST_RETRY, LOCK, Job, retry_delay
from hotline.messages import Address, Attachment, Message, Reply
from hotline.store import tables
from hotline.tickets import SIMULATED, Reporter, Ticket
from hotline.worker import FAILED_FOR_GOOD, HANDLERS, Worker

pytestmark = pytest.mark.anyio


class Shift:
    """A worker with what it works on, and notes of what it did."""

    def __init__(self, store: Any, city: City, clock: Any, new_id: Callable[[], UUID]) -> None:
        self.store, self.clock, self.new_id = store, clock, new_id
        self.answered: list[UUID] = []
        self.delivered: list[str] = []
        self.on_answer: Callable[[UUID], Awaitable[None]] | None = None
        self.on_deliver: Callable[[Message], None] | None = None
        self.worker = Worker(store, city, self._answer, self._deliver, ("telegram",), frozenset({"telegram"}), lambda purpose, id, now: f"https://example.org/{purpose}", clock, new_id)

    async def _answer(self, conversation: UUID) -> None:
        self.answered.append(conversation)
        if self.on_answer:
            await self.on_answer(conversation)

    async def _deliver(self, message: Message, to: Address) -> bool:
        if self.on_deliver:
            self.on_deliver(message)
        self.delivered.append(message.text)
        with self.store.transaction() as tx:
            tx.messages.set_sent(message.id)
        return True

    async def work(self, **forward: Any) -> bool:
        """Move the clock, then do a round."""
        self.clock.forward(**forward)
        self.worker.counts_next = datetime.max.replace(tzinfo=UTC)  # figures and what comes with the clock have tests of their own
        return await self.worker.round()

    def conversation(self, address: Address = CITIZEN) -> UUID:
        with self.store.transaction() as tx:
            return tx.conversations.open(address, now=self.clock(), new_id=self.new_id).id

    def schedule(self, kind: str, subject: UUID, key: str, **payload: Any) -> None:
        with self.store.transaction() as tx:
            jobs.schedule(tx, kind, subject, payload, run_at=self.clock(), key=key, new_id=self.new_id)

    def job(self, key: str) -> Job:
        """The job as it is stored, wherever it stands."""
        with self.store.engine.connect() as connection:
            row = connection.execute(select(tables.jobs).where(tables.jobs.c.key == key)).one()
            return Job(**row._mapping)

    def texts(self, address: Address = CITIZEN) -> list[str]:
        with self.store.transaction() as tx:
            conversation = tx.conversations.at(address)
            return [m.text for m in tx.messages.of(conversation.id) if m.direction == "out"] if conversation else []

    def events(self, address: Address = CITIZEN) -> list[tuple[str | None, dict[str, str], str]]:
        with self.store.transaction() as tx:
            conversation = tx.conversations.at(address)
            assert conversation is not None
            return [(m.intent, dict(m.entities), m.state) for m in tx.messages.of(conversation.id) if m.via == "event"]


@pytest.fixture
def shift(store, city, clock, new_id) -> Shift:
    return Shift(store, city, clock, new_id)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A kind of job, “note”, that leaves a message in its conversation and here. `fail` in its payload makes it fail."""
    notes: list[str] = []

    def note(worker: Worker, tx: Any, job: Job, now: Any) -> None:
        conversations.say(tx, job.subject_id, [Reply(job.key, author="system")], now=now, new_id=worker.new_id)
        if job.payload.get("fail"):
            raise RuntimeError("the citizen's secret words")
        notes.append(job.key)

    monkeypatch.setitem(HANDLERS, "note", note)
    return notes


# --- Jobs


async def test_a_due_job_is_done_once(shift: Shift, done: list[str]) -> None:
    shift.schedule("note", shift.conversation(), "a")
    assert await shift.work()
    assert shift.texts() == done == ["a"]
    assert shift.job("a").done_at == shift.clock()
    await shift.work(hours=1)
    assert done == ["a"]


async def test_a_job_waits_for_its_time(shift: Shift, done: list[str]) -> None:
    conversation = shift.conversation()
    with shift.store.transaction() as tx:
        jobs.schedule(tx, "note", conversation, {}, run_at=shift.clock() + timedelta(minutes=5), key="later", new_id=shift.new_id)
    assert not await shift.work()
    await shift.work(minutes=4, seconds=59)
    assert done == []
    await shift.work(seconds=1)
    assert done == ["later"]


async def test_the_same_thing_scheduled_twice_is_done_once(shift: Shift, done: list[str]) -> None:
    conversation = shift.conversation()
    for _ in range(2):
        shift.schedule("note", conversation, "a")
    await shift.work()
    shift.schedule("note", conversation, "a")
    await shift.work()
    assert done == ["a"]


async def test_a_failing_job_does_not_stop_the_others_and_leaves_nothing_half_done(shift: Shift, done: list[str]) -> None:
    conversation = shift.conversation()
    shift.schedule("note", conversation, "bad", fail=True)
    shift.schedule("note", conversation, "good")
    await shift.work()
    assert done == ["good"]
    assert shift.texts() == ["good"]
    assert shift.job("bad").done_at is None


async def test_a_job_of_a_kind_that_nobody_knows_does_not_stop_the_others(shift: Shift, done: list[str]) -> None:
    conversation = shift.conversation()
    shift.schedule("from another version", conversation, "unknown")
    shift.schedule("note", conversation, "good")
    await shift.work()
    assert done == ["good"]
    assert shift.job("unknown").done_at is None


async def test_what_is_stored_of_a_failure_quotes_nobody(shift: Shift, done: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    shift.schedule("note", shift.conversation(), "bad", fail=True)
    await shift.work()
    assert shift.job("bad").last_error == "RuntimeError"
    told = capsys.readouterr()
    assert "job failed" in told.out + told.err
    assert "secret" not in told.out + told.err


async def test_a_failing_job_is_tried_again_later_and_later_and_at_last_left_alone(shift: Shift, done: list[str]) -> None:
    shift.schedule("note", shift.conversation(), "bad", fail=True)
    waits = []
    for _ in range(FAILED_FOR_GOOD):
        assert await shift.work()
        assert not await shift.work(), "it is not tried again at once"
        run_at = shift.job("bad").run_at
        waits.append(run_at - shift.clock())
        shift.clock.forward(run_at - shift.clock())
    assert waits[:-1] == [retry_delay(number) for number in range(1, FAILED_FOR_GOOD)]
    assert waits[-1] > timedelta(days=365)
    assert shift.job("bad").attempts == FAILED_FOR_GOOD


def test_waits_double_from_two_seconds_to_ten_minutes() -> None:
    assert [retry_delay(n).total_seconds() for n in (1, 2, 3, 4)] == [2, 4, 8, 16]
    assert retry_delay(10) == retry_delay(10_000) == LAST_RETRY == timedelta(minutes=10)


async def test_a_job_that_failed_is_done_when_it_can_be(shift: Shift, done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    shift.schedule("note", shift.conversation(), "a")
    good = HANDLERS["note"]
    monkeypatch.setitem(HANDLERS, "note", lambda *given: 1 / 0)
    await shift.work()
    monkeypatch.setitem(HANDLERS, "note", good)
    await shift.work(seconds=2)
    assert shift.texts() == done == ["a"]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_worker_killed_between_claim_and_done_does_the_job_once_in_the_end(
    shift: Shift, done: list[str], monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    shift.schedule("note", shift.conversation(), "a")
    good = HANDLERS["note"]

    def killed(*given: Any) -> None:
        if when == "after":
            good(*given)
        raise Killed

    monkeypatch.setitem(HANDLERS, "note", killed)
    with pytest.raises(Killed):
        await shift.work()
    monkeypatch.setitem(HANDLERS, "note", good)
    done.clear()
    assert shift.texts() == [], "what was not committed never happened"
    await shift.work(delta=LOCK)
    assert done == [], "the lock still holds"
    await shift.work(seconds=1)
    assert shift.texts() == done == ["a"]
    await shift.work(days=1)
    assert shift.texts() == done == ["a"]


async def test_two_workers_do_a_job_once(shift: Shift, done: list[str], city: City) -> None:
    other = Shift(shift.store, city, shift.clock, shift.new_id)
    conversation = shift.conversation()
    for number in range(5):
        shift.schedule("note", conversation, f"job {number}")
    with shift.store.transaction() as tx:  # it has taken them and works slowly
        assert len(tx.jobs.claim_due(now=shift.clock(), until=shift.clock() + LOCK, limit=20)) == 5
    assert not await other.work()
    assert done == []


# --- What jobs do


@pytest.fixture
def ticket(shift: Shift) -> Ticket:
    conversation = shift.conversation()
    with shift.store.transaction() as tx:
        return tickets.open_ticket(tx, draft(conversation), day="251121", now=shift.clock(), new_id=shift.new_id)


def dispatch(shift: Shift, ticket: Ticket, unit_id: str) -> Ticket:
    with shift.store.transaction() as tx:
        return tickets.dispatch(
            tx, tx.tickets.get(ticket.id), unit_id=unit_id, category="010101", due_at=shift.clock() + timedelta(days=7), by="张三", note="",
            now=shift.clock(), new_id=shift.new_id,
        )  # fmt: skip


def handle(shift: Shift, ticket: Ticket) -> Ticket:
    with shift.store.transaction() as tx:
        survey_at = shift.clock() + timedelta(hours=1)
        given = {"note": "已清运", "survey_at": survey_at, "now": shift.clock(), "new_id": shift.new_id}
        return tickets.handle(tx, tx.tickets.get(ticket.id), by="张三", **given)


async def test_the_citizen_is_told_where_the_ticket_went(shift: Shift, ticket: Ticket, city: City) -> None:
    dispatch(shift, ticket, "street-110105026")
    await shift.work()
    name = city.units["street-110105026"].name
    assert shift.texts() == shift.delivered == [f"您的工单 25112100001 已转给{name}办理。"]


async def test_a_ticket_sent_on_before_anybody_was_told_is_told_once(shift: Shift, ticket: Ticket, city: City) -> None:
    dispatch(shift, ticket, "street-110105026")
    dispatch(shift, ticket, "dept-urban-management")
    await shift.work()
    assert shift.texts() == [f"您的工单 25112100001 已转给{city.units['dept-urban-management'].name}办理。"]


async def test_a_handled_ticket_is_asked_about_at_its_time_by_an_event_in_its_conversation(shift: Shift, ticket: Ticket) -> None:
    handle(shift, dispatch(shift, ticket, "street-110105026"))
    await shift.work(minutes=59)
    assert shift.events() == []
    await shift.work(minutes=1)
    await shift.work()
    with shift.store.transaction() as tx:
        survey = tx.surveys.of_handling(ticket.id, 1)
    assert survey is not None
    assert shift.events() == [("signal_survey", {"survey": str(survey.id)}, "pending")]
    assert shift.answered == [ticket.conversation_id], "the worker itself has it answered, at once"


async def test_a_survey_waits_while_a_person_talks_with_the_citizen_and_is_asked_afterwards(shift: Shift, ticket: Ticket) -> None:
    with shift.store.transaction() as tx:
        conversations.take_over(tx, ticket.conversation_id, "张三", greeting="您好", now=shift.clock(), new_id=shift.new_id)
    handle(shift, dispatch(shift, ticket, "street-110105026"))
    await shift.work(hours=1)
    for _ in range(3):
        await shift.work(minutes=10)
    assert shift.events() == []
    with shift.store.transaction() as tx:
        conversations.change_status(tx, ticket.conversation_id, "bot", now=shift.clock())
    await shift.work(minutes=10)
    assert [intent for intent, _, _ in shift.events()] == ["signal_survey"]


async def test_a_survey_that_was_answered_elsewhere_is_not_asked(shift: Shift, ticket: Ticket) -> None:
    handle(shift, dispatch(shift, ticket, "street-110105026"))
    shift.clock.forward(hours=1)
    with shift.store.transaction() as tx:
        begun = attempts.start(tx, tx.tickets.get(ticket.id), channel="phone", now=shift.clock(), new_id=shift.new_id)
        assert begun is not None
        jobs.schedule(tx, "survey_ask", begun.id, {"round": "1"}, run_at=shift.clock(), key="ask", new_id=shift.new_id)
        surveys.end(tx, begun, "declined", city=shift.worker.city, now=shift.clock(), new_id=shift.new_id)
    await shift.work()
    assert shift.events() == []
    assert shift.job("ask").done_at is not None


async def test_a_survey_that_nobody_answers_lapses_and_the_ticket_closes(shift: Shift, ticket: Ticket) -> None:
    handle(shift, dispatch(shift, ticket, "street-110105026"))
    await shift.work(hours=1)
    for _ in range(20 * 24):
        await shift.work(hours=1)
    asked = shift.events()
    with shift.store.transaction() as tx:
        survey = tx.surveys.of_handling(ticket.id, 1)
        assert survey is not None
        assert (survey.status, survey.attempts, len(asked)) == ("unreachable", 3, 3)
        last = tx.surveys.attempts_of(survey.id)[-1]
        closed = tx.tickets.get(ticket.id)
    assert closed.status == "closed"
    assert closed.closed_at is not None
    assert ANSWER_WITHIN <= closed.closed_at - last.begun_at <= ANSWER_WITHIN + timedelta(hours=2)


@pytest.mark.parametrize(("status", "told"), [("waiting", True), ("operator", False), ("bot", False)])
async def test_only_who_still_waits_for_a_person_is_told_that_nobody_is_free_yet(shift: Shift, city: City, status: Any, told: bool) -> None:
    conversation = shift.conversation()
    with shift.store.transaction() as tx:
        conversations.change_status(tx, conversation, status, operator="张三" if status == "operator" else None, now=shift.clock())
    shift.schedule("nobody_yet", conversation, "a")
    await shift.work()
    assert shift.texts() == ([city.say("person.nobody_yet")] if told else [])


# --- Messages that nobody answered, replies that nobody delivered


async def test_a_fresh_message_is_left_to_the_process_that_took_it_and_an_older_one_is_answered(shift: Shift) -> None:
    with shift.store.transaction() as tx:
        message = write(tx, "路灯不亮", now=shift.clock(), new_id=shift.new_id)
    assert not await shift.work(seconds=2)
    shift.clock.forward(GATEWAY_GRACE - timedelta(seconds=2))
    assert await shift.work()
    assert shift.answered == [message.conversation_id]


async def test_replies_that_were_not_delivered_are_delivered_in_their_order(shift: Shift) -> None:
    conversation = shift.conversation()
    with shift.store.transaction() as tx:
        conversations.say(tx, conversation, [Reply("一"), Reply("二"), Reply("三")], now=shift.clock(), new_id=shift.new_id)
    while await shift.work():
        pass
    assert shift.delivered == ["一", "二", "三"]


async def test_a_worker_killed_while_it_delivers_leaves_the_reply_to_the_next_one(shift: Shift) -> None:
    conversation = shift.conversation()
    with shift.store.transaction() as tx:
        conversations.say(tx, conversation, [Reply("一")], now=shift.clock(), new_id=shift.new_id)

    def killed(message: Message) -> None:
        raise Killed

    shift.on_deliver = killed
    with pytest.raises(Killed):
        await shift.work()
    shift.on_deliver = None
    assert not await shift.work(), "it is still locked"
    shift.clock.forward(worker.DELIVERY_LOCK)
    await shift.work()
    assert shift.delivered == ["一"]


async def test_a_reply_whose_channel_breaks_in_an_unforeseen_way_does_not_hold_up_other_citizens(shift: Shift) -> None:
    with shift.store.transaction() as tx:
        for address, text in ((CITIZEN, "坏"), (NEIGHBOUR, "好")):
            conversation = tx.conversations.open(address, now=shift.clock(), new_id=shift.new_id).id
            conversations.say(tx, conversation, [Reply(text)], now=shift.clock(), new_id=shift.new_id)

    def broken(message: Message) -> None:
        if message.text == "坏":
            raise RuntimeError("a bug in the channel")

    shift.on_deliver = broken
    await shift.work()
    assert shift.delivered == ["好"]


async def test_a_conversation_that_breaks_in_an_unforeseen_way_does_not_hold_up_other_citizens(shift: Shift) -> None:
    with shift.store.transaction() as tx:
        bad = write(tx, "坏", now=shift.clock(), new_id=shift.new_id).conversation_id
        good = write(tx, "好", now=shift.clock(), new_id=shift.new_id, sender=NEIGHBOUR).conversation_id
        conversations.say(tx, good, [Reply("早先的")], now=shift.clock(), new_id=shift.new_id)

    async def broken(conversation: UUID) -> None:
        if conversation == bad:
            raise RuntimeError("a bug in the dialogue")

    shift.on_answer = broken
    await shift.work(seconds=5)
    assert good in shift.answered
    assert shift.delivered == ["早先的"]


async def test_a_worker_with_nothing_to_do_says_so(shift: Shift) -> None:
    assert not await shift.work()


async def test_a_citizen_who_writes_again_while_the_dialogue_is_away_keeps_no_worker_busy(shift: Shift) -> None:
    """Otherwise the worker runs round and round, and twenty such citizens keep it from all others."""
    with shift.store.transaction() as tx:
        first = write(tx, "一", now=shift.clock(), new_id=shift.new_id)
        write(tx, "二", now=shift.clock(), new_id=shift.new_id)
        tx.messages.set_retry(first.id, shift.clock() + timedelta(minutes=5))
    assert not await shift.work(minutes=1)
    assert await shift.work(minutes=4)


# --- Text messages to who called


CALLER, MOBILE = Address("phone", "+8613800000000"), Address("sms", "13800000000")


def opened_by_phone(shift: Shift, *, phone: str | None = MOBILE.user, **changes: Any) -> Ticket:
    conversation = shift.conversation(CALLER)
    with shift.store.transaction() as tx:
        asked = draft(conversation, reporter=Reporter(None, phone), **changes)
        return tickets.open_ticket(tx, asked, day="261122", now=shift.clock(), new_id=shift.new_id)


async def test_who_called_is_texted_the_number_of_the_ticket_once(shift: Shift, city: City) -> None:
    shift.worker.channels = ("telegram", "sms")
    ticket = opened_by_phone(shift)
    await shift.work()
    await shift.work(hours=1)
    assert shift.texts(MOBILE) == [city.say("tickets.number_by_text", number=ticket.number)]
    assert shift.texts(CALLER) == []


async def test_what_becomes_of_a_call_is_told_by_text_too(shift: Shift, city: City) -> None:
    shift.worker.channels = ("sms",)
    ticket = opened_by_phone(shift)
    shift.schedule("tell", ticket.id, "told", what="split")
    await shift.work()
    assert shift.texts(MOBILE)[-1] == city.say("tickets.split", number=ticket.number)


@pytest.mark.parametrize("phone", [None, "010-62345678"])
async def test_a_number_that_cannot_read_is_texted_nothing(shift: Shift, phone: str | None) -> None:
    shift.worker.channels = ("sms",)
    opened_by_phone(shift, phone=phone)
    await shift.work()
    assert shift.texts(MOBILE) == []


async def test_without_a_gateway_who_wants_none_and_who_was_made_up_are_texted_nothing(shift: Shift) -> None:
    opened_by_phone(shift, request_key="1")
    await shift.work()
    shift.worker.channels = ("sms",)
    opened_by_phone(shift, request_key=f"{SIMULATED}2")
    await shift.work()
    with shift.store.transaction() as tx:
        tx.surveys.stop_calls(MOBILE.user, now=shift.clock())
    opened_by_phone(shift, request_key="3")
    await shift.work()
    assert shift.texts(MOBILE) == []


# --- Recordings


async def test_a_recording_is_forgotten_when_its_time_is_over(shift: Shift) -> None:
    files, conversation = FakeFiles(), shift.conversation(CALLER)
    shift.worker.files = files
    recording = Attachment(shift.new_id(), "audio/wav", 4, "0" * 64, "call.wav")
    files.put(recording.id, b"RIFF")
    with shift.store.transaction() as tx:
        tx.attachments.add(recording, conversation, now=shift.clock())
        jobs.schedule(tx, "forget_recording", recording.id, {}, run_at=shift.clock() + timedelta(days=90), key="forget", new_id=shift.new_id)
    await shift.work(days=89)
    assert files.get(recording.id) == b"RIFF"
    await shift.work(days=1)
    for lost in (lambda: files.get(recording.id), lambda: _attachment(shift, recording.id)):
        with pytest.raises(KeyError):
            lost()


def _attachment(shift: Shift, id: UUID) -> Attachment:
    with shift.store.reading() as tx:
        return tx.attachments.get(id)[0]
