"""/knowledge: the editors' tool."""

from __future__ import annotations

from staff.frame import Frame
from staff.pages.knowledge import changes, gap, gaps, listing, reading, trial, versions, writing


def add(frame: Frame) -> None:
    """Register its pages."""
    for page in (listing, writing, reading, versions, gaps, gap, trial, changes):
        page.add(frame)
