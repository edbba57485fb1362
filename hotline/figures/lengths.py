"""Lengths of time in steps of ten per cent: fine enough for a median, few enough to be kept for every slot."""

from __future__ import annotations

from math import log, sqrt

RATIO = 1.1


def step(minutes: float) -> int:
    """The step that holds a length; everything under a minute is step 0."""
    return 0 if minutes < 1 else 1 + int(log(minutes) / log(RATIO) + 1e-9)


def minutes_of(step: int) -> float:
    """The middle of a step, in minutes: within five per cent of every length in it."""
    return 0.5 if step == 0 else RATIO ** (step - 1) * sqrt(RATIO)
