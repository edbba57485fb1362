"""/rates/running: how much comes in, how it is handled, and how it has moved."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from nicegui import ui

from hotline.access import StaffMember
from hotline.figures import windows
from hotline.figures.documents import change, length_text
from hotline.figures.links import behind
from hotline.figures.measures import CITY, Measures, Share, median, shares
from hotline.figures.reports import SHARES, behind_share, median_minutes
from hotline.figures.windows import Window
from hotline.ports import Transaction
from staff.frame import Frame
from staff.guard import Visit
from staff.pages.figures.asked import Asked, head, made_up
from staff.pages.figures.rates import name_of, percent
from staff.parts import Records, Row, Tag, column

SHARE_NOTES = {
    "timely": "规定时间内接单的派单", "returns": "退回的派单", "on_time": "落在这段时间的办理期限，重办的各算各的", "again": "办理后重办",
    "first_contact": "有提问的接触中，机器人当场答复、无人反馈无用、不转人工、不成工单", "bot_only": "没有坐席发言的接触",
}  # fmt: skip
TOP = 15
EACH_DAY = {"opened": "受理", "handled": "办理", "reopened": "重办"}
OF_UNITS = ("timely", "returns", "on_time", "again")
"""Shares that a unit answers for."""


def add(frame: Frame) -> None:
    @frame.page("/rates/running", "运行", "rates")
    async def show(visit: Visit) -> None:
        asked = Asked.of(visit, usual="week")
        long = Window(min(asked.window.since, asked.window.until - timedelta(days=28)), asked.window.until)

        def read(tx: Transaction, member: StaffMember) -> tuple[Any, ...]:
            figures = tx.figures
            totals = [figures.totals("city", w).get(CITY, Measures()) for w in (asked.window, asked.before)]
            trend = figures.by_slot("city", CITY, long)
            tables = {d: figures.totals(d, asked.window) for d in ("category", "street", "channel", "unit")}
            return totals, trend, tables, median_minutes(tx, asked.window), median(figures.lengths("turns", asked.window)), made_up(tx, asked.window)

        (now, before), trend, tables, minutes, turns, simulated = await visit.read("rates", read)
        head(visit, asked, simulated=simulated)
        Tag("p", f"{asked.period}。“上期”是前一个同样长的时段" + ("里同样早的部分。" if asked.running else "。"), "soft")
        _figures(asked, now, before, minutes, turns)
        _trend(visit, asked, long, trend)
        _shares(asked, now, before)
        with Tag("div", classes="halves"):
            for dimension, title in (("category", "反映最多的问题"), ("street", "反映最多的街道乡镇"), ("channel", "渠道")):
                _top(visit, asked, dimension, title, tables[dimension])
        _units(visit, asked, tables["unit"])


def _figures(asked: Asked, now: Measures, before: Measures, minutes: float | None, turns: int | None) -> None:
    with Tag("div", classes="figures"):
        for name, what, a, b in (
            ("受理工单", "opened", now.opened, before.opened), ("办理", "handled", now.handled, before.handled),
            ("重办", "reopened", now.reopened, before.reopened),
        ):  # fmt: skip
            sub = f"上期 {b:,}，{change(a, b).text}"
            with Tag("a", classes="figure", href=behind(what, asked.window)):
                with Tag("span"):
                    Tag("span", name, "name")
                    Tag("span", sub, "sub")
                Tag("b", f"{a:,}", "n")
        with Tag("div", classes="figure"):
            with Tag("span"):
                Tag("span", "办理时长", "name")
                Tag("span", f"中位数；对话 {turns or '—'} 轮", "sub")
            Tag("b", length_text(minutes), "n")


def _trend(visit: Visit, asked: Asked, window: Window, trend: dict[Any, Measures]) -> None:
    """Days as the window counts them: from noon to noon, named after the date on which they end, or from midnight. A day that still
    runs is left out: it would look like a fall. The table below the lines leads to the tickets."""
    early = timedelta(hours=-visit.office.local(window.since).hour % 24)
    by_day: dict[date, list[int]] = {}
    for slot, m in trend.items():
        day = by_day.setdefault((visit.office.local(slot) + early).date(), [0, 0, 0])
        for i, value in enumerate((m.opened, m.handled, m.reopened)):
            day[i] += value
    if asked.running:
        by_day.pop((asked.running + early).date(), None)
    if len(by_day) < 2:
        return
    grey = "#8593a3"
    with Tag("section", classes="paper chart", role="img", aria_label="每天的受理、办理和重办，数据见下表"):
        with Tag("h2", "每天 "):
            Tag("span", "到昨日为止：今日还没结束。" if asked.running else "", "soft")
        ui.echart({
            "animation": False, "textStyle": {"fontFamily": "inherit"}, "color": ["#4a88c8", "#6aa584", "#c98a4b"],
            "legend": {"top": 0, "right": 8, "textStyle": {"color": grey}}, "tooltip": {"trigger": "axis"},
            "grid": {"left": 8, "right": 12, "top": 30, "bottom": 4, "containLabel": True},
            "xAxis": {"type": "category", "data": [f"{day:%m-%d}" for day in by_day], "axisLabel": {"color": grey}, "axisLine": {"lineStyle": {"color": grey}}},
            "yAxis": {"type": "value", "minInterval": 1, "axisLabel": {"color": grey}, "splitLine": {"lineStyle": {"color": grey, "opacity": 0.25}}},
            "series": [{"type": "line", "name": name, "symbol": "none", "data": [day[i] for day in by_day.values()]} for i, name in enumerate(EACH_DAY.values())],
        }, renderer="svg").style("height: 240px")  # fmt: skip
    with Tag("details"):
        Tag("summary", "逐日数据")
        columns = [column("day", "日期", "wide"), *(column(what, name, "count named") for what, name in EACH_DAY.items())]
        Records("逐日数据", columns, [_day(visit, day, counts, early) for day, counts in reversed(by_day.items())], empty="")


def _day(visit: Visit, day: date, counts: list[int], early: timedelta) -> Row:
    whole = windows.between(visit.office.city, day, day)
    window = Window(whole.since - early, whole.until - early)
    cells = {what: {"text": f"{n:,}", **({"href": behind(what, window)} if n else {})} for what, n in zip(EACH_DAY, counts, strict=True)}
    return {"key": f"{day}", "day": f"{day:%m-%d}", **cells}


def _shares(asked: Asked, now: Measures, before: Measures) -> None:
    old = shares(before)
    columns = [
        column("name", "指标", "wide"), column("value", "本期", "count named"), column("range", "95% 区间", "count named"),
        column("of", "件数", "count named"), column("before", "上期", "count named"),
    ]  # fmt: skip
    rows = [_share_row(asked, key, share, old[key]) for key, share in shares(now).items()]
    Tag("h2", "其他指标", "section")
    Records("其他指标", columns, rows, empty="")


def _share_row(asked: Asked, key: str, share: Share, old: Share) -> Row:
    around = share.interval
    value = percent(share.value)
    if href := behind_share(key, share, asked.window):
        value["href"] = href
    return {
        "key": key, "name": {"text": SHARES[key], "sub": SHARE_NOTES[key]}, "value": value,
        "range": f"{around.low:.1%}–{around.high:.1%}" if around else "—", "of": f"{share.part:,} / {share.whole:,}", "before": {**percent(old.value), **({"sub": f"{old.part:,} / {old.whole:,}"} if old.whole else {})},
    }  # fmt: skip


def _units(visit: Visit, asked: Asked, found: dict[str, Measures]) -> None:
    """The same shares of each unit that was sent something, or whose limits fell into the window."""
    columns = [column("unit", "单位", "wide", sortable=True), column("dispatched", "派单", "count named", sortable=True)]
    columns += [column(key, SHARES[key], "count named", sortable=True) for key in OF_UNITS]
    rows = [
        {
            "key": unit, "unit": name_of(visit.office.city, "unit", unit),
            "dispatched": {"text": f"{m.dispatched:,}", "value": m.dispatched, **({"href": behind("dispatched", asked.window, "unit", unit)} if m.dispatched else {})},
            **{key: _unit_cell(asked, unit, key, shares(m)[key]) for key in OF_UNITS},
        }
        for unit, m in found.items() if unit and (m.dispatched or m.to_close or m.handled)
    ]  # fmt: skip
    with Tag("h2", "各单位 ", classes="section"):
        Tag("span", "小字是件数和 95% 置信区间；算给当时承办的单位", "soft")
    Records("各单位", columns, rows, empty="这段时间没有派过单。", sort="dispatched")


def _unit_cell(asked: Asked, unit: str, key: str, share: Share) -> dict[str, Any]:
    cell, around, href = percent(share.value), share.interval, behind_share(key, share, asked.window, "unit", unit)
    if around:
        cell["sub"] = f"{share.part:,} / {share.whole:,}，{around.low * 100:.0f}–{around.high * 100:.0f}"
    return {**cell, **({"href": href} if href else {})}


def _top(visit: Visit, asked: Asked, dimension: str, title: str, found: dict[str, Measures]) -> None:
    ranked = sorted((k for k, m in found.items() if m.opened), key=lambda k: (-found[k].opened, k))[:TOP]
    columns = [column("name", "名称", "wide"), column("opened", "受理", "count named"), column("again", "重办", "count named")]
    rows: list[Row] = [
        {"key": key, "name": name_of(visit.office.city, dimension, key),
         "opened": {"text": f"{found[key].opened:,}", "href": behind("opened", asked.window, dimension, key)},
         "again": {"text": f"{found[key].reopened:,}", **({"href": behind("reopened", asked.window, dimension, key)} if found[key].reopened else {})}}
        for key in ranked
    ]  # fmt: skip
    with Tag("div"):
        Tag("h2", title, "section")
        Records(title, columns, rows, empty="这段时间没有工单。")
