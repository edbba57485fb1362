"""Names of places that were typed by their sound."""

from __future__ import annotations

import pytest

from hotline.city import City
from hotline.places import Gazetteer
from knowledge_base.place_names import PlaceNames


@pytest.fixture(scope="module")
def names(city: City) -> PlaceNames:
    return PlaceNames(Gazetteer(city))


@pytest.mark.parametrize(("said", "meant"), {
    "望京花架地南里3号楼": "望京花家地南里3号楼",
    "朝阳区酒先桥街道": "朝阳区酒仙桥街道",
    "丰台方装芳古园一区": "丰台方庄芳古园一区",
    "回龙关龙锦苑": "回龙观龙锦苑",
}.items())  # fmt: skip
def test_an_answer_to_where_is_put_right_by_its_sound(said: str, meant: str, names: PlaceNames) -> None:
    assert names.corrected(said, answer=True) == meant


def test_in_a_free_sentence_only_behind_an_area_or_a_long_name(names: PlaceNames) -> None:
    assert names.corrected("王京西园4区的路灯坏了", answer=False) == "望京西园四区的路灯坏了"
    assert names.corrected("我要投诉花架地南里的物业", answer=False) == "我要投诉花家地南里的物业"
    assert names.corrected("海淀区上弟街道停水了", answer=False) == "海淀区上地街道停水了"
    assert names.corrected("我要反映花架地的事", answer=False) == "我要反映花架地的事"


@pytest.mark.parametrize("said", [
    "青禾家园停车场涨价",  # sounds like 清河嘉园, and is another estate
    "我一个人带两个孩子交不起房租",
    "大红门西路26号院",
    "四季青振兴家园",
    "花家地南里3号楼",
])  # fmt: skip
def test_what_is_meant_as_it_is_written_stays(said: str, names: PlaceNames) -> None:
    assert names.corrected(said, answer=True) == said


def test_a_name_of_another_district_is_not_meant(names: PlaceNames) -> None:
    assert names.corrected("花架地南里", answer=True, district="110108") == "花架地南里"
