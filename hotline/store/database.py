"""Opening the database and its transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from hotline.ports import Transaction
from hotline.store.articles import SqlArticles
from hotline.store.catalogues import SqlCatalogues
from hotline.store.cipher import Cipher
from hotline.store.figures import SqlFigures
from hotline.store.gaps import SqlGaps
from hotline.store.repositories import (
    SqlAttachments,
    SqlConversations,
    SqlJobs,
    SqlMessages,
    SqlStaff,
    SqlTickets,
    next_value,
)
from hotline.store.samples import SqlSamples
from hotline.store.simulated import SqlSimulated
from hotline.store.surveys import SqlSurveys

MIGRATIONS = Path(__file__).parent / "migrations"


class SqlTransaction:
    """One transaction with its repositories."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self.attachments = SqlAttachments(connection, cipher)
        self.conversations = SqlConversations(connection, cipher)
        self.messages = SqlMessages(connection, cipher, self.attachments)
        self.articles = SqlArticles(connection, cipher)
        self.gaps = SqlGaps(connection, cipher)
        self.tickets = SqlTickets(connection, cipher)
        self.catalogues = SqlCatalogues(connection)
        self.surveys = SqlSurveys(connection, cipher)
        self.samples = SqlSamples(connection, cipher)
        self.figures = SqlFigures(connection, cipher)
        self.simulated = SqlSimulated(connection, self.messages)
        self.jobs = SqlJobs(connection)
        self.staff = SqlStaff(connection)

    def next_number(self, series: str) -> int:
        return next_value(self._connection, series)


class SqlStore:
    """Store over SQLAlchemy."""

    def __init__(self, engine: Engine, cipher: Cipher) -> None:
        self.engine = engine
        self._cipher = cipher

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self.engine.begin() as connection:
            yield SqlTransaction(connection, self._cipher)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        with self.engine.connect().execution_options(jiesu_reading=True) as connection:
            yield SqlTransaction(connection, self._cipher)

    def close(self) -> None:
        self.engine.dispose()


def open_store(url: str, cipher: Cipher, *, migrate: bool = False) -> SqlStore:
    """Open the database at an SQLAlchemy URL; with `migrate`, bring its tables up to date first."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": 15, "check_same_thread": False}, hide_parameters=True)
        _prepare_sqlite(engine)
    else:
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True)
    if migrate:
        upgrade(engine)
    return SqlStore(engine, cipher)


def upgrade(engine: Engine) -> None:
    """Apply all migrations that are missing."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def lacks_tables(error: DBAPIError) -> bool:
    """Whether a query failed because `upgrade` was never done, or not since the tables changed."""
    return getattr(error.orig, "sqlstate", "") in ("42P01", "42703") or str(error.orig).startswith(("no such table", "no such column"))


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say when a transaction begins, the driver does not guess
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=NORMAL")  # a killed process loses nothing; a power cut may lose the last instant

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Taking the write lock at once makes a second writer wait; upgrading later would fail instead. Readers take none.
        reading = connection.get_execution_options().get("jiesu_reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
