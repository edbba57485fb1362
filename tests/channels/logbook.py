"""What is logged during a test, and what must not be in it."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator

import structlog

from hotline.wiring import configure_logging

SHORT = 4
"""Texts shorter than this turn up in a log by chance."""


class Log:
    """All that is logged, by structlog and by the libraries, as the product sets it up, at its most talkative."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self._secrets: dict[str, str] = {}

    @contextlib.contextmanager
    def capture(self) -> Iterator[Log]:
        root = logging.getLogger()
        levels = {name: logging.getLogger(name).level for name in (None, "httpx", "httpcore", "telegram")}
        pytests, root.handlers = root.handlers, []
        with contextlib.redirect_stderr(self._stream):
            configure_logging("debug")
        ours, root.handlers = root.handlers, [*pytests, *root.handlers]
        try:
            yield self
        finally:
            for handler in ours:
                root.removeHandler(handler)
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
            structlog.reset_defaults()

    def keep_out(self, what: str, *texts: str | None) -> None:
        """These must be in no line."""
        self._secrets.update({text: what for text in texts if text and len(text) >= SHORT})

    @property
    def lines(self) -> list[str]:
        return self._stream.getvalue().splitlines()

    @property
    def leaks(self) -> list[str]:
        return [f"{what} in: {line}" for line in self.lines for text, what in self._secrets.items() if text in line]
