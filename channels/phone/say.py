"""Writing for the ear: a reply as it is said. Links and marks go, numbers become what one says, and long texts become sentences."""

from __future__ import annotations

import re


def for_the_ear(text: str) -> str:
    """The text as it is read aloud."""
    text = re.sub(r"\[([^\]]+)\]\(https?://[^)]+\)", r"\1", text)
    text = re.sub(r"https?://[!-~]+", "", text)
    text = re.sub(r"[*_#`]+", "", text)
    text = re.sub(r"^\s*(?:-|\d{1,2}\.)\s+", "", text, flags=re.MULTILINE)
    return text.strip()


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its mark, in order."""
    return [part for part in (p.strip() for p in re.split(r"(?<=[。！？!?；;\n])", text)) if part]
