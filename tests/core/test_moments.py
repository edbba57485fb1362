"""When: what a citizen's words for a time mean on the calendar, seen from Sunday 22 November 2026, ten in the morning."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hotline.moments import Moment, in_plain_words, understand
from hotline.times import When, find_when

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)

MEANT = {
    "昨晚十一点多": Moment("point", "2026-11-21", "23:00", "evening"),
    "昨天夜里两点": Moment("point", "2026-11-22", "02:00", "night"),
    "昨天凌晨两点": Moment("point", "2026-11-21", "02:00", "night"),
    "前天下午": Moment("point", "2026-11-20", None, "afternoon"),
    "上周五开始": Moment("since", "2026-11-13"),
    "上上周": Moment("point", "2026-11-02", within="week"),
    "周三早上": Moment("point", "2026-11-18", None, "morning"),
    "周日": Moment("point", "2026-11-22"),
    "最近半个月": Moment("since", "2026-11-07", within="month"),
    "三个月了": Moment("since", "2026-08-22", within="month"),
    "三天前": Moment("point", "2026-11-19"),
    "每天早上六点": Moment("recurring", None, "06:00", "morning", every="day"),
    "每周五晚上": Moment("recurring", None, None, "evening", every="week:5"),
    "天天晚上": Moment("recurring", None, None, "evening", every="day"),
    "白天黑夜": Moment("recurring", every="day"),
    "从早吵到晚": Moment("recurring", every="day"),
    "早晚高峰": Moment("vague"),
    "周末": Moment("recurring", every="week:6,7"),
    "11月1日到11月10日": Moment("span", "2026-11-01", until="2026-11-10"),
    "8月9月": Moment("span", "2026-08", until="2026-09"),
    "十月和十一月": Moment("span", "2026-10", until="2026-11"),
    "上个月15号": Moment("point", "2026-10-15"),
    "去年八月": Moment("point", "2025-08"),
    "12月3号": Moment("point", "2025-12-03"),
    "从周一到现在": Moment("since", "2026-11-16"),
    "2月30日": Moment("vague"),
    "前阵子": Moment("vague"),
    "夜里两点": Moment("clock", None, "02:00", "night"),
}


@pytest.mark.parametrize(("said", "meant"), MEANT.items())
def test_words_for_a_time_have_a_place_on_the_calendar(said: str, meant: Moment) -> None:
    assert understand(said, NOW) == meant


@pytest.mark.parametrize(
    ("said", "back"),
    [
        ("昨晚十一点", "11月21日（周六） 23:00"), ("上周五开始", "11月13日（周五）起"), ("前天下午", "11月20日（周五）下午"),
        ("去年八月", "2025年8月"), ("一年多了", "大约2025年11月起"), ("上周", "11月9日至11月15日那周"), ("半个月了", "大约11月7日起"), ("12月3号", "2025年12月3日（周三）"), ("每天早上六点", ""), ("前阵子", ""),
    ],
)  # fmt: skip
def test_it_is_said_back_where_that_adds_something(said: str, back: str) -> None:
    assert in_plain_words(understand(said, NOW), NOW) == back


def test_every_minute_that_was_said_is_kept() -> None:
    assert understand("今天早上八点零五分", NOW).clock == "08:05"


@pytest.mark.parametrize("said", ["九月二十几号", "十月十几号"])
def test_some_day_of_a_month_is_no_certain_one(said: str) -> None:
    assert (find_when(f"{said}收的定金") or When("", has_day=False)).text == said
    assert len(understand(said, NOW).day or "") == len("2026-09")


@pytest.mark.parametrize("said", ["从七月漏到现在", "九月开学的时候", "从供暖第一天"])
def test_a_month_or_an_ordinal_is_no_length(said: str) -> None:
    assert "大约" not in in_plain_words(understand(said, NOW), NOW)


def test_this_morning_said_in_the_night_is_the_morning_before() -> None:
    night = datetime(2026, 11, 28, 1, 55, tzinfo=UTC)
    assert understand("今天早上", night).day == "2026-11-27"
    assert understand("今天下午三点", night).day == "2026-11-27"
    assert understand("今天凌晨一点", night).day == "2026-11-28"
    assert understand("今天早上", night.replace(hour=6)).day == "2026-11-28"
