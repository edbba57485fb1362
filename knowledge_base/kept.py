"""What takes long, kept on disk. Vectors, so that a start and a change embed only what is new: a sentence costs 2 ms, a hundred thousand articles minutes."""

from __future__ import annotations

import hashlib
import os
import pickle
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from hotline.ports import Embedder

_AT_ONCE = 500
T = TypeVar("T")


def fingerprint(*made_of: object) -> str:
    """Of what something is made, in few characters: texts, names, versions, the source that makes it."""
    return hashlib.blake2b(repr(made_of).encode(), digest_size=16).hexdigest()


def kept(path: Path | None, key: str, make: Callable[[], T]) -> T:
    """What `make` returns: from the file, if it was made of the same (`key`), else made now and kept there. None: always made.

    For the data folder alone, which nobody else writes: reading such a file runs what stands in it.
    """
    if path is None:
        return make()
    try:
        with path.open("rb") as file:
            if pickle.load(file) == key:
                return cast(T, pickle.load(file))
    except Exception:
        pass
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}")
    with new.open("wb") as file:
        pickle.dump(key, file)
        pickle.dump(made, file)
    new.replace(path)
    return made


class KeptVectors:
    """An embedder that remembers. For our own texts only (articles, the city's examples): what citizens ask is not to be kept."""

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self.name, self.dimension, self.base_dimension = embedder.name, embedder.dimension, embedder.base_dimension
        self._embedder = embedder
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._open()) as file:
            file.execute("CREATE TABLE IF NOT EXISTS vectors (model TEXT, text BLOB, vector BLOB, PRIMARY KEY (model, text)) WITHOUT ROWID")
            file.commit()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ports.Embedder. Kept ones are rounded to half precision."""
        keys = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        with closing(self._open()) as file:
            known: dict[bytes, bytes] = {}
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                known.update(file.execute(f"SELECT text, vector FROM vectors WHERE model = ? AND text IN ({marks})", [self.name, *some]))
            new = [at for at, key in enumerate(keys) if key not in known]
            for at, key in enumerate(keys):
                if key in known:
                    vectors[at] = np.frombuffer(known[key], dtype=np.float16)
            for start in range(0, len(new), _AT_ONCE):
                some_new = new[start : start + _AT_ONCE]
                vectors[some_new] = self._embedder.encode([texts[at] for at in some_new]).astype(np.float16)  # the first start learns as the second does
                file.executemany(
                    "INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)",
                    [(self.name, keys[at], vectors[at].astype(np.float16).tobytes()) for at in some_new],
                )
                file.commit()
        return vectors

    def _open(self) -> sqlite3.Connection:
        # A connection each time: encode is called from several threads, and rarely.
        file = sqlite3.connect(self._path, timeout=60)
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=NORMAL")
        return file
