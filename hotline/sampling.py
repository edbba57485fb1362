"""Third-party sampling (第三方抽样): some citizens who were due a callback are asked once more, apart from it, and both are compared.

A sample is drawn from all surveys that began in a window and have ended: so many at random from each unit and class (first-level
category). The same seed over the same surveys draws the same. Whoever is drawn gets a link of their own, once; what they answer
changes neither the ticket nor the regular rates. Where groups were drawn at different shares, an answer weighs as many surveys
as it stands for.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from hotline import attempts, jobs
from hotline.attempts import AUDIBLE
from hotline.figures.windows import Window
from hotline.jobs import Job
from hotline.rates import Rates, Weights
from hotline.surveys import Answers, Solved
from hotline.tickets import NewId, WrongState

if TYPE_CHECKING:
    from hotline.city import City
    from hotline.ports import Transaction

SPOKEN = frozenset({"phone"})
"""Channels that carry no link. Nobody is rung for a sample: a call of ours would not be apart from us."""
MOST_PER_GROUP = 50


@dataclass(frozen=True, slots=True)
class Framed:
    """A survey from which a sample may be drawn."""

    survey_id: UUID
    ticket_id: UUID
    unit_id: str
    category: str

    @property
    def group(self) -> tuple[str, str]:
        """Unit and class."""
        return self.unit_id, self.category[:2]


@dataclass(frozen=True, slots=True)
class Sample:
    """A draw, with all that it takes to draw it again."""

    id: UUID
    since: datetime
    until: datetime
    seed: int
    per_group: int
    drawn_by: str
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class Drawn(Answers):
    """One survey of a sample, and what the citizen answered about it the second time. `group_size` is how many there were to draw from."""

    id: UUID
    sample_id: UUID
    survey_id: UUID
    ticket_id: UUID
    unit_id: str
    category: str
    """Two digits: the class."""
    group_size: int
    channel: str | None = None
    """Through which the link went; None when it has not been sent, or there is no way to send it."""
    asked_at: datetime | None = None
    answered_at: datetime | None = None

    @property
    def group(self) -> tuple[str, str]:
        return self.unit_id, self.category


def choose(frame: Sequence[Framed], *, seed: int, per_group: int) -> list[tuple[Framed, int]]:
    """Up to `per_group` of each unit and class, each with the size of its group. Order and chance depend on nothing but the arguments."""
    chosen: list[tuple[Framed, int]] = []
    for group, found in groupby(sorted(frame, key=lambda one: (*one.group, one.survey_id)), key=lambda one: one.group):
        members = list(found)
        picked = random.Random(f"{seed} {group[0]} {group[1]}").sample(members, min(per_group, len(members)))
        chosen += [(one, len(members)) for one in picked]
    return chosen


def draw(tx: Transaction, window: Window, *, seed: int, per_group: int, by: str, now: datetime, new_id: NewId) -> Sample:
    """Draw a sample and have everybody in it asked. Raises WrongState, a sentence, when there is nothing to draw from."""
    if not 1 <= per_group <= MOST_PER_GROUP:
        raise WrongState(f"每个单位每类抽 1 到 {MOST_PER_GROUP} 件。")
    chosen = choose(tx.samples.frame(window), seed=seed, per_group=per_group)
    if not chosen:
        raise WrongState("这段时间没有已经结束的回访，抽不出样本。")
    sample = Sample(new_id(), window.since, window.until, seed, per_group, by, now)
    drawn = [Drawn(new_id(), sample.id, one.survey_id, one.ticket_id, one.unit_id, one.category[:2], size) for one, size in chosen]
    tx.samples.add(sample, drawn)
    for one in drawn:
        jobs.schedule(tx, "sample_ask", one.id, {}, run_at=now, key=f"sample_ask:{one.id}", new_id=new_id)
    return sample


def way(tx: Transaction, drawn: Drawn, reachable: Collection[str]) -> str | None:
    """Through which channel the link goes to this citizen, or None: who did not want to be asked, and who is not the one, is left alone."""
    survey = tx.surveys.get(drawn.survey_id)
    if survey.status in ("declined", "wrong_person"):
        return None
    ticket = tx.tickets.get(drawn.ticket_id)
    return next((one for one in attempts.ways_of(tx, ticket, reachable) if one not in SPOKEN), None)


def ask(tx: Transaction, job: Job, *, city: City, reachable: Collection[str], now: datetime, new_id: NewId) -> tuple[Drawn, str] | None:
    """The job `sample_ask` is due: who is to be sent the link now, and how. Written before it is sent, so it is sent once at most."""
    drawn = tx.samples.get(job.subject_id)
    channel = way(tx, drawn, reachable)
    if channel is None or drawn.asked_at is not None:
        return None
    if channel in AUDIBLE and (at := city.calling_hours.from_(now)) != now:
        jobs.schedule(tx, "sample_ask", drawn.id, {}, run_at=at, key=f"sample_ask:{drawn.id}:{at:%y%m%d%H%M}", new_id=new_id)
        return None
    return (drawn, channel) if tx.samples.set_asked(drawn.id, channel, now=now) else None


# --- What came of it


@dataclass(frozen=True, slots=True)
class Estimate:
    """Rates of all surveys of the frame, estimated from the sample. `of` is how many evenly weighted answers would tell as much."""

    rates: Rates
    of: int
    answered: int
    drawn: int


def estimate(drawn: Sequence[Drawn], weights: Weights) -> Estimate | None:
    """None without answers. An answer stands for the surveys of its group, shared among those of the group that answered.

    `of` is Kish's effective sample size (L. Kish, Survey Sampling, 1965, section 11.7): the square of the sum of the weights over the
    sum of their squares.
    """
    answered = [one for one in drawn if one.answered_at is not None]
    if not answered:
        return None
    of_group = Counter(one.group for one in answered)
    weight = [one.group_size / of_group[one.group] for one in answered]
    total = sum(weight)

    def share(worth: Sequence[float]) -> float:
        return sum(w * value for w, value in zip(weight, worth, strict=True)) / total

    response = share([float(bool(one.contacted)) for one in answered])
    resolution = share([float(one.solved == "yes") for one in answered])
    grades = {"satisfied": 1.0, "basically": weights.basically}
    satisfied = share([grades.get(one.satisfaction or "", 0.0) for one in answered])
    score = weights.response * response + weights.resolution * resolution + weights.satisfied * satisfied
    rates = Rates(response, resolution, satisfied, score, len(answered) / len(drawn))
    return Estimate(rates, max(round(total**2 / sum(w * w for w in weight)), 1), len(answered), len(drawn))


def agreement(drawn: Sequence[Drawn], told: Mapping[UUID, Solved]) -> tuple[int, int]:
    """(how many said the same of “solved” both times, how many answered both). `told`: what the regular survey was told, by its id."""
    both = [(one.solved, told[one.survey_id]) for one in drawn if one.answered_at is not None and one.survey_id in told]
    return sum(now == before for now, before in both), len(both)
