"""Dangers: the urgent ticket about one, and what happens when a citizen was asked whether there is one and says nothing any more.

Whoever can't answer may be the one who needs help most. So the question leaves a job behind: when nothing at all comes for two minutes, a
person is alarmed as if there had been a yes, and the ticket says that nobody confirmed it. Whatever the citizen sends meanwhile makes the job harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from hotline import jobs, tickets
from hotline.city import City, Emergency
from hotline.conversations import raise_alarm
from hotline.intake import hear
from hotline.places import Gazetteer
from hotline.tickets import DANGER, Draft, Place, Reporter, Ticket

if TYPE_CHECKING:
    from hotline.jobs import Job
    from hotline.ports import Transaction

UNANSWERED_AFTER = timedelta(minutes=2)
"""How long after the question whether somebody is in danger silence counts as no answer. Who is silent on the telephone, or hangs up, has not answered at once."""
UNANSWERED = "danger_unanswered"
"""The kind of job that looks whether there was an answer."""
_LIKELY = 0.2
"""Below this probability a danger has no category, rather than one that misleads."""


def request_key(conversation_id: UUID, message: str) -> str:
    """The key of the urgent ticket about what a message tells."""
    return f"{conversation_id}{DANGER}{message}"


def draft(
    tx: Transaction, conversation_id: UUID, message: str, danger: Emergency, told: str, *,
    gazetteer: Gazetteer, city: City, suggested: Sequence[tuple[str, float]], note: str = "",
) -> Draft:  # fmt: skip
    """The urgent ticket about a danger, with all that was `told` of it: the place, the time, who tells it. `note`: how far it is certain."""
    said = hear(told, gazetteer, wanted=None)
    likely = ((code, city.categories[code].urgency) for code, probability in suggested if probability >= _LIKELY and code in city.categories)
    address = tx.conversations.get(conversation_id).address
    reporter = said.reporter or Reporter()
    if reporter.phone is None and address.channel == "phone" and address.user.startswith("+"):
        reporter = Reporter(reporter.name, address.user)  # whoever hung up is called back
    return Draft(
        request_key=request_key(conversation_id, message), conversation_id=conversation_id, kind="help_request",
        problem=f"【{danger.name}】{told}{note}", happened=said.happened or said.part_of_day or "", place=gazetteer.find(told) or Place(""),
        reporter=reporter, category=next((code for code, urgency in likely if urgency == "emergency"), None), suggested=tuple(suggested),
    )  # fmt: skip


def wait_for_answer(
    tx: Transaction, conversation_id: UUID, message: str, danger: Emergency, suggested: Sequence[tuple[str, float]], *, now: datetime, new_id: Callable[[], UUID]
) -> None:
    """The citizen is asked whether somebody is in danger. What they told stays in their message: jobs hold no text."""
    payload = {"message": message, "danger": danger.id, "suggested": [list(each) for each in suggested]}
    jobs.schedule(tx, UNANSWERED, conversation_id, payload, run_at=now + UNANSWERED_AFTER, key=f"{UNANSWERED}:{message}", new_id=new_id)


def wait_no_longer(tx: Transaction, conversation_id: UUID, *, now: datetime) -> None:
    """Whoever was asked is silent on the telephone, or hung up: looked at now."""
    tx.jobs.hasten(UNANSWERED, conversation_id, now=now)


def unanswered(tx: Transaction, job: Job, *, gazetteer: Gazetteer, city: City, now: datetime, new_id: Callable[[], UUID]) -> Ticket | None:
    """Time is over: alarm a person, unless the citizen has sent anything since, or talks with one."""
    conversation = tx.conversations.get(job.subject_id, lock=True)
    asked = tx.messages.get(UUID(job.payload["message"]))
    later = tx.messages.of(conversation.id, after=asked.position)
    replies = [message for message in later if message.in_reply_to == asked.id]
    # What was sent before the question could be read is no answer to it.
    since = max((reply.position for reply in replies), default=asked.position)
    if conversation.status == "operator" or any(m.author == "citizen" and m.position > since for m in later):
        return None
    danger = city.emergencies[job.payload["danger"]]
    told = asked.text or (replies[0].text if replies else "")  # of a voice message, the answer says what was heard
    about = draft(
        tx, conversation.id, str(asked.id), danger, told, gazetteer=gazetteer, city=city, suggested=[(code, chance) for code, chance in job.payload["suggested"]],
        note="（只是疑似：问了有没有危险，市民没有回答）",
    )  # fmt: skip
    raise_alarm(tx, conversation.id, now=now)
    return tickets.open_ticket(tx, about, day=f"{now.astimezone(city.timezone):%y%m%d}", now=now, new_id=new_id)
