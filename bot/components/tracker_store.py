"""Rasa's conversations in SQL, with what people said encrypted.

Rasa keeps every event of a conversation as JSON text, phone numbers and addresses included. This store is Rasa's own
SQL store with that one column encrypted (Fernet: AES-128-CBC with HMAC-SHA256) under the key JIESU_RASA_KEY.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from typing import Any, Dict, Iterator, Optional, Text

import sqlalchemy as sa
from cryptography.fernet import Fernet
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeDecorator

from bot.components.remote_actions import TurnBrokenOff


class EncryptedText(TypeDecorator):  # type: ignore[type-arg]
    """Text that is ciphertext in the database and plain in Python."""

    impl = sa.Text
    cache_ok = True
    cipher: Optional[Fernet] = None

    def process_bind_param(self, value: Optional[Text], dialect: Any) -> Optional[Text]:
        return None if value is None else self._cipher().encrypt(value.encode()).decode()

    def process_result_value(self, value: Optional[Text], dialect: Any) -> Optional[Text]:
        return None if value is None else self._cipher().decrypt(value.encode()).decode()

    @classmethod
    def _cipher(cls) -> Fernet:
        if cls.cipher is None:
            raise RuntimeError("The tracker store has no key: set JIESU_RASA_KEY and name this store in bot/endpoints.yml.")
        return cls.cipher


SQLTrackerStore.SQLEvent.__table__.c.data.type = EncryptedText()


_events = SQLTrackerStore.SQLEvent.__table__.c
_begun = (
    sa.select(sa.func.max(_events.timestamp))
    .where(_events.sender_id == sa.bindparam("sender"), _events.type_name == SessionStarted.type_name)
    .scalar_subquery()
)
_OF_ALL_SESSIONS = sa.select(_events.data).where(_events.sender_id == sa.bindparam("sender")).order_by(_events.id)
_OF_THIS_SESSION = _OF_ALL_SESSIONS.where(_events.timestamp >= sa.func.coalesce(_begun, 0.0))


class EncryptedTrackerStore(SQLTrackerStore):
    """Configured in bot/endpoints.yml with `key` and a database URL as `url`.

    Rasa takes a database that fails for an empty conversation, forgets the open form and goes on. Here it breaks the turn off
    (TurnBrokenOff), so that the message is tried again. A conversation knows how much of it is stored, where Rasa counts it
    anew at each turn.
    """

    def __init__(
        self, domain: Optional[Domain] = None, host: Optional[Text] = None, event_broker: Optional[EventBroker] = None,
        key: Text = "", **kwargs: Any
    ) -> None:
        EncryptedText.cipher = Fernet(key)
        super().__init__(domain=domain, host=host, event_broker=event_broker, **kwargs)
        if self.engine.dialect.name == "sqlite":
            # Kept open, where SQLAlchemy would open a file anew each time.
            self.engine = sa.create_engine(self.engine.url, poolclass=sa.pool.QueuePool, connect_args={"timeout": 5})
            sa.event.listen(self.engine, "connect", _prepare_sqlite)

    async def _retrieve(self, sender_id: Text, fetch_events_from_all_sessions: bool) -> Optional[DialogueStateTracker]:
        query = _OF_ALL_SESSIONS if fetch_events_from_all_sessions else _OF_THIS_SESSION
        with _or_break_off("read"), self.engine.connect() as connection:
            events = [json.loads(data) for data in connection.execute(query, {"sender": sender_id}).scalars()]
        if not events or self.domain is None:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        tracker.stored = len(events)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the events that are not stored yet. Raises TurnBrokenOff."""
        await self.stream_events(tracker)
        # One that was not read from here is new.
        fresh = list(itertools.islice(tracker.events, getattr(tracker, "stored", 0), None))
        if not fresh:
            return
        with _or_break_off("written"), self.engine.begin() as connection:
            connection.execute(SQLTrackerStore.SQLEvent.__table__.insert(), [_row(tracker.sender_id, event.as_dict()) for event in fresh])
        tracker.stored = len(tracker.events)


def _row(sender_id: Text, event: Dict[Text, Any]) -> Dict[Text, Any]:
    return {
        "sender_id": sender_id, "type_name": event["event"], "timestamp": event.get("timestamp"),
        "intent_name": event.get("parse_data", {}).get("intent", {}).get("name"), "action_name": event.get("name"), "data": json.dumps(event),
    }


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Readers and the writer do not wait for one another; a killed process loses nothing it committed, a power cut perhaps the last turn.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


@contextlib.contextmanager
def _or_break_off(what: Text) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:  # no text of it: it may quote what was to be written
        raise TurnBrokenOff(f"the conversation could not be {what}: {type(error).__name__}") from None
