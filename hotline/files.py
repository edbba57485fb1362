"""Where the bytes of attachments live: a folder, encrypted, one file each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol
from uuid import UUID


class Sealer(Protocol):
    """What encrypts. hotline.store.Cipher is one."""

    def seal(self, content: bytes) -> bytes: ...
    def open(self, sealed: bytes) -> bytes: ...


class LocalFiles:
    """Files in a folder of this machine."""

    def __init__(self, folder: Path, cipher: Sealer) -> None:
        self._folder = folder
        self._cipher = cipher

    def put(self, id: UUID, content: bytes) -> None:
        path = self._path(id)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Under another name first: a process killed while writing leaves no half file under the right one.
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(self._cipher.seal(content))
        os.replace(unfinished, path)

    def get(self, id: UUID) -> bytes:
        try:
            return self._cipher.open(self._path(id).read_bytes())
        except FileNotFoundError:
            raise KeyError(f"There is no file {id}.") from None

    def delete(self, id: UUID) -> None:
        self._path(id).unlink(missing_ok=True)

    def _path(self, id: UUID) -> Path:
        return self._folder / id.hex[-2:] / id.hex
