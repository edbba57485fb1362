"""Tickets: every change that may happen, none that may not, and a history of all of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
from fakes import CITIZEN, NEIGHBOUR, draft, write

from hotline import jobs, merging, tickets
from hotline.messages import Attachment
from hotline.ports import Transaction
from hotline.tickets import CHANGES, OPEN, STATUS_NAMES, Reporter, Status, Ticket, TicketEvent, WrongState

STATUSES: tuple[Status, ...] = get_args(Status)
NOT_ALONE = ("categorise", "yellow", "red", "merge", "join", "part")
"""Written down together with another change, or by the worker: tested below and in test_merging.py."""
ALLOWED = [(kind, before) for kind, changes in CHANGES.items() for before in changes if kind not in NOT_ALONE and (kind, before) != ("handle", "merged")]
FORBIDDEN = [(kind, before) for kind, changes in CHANGES.items() for before in STATUSES if before not in changes and kind not in NOT_ALONE]


class Office:
    """A database with one citizen's conversation, and every change a ticket may make by its name."""

    def __init__(self, store: Any, clock: Any, new_id: Callable[[], UUID]) -> None:
        self.store, self.clock, self.new_id = store, clock, new_id
        with store.transaction() as tx:
            self.conversation = tx.conversations.open(CITIZEN, now=clock(), new_id=new_id).id

    def open(self, **changes: Any) -> Ticket:
        with self.store.transaction() as tx:
            return tickets.open_ticket(tx, draft(self.conversation, **changes), day="251121", now=self.clock(), new_id=self.new_id)

    def ticket(self, status: Status) -> Ticket:
        """A ticket in the given state, however it came there."""
        with self.store.transaction() as tx:
            at_a_unit = {} if status == "received" else {"unit_id": "district-110105", "due_at": self.clock() + timedelta(days=7)}
            opened = tickets.open_ticket(tx, draft(self.conversation), day="251121", now=self.clock(), new_id=self.new_id)
            ticket = replace(opened, status=status, handlings=int(status in ("handled", "closed")), **at_a_unit)
            assert tx.tickets.update(ticket, only_from="received")
            return tx.tickets.get(ticket.id)

    def change(self, tx: Transaction, kind: str, ticket: Ticket, **given: Any) -> Ticket:
        now = self.clock()
        particulars: dict[str, dict[str, Any]] = {
            "dispatch": {"unit_id": "street-110105026", "category": "010101", "due_at": now + timedelta(days=7), "note": "垃圾清运由街道负责"},
            "accept": {},
            "return": {"note": "不是我们的路段"},
            "uphold": {"note": "路段属于贵街道"},
            "extend": {"note": "等备件", "due_at": now + timedelta(days=14)},
            "assist": {"assists": ("dept-urban-management",), "note": ""},
            "hand_over": {"unit_id": "dept-urban-management", "note": "已商定"},
            "supervise": {"note": "三天内报结果"},
            "split": {"note": "不是同一处"},
            "handle": {"note": "已清运", "survey_at": now + timedelta(hours=1)},
            "close": {"note": "满意"},
            "reopen": {"note": "没解决", "due_at": now + timedelta(days=7)},
            "withdraw": {"note": ""},
            "refuse": {"note": "诉讼事项：请向人民法院提出"},
            "supplement": {"note": "又堆了一车"},
        }
        do = {"return": tickets.send_back, "split": merging.split}.get(kind) or getattr(tickets, kind)
        return do(tx, ticket, **{**particulars[kind], "by": "张三", "now": now, "new_id": self.new_id, **given})

    def do(self, kind: str, ticket: Ticket, **given: Any) -> Ticket:
        with self.store.transaction() as tx:
            return self.change(tx, kind, ticket, **given)

    def read(self, ticket: Ticket) -> Ticket:
        with self.store.transaction() as tx:
            return tx.tickets.get(ticket.id)

    def history(self, ticket: Ticket) -> list[tuple[str, str | None, str]]:
        with self.store.transaction() as tx:
            return [(e.kind, e.from_status, e.to_status) for e in tx.tickets.events(ticket.id)]

    def jobs(self) -> list[jobs.Job]:
        """All jobs that are not done, whenever they are due."""
        later = self.clock() + timedelta(days=365)
        with self.store.transaction() as tx:
            return tx.jobs.claim_due(now=later, until=later, limit=100)

    def upload(self, sender: Any, name: str) -> Attachment:
        """A photo that the sender has sent in a message."""
        photo = Attachment(self.new_id(), "image/jpeg", 3, "0" * 64, name)
        with self.store.transaction() as tx:
            conversation = tx.conversations.at(sender) or tx.conversations.open(sender, now=self.clock(), new_id=self.new_id)
            tx.attachments.add(photo, conversation.id, now=self.clock())
            write(tx, "", now=self.clock(), new_id=self.new_id, sender=sender, attachments=(photo.id,))
        return photo


@pytest.fixture
def office(store, clock, new_id) -> Office:
    return Office(store, clock, new_id)


# --- Changes


@pytest.mark.parametrize(("kind", "before"), ALLOWED)
def test_every_change_in_the_table_happens_is_stored_and_is_written_down(office: Office, kind: str, before: Status) -> None:
    ticket = office.ticket(before)
    office.clock.forward(minutes=1)
    changed = office.do(kind, ticket)
    assert changed.status == CHANGES[kind][before]
    assert office.read(ticket) == changed
    assert office.history(ticket)[1:] == [(kind, before, changed.status)]
    with office.store.transaction() as tx:
        line = tx.tickets.events(ticket.id)[-1]
    assert (line.by, line.at) == ("张三", office.clock())


@pytest.mark.parametrize(("kind", "before"), FORBIDDEN)
def test_no_other_change_happens_and_whoever_tried_is_told_how_it_stands(office: Office, kind: str, before: Status) -> None:
    ticket = office.ticket(before)
    history, waiting = office.history(ticket), len(office.jobs())
    with pytest.raises(WrongState, match=f"{ticket.number}.*{STATUS_NAMES[before]}"):
        office.do(kind, ticket)
    assert office.read(ticket) == ticket
    assert office.history(ticket) == history
    assert len(office.jobs()) == waiting


def test_the_table_names_known_states_only_and_every_state_has_a_name() -> None:
    named = {status for changes in CHANGES.values() for pair in changes.items() for status in pair}
    assert named == set(STATUSES) == set(STATUS_NAMES)


def test_closed_and_withdrawn_are_the_end_and_everything_open_can_still_be_withdrawn() -> None:
    assert {before for kind in CHANGES for before in CHANGES[kind]} & {"closed", "withdrawn"} <= {"closed", "withdrawn"}
    assert {kind for kind, changes in CHANGES.items() if {"closed", "withdrawn"} & set(changes)} == {"part"}  # another ticket leaves it
    assert set(CHANGES["withdraw"]) == OPEN


@pytest.mark.parametrize(("kind", "before"), [("return", "dispatched"), ("handle", "accepted"), ("supplement", "received")])
@pytest.mark.parametrize("note", ["", "  \n"])
def test_a_change_that_needs_words_is_refused_without_them(office: Office, kind: str, before: Status, note: str) -> None:
    ticket = office.ticket(before)
    with pytest.raises(WrongState, match="请先写明"):
        office.do(kind, ticket, note=note)
    assert office.read(ticket) == ticket
    assert office.do(kind, ticket, note=" 已写明 ").status == CHANGES[kind][before]
    with office.store.transaction() as tx:
        assert tx.tickets.events(ticket.id)[-1].note == "已写明"


@pytest.mark.parametrize(("kind", "before"), [("accept", "dispatched"), ("handle", "accepted"), ("close", "handled"), ("withdraw", "received")])
def test_of_two_people_who_press_at_the_same_moment_one_succeeds(office: Office, kind: str, before: Status) -> None:
    both_see = office.ticket(before)
    first = office.do(kind, both_see)
    with pytest.raises(WrongState, match="刚刚被别人处理过"):
        office.do(kind, both_see)
    assert office.read(both_see) == first
    assert len(office.history(both_see)) == 2


def test_who_acts_on_what_they_saw_earlier_undoes_no_dispatch_made_since(office: Office) -> None:
    seen = office.do("dispatch", office.open(), unit_id="street-110105026")
    office.do("dispatch", seen, unit_id="dept-urban-management")
    with suppress(WrongState):  # refused or added, as long as the dispatch stays
        office.do("supplement", seen)
    assert office.read(seen).unit_id == "dept-urban-management"


# --- Opening


def test_a_repeated_request_makes_no_second_ticket(office: Office) -> None:
    first = office.open(request_key="request-1")
    again = office.open(request_key="request-1", problem="别的话")
    other = office.open(request_key="request-2")
    assert again == first
    assert other.id != first.id
    assert len(office.history(first)) == 1


def test_numbers_begin_with_the_day_and_count_without_gaps(office: Office) -> None:
    assert [office.open(request_key=key).number for key in "abac"] == ["25112100001", "25112100002", "25112100001", "25112100003"]


def test_a_number_that_was_not_kept_is_given_to_the_next(office: Office) -> None:
    office.open(request_key="a")
    with suppress(RuntimeError), office.store.transaction() as tx:
        tickets.open_ticket(tx, draft(office.conversation, request_key="b"), day="251121", now=office.clock(), new_id=office.new_id)
        raise RuntimeError
    assert office.open(request_key="c").number == "25112100002"


def test_each_day_counts_from_one(office: Office) -> None:
    with office.store.transaction() as tx:
        given = {"now": office.clock(), "new_id": office.new_id}
        numbers = [tickets.open_ticket(tx, draft(office.conversation, request_key=day), day=day, **given).number for day in ("251121", "251122")]
    assert numbers == ["25112100001", "25112200001"]


def test_a_ticket_holds_what_the_citizen_said_and_begins_its_history(office: Office) -> None:
    ticket = office.read(office.open())
    said = draft(office.conversation)
    assert (ticket.kind, ticket.problem, ticket.happened, ticket.place, ticket.category) == (
        said.kind, said.problem, said.happened, said.place, said.category,
    )  # fmt: skip
    assert (ticket.status, ticket.opened_at, ticket.handlings, ticket.unit_id) == ("received", office.clock(), 0, None)
    assert office.history(ticket) == [("open", None, "received")]
    with office.store.transaction() as tx:
        assert tx.tickets.reporter(ticket.id) == Reporter("王小明", "13812345678")


def test_a_ticket_takes_the_photos_of_its_conversation_and_no_others(office: Office) -> None:
    mine, other = office.upload(CITIZEN, "门口.jpg"), office.upload(NEIGHBOUR, "别人.jpg")
    ticket = office.open()
    with office.store.transaction() as tx:
        assert tx.attachments.of_ticket(ticket.id) == [mine]
        assert tx.attachments.unclaimed(office.conversation) == []
        neighbour = tx.conversations.at(NEIGHBOUR)
        assert neighbour is not None
        assert tx.attachments.unclaimed(neighbour.id) == [other]


def test_photos_go_to_one_ticket_and_later_ones_to_the_ticket_they_supplement(office: Office) -> None:
    early = office.upload(CITIZEN, "早.jpg")
    first = office.open(request_key="first")
    second = office.open(request_key="second")
    late = office.upload(CITIZEN, "晚.jpg")
    office.do("supplement", second)
    with office.store.transaction() as tx:
        assert tx.attachments.of_ticket(first.id) == [early]
        assert tx.attachments.of_ticket(second.id) == [late]


# --- What changes bring with them


def test_a_dispatch_names_unit_category_and_limit_and_tells_the_citizen_once(office: Office) -> None:
    ticket = office.do("dispatch", office.open(category=None))
    assert (ticket.unit_id, ticket.category, ticket.due_at) == ("street-110105026", "010101", office.clock() + timedelta(days=7))
    notify = [job for job in office.jobs() if job.kind == "notify"]
    assert [job.subject_id for job in notify] == [ticket.id]


def test_a_ticket_that_comes_back_to_a_unit_it_was_with_before_is_told_to_the_citizen_again(office: Office) -> None:
    ticket = office.do("dispatch", office.open(), unit_id="street-110105026")
    ticket = office.do("dispatch", ticket, unit_id="dept-urban-management")
    office.do("dispatch", ticket, unit_id="street-110105026")
    assert len([job for job in office.jobs() if job.kind == "notify"]) == 3


def test_a_ticket_that_is_sent_once_more_to_the_unit_that_returned_it_is_told_to_the_citizen_again(office: Office) -> None:
    ticket = office.do("dispatch", office.open())
    ticket = office.do("return", ticket)
    office.do("dispatch", ticket)
    assert len([job for job in office.jobs() if job.kind == "notify"]) == 2


def test_a_ticket_returned_by_a_unit_can_be_sent_to_another(office: Office) -> None:
    ticket = office.do("dispatch", office.open())
    ticket = office.do("return", ticket)
    ticket = office.do("dispatch", ticket, unit_id="dept-urban-management")
    assert (ticket.status, ticket.unit_id) == ("dispatched", "dept-urban-management")
    assert office.history(ticket) == [
        ("open", None, "received"), ("dispatch", "received", "dispatched"), ("return", "dispatched", "returned"), ("dispatch", "returned", "dispatched"),
    ]  # fmt: skip


@pytest.mark.parametrize("fails", [False, True], ids=["committed", "rolled back"])
def test_a_handling_and_its_survey_commit_together_or_not_at_all(office: Office, fails: bool) -> None:
    ticket = office.ticket("accepted")

    def handle() -> None:
        with office.store.transaction() as tx:
            office.change(tx, "handle", ticket, survey_at=office.clock() + timedelta(hours=1))
            if fails:
                raise RuntimeError("the process fails before the commit")

    if fails:
        with pytest.raises(RuntimeError):
            handle()
    else:
        handle()
    surveys_to_come = [(job.subject_id, job.run_at) for job in office.jobs() if job.kind == "survey"]
    if fails:
        assert office.read(ticket) == ticket
        assert surveys_to_come == []
    else:
        assert office.read(ticket).status == "handled"
        assert surveys_to_come == [(ticket.id, office.clock() + timedelta(hours=1))]


def test_a_second_handling_is_impossible_so_the_citizen_is_asked_once(office: Office) -> None:
    ticket = office.ticket("accepted")
    handled = office.do("handle", ticket)
    for seen in (ticket, handled):
        with pytest.raises(WrongState):
            office.do("handle", seen)
    assert len([job for job in office.jobs() if job.kind == "survey"]) == 1
    assert office.read(ticket).handlings == 1


def test_a_ticket_that_is_handled_again_after_it_was_reopened_is_asked_about_again(office: Office) -> None:
    ticket = office.do("handle", office.ticket("accepted"))
    assert ticket.handled_at == office.clock()
    office.clock.forward(days=1)
    ticket = office.do("reopen", ticket)
    assert (ticket.unit_id, ticket.handled_at, ticket.due_at) == ("district-110105", None, office.clock() + timedelta(days=7))
    ticket = office.do("handle", ticket)
    assert ticket.handlings == 2
    assert len([job for job in office.jobs() if job.kind == "survey"]) == 2


@pytest.mark.parametrize(("kind", "before"), [("close", "handled"), ("withdraw", "accepted")])
def test_a_ticket_knows_when_it_ended(office: Office, kind: str, before: Status) -> None:
    ticket = office.ticket(before)
    assert ticket.closed_at is None
    assert office.do(kind, ticket).closed_at == office.clock()


def test_the_whole_life_of_a_ticket_can_be_read_from_its_history(office: Office) -> None:
    ticket = office.open()
    for kind in ("dispatch", "accept", "supplement", "handle", "reopen", "accept", "handle", "close"):
        office.clock.forward(hours=1)
        ticket = office.do(kind, ticket)
    path = [to for _, _, to in office.history(ticket)]
    assert path == ["received", "dispatched", "accepted", "accepted", "handled", "dispatched", "accepted", "handled", "closed"]
    starts = [before for _, before, _ in office.history(ticket)]
    assert starts == [None, *path[:-1]]


def test_changes_in_one_instant_are_read_in_the_order_they_happened(office: Office) -> None:
    ticket = office.open()
    for kind in ("dispatch", "accept", "handle", "close"):
        ticket = office.do(kind, ticket)
    assert [kind for kind, _, _ in office.history(ticket)] == ["open", "dispatch", "accept", "handle", "close"]


def test_the_history_says_where_a_ticket_was_sent_and_who_helps(office: Office) -> None:
    ticket = office.do("dispatch", office.ticket("received"))
    ticket = office.do("assist", ticket)
    office.do("hand_over", ticket)
    with office.store.transaction() as tx:
        sent = {event.kind: event.units for event in tx.tickets.events(ticket.id)}
    assert sent["dispatch"] == ("street-110105026",)
    assert sent["assist"] == ("dept-urban-management",)
    assert sent["hand_over"] == ("dept-urban-management",)
    assert sent["open"] == ()


def test_nobody_helps_without_being_named(office: Office) -> None:
    ticket = office.do("dispatch", office.ticket("received"))
    with pytest.raises(WrongState, match="请选择协办单位"):
        office.do("assist", ticket, assists=())


def test_who_sent_a_ticket_back_is_remembered_until_a_dispatcher_upholds(clock: Any, new_id: Any) -> None:
    def line(kind: str, *units: str) -> TicketEvent:
        return TicketEvent(new_id(), UUID(int=1), kind, None, "dispatched", "某人", "", clock(), units)

    history = [line("dispatch", "a", "helper"), line("return"), line("dispatch", "b"), line("hand_over", "c"), line("return")]
    assert tickets.returned_by(history) == {"a", "c"}
    assert tickets.returned_by([*history, line("uphold")]) == {"a"}


def test_a_unit_that_has_a_ticket_gets_no_new_time_and_nothing_new_is_told_by_sending_it_once_more(office: Office) -> None:
    ticket = office.do("dispatch", office.open(), note="")
    with office.store.transaction() as tx:
        began, told = tickets.clock_began(tx.tickets.events(ticket.id)), tickets.dispatches(tx, ticket)
    with pytest.raises(WrongState, match="已经派给这个单位，内容没有变化"):
        office.do("dispatch", ticket, note="")
    office.clock.forward(timedelta(days=3))
    ticket = office.do("dispatch", ticket, note="", category="010102")
    with office.store.transaction() as tx:
        assert (tickets.clock_began(tx.tickets.events(ticket.id)), tickets.dispatches(tx, ticket)) == (began, told)
    ticket = office.do("hand_over", ticket)
    with office.store.transaction() as tx:
        assert (tickets.clock_began(tx.tickets.events(ticket.id)), tickets.dispatches(tx, ticket)) == (began, told + 1)
    office.do("dispatch", ticket, note="", unit_id="district-110105")
    with office.store.transaction() as tx:
        assert (tickets.clock_began(tx.tickets.events(ticket.id)), tickets.dispatches(tx, ticket)) == (office.clock(), told + 2)


def test_assisting_units_that_stay_as_they_are_are_no_step(office: Office) -> None:
    ticket = office.do("assist", office.do("dispatch", office.open()), assists=("dept-urban-management",))
    with pytest.raises(WrongState, match="协办单位没有变化"):
        office.do("assist", ticket, assists=("dept-urban-management",))
    office.do("assist", ticket, assists=("dept-urban-management",), note="请派人到场")
