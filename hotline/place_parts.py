"""The parts of a place: community, road, number, building, landmark, each in the citizen's words.

朝阳区劲松五区301楼2单元 is a community (劲松五区) and a building (301楼2单元); 建国路93号万达广场 a road, a number and a landmark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hotline.places import Gazetteer

_COMMUNITY = (
    "小区|社区|家园|花园|新村|公寓|别墅|山庄|新区|新城|城市花园|新干线|水郡|街区|[东南西北中]里|[东南西北]园|[里苑园庄村屯营坊湾寓墅府郡邸轩]|[东南西北][0-9一二三四五六七八九十]+区"
)
_ROAD = "大街|斜街|夹道|胡同|高速|[路街巷道]|[东南西北中]?[一二三四五六七八九十]条"
_LANDMARK = (
    "地铁站|公交站|火车站|大厦|广场|购物中心|商城|大悦城|大院|医院|大学|学校|学院|小学|中学|二小|一小|幼儿园|市场|超市|商场|百货|派出所|居委会|村委会|办事处|水库|体育馆|博物馆|图书馆|机场|产业园|软件园|科技园|开发区|植物园|公园|剧场|工地|"
    "[站桥宫馆寺庙河湖]"
)
# A name that goes on is not over: 采石路小区, 八仙庄村, 米市胡同小区, 世纪城垂虹园.
_GOES_ON = rf"(?:{_COMMUNITY}|{_LANDMARK}|大街|斜街|夹道|胡同|[街巷]|路(?=[0-9甲乙东南西北里院]|小区))"
_NAME = re.compile(rf"(?P<body>.{{1,12}}?)(?:(?P<landmark>{_LANDMARK})|(?P<community>{_COMMUNITY})|(?P<road>{_ROAD}))(?!{_GOES_ON}|(?<=[东南西北])[路街])")
_ZONE = re.compile("[东南西北中本新]?[0-9一二三四五六七八九十]{1,3}[区期里](?!地)|[东南西北]区|[A-Za-z]区|[一二三四五]期")
_NUMBER = re.compile("[甲乙丙丁]?[0-9一二三四五六七八九十百零]{1,5}号院?(?!楼)")
_N = "[甲乙丙丁]?[0-9一二三四五六七八九十百零]{1,5}"
_BUILDING = re.compile(rf"(?:[东南西北][区里])?(?:(?:{_N}(?:号院|号楼|号|单元|栋|幢|座|楼|室|弄)|[一二三四五六]区|[东南西北]?[一二三四五六]?区(?={_N}号)|[A-Za-z][座栋区]|(?<=[楼元栋幢座层])[0-9]{{3,4}}|{_N}(?:-[0-9]{{1,4}}){{1,3}})(?![下上道]))+")
# Areas of another province, which no folder of ours names: 浙江省瑞安市上望镇.
_H = "[\u4e00-\u9fff]"
_ELSEWHERE = re.compile(rf"(?:{_H}{{2,6}}?省)?(?:{_H}{{2,6}}?市(?!场)){{1,2}}(?:{_H}{{1,6}}?(?<![小社园新])[区县](?![一二三四五六七八九十0-9]))?(?:{_H}{{1,6}}?(?:街道|镇|乡))?|{_H}{{1,5}}?(?<![小社园新])[区县]{_H}{{1,6}}?(?:街道|镇)")
_LEAD = re.compile("^(?:的|街道|，|,|、| |那个|这个|那边|这边|这里|里的|镇|乡|地区)+")


@dataclass(frozen=True, slots=True)
class Parts:
    community: str = ""
    road: str = ""
    number: str = ""
    building: str = ""
    landmark: str = ""


def parts(text: str, gazetteer: Gazetteer) -> Parts:
    """The parts that a place's words name; empty where they name none. Districts and streets are in the place's codes."""
    found: dict[str, str] = {}
    rest, last = gazetteer.below_streets(text), ""
    if rest == text:
        rest = _ELSEWHERE.sub("", text, count=1) if _ELSEWHERE.match(text) else text
    while rest := _LEAD.sub("", rest):
        if last == "road" and "number" not in found and (match := _NUMBER.match(rest)):
            found["number"] = match[0]
        elif (match := _BUILDING.match(rest)) and (last or found or re.search("号楼|单元", match[0])):
            found.setdefault("building", match[0])
        elif match := _NAME.match(rest):
            name, kind = match[0], str(match.lastgroup)
            zone = _ZONE.match(rest, match.end()) if kind == "community" else None
            rest = rest[(zone or match).end() :]
            if kind not in found:
                found[kind], last = name + (zone[0] if zone else ""), kind
            continue
        elif match := re.match(rf".{{1,8}}?{_ZONE.pattern}", rest):
            found.setdefault("community", match[0])
            last = "community"
        elif not found and (match := re.match(rf"([\u4e00-\u9fff]{{2,8}}?)(?={_N}(?:号楼|栋|楼|号院))", rest)):
            found["community"], last = match[0], "community"
        else:
            break
        rest = rest[match.end() :]
    return Parts(**found)
