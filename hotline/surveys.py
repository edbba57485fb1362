"""Surveys: the callback after a ticket was handled. Did the unit make contact, is it solved, is the citizen satisfied?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from hotline import jobs, tickets
from hotline.tickets import NewId, Ticket

if TYPE_CHECKING:
    from hotline.ports import Transaction

Solved = Literal["yes", "partly", "no"]
Satisfaction = Literal["satisfied", "basically", "dissatisfied"]
SurveyStatus = Literal["asking", "completed", "unreachable", "declined"]

SOLVED_NAMES = {"yes": "已解决", "partly": "部分解决", "no": "没解决"}
SATISFACTION_NAMES = {"satisfied": "满意", "basically": "基本满意", "dissatisfied": "不满意"}

ANSWER_WITHIN = timedelta(days=3)
"""How long an unanswered survey stays open before the citizen counts as not reached. Editable default, not law."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The survey of one handling of one ticket. `unit_id` is the lead unit at that time, whose rates it counts for."""

    id: UUID
    ticket_id: UUID
    handling: int
    unit_id: str
    channel: str
    status: SurveyStatus
    asked_at: datetime
    contacted: bool | None = None
    solved: Solved | None = None
    satisfaction: Satisfaction | None = None
    comment: str = ""
    completed_at: datetime | None = None


def start(tx: Transaction, ticket: Ticket, *, channel: str, now: datetime, new_id: NewId) -> Survey | None:
    """Begin asking about the latest handling. None if it was begun before or the ticket has moved on."""
    if ticket.status != "handled" or ticket.unit_id is None or tx.surveys.of_handling(ticket.id, ticket.handlings):
        return None
    survey = Survey(new_id(), ticket.id, ticket.handlings, ticket.unit_id, channel, "asking", now)
    tx.surveys.add(survey)
    jobs.schedule(tx, "survey_lapse", survey.id, {}, run_at=now + ANSWER_WITHIN, key=f"lapse:{survey.id}", new_id=new_id)
    return survey


def complete(
    tx: Transaction, survey: Survey, *, contacted: bool, solved: Solved, satisfaction: Satisfaction, comment: str,
    reopen_due: datetime, now: datetime, new_id: NewId,
) -> Ticket:  # fmt: skip
    """Store the citizen's answers, once, and close the ticket or, when it is not solved or the citizen is dissatisfied, reopen it."""
    ticket = tx.tickets.get(survey.ticket_id)
    answered = replace(
        survey, status="completed", contacted=contacted, solved=solved, satisfaction=satisfaction, comment=comment, completed_at=now
    )
    if not tx.surveys.finish(answered):
        return ticket
    summary = f"{'有联系' if contacted else '未联系'}，{SOLVED_NAMES[solved]}，{SATISFACTION_NAMES[satisfaction]}"
    note = f"回访：{summary}" + (f"。市民说：{comment}" if comment else "")
    if ticket.status != "handled" or ticket.handlings != survey.handling:
        return ticket  # the answer counts for its handling; the ticket has moved on
    if solved == "no" or satisfaction == "dissatisfied":
        return tickets.reopen(tx, ticket, due_at=reopen_due, by="citizen", note=note, now=now, new_id=new_id)
    return tickets.close(tx, ticket, by="citizen", note=note, now=now, new_id=new_id)


def end_unanswered(
    tx: Transaction, survey: Survey, status: Literal["unreachable", "declined"], *, now: datetime, new_id: NewId
) -> None:
    """Nobody answered, or the citizen did not wish to. The ticket closes; the rates leave this survey out."""
    if not tx.surveys.finish(replace(survey, status=status, completed_at=now)):
        return
    ticket = tx.tickets.get(survey.ticket_id)
    if ticket.status == "handled" and ticket.handlings == survey.handling:
        note = "回访未答复" if status == "unreachable" else "市民不愿接受回访"
        tickets.close(tx, ticket, by="system", note=note, now=now, new_id=new_id)
