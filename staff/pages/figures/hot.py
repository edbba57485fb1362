"""/rates/hot: where and when it happens: a map of districts, streets and clusters, the hours of the week, and early warnings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import Any

from nicegui import ui

from hotline.access import StaffMember
from hotline.city import City
from hotline.figures.documents import place_name
from hotline.figures.links import DAYS, behind
from hotline.figures.places import Cluster, clusters
from hotline.figures.warning import ALARMS, Alert
from hotline.figures.windows import Window
from hotline.ports import Transaction
from staff.frame import Frame
from staff.guard import Visit
from staff.pages.figures.asked import Asked, head, made_up
from staff.parts import Records, Row, Tag, column

BLUES = ["#e9f1fa", "#b9d3ee", "#7fafe0", "#4a88c8", "#1d5b9e"]
TOP = 15
MAP = (900, 420)
"""Width and height of the map of clusters, in its own units."""


@dataclass(frozen=True, slots=True)
class Found:
    districts: dict[str, int]
    streets: dict[str, int]
    hours: dict[Any, int]
    clusters: list[Cluster]
    located: int
    alerts: list[Alert]
    simulated: int | None


def add(frame: Frame) -> None:
    @frame.page("/rates/hot", "热点", "rates")
    async def show(visit: Visit) -> None:
        asked = Asked.of(visit, "category", usual="month")
        city = visit.office.city
        level1 = {code[:2]: category.level1 for code, category in city.categories.items()}
        category = asked.more["category"] = asked.more["category"] if asked.more["category"] in level1 else ""

        def read(tx: Transaction, member: StaffMember) -> Found:
            figures = tx.figures
            cells = figures.cells(asked.window, category=category)
            return Found(
                *_by_place(figures.places(asked.window, category=category)), figures.hours(asked.window, category=category),
                clusters(cells, dense=max(3, round(sum(cells.values()) * 0.002)))[:TOP], sum(cells.values()),
                figures.alerts(visit.office.clock() - timedelta(days=7)), made_up(tx, asked.window),
            )  # fmt: skip

        found = await visit.read("rates", read)
        head(visit, asked, simulated=found.simulated)
        ui.html(_category_form(asked, level1), sanitize=False)
        Tag("p", f"{asked.period} 受理的{level1.get(category, '全部')}工单。", "soft")
        alerts_table(visit, found.alerts)
        with Tag("div", classes="halves"):
            _tiles(city, asked, found, category)
            _week(visit, asked, found, category)
        _streets(city, asked, found, category)
        _clusters(city, asked, found, category)


def _by_place(places: dict[tuple[str, str], int]) -> tuple[dict[str, int], dict[str, int]]:
    districts: dict[str, int] = {}
    streets: dict[str, int] = {}
    for (district, street), n in places.items():
        districts[district] = districts.get(district, 0) + n
        streets[street] = streets.get(street, 0) + n
    return districts, streets


def _category_form(asked: Asked, level1: dict[str, str]) -> str:
    options = "".join(f'<option value="{c}"{" selected" if c == asked.more["category"] else ""}>{name}</option>' for c, name in sorted(level1.items()))
    keep = "".join(f'<input type="hidden" name="{n}" value="{v}">' for n, v in (("window", asked.name), ("from", asked.window.since.date().isoformat()),
                   ("to", (asked.window.until - timedelta(microseconds=1)).date().isoformat())) if n == "window" or asked.name == "range")  # fmt: skip
    return (
        f'<form class="fields" action="/rates/hot" style="margin-bottom:10px">{keep}<label for="category">分类</label>'
        f'<select id="category" name="category"><option value="">全部</option>{options}</select><button type="submit">查看</button></form>'
    )


def alerts_table(visit: Visit, alerts: list[Alert]) -> None:
    """Early warnings, or a sentence that there are none."""
    with Tag("h2", "突发预警 ", classes="section"):
        Tag("span", f"近 7 天；同类诉求在一处比过去同时段明显增多，平均每月误报约 {ALARMS:g} 次以内", "soft")
    columns = [
        column("what", "问题", "wide"), column("place", "地点", "area"), column("count", "件数", "count named"), column("expected", "平常", "count named"),
        column("when", "发现", "when"),
    ]  # fmt: skip
    rows = [_alert(visit, alert) for alert in alerts]
    Records("突发预警", columns, rows, empty="近 7 天没有突发增多的诉求。")


def _alert(visit: Visit, alert: Alert) -> Row:
    city, rise = visit.office.city, alert.rise
    level2 = next((c.level2 for code, c in city.categories.items() if code.startswith(rise.category)), rise.category)
    local = visit.office.local(alert.began_at)
    window = Window(visit.office.local(alert.began_at - timedelta(hours=rise.hours)), visit.office.local(alert.seen_at + timedelta(minutes=5)))
    by = ("street", rise.place) if rise.place in city.streets else ("district", rise.place) if rise.place else ("category", rise.category)
    return {
        "key": str(alert.id), "what": level2, "place": place_name(city, rise.place) if rise.place else "全市",
        "count": {"text": f"{rise.count} 件 / {rise.hours} 小时", "value": rise.count, "href": behind("opened", window, *by, category=rise.category)},
        "expected": f"{rise.expected:.1f} 件", "when": f"{local:%m-%d %H:%M}",
    }  # fmt: skip


def _tiles(city: City, asked: Asked, found: Found, category: str) -> None:
    """A schematic map: each district a square at its place, as dark as it has many tickets."""
    at = city.settings.get("map", {})
    most = max(found.districts.values(), default=0)
    if not at or not most:
        return
    with Tag("section", classes="paper"):
        Tag("h2", "各区（示意图）")
        columns, rows = (max(place[i] for place in at.values()) + 1 for i in (0, 1))
        with Tag("div", classes="tiles", style=f"grid-template: repeat({rows}, 1fr) / repeat({columns}, 1fr)"):
            for code, place in at.items():
                district, n = city.districts.get(code), found.districts.get(code, 0)
                if district is None:
                    continue
                depth = min(int(n / most * len(BLUES)), len(BLUES) - 1)
                style = f"grid-column:{place[0] + 1};grid-row:{place[1] + 1};background:{BLUES[depth]};color:{'#fff' if depth > 2 else '#17202b'}"
                with Tag("a", href=behind("opened", asked.window, "district", code, category), style=style):
                    Tag("span", district.short)
                    Tag("b", f"{n:,}")


def _week(visit: Visit, asked: Asked, found: Found, category: str) -> None:
    """The hours of the week, as dark as they have many tickets. Each leads to its tickets. On a phone the days stand beside each other."""
    grid = [[0] * 24 for _ in DAYS]
    for hour, n in found.hours.items():
        local = visit.office.local(hour)
        grid[local.weekday()][local.hour] += n
    most = max(map(max, grid))
    if not most:
        return
    with Tag("section", classes="paper"):
        Tag("h2", "一周中的时段")
        with Tag("div", classes="week"):
            for hour in range(24):
                Tag("span", str(hour), "hour" if hour % 3 else "hour third", style=f"--h:{hour + 2};--d:1")
            for day, row in enumerate(grid):
                Tag("span", DAYS[day], "day", style=f"--h:1;--d:{day + 2}")
                for hour, n in enumerate(row):
                    _hour(asked, category, day, hour, n, most)


def _hour(asked: Asked, category: str, day: int, hour: int, n: int, most: int) -> None:
    depth = min(int(n / most * len(BLUES)), len(BLUES) - 1)
    told = f"{DAYS[day]} {hour} 时：{n:,} 件"
    style = f"--h:{hour + 2};--d:{day + 2};background:{BLUES[depth]};color:{'#fff' if depth > 2 else '#17202b'}"
    if n:
        with Tag("a", href=behind("opened", asked.window, "city", "", category, (day, hour)), style=style, title=told, aria_label=told):
            Tag("span", f"{n:,}")
    else:
        Tag("span", classes="none", style=style, title=told)


def _streets(city: City, asked: Asked, found: Found, category: str) -> None:
    ranked = sorted((s for s in found.streets if s), key=lambda s: (-found.streets[s], s))[:TOP]
    total = sum(found.streets.values()) or 1
    columns = [column("place", "街道乡镇", "wide"), column("n", "受理", "count named"), column("share", "占全市", "count named")]
    rows: list[Row] = [
        {"key": s, "place": place_name(city, s), "n": {"text": f"{found.streets[s]:,}", "href": behind("opened", asked.window, "street", s, category)},
         "share": f"{found.streets[s] / total:.1%}"} for s in ranked
    ]  # fmt: skip
    Tag("h2", "最多的街道乡镇", "section")
    Records("最多的街道乡镇", columns, rows, empty="这段时间没有工单。")


def _clusters(city: City, asked: Asked, found: Found, category: str) -> None:
    with Tag("h2", "集中的地点 ", classes="section"):
        Tag("span", f"{found.located:,} 件有位置的工单，按约 500 米的格子聚在一起；不足 3 件的不显示", "soft")
    if found.clusters:
        ui.html(_map(city, asked, found.clusters, category), sanitize=False)
    columns = [column("n", "件数", "count named"), column("where", "位置（约）", "wide"), column("size", "范围", "count named")]
    rows: list[Row] = [
        {"key": c.cells[0], "n": {"text": f"{c.tickets:,}", "href": behind("opened", asked.window, "cell", ",".join(c.cells), category)},
         "where": f"{_nearest(city, c)}附近（{c.latitude:.3f}, {c.longitude:.3f}）", "size": f"半径约 {round(c.metres, -1):,} 米"} for c in found.clusters
    ]  # fmt: skip
    Records("集中的地点", columns, rows, empty="这段时间没有集中的地点。")


def _map(city: City, asked: Asked, found: list[Cluster], category: str) -> str:
    """Clusters as dots among the names of the districts, each leading to its tickets: an SVG of its own, for a chart's dots lead nowhere."""
    names = [(place[3], place[2], city.districts[code].short) for code, place in city.settings.get("map", {}).items() if code in city.districts]
    across, along = zip(*((*((x, y) for x, y, _ in names), *((c.longitude, c.latitude) for c in found))), strict=True)
    west, north = min(across), max(along)
    broad, high = max(max(across) - west, 0.01), max(north - min(along), 0.01)

    def at(longitude: float, latitude: float) -> tuple[float, float]:
        return 30 + (longitude - west) / broad * (MAP[0] - 60), 24 + (north - latitude) / high * (MAP[1] - 48)

    shapes = []
    for cluster in found:
        x, y = at(cluster.longitude, cluster.latitude)
        told = escape(f"{_nearest(city, cluster)}附近：{cluster.tickets:,} 件")
        href = escape(behind("opened", asked.window, "cell", ",".join(cluster.cells), category))
        shapes.append(f'<a href="{href}" aria-label="{told}"><circle cx="{x:.1f}" cy="{y:.1f}" r="{4 + 11 * (cluster.tickets / found[0].tickets) ** 0.5:.1f}"><title>{told}</title></circle></a>')
    for longitude, latitude, name in names:  # over the dots, which would hide them
        x, y = at(longitude, latitude)
        shapes.append(f'<text x="{x:.0f}" y="{y:.0f}">{escape(name)}</text>')
    return f'<section class="paper"><svg class="map" viewBox="0 0 {MAP[0]} {MAP[1]}" role="group" aria-label="集中的地点">{"".join(shapes)}</svg></section>'


def _nearest(city: City, cluster: Cluster) -> str:
    """The district whose middle is nearest: roughly where it is, for the eye."""
    at = {code: place for code, place in city.settings.get("map", {}).items() if code in city.districts}
    if not at:
        return ""
    code = min(at, key=lambda c: (at[c][2] - cluster.latitude) ** 2 + (at[c][3] - cluster.longitude) ** 2 * 0.6)
    return city.districts[code].name


