"""What every store promises (see hotline/ports.py), for SQLite and for PostgreSQL.

PostgreSQL: the server of JIESU_TEST_POSTGRES, or the one on this machine. Each run makes a database of its own and drops it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from cryptography.fernet import Fernet
from fakes import CITIZEN, KEY, NEIGHBOUR, VISITOR, Clock, draft, inbound, write
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError, IntegrityError

from hotline import attempts, conversations, jobs, merging, surveys, tickets
from hotline.access import Reveal, StaffMember, StaffSession
from hotline.articles import Article, AskedQuestion, Order, Wanted
from hotline.conversations import accept, choice_id, say, take_over
from hotline.jobs import Job
from hotline.messages import Address, Attachment, Choice, Location, Message, MessageRefused, Reply
from hotline.ports import Transaction
from hotline.rates import Counts
from hotline.store import Cipher, SqlStore, open_store
from hotline.store.cipher import CipherError
from hotline.store.database import MIGRATIONS
from hotline.store.tables import metadata
from hotline.surveys import Survey
from hotline.tickets import DANGER, SIMULATED, Reporter, Ticket, TicketEvent
from hotline.worker import survey_ask

T = TypeVar("T")
BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
POSTGRES = os.environ.get("JIESU_TEST_POSTGRES") or "postgresql://root@127.0.0.1:5432/test"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


# --- Databases


@contextmanager
def own_database() -> Iterator[str]:
    """The URL of a PostgreSQL database that is there for a while."""
    server = make_url(POSTGRES).set(drivername="postgresql+psycopg")
    engine = create_engine(server, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    name = f"jiesu_test_{uuid4().hex[:12]}"
    try:
        with engine.connect() as connection:
            connection.execute(text(f"create database {name}"))
            # What a test writes need not survive a power cut.
            connection.execute(text(f"alter database {name} set synchronous_commit = off"))
    except DBAPIError as error:
        engine.dispose()
        why = f"No PostgreSQL in which databases can be made answers at {server.render_as_string()}. Start one, or set JIESU_TEST_POSTGRES."
        if os.environ.get("CI") == "true":
            raise RuntimeError(why) from error
        pytest.skip(why)
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"drop database {name} with (force)"))
        engine.dispose()


@pytest.fixture(scope="session")
def _postgres(cipher: Cipher) -> Iterator[SqlStore]:
    with own_database() as url:
        store = open_store(url, cipher, migrate=True)
        yield store
        store.close()


@pytest.fixture
def postgres(_postgres: SqlStore) -> SqlStore:
    """The database of this run, emptied."""
    with _postgres.engine.begin() as connection:
        connection.exec_driver_sql("; ".join(f"delete from {table.name}" for table in reversed(metadata.sorted_tables)))
    return _postgres


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> SqlStore:
    """An empty store with all tables, once of each kind."""
    found: SqlStore = request.getfixturevalue(request.param)
    return found


def overlapping(store: SqlStore, first: Callable[[Transaction], Any], second: Callable[[Transaction], T]) -> tuple[Any, T]:
    """Do `first`, and before its transaction ends begin `second` in another. Returns what both returned.

    Where the store makes the second wait it waits; where it does not, it must come out right all the same.
    """

    def other() -> T:
        with store.transaction() as tx:
            return second(tx)

    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as tx:
            result = first(tx)
            begun = pool.submit(other)
            until_it_ends_or_waits(store, begun)
        return result, begun.result(timeout=20)


def until_it_ends_or_waits(store: SqlStore, begun: Future[Any]) -> None:
    if store.engine.dialect.name == "sqlite":
        return  # a second writer always waits
    blocked = text("select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')")
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for _ in range(400):
            if wait([begun], timeout=0.005).done or connection.execute(blocked).scalar_one():
                return


def at_once(store: SqlStore, work: Callable[[Transaction, int], T], times: int) -> list[T]:
    """Do the same in many threads at the same moment, each in a transaction of its own."""
    ready = Barrier(times)

    def one(number: int) -> T:
        ready.wait(timeout=20)
        with store.transaction() as tx:
            return work(tx, number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


class Town:
    """Short ways to put things into a store."""

    def __init__(self, store: SqlStore, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self.store, self.clock, self.new_id = store, clock, new_id

    def do(self, work: Callable[[Transaction], T]) -> T:
        with self.store.transaction() as tx:
            return work(tx)

    def conversation(self, address: Address = CITIZEN) -> UUID:
        return self.do(lambda tx: tx.conversations.open(address, now=self.clock(), new_id=self.new_id).id)

    def write(self, text: str, sender: Address = CITIZEN, **given: Any) -> Message:
        return self.do(lambda tx: write(tx, text, now=self.clock(), new_id=self.new_id, sender=sender, **given))

    def say(self, conversation: UUID, *texts: str, choices: tuple[Choice, ...] = ()) -> list[Message]:
        replies = [Reply(text, choices=choices) for text in texts]
        return self.do(lambda tx: say(tx, conversation, replies, now=self.clock(), new_id=self.new_id))

    def message(self, conversation: UUID, position: int, **given: Any) -> Message:
        plain: dict[str, Any] = {"direction": "in", "author": "citizen", "via": "typed", "text": "路灯不亮", "created_at": self.clock(), "state": "pending"}
        return Message(self.new_id(), conversation, position, **{**plain, **given})

    def open(self, key: str = "request-1", sender: Address = CITIZEN, **changes: Any) -> Ticket:
        conversation = self.conversation(sender)
        with self.store.transaction() as tx:
            return tickets.open_ticket(tx, draft(conversation, request_key=key, **changes), day="251121", now=self.clock(), new_id=self.new_id)

    def job(self, key: str, **given: Any) -> Job:
        return Job(self.new_id(), **{"kind": "notify", "subject_id": UUID(int=1), "payload": {}, "key": key, "run_at": self.clock(), **given})

    def survey(self, ticket: Ticket, handling: int = 1, unit: str = "street-110105026", **given: Any) -> Survey:
        survey = Survey(self.new_id(), ticket.id, handling, unit, "telegram", **{"status": "asking", "asked_at": self.clock(), **given})
        self.do(lambda tx: tx.surveys.add(survey))
        return survey

    def photo(self, conversation: UUID, name: str = "门口.jpg") -> Attachment:
        photo = Attachment(self.new_id(), "image/jpeg", 3, "0" * 64, name)
        self.do(lambda tx: tx.attachments.add(photo, conversation, now=self.clock()))
        return photo


@pytest.fixture
def town(store: SqlStore, clock: Clock, new_id: Callable[[], UUID]) -> Town:
    return Town(store, clock, new_id)


# --- Transactions


def test_a_transaction_that_fails_changes_nothing(town: Town) -> None:
    def fail(tx: Transaction) -> None:
        write(tx, "路灯不亮", now=town.clock(), new_id=town.new_id)
        tx.jobs.add(town.job("a"))
        tx.next_number("tickets")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        town.do(fail)
    assert town.do(lambda tx: (tx.conversations.at(CITIZEN), tx.jobs.open_count(), tx.next_number("tickets"))) == (None, 0, 1)


def test_times_come_back_as_they_were_in_utc_and_without_a_zone_are_refused(town: Town) -> None:
    beijing = datetime(2025, 11, 21, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=8)))
    opened = town.do(lambda tx: tx.conversations.open(CITIZEN, now=beijing, new_id=town.new_id)).opened_at
    assert opened == beijing
    assert opened.tzinfo is UTC
    naive = datetime(2025, 11, 21, 9, 30)  # noqa: DTZ001
    with pytest.raises(Exception, match="time zone"):
        town.do(lambda tx: tx.conversations.open(NEIGHBOUR, now=naive, new_id=town.new_id))


# --- Counters


def test_numbers_count_from_one_in_each_series(town: Town) -> None:
    assert [town.do(lambda tx: tx.next_number("a")) for _ in range(3)] == [1, 2, 3]
    assert town.do(lambda tx: tx.next_number("b")) == 1


def test_numbers_have_no_gaps_when_many_count_at_once_even_from_the_first_on(town: Town) -> None:
    assert sorted(at_once(town.store, lambda tx, _: tx.next_number("a"), 6)) == [1, 2, 3, 4, 5, 6]


def test_the_first_two_of_a_series_may_come_at_the_same_moment(town: Town) -> None:
    assert overlapping(town.store, lambda tx: tx.next_number("a"), lambda tx: tx.next_number("a")) == (1, 2)


def test_a_number_of_a_transaction_that_failed_is_given_again(town: Town) -> None:
    town.do(lambda tx: tx.next_number("a"))
    with suppress(RuntimeError), town.store.transaction() as tx:
        assert tx.next_number("a") == 2
        raise RuntimeError
    assert town.do(lambda tx: tx.next_number("a")) == 2


# --- Conversations


def test_an_address_has_one_conversation(town: Town) -> None:
    first = town.do(lambda tx: tx.conversations.open(CITIZEN, now=town.clock(), new_id=town.new_id))
    again = town.do(lambda tx: tx.conversations.open(CITIZEN, now=town.clock.forward(HOUR), new_id=town.new_id))
    assert again == first
    assert (first.address, first.status, first.operator, first.last_position) == (CITIZEN, "bot", None, 0)
    assert town.do(lambda tx: tx.conversations.at(CITIZEN)) == town.do(lambda tx: tx.conversations.get(first.id)) == first
    assert town.do(lambda tx: tx.conversations.at(NEIGHBOUR)) is None
    with pytest.raises(KeyError):
        town.do(lambda tx: tx.conversations.get(UUID(int=9)))


def test_two_first_messages_at_the_same_moment_share_a_conversation(town: Town) -> None:
    def open_it(tx: Transaction) -> UUID:
        return tx.conversations.open(CITIZEN, now=town.clock(), new_id=town.new_id).id

    first, second = overlapping(town.store, open_it, open_it)
    assert first == second


def test_places_in_a_transcript_are_given_once_and_without_gaps_to_many_at_once(town: Town) -> None:
    id = town.conversation()

    def take(tx: Transaction, number: int) -> list[int]:
        return [tx.conversations.next_position(id) for _ in range(5)]

    assert sorted(place for places in at_once(town.store, take, 4) for place in places) == list(range(1, 21))
    assert town.do(lambda tx: tx.conversations.get(id)).last_position == 20


def test_the_last_places_of_many_conversations_can_be_read(town: Town) -> None:
    one, other, empty = town.conversation(CITIZEN), town.conversation(NEIGHBOUR), town.conversation(VISITOR)
    town.say(one, "一", "二")
    town.say(other, "三")
    assert town.do(lambda tx: tx.messages.positions([one, other, empty, UUID(int=9)])) == {one: 2, other: 1, empty: 0}
    assert town.do(lambda tx: tx.messages.positions([])) == {}


def test_one_process_holds_a_conversation_until_it_releases_it(town: Town) -> None:
    id, mine, theirs = town.conversation(), town.new_id(), town.new_id()
    now = town.clock()
    assert town.do(lambda tx: tx.conversations.claim(id, mine, until=now + MINUTE, now=now))
    assert not town.do(lambda tx: tx.conversations.claim(id, theirs, until=now + MINUTE, now=now))
    town.do(lambda tx: tx.conversations.release(id, theirs))
    assert not town.do(lambda tx: tx.conversations.claim(id, theirs, until=now + MINUTE, now=now)), "who does not hold it can't release it"
    town.do(lambda tx: tx.conversations.release(id, mine))
    assert town.do(lambda tx: tx.conversations.claim(id, theirs, until=now + MINUTE, now=now))


def test_a_lease_that_ran_out_goes_to_the_next_and_the_first_learns_that_it_is_lost(town: Town) -> None:
    id, mine, theirs = town.conversation(), town.new_id(), town.new_id()
    end = town.clock() + MINUTE
    assert town.do(lambda tx: tx.conversations.claim(id, mine, until=end, now=town.clock()))
    assert not town.do(lambda tx: tx.conversations.claim(id, theirs, until=end + MINUTE, now=end))
    late = end + timedelta(microseconds=1)
    assert town.do(lambda tx: tx.conversations.claim(id, theirs, until=late + MINUTE, now=late))
    assert not town.do(lambda tx: tx.conversations.renew(id, mine, until=late + HOUR))
    assert town.do(lambda tx: tx.conversations.renew(id, theirs, until=late + HOUR))


def test_a_renewed_lease_holds_longer(town: Town) -> None:
    id, mine, theirs = town.conversation(), town.new_id(), town.new_id()
    now = town.clock()
    assert town.do(lambda tx: tx.conversations.claim(id, mine, until=now + MINUTE, now=now))
    assert town.do(lambda tx: tx.conversations.renew(id, mine, until=now + HOUR))
    assert not town.do(lambda tx: tx.conversations.claim(id, theirs, until=now + HOUR, now=now + 59 * MINUTE))


def test_of_many_processes_that_claim_at_once_one_succeeds(town: Town) -> None:
    id, now = town.conversation(), town.clock()
    got = at_once(town.store, lambda tx, _: tx.conversations.claim(id, town.new_id(), until=now + MINUTE, now=now), 5)
    assert sorted(got) == [False] * 4 + [True]


def test_a_conversation_that_is_read_with_a_lock_stays_as_it_was_read_until_the_end(town: Town) -> None:
    id = town.conversation()

    def hand_over() -> None:
        town.do(lambda tx: tx.conversations.set_status(id, "waiting", operator=None, now=town.clock()))

    with ThreadPoolExecutor(1) as pool:
        with town.store.transaction() as tx:
            assert tx.conversations.get(id, lock=True).status == "bot"
            begun = pool.submit(hand_over)
            until_it_ends_or_waits(town.store, begun)
            assert not begun.done()
            assert tx.conversations.get(id).status == "bot"
        begun.result(timeout=20)
    assert town.do(lambda tx: tx.conversations.get(id)).status == "waiting"
    with pytest.raises(KeyError):
        town.do(lambda tx: tx.conversations.get(UUID(int=9), lock=True))


def test_a_conversation_with_a_person_shows_who_and_since_when(town: Town) -> None:
    first, second, third = town.conversation(CITIZEN), town.conversation(NEIGHBOUR), town.conversation(VISITOR)
    town.do(lambda tx: tx.conversations.set_status(second, "waiting", operator=None, now=town.clock()))
    town.do(lambda tx: tx.conversations.set_status(first, "operator", operator="张三", now=town.clock.forward(MINUTE)))
    town.do(lambda tx: tx.conversations.set_status(third, "waiting", operator=None, now=town.clock.forward(MINUTE)))
    town.do(lambda tx: tx.conversations.set_status(third, "bot", operator=None, now=town.clock.forward(MINUTE)))
    start = town.clock() - 3 * MINUTE
    shown = [(c.id, c.status, c.operator, c.status_since) for c in town.do(lambda tx: tx.conversations.waiting())]
    assert shown == [(second, "waiting", None, start), (first, "operator", "张三", start + MINUTE)]


def test_of_two_operators_who_take_over_at_the_same_moment_one_has_it_and_the_other_is_told(town: Town) -> None:
    id = town.conversation()

    def take(name: str) -> Callable[[Transaction], str]:
        def work(tx: Transaction) -> str:
            try:
                take_over(tx, id, name, greeting="您好", now=town.clock(), new_id=town.new_id)
            except conversations.NotYours:
                return "refused"
            return "has it"

        return work

    assert overlapping(town.store, take("张三"), take("李四")) == ("has it", "refused")
    assert town.do(lambda tx: tx.conversations.get(id)).operator == "张三"
    assert len(town.do(lambda tx: tx.messages.of(id))) == 1, "one greeting"


# --- Which conversations a worker should look at


def pending(town: Town, *, limit: int = 10) -> list[UUID]:
    return town.do(lambda tx: tx.conversations.with_pending(before=town.clock() - MINUTE, now=town.clock(), limit=limit))


def test_conversations_with_something_to_answer_are_found_longest_waiting_first(town: Town) -> None:
    second = town.conversation(CITIZEN)
    first = town.write("一", NEIGHBOUR).conversation_id
    town.clock.forward(MINUTE)
    town.write("二", CITIZEN)
    town.write("三", CITIZEN)
    town.clock.forward(MINUTE)
    fresh = town.write("四", VISITOR).conversation_id
    assert pending(town) == [first, second]
    assert pending(town, limit=1) == [first]
    town.clock.forward(MINUTE)
    assert pending(town) == [first, second, fresh]


def test_what_is_answered_waits_for_its_time_or_is_in_hand_is_not_found(town: Town) -> None:
    messages = [town.write("一", Address("telegram", name)) for name in "abcd"]
    answered, later, in_hand, found = messages
    town.clock.forward(HOUR)
    now = town.clock()
    town.do(lambda tx: tx.messages.set_done(answered.id))
    town.do(lambda tx: tx.messages.set_retry(later.id, now + MINUTE))
    assert town.do(lambda tx: tx.conversations.claim(in_hand.conversation_id, town.new_id(), until=now + MINUTE, now=now))
    assert pending(town) == [found.conversation_id]
    town.clock.forward(MINUTE)
    assert set(pending(town)) == {later.conversation_id, found.conversation_id}
    town.clock.forward(MINUTE)
    assert set(pending(town)) == {later.conversation_id, found.conversation_id, in_hand.conversation_id}


def test_a_conversation_whose_first_message_waits_for_its_time_is_not_found_for_its_second(town: Town) -> None:
    first = town.write("一")
    town.write("二")
    town.clock.forward(HOUR)
    town.do(lambda tx: tx.messages.set_retry(first.id, town.clock() + MINUTE))
    assert town.do(lambda tx: tx.messages.next_pending(first.conversation_id, now=town.clock())) is None
    assert pending(town) == []
    town.clock.forward(MINUTE)
    assert pending(town) == [first.conversation_id]


# --- Messages


def test_a_message_comes_back_as_it_was(town: Town) -> None:
    id = town.conversation()
    photo = town.photo(id)
    choices = (Choice("是", "affirm", {"draft": "1"}), Choice("更多", None, group="related"))
    said = town.message(
        id, 1, direction="out", author="operator", via="button", text="一\n二 😀 'quoted' \\ %", state="queued", spoken_text="念", intent="affirm", entities={"a": "b"},
        choices=choices, attachments=(photo,), location=Location(39.9, 116.4, 15.5), in_reply_to=town.new_id(), external_id="m1", attempts=3,
        retry_at=town.clock() + HOUR,
    )  # fmt: skip
    plain = town.message(id, 2)
    for message in (said, plain):
        town.do(lambda tx, message=message: tx.messages.add(message, channel="telegram"))
        assert town.do(lambda tx, message=message: tx.messages.get(message.id)) == message
    assert town.do(lambda tx: tx.messages.by_external_id("telegram", "m1")) == said
    assert town.do(lambda tx: tx.messages.by_external_id("web", "m1")) is None
    with pytest.raises(KeyError):
        town.do(lambda tx: tx.messages.get(UUID(int=9)))


def test_a_place_in_a_conversation_is_taken_once(town: Town) -> None:
    id, other = town.conversation(CITIZEN), town.conversation(NEIGHBOUR)
    town.do(lambda tx: tx.messages.add(town.message(id, 1), channel="telegram"))
    town.do(lambda tx: tx.messages.add(town.message(other, 1), channel="telegram"))
    with pytest.raises(IntegrityError):
        town.do(lambda tx: tx.messages.add(town.message(id, 1), channel="telegram"))


def test_an_external_id_of_a_channel_is_stored_once(town: Town) -> None:
    id, other = town.conversation(CITIZEN), town.conversation(NEIGHBOUR)
    town.do(lambda tx: tx.messages.add(town.message(id, 1, external_id="m1"), channel="telegram"))
    town.do(lambda tx: tx.messages.add(town.message(id, 2, external_id="m1"), channel="web"))
    for conversation, position in ((id, 3), (other, 1)):
        with pytest.raises(IntegrityError):
            town.do(lambda tx, c=conversation, p=position: tx.messages.add(town.message(c, p, external_id="m1"), channel="telegram"))
    for position in (3, 4):
        town.do(lambda tx, p=position: tx.messages.add(town.message(id, p), channel=None))


def test_a_webhook_that_comes_twice_at_the_same_moment_is_accepted_once_and_answered_twice(town: Town) -> None:
    town.conversation()

    def webhook(tx: Transaction) -> tuple[UUID, bool]:
        accepted = accept(tx, inbound(town.new_id, town.clock(), external_id="m1"), now=town.clock(), new_id=town.new_id)
        return accepted.message.id, accepted.repeated

    (first, first_repeated), (second, second_repeated) = overlapping(town.store, webhook, webhook)
    assert first == second
    assert (first_repeated, second_repeated) == (False, True)


def test_the_newest_messages_after_a_place_are_read_in_order(town: Town) -> None:
    id = town.conversation()
    town.say(id, *"一二三四五")
    town.say(town.conversation(NEIGHBOUR), "别人的")

    def read(**given: int) -> str:
        return "".join(m.text for m in town.do(lambda tx: tx.messages.of(id, **given)))

    assert [read(), read(after=2), read(limit=2), read(after=1, limit=3), read(after=5)] == ["一二三四五", "三四五", "四五", "三四五", ""]


def test_the_oldest_message_that_waits_is_next_and_holds_up_the_others_until_its_time(town: Town) -> None:
    first, second = town.write("一"), town.write("二")
    id = first.conversation_id
    town.say(id, "我们说的")

    def next_one() -> Message | None:
        return town.do(lambda tx: tx.messages.next_pending(id, now=town.clock()))

    assert next_one() == first
    town.do(lambda tx: tx.messages.set_retry(first.id, town.clock() + MINUTE))
    assert next_one() is None
    town.clock.forward(MINUTE)
    again = next_one()
    assert again is not None
    assert (again.id, again.text, again.retry_at) == (first.id, "一", town.clock())
    town.do(lambda tx: tx.messages.set_done(first.id))
    assert next_one() == second
    town.do(lambda tx: tx.messages.set_done(second.id))
    assert next_one() is None


def test_a_try_is_counted_when_it_begins_and_hides_nothing(town: Town) -> None:
    message = town.write("一")
    for tries in (1, 2):
        town.do(lambda tx: tx.messages.begin_try(message.id))
        again = town.do(lambda tx: tx.messages.next_pending(message.conversation_id, now=town.clock()))
        assert again == replace(message, attempts=tries)


def test_it_is_known_whether_anything_was_said_to_a_message(town: Town) -> None:
    first, second = town.write("一"), town.write("二")
    with town.store.transaction() as tx:
        say(tx, first.conversation_id, [Reply("收到")], in_reply_to=first.id, now=town.clock(), new_id=town.new_id)
        say(tx, first.conversation_id, [Reply("顺便说")], now=town.clock(), new_id=town.new_id)
    assert town.do(lambda tx: (tx.messages.has_reply(first.id), tx.messages.has_reply(second.id))) == (True, False)


# --- Choices

YES, NO = Choice("是", "affirm", {"draft": "1"}), Choice("否", "deny")
RELATED, HELPFUL = Choice("居住证", None, group="related"), Choice("有帮助", "signal_helpful", group="feedback")


def choose(town: Town, conversation: UUID, choice: str) -> Choice | None:
    return town.do(lambda tx: tx.messages.choose(conversation, choice))


def test_a_choice_that_acts_counts_once_and_with_it_its_group(town: Town) -> None:
    id = town.conversation()
    offered = town.say(id, "请选", choices=(YES, NO, RELATED, HELPFUL))[0]
    taken = choose(town, id, choice_id(offered, 0))
    assert taken is not None
    assert (taken.label, taken.intent, taken.entities) == ("是", "affirm", {"draft": "1"})
    assert choose(town, id, choice_id(offered, 0)) is None
    assert choose(town, id, choice_id(offered, 1)) is None
    assert choose(town, id, choice_id(offered, 3)) is not None
    assert choose(town, id, choice_id(offered, 3)) is None
    assert [choose(town, id, choice_id(offered, 2)) for _ in range(2)] == [RELATED] * 2
    assert [c.chosen for c in town.do(lambda tx: tx.messages.get(offered.id)).choices] == [True, False, False, True]


def test_a_choice_of_another_conversation_or_none_is_no_choice(town: Town) -> None:
    id, other = town.conversation(CITIZEN), town.conversation(NEIGHBOUR)
    offered = town.say(id, "请选", choices=(YES,))[0]
    written = town.write("我写的")
    for forged in (choice_id(offered, 1), f"{offered.id}:-1", f"{UUID(int=9)}:0", choice_id(written, 0), "affirm", "", f"{offered.id}", f"x{offered.id}:0"):
        assert choose(town, id, forged) is None, forged
    assert choose(town, other, choice_id(offered, 0)) is None
    assert choose(town, id, choice_id(offered, 0)) is not None


def test_a_double_tap_at_the_same_moment_counts_once(town: Town) -> None:
    id = town.conversation()
    offered = town.say(id, "请选", choices=(YES, NO))[0]
    first, second = overlapping(
        town.store, lambda tx: tx.messages.choose(id, choice_id(offered, 0)), lambda tx: tx.messages.choose(id, choice_id(offered, 1))
    )
    assert (first is not None, second) == (True, None)


# --- Replies that were not delivered


def unsent(town: Town, *channels: str, limit: int = 10) -> list[tuple[str, Address]]:
    claimed = town.do(lambda tx: tx.messages.claim_unsent(channels or ("telegram",), now=town.clock(), until=town.clock() + MINUTE, limit=limit))
    return [(message.text, to) for message, to in claimed]


def test_of_each_conversation_the_first_reply_is_claimed_and_the_next_when_it_was_sent(town: Town) -> None:
    one, other = town.conversation(CITIZEN), town.conversation(NEIGHBOUR)
    first = town.say(one, "一", "二")[0]
    town.clock.forward(MINUTE)
    town.say(other, "甲")
    assert unsent(town) == [("一", CITIZEN), ("甲", NEIGHBOUR)]
    assert unsent(town) == [], "hidden from others for a while"
    town.do(lambda tx: tx.messages.set_sent(first.id))
    assert unsent(town) == [("二", CITIZEN)]


def test_a_reply_whose_process_died_is_claimed_again_after_its_time(town: Town) -> None:
    town.say(town.conversation(), "一", "二")
    assert unsent(town) == [("一", CITIZEN)]
    town.clock.forward(MINUTE)
    assert unsent(town) == [("一", CITIZEN)]


@pytest.mark.parametrize("outcome", ["set_sent", "set_failed"])
def test_what_was_sent_or_refused_for_good_is_not_claimed_again_and_lets_the_next_one_go(town: Town, outcome: str) -> None:
    first = town.say(town.conversation(), "一", "二")[0]
    unsent(town)
    town.do(lambda tx: getattr(tx.messages, outcome)(first.id))
    assert unsent(town) == [("二", CITIZEN)]
    town.clock.forward(HOUR)
    assert ("一", CITIZEN) not in unsent(town)


def test_only_replies_of_the_channels_asked_for_are_claimed(town: Town) -> None:
    wechat = Address("wechat", "o1")
    town.say(town.conversation(CITIZEN), "一")
    town.say(town.conversation(wechat), "二")
    town.say(town.conversation(VISITOR), "三")  # fetches
    assert unsent(town, "wechat") == [("二", wechat)]
    assert unsent(town, "telegram", "wechat", "web") == [("一", CITIZEN)]
    assert unsent(town, "sms") == []


def test_no_more_replies_are_claimed_than_asked_for_oldest_first(town: Town) -> None:
    for name in "cab":
        town.say(town.conversation(Address("telegram", name)), name)
        town.clock.forward(MINUTE)
    assert [text for text, _ in unsent(town, limit=2)] == ["c", "a"]
    assert [text for text, _ in unsent(town, limit=2)] == ["b"]


def test_two_workers_that_claim_at_the_same_moment_share_the_replies(town: Town) -> None:
    for number in range(4):
        town.say(town.conversation(Address("telegram", str(number))), str(number))

    def claim(tx: Transaction) -> list[str]:
        return [m.text for m, _ in tx.messages.claim_unsent(["telegram"], now=town.clock(), until=town.clock() + MINUTE, limit=10)]

    first, second = overlapping(town.store, claim, claim)
    assert sorted(first + second) == ["0", "1", "2", "3"]


def test_one_reply_is_claimed_if_it_is_its_conversations_first_and_in_nobodys_hands(town: Town) -> None:
    first, second = town.say(town.conversation(), "一", "二")

    def claim(message: Message) -> bool:
        return town.do(lambda tx: tx.messages.claim_one(message.id, now=town.clock(), until=town.clock() + MINUTE))

    assert not claim(second)
    assert claim(first)
    assert not claim(first)
    town.do(lambda tx: tx.messages.set_sent(first.id))
    assert not claim(first)
    assert claim(second)


# --- Attachments


def test_a_file_comes_back_with_its_conversation(town: Town) -> None:
    id = town.conversation()
    photo = town.photo(id, "我家门口.jpg")
    assert town.do(lambda tx: tx.attachments.get(photo.id)) == (photo, id)
    with pytest.raises(KeyError):
        town.do(lambda tx: tx.attachments.get(UUID(int=9)))


def test_only_a_file_of_this_conversation_can_be_sent_in_it(town: Town) -> None:
    id, other = town.conversation(CITIZEN), town.conversation(NEIGHBOUR)
    mine, theirs = town.photo(id), town.photo(other)
    assert town.do(lambda tx: tx.attachments.unsent(id, mine.id)) == mine
    for stranger in (theirs.id, UUID(int=9)):
        with pytest.raises(MessageRefused):
            town.do(lambda tx, stranger=stranger: tx.attachments.unsent(id, stranger))


def test_sent_files_wait_for_a_ticket_and_then_are_its(town: Town) -> None:
    id, other = town.conversation(CITIZEN), town.conversation(NEIGHBOUR)
    first = town.photo(id, "一.jpg")
    town.clock.forward(MINUTE)
    second = town.photo(id, "二.jpg")
    uploaded_only, theirs = town.photo(id, "没发.jpg"), town.photo(other, "别人.jpg")
    for conversation, photo in ((id, second), (id, first), (other, theirs)):
        town.do(lambda tx, c=conversation, p=photo: tx.attachments.unsent(c, p.id))
    assert town.do(lambda tx: tx.attachments.unclaimed(id)) == [first, second]
    ticket = UUID(int=5)
    town.do(lambda tx: tx.attachments.claim(id, ticket))
    assert town.do(lambda tx: tx.attachments.of_ticket(ticket)) == [first, second]
    assert town.do(lambda tx: tx.attachments.unclaimed(id)) == []
    town.do(lambda tx: tx.attachments.unsent(id, uploaded_only.id))
    town.do(lambda tx: tx.attachments.claim(id, UUID(int=6)))
    assert town.do(lambda tx: tx.attachments.of_ticket(ticket)) == [first, second]
    assert town.do(lambda tx: tx.attachments.of_ticket(UUID(int=6))) == [uploaded_only]
    assert town.do(lambda tx: tx.attachments.unclaimed(other)) == [theirs]


# --- Articles and questions

ARTICLE = Article(
    "residence-permit", 1, "居住证怎么办", ("暂住证咋办", "办居住证要啥"), "**带身份证**", "带上身份证", "公安局", "户籍", "居住证条例", date(2025, 1, 2),
    related=("points",), sample=True, valid_from=date(2025, 1, 1), valid_until=date(2026, 1, 1),
)  # fmt: skip


def test_an_article_is_added_replaced_and_comes_back_as_it_was(town: Town) -> None:
    other = replace(ARTICLE, id="points", category="公交", valid_from=None, valid_until=None, related=(), asked=(), status="draft")
    for article in (ARTICLE, other):
        town.do(lambda tx, article=article: tx.articles.put(article, now=town.clock()))
    assert town.do(lambda tx: tx.articles.get("residence-permit")) == ARTICLE
    assert town.do(lambda tx: tx.articles.get("unknown")) is None
    assert sorted(a.id for a in town.do(lambda tx: tx.articles.all())) == ["points", "residence-permit"]
    newer = replace(ARTICLE, version=2, answer="网上办", status="retired")
    town.do(lambda tx: tx.articles.put(newer, now=town.clock()))
    assert town.do(lambda tx: tx.articles.get("residence-permit")) == newer
    assert len(town.do(lambda tx: tx.articles.all())) == 2


def test_many_articles_kept_at_once_are_as_if_kept_one_by_one(town: Town) -> None:
    draft_, live, fresh = (replace(ARTICLE, id=id) for id in ("draft", "live", "new"))
    for article in (replace(draft_, status="draft"), live):
        town.do(lambda tx, article=article: tx.articles.put(article, now=town.clock()))
    many = [replace(draft_, status="draft", answer="二"), replace(live, answer="二"), replace(fresh, status="review")]
    kept = town.do(lambda tx: tx.articles.put_all(many, now=town.clock()))
    assert [(a.id, a.version) for a in kept] == [("draft", 2), ("live", 2), ("new", 1)]
    assert town.do(lambda tx: [tx.articles.newest(a.id) for a in kept]) == kept
    assert town.do(lambda tx: [v.article.status for v in tx.articles.versions("live")]) == ["published", "retired"]
    assert town.do(lambda tx: [v.article.status for v in tx.articles.versions("draft")]) == ["draft", "draft"]


def test_many_versions_published_at_once_take_the_place_of_those_before(town: Town) -> None:
    for article in (replace(ARTICLE, id="live"), replace(ARTICLE, id="live", status="review"), replace(ARTICLE, id="new", status="draft")):
        town.do(lambda tx, article=article: tx.articles.put(article, now=town.clock()))
    before = town.do(lambda tx: tx.articles.revision())
    town.do(lambda tx: tx.articles.publish_all(list(tx.articles.newest_of(["live", "new", "unknown"], lock=True).values()), approved_by="某人"))
    assert town.do(lambda tx: tx.articles.revision()) > before
    assert town.do(lambda tx: [(v.article.status, v.article.approved_by) for v in tx.articles.versions("live")]) == [("published", "某人"), ("retired", "")]
    assert town.do(lambda tx: tx.articles.newest_of(["new", "unknown"])) == {"new": replace(ARTICLE, id="new", approved_by="某人")}


def test_what_is_published_is_read_as_far_as_it_is_not_known(town: Town) -> None:
    one, two = replace(ARTICLE, id="one"), replace(ARTICLE, id="two")
    for article in (two, one, replace(ARTICLE, id="three", status="review"), replace(one, answer="改了")):
        town.do(lambda tx, article=article: tx.articles.put(article, now=town.clock()))
    newer = replace(one, version=2, answer="改了")
    assert town.do(lambda tx: tx.articles.published([])) == [newer, two]
    known = [one, two, replace(ARTICLE, id="gone")]
    found = town.do(lambda tx: tx.articles.published(known))
    assert found == [newer, two]
    assert found[1] is two


def test_the_revision_grows_with_every_change_and_with_nothing_else(town: Town) -> None:
    def revision() -> int:
        return town.do(lambda tx: tx.articles.revision())

    seen = [revision()]
    for article in (ARTICLE, ARTICLE, replace(ARTICLE, id="points")):
        town.do(lambda tx, article=article: tx.articles.put(article, now=town.clock()))
        assert revision() == revision()
        seen.append(revision())
    assert seen == sorted(set(seen))
    town.open()
    assert revision() == seen[-1]


@pytest.mark.parametrize("other", ["another", "the same"])
def test_two_editors_may_save_at_the_same_moment(town: Town, other: str) -> None:
    def put(id: str) -> Callable[[Transaction], None]:
        return lambda tx: tx.articles.put(replace(ARTICLE, id=id), now=town.clock())

    overlapping(town.store, put("one"), put("one" if other == "the same" else "two"))
    assert town.do(lambda tx: tx.articles.revision()) == 2
    assert len(town.do(lambda tx: tx.articles.all())) == (1 if other == "the same" else 2)


def question(town: Town, conversation: UUID, **given: Any) -> AskedQuestion:
    plain: dict[str, Any] = {"text": "居住证怎么办", "article_id": "residence-permit", "score": 0.8, "asked_at": town.clock()}
    return AskedQuestion(town.new_id(), conversation, **{**plain, **given})


def test_the_list_of_articles_is_of_one_writer_and_what_expires_first_comes_first(town: Town) -> None:
    day = town.clock().date()
    for id, by, days in (("later", "甲", 20), ("over", "甲", -1), ("other", "乙", 3), ("never", "甲", None)):
        article = replace(ARTICLE, id=id, edited_by=by, valid_until=None if days is None else day + timedelta(days=days))
        town.do(lambda tx, article=article: tx.articles.put(article, now=town.clock()))
    wanted = Wanted(expires_before=day + timedelta(days=30), order="expiring")
    for given, ids in ((wanted, ["over", "other", "later"]), (replace(wanted, edited_by="甲"), ["over", "later"])):
        found, total = town.do(lambda tx, given=given: tx.articles.find(given, limit=9, offset=0))
        assert ([each.article.id for each in found], total) == (ids, len(ids))


def test_the_list_of_articles_is_ordered_by_how_they_are_used(town: Town) -> None:
    for id in ("a", "b", "c"):
        town.do(lambda tx, id=id: tx.articles.put(replace(ARTICLE, id=id), now=town.clock()))
        town.clock.forward(MINUTE)
    conversation = town.conversation()
    for id, helpful in (("a", True), ("a", None), ("a", False), ("b", False), ("b", False)):
        asked = question(town, conversation, article_id=id)
        town.do(lambda tx, asked=asked: tx.articles.add_question(asked))
        if helpful is not None:
            town.do(lambda tx, asked=asked, helpful=helpful: tx.articles.set_helpful(asked.id, helpful))

    def listed(order: Order) -> str:
        return "".join(each.article.id for each in town.do(lambda tx: tx.articles.find(Wanted(order=order), limit=9, offset=0))[0])

    assert [listed("saved"), listed("used"), listed("unused"), listed("unhelpful")] == ["cba", "abc", "cba", "bac"]


def test_a_question_is_recorded_once(town: Town) -> None:
    asked = question(town, town.conversation())
    for again in (asked, replace(asked, text="别的", score=0.1)):
        town.do(lambda tx, again=again: tx.articles.add_question(again))
    assert town.do(lambda tx: tx.articles.question(asked.id)) == asked
    assert town.do(lambda tx: tx.articles.question(UUID(int=9))) is None
    assert town.do(lambda tx: tx.articles.question_counts(town.clock()))["asked"] == 1


def test_what_was_not_answered_or_not_helpful_is_listed_oldest_first_and_counted(town: Town) -> None:
    id = town.conversation()
    start = town.clock()
    asked = []
    for number, (article, helpful) in enumerate([(None, None), ("residence-permit", None), ("residence-permit", False), ("residence-permit", True), (None, None)]):
        asked.append(question(town, id, text=f"问题{number}", article_id=article, asked_at=town.clock.forward(MINUTE)))
        town.do(lambda tx, q=asked[-1]: tx.articles.add_question(q))
        if helpful is not None:
            town.do(lambda tx, q=asked[-1], h=helpful: tx.articles.set_helpful(q.id, h))
    assert [q.text for q in town.do(lambda tx: tx.gaps.ungrouped(10))] == ["问题0", "问题2", "问题4"]
    assert [q.text for q in town.do(lambda tx: tx.gaps.ungrouped(1))] == ["问题0"]
    assert town.do(lambda tx: tx.gaps.ungrouped_count()) == 3
    assert town.do(lambda tx: tx.articles.question_counts(start)) == {"asked": 5, "answered": 3, "helpful": 1, "unhelpful": 1}
    assert town.do(lambda tx: tx.articles.question_counts(asked[3].asked_at)) == {"asked": 2, "answered": 1, "helpful": 1, "unhelpful": 0}


# --- Tickets


def test_a_ticket_comes_back_as_it_was_by_whatever_is_known_of_it(town: Town) -> None:
    ticket = town.open()
    found = town.do(lambda tx: [tx.tickets.get(ticket.id), tx.tickets.by_number(ticket.number), tx.tickets.by_request_key("request-1")])
    assert found == [ticket] * 3
    assert town.do(lambda tx: (tx.tickets.by_number("1"), tx.tickets.by_request_key("1"))) == (None, None)
    with pytest.raises(KeyError):
        town.do(lambda tx: tx.tickets.get(UUID(int=9)))
    assert town.do(lambda tx: tx.tickets.reporter(ticket.id)) == Reporter("王小明", "13812345678")


def test_a_ticket_without_place_category_or_reporter_comes_back_too(town: Town) -> None:
    ticket = town.open(place=tickets.Place("说不清"), category=None, reporter=Reporter())
    assert town.do(lambda tx: tx.tickets.get(ticket.id)) == ticket
    assert town.do(lambda tx: tx.tickets.reporter(ticket.id)) == Reporter()


@pytest.mark.parametrize("same", ["id", "number", "request_key"])
def test_what_names_a_ticket_names_one(town: Town, same: str) -> None:
    ticket = town.open()
    other = replace(ticket, id=town.new_id(), number="2", request_key="2")
    clash = replace(other, **{same: getattr(ticket, same)})
    with pytest.raises(IntegrityError):
        town.do(lambda tx: tx.tickets.add(clash, Reporter()))
    town.do(lambda tx: tx.tickets.add(other, Reporter()))


def test_two_requests_with_one_key_at_the_same_moment_open_one_ticket(town: Town) -> None:
    id = town.conversation()

    def open_it(tx: Transaction) -> Ticket:
        return tickets.open_ticket(tx, draft(id), day="251121", now=town.clock(), new_id=town.new_id)

    first, second = overlapping(town.store, open_it, open_it)
    assert first == second


def test_many_tickets_opened_at_once_have_numbers_without_gaps(town: Town) -> None:
    id = town.conversation()

    def open_one(tx: Transaction, number: int) -> str:
        return tickets.open_ticket(tx, draft(id, request_key=f"r{number}"), day="251121", now=town.clock(), new_id=town.new_id).number

    assert sorted(at_once(town.store, open_one, 5)) == [f"2511210000{number}" for number in range(1, 6)]


def test_a_ticket_is_updated_only_from_the_state_that_was_read(town: Town) -> None:
    ticket = town.open()
    changed = replace(ticket, status="dispatched", unit_id="district-110105", due_at=town.clock() + HOUR)
    assert not town.do(lambda tx: tx.tickets.update(changed, only_from="accepted"))
    assert town.do(lambda tx: tx.tickets.get(ticket.id)) == ticket
    assert town.do(lambda tx: tx.tickets.update(changed, only_from="received"))
    assert town.do(lambda tx: tx.tickets.get(ticket.id)) == replace(changed, version=1)
    assert not town.do(lambda tx: tx.tickets.update(changed, only_from="received"))


def test_nobody_changes_a_ticket_that_changed_since_they_read_it_even_in_the_same_state(town: Town) -> None:
    read = town.open()
    assert town.do(lambda tx: tx.tickets.update(replace(read, unit_id="one"), only_from="received"))
    assert not town.do(lambda tx: tx.tickets.update(replace(read, unit_id="two"), only_from="received"))
    current = town.do(lambda tx: tx.tickets.get(read.id))
    assert current.unit_id == "one"
    assert town.do(lambda tx: tx.tickets.update(replace(current, unit_id="two"), only_from="received"))


def test_of_two_updates_at_the_same_moment_one_succeeds(town: Town) -> None:
    ticket = town.open()

    def update(unit: str) -> Callable[[Transaction], bool]:
        return lambda tx: tx.tickets.update(replace(ticket, status="dispatched", unit_id=unit), only_from="received")

    assert overlapping(town.store, update("one"), update("two")) == (True, False)
    assert town.do(lambda tx: tx.tickets.get(ticket.id)).unit_id == "one"


def test_tickets_are_listed_newest_first_by_state_unit_and_page(town: Town) -> None:
    opened = []
    for number in range(4):
        opened.append(town.open(f"r{number}", NEIGHBOUR if number == 3 else CITIZEN))
        town.clock.forward(MINUTE)
    for number, unit in ((1, "a"), (2, "b")):
        town.do(lambda tx, t=opened[number], u=unit: tx.tickets.update(replace(t, status="dispatched", unit_id=u), only_from="received"))

    def listed(status: str | None = None, unit: str | None = None, limit: int = 10, offset: int = 0) -> list[int]:
        found = town.do(lambda tx: tx.tickets.newest(status=status, unit_id=unit, limit=limit, offset=offset))
        return [[t.id for t in opened].index(ticket.id) for ticket in found]

    assert listed() == [3, 2, 1, 0]
    assert listed(limit=2) == [3, 2]
    assert listed(limit=2, offset=2) == [1, 0]
    assert listed(status="received") == [3, 0]
    assert listed(unit="a") == [1]
    assert listed(status="received", unit="a") == []
    assert [t.number for t in town.do(lambda tx: tx.tickets.of_conversation(opened[0].conversation_id))] == [opened[n].number for n in (2, 1, 0)]
    assert town.do(lambda tx: tx.tickets.count_by_status()) == {"received": 2, "dispatched": 2}


def test_tickets_of_some_categories_are_listed_with_any_state_unit_and_page(town: Town) -> None:
    codes = ["010101", "020501", "010102", "010101", "010201", "010102"]
    opened = []
    for number, code in enumerate(codes):
        opened.append(town.open(f"x{DANGER}" if number == 2 else f"r{number}", category=code))
        town.clock.forward(MINUTE)
    for number, status, unit in ((0, "closed", "a"), (1, "closed", "a"), (3, "dispatched", "b"), (5, "closed", "b")):
        sent = replace(opened[number], status=status, unit_id=unit, due_at=town.clock() + HOUR)
        assert town.do(lambda tx, sent=sent: tx.tickets.update(sent, only_from="received"))

    def listed(*categories: str, **given: Any) -> list[int]:
        asked = {"status": None, "unit_id": None, "limit": 10, "offset": 0, **given}
        found = town.do(lambda tx: tx.tickets.newest(categories=categories, **asked))
        return [[t.id for t in opened].index(ticket.id) for ticket in found]

    both = ("010101", "010102")
    assert listed(*both) == [2, 5, 3, 0], "the danger first"
    assert [listed(*both, limit=2, offset=at) for at in range(5)] == [[2, 5], [5, 3], [3, 0], [0], []]
    assert listed(*both, status="received") == [2]
    assert listed(*both, status="closed") == [5, 0]
    assert listed(*both, status="closed", limit=1, offset=1) == [0]
    assert listed(*both, status="closed", unit_id="a") == [0]
    assert listed(*both, unit_id="b") == [5, 3]
    assert listed("020501") == [1]
    assert listed("990101") == []
    due = [town.do(lambda tx, code=code: tx.tickets.by_due(before=None, unit_id=None, limit=9, categories=(code,))) for code in ("010101", "010102")]
    assert [[t.id for t in found] for found in due] == [[opened[3].id], []]


@pytest.mark.parametrize(
    ("index", "asked"),
    [
        ("opened_at", {}),
        ("status_opened_at", {"status": "closed"}),
        ("status_opened_at", {"status": "received", "unit_id": "a", "categories": ("010101",)}),
        ("status_opened_at", {"status": "received", "categories": ("010101", "010102")}),
        ("unit_id_opened_at", {"unit_id": "a"}),
        ("unit_id_opened_at", {"unit_id": "a", "status": "closed"}),
        ("unit_id_opened_at", {"unit_id": "a", "status": "closed", "categories": ("010101",)}),
        ("category_opened_at", {"categories": ("010101", "010102")}),
        ("category_opened_at", {"categories": ("010101", "010102"), "status": "withdrawn"}),
    ],
)
def test_each_list_of_tickets_is_found_by_the_index_that_finds_the_fewest(town: Town, index: str, asked: dict[str, Any]) -> None:
    if town.store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by how many there are.")
    sent: list[tuple[str, Any]] = []
    listen(town.store.engine, "before_cursor_execute", lambda _1, _2, sql, values, *_: sent.append((sql, values)))
    town.do(lambda tx: tx.tickets.newest(**{"status": None, "unit_id": None, "limit": 9, "offset": 0, **asked}))
    town.do(lambda tx: tx.tickets.people([UUID(int=1), UUID(int=2)]))
    queries = [query for query in sent if "FROM tickets" in query[0]]
    with town.store.engine.connect() as connection:
        steps = [row[3] for sql, values in queries for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
    used = {step.split(" ix_tickets_")[1].split(" ")[0] for step in steps if " ix_tickets_" in step}
    assert used == {"urgent_status_opened_at", index, "merged_into"}, steps
    assert not [step for step in steps if step.startswith("SCAN tickets") and "INDEX" not in step]


def test_the_people_who_wait_for_a_ticket_are_counted_once_each_with_those_whose_own_were_merged_into_it(town: Town) -> None:
    main, alone = town.open("main"), town.open("alone")
    for key, sender in (("again", CITIZEN), ("one", NEIGHBOUR), ("one-again", NEIGHBOUR), ("two", VISITOR)):
        other = town.open(key, sender)
        town.do(lambda tx, other=other: merging.merge(tx, other, tx.tickets.get(main.id), by="张三", now=town.clock(), new_id=town.new_id))
    assert town.do(lambda tx: tx.tickets.people([main.id, alone.id])) == {main.id: 3}
    assert town.do(lambda tx: merging.people(tx, main)) == 3
    assert town.do(lambda tx: tx.tickets.people([])) == {}
    town.do(lambda tx: merging.split(tx, tx.tickets.get(other.id), by="张三", note="不是一件事", now=town.clock(), new_id=town.new_id))
    assert town.do(lambda tx: tx.tickets.people([main.id])) == {main.id: 2}


def test_what_dispatchers_put_right_is_found_with_its_category_as_it_is_now(town: Town) -> None:
    def dispatched(ticket: Ticket, category: str) -> Ticket:
        town.clock.forward(MINUTE)
        return town.do(lambda tx: tickets.dispatch(tx, ticket, unit_id="u", category=category, due_at=town.clock(), by="张三", note="", now=town.clock(), new_id=town.new_id))

    begun = town.clock()
    once, twice, simulated = (town.open(key, problem=key) for key in ("once", "twice", f"{SIMULATED}1"))
    dispatched(town.open("kept"), "010101")
    for ticket in (once, simulated, dispatched(twice, "010102")):
        dispatched(ticket, "010201")
    assert [(text, code) for _, text, code, _ in town.do(lambda tx: tx.tickets.corrected(None, 10))] == [("twice", "010201"), ("once", "010201"), ("twice", "010201")]
    [(id, _, _, at)] = town.do(lambda tx: tx.tickets.corrected(town.clock(), 10))
    assert (id, at) == (twice.id, town.clock())
    assert [text for _, text, _, _ in town.do(lambda tx: tx.tickets.corrected(begun, 2))] == ["once", "twice"], "the newest"


def test_dangers_come_before_all_others_until_they_are_handled(town: Town) -> None:
    opened = []
    for key in ("r0", f"x{DANGER}1", "r1", f"x{DANGER}2", "r2"):
        opened.append(town.open(key))
        town.clock.forward(MINUTE)

    def listed(**given: Any) -> list[int]:
        asked = {"status": None, "unit_id": None, "limit": 10, "offset": 0, **given}
        return [opened.index(ticket) for ticket in town.do(lambda tx: tx.tickets.newest(**asked))]

    assert listed() == [3, 1, 4, 2, 0]
    assert [*listed(limit=3), *listed(limit=3, offset=3)] == [3, 1, 4, 2, 0]
    assert [listed(limit=1, offset=at) for at in range(6)] == [[3], [1], [4], [2], [0], []]
    assert [opened.index(ticket) for ticket in town.do(lambda tx: tx.tickets.urgent(limit=10))] == [3, 1]
    town.do(lambda tx: tx.tickets.update(replace(opened[3], status="handled"), only_from="received"))
    assert listed(status="received") == [1, 4, 2, 0]
    assert [ticket.id for ticket in town.do(lambda tx: tx.tickets.urgent(limit=10))] == [opened[1].id]


def test_a_history_is_read_in_the_order_it_happened(town: Town) -> None:
    ticket, other = town.open("a"), town.open("b")
    lines = [TicketEvent(town.new_id(), ticket.id, kind, "received", "received", "张三", f"备注{kind}", town.clock()) for kind in ("supplement", "dispatch")]
    for line in lines:
        town.do(lambda tx, line=line: tx.tickets.add_event(line))
    assert town.do(lambda tx: tx.tickets.events(ticket.id))[1:] == lines
    assert [e.kind for e in town.do(lambda tx: tx.tickets.events(other.id))] == ["open"]


# --- Surveys


def test_a_handling_has_one_survey(town: Town) -> None:
    ticket = town.open()
    first, second = town.survey(ticket, 1), town.survey(ticket, 2)
    with pytest.raises(IntegrityError):
        town.survey(ticket, 1)
    assert town.do(lambda tx: tx.surveys.get(first.id)) == first
    assert town.do(lambda tx: tx.surveys.of_handling(ticket.id, 2)) == second
    assert town.do(lambda tx: tx.surveys.of_handling(ticket.id, 3)) is None
    assert town.do(lambda tx: tx.surveys.of_ticket(ticket.id)) == [first, second]
    with pytest.raises(KeyError):
        town.do(lambda tx: tx.surveys.get(UUID(int=9)))


ANSWERED = {"status": "completed", "contacted": True, "solved": "yes", "satisfaction": "basically", "comment": "还行"}


def test_a_survey_is_finished_once(town: Town) -> None:
    survey = town.survey(town.open())
    answered = replace(survey, **ANSWERED, completed_at=town.clock())
    assert town.do(lambda tx: tx.surveys.finish(answered))
    assert not town.do(lambda tx: tx.surveys.finish(replace(answered, solved="no")))
    assert not town.do(lambda tx: tx.surveys.finish(replace(survey, status="unreachable")))
    assert town.do(lambda tx: tx.surveys.get(survey.id)) == answered


def test_of_an_answer_and_a_lapse_at_the_same_moment_one_counts(town: Town) -> None:
    survey = town.survey(town.open())
    answered, lapsed = replace(survey, **ANSWERED, completed_at=town.clock()), replace(survey, status="unreachable")
    assert overlapping(town.store, lambda tx: tx.surveys.finish(answered), lambda tx: tx.surveys.finish(lapsed)) == (True, False)
    assert town.do(lambda tx: tx.surveys.get(survey.id)) == answered


def test_surveys_are_counted_by_unit_in_a_window_that_holds_its_begin_and_not_its_end(town: Town) -> None:
    start = town.clock()
    answers = [
        ("a", 0, ANSWERED),
        ("a", 1, {**ANSWERED, "satisfaction": "satisfied", "contacted": False}),
        ("a", 2, {**ANSWERED, "satisfaction": "dissatisfied", "solved": "partly"}),
        ("a", 3, {"status": "unreachable"}),
        ("a", 4, {"status": "asking"}),
        ("b", 5, {**ANSWERED, "solved": "no"}),
        ("b", 60, ANSWERED),  # the window has ended
        ("c", -1, ANSWERED),  # it has not begun
    ]
    for number, (unit, minutes, answer) in enumerate(answers):
        town.survey(town.open(f"r{number}"), unit=unit, asked_at=start + minutes * MINUTE, **answer)
    assert town.do(lambda tx: tx.surveys.counts(since=start, until=start + HOUR)) == {
        "a": Counts(due=5, valid=3, contacted=2, solved=2, satisfied=1, basically=1),
        "b": Counts(due=1, valid=1, contacted=1, solved=0, satisfied=0, basically=1),
    }
    assert town.do(lambda tx: tx.surveys.counts(since=start - HOUR, until=start)).keys() == {"c"}
    assert town.do(lambda tx: tx.surveys.counts(since=start + HOUR, until=start + 2 * HOUR)) == {"b": Counts(1, 1, 1, 1, 0, 1)}


# --- Jobs


def claim(town: Town, limit: int = 10) -> list[str]:
    return [job.key for job in town.do(lambda tx: tx.jobs.claim_due(now=town.clock(), until=town.clock() + MINUTE, limit=limit))]


def test_a_job_comes_back_as_it_was_counted_and_locked(town: Town) -> None:
    job = town.job("a", payload={"round": "1", "number": 2, "词": "字"})
    town.do(lambda tx: tx.jobs.add(job))
    claimed = town.do(lambda tx: tx.jobs.claim_due(now=town.clock(), until=town.clock() + MINUTE, limit=10))
    assert claimed == [replace(job, attempts=1, locked_until=town.clock() + MINUTE)]


def test_a_key_makes_one_job_also_when_it_is_done(town: Town) -> None:
    for _ in range(2):
        town.do(lambda tx: tx.jobs.add(town.job("a")))
    assert town.do(lambda tx: tx.jobs.open_count()) == 1
    assert claim(town) == ["a"]
    town.do(lambda tx: tx.jobs.add(town.job("a")))
    assert town.do(lambda tx: tx.jobs.open_count()) == 1


def test_a_key_scheduled_twice_at_the_same_moment_makes_one_job(town: Town) -> None:
    overlapping(town.store, lambda tx: tx.jobs.add(town.job("a")), lambda tx: tx.jobs.add(town.job("a")))
    assert town.do(lambda tx: tx.jobs.open_count()) == 1


def test_due_jobs_are_claimed_in_the_order_of_their_times_and_no_more_than_asked_for(town: Town) -> None:
    for key, minutes in (("third", 3), ("first", 1), ("second", 2), ("later", 9)):
        town.do(lambda tx, key=key, minutes=minutes: tx.jobs.add(town.job(key, run_at=town.clock() + minutes * MINUTE)))
    assert claim(town) == []
    town.clock.forward(minutes=3)
    assert claim(town, limit=2) == ["first", "second"]
    assert claim(town) == ["third"]


def test_a_claimed_job_is_hidden_until_its_lock_runs_out_and_a_done_one_for_ever(town: Town) -> None:
    for key in "ab":
        town.do(lambda tx, key=key: tx.jobs.add(town.job(key)))
    done, _ = town.do(lambda tx: tx.jobs.claim_due(now=town.clock(), until=town.clock() + MINUTE, limit=10))
    town.do(lambda tx: tx.jobs.set_done(done.id, now=town.clock()))
    assert town.do(lambda tx: tx.jobs.open_count()) == 1
    assert claim(town) == []
    town.clock.forward(MINUTE)
    assert claim(town) == []
    town.clock.forward(timedelta(microseconds=1))
    assert claim(town) == ["b"]


def test_what_waits_for_its_time_may_be_hastened(town: Town) -> None:
    now, later = town.clock(), town.clock() + HOUR
    for job in (town.job("mine", run_at=later), town.job("of another kind", kind="survey", run_at=later), town.job("of another", subject_id=UUID(int=2), run_at=later)):
        town.do(lambda tx, job=job: tx.jobs.add(job))
    town.do(lambda tx: tx.jobs.hasten("notify", UUID(int=1), now=now))
    assert [job.key for job in town.do(lambda tx: tx.jobs.claim_due(now=now, until=now + MINUTE, limit=10))] == ["mine"]
    town.do(lambda tx: tx.jobs.hasten("notify", UUID(int=1), now=now))
    assert town.do(lambda tx: tx.jobs.claim_due(now=now, until=now + MINUTE, limit=10)) == [], "what is being done is not done a second time"


def test_a_job_that_failed_is_due_again_at_its_new_time_and_says_why(town: Town) -> None:
    town.do(lambda tx: tx.jobs.add(town.job("a")))
    job = town.do(lambda tx: tx.jobs.claim_due(now=town.clock(), until=town.clock() + HOUR, limit=10))[0]
    town.do(lambda tx: tx.jobs.set_retry(job.id, town.clock() + MINUTE, "E" * 500))
    assert claim(town) == []
    town.clock.forward(MINUTE)
    again = town.do(lambda tx: tx.jobs.claim_due(now=town.clock(), until=town.clock() + HOUR, limit=10))[0]
    assert (again.attempts, again.last_error) == (2, "E" * 200)


def test_two_workers_that_claim_at_the_same_moment_get_no_job_twice(town: Town) -> None:
    for number in range(20):
        town.do(lambda tx, number=number: tx.jobs.add(town.job(f"job {number}")))

    def claim_all(tx: Transaction) -> list[str]:
        return [job.key for job in tx.jobs.claim_due(now=town.clock(), until=town.clock() + MINUTE, limit=20)]

    first, second = overlapping(town.store, claim_all, claim_all)
    assert sorted(first + second) == sorted(f"job {number}" for number in range(20))


def test_many_workers_that_claim_again_and_again_get_every_job_once(town: Town) -> None:
    town.do(lambda tx: [tx.jobs.add(town.job(f"job {number}")) for number in range(40)])

    def work(number: int) -> list[str]:
        got: list[str] = []
        for _ in range(12):
            got += claim(town, limit=4)
        return got

    with ThreadPoolExecutor(4) as pool:
        got = [key for keys in pool.map(work, range(4)) for key in keys]
    assert sorted(got) == sorted(f"job {number}" for number in range(40))


def test_a_survey_that_is_put_off_again_and_again_is_asked_in_the_end(town: Town) -> None:
    """Ten minutes at a time, for half a day, while a person talks with the citizen: no key may outgrow its column."""
    ticket = town.open()
    begun = town.survey(ticket)
    town.do(lambda tx: tx.conversations.set_status(ticket.conversation_id, "operator", operator="张三", now=town.clock()))
    town.do(lambda tx: jobs.schedule(tx, "survey_ask", begun.id, {"round": "1"}, run_at=town.clock(), key=f"survey_ask:{begun.id}:1", new_id=town.new_id))

    class Worker:
        new_id = staticmethod(town.new_id)

    def do_the_one_job() -> None:
        [job] = town.do(lambda tx: tx.jobs.claim_due(now=town.clock(), until=town.clock() + MINUTE, limit=10))
        with town.store.transaction() as tx:
            survey_ask(Worker, tx, job, town.clock())  # type: ignore[arg-type]
            tx.jobs.set_done(job.id, now=town.clock())

    for _ in range(80):
        do_the_one_job()
        town.clock.forward(minutes=10)
    town.do(lambda tx: tx.conversations.set_status(ticket.conversation_id, "bot", operator=None, now=town.clock()))
    do_the_one_job()
    assert [m.intent for m in town.do(lambda tx: tx.messages.of(ticket.conversation_id))] == ["signal_survey"]


# --- Staff


def test_staff_are_known_by_name_once(town: Town) -> None:
    members = [StaffMember(name, "operator", "salt$hash", town.clock()) for name in ("李四", "张三")]
    for member in members:
        town.do(lambda tx, member=member: tx.staff.add(member))
    assert town.do(lambda tx: tx.staff.get("张三")) == members[1]
    assert town.do(lambda tx: tx.staff.get("王五")) is None
    assert {m.name for m in town.do(lambda tx: tx.staff.all())} == {"张三", "李四"}
    with pytest.raises(IntegrityError):
        town.do(lambda tx: tx.staff.add(members[0]))


def test_a_session_is_found_until_it_expires_or_is_ended(town: Town) -> None:
    for name in ("张三", "李四"):
        town.do(lambda tx, name=name: tx.staff.add(StaffMember(name, "operator", "salt$hash", town.clock())))
    end = town.clock() + HOUR
    sessions = {token: StaffSession(token, name, end) for token, name in (("a", "张三"), ("b", "张三"), ("c", "张三"), ("d", "李四"))}
    for session in sessions.values():
        town.do(lambda tx, session=session: tx.staff.add_session(session))

    def found(now: datetime) -> str:
        return "".join(token for token in "abcd" if town.do(lambda tx, token=token: tx.staff.session(token, now=now)))

    assert town.do(lambda tx: tx.staff.session("a", now=town.clock())) == sessions["a"]
    assert found(end - timedelta(microseconds=1)) == "abcd"
    assert found(end) == ""
    town.do(lambda tx: tx.staff.end_session("a"))
    assert found(town.clock()) == "bcd"
    town.do(lambda tx: tx.staff.end_sessions_of("张三"))
    assert found(town.clock()) == "d"


def test_who_looked_at_a_reporter_is_kept_in_order(town: Town) -> None:
    ticket, other = town.open("a"), town.open("b")
    looks = [Reveal(town.new_id(), ticket.id, "张三", reason, town.clock.forward(MINUTE)) for reason in ("核实地址", "回电")]
    for look in reversed(looks):
        town.do(lambda tx, look=look: tx.staff.add_reveal(look))
    assert town.do(lambda tx: tx.staff.reveals(ticket.id)) == looks
    assert town.do(lambda tx: tx.staff.reveals(other.id)) == []


# --- What is at rest

SAID = {
    "phone": "13987654321", "name": "欧阳娜娜", "address": "幸福里小区七号楼", "problem": "楼道堆满杂物", "text": "邻居天天吵架", "spoken": "念给您听的话",
    "note": "已上门劝说清理", "comment": "其实根本没来过", "question": "怎么申请困难补助", "file": "我家门牌.jpg", "label": "就选这一项", "entity": "第三人姓名",
}  # fmt: skip
HAPPENED = "半夜两点多钟"
POINT = Location(39.987654, 116.456789)


def fill(town: Town) -> Ticket:
    """Put all that a person said, or is, into every place that holds such."""
    id = town.conversation()
    photo = town.photo(id, SAID["file"])
    town.write(SAID["text"], attachments=(photo.id,), location=POINT)
    said = Reply("请选", SAID["spoken"], (Choice(SAID["label"], "affirm", {"name": SAID["entity"]}),))
    town.do(lambda tx: say(tx, id, [said], now=town.clock(), new_id=town.new_id))
    ticket = town.open(
        problem=SAID["problem"], happened=HAPPENED, place=tickets.Place(SAID["address"], "110105", None, POINT), reporter=Reporter(SAID["name"], SAID["phone"])
    )
    with town.store.transaction() as tx:
        given: dict[str, Any] = {"by": "张三", "now": town.clock(), "new_id": town.new_id}
        ticket = tickets.dispatch(tx, ticket, unit_id="district-110105", category="010101", due_at=town.clock(), note="", **given)
        ticket = tickets.handle(tx, ticket, note=SAID["note"], survey_at=town.clock(), **given)
        survey = attempts.start(tx, ticket, channel="telegram", now=town.clock(), new_id=town.new_id)
        assert survey is not None
        surveys.complete(
            tx, survey, contacted=False, solved="no", satisfaction="dissatisfied", comment=SAID["comment"], reopen_due=town.clock(), now=town.clock(),
            new_id=town.new_id,
        )  # fmt: skip
        tx.articles.add_question(question(town, id, text=SAID["question"]))
    return ticket


def raw(store: SqlStore) -> bytes:
    """Every byte of every column, and for SQLite of the files besides."""
    content = b""
    with store.engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(text(f"select * from {table.name}")):
                content += "\x1f".join(str(value) for value in row).encode() + b"\x1e"
    if store.engine.dialect.name == "sqlite":
        path = Path(str(store.engine.url.database))
        content += b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    return content


def found_in(content: bytes, said: str) -> bool:
    escaped = said.encode("unicode_escape").lower()
    return said.encode() in content or said.encode("utf-16-le") in content or escaped in content.lower()


def test_what_a_person_said_or_is_can_be_read_through_the_store_and_stands_nowhere_in_the_database(town: Town) -> None:
    ticket = fill(town)
    content = raw(town.store)
    assert found_in(content, "district-110105"), "the search finds what is there"
    assert found_in(content, ticket.number)
    assert found_in(b"\\u6b27\\u9633", "欧阳"), "and finds it escaped too"
    with town.store.transaction() as tx:
        stored = tx.tickets.get(ticket.id)
        read = [
            tx.tickets.reporter(ticket.id), stored.problem, stored.place, [e.note for e in tx.tickets.events(ticket.id)], tx.messages.of(ticket.conversation_id),
            tx.surveys.of_ticket(ticket.id)[0].comment, tx.gaps.ungrouped(9), tx.articles.question_counts(town.clock()),
            tx.attachments.of_ticket(ticket.id),
        ]  # fmt: skip
    for what, said in SAID.items():
        assert said in repr(read) or what == "question", f"{what} is stored"
        assert not found_in(content, said), f"{what} is in the database for anyone to read"
    for degree in (POINT.latitude, POINT.longitude):
        assert str(degree) in repr(read)
        assert str(degree).encode() not in content


def test_what_a_citizen_said_of_the_time_is_no_more_readable_than_the_rest_of_what_they_said(town: Town) -> None:
    ticket = fill(town)
    assert town.do(lambda tx: tx.tickets.get(ticket.id)).happened == HAPPENED
    assert not found_in(raw(town.store), HAPPENED)


def test_the_same_words_look_different_each_time(town: Town) -> None:
    for _ in range(2):
        town.write("路灯不亮")
    with town.store.engine.connect() as connection:
        sealed = [row[0] for row in connection.execute(text("select content_sealed from messages"))]
    assert len(set(sealed)) == 2


def test_keys_can_be_changed_and_what_was_written_with_the_old_one_is_still_read(town: Town) -> None:
    new = Fernet.generate_key().decode()
    ticket = town.open()
    both = SqlStore(town.store.engine, Cipher(f"{new}, {KEY}"))
    with both.transaction() as tx:
        assert tx.tickets.get(ticket.id) == ticket
        tx.tickets.update(replace(ticket, problem="新的话"), only_from="received")
    with pytest.raises(CipherError, match="JIESU_ENCRYPTION_KEY"), SqlStore(town.store.engine, Cipher(new)).transaction() as tx:
        tx.tickets.get(ticket.id)
    with pytest.raises(ValueError, match="JIESU_ENCRYPTION_KEY"):
        Cipher("not a key")


# --- Migrations


@pytest.fixture(params=BOTH)
def empty(request: pytest.FixtureRequest, tmp_path: Path, cipher: Cipher) -> Iterator[Engine]:
    """A database without any table."""
    with own_database() if request.param == "postgres" else nullcontext("") as url:
        store = open_store(url or f"sqlite:///{tmp_path / 'empty.db'}", cipher)
        yield store.engine
        store.close()


def migrate(engine: Engine, to: str, *, down: bool = False) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, to)


def shape(engine: Engine) -> dict[str, Any]:
    """Tables, columns, indexes and keys as the database has them."""
    found = inspect(engine)
    return {
        name: {
            "columns": sorted((c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(name)),
            "indexes": sorted((i["name"], tuple(i["column_names"]), bool(i["unique"])) for i in found.get_indexes(name)),
            "unique": sorted(tuple(u["column_names"]) for u in found.get_unique_constraints(name)),
            "foreign": sorted((tuple(f["constrained_columns"]), f["referred_table"]) for f in found.get_foreign_keys(name)),
        }
        for name in found.get_table_names()
        if name != "alembic_version"
    }


def test_the_migrations_lead_to_exactly_the_tables_of_the_code(empty: Engine) -> None:
    migrate(empty, "head")
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_can_be_undone_and_done_again(empty: Engine) -> None:
    assert shape(empty) == {}
    migrate(empty, "head")
    first = shape(empty)
    assert set(first) == set(metadata.tables)
    migrate(empty, "base", down=True)
    assert shape(empty) == {}
    migrate(empty, "head")
    assert shape(empty) == first


def test_migrating_again_changes_nothing_and_keeps_what_is_stored(town: Town, cipher: Cipher) -> None:
    ticket = town.open()
    before = shape(town.store.engine)
    migrate(town.store.engine, "head")
    assert shape(town.store.engine) == before
    assert town.do(lambda tx: tx.tickets.get(ticket.id)) == ticket


def test_an_older_history_is_told_who_led_and_which_limit_held(town: Town) -> None:
    ticket = town.open()
    with town.store.transaction() as tx:
        given: dict[str, Any] = {"by": "某人", "now": town.clock(), "new_id": town.new_id}
        sent = tickets.dispatch(tx, tx.tickets.get(ticket.id), unit_id="dept-water", category=None, due_at=town.clock() + timedelta(days=1), note="", **given)
        given["now"] = town.clock.forward(hours=1)
        tickets.handle(tx, sent, note="好了", survey_at=town.clock(), **given)
    before = town.do(lambda tx: tx.tickets.events(ticket.id))
    assert [(line.unit_id, line.due_at is not None) for line in before] == [(None, False), ("dept-water", True), ("dept-water", True)]
    migrate(town.store.engine, "0010", down=True)
    migrate(town.store.engine, "head")
    after = town.do(lambda tx: tx.tickets.events(ticket.id))
    assert [line.unit_id for line in after] == [None, "dept-water", "dept-water"]
    assert after[-1].due_at == before[-1].due_at


# --- Reading


def test_a_reader_waits_for_no_writer_and_sees_what_was_committed(town: Town) -> None:
    town.write("第一句")
    with town.store.transaction() as writing:
        writing.next_number("a")
        with ThreadPoolExecutor(1) as pool:

            def read() -> int:
                with town.store.reading() as tx:
                    return len(tx.conversations.with_pending(before=town.clock() + HOUR, now=town.clock(), limit=10))

            assert pool.submit(read).result(timeout=10) == 1


def test_what_a_reader_writes_is_dropped(town: Town) -> None:
    with town.store.reading() as tx:
        assert tx.next_number("a") == 1
    assert town.do(lambda tx: tx.next_number("a")) == 1
