"""What all commands share: the wiring of today's settings, and how they speak to the person at the terminal."""

from __future__ import annotations

import sys
import time
from typing import NoReturn

import typer

from hotline import settings
from hotline.city import CityError
from hotline.settings import SettingsError
from hotline.wiring import Wiring

STARTED = time.monotonic()


def wiring_of_settings() -> Wiring:
    """The wiring, or the end of the command with every wrong setting."""
    try:
        return Wiring(settings.load())
    except (SettingsError, CityError) as error:
        fail(str(error))


def line(text: str) -> None:
    """One line, at once, also where the output is a file."""
    print(text, flush=True)


def say(text: str) -> None:
    """One line with the seconds since the command began."""
    print(f"[{time.monotonic() - STARTED:3.0f} s] {text}", flush=True)


def fail(text: str) -> NoReturn:
    """End the command with a sentence that says what to do."""
    print(text, file=sys.stderr)
    raise typer.Exit(1)
