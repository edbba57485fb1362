"""/rates: the three rates by unit and in total, with the counts they come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from hotline.access import StaffMember
from hotline.city import City
from hotline.figures import windows
from hotline.figures.windows import Window
from hotline.ports import Transaction
from hotline.rates import Counts, Rates, rates
from staff import words
from staff.frame import Frame
from staff.guard import Visit
from staff.parts import Records, Row, Tag, column

IN_CHART = 20
COLUMNS = [
    column("unit", "单位", "wide", sortable=True),
    column("score", "综合得分", "count named", sortable=True),
    column("response", "响应率", "count named", sortable=True),
    column("resolution", "解决率", "count named", sortable=True),
    column("satisfied", "满意率", "count named", sortable=True),
    column("valid", "有效回访", "count named", sortable=True),
    column("due", "应回访", "count named", sortable=True),
    column("coverage", "覆盖率", "count named", sortable=True),
    column("contacted", "有联系", "count named", sortable=True),
    column("solved", "已解决", "count named", sortable=True),
    column("pleased", "满意", "count named", sortable=True),
    column("basically", "基本满意", "count named", sortable=True),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: a window by name or by dates, and a kind of unit."""

    name: str
    window: Window
    kind: str
    first: str
    last: str
    refused: str

    @classmethod
    def of(cls, visit: Visit) -> Asked:
        city, now = visit.office.city, visit.office.clock()
        name, first, last, kind = visit.asked("window"), visit.asked("from"), visit.asked("to"), visit.asked("kind")
        kind = kind if kind in words.UNIT_KINDS else ""
        if name == "range":
            window = _range(city, first, last)
            if window:
                return cls(name, window, kind, first, last, "")
            return cls("today", windows.day(city, now), kind, first, last, "日期不对：请填开始和结束日期，结束不早于开始。")
        if name == "week":
            return cls(name, windows.last_days(city, now), kind, first, last, "")
        if name == "month":
            return cls(name, windows.month(city, now), kind, first, last, "")
        return cls("today", windows.day(city, now), kind, first, last, "")

    def address(self, **changes: str) -> str:
        dates = {"from": self.first, "to": self.last} if self.name == "range" else {}
        asked = {"window": self.name, "kind": self.kind, **dates, **changes}
        return "/rates?" + urlencode({key: value for key, value in asked.items() if value})


def add(frame: Frame) -> None:
    @frame.page("/rates", "三率", "rates")
    async def show(visit: Visit) -> None:
        asked = Asked.of(visit)

        def read(tx: Transaction, member: StaffMember) -> dict[str, Counts]:
            return tx.surveys.counts(since=asked.window.since, until=asked.window.until)

        counts = await visit.do("rates", read)
        _draw(visit, asked, _of_kind(visit.office.city, counts, asked.kind))


def _draw(visit: Visit, asked: Asked, counts: dict[str, Counts]) -> None:
    city = visit.office.city
    weights = city.weights
    with Tag("div", classes="head"):
        Tag("h1", "三率")
        ui.html(_range_form(asked), sanitize=False)
    with Tag("div", classes="bar"):
        _tabs("时间", [(name, asked.address(**{"window": key, "from": "", "to": ""}), key == asked.name) for key, name in {"today": "今日", "week": "近7天", "month": "本考核月"}.items()])
        _tabs("单位", [(name, asked.address(kind=key), key == asked.kind) for key, name in ({"": "全部单位"} | words.UNIT_KINDS).items()])
    if asked.refused:
        Tag("p", asked.refused, "say", role="alert")
    Tag(
        "p",
        f"{asked.window} 发起的回访。综合得分 = {weights.response:g} 响应 + {weights.resolution:g} 解决 + {weights.satisfied:g} 满意，"
        f"“基本满意”按 {weights.basically:g} 计。没联系上的不计入，请同时看覆盖率。",
        "soft",
    )
    by_unit = {id: (count, rates(count, weights)) for id, count in counts.items()}
    _chart(city, by_unit)
    total = sum(counts.values(), Counts())
    rows = [_row("合计", "total", total, rates(total, weights), total=True)] if counts else []
    rows += [_row(words.unit_name(city, id), id, count, rate) for id, (count, rate) in by_unit.items()]
    Records("三率，按单位", COLUMNS, rows, empty="这段时间没有发起过回访。", sort="score")


def _row(name: str, key: str, counts: Counts, rate: Rates | None, *, total: bool = False) -> Row:
    return {
        "key": key, "total": total, "unit": name,
        "score": _percent(rate.score if rate else None, unit=""), "response": _percent(rate.response if rate else None),
        "resolution": _percent(rate.resolution if rate else None), "satisfied": _percent(rate.satisfied if rate else None), "coverage": _percent(counts.valid / counts.due if counts.due else None),
        **{column: {"text": str(n), "value": n} for column, n in (
            ("valid", counts.valid), ("due", counts.due), ("contacted", counts.contacted), ("solved", counts.solved),
            ("pleased", counts.satisfied), ("basically", counts.basically),
        )},
    }  # fmt: skip


def _percent(value: float | None, *, unit: str = "%") -> dict[str, Any]:
    """In hundredths, as the trade writes them; a dash where there is nothing to divide by."""
    return {"text": "—", "value": None} if value is None else {"text": f"{value * 100:.2f}{unit}", "value": value}


def _chart(city: City, by_unit: dict[str, tuple[Counts, Rates | None]]) -> None:
    """Scores as bars. The table below says the same to those who can't see it."""
    scored = sorted(((rate.score, words.unit_name(city, id)) for id, (_, rate) in by_unit.items() if rate), reverse=True)
    if len(scored) < 2:
        return
    # With many units both ends matter: the best, to learn from, and the last, to help.
    half = IN_CHART // 2
    shown = scored if len(scored) <= IN_CHART else scored[:half] + scored[-half:]
    title = "综合得分" if len(scored) <= IN_CHART else f"综合得分：前 {half} 名和后 {half} 名"
    grey = "#8593a3"
    with Tag("section", classes="paper chart", role="img", aria_label=f"{title}，数据见下表"):
        Tag("h2", title)
        base = {
            "animation": False,
            "aria": {"enabled": False},
            "textStyle": {"fontFamily": "inherit"},
            "grid": {"left": 8, "right": 56, "top": 4, "bottom": 4, "containLabel": True},
            "xAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": {"color": grey}, "splitLine": {"lineStyle": {"color": grey, "opacity": 0.25}}},
            "yAxis": {"type": "category", "inverse": True, "data": [name for _, name in shown], "axisTick": {"show": False},
                      "axisLine": {"lineStyle": {"color": grey}}, "axisLabel": {"color": grey, "width": 190, "overflow": "truncate", "interval": 0}},
            "series": [{"type": "bar", "barMaxWidth": 14, "data": [round(score * 100, 2) for score, _ in shown], "itemStyle": {"color": "#4a88c8", "borderRadius": 3},
                        "label": {"show": True, "position": "right", "color": grey}}],
        }  # fmt: skip
        phone = {"query": {"maxWidth": 480}, "option": {"yAxis": {"axisLabel": {"width": 120}}, "xAxis": {"splitNumber": 2}}}
        ui.echart({"baseOption": base, "media": [phone]}, renderer="svg").style(f"height: {len(shown) * 24 + 36}px")


def _of_kind(city: City, counts: dict[str, Counts], kind: str) -> dict[str, Counts]:
    return {id: count for id, count in counts.items() if not kind or (id in city.units and city.units[id].kind == kind)}


def _tabs(label: str, entries: list[tuple[str, str, bool]]) -> None:
    with Tag("nav", classes="tabs", aria_label=label):
        for name, href, here in entries:
            entry = Tag("a", name, href=href)
            if here:
                entry.props["aria-current"] = "page"


def _range_form(asked: Asked) -> str:
    kind = f'<input type="hidden" name="kind" value="{escape(asked.kind)}">' if asked.kind else ""
    first = escape(asked.first or f"{asked.window.since:%Y-%m-%d}")
    last = escape(asked.last or f"{asked.window.until - timedelta(microseconds=1):%Y-%m-%d}")
    return (
        f'<form class="fields" action="/rates"><input type="hidden" name="window" value="range">{kind}'
        f'<label for="from">自选</label><input id="from" type="date" name="from" value="{first}" required>'
        f'<label for="to">至</label><input id="to" type="date" name="to" value="{last}" required><button type="submit">查看</button></form>'
    )


def _range(city: City, first: str, last: str) -> Window | None:
    try:
        begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    return windows.between(city, begins, ends) if date(2000, 1, 1) <= begins <= ends < date(2200, 1, 1) else None
