"""/knowledge: the editors' tool."""

from __future__ import annotations

from staff.frame import Frame
from staff.imports import Running
from staff.pages.knowledge import changes, gap, gaps, importing, listing, reading, trial, versions, writing


def add(frame: Frame) -> None:
    """Register its pages."""
    running = Running(frame.office)
    listing.add(frame, running)
    importing.add(frame, running)
    for page in (writing, reading, versions, gaps, gap, trial, changes):
        page.add(frame)
