"""Surveys: each handling is asked about once, answered once, and the answer decides what becomes of the ticket."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fakes import CITIZEN, draft

from hotline import attempts, surveys, tickets
from hotline.city import City
from hotline.rates import Counts
from hotline.surveys import Survey
from hotline.tickets import Ticket

HAPPY = {"contacted": True, "solved": "yes", "satisfaction": "satisfied", "comment": ""}


class Callbacks:
    """A ticket that a unit has handled, and what a callback may do with it."""

    def __init__(self, store: Any, clock: Any, new_id: Callable[[], UUID], city: City) -> None:
        self.store, self.clock, self.new_id, self.city = store, clock, new_id, city
        with store.transaction() as tx:
            conversation = tx.conversations.open(CITIZEN, now=clock(), new_id=new_id).id
            opened = tickets.open_ticket(tx, draft(conversation), day="251121", now=clock(), new_id=new_id)
            dispatched = tickets.dispatch(
                tx, opened, unit_id="street-110105026", category="010101", due_at=self.due, by="张三", note="", now=clock(), new_id=new_id
            )
            self.ticket = self._handle(tx, dispatched)

    @property
    def due(self) -> Any:
        return self.clock() + timedelta(days=7)

    def _handle(self, tx: Any, ticket: Ticket) -> Ticket:
        return tickets.handle(tx, ticket, by="张三", note="已清运", survey_at=self.clock(), now=self.clock(), new_id=self.new_id)

    def handle_again(self) -> Ticket:
        with self.store.transaction() as tx:
            return self._handle(tx, tx.tickets.get(self.ticket.id))

    def start(self) -> Survey | None:
        with self.store.transaction() as tx:
            return attempts.start(tx, tx.tickets.get(self.ticket.id), channel="telegram", now=self.clock(), new_id=self.new_id)

    def begun(self) -> Survey:
        survey = self.start()
        assert survey is not None
        return survey

    def complete(self, survey: Survey, **answers: Any) -> Ticket:
        with self.store.transaction() as tx:
            return surveys.complete(tx, survey, **{**HAPPY, **answers}, reopen_due=self.due, now=self.clock(), new_id=self.new_id)

    def end(self, survey: Survey, status: Any = "unreachable") -> Ticket:
        with self.store.transaction() as tx:
            surveys.end(tx, survey, status, city=self.city, now=self.clock(), new_id=self.new_id)
            return tx.tickets.get(survey.ticket_id)

    def read(self, survey: Survey) -> Survey:
        with self.store.transaction() as tx:
            return tx.surveys.get(survey.id)

    def history(self) -> list[str]:
        with self.store.transaction() as tx:
            return [event.kind for event in tx.tickets.events(self.ticket.id)]

    def last_note(self) -> str:
        with self.store.transaction() as tx:
            return tx.tickets.events(self.ticket.id)[-1].note

    def counts(self) -> Counts | None:
        with self.store.transaction() as tx:
            return tx.surveys.counts(since=self.clock() - timedelta(days=30), until=self.clock() + timedelta(days=1)).get("street-110105026")


@pytest.fixture
def callbacks(store, clock, new_id, city) -> Callbacks:
    return Callbacks(store, clock, new_id, city)


def test_a_handling_is_asked_about_once_and_the_survey_knows_its_unit(callbacks: Callbacks) -> None:
    survey = callbacks.begun()
    assert (survey.status, survey.handling, survey.unit_id, survey.channel) == ("asking", 1, "street-110105026", "telegram")
    assert callbacks.start() is None
    assert callbacks.read(survey) == survey


def test_a_ticket_that_moved_on_before_it_was_asked_about_is_not_asked_about(callbacks: Callbacks) -> None:
    with callbacks.store.transaction() as tx:
        tickets.close(tx, callbacks.ticket, by="张三", note="", now=callbacks.clock(), new_id=callbacks.new_id)
    assert callbacks.start() is None


@pytest.mark.parametrize("contacted", [True, False])
@pytest.mark.parametrize("solved", ["yes", "partly", "no"])
@pytest.mark.parametrize("satisfaction", ["satisfied", "basically", "dissatisfied"])
def test_not_solved_or_dissatisfied_reopens_and_anything_else_closes(callbacks: Callbacks, contacted: bool, solved: str, satisfaction: str) -> None:
    survey = callbacks.begun()
    ticket = callbacks.complete(survey, contacted=contacted, solved=solved, satisfaction=satisfaction, comment="原话")
    stored = callbacks.read(survey)
    assert (stored.status, stored.contacted, stored.solved, stored.satisfaction, stored.comment, stored.completed_at) == (
        "completed", contacted, solved, satisfaction, "原话", callbacks.clock(),
    )  # fmt: skip
    if solved == "no" or satisfaction == "dissatisfied":
        assert (ticket.status, ticket.unit_id, ticket.due_at) == ("dispatched", "street-110105026", callbacks.due)
        assert callbacks.history()[-1] == "reopen"
    else:
        assert (ticket.status, ticket.closed_at) == ("closed", callbacks.clock())
        assert callbacks.history()[-1] == "close"
    assert "原话" in callbacks.last_note()


@pytest.mark.parametrize("status", ["declined", "unreachable", "machine"])
@pytest.mark.parametrize("said", [{"contacted": True, "solved": "no"}, {"solved": "yes", "satisfaction": "dissatisfied"}])
def test_who_said_that_it_is_not_solved_and_answers_no_more_has_it_reopened_and_counts_in_no_rate(callbacks: Callbacks, status: str, said: dict[str, Any]) -> None:
    survey = callbacks.begun()
    with callbacks.store.transaction() as tx:
        surveys.note(tx, survey, said)
    ticket = callbacks.end(callbacks.read(survey), status)
    assert (ticket.status, ticket.unit_id) == ("dispatched", "street-110105026")
    assert ticket.due_at
    assert ticket.due_at > callbacks.clock()
    assert ("没解决" if "contacted" in said else "不满意") in callbacks.last_note()
    counts = callbacks.counts()
    assert counts
    assert (counts.due, counts.valid) == (1, 0)


@pytest.mark.parametrize("status", ["declined", "unreachable", "machine"])
@pytest.mark.parametrize(("satisfaction", "then"), [("dissatisfied", "dispatched"), ("satisfied", "closed")])
def test_who_has_answered_all_that_the_rates_ask_for_and_falls_silent_has_answered(callbacks: Callbacks, status: str, satisfaction: str, then: str) -> None:
    survey = callbacks.begun()
    with callbacks.store.transaction() as tx:
        surveys.note(tx, survey, {"contacted": True, "solved": "partly", "satisfaction": satisfaction})
    assert callbacks.end(callbacks.read(survey), status).status == then
    assert callbacks.read(survey).status == "completed"
    counts = callbacks.counts()
    assert counts
    assert (counts.due, counts.valid) == (1, 1)


def test_what_somebody_else_answered_before_it_was_known_reopens_nothing(callbacks: Callbacks) -> None:
    survey = callbacks.begun()
    with callbacks.store.transaction() as tx:
        surveys.note(tx, survey, {"contacted": False, "solved": "no"})
    assert callbacks.end(callbacks.read(survey), "wrong_person").status == "closed"


def test_the_unit_reads_what_the_citizen_answered(callbacks: Callbacks) -> None:
    callbacks.complete(callbacks.begun(), contacted=False, solved="no", satisfaction="dissatisfied", comment="垃圾还在")
    assert callbacks.last_note() == "回访：未联系，没解决，不满意。市民说：垃圾还在"


def test_answers_given_twice_count_once_and_the_first_ones_stay(callbacks: Callbacks) -> None:
    survey = callbacks.begun()
    first = callbacks.complete(survey)
    again = callbacks.complete(survey, solved="no", satisfaction="dissatisfied")
    assert again == first
    assert callbacks.read(survey).solved == "yes"
    assert callbacks.history().count("close") == 1
    assert "reopen" not in callbacks.history()


def test_a_reopened_ticket_that_is_handled_again_gets_a_survey_of_its_own(callbacks: Callbacks) -> None:
    callbacks.complete(callbacks.begun(), solved="no")
    assert callbacks.start() is None  # it is with the unit again
    callbacks.handle_again()
    second = callbacks.begun()
    assert second.handling == 2
    assert callbacks.complete(second).status == "closed"


def test_who_is_not_content_a_second_time_has_it_supervised_and_the_unit_reads_why(callbacks: Callbacks) -> None:
    first = callbacks.complete(callbacks.begun(), solved="no")
    assert not first.supervised
    callbacks.handle_again()
    second = callbacks.complete(callbacks.begun(), satisfaction="dissatisfied")
    assert (second.status, second.supervised, second.unit_id) == ("dispatched", True, "street-110105026")
    assert callbacks.history()[-2:] == ["reopen", "supervise"]
    assert "第 2 次" in callbacks.last_note()
    assert not callbacks.handle_again().supervised  # pressed for until it is handled
    third = callbacks.complete(callbacks.begun(), solved="no")
    assert third.supervised
    assert "第 3 次" in callbacks.last_note()


def test_an_answer_about_an_earlier_handling_decides_nothing_about_the_later_one(callbacks: Callbacks) -> None:
    first = callbacks.begun()
    with callbacks.store.transaction() as tx:  # a person reopens before the citizen has answered
        tickets.reopen(tx, callbacks.ticket, due_at=callbacks.due, by="张三", note="返工", now=callbacks.clock(), new_id=callbacks.new_id)
    handled_again = callbacks.handle_again()
    assert callbacks.complete(first) == handled_again
    assert callbacks.begun().handling == 2


@pytest.mark.parametrize("status", ["declined", "unreachable"])
def test_a_survey_that_nobody_answers_closes_the_ticket_and_lowers_no_rate(callbacks: Callbacks, status: str) -> None:
    survey = callbacks.begun()
    ticket = callbacks.end(survey, status)
    assert ticket.status == "closed"
    assert callbacks.read(survey).status == status
    assert callbacks.counts() == Counts(due=1)


def test_a_survey_that_was_answered_is_not_ended_and_one_that_ended_takes_no_answer(callbacks: Callbacks) -> None:
    answered = callbacks.begun()
    callbacks.complete(answered, solved="no")
    assert callbacks.end(answered).status == "dispatched"
    assert callbacks.read(answered).status == "completed"
    callbacks.handle_again()
    ended = callbacks.begun()
    callbacks.end(ended)
    assert callbacks.complete(ended, solved="no").status == "closed"
    assert callbacks.read(ended).status == "unreachable"
    assert callbacks.counts() == Counts(due=2, valid=1, contacted=1, solved=0, satisfied=1)


def test_a_survey_that_lapses_after_the_ticket_was_reopened_by_hand_leaves_the_ticket_alone(callbacks: Callbacks) -> None:
    survey = callbacks.begun()
    with callbacks.store.transaction() as tx:
        tickets.reopen(tx, callbacks.ticket, due_at=callbacks.due, by="张三", note="返工", now=callbacks.clock(), new_id=callbacks.new_id)
    callbacks.handle_again()
    assert callbacks.end(survey).status == "handled"


def test_the_first_attempt_is_planned_when_the_survey_begins(callbacks: Callbacks) -> None:
    survey = callbacks.begun()
    with callbacks.store.transaction() as tx:
        planned = [job for job in tx.jobs.claim_due(now=callbacks.clock(), until=callbacks.clock(), limit=100) if job.kind == "survey_attempt"]
    assert [(job.subject_id, job.payload["attempt"]) for job in planned] == [(survey.id, 1)]
    assert survey.next_at == callbacks.clock()
