"""Reports, topics, early warning: what the figures say, in words that can be handed on."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from fakes import CITIZEN, NOW, Clock, draft
from openpyxl import load_workbook

from hotline import tickets
from hotline.city import City
from hotline.figures import documents, reports, warning, windows
from hotline.figures.documents import Cell, Document, Section, moved_by
from hotline.figures.measures import Measures
from hotline.figures.topics import governed, topics
from hotline.figures.warning import Opened, Past, look, tail
from hotline.figures.windows import Window
from hotline.rates import Counts, rates
from hotline.simulation import Simulation
from hotline.store import SqlStore, behind
from hotline.worker import Worker
from staff.reports import _table, pdf, xlsx

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def document(store: SqlStore, city: City, new_id: Callable[[], UUID]) -> Document:
    Simulation(store, city, 5, NOW - 4 * DAY, NOW, 40, new_id).run()
    with store.transaction() as tx:
        return reports.build(tx, city, "day", windows.before(city, windows.day(city, NOW), "day"), now=NOW)


def test_a_report_says_how_much_what_and_where_and_counts_as_the_figures_do(store: SqlStore, city: City, document: Document) -> None:
    window = windows.before(city, windows.day(city, NOW), "day")
    with store.reading() as tx:
        total = tx.figures.totals("city", window)[""]
    key = {row[0].text: row for row in document.sections[0].rows}
    assert key["受理工单"][1].number == total.opened
    assert key["有效回访"][1].number == total.valid
    assert f"共受理工单 {total.opened:,} 件" in document.lead[0]
    assert document.simulated == total.opened
    titles = [section.title for section in document.sections]
    assert titles[:3] == ["主要数据", "反映最多的问题", "反映最多的街道乡镇"]


def test_a_rate_in_a_report_stands_with_its_count_and_interval(document: Document) -> None:
    for row in document.sections[0].rows:
        if row[1].text.endswith("%"):
            assert "件，" in row[2].text
            assert "–" in row[2].text


def test_a_change_of_a_rate_that_may_be_chance_is_told_as_such(document: Document, city: City) -> None:
    assert {row[4].sub for row in document.sections[0].rows} == {"", "误差范围内"}
    now, then = (rates(Counts(20, 10, 10, solved, 8), city.weights) for solved in (7, 8))
    told = [reports._rate_row("解决率", "resolution", now, of, then, of, "")[4] for of in (10, 5000)]
    assert [(cell.text, cell.sub) for cell in told] == [("-10.0 个百分点", "误差范围内"), ("-10.0 个百分点", "")]


def test_a_change_is_what_the_two_differ_by_as_they_are_written() -> None:
    assert moved_by(0.79251, 0.79649, "分").text == "-0.3 分"  # 79.3 and 79.6


def test_the_month_and_the_week_show_every_district_with_its_rates_and_where_they_come_from(store: SqlStore, city: City, new_id: Callable[[], UUID]) -> None:
    Simulation(store, city, 5, NOW - 8 * DAY, NOW, 40, new_id).run()
    window = windows.before(city, windows.week(city, NOW), "week")
    with store.transaction() as tx:
        made = reports.build(tx, city, "week", window, now=NOW)
        total = tx.figures.totals("district", window)
    shown = next(section for section in made.sections if section.title == "各区情况")
    assert [row[1].number for row in shown.rows] == sorted((m.opened for key, m in total.items() if key), reverse=True)
    for row in shown.rows:
        assert (row[1].href == "") == (row[1].number == 0)
        assert (row[7].href == "") == (row[7].number == 0)


def test_a_score_in_a_spreadsheet_has_one_decimal(document: Document) -> None:
    row = (Cell("朝阳区"), Cell("81.1", 81.13924050632913), Cell("96.2%", 0.962))
    made = load_workbook(io.BytesIO(xlsx(replace(document, sections=(Section("各区情况", "", ("区", "综合得分", "响应率"), (row,)),)))))
    sheet = made[made.sheetnames[1]]
    assert (sheet["B2"].number_format, sheet["C2"].number_format) == ("0.0", "0.0%")


def test_no_heading_of_a_column_of_numbers_is_broken_in_two_in_a_pdf(city: City) -> None:
    row = tuple(Cell(text) for text in ("骚扰电话和短信", "28", "+42%", "22 → 17 → 20 → 28", "朝阳 小关街道 3 件", "难办：30 件有效回访中 13 件没有解决；反复：15 件出在本月同类工单达到 3 件的街道乡镇"))
    section = Section("每月一题建议", "", ("问题", "受理", "比前几个月", "逐月", "最多的街道乡镇", "理由"), (row,))
    assert _table(section)._argW[1] >= 2 * 8.5 + 6
    assert sum(_table(section)._argW) == pytest.approx(sum(_table(replace(section, columns=section.columns[:1], rows=(row[:1],)))._argW))


def test_the_coverage_of_a_unit_in_a_ranking_stands_with_its_count(store: SqlStore, city: City, document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "RANKED", 1)
    window = windows.before(city, windows.day(city, NOW), "day")
    with store.reading() as tx:
        ranked = [row for section in reports._rankings(tx, city, window, window) for row in section.rows]
        due = {city.units[unit].name: m.due for unit, m in tx.figures.totals("unit", window).items() if unit in city.units}
    assert ranked
    assert all(row[8].sub == f"应回访 {due[row[1].text]}" for row in ranked)


def test_a_report_kept_is_read_back_as_it_was_and_made_once(store: SqlStore, city: City, document: Document, new_id: Callable[[], UUID]) -> None:
    window = windows.before(city, windows.day(city, NOW - 10 * DAY), "day")
    first, second = new_id(), new_id()
    with store.transaction() as tx:
        tx.figures.add_report(first, "day", window, document.to_json(), now=NOW)
        tx.figures.add_report(second, "day", window, document.to_json(), now=NOW)
    with store.reading() as tx:
        assert [id for id, _, kept, _ in tx.figures.reports() if kept == window] == [first]
        kept = tx.figures.report(first)
        assert kept is not None
        assert Document.from_json(kept) == document
        assert tx.figures.report(second) is None


def test_a_score_is_told_in_marks_and_each_rate_leads_to_the_tickets_that_lower_it(document: Document) -> None:
    key = {row[0].text: row for row in document.sections[0].rows}
    assert key["综合得分"][1].text.endswith(" 分")
    lists = {name: key[name][1].href.partition("what=")[2].partition("&")[0] for name in ("响应率", "解决率", "满意率", "按时接单率", "重办率", "首次解决率")}
    all_were_contacted = key["响应率"][1].text == "100.0%"  # and so there are none to be listed
    assert lists == {"响应率": "" if all_were_contacted else "uncontacted", "解决率": "unsolved", "满意率": "dissatisfied", "按时接单率": "slow", "重办率": "reopened", "首次解决率": ""}


def test_a_list_counts_as_often_as_its_number_and_shows_each_ticket_once(store: SqlStore, city: City, document: Document) -> None:
    window = Window(NOW - 4 * DAY, NOW)
    window = Window(windows.slot(city, window.since).since, windows.slot(city, window.until).until)
    with store.reading() as tx:
        for dimension in ("city", "unit", "category", "street", "channel"):
            for key, m in tx.figures.totals(dimension, window).items():
                expected = {
                    "opened": m.opened, "dispatched": m.dispatched, "returned": m.returned, "handled": m.handled, "reopened": m.reopened, "due": m.due,
                    "valid": m.valid, "unreached": m.due - m.valid, "uncontacted": m.valid - m.contacted, "unsolved": m.valid - m.solved,
                    "dissatisfied": m.valid - m.satisfied - m.basically, "late": m.to_close - m.closed_on_time, "slow": m.to_accept - m.accepted_timely,
                }  # fmt: skip
                for what, number in expected.items():
                    found = tx.figures.behind(what, dimension, key, window, accept_within=2 * HOUR, at=NOW, limit=500, offset=0)
                    assert found.times == number, (what, dimension, key)
                    # A ticket that was sent, or asked about, twice in a window is in its list once.
                    assert len(set(found.ids)) == len(found.ids) == found.tickets <= found.times
                    assert (found.tickets == 0) == (number == 0)


@pytest.mark.parametrize("what", ["opened", "handled", "slow", "unreached", "dissatisfied"])
def test_a_city_s_long_list_is_the_same_however_it_is_looked_for(store: SqlStore, document: Document, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    window = Window(NOW - 2 * DAY, NOW - DAY)  # tickets were opened before, within and after it

    def listed(many: int) -> list[list[UUID]]:
        monkeypatch.setattr(behind, "_FEW", many)
        with store.reading() as tx:
            return [tx.figures.behind(what, "city", "", window, accept_within=HOUR, at=NOW, limit=3, offset=offset).ids for offset in (0, 3)]

    assert listed(0) == listed(10**6)
    assert listed(0)[0]


def test_no_number_in_a_report_leads_to_an_empty_list(store: SqlStore, document: Document) -> None:
    addresses = [cell.href for section in document.sections for row in section.rows for cell in row if cell.href.startswith("/rates/tickets?")]
    assert len(addresses) > 20
    with store.reading() as tx:
        for address in addresses:
            asked = dict(parse_qsl(address.partition("?")[2]))
            since, until = (datetime.fromisoformat(asked[name]).replace(tzinfo=CITY_ZONE) for name in ("since", "until"))
            at = datetime.fromisoformat(asked["at"]).replace(tzinfo=CITY_ZONE)
            found = tx.figures.behind(asked["what"], asked["by"], asked.get("key", ""), Window(since, until), accept_within=2 * HOUR, at=at, limit=1, offset=0)
            assert found.tickets, address


def test_a_pdf_and_a_spreadsheet_hold_the_report(document: Document) -> None:
    assert pdf(document).startswith(b"%PDF-")
    book = load_workbook(io.BytesIO(xlsx(document)))
    assert all("模拟" in name for name in book.sheetnames)  # a sheet may be copied out
    assert book["摘要（模拟）"]["A1"].value == document.title
    sheet = book["主要数据（模拟）"]
    assert sheet["A2"].value == "受理工单"
    assert sheet["B2"].value == document.sections[0].rows[0][1].number


@pytest.mark.parametrize("text", ["=1+1", "+3 件", "-2 件", "@某人"])
def test_a_text_stands_in_a_spreadsheet_as_it_is_and_is_no_formula(document: Document, text: str) -> None:
    told = replace(document, sections=(Section("典型案例", "", ("内容",), ((Cell(text),),)),))
    cell = load_workbook(io.BytesIO(xlsx(told)))["典型案例（模拟）"]["A2"]
    assert (cell.value, cell.data_type) == (text, "s")


async def nothing(*_: object) -> bool:
    return True


@pytest.mark.anyio
async def test_the_worker_counts_and_when_a_day_is_over_makes_its_report_once(
    store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]
) -> None:
    Simulation(store, city, 5, NOW - 3 * DAY, NOW, 4, new_id).run()
    with store.reading() as tx:
        before = tx.figures.reports()
    idle = {f.name: nothing for f in fields(Worker) if f.default is MISSING}
    parts: dict[str, Any] = {**idle, "store": store, "city": city, "channels": (), "reachable": frozenset(), "clock": clock, "new_id": new_id}
    workers = [Worker(**parts) for _ in range(2)]
    clock.forward(hours=3)  # past noon
    for _ in range(6):
        for worker in workers:
            await worker.round()
        clock.forward(minutes=6)
    with store.reading() as tx:
        made = [(kind, window.until) for id, kind, window, _ in tx.figures.reports() if id not in {before_id for before_id, *_ in before}]
        assert tx.figures.seen() is not None
    # The day that ended at noon. The simulation made the report of the month that ended three days ago.
    assert made == [("day", windows.day(city, NOW).until)]
    assert sorted(kind for _, kind, _, _ in before) == ["day", "month"]


def test_a_score_and_its_interval_stand_in_a_spreadsheet_as_on_the_page(document: Document) -> None:
    row = (Cell("某局"), documents.rated(0.815, 40, unit=""), documents.rated(0.75, 40))
    told = replace(document, simulated=0, sections=(Section("排名", "不足的不排。", ("单位", "综合得分", "解决率"), (row,)),))
    sheet = load_workbook(io.BytesIO(xlsx(told)))["排名"]
    assert [cell.value for cell in sheet[1]] == ["单位", "综合得分", "综合得分：95% 区间", "解决率", "解决率：95% 区间"]
    assert [cell.value for cell in sheet[2]] == ["某局", pytest.approx(81.5), "67–91", 0.75, "60–86"]
    assert sheet["A4"].value == "不足的不排。"
    assert pdf(told).startswith(b"%PDF-")


def test_every_rate_in_a_report_stands_with_its_count(document: Document) -> None:
    for section in document.sections:
        for row in section.rows:
            cells = dict(zip(section.columns, row, strict=True))
            for name, cell in cells.items():
                if cell.text.endswith("%") and name not in ("变化", "比上期", "比前几个月"):
                    assert cell.sub or cells.get("样本和区间", cells.get("有效回访")), (section.title, name)
    before = next(row for row in document.sections[0].rows if row[0].text == "解决率")[3]
    assert before.sub.endswith("件")


def test_a_notable_case_names_nobody_and_what_was_told_in_confidence_is_none(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    told = (("我叫赵小丽，楼下饭馆老板孙大伟半夜打我13800000000，赵小丽", False), ("公司拖欠工资，我不想让人知道", True))
    with store.transaction() as tx:
        conversation = tx.conversations.open(CITIZEN, now=clock(), new_id=new_id)
        for number, (problem, confidential) in enumerate(told):
            wanted = draft(conversation.id, request_key=f"r{number}", problem=problem, confidential=confidential)
            given: dict[str, Any] = {"now": clock(), "new_id": new_id}
            ticket = tickets.open_ticket(tx, wanted, day="251121", **given)
            ticket = tickets.dispatch(tx, ticket, unit_id="dept-water", category=ticket.category, due_at=clock() + DAY, by="某人", note="", **given)
            ticket = tickets.handle(tx, ticket, by="某人", note="好了", survey_at=clock(), **given)
            tickets.reopen(tx, ticket, due_at=clock() + DAY, by="市民", note="没好", **given)
        (case,) = reports._cases(tx, city, Window(NOW - DAY, NOW + DAY)).rows
    assert case[3].text == "我叫赵**，楼下饭馆老板孙**半夜打我138****0000，赵**"


# --- topics


def test_a_category_that_grows_repeats_or_fails_is_proposed_and_an_ordinary_one_is_not() -> None:
    latest = {
        "grows": Measures(opened=60, valid=20, solved=16), "fails": Measures(opened=20, valid=20, solved=4),
        "repeats": Measures(opened=20, valid=10, solved=8), "ordinary": Measures(opened=40, valid=30, solved=24), "rare": Measures(opened=3),
    }  # fmt: skip
    past = [{"grows": Measures(opened=20), "fails": Measures(opened=20), "repeats": Measures(opened=20), "ordinary": Measures(opened=41)}] * 3
    found = {t.category: t for t in topics([latest, *past], {"repeats": {"a": 12, "b": 2}})}
    assert set(found) == {"grows", "fails", "repeats"}
    assert (found["repeats"].months, found["repeats"].places) == ((20, 20, 20, 20), (("a", 12), ("b", 2)))
    assert (found["grows"].grows, found["fails"].fails, found["repeats"].repeats, found["repeats"].repeated) == (True, True, True, 12)


def test_a_street_three_times_in_the_top_ten_within_half_a_year_is_proposed() -> None:
    many = {f"s{i:02}": 100 - i for i in range(30)}
    once = {**many, "s20": 200}
    found = {g.street: g for g in governed([once, many, {**many, "s20": 150}, {**many, "s20": 150}, many, many, {"s29": 999}])}
    assert found["s20"].proposed
    assert found["s20"].months == (0, 2, 3)
    assert "s29" not in found
    assert found["s00"].months == (0, 1, 2, 3, 4, 5)


# --- early warning


def test_the_tail_is_that_of_a_negative_binomial_and_of_poisson_in_the_limit() -> None:
    assert tail(0, 2, 1) == 1
    # Geometric with mean 1: P(X ≥ 3) = (1/2)^3.
    assert tail(3, 1.0, 1.0) == pytest.approx(1 / 8)
    # Poisson with mean 2: P(X ≥ 5) = 0.052653.
    assert tail(5, 2.0, 1e9) == pytest.approx(0.052653, abs=1e-5)


def past_of(weekly: float) -> Past:
    """Eight weeks in which a category brought so many tickets a week in the city, evenly by day, more by daytime."""
    until = datetime(2025, 11, 20, 10, tzinfo=UTC)
    since = until - warning.PAST
    chance = random.Random(1)
    hours: dict[datetime, int] = {}
    for _ in range(round(weekly * 8)):
        at = since + chance.randrange(56) * DAY + chance.choice(range(14)) * HOUR
        at = at.replace(minute=0)
        hours[at] = hours.get(at, 0) + 1
    quiet: dict[datetime, int] = {}
    return Past(since, until, lambda category, place: hours if not place else quiet, lambda place: 0.003, CITY_ZONE, set())


def burst(count: int, now: datetime) -> list[Opened]:
    return [Opened(now - timedelta(minutes=3 * i), "040101", "110105", "110105026") for i in range(count)]


def test_a_heating_failure_in_a_street_shows_in_the_first_hour_once_and_at_its_place(city: City) -> None:
    now = datetime(2025, 11, 20, 12, 30, tzinfo=UTC)
    found = look(burst(9, now), past_of(30), now=now, series=50_000)
    assert [(rise.category, rise.place, rise.count, rise.hours) for rise in found] == [("0401", "110105026", 9, 1)]
    assert found[0].chance < 1e-6


def test_what_a_season_explains_is_no_alarm() -> None:
    now = datetime(2025, 11, 20, 12, 30, tzinfo=UTC)
    chance = random.Random(2)
    scattered = [Opened(now - timedelta(minutes=chance.uniform(0, 120)), "040101", f"1101{chance.randrange(16):02}", f"s{i}") for i in range(9)]
    assert look(scattered, past_of(500), now=now, series=50_000) == []


def test_a_rise_that_lasts_is_one_alert(store: SqlStore, city: City, clock: Clock, new_id: Callable[[], UUID]) -> None:
    from fakes import VISITOR, draft

    from hotline import tickets
    from hotline.tickets import Place

    with store.transaction() as tx:
        conversation = tx.conversations.open(VISITOR, now=clock(), new_id=new_id)
        for i in range(14):
            wanted = draft(conversation.id, request_key=f"r{i}", category="040101", place=Place("某处", "110105", "110105026"))
            tickets.open_ticket(tx, wanted, day="251121", now=clock.forward(minutes=3), new_id=new_id)
    new = []
    for _ in range(4):
        with store.transaction() as tx:
            new += warning.watch(tx, city, now=clock.forward(minutes=5), new_id=new_id)
    assert [(alert.rise.category, alert.rise.place) for alert in new] == [("0401", "110105026")]
    with store.reading() as tx:
        (kept,) = tx.figures.alerts(clock() - DAY)
    assert kept.rise.count == 14
    assert kept.seen_at > kept.began_at


CITY_ZONE = ZoneInfo("Asia/Shanghai")


def test_few_tickets_are_compared_in_tickets_and_many_in_percent() -> None:
    told = [(now, before, documents.change(now, before).text) for now, before in ((3, 2), (0, 1), (2, 0), (1, 1), (39, 28), (1001, 1000), (13, 13.4))]
    assert [text for *_, text in told] == ["+1 件", "-1 件", "+2 件", "持平", "+39%", "持平", "-3%"]


def test_a_share_that_has_hardly_moved_is_told_as_such() -> None:
    assert [documents.moved_by(now, 0.041, "个百分点").text for now in (0.0408, 0.05, None)] == ["持平", "+0.9 个百分点", "—"]


def test_a_score_that_chance_may_have_moved_is_no_rise(document: Document) -> None:
    assert "误差范围内" in document.lead[1]  # of some dozen callbacks
    now, then = (reports.Rates(1.0, score, score, score, 1.0) for score in (0.80, 0.75))
    assert reports._points(now, 20, then, 20, "上周") == "上周 75.0 分，相差在误差范围内"
    assert reports._points(now, 100_000, then, 100_000, "上周") == "比上周提高 5.0 分"
    assert reports._points(then, 100_000, now, 100_000, "上周") == "比上周下降 5.0 分"


def test_units_of_the_same_score_share_a_place_and_single_tickets_make_no_list() -> None:
    score = {"甲": 1.0, "乙": 1.0, "丙": 0.9, "丁": 0.8996, "戊": 0.5}
    ranked = [(unit, reports.Rates(1.0, 1.0, 1.0, value, 1.0), 5) for unit, value in score.items()]
    assert reports.places_of(ranked) == {"甲": 1, "乙": 1, "丙": 3, "丁": 3, "戊": 5}
    assert reports._most({"甲": Measures(opened=1), "乙": Measures(opened=2), "": Measures(opened=9)}) == ["乙"]
