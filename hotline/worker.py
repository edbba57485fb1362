"""The worker: does what is due. Any number may run, and any may be killed at any moment.

Three things are due at times: jobs, messages that nobody has answered (their process died, or the dialogue manager was
away) and replies that their channel has not taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

import structlog

from hotline import attempts, dangers, jobs, sampling, surveys, tickets
from hotline.city import City
from hotline.contacts import is_mobile
from hotline.conversations import GATEWAY_GRACE, accept, say
from hotline.figures import counting, reports, warning, windows
from hotline.figures.windows import Window
from hotline.jobs import CALL, LOCK, Job, retry_delay
from hotline.links import Purpose
from hotline.messages import Address, InboundMessage, Message, Reply
from hotline.places import Gazetteer
from hotline.ports import Files, Store, Transaction
from hotline.surveys import Survey
from hotline.tickets import Ticket

IDLE_SECONDS = 0.5
BATCH = 20
COUNT_EVERY = timedelta(seconds=10)
REPORT_AFTER = timedelta(minutes=10)
DELIVERY_LOCK = timedelta(seconds=30)
FAILED_FOR_GOOD = 20
"""Tries of one job, about two hours. Then it is left alone and shown by `jiesu status`."""
log = structlog.get_logger()


@dataclass
class Worker:
    """`answer` takes a conversation's turn and delivers it; `deliver` sends one claimed message. `channels` are those that
    we deliver to, `reachable` those through which a survey may be made."""

    store: Store
    city: City
    answer: Callable[[UUID], Awaitable[None]]
    deliver: Callable[[Message, Address], Awaitable[bool]]
    channels: tuple[str, ...]
    reachable: frozenset[str]
    link: Callable[[Purpose, UUID, datetime], str]
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]
    files: Files | None = None
    """Where recordings lie whose time is over."""
    recount_from: datetime | None = None
    """Set by the nightly job: the next counting begins here."""
    counts_next: datetime | None = None
    """When this process looks again whether figures have changed."""

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The places of the city, made when first needed."""
        return Gazetteer(self.city)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                busy = await self.round()
            except Exception as error:  # the database may be away for a moment
                log.error("worker round failed", error=type(error).__name__)
                busy = False
            if not busy:
                await asyncio.sleep(IDLE_SECONDS)

    async def round(self) -> bool:
        """Do all that is due now, once. True if there was anything."""
        now = self.clock()
        due = await asyncio.to_thread(self._claim_jobs, now)
        for job in due:
            await asyncio.to_thread(self._do, job)
        waiting = await asyncio.to_thread(self._unanswered, now)
        await asyncio.gather(*(self._guarded("turn failed", self.answer(conversation)) for conversation in waiting))
        if self.counts_next is None or now >= self.counts_next:
            await self._guarded("counting failed", self._count(now))
        unsent = await asyncio.to_thread(self._claim_unsent, now) if self.channels else []
        for message, to in unsent:
            await self._guarded("delivery failed", self.deliver(message, to))
        return bool(due or waiting or unsent)

    @staticmethod
    async def _guarded(what: str, work: Awaitable[object]) -> None:
        """One conversation that fails must not hold up the others; its lock runs out, and it is tried again."""
        try:
            await work
        except Exception as error:
            log.error(what, error=type(error).__name__)

    async def _count(self, now: datetime) -> None:
        """Bring the prepared figures up to date. Counting takes a tenth of the time at most, however much there is to count."""
        self.counts_next = now + COUNT_EVERY
        if self.recount_from is not None:
            whole, self.recount_from = Window(self.recount_from, now), None
            await asyncio.to_thread(counting.recount, self.store, self.city, whole, now=now)
        await asyncio.to_thread(counting.refresh, self.store, self.city, now=now)
        await asyncio.to_thread(self._plan, now)
        self.counts_next = max(self.counts_next, self.clock() + 10 * (self.clock() - now))

    def _plan(self, now: datetime) -> None:
        """What comes with the clock. The keys make it once, however many workers there are."""
        grid = now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)
        with self.store.transaction() as tx:
            self._job(tx, "early_warning", f"early_warning:{grid:%y%m%d%H%M}", {}, now)
            self._job(tx, "recount", f"recount:{windows.midnight(self.city, now):%y%m%d}", {}, now)
            for kind in reports.KINDS:
                last = windows.before(self.city, windows.KINDS[kind](self.city, now), kind)
                self._job(tx, "report", f"report:{kind}:{last.since:%y%m%d}", {"kind": kind, "at": last.since.isoformat()}, last.until + REPORT_AFTER)

    def _job(self, tx: Transaction, kind: str, key: str, payload: dict[str, str], at: datetime) -> None:
        jobs.schedule(tx, kind, self.new_id(), payload, run_at=at, key=key, new_id=self.new_id)

    def _claim_jobs(self, now: datetime) -> list[Job]:
        with self.store.transaction() as tx:
            return tx.jobs.claim_due(now=now, until=now + LOCK, limit=BATCH, but=(CALL,))

    def _unanswered(self, now: datetime) -> list[UUID]:
        with self.store.reading() as tx:
            return tx.conversations.with_pending(before=now - GATEWAY_GRACE, now=now, limit=BATCH)

    def _claim_unsent(self, now: datetime) -> list[tuple[Message, Address]]:
        with self.store.transaction() as tx:
            return tx.messages.claim_unsent(self.channels, now=now, until=now + DELIVERY_LOCK, limit=BATCH)

    def _do(self, job: Job) -> None:
        now = self.clock()
        try:
            # The job's effect and the note that it is done commit together: it happens once or not at all.
            with self.store.transaction() as tx:
                HANDLERS[job.kind](self, tx, job, now)
                tx.jobs.set_done(job.id, now=now)
        except Exception as error:  # one job that fails must not stop the others
            log.error("job failed", kind=job.kind, job=str(job.id), attempts=job.attempts, error=type(error).__name__)
            with self.store.transaction() as tx:
                if job.attempts >= FAILED_FOR_GOOD:
                    tx.jobs.set_retry(job.id, now + timedelta(days=3650), f"given up: {type(error).__name__}")
                else:
                    tx.jobs.set_retry(job.id, now + retry_delay(job.attempts), type(error).__name__)


def notify(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """Tell the citizen where the ticket has gone, unless it has been sent on since: then that is told."""
    ticket = tx.tickets.get(job.subject_id)
    if tickets.dispatches(tx, ticket) == job.payload["dispatch"]:
        _tell_everyone(worker, tx, ticket, "dispatched", now)


def tell(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """Tell the citizen what became of the ticket."""
    _tell_everyone(worker, tx, tx.tickets.get(job.subject_id), job.payload["what"], now)


def _tell_everyone(worker: Worker, tx: Transaction, ticket: Ticket, what: str, now: datetime) -> None:
    """The citizen of a ticket, and those of the tickets merged into it, each by their own number and once."""
    unit = worker.city.units.get(ticket.unit_id or "")
    due = f"{ticket.due_at.astimezone(worker.city.timezone):%Y-%m-%d %H:%M}" if ticket.due_at else ""
    told = {each.conversation_id: each for each in (*reversed(tx.tickets.joined(ticket.id)), ticket)}
    for each in told.values():
        text = worker.city.say(f"tickets.{what}", number=each.number, unit=unit.name if unit else "", due=due)
        say(tx, _readable(worker, tx, each, now), [Reply(text, author="system")], now=now, new_id=worker.new_id)


def _readable(worker: Worker, tx: Transaction, ticket: Ticket, now: datetime) -> UUID:
    """The conversation in which the citizen of a ticket reads what we tell. Who called reads text messages, where there are any."""
    conversation = tx.conversations.get(ticket.conversation_id)
    phone = tx.tickets.reporter(ticket.id).phone
    if conversation.address.channel != "phone" or "sms" not in worker.channels or not phone or not is_mobile(phone) or tx.surveys.is_stopped(phone):
        return conversation.id
    to = Address("sms", phone)
    return (tx.conversations.at(to) or tx.conversations.open(to, now=now, new_id=worker.new_id)).id


def text_number(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """A ticket was opened by phone: its number is sent by text, for nobody has a pencil at hand."""
    ticket = tx.tickets.get(job.subject_id)
    if (to := _readable(worker, tx, ticket, now)) != ticket.conversation_id:
        say(tx, to, [Reply(worker.city.say("tickets.number_by_text", number=ticket.number), author="system")], now=now, new_id=worker.new_id)


def forget_recording(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """A call's recording has been kept as long as the settings say. First the bytes: what is gone can be deleted again, what is forgotten cannot."""
    if worker.files:
        worker.files.delete(job.subject_id)
        tx.attachments.remove(job.subject_id)


def deadline(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """A ticket got a deadline: its marks go up in time."""
    time, due = worker.city.working_time, datetime.fromisoformat(job.payload["due"])
    for color, at in (("yellow", time.yellow_at(due)), ("red", time.red_at(due))):
        payload = {"color": color, "due": job.payload["due"]}
        jobs.schedule(tx, "mark", job.subject_id, payload, run_at=max(at, now), key=f"mark:{color}:{job.subject_id}:{job.payload['due']}", new_id=worker.new_id)


def mark(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """A deadline is near, or past: written down, unless it was moved or the work is done."""
    ticket = tx.tickets.get(job.subject_id)
    if ticket.due_at == datetime.fromisoformat(job.payload["due"]):
        tickets.mark(tx, ticket, job.payload["color"], now=now, new_id=worker.new_id)


def survey(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """A ticket was handled: begin its survey."""
    ticket = tx.tickets.get(job.subject_id)
    channel = tx.conversations.get(ticket.conversation_id).address.channel
    attempts.start(tx, ticket, channel=channel, now=now, new_id=worker.new_id)


def survey_attempt(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """The next attempt of a survey is due."""
    channel = attempts.attempt(tx, job, city=worker.city, reachable=worker.reachable, now=now, new_id=worker.new_id)
    survey = tx.surveys.get(job.subject_id)
    if channel in attempts.BY_LINK:
        _send_link(worker, tx, survey, channel, now)
    elif channel:
        _ask(worker, tx, survey, str(job.payload["attempt"]), now)


def _send_link(worker: Worker, tx: Transaction, survey: Survey, channel: str, now: datetime) -> None:
    """A message with the link to the survey's page, to the reporter's own phone or e-mail address."""
    ticket = tx.tickets.get(survey.ticket_id)
    conversation_id = _at_own_address(worker, tx, ticket, channel, now)
    text = worker.city.say("survey.link", number=ticket.number, link=worker.link("survey", survey.id, now))
    say(tx, conversation_id, [Reply(text, author="system")], now=now, new_id=worker.new_id)


def _at_own_address(worker: Worker, tx: Transaction, ticket: Ticket, channel: str, now: datetime) -> UUID:
    """The conversation with the reporter's own phone (`sms`) or e-mail address."""
    reporter = tx.tickets.reporter(ticket.id)
    to = Address(channel, (reporter.phone if channel == "sms" else reporter.email) or "")
    return (tx.conversations.at(to) or tx.conversations.open(to, now=now, new_id=worker.new_id)).id


def sample_ask(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """Someone was drawn into a third-party sample: send them their link, in chat too, where they can tap it."""
    asked = sampling.ask(tx, job, city=worker.city, reachable=worker.reachable, now=now, new_id=worker.new_id)
    if asked is None:
        return
    drawn, channel = asked
    ticket = tx.tickets.get(drawn.ticket_id)
    conversation_id = _at_own_address(worker, tx, ticket, channel, now) if channel in attempts.BY_LINK else ticket.conversation_id
    text = worker.city.say("survey.sample_link", number=ticket.number, link=worker.link("sample", drawn.id, now))
    say(tx, conversation_id, [Reply(text, author="system")], now=now, new_id=worker.new_id)


def survey_ask(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """An attempt in chat was put off, because the citizen was busy there."""
    _ask(worker, tx, tx.surveys.get(job.subject_id), str(job.payload["round"]), now)


def _ask(worker: Worker, tx: Transaction, survey: Survey, round: str, now: datetime) -> None:
    """Ask in the conversation, or later when a person is talking there."""
    if survey.status != "asking":
        return
    conversation = tx.conversations.get(tx.tickets.get(survey.ticket_id).conversation_id)
    if conversation.status != "bot":
        attempts.ask_later(tx, survey.id, round=round, key=f"{now:%m%d%H%M%S}", now=now, new_id=worker.new_id)
        return
    event = InboundMessage(
        id=worker.new_id(),
        sender=conversation.address,
        external_id=f"survey:{survey.id}:{round}",
        received_at=now,
        via="event",
        intent="signal_survey",
        entities={"survey": str(survey.id)},
    )
    # Backdated, so that the next round of a worker answers it: no gateway has it in hand.
    accept(tx, event, now=now - GATEWAY_GRACE, new_id=worker.new_id)


def survey_uncalled(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """Perhaps nobody has made the call."""
    attempts.uncalled(tx, job, city=worker.city, reachable=worker.reachable, now=now, new_id=worker.new_id)


def survey_call_lost(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """Perhaps the process that made the call has died."""
    attempts.call_lost(tx, job, city=worker.city, now=now, new_id=worker.new_id)


def survey_lapse(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """Nobody answered the survey in time."""
    surveys.end(tx, tx.surveys.get(job.subject_id), "unreachable", city=worker.city, now=now, new_id=worker.new_id)


def early_warning(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """Look whether somewhere more happens than the past explains."""
    for alert in warning.watch(tx, worker.city, now=now, new_id=worker.new_id):
        log.info("early warning", category=alert.rise.category, place=alert.rise.place, count=alert.rise.count)


def report(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """A day, a week or a month is over: make its report and keep it. Without tickets there is none."""
    kind, begun = job.payload["kind"], datetime.fromisoformat(job.payload["at"])
    reports.keep(tx, worker.city, kind, windows.KINDS[kind](worker.city, begun), now=now, new_id=worker.new_id)


def recount(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """Once a night: count the last weeks again, whatever was seen, slot by slot in the rounds that follow."""
    worker.recount_from = now - counting.NIGHTLY


def danger_unanswered(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """Who was asked whether somebody is in danger may not have answered: a person is alarmed, and the citizen told."""
    if ticket := dangers.unanswered(tx, job, gazetteer=worker.gazetteer, city=worker.city, now=now, new_id=worker.new_id):
        danger = worker.city.emergencies[job.payload["danger"]]
        text = worker.city.say("emergency.unanswered", call=danger.number, number=ticket.number)
        say(tx, ticket.conversation_id, [Reply(text, author="system")], now=now, new_id=worker.new_id)


def nobody_yet(worker: Worker, tx: Transaction, job: Job, now: datetime) -> None:
    """Someone still waits for a person: say so honestly."""
    if tx.conversations.get(job.subject_id).status == "waiting":
        say(tx, job.subject_id, [Reply(worker.city.say("person.nobody_yet"), author="system")], now=now, new_id=worker.new_id)


HANDLERS: dict[str, Callable[[Worker, Transaction, Job, datetime], None]] = {
    "notify": notify, "nobody_yet": nobody_yet, "survey": survey, "survey_attempt": survey_attempt, "survey_ask": survey_ask,
    "sample_ask": sample_ask, "survey_uncalled": survey_uncalled, "survey_call_lost": survey_call_lost, "survey_lapse": survey_lapse,
    "early_warning": early_warning, "report": report, "recount": recount,
    "tell": tell, "deadline": deadline, "mark": mark, "text_number": text_number, "forget_recording": forget_recording,
    dangers.UNANSWERED: danger_unanswered,
}  # fmt: skip
