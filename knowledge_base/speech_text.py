"""From the answer for chat to a first draft of the answer for the phone: no marks, no links, sentences that can be said."""

from __future__ import annotations

import re

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_ADDRESS = re.compile(r"[（(]?https?://[\x21-\x28\x2a-\x7e]+[）)]?")
_MARKS = re.compile(r"[*_`~]{1,3}|^\s{0,3}(?:#{1,6}|>)\s*", re.MULTILINE)
_ITEM = re.compile(r"^\s*(?:[-*+•·]|\d{1,2}[.、)])\s*")
_RULE = re.compile(r"^[\s|:-]+$")
_NAMES = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")


def spoken(markdown: str) -> str:
    """One paragraph without Markdown; the items of a list are counted. A person reads it over before it is approved."""
    said, item, numbered = [], 0, False
    for line in _MARKS.sub("", _ADDRESS.sub("", _LINK.sub(r"\1", markdown))).splitlines():
        words = "，".join(cell.strip() for cell in _ITEM.sub("", line).strip(" |").split("|"))
        if not words or _RULE.match(line):
            continue
        # A list with numbers after one with points is another list.
        before, numbered = numbered, line.lstrip()[:1].isdigit()
        item = (item if numbered == before else 0) + 1 if _ITEM.match(line) else 0
        count = f"第{_NAMES[item - 1]}，" if 0 < item <= len(_NAMES) else ""
        said.append(f"{count}{words.rstrip('；;，、')}" + ("" if words[-1] in "。！？：" else "。"))
    return "".join(said)
