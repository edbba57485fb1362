"""/rates: the three rates by unit, place, category or channel, with the counts they come from and how much may be chance."""

from __future__ import annotations

from typing import Any

from hotline.access import StaffMember
from hotline.city import City
from hotline.figures.documents import place_name
from hotline.figures.links import behind
from hotline.figures.measures import Measures
from hotline.figures.reports import RANKED
from hotline.ports import Transaction
from hotline.rates import Rates, interval, rates
from staff import words
from staff.frame import Frame
from staff.guard import Visit
from staff.pages.figures.asked import Asked, head, made_up, tabs
from staff.parts import Records, Row, Tag, column

IN_CHART = 20
BY: dict[str, str] = {"": "全部单位", **words.UNIT_KINDS, "place_district": "按区属地", "place_street": "按街道属地", "category": "按分类", "channel": "按渠道"}
_DIMENSION = {"place_district": "district", "place_street": "street", "category": "category", "channel": "channel"}
COLUMNS = [
    column("unit", "", "wide", sortable=True),
    column("score", "综合得分", "count named", sortable=True),
    column("response", "响应率", "count named", sortable=True),
    column("resolution", "解决率", "count named", sortable=True),
    column("satisfied", "满意率", "count named", sortable=True),
    column("valid", "有效回访", "count named", sortable=True),
    column("due", "应回访", "count named", sortable=True),
    column("coverage", "覆盖率", "count named", sortable=True),
    column("unsolved", "未解决", "count named", sortable=True),
    column("dissatisfied", "不满意", "count named", sortable=True),
]


def add(frame: Frame) -> None:
    @frame.page("/rates", "三率", "rates")
    async def show(visit: Visit) -> None:
        # The month is what units are assessed by, and a day has a handful of answers: five leave a score anywhere between 28 and 92.
        asked = Asked.of(visit, "kind", usual="month")
        by = asked.more["kind"] = asked.more["kind"] if asked.more["kind"] in BY else ""
        dimension = _DIMENSION.get(by, "unit")

        def read(tx: Transaction, member: StaffMember) -> tuple[dict[str, Measures], int | None]:
            return tx.figures.totals(dimension, asked.window), made_up(tx, asked.window)

        found, simulated = await visit.read("rates", read)
        city = visit.office.city
        if by in words.UNIT_KINDS:
            found = {id: m for id, m in found.items() if id in city.units and city.units[id].kind == by}
        _draw(visit, asked, by, dimension, {key: m for key, m in found.items() if m.due}, simulated)


def _draw(visit: Visit, asked: Asked, by: str, dimension: str, found: dict[str, Measures], simulated: int | None) -> None:
    city = visit.office.city
    weights = city.weights
    total = sum(found.values(), Measures())
    head(visit, asked, simulated=simulated)
    with Tag("div", classes="bar"):
        tabs("按什么", [(name, asked.address(kind=key), key == by) for key, name in BY.items()])
    Tag(
        "p",
        f"{asked.period} 发起的回访。综合得分 = {weights.response:g} 响应 + {weights.resolution:g} 解决 + {weights.satisfied:g} 满意，"
        f"“基本满意”按 {weights.basically:g} 计。小字是 95% 置信区间：越宽，偶然成分越大。没联系上的不计入，请同时看覆盖率。"
        f"有效回访不足 {RANKED} 件的不排名，列在最后。",
        "soft",
    )
    by_key = {key: (m, rates(m.counts, weights)) for key, m in found.items()}
    _chart(asked, dimension, {key: (name_of(city, dimension, key), rate.score) for key, (m, rate) in by_key.items() if rate and m.valid >= RANKED})
    rows = [_row(asked, "合计", "city", "", total, rates(total.counts, weights), total=True)] if found and not by else []
    rows += [_row(asked, name_of(city, dimension, key), dimension, key, m, rate, ranked=m.valid >= RANKED) for key, (m, rate) in by_key.items()]
    columns = [{**COLUMNS[0], "label": BY[by].removeprefix("按") if by else "单位"}, *COLUMNS[1:]]
    Records("三率", columns, rows, empty="这段时间没有发起过回访。", sort="score")


def name_of(city: City, dimension: str, key: str) -> str:
    """What a key of a dimension is called."""
    if dimension == "unit":
        return words.unit_name(city, key) or "未定"
    if dimension in ("street", "district"):
        return place_name(city, key) if key else "地点不明"
    if dimension == "category":
        return words.category_name(city, key) or "未分类"
    return words.channel(key)


def level_name(city: City, code: str) -> str:
    """What a category is called, or the level above it that its code begins with."""
    for length, level in ((2, "level1"), (4, "level2")):
        if len(code) == length:
            return next((str(getattr(c, level)) for known, c in city.categories.items() if known.startswith(code)), code)
    return words.category_name(city, code)


def _row(
    asked: Asked, name: str, dimension: str, key: str, m: Measures, rate: Rates | None, *, total: bool = False, ranked: bool = True
) -> Row:  # fmt: skip
    """`ranked`: whether its rates are sorted among the others; if not, it comes last."""

    def count(what: str, value: int) -> dict[str, Any]:
        return {"text": f"{value:,}", "value": value, **({"href": behind(what, asked.window, dimension, key)} if value else {})}

    def of_rate(value: float | None, unit: str = "%") -> dict[str, Any]:
        cell = rate_cell(value, m.valid, unit=unit)
        return cell if ranked else {**cell, "value": None}

    return {
        "key": f"{dimension}:{key}", "total": total, "unit": {"text": name},
        "score": of_rate(rate.score if rate else None, unit=""), "response": of_rate(rate.response if rate else None),
        "resolution": of_rate(rate.resolution if rate else None), "satisfied": of_rate(rate.satisfied if rate else None),
        "coverage": percent(m.valid / m.due if m.due else None), "valid": count("valid", m.valid), "due": count("due", m.due),
        "unsolved": count("unsolved", m.valid - m.solved), "dissatisfied": count("dissatisfied", m.valid - m.satisfied - m.basically),
    }  # fmt: skip


def rate_cell(value: float | None, of: int, *, unit: str = "%") -> dict[str, Any]:
    """In hundredths, as the trade writes them, with its interval; a dash where there is nothing to divide by."""
    if value is None:
        return {"text": "—", "value": None}
    around = interval(value, of)
    return {"text": f"{value * 100:.2f}{unit}", "value": value, "sub": f"{around.low * 100:.0f}–{around.high * 100:.0f}"}


def percent(value: float | None) -> dict[str, Any]:
    return {"text": "—", "value": None} if value is None else {"text": f"{value * 100:.1f}%", "value": value}


def _chart(asked: Asked, dimension: str, scores: dict[str, tuple[str, float]]) -> None:
    """Scores as bars, each leading to the answers it comes from. `scores`: by key the name and the score."""
    scored = sorted(((score, name, key) for key, (name, score) in scores.items()), reverse=True)
    if len(scored) < 2:
        return
    # With many units both ends matter: the best, to learn from, and the last, to help.
    half = IN_CHART // 2
    shown = scored if len(scored) <= IN_CHART else scored[:half] + scored[-half:]
    with Tag("section", classes="paper chart"):
        Tag("h2", "综合得分" if len(scored) <= IN_CHART else f"综合得分：前 {half} 名和后 {half} 名")
        with Tag("div", classes="bars"):
            for score, name, key in shown:
                with Tag("a", href=behind("valid", asked.window, dimension, key), title=f"{name}：{score * 100:.2f}"):
                    Tag("span", name)
                    with Tag("span", classes="track"):
                        Tag("i", style=f"width:{score:.2%}")
                    Tag("b", f"{score * 100:.2f}")
