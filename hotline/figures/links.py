"""Addresses of the lists of tickets behind a number. Every number leads to one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from hotline.figures.windows import Window

WHAT: dict[str, str] = {
    "opened": "受理", "dispatched": "派单", "returned": "退回", "slow": "未按时接单", "handled": "办理", "reopened": "重办", "late": "超期",
    "due": "应回访", "valid": "有效回访", "uncontacted": "反馈未联系", "unsolved": "反馈未解决", "dissatisfied": "反馈不满意", "unreached": "未访到",
    "overdue": "超期未办结",
}  # fmt: skip
"""What a list may be of. Of `overdue` the window is that of the time limits, and its end is when it was looked."""

DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")

LIST = "/rates/tickets?"


@dataclass(frozen=True, slots=True)
class Behind:
    """What is behind a number: it counts `times` (dispatches, handlings, surveys), which happened to so many `tickets`; `ids` are some of these."""

    times: int
    tickets: int
    ids: list[UUID]


def behind(what: str, window: Window, dimension: str = "city", key: str = "", category: str = "", hour: tuple[int, int] | None = None) -> str:
    """The tickets counted as `what` in a window, for one key of a dimension, and of one category or level; see Measures and WHAT. `hour`: only what
    was opened in this hour of the week, as (weekday, hour)."""
    asked = {"what": what, "since": f"{window.since:%Y-%m-%dT%H:%M}", "until": f"{window.until:%Y-%m-%dT%H:%M}", "by": dimension, "key": key}
    return LIST + urlencode({**asked, **({"category": category} if category else {}), **({"hour": f"{hour[0]}-{hour[1]}"} if hour else {})})


def as_of(href: str, at: datetime) -> str:
    """The same list as it was `at` a time, for what is kept: surveys are answered and tickets handled afterwards."""
    return f"{href}&{urlencode({'at': at.replace(tzinfo=None).isoformat()})}" if href.startswith(LIST) else href
