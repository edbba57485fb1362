"""The tables. Columns that hold what a person said or who they are end in `_sealed` and are ciphertext."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from hotline.figures.measures import NAMES as MEASURES


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes, also where the database (SQLite) has no zones. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("Datetimes must carry a time zone.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s",
    }
)  # fmt: skip


def _id() -> Column[UUID]:
    return Column("id", Uuid, primary_key=True)


def _in(name: str, table: str, **kwargs: Any) -> Column[UUID]:
    return Column(name, Uuid, ForeignKey(f"{table}.id"), **kwargs)


conversations = Table(
    "conversations", metadata, _id(),
    Column("channel", String(20), nullable=False),
    # on channels where it is a telephone number: its keyed hash, and the number beside it
    Column("user", String(120), nullable=False),
    Column("user_sealed", Text),
    Column("status", String(10), nullable=False, index=True),
    Column("operator", String(40)),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("status_since", UtcDateTime),
    Column("urgent", Boolean, nullable=False, default=False),
    Column("last_position", Integer, nullable=False),
    Column("lease", Uuid),
    Column("lease_until", UtcDateTime),
    UniqueConstraint("channel", "user"),
)  # fmt: skip

messages = Table(
    "messages", metadata, _id(),
    _in("conversation_id", "conversations", nullable=False),
    Column("position", Integer, nullable=False),
    Column("direction", String(3), nullable=False),
    Column("author", String(10), nullable=False),
    Column("via", String(10), nullable=False),
    Column("channel", String(20)),
    Column("external_id", String(120)),
    # text, spoken text, choices, signal, place: all that was said
    Column("content_sealed", Text, nullable=False),
    Column("attachments", JSON, nullable=False),
    Column("chosen", JSON, nullable=False),
    Column("in_reply_to", Uuid),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    UniqueConstraint("conversation_id", "position"),
    UniqueConstraint("channel", "external_id"),
)  # fmt: skip
Index("ix_messages_waiting", messages.c.state, messages.c.created_at, sqlite_where=messages.c.state.in_(("pending", "queued")),
      postgresql_where=messages.c.state.in_(("pending", "queued")))  # fmt: skip

attachments = Table(
    "attachments", metadata, _id(),
    _in("conversation_id", "conversations", nullable=False, index=True),
    Column("ticket_id", Uuid, index=True),
    Column("sent", Boolean, nullable=False),
    Column("media_type", String(60), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    # the file's name, and where a photo was taken
    Column("about_sealed", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)  # fmt: skip

articles = Table(
    "articles", metadata,
    Column("id", String(80), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("question", Text, nullable=False),
    # ways of asking, one a line
    Column("asked", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("spoken_answer", Text, nullable=False),
    Column("department", String(80), nullable=False),
    Column("category", String(80), nullable=False),
    Column("source", Text, nullable=False),
    Column("source_date", Date, nullable=False),
    Column("related", JSON, nullable=False),
    Column("files", JSON, nullable=False),
    Column("status", String(10), nullable=False, index=True),
    # the last version of its article
    Column("newest", Boolean, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("edited_by", String(40), nullable=False),
    Column("approved_by", String(40), nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("ix_articles_newest_saved_at", articles.c.newest, articles.c.saved_at)
# The bot says one version of an article, whatever two editors do at once.
Index("uq_articles_published", articles.c.id, unique=True, sqlite_where=articles.c.status == "published", postgresql_where=articles.c.status == "published")

article_events = Table(
    "article_events", metadata, _id(),
    Column("article_id", String(80), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("by", String(40), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)  # fmt: skip

asked_questions = Table(
    "asked_questions", metadata, _id(),
    _in("conversation_id", "conversations", nullable=False),
    Column("text_sealed", Text, nullable=False),
    Column("article_id", String(80), index=True),
    Column("score", Float, nullable=False),
    Column("helpful", Boolean),
    # the articles that were offered instead of an answer
    Column("offered", JSON, nullable=False),
    Column("was_offered", Boolean, nullable=False),
    Column("gap_id", Uuid, index=True),
    Column("asked_at", UtcDateTime, nullable=False, index=True),
)  # fmt: skip
# What is not in a gap yet, of the two kinds that belong into one: few among very many.
# Written as text, because a partial index serves a query that says exactly the same.
UNANSWERED, UNHELPFUL = text("gap_id IS NULL AND article_id IS NULL"), text("gap_id IS NULL AND NOT helpful")
for _name, _vain in (("unanswered", UNANSWERED), ("unhelpful", UNHELPFUL)):
    Index(f"ix_asked_questions_{_name}", asked_questions.c.asked_at, sqlite_where=_vain, postgresql_where=_vain)

gaps = Table(
    "gaps", metadata, _id(),
    Column("example_id", Uuid, nullable=False),
    Column("status", String(10), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("assigned_to", String(40), nullable=False),
    Column("article_id", String(80), index=True),
    Column("closed_by", String(40), nullable=False),
    Column("closed_at", UtcDateTime),
)  # fmt: skip

checks = Table(
    "checks", metadata, _id(),
    Column("question_sealed", Text, nullable=False),
    Column("article_id", String(80)),
    Column("added_by", String(40), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)  # fmt: skip

check_runs = Table(
    "check_runs", metadata, _id(),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("by", String(40), nullable=False),
    Column("why", Text, nullable=False),
    Column("questions", Integer, nullable=False),
    Column("right", Integer, nullable=False),
    Column("offered", Integer, nullable=False),
    # ids of the checks that went wrong, and of those whose article was only offered
    Column("wrong", JSON, nullable=False),
    Column("listed", JSON),  # none in runs of before
)  # fmt: skip

tickets = Table(
    "tickets", metadata, _id(),
    Column("number", String(20), nullable=False, unique=True),
    Column("request_key", String(120), nullable=False, unique=True),
    _in("conversation_id", "conversations", nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("said_sealed", Text, nullable=False),
    Column("district_code", String(12)),
    Column("street_code", String(12)),
    Column("category", String(12)),
    Column("status", String(12), nullable=False),
    # [[code, probability], …]: what the classifier thought
    Column("suggested", JSON, nullable=False),
    Column("unit_id", String(40)),
    # a square of about half a kilometre, coarse enough to stand in clear
    Column("cell", String(20)),
    Column("assists", JSON, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("extended", Boolean, nullable=False),
    Column("supervised", Boolean, nullable=False),
    Column("confidential", Boolean, nullable=False, server_default=false()),
    Column("may_publish", Boolean, nullable=False, server_default=false()),
    # it tells of a danger: see tickets.Ticket.urgent
    Column("urgent", Boolean, nullable=False, server_default=false()),
    Column("returns", Integer, nullable=False),
    Column("merged_into", Uuid, ForeignKey("tickets.id"), index=True),
    Column("handled_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("handlings", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("handlings >= 0", name="handlings_not_negative"),
)  # fmt: skip
# Lists show the newest first, of one status or of one unit: each order is an index, so a page costs the same at any size.
Index("ix_tickets_opened_at", tickets.c.opened_at)
Index("ix_tickets_status_opened_at", tickets.c.status, tickets.c.opened_at)
Index("ix_tickets_unit_id_opened_at", tickets.c.unit_id, tickets.c.opened_at)

# Dangers come before all that is newer, until they are handled; few, so they are found whatever else there is.
PRESSING = and_(tickets.c.urgent, tickets.c.status.in_(("incomplete", "received", "dispatched", "accepted", "returned")))
Index("ix_tickets_urgent_status_opened_at", tickets.c.urgent, tickets.c.status, tickets.c.opened_at)

# The most urgent first, of those at a unit; and what is near a new ticket in place and time.
_AT_A_UNIT = tickets.c.status.in_(("dispatched", "accepted", "returned"))
Index("ix_tickets_due_at", tickets.c.due_at, sqlite_where=_AT_A_UNIT, postgresql_where=_AT_A_UNIT)
Index("ix_tickets_street_code_opened_at", tickets.c.street_code, tickets.c.opened_at)
Index("ix_tickets_district_code_opened_at", tickets.c.district_code, tickets.c.opened_at)
Index("ix_tickets_category_opened_at", tickets.c.category, tickets.c.opened_at)

personal_data = Table(
    "personal_data", metadata,
    Column("ticket_id", Uuid, ForeignKey("tickets.id"), primary_key=True),
    # reporter's name and phone, exact address, shared point
    Column("content_sealed", Text, nullable=False),
)  # fmt: skip

ticket_events = Table(
    "ticket_events", metadata, _id(),
    _in("ticket_id", "tickets", nullable=False),
    Column("kind", String(20), nullable=False),
    Column("from_status", String(12)),
    Column("to_status", String(12), nullable=False),
    Column("by", String(40), nullable=False),
    Column("note_sealed", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("units", JSON),
    # who led then, and the time limit that held after it
    Column("unit_id", String(40)),
    Column("due_at", UtcDateTime),
)  # fmt: skip

# What happened of one kind in a window is counted and listed; what dispatchers put right is looked for at each request.
Index("ix_ticket_events_kind_at", ticket_events.c.kind, ticket_events.c.at, ticket_events.c.ticket_id)
# A ticket's history; and whether it was accepted in time, without reading it.
Index("ix_ticket_events_ticket_id_kind_at", ticket_events.c.ticket_id, ticket_events.c.kind, ticket_events.c.at)
# Limits that were kept or missed: figures count each in its own half day. Written as text, because a partial index serves a query that says the same.
HANDLED = text("ticket_events.kind = 'handle'")
Index("ix_ticket_events_due_at", ticket_events.c.due_at, sqlite_where=text("kind = 'handle'"), postgresql_where=text("kind = 'handle'"))

catalogues = Table(
    "catalogues", metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("valid_from", Date, nullable=False, index=True),
    Column("rules", JSON, nullable=False),
    Column("by", String(40), nullable=False),
    Column("note", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)  # fmt: skip

surveys = Table(
    "surveys", metadata, _id(),
    _in("ticket_id", "tickets", nullable=False),
    Column("handling", Integer, nullable=False),
    Column("unit_id", String(40), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("status", String(12), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False, index=True),
    Column("contacted", Boolean),
    Column("solved", String(8)),
    Column("satisfaction", String(14)),
    Column("very", Boolean, nullable=False),
    Column("attitude", String(8)),
    Column("comment_sealed", Text, nullable=False),
    Column("completed_at", UtcDateTime, index=True),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime),
    UniqueConstraint("ticket_id", "handling"),
)  # fmt: skip
Index("ix_surveys_status_asked_at", surveys.c.status, surveys.c.asked_at)

# Its key makes an attempt happen at most once, and its constraint never more than three.
survey_attempts = Table(
    "survey_attempts", metadata,
    Column("survey_id", Uuid, ForeignKey("surveys.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("channel", String(20), nullable=False),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("outcome", String(12)),
    Column("ended_at", UtcDateTime),
    CheckConstraint("number BETWEEN 1 AND 3", name="at_most_three"),
)  # fmt: skip

survey_annotations = Table(
    "survey_annotations", metadata, _id(),
    _in("survey_id", "surveys", nullable=False, index=True),
    Column("by", String(40), nullable=False),
    Column("note_sealed", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip

# A third-party sample, with what it takes to draw it again, and the surveys that were drawn, each answered a second time at most once.
samples = Table(
    "samples", metadata, _id(),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("per_group", Integer, nullable=False),
    Column("drawn_by", String(40), nullable=False),
    Column("drawn_at", UtcDateTime, nullable=False, index=True),
)  # fmt: skip

drawn_surveys = Table(
    "drawn_surveys", metadata, _id(),
    _in("sample_id", "samples", nullable=False),
    _in("survey_id", "surveys", nullable=False, index=True),
    _in("ticket_id", "tickets", nullable=False, index=True),
    Column("unit_id", String(40), nullable=False),
    # two digits: the class
    Column("category", String(12), nullable=False),
    Column("group_size", Integer, nullable=False),
    Column("channel", String(20)),
    Column("asked_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("contacted", Boolean),
    Column("solved", String(8)),
    Column("satisfaction", String(14)),
    Column("very", Boolean, nullable=False),
    Column("attitude", String(8)),
    Column("comment_sealed", Text, nullable=False),
    UniqueConstraint("sample_id", "survey_id"),
)  # fmt: skip

# Who said stop: a keyed hash of the number, which can be compared but not read.
do_not_call = Table(
    "do_not_call", metadata,
    Column("number_hash", String(64), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
)  # fmt: skip

jobs = Table(
    "jobs", metadata, _id(),
    Column("kind", String(20), nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("key", String(120), nullable=False, unique=True),
    Column("run_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("locked_until", UtcDateTime),
    Column("last_error", String(200)),
    Column("done_at", UtcDateTime),
)  # fmt: skip
Index("ix_jobs_due", jobs.c.run_at, sqlite_where=jobs.c.done_at.is_(None), postgresql_where=jobs.c.done_at.is_(None))

staff = Table(
    "staff", metadata,
    Column("name", String(40), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("active", Boolean, nullable=False),
)  # fmt: skip

staff_sessions = Table(
    "staff_sessions", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("name", String(40), ForeignKey("staff.name"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)  # fmt: skip

staff_events = Table(
    "staff_events", metadata, _id(),
    Column("name", String(40), nullable=False),
    Column("by", String(40), nullable=False),
    Column("what", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)  # fmt: skip

reveals = Table(
    "reveals", metadata, _id(),
    _in("ticket_id", "tickets", nullable=False, index=True),
    Column("by", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip

counters = Table(
    "counters", metadata,
    Column("series", String(60), primary_key=True),
    Column("value", Integer, nullable=False),
)  # fmt: skip

# --- prepared figures: counted from the tables above, and at any time counted again

figure_slots = Table(
    "figure_slots", metadata,
    # city, unit, street, district, category, channel or kind
    Column("dimension", String(10), primary_key=True),
    Column("slot", UtcDateTime, primary_key=True),
    Column("key", String(60), primary_key=True),
    *(Column(name, Integer, nullable=False) for name in MEASURES),
)  # fmt: skip

# Sums of calendar months that are long over, so that a year is read from twelve rows a key. Gone while one of its slots is counted again.
figure_months = Table(
    "figure_months", metadata,
    Column("dimension", String(10), primary_key=True),
    Column("since", UtcDateTime, primary_key=True),
    Column("key", String(60), primary_key=True),
    Column("until", UtcDateTime, nullable=False),
    *(Column(name, Integer, nullable=False) for name in MEASURES),
)  # fmt: skip

# One row: up to when changes were seen, and who is counting.
figure_state = Table(
    "figure_state", metadata,
    Column("id", Integer, primary_key=True),
    Column("seen_at", UtcDateTime),
    Column("leased_until", UtcDateTime),
)  # fmt: skip

figure_hours = Table(
    "figure_hours", metadata,
    Column("hour", UtcDateTime, primary_key=True),
    Column("category", String(12), primary_key=True),
    Column("district_code", String(12), primary_key=True),
    Column("street_code", String(12), primary_key=True),
    Column("opened", Integer, nullable=False),
)  # fmt: skip
Index("ix_figure_hours_category_hour", figure_hours.c.category, figure_hours.c.hour)

# How long things took, as how often each length occurred: medians of any window are read from it.
figure_lengths = Table(
    "figure_lengths", metadata,
    # minutes from opening to handling, in steps of ten per cent; turns of an intake
    Column("what", String(10), primary_key=True),
    Column("slot", UtcDateTime, primary_key=True),
    Column("length", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
)  # fmt: skip

figure_cells = Table(
    "figure_cells", metadata,
    Column("slot", UtcDateTime, primary_key=True),
    Column("cell", String(20), primary_key=True),
    Column("category", String(12), primary_key=True),
    Column("opened", Integer, nullable=False),
)  # fmt: skip

reports = Table(
    "reports", metadata, _id(),
    Column("kind", String(6), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    # the figures, and notable cases in masked words
    Column("content_sealed", Text, nullable=False),
    UniqueConstraint("kind", "since"),
)  # fmt: skip

alerts = Table(
    "alerts", metadata, _id(),
    # four digits: a second-level category
    Column("category", String(12), nullable=False),
    # a street's or a district's code; empty for the whole city
    Column("place", String(12), nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
    Column("hours", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("expected", Float, nullable=False),
    Column("chance", Float, nullable=False),
    UniqueConstraint("category", "place", "began_at"),
)  # fmt: skip
