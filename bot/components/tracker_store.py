"""Rasa's conversations in SQL, with what people said encrypted.

Rasa keeps every event of a conversation as JSON text, phone numbers and addresses included. This store is Rasa's own
SQL store with that one column encrypted (Fernet: AES-128-CBC with HMAC-SHA256) under the key JIESU_RASA_KEY.
"""

from __future__ import annotations

from typing import Any, Optional, Text

import sqlalchemy as sa
from cryptography.fernet import Fernet
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from sqlalchemy.types import TypeDecorator


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


class EncryptedTrackerStore(SQLTrackerStore):
    """Configured in bot/endpoints.yml with `key` and a database URL as `url`."""

    def __init__(
        self, domain: Optional[Domain] = None, host: Optional[Text] = None, event_broker: Optional[EventBroker] = None,
        key: Text = "", **kwargs: Any
    ) -> None:
        EncryptedText.cipher = Fernet(key)
        super().__init__(domain=domain, host=host, event_broker=event_broker, **kwargs)
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                # Readers and the writer do not wait for one another, and a killed process loses nothing it committed.
                connection.execute(sa.text("PRAGMA journal_mode=WAL"))
