"""What a citizen may send: text and places."""

from __future__ import annotations

import math
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hotline.messages import MAX_TEXT, Address, Location, MessageRefused, clean_text


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("路灯不亮", "路灯不亮"),
        ("  路灯不亮\n", "路灯不亮"),
        ("\u3000路灯不亮\u3000", "路灯不亮"),
        ("第一，路灯不亮\n第二，垃圾没人收", "第一，路灯不亮\n第二，垃圾没人收"),
        ("路灯\x00不\x07亮\x1b", "路灯不亮"),
        ("路灯\ud83d不亮", "路灯不亮"),
        ("路灯\ue000不亮", "路灯不亮"),
        ("电话\u202e13812345678", "电话13812345678"),
        ("我们一家👨‍👩‍👧", "我们一家👨‍👩‍👧"),
        ("/restart", "/restart"),
        ("𠮷野家门口", "𠮷野家门口"),
    ],
    ids=["as it is", "blanks", "wide blanks", "lines", "control characters", "half a surrogate pair", "private use", "reading direction", "family emoji",
         "slash", "rare character"],
)  # fmt: skip
def test_text_is_kept_without_what_no_person_writes(raw: str, kept: str) -> None:
    assert clean_text(raw) == kept


@pytest.mark.parametrize("mark", list("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), ids=lambda mark: f"U+{ord(mark):04X}")
def test_no_text_reads_differently_from_what_it_is(mark: str) -> None:
    assert clean_text(f"退款{mark}已办") == "退款已办"


@pytest.mark.parametrize("raw", ["", "   ", "\n\t", "\u3000", "\x00\x07", "\u200b", "\ufeff", "\u200d\u2060"],
                         ids=["nothing", "blanks", "lines", "wide blank", "control characters", "zero width", "byte order mark", "joiners"])  # fmt: skip
def test_text_that_shows_nothing_is_refused_with_what_to_do(raw: str) -> None:
    with pytest.raises(MessageRefused, match="请输入"):
        clean_text(raw)


def test_a_long_letter_fits_and_a_longer_one_is_told_the_limit() -> None:
    assert len(clean_text("信" * MAX_TEXT)) == MAX_TEXT
    with pytest.raises(MessageRefused, match=f"{MAX_TEXT + 1}字.*不超过{MAX_TEXT}字"):
        clean_text("信" * (MAX_TEXT + 1))


def test_a_tab_still_parts_two_words() -> None:
    assert clean_text("3号楼\t2单元").split() == ["3号楼", "2单元"]


@given(st.text(max_size=50))
@example("\ud800")
def test_whatever_text_is_kept_can_be_stored_and_cleaning_it_again_changes_nothing(raw: str) -> None:
    try:
        text = clean_text(raw)
    except MessageRefused:
        return
    text.encode()
    assert clean_text(text) == text == text.strip()
    assert not any(unicodedata.category(c) == "Cc" and c != "\n" for c in text)


@pytest.mark.parametrize("point", [(39.9, 116.4), (-90, -180), (90, 180), (0, 0)])
def test_a_point_on_earth_is_a_location(point: tuple[float, float]) -> None:
    assert (Location(*point).latitude, Location(*point).longitude) == point


@pytest.mark.parametrize("point", [(90.1, 0), (-90.1, 0), (0, 180.1), (0, -180.1), (math.nan, 0), (0, math.nan), (math.inf, 0)])
def test_a_point_off_earth_is_refused_with_what_to_do(point: tuple[float, float]) -> None:
    with pytest.raises(MessageRefused, match="重新发送"):
        Location(*point)


def test_an_address_and_a_location_read_well() -> None:
    assert str(Address("telegram", "1001")) == "telegram:1001"
    assert str(Location(39.987654321, 116.5)) == "39.98765, 116.50000"
