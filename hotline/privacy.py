"""Masking: what a list, a log or an export may show of a person. Standard practice: keep enough to recognise, no more."""

from __future__ import annotations

import re

_PHONE = re.compile(r"(?<!\d)((?:\+?86[ -]?)?1[3-9]\d)[ -]?(\d{4})[ -]?(\d{4})(?!\d)")
# With an area code; or seven or eight digits by themselves, which a date or a ticket number is not.
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}-?\d{3,4}|[2-8]\d{2,3}|1[02-9]\d{2})(\d{4})(?!\d)")
_ID_CARD = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")
_DOOR = re.compile(r"\d+(?=号楼|单元|室|号院|栋|门)")
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_TITLES = ("先生", "女士", "小姐")


def mask_phone(phone: str) -> str:
    """138****5678; of a landline the last four digits are hidden."""
    if _PHONE.fullmatch(phone):
        return _PHONE.sub(r"\1****\3", phone)
    return phone[:-4] + "****" if len(phone) > 4 else "****"


def mask_name(name: str) -> str:
    """王小明 → 王**, 王小明先生 → 王**先生; a form of address says nothing about who it is."""
    title = next((t for t in _TITLES if name.endswith(t) and len(name) > len(t)), "")
    given = name.removesuffix(title)
    return f"{given[:1]}{'*' * (len(given) - 1)}{title}"


def mask_text(text: str) -> str:
    """Free text with phone numbers, identity numbers and door numbers hidden."""
    text = text.translate(_WIDE)
    text = _ID_CARD.sub(lambda m: f"{m[1][:4]}**********{m[2][-2:]}", text)
    text = _PHONE.sub(r"\1****\3", text)
    text = _LANDLINE.sub(r"\1****", text)
    return _DOOR.sub(lambda m: "*" * len(m[0]), text)
