"""The pages of figures: rates, running, hot spots, topics, reports, surveys, samples, and the tickets behind every number."""

from __future__ import annotations

from staff.frame import Frame
from staff.pages.figures import behind, hot, rates, reports, running, samples, surveys, topics


def add(frame: Frame) -> None:
    for page in (rates, running, hot, topics, reports, surveys, samples, behind):
        page.add(frame)
