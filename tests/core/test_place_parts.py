"""The parts of a place, as a dispatcher and a map need them."""

from __future__ import annotations

import pytest

from hotline.city import City
from hotline.place_parts import Parts, parts
from hotline.places import Gazetteer
from hotline.tickets import Place

PARTS = {
    "朝阳区望京花家地南里3号楼": Parts(community="花家地南里", building="3号楼"),
    "石景山区八角街道八角南里20号楼": Parts(community="八角南里", building="20号楼"),
    "朝阳区建国路93号万达广场": Parts(road="建国路", number="93号", landmark="万达广场"),
    "通州区宋庄镇小堡村": Parts(community="小堡村"),
    "海淀区永定路街道采石路小区": Parts(community="采石路小区"),
    "房山区长阳镇加州水郡8号楼": Parts(community="加州水郡", building="8号楼"),
    "海淀区建材城西路新都东站": Parts(road="建材城西路", landmark="新都东站"),
    "昌平区阳坊镇老张涮羊肉门口": Parts(landmark="老张涮羊肉"),
    "朝阳区双桥温泉东里": Parts(community="双桥温泉东里"),
    "密云区太师屯镇城子村村委会": Parts(community="城子村"),
    "大兴区瀛海镇南海家园四里12号楼": Parts(community="南海家园四里", building="12号楼"),
    "朝阳区首都机场T3": Parts(landmark="首都机场T3"),
    "西城区车公庄大街9号院3号楼": Parts(road="车公庄大街", number="9号院", building="3号楼"),
    "朝阳区": Parts(),
}


@pytest.mark.parametrize(("text", "cut"), PARTS.items())
def test_a_place_is_cut_into_its_parts(text: str, cut: Parts, city: City) -> None:
    assert parts(text, Gazetteer(city)) == cut


def test_a_street_of_two_districts_leaves_a_choice(city: City) -> None:
    gazetteer = Gazetteer(city)
    assert gazetteer.which(Place("八里庄")) == ["朝阳区八里庄街道", "海淀区八里庄街道"]
    assert gazetteer.which(Place("朝阳区八里庄", "110105", "110105019")) == []
    assert gazetteer.which(Place("望京")) == []
