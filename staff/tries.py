"""Wrong passwords are counted, by name and by address, so that nobody can try them all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

WITHIN = timedelta(minutes=1)
PER_NAME = 5
PER_ADDRESS = 20
"""More than of a name, because a whole office may stand behind one address."""
MANY_KEYS = 5000


class Tries:
    """The tries of the last minute that were not right."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._at: dict[str, deque[datetime]] = {}

    def begin(self, name: str, address: str) -> bool:
        """Count a try before its password is looked at, so that many at once are counted too. False: too many, don't look."""
        keys = self._keys(name, address)
        now = self._clock()
        for key in keys:
            self._drop_old(key, now)
        if any(len(self._at.get(key, ())) >= limit for key, limit in keys.items()):
            return False
        if len(self._at) > MANY_KEYS:
            for key in list(self._at):
                self._drop_old(key, now)
        for key in keys:
            self._at.setdefault(key, deque()).append(now)
        return True

    def was_right(self, name: str, address: str) -> None:
        """The try that was just begun was right: it does not count."""
        for key in self._keys(name, address):
            if kept := self._at.get(key):
                kept.pop()

    def _keys(self, name: str, address: str) -> dict[str, int]:
        return {f"name {name.strip()[:40]}": PER_NAME, f"address {address}": PER_ADDRESS}

    def _drop_old(self, key: str, now: datetime) -> None:
        kept = self._at.get(key)
        while kept and now - kept[0] >= WITHIN:
            kept.popleft()
        if not kept:
            self._at.pop(key, None)
