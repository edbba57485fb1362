"""Keys into answers: one key may be a choice, many may be a number."""

from __future__ import annotations

from dataclasses import dataclass

from channels.phone.speech.base import Expectation

IDLE = 2.0
"""Seconds after the last key in which another may follow."""
MAX_KEYS = 24


@dataclass(frozen=True, slots=True)
class Pressed:
    """What was pressed, when it is complete."""

    keys: str


class Keypad:
    """Collects the keys of one call. `tick` moves its clock, so that nothing here looks at another one."""

    def __init__(self) -> None:
        self._keys = ""
        self._idle = 0.0

    @property
    def busy(self) -> bool:
        """Whether somebody is in the middle of a number."""
        return bool(self._keys)

    def press(self, key: str, *, choices: int, expecting: Expectation | None) -> Pressed | None:
        """One key. Returns what is complete with it.

        A number is asked for: # ends it, * begins it anew, a pause of two seconds ends it too. Otherwise a key that names one of
        the `choices`, or 0 for a person, counts at once.
        """
        self._idle = 0.0
        if key == "#":
            return self._complete()
        if key == "*":
            self._keys = ""
            return None
        if not key.isdigit():
            return None
        self._keys = (self._keys + key)[:MAX_KEYS]
        if expecting in ("phone", "number"):
            return self._complete() if expecting == "phone" and len(self._keys) == 11 and self._keys.startswith("1") else None
        if len(self._keys) == 1 and (key == "0" or 1 <= int(key) <= choices):
            return self._complete()
        return None

    def tick(self, seconds: float) -> Pressed | None:
        """Time passes."""
        self._idle += seconds
        return self._complete() if self._keys and self._idle >= IDLE else None

    def _complete(self) -> Pressed | None:
        keys, self._keys = self._keys, ""
        return Pressed(keys) if keys else None
