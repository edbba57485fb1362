"""The daily bulletin, the weekly summary and the monthly analysis (日通报、周汇总、月分析).

A report is made once, by a job, and kept as a document: sentences and tables with names as they were then. Page, PDF and XLSX
only draw it. What is in it is counted or masked, so that it may be handed on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from hotline.contacts import mask_names
from hotline.figures import windows
from hotline.figures.documents import (
    Cell,
    Document,
    Section,
    category_name,
    change,
    length_text,
    marks,
    moved_by,
    number,
    percent,
    place_name,
    rated,
    share_text,
    unit_name,
)
from hotline.figures.lengths import minutes_of
from hotline.figures.links import as_of, behind
from hotline.figures.measures import CITY, Measures, Share, median, shares
from hotline.figures.topics import REPEATED_FROM, Governed, Topic, governed, topics
from hotline.figures.windows import Window
from hotline.privacy import mask_text
from hotline.rates import Rates, difference, interval, rates

if TYPE_CHECKING:
    from hotline.city import City
    from hotline.ports import Transaction

KINDS: dict[str, str] = {"day": "日通报", "week": "周汇总", "month": "月分析"}
SHARES: dict[str, str] = {
    "timely": "按时接单率", "returns": "退单率", "on_time": "按时办结率", "again": "重办率", "first_contact": "首次解决率", "bot_only": "机器人独立服务率",
}  # fmt: skip
LISTED = {"timely": "slow", "returns": "returned", "on_time": "late", "again": "reopened"}
"""What the list of tickets behind a share is of, where it is one of tickets; see links.WHAT."""
RANKED = 5
"""Valid callbacks from which on a unit is ranked: below, the place would be chance."""
TOP = 10
CASES = 6
TOPICS = "每月一题建议"


def build(tx: Transaction, city: City, kind: str, window: Window, *, now: datetime) -> Document:
    """Make the report of a window that is over."""
    before = windows.before(city, window, kind)
    total, earlier = _city(tx, window), _city(tx, before)
    title = {"day": f"{window.until:%Y年%m月%d日}", "week": f"{window.since:%Y年%m月%d日}至{window.until:%m月%d日}", "month": f"{window.until:%Y年%m月}"}[kind]
    parts = [
        _key_figures(tx, city, window, before, total, earlier), *(_frequent(tx, city, dimension, window, before) for dimension in ("category", "street")),
        *_rankings(tx, city, window, before), _overdue(tx, city, now), _cases(tx, city, window),
    ]  # fmt: skip
    if kind != "day":  # of a day a district has a handful of answers
        parts[3:3] = [_districts(tx, city, window, before)]
    if kind == "month":
        proposed, streets = month_topics(tx, city, window), month_governed(tx, city, window)
        parts[4:4] = [topics_section(city, proposed, window), governed_section(city, streets, window)]
    made = now.astimezone(city.timezone)
    parts = [replace(part, rows=tuple(tuple(replace(cell, href=as_of(cell.href, made)) for cell in row) for row in part.rows)) for part in parts]
    return Document(
        kind, f"{city.name}{city.settings['hotline']}热线{KINDS[kind]} {title}", str(window), f"{made:%Y-%m-%d %H:%M}",
        total.simulated, _lead(city, kind, total, earlier, parts), tuple(section for section in parts if section.rows),
    )  # fmt: skip


def keep(tx: Transaction, city: City, kind: str, window: Window, *, now: datetime, new_id: Callable[[], UUID]) -> None:
    """Make the report of a window that is over and keep it, unless there is one. Without tickets there is none."""
    if any(m.opened or m.due for m in tx.figures.totals("city", window).values()):
        tx.figures.add_report(new_id(), kind, window, build(tx, city, kind, window, now=now).to_json(), now=now)


def _city(tx: Transaction, window: Window) -> Measures:
    return tx.figures.totals("city", window).get(CITY, Measures())


def _lead(city: City, kind: str, m: Measures, before: Measures, parts: Sequence[Section]) -> tuple[str, ...]:
    found, earlier = rates(m.counts, city.weights), rates(before.counts, city.weights)
    than = {"day": "前一天", "week": "上周", "month": "上个月"}[kind]
    sentences = [f"共受理工单 {m.opened:,} 件，{_more(m.opened, before.opened, than)}。"]
    if found:
        moved = f"，{_points(found, m.valid, earlier, before.valid, than)}" if earlier else ""
        sentences.append(
            f"综合得分 {found.score * 100:.1f} 分{moved}：响应率 {found.response:.1%}，解决率 {found.resolution:.1%}，满意率 {found.satisfied:.1%}。"
            f"有效回访 {m.valid:,} 件，占应回访的 {found.coverage:.0%}。"
        )
    top = parts[1].rows[:3]
    if top:
        sentences.append("反映最多的是" + "、".join(f"{row[1].text}（{row[2].text} 件）" for row in top) + "。")
    late = next((section for section in parts if section.title == "超期台账"), None)
    if late and late.rows:
        sentences.append(late.note)
    proposed = [row[0].text for section in parts if section.title == TOPICS for row in section.rows[:3]]
    if proposed:
        sentences.append(f"建议列为每月一题：{'、'.join(proposed)}。")
    return tuple(sentences)


def _more(now: int, before: int, than: str) -> str:
    told = change(now, before)
    if told.text == "持平":
        return f"与{than}持平"
    by = f"{abs(now - before):,} 件" if told.number is None else f" {abs(told.number):.0%}"
    return f"比{than}{'增加' if now > before else '减少'}{by if by[0] == ' ' else f' {by}'}"


def _points(now: Rates, valid: int, then: Rates, valid_then: int, than: str) -> str:
    """A score against the one before. A difference that few callbacks may make by chance is no news, and told as such."""
    by = now.score - then.score
    if abs(by) < 0.0005:
        return f"与{than}持平"
    around = difference(now.score, valid, then.score, valid_then)
    if around.low <= 0 <= around.high:
        return f"{than} {then.score * 100:.1f} 分，相差在误差范围内"
    return f"比{than}{'提高' if by > 0 else '下降'} {abs(by) * 100:.1f} 分"


def median_minutes(tx: Transaction, window: Window) -> float | None:
    step = median(tx.figures.lengths("minutes", window))
    return None if step is None else minutes_of(step)


def _key_figures(tx: Transaction, city: City, window: Window, before: Window, m: Measures, e: Measures) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (Cell(name), number(a, behind(what, window)), Cell(""), number(b, behind(what, before)), change(a, b))
        for name, what, a, b in (
            ("受理工单", "opened", m.opened, e.opened), ("办理", "handled", m.handled, e.handled), ("退单", "returned", m.returned, e.returned),
            ("重办", "reopened", m.reopened, e.reopened), ("应回访", "due", m.due, e.due), ("有效回访", "valid", m.valid, e.valid),
        )
    ]  # fmt: skip
    now, then = rates(m.counts, city.weights), rates(e.counts, city.weights)
    for name, field_, what in (("响应率", "response", "uncontacted"), ("解决率", "resolution", "unsolved"), ("满意率", "satisfied", "dissatisfied"), ("综合得分", "score", "")):
        rows.append(_rate_row(name, field_, now, m.valid, then, e.valid, _lacking(what, m, window) if what else ""))
    for key, share in shares(m).items():
        old = shares(e)[key]
        around = share.interval
        given = f"{share.whole:,} 件，{around.low:.1%}–{around.high:.1%}" if around else ""
        rows.append((
            Cell(SHARES[key]), replace(percent(share.value), href=behind_share(key, share, window)), Cell(given), replace(percent(old.value), sub=_of(old.whole)),
            _against(share.value, share.whole, old.value, old.whole, "个百分点"),
        ))  # fmt: skip
    times = median_minutes(tx, window)
    turns, earlier = (median(tx.figures.lengths("turns", w)) for w in (window, before))
    rows.append((Cell("办理时长（中位数）"), Cell(length_text(times), times), Cell(""), Cell(length_text(median_minutes(tx, before))), Cell("")))
    rows.append((Cell("受理轮次（中位数）"), Cell("—" if turns is None else f"{turns}", turns), Cell(""), Cell("—" if earlier is None else f"{earlier}"), Cell("")))
    note = "比率后面是样本量和 95% 置信区间：区间越宽，偶然成分越大。"
    return Section("主要数据", note, ("指标", "本期", "样本和区间", "上期", "变化"), tuple(rows))


def behind_share(key: str, share: Share, window: Window, dimension: str = "city", of: str = CITY) -> str:
    """Where the tickets behind a share are, if it is one of tickets and there are any: those that were late, or those that were returned."""
    count = share.part if key in ("returns", "again") else share.whole - share.part
    return behind(LISTED[key], window, dimension, of) if key in LISTED and count else ""


def _of(count: int) -> str:
    return f"{count:,} 件" if count else ""


def _against(now: float | None, of: int, then: float | None, of_then: int, unit: str) -> Cell:
    """How far a share has moved, and whether so little may be chance."""
    moved = moved_by(now, then, unit)
    if now is None or then is None or not moved.number or moved.text == "持平":
        return moved
    around = difference(now, of, then, of_then)
    return replace(moved, sub="误差范围内") if around.low <= 0 <= around.high else moved


def _rate_row(name: str, attribute: str, now: Rates | None, valid: int, then: Rates | None, valid_then: int, href: str) -> tuple[Cell, ...]:
    """A rate in percent, the score in marks out of a hundred."""
    value, old = (getattr(r, attribute) if r else None for r in (now, then))
    around = interval(value, valid) if value is not None else None
    given = f"{valid:,} 件，{around.low:.1%}–{around.high:.1%}" if around else ""
    shown, unit = (marks, "分") if attribute == "score" else (percent, "个百分点")
    return Cell(name), replace(shown(value), href=href if value is not None else ""), Cell(given), replace(shown(old), sub=_of(valid_then)), _against(value, valid, old, valid_then, unit)


def _frequent(tx: Transaction, city: City, dimension: str, window: Window, before: Window) -> Section:
    """Where most tickets are: the categories, or the streets."""
    title, column, name = {"category": ("反映最多的问题", "问题", category_name), "street": ("反映最多的街道乡镇", "街道乡镇", place_name)}[dimension]
    now, then = tx.figures.totals(dimension, window), tx.figures.totals(dimension, before)
    rows = tuple(
        (Cell(str(place), place), Cell(name(city, key)), number(now[key].opened, behind("opened", window, dimension, key)),
         change(now[key].opened, then.get(key, Measures()).opened), _solved(now[key], window, dimension, key))
        for place, key in enumerate(_most(now), 1)
    )  # fmt: skip
    return Section(title, "", ("名次", column, "受理", "比上期", "解决率"), rows)


def _districts(tx: Transaction, city: City, window: Window, before: Window) -> Section:
    """All districts, whoever handled their tickets: the first thing that the head of one looks for."""
    now, then = tx.figures.totals("district", window), tx.figures.totals("district", before)
    rows = []
    for key in sorted((key for key, m in now.items() if key and (m.opened or m.due)), key=lambda key: (-now[key].opened, key)):
        m, rate = now[key], rates(now[key].counts, city.weights)
        rated_ = (
            (rated(rate.score, m.valid, unit=""), *(
                rated(value, m.valid, _lacking(what, m, window, "district", key))
                for what, value in (("uncontacted", rate.response), ("unsolved", rate.resolution), ("dissatisfied", rate.satisfied))
            )) if rate else (Cell("—"),) * 4
        )  # fmt: skip
        rows.append((
            Cell(place_name(city, key)), number(m.opened, behind("opened", window, "district", key)), change(m.opened, then.get(key, Measures()).opened),
            *rated_, number(m.valid, behind("valid", window, "district", key)),
            Cell(f"{m.valid / m.due:.1%}" if m.due else "—", m.valid / m.due if m.due else None, _lacking("unreached", m, window, "district", key), f"应回访 {m.due:,}" if m.due else ""),
        ))  # fmt: skip
    note = "按诉求发生的地点，不论由谁办理；受理多的在前。小字是 95% 置信区间，没说地点的不在内。"
    return Section("各区情况", note, ("区", "受理", "比上期", "综合得分", "响应率", "解决率", "满意率", "有效回访", "覆盖率"), tuple(rows))


def _most(by_key: Mapping[str, Measures]) -> list[str]:
    """Where most tickets are, of those with more than one: which of many single ones stand in a list would be chance."""
    return sorted((key for key, m in by_key.items() if key and m.opened > 1), key=lambda key: (-by_key[key].opened, key))[:TOP]


def _solved(m: Measures, window: Window, dimension: str, key: str) -> Cell:
    if not m.valid:
        return Cell("—")
    return Cell(share_text(m.solved / m.valid, m.valid), m.solved / m.valid, _lacking("unsolved", m, window, dimension, key))


def _lacking(what: str, m: Measures, window: Window, dimension: str = "city", key: str = CITY) -> str:
    """Where the tickets are that keep a rate from being full."""
    count = {"uncontacted": m.valid - m.contacted, "unsolved": m.valid - m.solved, "dissatisfied": m.valid - m.satisfied - m.basically, "unreached": m.due - m.valid}[what]
    return behind(what, window, dimension, key) if count else ""


def ranking(by_unit: Mapping[str, Measures], city: City, unit_kind: str, fewest: int) -> list[tuple[str, Rates, int]]:
    """Units of a kind with enough valid callbacks, best score first."""
    found = [
        (unit, rate, m.valid)
        for unit, m in by_unit.items()
        if m.valid >= fewest and unit in city.units and city.units[unit].kind == unit_kind and (rate := rates(m.counts, city.weights))
    ]
    return sorted(found, key=lambda entry: (-entry[1].score, -entry[2], entry[0]))


def places_of(ranked: Sequence[tuple[str, Rates, int]]) -> dict[str, int]:
    """The place of each unit; the same score, as it is written, is the same place."""
    scores = [round(rate.score, 3) for _, rate, _ in ranked]
    return {unit: scores.index(score) + 1 for (unit, _, _), score in zip(ranked, scores, strict=True)}


def _rankings(tx: Transaction, city: City, window: Window, before: Window) -> list[Section]:
    now, then = tx.figures.totals("unit", window), tx.figures.totals("unit", before)
    sections = []
    for unit_kind, name in (("district", "各区"), ("street", "街道乡镇"), ("department", "部门"), ("utility", "公共服务企业")):
        ranked = ranking(now, city, unit_kind, RANKED)
        places, old = places_of(ranked), places_of(ranking(then, city, unit_kind, RANKED))
        rows = [
            (
                Cell(str(places[unit]), places[unit]), Cell(city.units[unit].name), _moved(places[unit], old.get(unit)), rated(r.score, valid, unit=""),
                rated(r.response, valid, _lacking("uncontacted", now[unit], window, "unit", unit)),
                rated(r.resolution, valid, _lacking("unsolved", now[unit], window, "unit", unit)),
                rated(r.satisfied, valid, _lacking("dissatisfied", now[unit], window, "unit", unit)),
                number(valid, behind("valid", window, "unit", unit)), Cell(f"{r.coverage:.1%}", r.coverage, _lacking("unreached", now[unit], window, "unit", unit), f"应回访 {now[unit].due:,}"),
            )
            for unit, r, valid in ranked
        ]  # fmt: skip
        shown = rows if len(rows) <= 2 * TOP else rows[:TOP] + rows[-TOP:]
        note = f"有效回访不少于 {RANKED} 件的 {len(rows)} 个单位" + (f"，前 {TOP} 名和后 {TOP} 名。" if len(shown) < len(rows) else "。") + "小字是 95% 置信区间。"
        columns = ("名次", "单位", "升降", "综合得分", "响应率", "解决率", "满意率", "有效回访", "覆盖率")
        sections.append(Section(f"三率排名：{name}", note, columns, tuple(shown)))
    return sections


def _moved(place: int, before: int | None) -> Cell:
    if before is None:
        return Cell("新上榜")
    return Cell("—", 0) if place == before else Cell(f"{'↑' if place < before else '↓'}{abs(place - before)}", before - place)


def _overdue(tx: Transaction, city: City, now: datetime) -> Section:
    by_unit = tx.figures.overdue_by_unit(now)
    ranked = sorted(by_unit, key=lambda unit: (-by_unit[unit][0], by_unit[unit][1]))[: 2 * TOP]

    def listed(unit: str) -> str:
        """The tickets as they are now: the same address shows them when they have long been handled."""
        return behind("overdue", Window(by_unit[unit][1].astimezone(city.timezone), now.astimezone(city.timezone) + timedelta(minutes=1)), "unit", unit)

    rows = tuple(
        (Cell(unit_name(city, unit)), number(by_unit[unit][0], listed(unit)),
         Cell(_ago(now - by_unit[unit][1]), (now - by_unit[unit][1]) / timedelta(days=1)))
        for unit in ranked
    )  # fmt: skip
    total = sum(count for count, _ in by_unit.values())
    note = f"报告生成时，{len(by_unit)} 个单位共有 {total:,} 件工单超过办理时限仍未办结。" if total else ""
    return Section("超期台账", note, ("单位", "超期未办结", "最长超期"), rows)


def _ago(length: timedelta) -> str:
    return f"{length.days} 天" if length.days else f"{length / timedelta(hours=1):.0f} 小时"


def _cases(tx: Transaction, city: City, window: Window) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for id, count in tx.figures.most_reopened(window, 2 * CASES):
        ticket = tx.tickets.get(id)
        if ticket.confidential or len(rows) == CASES:  # what was told in confidence is handed on to nobody
            continue
        # The name is read so that it can be left out.
        said = mask_text(mask_names(" ".join(ticket.problem.split()), tx.tickets.reporter(id).name))
        rows.append((
            Cell(ticket.number, None, f"/tickets/{ticket.number}"), Cell(unit_name(city, ticket.unit_id or "")),
            Cell(category_name(city, ticket.category or "")), Cell(said if len(said) <= 48 else said[:47] + "…"), Cell(f"重办 {count} 次", count),
        ))  # fmt: skip
    return Section("典型案例", "本期重办最多的工单，内容已隐去个人信息。", ("工单", "承办单位", "问题", "内容", "原因"), tuple(rows))


# --- the month's proposals


def months_before(city: City, window: Window, count: int) -> list[Window]:
    """The assessment month and those before it, the latest first."""
    found = [window]
    while len(found) < count:
        found.append(windows.before(city, found[-1], "month"))
    return found


def month_topics(tx: Transaction, city: City, window: Window) -> list[Topic]:
    by_month = [tx.figures.totals("category", month) for month in months_before(city, window, 4)]
    largest = sorted(by_month[0], key=lambda category: -by_month[0][category].opened)
    places = {
        category: {street: n for (_, street), n in tx.figures.places(window, category=category).items() if street}
        for category in largest[:60] if category
    }  # fmt: skip
    return topics(by_month, places)


def month_governed(tx: Transaction, city: City, window: Window) -> list[Governed]:
    return governed([{street: m.opened for street, m in tx.figures.totals("street", month).items()} for month in months_before(city, window, 6)])


def why(topic: Topic) -> str:
    """Why a topic is proposed, in a sentence."""
    reasons = []
    if topic.grows:
        reasons.append(f"增长：前几个月平均 {topic.before:.0f} 件，本月 {topic.opened} 件")
    if topic.repeats:
        reasons.append(f"反复：{topic.repeated} 件出在本月同类工单达到 {REPEATED_FROM} 件的街道乡镇")
    if topic.fails:
        reasons.append(f"难办：{topic.valid} 件有效回访中 {topic.unsolved} 件没有解决")
    return "；".join(reasons)


def topics_section(city: City, proposed: Sequence[Topic], window: Window) -> Section:
    rows = tuple(
        (Cell(category_name(city, t.category)), number(t.opened, behind("opened", window, "category", t.category)), change(t.opened, t.before),
         Cell(" → ".join(f"{n:,}" for n in reversed(t.months))), _where(city, t, window),
         Cell(why(t), href=behind("unsolved", window, "category", t.category) if t.fails else ""))
        for t in proposed
    )  # fmt: skip
    columns = ("问题", "受理", "比前几个月", "逐月", "最多的街道乡镇", "理由")
    return Section(TOPICS, "增长、反复或难办的问题，由数据提出，由人选定。逐月：最近几个考核月的受理量，右边是本期。", columns, rows)


def _where(city: City, topic: Topic, window: Window) -> Cell:
    """The street with most of a topic's tickets, of how many."""
    if not topic.places:
        return Cell("—")
    street, n = topic.places[0]
    href = behind("opened", window, "street", street, topic.category)
    return Cell(f"{place_name(city, street)} {n:,} 件", None, href, f"分布在 {len(topic.places)} 个街道乡镇")


def governed_section(city: City, streets: Sequence[Governed], window: Window) -> Section:
    rows = tuple(
        (Cell(place_name(city, g.street)), number(g.opened, behind("opened", window, "street", g.street)), Cell(f"{len(g.months)} 次", len(g.months)),
         Cell("建议治理" if g.proposed else "本月进入前十" if 0 in g.months else ""))
        for g in streets if g.proposed or 0 in g.months
    )  # fmt: skip
    return Section("治理类街乡镇", "诉求量月度前十；半年内三次进入前十的，建议列为治理类。", ("街道乡镇", "本月受理", "半年内进入前十", "结论"), rows)
