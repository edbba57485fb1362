"""What happens in a call because nothing happens: who is silent is asked, who waits is told, and no call lasts for ever."""

from __future__ import annotations

from enum import Enum, auto

from channels.phone.legs.base import FRAME_SECONDS

ASK_AFTER = 7.0
"""Seconds of silence after which we ask whether the caller is there; after three times as many the call ends."""
MOMENT_AFTER = 2.5
"""Seconds of thinking after which we say that it takes a moment."""
LONGEST_CALL = 30 * 60.0
NEWS_EVERY = 2.0
"""Seconds between looks at what an operator wrote."""


class Due(Enum):
    """What it is time for."""

    MOMENT = auto()
    """To say that it takes a moment."""
    NEWS = auto()
    """To look whether somebody else said something."""
    ASK = auto()
    ASK_AGAIN = auto()
    GIVE_UP = auto()
    """The caller said nothing, three times."""
    TOO_LONG = auto()


class Patience:
    """Counts the time of one call, a frame at each `pass_time`."""

    def __init__(self) -> None:
        self._lasted = self._thinking = self._quiet = self._since_news = 0.0
        self._asked = 0

    def heard(self) -> None:
        """The caller said or pressed something."""
        self._quiet, self._asked = 0.0, 0

    def pass_time(self, *, thinking: bool, quiet: bool) -> list[Due]:
        """`thinking`: the caller waits for us and hears nothing. `quiet`: nobody says or does anything."""
        due = []
        self._lasted += FRAME_SECONDS
        if self._lasted > LONGEST_CALL:
            due.append(Due.TOO_LONG)
        self._thinking = self._thinking + FRAME_SECONDS if thinking else 0.0
        if abs(self._thinking - MOMENT_AFTER) < FRAME_SECONDS / 2:
            due.append(Due.MOMENT)
        if not quiet:
            self._quiet = 0.0
            return due
        self._quiet += FRAME_SECONDS
        self._since_news += FRAME_SECONDS
        if self._since_news >= NEWS_EVERY:
            self._since_news = 0.0
            due.append(Due.NEWS)
        if self._quiet >= ASK_AFTER:
            self._quiet = 0.0
            self._asked += 1
            due.append({1: Due.ASK, 2: Due.ASK_AGAIN}.get(self._asked, Due.GIVE_UP))
        return due
