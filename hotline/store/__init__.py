"""The database: SQLite by default, PostgreSQL by setting."""

from hotline.store.cipher import Cipher
from hotline.store.database import SqlStore, open_store

__all__ = ["Cipher", "SqlStore", "open_store"]
