"""An answer as the web chat draws it, so that whoever writes it sees what citizens will see."""

from __future__ import annotations

import re
from html import escape

# The same as in channels/web/static/chat.js, which knows this much of Markdown and no more.
_INLINE = re.compile(r"\*\*(.+?)\*\*|\[([^\]]+)\]\(((?:https:/|/files)/[^\s)]+)\)|(https://[\x21-\x7e]+)|((?:拨打|致电|电话[:：]?)\s*)(\d[\d-]{1,14}\d)")
_ITEM = re.compile(r"^\s*(?:-|(\d{1,3})\.)\s+(.*)$")


def as_in_chat(answer: str) -> str:
    """HTML of an answer: paragraphs, lists, bold, links. Anything else stays the text it is."""
    html: list[str] = []
    opened = ""
    for line in answer.splitlines():
        item = _ITEM.match(line)
        kind = "" if not line.strip() else ("ol" if item[1] else "ul") if item else "p"
        if opened and kind != opened:
            html.append(f"</{opened}>")
        if kind and kind != opened:
            html.append(f'<ol start="{int(item[1])}">' if item and item[1] else f"<{kind}>")
        elif kind == "p":
            html.append("<br>")
        html.append(f"<li>{_inline(item[2])}</li>" if item else _inline(line))
        opened = kind
    return "".join(html) + (f"</{opened}>" if opened else "")


def _inline(text: str) -> str:
    html, end = [], 0
    for found in _INLINE.finditer(text):
        bold, name, address, bare, before, number = found.groups()
        html.append(escape(text[end : found.start()]))
        end = found.end()
        if bold:
            html.append(f"<strong>{_inline(bold)}</strong>")
        elif address:
            html.append(_link(address, name))
        elif bare:
            url = bare.rstrip(".,;:!?'\")]}>*")
            html.append(_link(url, url) + escape(bare[len(url) :]))
        else:
            html.append(f"{escape(before)}<b>{escape(number)}</b>")
    return "".join(html) + escape(text[end:])


def _link(address: str, text: str) -> str:
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>'
