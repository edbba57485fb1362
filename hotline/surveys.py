"""Surveys: the callback after a ticket was handled. Did the unit make contact, is it solved, is the citizen satisfied?

What a survey is, what becomes of its answers, and how it ends. How the citizen is reached for it: see attempts.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from hotline import tickets
from hotline.dispatch import suggest_for
from hotline.tickets import NewId, Ticket

if TYPE_CHECKING:
    from hotline.city import City
    from hotline.ports import Transaction

Solved = Literal["yes", "partly", "no"]
Satisfaction = Literal["satisfied", "basically", "dissatisfied"]
Attitude = Literal["good", "ordinary", "poor"]
SurveyStatus = Literal["asking", "completed", "unreachable", "declined", "machine", "wrong_person"]
Ending = Literal["unreachable", "declined", "machine", "wrong_person"]
Outcome = Literal["answered", "later", "busy", "no_answer", "declined", "machine", "unreachable", "failed", "wrong_person", "stop"]

SOLVED_NAMES = {"yes": "已解决", "partly": "部分解决", "no": "没解决"}
SATISFACTION_NAMES = {"satisfied": "满意", "basically": "基本满意", "dissatisfied": "不满意"}
ATTITUDE_NAMES = {"good": "态度好", "ordinary": "态度一般", "poor": "态度差"}
ENDING_NOTES = {
    "unreachable": "回访未答复", "declined": "市民不愿接受回访", "machine": "回访电话均为自动应答", "wrong_person": "回访电话不是诉求人本人",
}  # fmt: skip

SUPERVISE_FROM = 2
"""Reopenings from which on a ticket is supervised: other cities' practice, see docs/surveys.md."""
_ENDS: dict[Ending, Outcome] = {"unreachable": "no_answer", "declined": "declined", "machine": "machine", "wrong_person": "wrong_person"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a citizen says when asked about a handling."""

    contacted: bool | None = None
    solved: Solved | None = None
    satisfaction: Satisfaction | None = None
    very: bool = False
    """Very satisfied or very dissatisfied, where the city asks in five grades. The rates do not tell it apart."""
    attitude: Attitude | None = None
    """Of the staff."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Survey(Answers):
    """The survey of one handling of one ticket. `unit_id` is the lead unit at that time, whose rates it counts for.

    While it is `asking` the answers given so far are kept, so that it goes on where it was, through whatever channel.
    """

    id: UUID
    ticket_id: UUID
    handling: int
    unit_id: str
    channel: str
    """Of the latest attempt."""
    status: SurveyStatus
    asked_at: datetime
    completed_at: datetime | None = None
    attempts: int = 0
    next_at: datetime | None = None
    """When the next attempt is to be made."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that we reached out to the citizen."""

    survey_id: UUID
    number: int
    channel: str
    begun_at: datetime
    outcome: Outcome | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a member of staff notes about a survey. Answers themselves can't be changed by anybody."""

    id: UUID
    survey_id: UUID
    by: str
    note: str
    at: datetime


def note(tx: Transaction, survey: Survey, answers: Mapping[str, Any]) -> None:
    """Keep what has been answered so far: contacted, solved, satisfaction, very, attitude, comment. Ignored once it is finished."""
    tx.surveys.change(survey.id, {name: value for name, value in answers.items() if value is not None})


def complete(
    tx: Transaction, survey: Survey, *, contacted: bool, solved: Solved, satisfaction: Satisfaction, comment: str,
    reopen_due: datetime, now: datetime, new_id: NewId, attitude: Attitude | None = None, very: bool = False,
) -> Ticket:  # fmt: skip
    """Store the citizen's answers, once, and close the ticket or, when it is not solved or the citizen is dissatisfied, reopen it."""
    ticket = tx.tickets.get(survey.ticket_id)
    answered = replace(
        survey, status="completed", contacted=contacted, solved=solved, satisfaction=satisfaction, comment=comment, completed_at=now,
        attitude=attitude, very=very, next_at=None,
    )  # fmt: skip
    if not tx.surveys.finish(answered):
        return ticket
    tx.surveys.end_attempt(survey.id, "answered", now=now)
    if ticket.status != "handled" or ticket.handlings != survey.handling:
        return ticket  # the answer counts for its handling; the ticket has moved on
    told = summary(answered)
    if solved == "no" or satisfaction == "dissatisfied":
        ticket = tickets.reopen(tx, ticket, due_at=reopen_due, by="citizen", note=told, now=now, new_id=new_id)
        return _supervised(tx, ticket, now=now, new_id=new_id)
    return tickets.close(tx, ticket, by="citizen", note=told, now=now, new_id=new_id)


def _supervised(tx: Transaction, ticket: Ticket, *, now: datetime, new_id: NewId) -> Ticket:
    """Who is not content with the second handling either has it supervised (督办); see SUPERVISE_FROM."""
    again = sum(event.kind == "reopen" for event in tx.tickets.events(ticket.id))
    if again < SUPERVISE_FROM:
        return ticket
    return tickets.supervise(tx, ticket, by="system", note=f"市民第 {again} 次对办理结果不认可，转督办。", now=now, new_id=new_id)


def grade_name(satisfaction: Satisfaction, *, very: bool) -> str:
    """满意, or of five grades 非常满意."""
    return ("非常" if very else "") + SATISFACTION_NAMES[satisfaction]


def summary(survey: Survey) -> str:
    """The answers so far in a sentence, as the unit reads them."""
    parts = [] if survey.contacted is None else ["有联系" if survey.contacted else "未联系"]
    if survey.solved:
        parts.append(SOLVED_NAMES[survey.solved])
    if survey.satisfaction:
        parts.append(grade_name(survey.satisfaction, very=survey.very))
    if survey.attitude:
        parts.append(ATTITUDE_NAMES[survey.attitude])
    told = f"回访：{'，'.join(parts)}" + (f"。市民说：{survey.comment}" if survey.comment else "")
    if survey.solved == "partly" and survey.satisfaction == "dissatisfied":
        told += "。（已解决的部分有效，请继续办理未解决的部分）"
    return told


def is_answered(survey: Survey) -> bool:
    """Whether all is answered that the rates ask for. The manner and the reason are welcome, and nobody is asked again for them alone."""
    return None not in (survey.contacted, survey.solved, survey.satisfaction)


def end(tx: Transaction, survey: Survey, status: Ending, *, city: City, now: datetime, new_id: NewId) -> None:
    """It ends before all is answered, and the rates leave it out. The ticket closes, unless its citizen had already said that it is not
    solved, or that they are dissatisfied: then it is reopened, as after a whole survey. One in which all is answered is complete, whoever fell silent afterwards.
    `survey` must be as it is stored."""
    if status != "wrong_person" and survey.contacted is not None and survey.solved and survey.satisfaction:
        due = city.working_time.due(now, suggest_for(tx, city, tx.tickets.get(survey.ticket_id)).limit)
        complete(
            tx, survey, contacted=survey.contacted, solved=survey.solved, satisfaction=survey.satisfaction, comment=survey.comment,
            reopen_due=due, now=now, new_id=new_id, attitude=survey.attitude, very=survey.very,
        )  # fmt: skip
        return
    if not tx.surveys.finish(replace(survey, status=status, completed_at=now, next_at=None)):
        return
    tx.surveys.end_attempt(survey.id, _ENDS[status], now=now)
    ticket = tx.tickets.get(survey.ticket_id)
    if ticket.status != "handled" or ticket.handlings != survey.handling:
        return
    unhappy = survey.solved == "no" or survey.satisfaction == "dissatisfied"
    if unhappy and status != "wrong_person":  # what somebody else said is no answer
        due = city.working_time.due(now, suggest_for(tx, city, ticket).limit)
        ticket = tickets.reopen(tx, ticket, due_at=due, by="citizen", note=f"{summary(survey)}。（{ENDING_NOTES[status]}）", now=now, new_id=new_id)
        _supervised(tx, ticket, now=now, new_id=new_id)
    else:
        tickets.close(tx, ticket, by="system", note=ENDING_NOTES[status], now=now, new_id=new_id)


def stop(tx: Transaction, survey: Survey, *, city: City, now: datetime, new_id: NewId) -> None:
    """“Don't call me any more”: no further call or short message goes to this number, and this survey ends."""
    if phone := tx.tickets.reporter(survey.ticket_id).phone:
        tx.surveys.stop_calls(phone, now=now)
    tx.surveys.end_attempt(survey.id, "stop", now=now)
    end(tx, survey, "declined", city=city, now=now, new_id=new_id)


def annotate(tx: Transaction, survey: Survey, *, by: str, note: str, now: datetime, new_id: NewId) -> None:
    """Note something about a survey. Raises WrongState without a text."""
    if not note.strip():
        raise tickets.WrongState("请先写备注。")
    tx.surveys.add_annotation(Annotation(new_id(), survey.id, by, note.strip(), now))
