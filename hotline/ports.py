"""Ports: what the core needs from outside, as protocols. Each has a real adapter and a contract test."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from hotline.access import Reveal, StaffEvent, StaffMember, StaffSession
from hotline.articles import Article, ArticleEvent, ArticleStatus, AskedQuestion, Listed, Usage, Wanted
from hotline.catalogue import Version
from hotline.conversations import Conversation, NewId, Status
from hotline.figures.links import Behind
from hotline.figures.measures import Measures
from hotline.figures.warning import Alert, Opened
from hotline.figures.windows import Window
from hotline.gaps import Check, CheckRun, Gap, GapCount, GapStatus
from hotline.jobs import Job
from hotline.messages import Address, Attachment, Choice, Message, Reply
from hotline.rates import Counts
from hotline.sampling import Drawn, Framed, Sample
from hotline.surveys import Annotation, Answers, Attempt, Outcome, Solved, Survey
from hotline.tickets import Reporter, Ticket, TicketEvent


class Dialogue(Protocol):
    """The dialogue manager."""

    async def say(self, conversation_id: UUID, text: str, *, message_id: str, retry: bool) -> list[Reply]:
        """Hand over what the citizen said. It is never read as a command. Raises DialogueUnavailable."""

    async def signal(
        self, conversation_id: UUID, intent: str, entities: Mapping[str, str], *, message_id: str, retry: bool
    ) -> list[Reply]:
        """Tell what happened: a tap, a photo, a timer. The only way to send an intent. Raises DialogueUnavailable."""


class SendError(Exception):
    """A channel could not deliver. `retryable` decides whether it is tried again, not before `after` has passed."""

    def __init__(self, reason: str, *, retryable: bool, after: timedelta = timedelta()) -> None:
        super().__init__(reason)
        self.retryable = retryable
        self.after = after


class Channel(Protocol):
    """A way to reach citizens to whom we deliver."""

    name: str

    async def send(self, message: Message, to: Address) -> None:
        """Deliver one message. Raises SendError."""


class Files(Protocol):
    """Where the bytes of attachments live."""

    def put(self, id: UUID, content: bytes) -> None: ...

    def get(self, id: UUID) -> bytes:
        """Raises KeyError."""

    def delete(self, id: UUID) -> None:
        """Harmless when it is gone."""


class Embedder(Protocol):
    """Sentences to vectors."""

    name: str
    """Another name for another model: vectors are kept under it."""
    dimension: int
    base_dimension: int
    """The first dimensions are a general model's; those behind them were trained on the knowledge."""

    def encode(self, texts: Sequence[str]) -> Any:
        """Unit vectors, float32, of shape (len(texts), dimension)."""


class Categories(Protocol):
    """Which category a request belongs to."""

    def suggest(self, text: str, count: int) -> list[tuple[str, float]]:
        """Codes of third-level categories with their probability, best first."""


class Store(Protocol):
    """The database."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """All or nothing. Blocks; async code calls it in a thread."""

    def reading(self) -> AbstractContextManager[Transaction]:
        """Only reads: one consistent view, which no writer holds up and which holds up none. What is written is dropped."""


class Transaction(Protocol):
    """What one transaction can read and write."""

    @property
    def conversations(self) -> Conversations: ...
    @property
    def messages(self) -> Messages: ...
    @property
    def attachments(self) -> Attachments: ...
    @property
    def articles(self) -> Articles: ...
    @property
    def gaps(self) -> Gaps: ...
    @property
    def tickets(self) -> Tickets: ...
    @property
    def catalogues(self) -> Catalogues: ...
    @property
    def surveys(self) -> Surveys: ...
    @property
    def samples(self) -> Samples: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def simulated(self) -> Simulated: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def staff(self) -> Staff: ...

    def next_number(self, series: str) -> int:
        """1, 2, 3 … in this series, without gaps when the transaction commits."""


class Conversations(Protocol):
    def at(self, address: Address) -> Conversation | None: ...
    def get(self, id: UUID, *, lock: bool = False) -> Conversation:
        """With `lock`, nobody else changes it until the transaction ends. Raises KeyError."""

    def open(self, address: Address, *, now: datetime, new_id: NewId) -> Conversation: ...
    def touch(self, id: UUID, *, now: datetime) -> None:
        """The citizen was here."""

    def next_position(self, id: UUID) -> int:
        """The next place in the transcript. Holds the conversation until the transaction ends."""

    def claim(self, id: UUID, lease: UUID, *, until: datetime, now: datetime) -> bool:
        """Become the one process that answers. False if another is."""

    def renew(self, id: UUID, lease: UUID, *, until: datetime) -> bool:
        """Stay it. False if the lease was lost."""

    def release(self, id: UUID, lease: UUID) -> None: ...
    def set_status(self, id: UUID, status: Status, *, operator: str | None, now: datetime) -> None: ...
    def set_urgent(self, id: UUID, *, urgent: bool) -> None: ...
    def with_pending(self, *, before: datetime, now: datetime, limit: int) -> list[UUID]:
        """Those whose first waiting message is older than `before` and due for a try, and that nobody is at."""

    def waiting(self) -> list[Conversation]:
        """Those that wait for a person or are with one: the urgent first, then the longest."""


class Messages(Protocol):
    def add(self, message: Message, *, channel: str | None) -> None: ...
    def get(self, id: UUID) -> Message: ...
    def by_external_id(self, channel: str, external_id: str) -> Message | None: ...
    def of(self, conversation_id: UUID, *, after: int = 0, limit: int = 200) -> list[Message]:
        """The newest `limit` messages after a position, in order."""

    def choose(self, conversation_id: UUID, choice: str) -> Choice | None:
        """Take a choice that was offered in this conversation. None if it was not, or was used and counts once."""

    def next_pending(self, conversation_id: UUID, *, now: datetime) -> Message | None:
        """The oldest message not yet answered, unless it waits for its next try."""

    def begin_try(self, id: UUID) -> None:
        """Count a try of answering it."""

    def has_reply(self, id: UUID) -> bool:
        """Whether anything was said to it."""

    def set_done(self, id: UUID) -> None: ...
    def set_retry(self, id: UUID, at: datetime) -> None: ...
    def claim_unsent(self, channels: Sequence[str], *, now: datetime, until: datetime, limit: int) -> list[tuple[Message, Address]]:
        """Queued messages of these channels that are due, first of each conversation only; hidden from others until `until`."""

    def claim_one(self, id: UUID, *, now: datetime, until: datetime) -> bool:
        """Claim one queued message to deliver it now, if it is its conversation's first."""

    def set_sent(self, id: UUID) -> None: ...
    def set_failed(self, id: UUID) -> None: ...
    def positions(self, conversations: Sequence[UUID]) -> dict[UUID, int]:
        """The last position of each."""


class Attachments(Protocol):
    def add(self, attachment: Attachment, conversation_id: UUID, *, now: datetime) -> None: ...
    def get(self, id: UUID) -> tuple[Attachment, UUID]:
        """The attachment and its conversation. Raises KeyError."""

    def unsent(self, conversation_id: UUID, id: UUID) -> Attachment:
        """An uploaded file of this conversation, marked as sent. Raises MessageRefused."""

    def unclaimed(self, conversation_id: UUID) -> list[Attachment]:
        """Sent files that no ticket holds yet."""

    def claim(self, conversation_id: UUID, ticket_id: UUID) -> None: ...
    def of_ticket(self, ticket_id: UUID) -> list[Attachment]: ...
    def remove(self, id: UUID) -> None:
        """Forget an attachment. Harmless when it is gone."""


class Articles(Protocol):
    def put(self, article: Article, *, now: datetime) -> Article:
        """Keep this as the next version of its article, whatever number it carries. One that is published or retired takes the
        place of the published one, and moves the revision on. Returns it with its number."""

    def put_all(self, articles: Sequence[Article], *, now: datetime) -> list[Article]:
        """The same for many, each of another article, in a tenth of the time."""

    def all(self) -> list[Article]:
        """The version of each article that counts: the published one, or else the newest."""

    def published(self, known: Iterable[Article]) -> list[Article]:
        """All that are published, in the order of `all`. Those of `known` are not read again: a version never changes."""

    def get(self, id: str) -> Article | None:
        """The version that counts."""

    def newest(self, id: str) -> Article | None: ...
    def newest_of(self, ids: Collection[str], *, lock: bool = False) -> dict[str, Article]:
        """The newest version of each, by id. With `lock`, nobody else changes them until the transaction ends."""

    def version(self, id: str, version: int) -> Article | None: ...
    def versions(self, id: str) -> list[Listed]:
        """All of them, newest first."""

    def find(self, wanted: Wanted, *, limit: int, offset: int) -> tuple[list[Listed], int]:
        """Newest versions that fit, and how many there are. Best fit first, then the last changed."""

    def values(self, field: str) -> list[str]:
        """The departments or categories in use, sorted."""

    def usage(self, ids: Sequence[str]) -> dict[str, Usage]:
        """How often each was the answer, and what people thought of it."""

    def set_status(self, article: Article, status: ArticleStatus, *, approved_by: str) -> bool:
        """Change the status of this version, if it still has the one it came with. Moves the revision on when the bot is concerned."""

    def publish_all(self, articles: Sequence[Article], *, approved_by: str) -> None:
        """Make these versions, each of another article and none published, what the bot says. Lock them first."""

    def add_events(self, events: Sequence[ArticleEvent]) -> None: ...
    def events(self, *, article_id: str = "", kind: str = "", by: str = "", limit: int, offset: int = 0) -> list[ArticleEvent]:
        """The audit trail, newest first: of one article, of one kind, of one person, where they are given."""

    def revision(self) -> int:
        """A number that grows whenever what the bot may say changes, so that an index knows when it is old."""

    def add_question(self, question: AskedQuestion) -> None:
        """Record a consultation, once."""

    def question(self, id: UUID) -> AskedQuestion | None: ...
    def set_helpful(self, id: UUID, helpful: bool) -> None: ...
    def question_counts(self, since: datetime) -> dict[str, int]:
        """asked, answered, helpful, unhelpful since then."""

    def asked_of(self, id: str, limit: int) -> list[str]:
        """What citizens asked when this article was the answer, newest first."""


class Gaps(Protocol):
    """Questions without a good answer, grouped by meaning, and the regression questions."""

    def ungrouped(self, limit: int) -> list[AskedQuestion]:
        """Unanswered and unhelpful questions that are in no gap yet, oldest first."""

    def ungrouped_count(self) -> int: ...
    def add(self, gap: Gap) -> None: ...
    def get(self, id: UUID) -> Gap | None: ...
    def group(self, gap_id: UUID, questions: Sequence[UUID]) -> None:
        """Put these questions into a gap, those that are in none."""

    def merge(self, gap_id: UUID, into: UUID) -> None:
        """Put the questions of one gap into another, and forget the first."""

    def find(self, status: GapStatus, *, now: datetime, limit: int) -> list[GapCount]:
        """Gaps with their counts, most often asked of late first."""

    def open_by_person(self) -> dict[str, int]:
        """How many are open, by who looks after them; "" for nobody."""

    def count(self, gap_id: UUID, *, now: datetime) -> GapCount | None: ...
    def questions(self, gap_id: UUID, limit: int) -> list[AskedQuestion]:
        """Newest first."""

    def update(self, gap: Gap) -> None: ...
    def written_to(self, article_ids: Collection[str]) -> list[Gap]:
        """Open ones that these articles are to mend."""

    def members(self) -> list[tuple[UUID, UUID, str]]:
        """Question, gap and text of the last thousands in gaps that still take in others: open ones and those set aside."""

    def mended_since(self, then: datetime) -> list[tuple[UUID, datetime, str]]:
        """Gap, when it was mended, and text of the last thousands in gaps that were mended since."""

    def add_check(self, check: Check) -> bool:
        """Add a regression question, or change what is expected of it. False if nothing changed."""

    def remove_check(self, id: UUID) -> None: ...
    def checks(self) -> list[Check]: ...
    def add_run(self, run: CheckRun) -> None: ...
    def runs(self, limit: int) -> list[CheckRun]:
        """Newest first."""


class Tickets(Protocol):
    def add(self, ticket: Ticket, reporter: Reporter) -> None: ...
    def update(self, ticket: Ticket, *, only_from: str) -> bool:
        """Write the ticket if it is stored in this version and with the status `only_from`. False if it has changed since."""

    def get(self, id: UUID) -> Ticket: ...
    def by_number(self, number: str) -> Ticket | None: ...
    def by_request_key(self, key: str) -> Ticket | None: ...
    def of_conversation(self, conversation_id: UUID) -> list[Ticket]:
        """Newest first."""

    def newest(self, *, status: str | None, unit_id: str | None, limit: int, offset: int, categories: Collection[str] = ()) -> list[Ticket]:
        """Those that tell of a danger and are not handled yet, then all others; of each the newest first. `categories`: of these alone."""

    def urgent(self, *, limit: int) -> list[Ticket]:
        """Those that tell of a danger and are not handled yet, newest first; none that is merged."""

    def joined(self, ticket_id: UUID) -> list[Ticket]:
        """Those merged into it, oldest first."""

    def people(self, ids: Collection[UUID]) -> dict[UUID, int]:
        """How many citizens wait for each of these tickets, with those whose own were merged into it; only where there are several."""

    def nearby(self, *, district_code: str, street_code: str | None, since: datetime, limit: int) -> list[Ticket]:
        """Open tickets of a street (or of its district where no street is known), newest first; none that is merged."""

    def of_categories(self, categories: Sequence[str], *, in_no_district: bool, since: datetime, limit: int) -> list[Ticket]:
        """Open tickets of these categories, wherever they are or only those of which no district is known; newest first; none that is merged."""

    def by_due(
        self, *, before: datetime | None, unit_id: str | None, limit: int, offset: int = 0, since: datetime | None = None, categories: Collection[str] = ()
    ) -> list[Ticket]:
        """Tickets at a unit whose time limit runs, the most urgent first; with `before` and `since`, those whose limit ends before and since then."""

    def count_due(self, *, before: datetime) -> int:
        """How many of them end before then."""

    def dispatched_texts(self) -> Iterator[tuple[str, str, str]]:
        """What was dispatched: problem, category and unit as dispatchers decided, the oldest first."""

    def corrected(self, since: datetime | None, limit: int) -> list[tuple[UUID, str, str, datetime]]:
        """Tickets whose category dispatchers changed from then on (None: ever): id, problem, category as it is now, and when. The newest ones, the oldest of them first."""

    def count_by_status(self) -> dict[str, int]: ...
    def add_event(self, event: TicketEvent) -> None: ...
    def events(self, ticket_id: UUID) -> list[TicketEvent]: ...
    def reporter(self, ticket_id: UUID) -> Reporter:
        """Personal data. Call access.reveal instead, or state why not."""


class Catalogues(Protocol):
    """Versions of the responsibility catalogue."""

    def add(self, version: Version) -> None: ...
    def in_force(self, day: date) -> Version | None:
        """The newest that is valid from that day or earlier."""

    def newest(self) -> Version | None: ...
    def all(self) -> list[Version]:
        """Newest first."""


class Surveys(Protocol):
    def add(self, survey: Survey) -> None: ...
    def get(self, id: UUID) -> Survey: ...
    def of_handling(self, ticket_id: UUID, handling: int) -> Survey | None: ...
    def of_ticket(self, ticket_id: UUID) -> list[Survey]: ...
    def newest(self, *, status: str | None, limit: int, offset: int) -> list[Survey]:
        """Newest first."""

    def change(self, id: UUID, columns: Mapping[str, Any]) -> None:
        """Set these columns of a survey that is not finished."""

    def finish(self, survey: Survey) -> bool:
        """Store the outcome if it is still open. False if it was finished before."""

    def add_attempt(self, attempt: Attempt) -> bool:
        """False if an attempt with its number was made before."""

    def end_attempt(self, survey_id: UUID, outcome: Outcome, *, now: datetime) -> bool:
        """The outcome of the attempt that has none yet. False if there is no such."""

    def attempts_of(self, survey_id: UUID) -> list[Attempt]: ...
    def stop_calls(self, phone: str, *, now: datetime) -> None:
        """Nobody calls this number from now on."""

    def allow_calls(self, phone: str) -> None: ...
    def is_stopped(self, phone: str) -> bool: ...
    def add_annotation(self, annotation: Annotation) -> None: ...
    def annotations_of(self, survey_id: UUID) -> list[Annotation]: ...

    def counts(self, *, since: datetime, until: datetime) -> dict[str, Counts]:
        """By lead unit, of surveys asked in [since, until)."""


class Samples(Protocol):
    """Third-party samples; see hotline.sampling."""

    def frame(self, window: Window) -> list[Framed]:
        """The surveys that began in a window and have ended."""

    def add(self, sample: Sample, drawn: Sequence[Drawn]) -> None: ...
    def get(self, id: UUID) -> Drawn: ...
    def newest(self, limit: int = 100) -> list[tuple[Sample, int, int, int]]:
        """Each with how many were drawn, asked and have answered."""

    def find(self, id: UUID) -> Sample | None: ...
    def drawn(self, sample_id: UUID) -> list[Drawn]: ...
    def told(self, sample_id: UUID) -> dict[UUID, Solved]:
        """What the regular surveys of a sample were told of “solved”, of those that were answered."""

    def set_asked(self, id: UUID, channel: str, *, now: datetime) -> bool:
        """False if it was asked before."""

    def set_answered(self, id: UUID, answers: Answers, *, now: datetime) -> bool:
        """False if it was answered before."""


class Figures(Protocol):
    """Prepared counts. Windows begin and end where slots do; see hotline.figures.windows.

    A `category` may be a prefix of a code, a `place` the code of a street or of a district; empty is all.
    """

    def claim(self, *, now: datetime, until: datetime) -> bool:
        """Become the one process that counts. False if another is."""

    def seen(self) -> datetime | None:
        """Up to when changes were counted; None before the first time."""

    def set_seen(self, at: datetime) -> None:
        """Changes were counted up to then. Ends the claim."""

    def first_moment(self) -> datetime | None:
        """When the first thing happened that counts."""

    def changed(self, since: datetime) -> set[datetime]:
        """Moments at which something counts that has changed since then."""

    def count(self, slot: Window, *, accept_within: timedelta, now: datetime) -> None:
        """Count one slot again."""

    def sum_up(self, month: Window) -> None:
        """Keep the sums of a calendar month whose slots are counted. Counting one of them again takes them away."""

    def totals(self, dimension: str, window: Window) -> dict[str, Measures]:
        """By key of a dimension: city, unit, street, district, category, channel or kind."""

    def by_slot(self, dimension: str, key: str, window: Window) -> dict[datetime, Measures]: ...
    def lengths(self, what: str, window: Window) -> dict[int, int]:
        """How often each length of `turns` or `minutes` (as steps, see hotline.figures.lengths) occurred."""

    def hours(self, window: Window, *, category: str = "", place: str = "") -> dict[datetime, int]:
        """Tickets opened, by the hour."""

    def places(self, window: Window, *, category: str = "") -> dict[tuple[str, str], int]:
        """Tickets opened, by district and street."""

    def categories(self, window: Window, *, place: str = "") -> dict[str, int]:
        """Tickets opened, by category."""

    def cells(self, window: Window, *, category: str = "") -> dict[str, int]:
        """Tickets opened with a known point, by cell of the map; see hotline.figures.places."""


    def behind(
        self, what: str, dimension: str, key: str, window: Window, *, category: str = "", hours: Sequence[datetime] | None = None, accept_within: timedelta, at: datetime, limit: int, offset: int
    ) -> Behind:
        """The tickets behind a number (see hotline.figures.links) as it was `at` a time, some of them, newest first. `category`: only of
        this one or below this level. `hours`: of what was opened, only in the hours that begin then."""

    def recent(self, window: Window) -> list[Opened]:
        """Tickets as they were opened, not from prepared counts."""

    def overdue_by_unit(self, now: datetime) -> dict[str, tuple[int, datetime]]:
        """Open tickets past their time limit: how many, and the earliest limit."""

    def most_overdue(self, now: datetime, limit: int) -> list[UUID]: ...
    def most_reopened(self, window: Window, limit: int) -> list[tuple[UUID, int]]: ...
    def add_report(self, id: UUID, kind: str, window: Window, content: dict[str, Any], *, now: datetime) -> None:
        """Keep a report, once for each kind and window."""

    def reports(self, limit: int = 200) -> list[tuple[UUID, str, Window, datetime]]:
        """Id, kind, window and when it was made, newest first."""

    def report(self, id: UUID) -> dict[str, Any] | None: ...
    def alerts(self, since: datetime, limit: int = 100) -> list[Alert]:
        """Early warnings seen since then, newest first."""

    def put_alert(self, alert: Alert) -> None: ...


class Simulated(Protocol):
    """What hotline.simulation made up."""

    def exists(self) -> bool: ...
    def add_talks(self, conversations: Sequence[Conversation], messages: Sequence[Message]) -> None:
        """Whole conversations at once, with the positions that their messages have."""

    def forget_jobs(self, subject_id: UUID) -> None:
        """Nobody is to be told or asked about something that was made up."""

    def remove(self) -> int:
        """Everything of it, and all figures, which are to be counted again. Returns the number of tickets."""


class Jobs(Protocol):
    def add(self, job: Job) -> None:
        """Unless its key exists."""

    def claim_due(
        self, *, now: datetime, until: datetime, limit: int, kinds: Collection[str] | None = None, but: Collection[str] = ()
    ) -> list[Job]:
        """Lock due jobs until then: of these kinds, or without `kinds` of all kinds `but` those."""

    def set_done(self, id: UUID, *, now: datetime) -> None: ...
    def set_retry(self, id: UUID, at: datetime, error: str) -> None: ...
    def hasten(self, kind: str, subject_id: UUID, *, now: datetime) -> None:
        """Make jobs of this kind about this subject that wait for their time due now."""

    def due_count(self, *, now: datetime) -> int:
        """Jobs whose time has come and that are not done."""

    def open_count(self) -> int: ...


class Staff(Protocol):
    def add(self, member: StaffMember) -> None: ...
    def update(self, member: StaffMember) -> None: ...
    def get(self, name: str) -> StaffMember | None: ...
    def all(self) -> list[StaffMember]: ...
    def add_session(self, session: StaffSession) -> None: ...
    def session(self, token_hash: str, *, now: datetime) -> StaffSession | None: ...
    def end_session(self, token_hash: str) -> None: ...
    def end_sessions_of(self, name: str) -> None: ...
    def add_event(self, event: StaffEvent) -> None: ...
    def events(self, limit: int) -> list[StaffEvent]: ...
    def add_reveal(self, reveal: Reveal) -> None: ...
    def reveals(self, ticket_id: UUID) -> list[Reveal]: ...


__all__ = ["Categories", "Channel", "Dialogue", "Embedder", "Files", "SendError", "Store", "Transaction", "date"]
