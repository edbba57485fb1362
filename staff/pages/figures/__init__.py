"""The pages of figures: rates, running, hot spots, topics, reports, and the tickets behind every number."""

from __future__ import annotations

from staff.frame import Frame
from staff.pages.figures import behind, hot, rates, reports, running, topics


def add(frame: Frame) -> None:
    for page in (rates, running, hot, topics, reports, behind):
        page.add(frame)
