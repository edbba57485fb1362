"""What the bot says in a call: a queue of texts, their sound as it is made, and the place in it where the far end is."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from channels.phone.legs.base import FRAME

BACK = FRAME * 15
"""How far a sentence that goes on after a false interruption starts again before the place where it stopped: 0.3 s."""

Say = Callable[[str], AsyncIterator[bytes]]
"""A text into sound, in pieces."""


@dataclass
class Text:
    """A text in the queue."""

    text: str
    sound: bytearray = field(default_factory=bytearray)
    complete: bool = False
    """Whether all of its sound is there."""
    position: int = 0
    making: asyncio.Task[None] | None = None


class Mouth:
    """Says texts one after the other, a frame each time it is asked. It can pause, go on a little before, and be silenced."""

    def __init__(self, say: Say, failed: Callable[[Exception], None] = lambda error: None) -> None:
        self._say, self._failed = say, failed
        self._queue: deque[Text] = deque()
        self._paused = False

    @property
    def busy(self) -> bool:
        """Whether anything is still to be said, paused or not."""
        return bool(self._queue)

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def audible(self) -> bool:
        """Whether the far end hears us now."""
        return bool(self._queue) and not self._paused and self._queue[0].position > 0

    @property
    def nearly_done(self) -> bool:
        """Whether the last text is more than half said: then an answer to it is an answer."""
        if not self._queue:
            return True
        last = self._queue[-1]
        return len(self._queue) == 1 and last.complete and last.position * 2 >= len(last.sound)

    def say(self, text: str) -> None:
        """Add a text to what is said."""
        entry = Text(text)
        entry.making = asyncio.create_task(self._make(entry))
        self._queue.append(entry)

    def frame(self) -> bytes | None:
        """The next 20 ms. None when there is nothing to say, or it is not made yet."""
        if self._paused:
            return None
        while self._queue:
            text = self._queue[0]
            if text.position < len(text.sound):
                frame = bytes(text.sound[text.position : text.position + FRAME])
                text.position += FRAME
                return frame
            if not text.complete:
                return None
            self._queue.popleft()
        return None

    def pause(self) -> None:
        """Fall silent and remember where."""
        self._paused = True

    def resume(self) -> None:
        """Go on, a little before the place."""
        if self._paused and self._queue:
            text = self._queue[0]
            text.position = max(0, text.position - BACK)
        self._paused = False

    def drop(self) -> None:
        """Say nothing of what is left."""
        for text in self._queue:
            if text.making:
                text.making.cancel()
        self._queue.clear()
        self._paused = False

    async def _make(self, text: Text) -> None:
        try:
            async for piece in self._say(text.text):
                text.sound += piece
        except Exception as error:  # a voice may fail in many ways; the call goes on with the next text
            self._failed(error)
        finally:
            text.complete = True
