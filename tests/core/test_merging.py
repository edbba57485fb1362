"""Several people about one thing: their tickets go one way, each is told and asked, and they may part again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fakes import CITIZEN, NEIGHBOUR, VISITOR, Clock, draft, make_ids
from hypothesis import given
from hypothesis import strategies as st

from hotline import merging, tickets
from hotline.messages import Address
from hotline.tickets import CHANGES, OPEN, Ticket, WrongState


class Office:
    def __init__(self, store: Any, clock: Any, new_id: Callable[[], UUID]) -> None:
        self.store, self.clock, self.new_id = store, clock, new_id

    def open(self, sender: Address = CITIZEN, **changes: Any) -> Ticket:
        with self.store.transaction() as tx:
            talk = tx.conversations.at(sender) or tx.conversations.open(sender, now=self.clock(), new_id=self.new_id)
            wanted = draft(talk.id, **{"request_key": str(self.new_id()), **changes})
            return tickets.open_ticket(tx, wanted, day="251121", now=self.clock(), new_id=self.new_id)

    def do(self, step: Callable[..., Any], ticket: Ticket, *more: Any, **given: Any) -> Ticket:
        with self.store.transaction() as tx:
            fresh = [tx.tickets.get(t.id) for t in (ticket, *more)]
            step(tx, *fresh, by="张三", now=self.clock(), new_id=self.new_id, **given)
            return tx.tickets.get(ticket.id)

    def dispatch(self, ticket: Ticket) -> Ticket:
        return self.do(tickets.dispatch, ticket, unit_id="street-110105026", category="010101", due_at=self.clock() + timedelta(days=7), note="")

    def handle(self, ticket: Ticket) -> Ticket:
        return self.do(tickets.handle, ticket, note="已清运", survey_at=self.clock())

    def read(self, ticket: Ticket) -> Ticket:
        with self.store.transaction() as tx:
            return tx.tickets.get(ticket.id)

    def kinds(self, ticket: Ticket) -> list[str]:
        with self.store.transaction() as tx:
            return [event.kind for event in tx.tickets.events(ticket.id)]

    def people(self, ticket: Ticket) -> int:
        with self.store.transaction() as tx:
            return merging.people(tx, tx.tickets.get(ticket.id))

    def asked(self) -> list[UUID]:
        later = self.clock() + timedelta(days=365)
        with self.store.transaction() as tx:
            return [job.subject_id for job in tx.jobs.claim_due(now=later, until=later, limit=200) if job.kind == "survey"]


@pytest.fixture
def office(store, clock, new_id) -> Office:
    return Office(store, clock, new_id)


def test_a_merged_ticket_goes_the_way_of_the_other_and_everyone_is_asked_about_their_own(office: Office) -> None:
    main, other = office.dispatch(office.open(CITIZEN)), office.open(NEIGHBOUR)
    other = office.do(merging.merge, other, main)
    assert (other.status, other.merged_into) == ("merged", main.id)
    assert office.kinds(main)[-1] == "join"
    assert office.people(main) == 2
    office.handle(main)
    assert [office.read(t).status for t in (main, other)] == ["handled", "handled"]
    assert office.read(other).unit_id == "street-110105026"
    assert set(office.asked()) == {main.id, other.id}


def test_one_person_who_reported_it_twice_counts_once_and_is_asked_once(office: Office) -> None:
    main, again = office.dispatch(office.open(CITIZEN)), office.open(CITIZEN)
    office.do(merging.merge, again, main)
    assert office.people(main) == 1
    office.handle(main)
    assert office.read(again).status == "closed"
    assert office.asked() == [main.id]


def test_who_is_not_content_gets_their_own_ticket_back_to_the_unit(office: Office) -> None:
    main, other = office.dispatch(office.open(CITIZEN)), office.open(NEIGHBOUR)
    office.do(merging.merge, other, main)
    office.handle(main)
    office.do(tickets.close, main, note="满意")
    reopened = office.do(tickets.reopen, other, note="没解决", due_at=office.clock() + timedelta(days=7))
    assert (reopened.status, reopened.unit_id, reopened.merged_into) == ("dispatched", "street-110105026", None)
    assert office.read(main).status == "closed"


def test_what_was_merged_into_a_ticket_follows_it_and_no_chains_arise(office: Office) -> None:
    first, second, third = office.open(CITIZEN), office.open(NEIGHBOUR), office.open(VISITOR)
    office.do(merging.merge, third, second)
    office.do(merging.merge, second, first)
    assert office.read(third).merged_into == office.read(second).merged_into == first.id
    late = office.do(merging.merge, office.open(VISITOR), second)  # into one that is merged itself: into its main ticket
    assert late.merged_into == first.id
    assert office.people(first) == 3


def test_a_merged_ticket_can_be_taken_out_again_and_waits_for_a_dispatch(office: Office) -> None:
    main, other = office.dispatch(office.open(CITIZEN)), office.open(NEIGHBOUR)
    office.do(merging.merge, other, main)
    alone = office.do(merging.split, other, note="不是同一处")
    assert (alone.status, alone.merged_into) == ("received", None)
    assert office.kinds(main)[-1] == "part"
    office.handle(main)
    assert office.read(other).status == "received"


def test_when_the_first_citizen_withdraws_the_others_go_on_with_unit_and_deadline(office: Office) -> None:
    main, second, third = office.dispatch(office.open(CITIZEN)), office.open(NEIGHBOUR), office.open(VISITOR)
    office.do(merging.merge, second, main)
    office.do(merging.merge, third, main)
    office.do(tickets.withdraw, main, note="")
    heir = office.read(second)
    assert (heir.status, heir.unit_id, heir.due_at) == ("dispatched", main.unit_id, main.due_at)
    assert office.read(third).merged_into == heir.id
    assert office.read(main).status == "withdrawn"


def test_what_is_added_to_a_merged_ticket_is_read_where_it_is_handled(office: Office) -> None:
    main, other = office.open(CITIZEN), office.open(NEIGHBOUR)
    office.do(merging.merge, other, main)
    office.do(tickets.supplement, other, note="又堆了一车")
    with office.store.transaction() as tx:
        assert "又堆了一车" in tx.tickets.events(main.id)[-1].note


@pytest.mark.parametrize("what", ["itself", "a closed one", "twice"])
def test_what_can_not_be_merged_is_refused_in_a_sentence(office: Office, what: str) -> None:
    one, other = office.open(CITIZEN), office.open(NEIGHBOUR)
    if what == "itself":
        other = one
    elif what == "a closed one":
        office.do(tickets.withdraw, other, note="")
    else:
        office.do(merging.merge, one, other)
    with pytest.raises(WrongState, match="工单"):
        office.do(merging.merge, one, other)
    merged = office.do(merging.merge, office.open(CITIZEN), office.open(NEIGHBOUR))
    with pytest.raises(WrongState, match="主单"):
        office.do(tickets.handle, merged, note="好了", survey_at=office.clock())


STEPS = ["dispatch", "accept", "return", "uphold", "extend", "assist", "hand_over", "supervise", "handle", "close", "reopen", "withdraw", "merge", "split"]


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(0, 2)), max_size=25))
def test_whatever_people_do_in_whatever_order_the_histories_are_whole(_sqlite: Any, steps: list[tuple[str, int, int]]) -> None:  # noqa: PT019
    """Three tickets, any steps: every line of a history begins where the last ended and is in the table, and nothing hangs on a
    ticket that is merged itself or has ended."""
    store, file, migrated = _sqlite
    store.close()
    for rest in file.parent.glob("jiesu.db-*"):
        rest.unlink()
    file.write_bytes(migrated.read_bytes())
    clock = Clock()
    office = Office(store, clock, make_ids())
    three = [office.open(sender) for sender in (CITIZEN, NEIGHBOUR, VISITOR)]
    due = clock() + timedelta(days=7)
    with_words: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "dispatch": (tickets.dispatch, {"unit_id": "dept-water", "category": "010101", "due_at": due, "note": ""}),
        "accept": (tickets.accept, {}), "return": (tickets.send_back, {"note": "不归我们"}), "uphold": (tickets.uphold, {"note": "归你们"}),
        "extend": (tickets.extend, {"note": "等备件", "due_at": due + timedelta(days=3)}), "assist": (tickets.assist, {"note": "", "assists": ("dept-fire",)}),
        "hand_over": (tickets.hand_over, {"note": "商定", "unit_id": "dept-health"}), "supervise": (tickets.supervise, {"note": "快"}),
        "handle": (tickets.handle, {"note": "好了", "survey_at": due}), "close": (tickets.close, {"note": ""}),
        "reopen": (tickets.reopen, {"note": "没好", "due_at": due}), "withdraw": (tickets.withdraw, {"note": ""}), "split": (merging.split, {"note": "两件事"}),
    }  # fmt: skip
    for step, one, other in steps:
        with suppress(WrongState):
            if step == "merge":
                office.do(merging.merge, three[one], three[other])
            else:
                office.do(with_words[step][0], three[one], **with_words[step][1])
    with store.transaction() as tx:
        for ticket in (tx.tickets.get(t.id) for t in three):
            status = None
            for event in tx.tickets.events(ticket.id):
                assert event.from_status == status
                if event.kind != "open":
                    assert CHANGES[event.kind][event.from_status] == event.to_status  # type: ignore[index]
                status = event.to_status
            assert status == ticket.status
            if ticket.status == "merged":
                assert tx.tickets.get(ticket.merged_into).status in OPEN - {"merged"}  # type: ignore[arg-type]
    store.close()  # the next test copies a fresh file into its place
