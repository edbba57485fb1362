"""Plain pages: HTML without scripts, for the doors and for whatever has to be said before someone is in."""

from __future__ import annotations

import hashlib
from functools import cache
from html import escape
from pathlib import Path

from fastapi.responses import HTMLResponse

from staff.office import Office

STATIC = Path(__file__).parent / "static"


@cache
def asset(name: str) -> str:
    """The address of a static file, which changes with its content, so that browsers may keep it."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def page(office: Office, title: str, body: str, *, status: int = 200) -> HTMLResponse:
    """A page around `body`, which is HTML and must be escaped already."""
    return HTMLResponse(
        f"""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} · 接诉</title>
<link rel="icon" href="{asset("icon.svg")}">
<link rel="stylesheet" href="{asset("staff.css")}">
</head>
<body class="door">
<main class="door-card">
<p class="door-brand"><img src="{asset("icon.svg")}" alt="" width="28" height="28"><b>接诉</b><span>{escape(office.city.name)} {escape(str(office.city.settings["hotline"]))}</span></p>
{body}
</main>
</body>
</html>
""",
        status,
        {"Cache-Control": "no-store"},
    )


def message(office: Office, title: str, sentence: str, *, status: int, back: str = "/", back_text: str = "回到首页") -> HTMLResponse:
    """Something that has to be said, and the way on."""
    body = f'<h1>{escape(title)}</h1>\n<p>{escape(sentence)}</p>\n<p><a href="{escape(back)}">{escape(back_text)}</a></p>'
    return page(office, title, body, status=status)


def not_found(office: Office, sentence: str = "没有这个页面，可能是地址有误。") -> HTMLResponse:
    return message(office, "没有找到", sentence, status=404)
