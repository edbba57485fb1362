"""Attempts: reaching the citizen for a survey, through which channel and when.

A survey makes at most three attempts, each through one channel, on different days and at different hours. The next attempt is
always a plan in the survey's row (`next_at`) and a job `survey_attempt`; a job that does not fit the plan is stale and does nothing.
An attempt is a row with a unique number that is written before anybody is reached, so a process killed at any moment can make it
at most once. An attempt by phone becomes a job `call`, which only the voice process claims: see begin_call and call_ended.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hotline import jobs
from hotline.jobs import Job
from hotline.surveys import Attempt, Outcome, Survey, end, is_answered
from hotline.tickets import NewId, Reporter, Ticket

if TYPE_CHECKING:
    from hotline.city import City
    from hotline.ports import Transaction

MAX_ATTEMPTS = 3
"""Also a constraint of the table."""
ANSWER_WITHIN = timedelta(days=3)
"""How long a survey stays open after its last attempt before the citizen counts as not reached. Editable default, not law."""
POSTPONED = timedelta(minutes=10)
"""How long a question waits while the citizen talks with a person or fills in a form."""
CALL_LOCK = timedelta(minutes=15)
"""How long the voice process holds a job `call`: longer than any call. A call whose process died counts as made."""
UNCALLED = timedelta(hours=1)
"""How long a call may wait for a free line before another channel is tried."""
AUDIBLE = frozenset({"phone", "sms"})
"""Channels that ring or buzz, and so keep to the calling hours and to the list of numbers that said stop."""
BY_LINK = frozenset({"sms", "email"})
"""Channels that carry a link to the survey's page."""


def start(tx: Transaction, ticket: Ticket, *, channel: str, now: datetime, new_id: NewId) -> Survey | None:
    """Begin asking about the latest handling. None if it was begun before or the ticket has moved on."""
    if ticket.status != "handled" or ticket.unit_id is None or tx.surveys.of_handling(ticket.id, ticket.handlings):
        return None
    survey = Survey(new_id(), ticket.id, ticket.handlings, ticket.unit_id, channel, "asking", now)
    tx.surveys.add(survey)
    return _plan(tx, survey, 1, now, new_id=new_id)


def ways(came_by: str, reporter: Reporter, reachable: Collection[str], *, stopped: bool) -> tuple[str, ...]:
    """Through which channels this citizen can be asked: the one they wish, the one they came by, phone, short message, e-mail."""
    has = {"phone": bool(reporter.phone) and not stopped, "sms": bool(reporter.phone) and not stopped, "email": bool(reporter.email)}
    order = dict.fromkeys(filter(None, (reporter.callback, came_by, "phone", "sms", "email")))
    return tuple(channel for channel in order if channel in reachable and has.get(channel, channel == came_by))


def _ways(tx: Transaction, survey: Survey, reachable: Collection[str]) -> tuple[str, ...]:
    return ways_of(tx, tx.tickets.get(survey.ticket_id), reachable)


def ways_of(tx: Transaction, ticket: Ticket, reachable: Collection[str]) -> tuple[str, ...]:
    """The ways (see `ways`) to the citizen of a ticket, as they are now."""
    reporter = tx.tickets.reporter(ticket.id)
    came_by = tx.conversations.get(ticket.conversation_id).address.channel
    stopped = reporter.phone is not None and tx.surveys.is_stopped(reporter.phone)
    return ways(came_by, reporter, reachable, stopped=stopped)


def attempt(tx: Transaction, job: Job, *, city: City, reachable: Collection[str], now: datetime, new_id: NewId) -> str | None:
    """The job `survey_attempt` is due. Returns the channel through which the worker now asks; None when there is nothing to do.

    A phone call is handed to the voice process; each further attempt goes through the next of the citizen's channels.
    """
    survey, number = tx.surveys.get(job.subject_id), int(job.payload["attempt"])
    if survey.status != "asking" or survey.next_at != datetime.fromisoformat(job.payload["at"]):
        return None
    if is_answered(survey):
        end(tx, survey, "unreachable", city=city, now=now, new_id=new_id)
        return None
    open_ways = [way for way in _ways(tx, survey, reachable) if way != job.payload.get("but")]
    if not open_ways:
        end(tx, survey, "unreachable", city=city, now=now, new_id=new_id)
        return None
    wished = job.payload.get("channel")
    channel = wished if wished in open_ways else open_ways[(number - 1) % len(open_ways)]
    agreed = bool(job.payload.get("agreed"))
    if channel in AUDIBLE and (at := _allowed(city, now, agreed)) != now:
        _plan(tx, survey, number, at, channel=channel, agreed=agreed, new_id=new_id)
        return None
    if channel == "phone":
        payload = {"attempt": number, "agreed": agreed}
        jobs.schedule(tx, jobs.CALL, survey.id, payload, run_at=now, key=f"call:{survey.id}:{number}:{now:%y%m%d%H%M%S}", new_id=new_id)
        _watch_call(tx, survey, number, now=now, new_id=new_id)
        return None
    return channel if _begin(tx, survey, number, channel, city=city, now=now, new_id=new_id) else None


def ask_later(tx: Transaction, survey_id: UUID, *, round: str, key: str, now: datetime, new_id: NewId) -> None:
    """The citizen is busy with a person or a form: the same attempt asks a little later. `key` makes a repetition harmless."""
    jobs.schedule(tx, "survey_ask", survey_id, {"round": round}, run_at=now + POSTPONED, key=f"survey_ask:{survey_id}:{key}", new_id=new_id)


def ask_at(tx: Transaction, survey: Survey, wished: datetime, *, city: City, now: datetime, new_id: NewId, channel: str | None = None) -> datetime | None:
    """“Not now, at six please”: the next attempt is made then, through the same channel or the one that was asked for.

    Returns the agreed time, which lies in the day's calling hours; None when no attempt is left.
    """
    if survey.status != "asking" or survey.attempts >= MAX_ATTEMPTS:
        return None
    chosen = channel or survey.channel
    at = city.calling_hours.agreed(max(wished, now)) if chosen in AUDIBLE else max(wished, now)
    tx.surveys.end_attempt(survey.id, "later", now=now)
    _plan(tx, survey, survey.attempts + 1, at, channel=chosen, agreed=True, new_id=new_id)
    return at


# --- Calls: the voice process


def begin_call(tx: Transaction, job: Job, *, city: City, now: datetime, new_id: NewId) -> str | None:
    """A job `call` was claimed (until now + CALL_LOCK): the number to ring, or None when nobody may be rung. Set the job done
    in this very transaction in both cases: the attempt is written here, before the phone rings, and is never made again.

    Should the process die during the call, the attempt counts as failed after CALL_LOCK.
    """
    survey, number = tx.surveys.get(job.subject_id), int(job.payload["attempt"])
    if survey.status != "asking":
        return None
    if survey.attempts >= number:
        return None
    phone = tx.tickets.reporter(survey.ticket_id).phone
    if phone is None or tx.surveys.is_stopped(phone):
        _plan(tx, survey, number, now, new_id=new_id)
        return None
    agreed = bool(job.payload.get("agreed"))
    if (at := _allowed(city, now, agreed)) != now:
        _plan(tx, survey, number, at, channel="phone", agreed=agreed, new_id=new_id)
        return None
    return phone if _begin_call(tx, survey, number, city=city, now=now, new_id=new_id) else None


def begin_call_by_hand(tx: Transaction, survey_id: UUID, phone: str, *, city: City, now: datetime, new_id: NewId) -> int | None:
    """Somebody wants this number rung now for a survey, at whatever hour: it is the survey's next attempt, and takes the place of the one that was planned.
    Returns its number; None when the survey is over, is just being called, has no attempt left, or the number asked not to be called.
    """
    survey = tx.surveys.get(survey_id)
    number = survey.attempts + 1
    calling = any(made.channel == "phone" and made.outcome is None for made in tx.surveys.attempts_of(survey_id))
    if survey.status != "asking" or calling or number > MAX_ATTEMPTS or tx.surveys.is_stopped(phone):
        return None
    return number if _begin_call(tx, survey, number, city=city, now=now, new_id=new_id) else None


def call_ended(tx: Transaction, survey_id: UUID, outcome: Outcome, *, city: City, now: datetime, new_id: NewId) -> None:
    """The call of the latest attempt is over. Decides what comes next; told twice, it counts once.

    `answered` means that the citizen was on the line; the answers were stored by the dialogue, perhaps not all of them.
    """
    if not tx.surveys.end_attempt(survey_id, outcome, now=now):
        return
    survey = tx.surveys.get(survey_id)
    if outcome == "stop" and (phone := tx.tickets.reporter(survey.ticket_id).phone):
        tx.surveys.stop_calls(phone, now=now)
    if survey.status != "asking":
        return
    if outcome in ("declined", "stop"):
        end(tx, survey, "declined", city=city, now=now, new_id=new_id)
    elif outcome == "wrong_person":
        end(tx, survey, "wrong_person", city=city, now=now, new_id=new_id)
    elif is_answered(survey):
        end(tx, survey, "unreachable", city=city, now=now, new_id=new_id)
    elif survey.next_at is None:  # otherwise another time was agreed during the call
        _plan_next(tx, survey, city=city, now=now, new_id=new_id)


def call_lost(tx: Transaction, job: Job, *, city: City, now: datetime, new_id: NewId) -> None:
    """A call never reported its end: its process died. The attempt was made."""
    made = [attempt for attempt in tx.surveys.attempts_of(job.subject_id) if attempt.outcome is None]
    if any(attempt.number == job.payload["attempt"] for attempt in made):
        call_ended(tx, job.subject_id, "failed", city=city, now=now, new_id=new_id)


def uncalled(tx: Transaction, job: Job, *, city: City, reachable: Collection[str], now: datetime, new_id: NewId) -> None:
    """Nobody took up the call for an hour. Another channel is used if there is one; else the call goes on waiting."""
    survey, number = tx.surveys.get(job.subject_id), int(job.payload["attempt"])
    if survey.status != "asking" or survey.attempts >= number or survey.next_at is None:
        return
    if set(_ways(tx, survey, reachable)) - {"phone"}:
        _plan(tx, survey, number, now, but="phone", new_id=new_id)
    else:
        _watch_call(tx, survey, number, now=now, new_id=new_id)


# --- Plans


def _plan(tx: Transaction, survey: Survey, number: int, at: datetime, *, new_id: NewId, **how: Any) -> Survey:
    """`how`: the `channel` that was asked for, one that is not to be used (`but`), whether the time was `agreed`."""
    tx.surveys.change(survey.id, {"next_at": at})
    payload = {"attempt": number, "at": at.isoformat(), **{name: value for name, value in how.items() if value}}
    # A key of its own each time: which plan counts is told by next_at.
    jobs.schedule(tx, "survey_attempt", survey.id, payload, run_at=at, key=f"survey_attempt:{new_id()}", new_id=new_id)
    return replace(survey, next_at=at)


def _begin(tx: Transaction, survey: Survey, number: int, channel: str, *, city: City, now: datetime, new_id: NewId) -> bool:
    """Write the attempt. False if it was made before. All but calls, which tell their end, plan the next one at once."""
    if survey.attempts >= number:
        return False
    tx.surveys.end_attempt(survey.id, "no_answer", now=now)
    if not tx.surveys.add_attempt(Attempt(survey.id, number, channel, now)):
        return False
    begun = replace(survey, attempts=number, channel=channel, next_at=None)
    tx.surveys.change(survey.id, {"attempts": number, "channel": channel, "next_at": None})
    if channel != "phone":
        _plan_next(tx, begun, city=city, now=now, new_id=new_id)
    return True


def _begin_call(tx: Transaction, survey: Survey, number: int, *, city: City, now: datetime, new_id: NewId) -> bool:
    """Write an attempt by phone, which counts as failed if nobody tells its end."""
    if not _begin(tx, survey, number, "phone", city=city, now=now, new_id=new_id):
        return False
    jobs.schedule(tx, "survey_call_lost", survey.id, {"attempt": number}, run_at=now + CALL_LOCK, key=f"call_lost:{survey.id}:{number}", new_id=new_id)
    return True


def _plan_next(tx: Transaction, survey: Survey, *, city: City, now: datetime, new_id: NewId) -> None:
    """After an attempt without an answer: another day and hour, or the end."""
    made = tx.surveys.attempts_of(survey.id)
    if survey.attempts < MAX_ATTEMPTS:
        at = city.calling_hours.next_try(now, [attempt.begun_at for attempt in made])
        _plan(tx, survey, survey.attempts + 1, at, new_id=new_id)
    elif survey.channel == "phone":
        machine = all(attempt.outcome == "machine" for attempt in made)
        end(tx, survey, "machine" if machine else "unreachable", city=city, now=now, new_id=new_id)
    else:
        jobs.schedule(tx, "survey_lapse", survey.id, {}, run_at=now + ANSWER_WITHIN, key=f"lapse:{survey.id}", new_id=new_id)


def _allowed(city: City, now: datetime, agreed: bool) -> datetime:
    """`now` when someone may be called, else when that will be."""
    return city.calling_hours.agreed(now) if agreed else city.calling_hours.from_(now)


def _watch_call(tx: Transaction, survey: Survey, number: int, *, now: datetime, new_id: NewId) -> None:
    key = f"uncalled:{survey.id}:{number}:{now:%y%m%d%H%M%S}"
    jobs.schedule(tx, "survey_uncalled", survey.id, {"attempt": number}, run_at=now + UNCALLED, key=key, new_id=new_id)
