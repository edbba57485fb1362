"""The database: SQLite by default, PostgreSQL by setting."""

from hotline.store.cipher import Cipher
from hotline.store.database import SqlStore, lacks_tables, open_store

__all__ = ["Cipher", "SqlStore", "lacks_tables", "open_store"]
