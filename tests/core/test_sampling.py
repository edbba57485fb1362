"""Third-party samples: drawn by chance that can be repeated, asked once and apart, and compared with what was said before."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from fakes import CITIZEN, NOW, draft
from hypothesis import given
from hypothesis import strategies as st

from hotline import attempts, sampling, surveys, tickets
from hotline.figures.windows import Window
from hotline.jobs import LOCK
from hotline.rates import Weights, difference, interval
from hotline.sampling import Drawn, Framed, choose, estimate
from hotline.surveys import Answers
from hotline.tickets import Reporter, WrongState
from hotline.worker import HANDLERS, Worker

WINDOW = Window(NOW - timedelta(days=1), NOW + timedelta(days=1))


def framed(sizes: dict[tuple[str, str], int]) -> list[Framed]:
    number = iter(range(1, 10_000))
    return [Framed(UUID(int=next(number)), UUID(int=0), unit, f"{kind}0101") for (unit, kind), size in sizes.items() for _ in range(size)]


FRAME = framed({("a", "01"): 20, ("a", "02"): 3, ("b", "01"): 1, ("b", "04"): 50})


def test_so_many_are_drawn_from_each_unit_and_class_and_all_where_there_are_fewer() -> None:
    drawn = choose(FRAME, seed=7, per_group=4)
    assert Counter(one.group for one, _ in drawn) == {("a", "01"): 4, ("a", "02"): 3, ("b", "01"): 1, ("b", "04"): 4}
    assert {one.group: size for one, size in drawn} == Counter(one.group for one in FRAME)


def test_the_same_seed_draws_the_same_whatever_the_order_and_another_seed_others() -> None:
    assert choose(FRAME, seed=7, per_group=4) == choose(FRAME[::-1], seed=7, per_group=4)
    assert choose(FRAME, seed=7, per_group=4) != choose(FRAME, seed=8, per_group=4)


def test_everybody_is_drawn_as_often_as_anybody() -> None:
    times = Counter(one.survey_id for seed in range(3000) for one, _ in choose(framed({("a", "01"): 6}), seed=seed, per_group=2))
    assert len(times) == 6
    # 1,000 expected; the standard deviation of each is 26
    assert all(abs(count - 1000) < 4 * 26 for count in times.values())


def answered(unit: str, group_size: int, solved: str | None, satisfaction: str = "satisfied") -> Drawn:
    one = Drawn(UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4), unit, "01", group_size)
    if solved is None:
        return one
    return replace(one, answered_at=NOW, contacted=True, solved=solved, satisfaction=satisfaction)  # type: ignore[arg-type]


def test_an_answer_weighs_as_many_surveys_as_it_stands_for() -> None:
    drawn = [answered("a", 30, "yes"), answered("a", 30, "no", "dissatisfied"), answered("a", 30, None), answered("b", 10, "yes", "basically")]
    found = estimate(drawn, Weights())
    assert found
    # 30 surveys stand behind two answers of a, 10 behind the one of b
    assert found.rates.resolution == pytest.approx(float(Fraction(15 + 10, 40)))
    assert found.rates.satisfied == pytest.approx((15 * 1 + 10 * 0.9) / 40)
    assert found.rates.score == pytest.approx(0.1 + 0.5 * 25 / 40 + 0.4 * 24 / 40)
    assert (found.answered, found.drawn, found.rates.coverage) == (3, 4, 0.75)
    assert found.of == round(40**2 / (15**2 + 15**2 + 10**2))
    assert estimate([answered("a", 30, None)], Weights()) is None


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_the_interval_of_a_difference_holds_it_and_turns_round_with_it(one: int, two: int, data: st.DataObject) -> None:
    a, b = data.draw(st.integers(0, one)) / one, data.draw(st.integers(0, two)) / two
    found, turned = difference(a, one, b, two), difference(b, two, a, one)
    assert found.low - 1e-12 <= a - b <= found.high + 1e-12
    assert (found.low, found.high) == (pytest.approx(-turned.high), pytest.approx(-turned.low))


def test_the_interval_of_a_difference_is_the_one_of_the_books() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), 873–890, table II, method 10: 56/70 − 48/80, 9/10 − 3/10
    for a, m, b, n, low, high in ((56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090)):
        found = difference(a / m, m, b / n, n)
        assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert interval(0.8, 70).low < 0.8


class Town:
    """Ended surveys of one unit, and a worker."""

    def __init__(self, store: Any, clock: Any, new_id: Any, city: Any) -> None:
        self.store, self.clock, self.new_id, self.city = store, clock, new_id, city

    def survey(self, status: Any = "completed", *, phone: str = "13800000001") -> UUID:
        given = {"now": self.clock(), "new_id": self.new_id}
        with self.store.transaction() as tx:
            conversation = tx.conversations.open(CITIZEN, **given).id
            wanted = draft(conversation, request_key=str(self.new_id()), reporter=Reporter(phone=phone))
            opened = tickets.open_ticket(tx, wanted, day="251121", **given)
            sent = tickets.dispatch(tx, opened, unit_id="street-110105026", category="010101", due_at=self.clock(), by="张三", note="", **given)
            survey = attempts.start(tx, tickets.handle(tx, sent, by="张三", note="已清运", survey_at=self.clock(), **given), channel="web", **given)
            assert survey
            if status == "completed":
                answers: dict[str, Any] = {"contacted": True, "solved": "yes", "satisfaction": "satisfied", "comment": ""}
                surveys.complete(tx, survey, **answers, reopen_due=self.clock(), **given)
            elif status != "asking":
                surveys.end(tx, survey, status, city=self.city, **given)
            return survey.id

    def draw(self, **changes: Any) -> list[Drawn]:
        with self.store.transaction() as tx:
            given: dict[str, Any] = {"seed": 1, "per_group": 50, "by": "某analyst", "now": self.clock(), "new_id": self.new_id, **changes}
            return tx.samples.drawn(sampling.draw(tx, WINDOW, **given).id)

    def work(self, *reachable: str) -> None:
        async def nothing(*_: Any) -> Any:
            return True

        worker = Worker(self.store, self.city, nothing, nothing, (), frozenset(reachable), lambda purpose, id, now: f"https://example.org/{purpose}/{id}",
                        self.clock, self.new_id)  # fmt: skip
        with self.store.transaction() as tx:
            due = [job for job in tx.jobs.claim_due(now=self.clock(), until=self.clock() + LOCK, limit=99) if job.kind == "sample_ask"]
        for job in due:
            with self.store.transaction() as tx:
                HANDLERS[job.kind](worker, tx, job, self.clock())
                tx.jobs.set_done(job.id, now=self.clock())

    def sent(self) -> list[str]:
        with self.store.transaction() as tx:
            found = tx.messages.claim_unsent(("sms", "telegram"), now=self.clock(), until=self.clock() + LOCK, limit=99)
            return [message.text for message, _ in found]

    def read(self, id: UUID) -> Drawn:
        with self.store.transaction() as tx:
            return tx.samples.get(id)


@pytest.fixture
def town(store, clock, new_id, city) -> Town:
    return Town(store, clock, new_id, city)


def test_only_surveys_that_have_ended_are_drawn_from_and_without_any_there_is_a_sentence(town: Town) -> None:
    town.survey("asking")
    with pytest.raises(WrongState, match="没有已经结束的回访"):
        town.draw()
    for per_group in (0, 51):
        with pytest.raises(WrongState, match="1 到 50"):
            town.draw(per_group=per_group)
    ended = {town.survey("completed"), town.survey("unreachable")}
    assert {one.survey_id for one in town.draw()} == ended


def test_each_is_sent_one_link_of_their_own_through_a_way_that_carries_one(town: Town) -> None:
    town.survey()
    [one] = town.draw()
    for _ in range(2):
        town.work("telegram", "phone")
        town.clock.forward(LOCK)
    assert [str(one.id) in text and "抽查" in text for text in town.sent()] == [True]
    assert (town.read(one.id).channel, town.read(one.id).asked_at) == ("telegram", NOW)


def test_nobody_is_rung_for_a_sample(town: Town) -> None:
    town.survey()
    [one] = town.draw()
    town.work("phone")
    assert town.read(one.id).asked_at is None


def test_short_messages_keep_to_the_hours(town: Town) -> None:
    town.clock.now = NOW.replace(hour=14)  # ten at night in Beijing
    town.survey()
    [one] = town.draw()
    town.work("sms")
    assert town.read(one.id).asked_at is None
    town.clock.forward(days=2, hours=12)  # it was a Friday
    town.work("sms")
    assert town.read(one.id).channel == "sms"


@pytest.mark.parametrize("status", ["declined", "wrong_person"])
def test_who_did_not_want_to_be_asked_is_left_alone(town: Town, status: str) -> None:
    town.survey(status)
    [one] = town.draw()
    town.work("telegram", "sms")
    assert town.read(one.id).asked_at is None
    assert town.sent() == []


def test_a_number_that_said_stop_gets_no_short_message(town: Town) -> None:
    town.survey()
    with town.store.transaction() as tx:
        tx.surveys.stop_calls("13800000001", now=town.clock())
    [one] = town.draw()
    town.work("sms")
    assert town.read(one.id).asked_at is None


def test_an_answer_counts_once_and_changes_neither_ticket_nor_survey(town: Town) -> None:
    id = town.survey()
    [one] = town.draw()
    with town.store.transaction() as tx:
        before = tx.surveys.get(id), tx.tickets.get(one.ticket_id)
        no = Answers(contacted=False, solved="no", satisfaction="dissatisfied", comment="根本没修")
        assert tx.samples.set_answered(one.id, no, now=town.clock())
        assert not tx.samples.set_answered(one.id, replace(no, solved="yes"), now=town.clock())
    with town.store.transaction() as tx:
        assert (tx.surveys.get(id), tx.tickets.get(one.ticket_id)) == before
        found = tx.samples.get(one.id)
        assert (found.solved, found.comment, found.answered_at) == ("no", "根本没修", town.clock())
        assert sampling.agreement([found], tx.samples.told(one.sample_id)) == (0, 1)
        [(sample, *counts)] = tx.samples.newest()
        assert (sample.drawn_by, sample.seed, counts) == ("某analyst", 1, [1, 0, 1])


def test_the_same_draw_can_be_made_again(town: Town) -> None:
    for number in range(12):
        town.survey(phone=f"138000000{number:02}")
    chosen = [[one.survey_id for one in sorted(town.draw(seed=5, per_group=4), key=lambda d: d.survey_id)] for _ in range(2)]
    assert chosen[0] == chosen[1]
    assert len(chosen[0]) == 4
