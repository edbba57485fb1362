"""Attempts: at most three, on different days and hours, by phone within the calling hours, and never to a number that said stop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fakes import CITIZEN, draft

from hotline import attempts, surveys, tickets
from hotline.attempts import CALL_LOCK, UNCALLED
from hotline.jobs import CALL, LOCK, Job
from hotline.surveys import Survey
from hotline.tickets import Reporter
from hotline.worker import HANDLERS, Worker

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
PHONE = "13800000001"


class Office:
    """A worker and a voice process over one survey, with a clock that goes on only when told."""

    def __init__(self, store: Any, clock: Any, new_id: Any, city: Any, reachable: set[str], reporter: Reporter) -> None:
        self.store, self.clock, self.new_id, self.city = store, clock, new_id, city
        clock.now = MONDAY

        async def nothing(*_: Any) -> Any:
            return True

        self.worker = Worker(store, city, nothing, nothing, (), frozenset(reachable), lambda purpose, id, now: f"https://example.org/{purpose}", clock, new_id)
        with store.transaction() as tx:
            conversation = tx.conversations.open(CITIZEN, now=clock(), new_id=new_id).id
            opened = tickets.open_ticket(tx, draft(conversation, reporter=reporter), day="261123", now=clock(), new_id=new_id)
            given = {"by": "张三", "now": clock(), "new_id": new_id}
            sent = tickets.dispatch(tx, opened, unit_id="street-110105026", category="010101", due_at=clock(), note="", **given)
            self.ticket = tickets.handle(tx, sent, note="已清运", survey_at=clock(), **given)
        self.worker.counts_next = datetime.max.replace(tzinfo=UTC)  # figures and what comes with the clock have tests of their own
        self.rung: list[tuple[datetime, str]] = []
        self.work()

    def work(self) -> None:
        """Do all that is due now, calls apart."""
        while True:
            with self.store.transaction() as tx:
                due = tx.jobs.claim_due(now=self.clock(), until=self.clock() + LOCK, limit=50, but=(CALL,))
            if not due:
                return
            for job in due:
                with self.store.transaction() as tx:
                    HANDLERS[job.kind](self.worker, tx, job, self.clock())
                    tx.jobs.set_done(job.id, now=self.clock())

    def call_jobs(self) -> list[Job]:
        with self.store.transaction() as tx:
            return tx.jobs.claim_due(now=self.clock(), until=self.clock() + CALL_LOCK, limit=9, kinds=(CALL,))

    def ring(self, outcome: Any = None) -> None:
        """The voice process takes up what is to be called; without an outcome it dies during the call."""
        for job in self.call_jobs():
            with self.store.transaction() as tx:
                number = attempts.begin_call(tx, job, city=self.city, now=self.clock(), new_id=self.new_id)
                tx.jobs.set_done(job.id, now=self.clock())
            if number is None:
                continue
            self.rung.append((self.clock().astimezone(ZONE), number))
            if outcome:
                with self.store.transaction() as tx:
                    attempts.call_ended(tx, job.subject_id, outcome, city=self.city, now=self.clock(), new_id=self.new_id)

    def pass_days(self, days: float, outcome: Any = None) -> None:
        for _ in range(int(days * 24)):
            self.clock.forward(timedelta(hours=1))
            self.work()
            self.ring(outcome)

    @property
    def survey(self) -> Survey:
        with self.store.transaction() as tx:
            found = tx.surveys.of_handling(self.ticket.id, 1)
            assert found
            return found

    def attempts(self) -> list[tuple[str, str | None]]:
        id = self.survey.id
        with self.store.transaction() as tx:
            return [(a.channel, a.outcome) for a in tx.surveys.attempts_of(id)]

    def status(self) -> tuple[str, str]:
        survey = self.survey
        with self.store.transaction() as tx:
            return survey.status, tx.tickets.get(self.ticket.id).status


@pytest.fixture
def open_office(store, clock, new_id, city) -> Any:
    def build(*reachable: str, **reporter: Any) -> Office:
        return Office(store, clock, new_id, city, set(reachable), Reporter(**{"phone": PHONE, **reporter}))

    return build


def test_nobody_answers_three_calls_on_three_days_and_hours_and_the_ticket_closes(open_office: Any) -> None:
    office = open_office("phone")
    office.ring("no_answer")
    office.pass_days(20, "no_answer")
    assert [number for _, number in office.rung] == [PHONE] * 3
    assert len({moment.date() for moment, _ in office.rung}) == 3
    assert len({moment.hour for moment, _ in office.rung}) == 3
    assert all(office.city.calling_hours.allow(moment) for moment, _ in office.rung)
    assert office.status() == ("unreachable", "closed")


@pytest.mark.parametrize(("outcome", "status", "calls"), [
    ("busy", "unreachable", 3), ("failed", "unreachable", 3), ("unreachable", "unreachable", 3), ("machine", "machine", 3),
    ("declined", "declined", 1), ("stop", "declined", 1), ("wrong_person", "wrong_person", 1),
])  # fmt: skip
def test_each_way_a_call_can_end_is_an_outcome_of_its_own(open_office: Any, outcome: str, status: str, calls: int) -> None:
    office = open_office("phone")
    office.ring(outcome)
    office.pass_days(20, outcome)
    assert (len(office.rung), office.status()) == (calls, (status, "closed"))
    assert office.attempts() == [("phone", outcome)] * calls


def test_a_call_whose_process_died_counts_as_made_and_the_survey_goes_on_another_day(open_office: Any) -> None:
    office = open_office("phone")
    office.ring(None)
    assert office.call_jobs() == []
    office.pass_days(20, None)
    assert len(office.rung) == 3
    assert office.attempts() == [("phone", "failed")] * 3
    assert office.status() == ("unreachable", "closed")


def test_a_call_that_is_told_to_have_ended_twice_counts_once(open_office: Any) -> None:
    office = open_office("phone")
    office.ring("busy")
    survey = office.survey
    planned = survey.next_at
    with office.store.transaction() as tx:
        attempts.call_ended(tx, survey.id, "declined", city=office.city, now=office.clock(), new_id=office.new_id)
    assert (office.survey.status, office.survey.next_at) == ("asking", planned)


def test_a_number_that_said_stop_is_not_called_again_for_any_ticket(open_office: Any) -> None:
    office = open_office("phone")
    with office.store.transaction() as tx:
        tx.surveys.stop_calls(PHONE, now=office.clock())
    office.ring("answered")
    assert office.rung == []
    office.work()
    assert office.status() == ("unreachable", "closed")
    with office.store.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT number_hash FROM do_not_call").scalars().all()
    assert len(kept) == 1
    assert PHONE not in kept[0]


def test_an_interrupted_call_goes_on_another_day_with_the_answers_it_has(open_office: Any) -> None:
    office = open_office("phone")
    survey = office.survey
    with office.store.transaction() as tx:
        surveys.note(tx, survey, {"contacted": True, "solved": None})
    office.ring("answered")
    assert office.survey.status == "asking"
    assert office.survey.contacted is True
    assert office.survey.next_at is not None
    assert office.survey.next_at.astimezone(ZONE).date() > MONDAY.date()


def test_who_hangs_up_when_asked_why_is_not_called_again_for_it(open_office: Any) -> None:
    office = open_office("phone")
    survey = office.survey
    with office.store.transaction() as tx:
        surveys.note(tx, survey, {"contacted": False, "solved": "no", "satisfaction": "dissatisfied"})
    office.ring("answered")
    office.pass_days(20, "answered")
    assert len(office.rung) == 1
    assert office.status() == ("completed", "dispatched")


def test_a_call_by_hand_is_the_next_attempt_and_replaces_the_planned_one(open_office: Any) -> None:
    office = open_office("phone")
    given = {"city": office.city, "new_id": office.new_id}
    survey = office.survey.id

    def by_hand() -> int | None:
        with office.store.transaction() as tx:
            return attempts.begin_call_by_hand(tx, survey, PHONE, now=office.clock(), **given)

    assert by_hand() == 1
    assert by_hand() is None, "nobody is rung while their phone rings"
    office.ring("answered")
    assert office.rung == [], "the call that was planned is not made as well"
    with office.store.transaction() as tx:
        attempts.call_ended(tx, survey, "busy", now=office.clock(), **given)
    assert by_hand() == 2
    office.clock.forward(CALL_LOCK)
    office.work()
    assert by_hand() == 3
    with office.store.transaction() as tx:
        attempts.call_ended(tx, survey, "no_answer", now=office.clock(), **given)
    assert by_hand() is None, "there are three attempts, whoever makes them"
    assert office.attempts() == [("phone", "busy"), ("phone", "failed"), ("phone", "no_answer")]
    assert office.status() == ("unreachable", "closed")


def test_nobody_who_said_stop_is_called_by_hand(open_office: Any) -> None:
    office = open_office("phone")
    survey = office.survey.id
    with office.store.transaction() as tx:
        tx.surveys.stop_calls(PHONE, now=office.clock())
        assert attempts.begin_call_by_hand(tx, survey, PHONE, city=office.city, now=office.clock(), new_id=office.new_id) is None
    assert office.attempts() == []


def test_not_now_at_six_is_kept(open_office: Any) -> None:
    office = open_office("phone")
    six = MONDAY.replace(hour=18)
    (job,) = office.call_jobs()
    with office.store.transaction() as tx:
        assert attempts.begin_call(tx, job, city=office.city, now=office.clock(), new_id=office.new_id) == PHONE
        survey = tx.surveys.get(job.subject_id)
        assert attempts.ask_at(tx, survey, six, city=office.city, now=office.clock(), new_id=office.new_id) == six
        attempts.call_ended(tx, job.subject_id, "answered", city=office.city, now=office.clock(), new_id=office.new_id)
        tx.jobs.set_done(job.id, now=office.clock())
    office.pass_days(10, "no_answer")
    assert office.rung[0][0] == six
    assert len(office.rung) == 2, "the call in which another time was asked for was the first of three"
    assert office.attempts() == [("phone", "later"), ("phone", "no_answer"), ("phone", "no_answer")]


def test_without_an_attempt_left_no_time_is_promised(open_office: Any) -> None:
    office = open_office("phone")
    office.ring("no_answer")
    office.pass_days(3, "no_answer")
    id = office.survey.id
    with office.store.transaction() as tx:
        tx.surveys.change(id, {"attempts": 3})
        assert attempts.ask_at(tx, tx.surveys.get(id), MONDAY, city=office.city, now=office.clock(), new_id=office.new_id) is None


def test_a_call_that_was_due_at_night_waits_for_the_morning(open_office: Any) -> None:
    office = open_office("phone")
    office.clock.now = MONDAY.replace(hour=22)
    office.ring("answered")
    assert office.rung == []
    office.pass_days(1, "busy")
    assert [moment.hour for moment, _ in office.rung] == [9]


def test_each_attempt_goes_through_the_next_of_the_citizens_channels(open_office: Any) -> None:
    office = open_office("telegram", "phone", "sms", email="a@example.org")
    office.pass_days(20, "no_answer")
    assert office.attempts() == [("telegram", "no_answer"), ("phone", "no_answer"), ("sms", "no_answer")]


def test_a_wish_goes_before_the_habit(open_office: Any) -> None:
    office = open_office("telegram", "phone", callback="phone")
    office.ring("no_answer")
    assert [number for _, number in office.rung] == [PHONE]


def test_a_call_that_nobody_takes_up_falls_back_to_the_next_channel(open_office: Any) -> None:
    office = open_office("phone", "sms")
    office.clock.forward(UNCALLED)
    office.work()
    assert office.attempts() == [("sms", None)]
    office.ring("answered")
    assert office.rung == []


def test_where_there_is_no_way_to_ask_the_ticket_closes(open_office: Any) -> None:
    assert open_office("phone", phone=None).status() == ("unreachable", "closed")
