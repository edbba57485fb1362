"""What the address of a page of figures asks for, and the head that all of them share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from urllib.parse import urlencode

from nicegui import ui

from hotline.figures import windows
from hotline.figures.windows import Window
from hotline.ports import Transaction
from staff.guard import Visit
from staff.parts import Tag

TABS = (
    ("/rates", "三率"), ("/rates/running", "运行"), ("/rates/hot", "热点"), ("/rates/topics", "专题"), ("/rates/reports", "报告"),
    ("/rates/surveys", "回访"), ("/rates/samples", "抽查"),
)  # fmt: skip
WINDOWS = {"day": "今日", "yesterday": "昨日", "week": "近7天", "month": "本考核月", "last_month": "上个考核月"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A window, by name or by dates, and whatever else the page understands."""

    path: str
    name: str
    window: Window
    before: Window
    """The window before it; of one that still runs, only as much as of this one is over."""
    running: datetime | None
    """Now, if the window is not over."""
    first: str
    last: str
    refused: str
    more: dict[str, str]
    offered: tuple[str, ...]
    """Names of the windows that the page has tabs for."""

    @classmethod
    def of(cls, visit: Visit, *names: str, usual: str = "day", only: tuple[str, ...] = ()) -> Asked:
        """Read the window and the other `names`. `only`: windows by name that the page can show; without, all and any dates."""
        city, now = visit.office.city, visit.office.clock()
        name, first, last = visit.asked("window") or usual, visit.asked("from"), visit.asked("to")
        name = name if not only or name in only else usual
        refused, window, kind = "", windows.day(city, now), "day"
        chosen = _range(visit, first, last) if name == "range" else None
        if name == "range" and not chosen:
            name, refused = usual, "日期不对：请填开始和结束日期，结束不早于开始。"
        if chosen:
            window, kind = chosen, "range"
        elif name == "yesterday":
            window = windows.before(city, window, "day")
        elif name == "week":
            window, kind = windows.last_days(city, now), "range"
        elif name in ("month", "last_month"):
            window, kind = windows.month(city, now), "month"
            window = windows.before(city, window, "month") if name == "last_month" else window
        else:
            name = "day"
        before, running = windows.before(city, window, kind), now.astimezone(city.timezone) if window.since <= now < window.until else None
        if running:
            before = Window(before.since, min(before.since + (windows.slot(city, now).since - window.since), before.until))
        return cls(visit.request.url.path, name, window, before, running, first, last, refused, {n: visit.asked(n) for n in names}, only or tuple(WINDOWS))

    @property
    def period(self) -> str:
        """The window in words, and whether it is over."""
        return f"{self.window}" + (f"（还没结束，数据到 {self.running:%m-%d %H:%M}）" if self.running else "")

    def address(self, **changes: str) -> str:
        dates = {"from": self.first, "to": self.last} if self.name == "range" else {}
        asked = {"window": self.name, **dates, **self.more, **changes}
        return f"{self.path}?" + urlencode({key: value for key, value in asked.items() if value})


def _range(visit: Visit, first: str, last: str) -> Window | None:
    try:
        begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    return windows.between(visit.office.city, begins, ends) if date(2000, 1, 1) <= begins <= ends < date(2200, 1, 1) else None


def made_up(tx: Transaction, window: Window | None = None) -> int | None:
    """How many of the tickets opened in a window are simulated; None where there are no simulated ones at all."""
    if not tx.simulated.exists():
        return None
    return sum(m.simulated for m in tx.figures.totals("city", window).values()) if window else 0


def head(visit: Visit, asked: Asked | None, *, simulated: int | None) -> None:
    """Title, the other pages of figures, the windows, and whether any of it is made up (see `made_up`)."""
    with Tag("div", classes="head"):
        Tag("h1", "数据")
        if asked is not None and len(asked.offered) == len(WINDOWS):
            ui.html(_range_form(asked), sanitize=False)
    with Tag("div", classes="bar"):
        tabs("数据", [(name, path, visit.request.url.path == path) for path, name in TABS])
        if asked is not None:
            tabs("时间", [(name, asked.address(**{"window": key, "from": "", "to": ""}), key == asked.name) for key, name in WINDOWS.items() if key in asked.offered])
    if asked is not None and asked.refused:
        Tag("p", asked.refused, "say", role="alert")
    if simulated is not None:
        here = f"这段时间受理的工单有 {simulated:,} 件是模拟的（jiesu demo month），不是真实诉求。"
        elsewhere = "系统里有模拟的工单（jiesu demo month），不是真实诉求；这里的办理、回访、走势和报告可能算进了它们。"
        Tag("p", f"含模拟数据：{here if simulated else elsewhere}", "say", role="note")


def tabs(label: str, entries: list[tuple[str, str, bool]]) -> None:
    with Tag("nav", classes="tabs", aria_label=label):
        for name, href, here in entries:
            entry = Tag("a", name, href=href)
            if here:
                entry.props["aria-current"] = "page"


def _range_form(asked: Asked) -> str:
    hidden = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in asked.more.items() if value)
    first = escape(asked.first or f"{asked.window.since:%Y-%m-%d}")
    last = escape(asked.last or f"{asked.window.until - timedelta(microseconds=1):%Y-%m-%d}")
    return (
        f'<form class="fields" action="{asked.path}"><input type="hidden" name="window" value="range">{hidden}'
        f'<label for="from">自选</label><input id="from" type="date" name="from" aria-label="自选，从" value="{first}" required>'
        f'<label for="to">至</label><input id="to" type="date" name="to" value="{last}" required><button type="submit">查看</button></form>'
    )
