"""What a list, a log or an export shows of a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.privacy import mask_name, mask_phone, mask_text

MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("138 1234 5678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("+8613812345678", "+86138****5678"),
        ("010-12345678", "010-1234****"),
        ("12345678", "1234****"),
        ("110", "****"),
        ("", "****"),
    ],
)
def test_of_a_phone_number_enough_is_left_to_recognise_it(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [("王小明", "王**"), ("王明", "王*"), ("王", "王"), ("", ""), ("王先生", "王先生"), ("李女士", "李女士"), ("王小明先生", "王**先生"), ("欧阳娜娜女士", "欧***女士")],
)
def test_of_a_name_the_family_name_and_the_form_of_address_are_left(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("请打13812345678找我", "请打138****5678找我"),
        ("我的电话138 1234 5678，谢谢", "我的电话138****5678，谢谢"),
        ("座机010-12345678", "座机010-1234****"),
        ("座机01012345678", "座机0101234****"),
        ("座机12345678", "座机1234****"),
        ("身份证110105199001011234", "身份证1101**********34"),
        ("身份证11010519900101123X的", "身份证1101**********3X的"),
        ("望京街3号楼2单元501室漏水", "望京街*号楼*单元***室漏水"),
        ("5号院12栋3门", "*号院**栋*门"),
    ],
)
def test_numbers_that_lead_to_a_person_are_hidden_in_free_text(text: str, shown: str) -> None:
    assert mask_text(text) == shown


@pytest.mark.parametrize("text", ["3楼的灯坏了5天", "12345打不通", "2025年11月21日停水", "工单25112100001办完了吗", "公交300路", "昨晚10点", ""])
def test_numbers_that_lead_to_nobody_stay(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize("before", ["", "电话", "+86", "86", "+86 ", "tel:", "："])
@given(phone=MOBILE)
def test_no_mobile_number_is_left_in_any_text(before: str, phone: str) -> None:
    shown = mask_text(f"请回{before}{phone}，谢谢")
    assert phone not in shown
    assert phone[3:7] + phone[7:] not in shown


@given(phone=MOBILE)
def test_a_number_in_full_width_digits_is_hidden_too(phone: str) -> None:
    wide = phone.translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert wide not in mask_text(f"请回{wide}，谢谢")


@given(phone=MOBILE | st.from_regex(r"\+86-?1[3-9][0-9]{9}", fullmatch=True) | st.from_regex(r"0[0-9]{2,3}-?[0-9]{7,8}", fullmatch=True))
def test_masking_hides_four_digits_of_every_phone_number(phone: str) -> None:
    assert mask_phone(phone) != phone
    assert mask_phone(phone).count("*") == 4
