"""The parts of a place: community, road, number, building, landmark, each in the citizen's words.

朝阳区劲松五区301楼2单元 is a community (劲松五区) and a building (301楼2单元); 建国路93号万达广场 a road, a number and a landmark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hotline.place_words import ANYWHERE, BESIDE, GENERIC, TAIL
from hotline.places import Gazetteer

_COMMUNITY = "小区|社区|家园|花园|新村|公寓|别墅|山庄|新区|新城|城市花园|新干线|水郡|街区|[东南西北中]里|[东南西北]园|[里苑园庄村屯营坊湾寓墅府郡邸轩]|[东南西北][0-9一二三四五六七八九十]+区"
_ROAD = "大街|斜街|夹道|胡同|高速|[路巷道]|街(?!道)|[东南西北中]?[一二三四五六七八九十]条"
_LANDMARK = (
    "地铁站|公交站|火车站|大厦|广场|购物中心|商城|大悦城|大院|医院|大学|学校|学院|小学|中学|二小|一小|幼儿园|市场|超市|商场|百货|派出所|居委会|村委会|办事处|水库|体育馆|博物馆|图书馆|机场|产业园|软件园|科技园|开发区|植物园|公园|剧场|工地|"
    "店(?=$|[，,])|[站桥宫馆寺庙河湖]"
)
_END = re.compile(rf"(?P<landmark>{_LANDMARK})|(?P<community>{_COMMUNITY})|(?P<road>{_ROAD})")
_LONGEST = 12
_ZONE = re.compile("[东南西北中本新]?[0-9一二三四五六七八九十]{1,3}[区期里](?!地)|[东南西北]区|[A-Za-z]区|[一二三四五]期")
_NUMBER = re.compile("[甲乙丙丁]?[0-9一二三四五六七八九十百零]{1,5}号院?(?![楼线])")
# Right behind a road people leave 号 out, and name several doors or a lane: 建国路93, 西金路137-141号, 七莘路3228弄.
_BEHIND_ROAD = re.compile("[0-9]{1,5}(?:[-、][0-9]{1,5})*(?:号院?|弄)?(?=$|[^0-9个只次天点月年日时辆多米条路街线楼人块元分岁度成期区栋幢座单层室号])")
_N = "[甲乙丙丁]?[0-9一二三四五六七八九十百零]{1,5}"
_BUILDING = re.compile(
    rf"(?:[东南西北][区里])?(?:(?:{_N}(?:号院|号楼|号(?!线)|单元|栋|幢|座|楼|室|弄|门(?=[0-9]))|[一二三四五六]区|[东南西北]?[一二三四五六]?区(?={_N}号)|[A-Za-z][座栋区]|(?<=[楼元栋幢座层门])[0-9]{{3,4}}|{_N}(?:-[0-9]{{1,4}}){{1,3}})(?!下(?!水)|[上道]))+"
)
# Areas of another province, which no folder of ours names: 浙江省瑞安市上望镇.
_H = "[\u4e00-\u9fff]"
_ELSEWHERE = re.compile(
    rf"(?:{_H}{{2,6}}?省)?(?:{_H}{{2,6}}?(?<![超夜早菜集])市(?!场)){{1,2}}(?:{_H}{{1,6}}?(?<![小社园新])[区县](?![一二三四五六七八九十0-9]))?(?:{_H}{{1,6}}?(?:街道|镇|乡))?|{_H}{{1,5}}?(?<![小社园新])[区县]{_H}{{1,6}}?(?:街道|镇)"
)
_AREA = re.compile(rf"{_H}{{1,8}}?(?:[省县镇]|(?<!..超)(?<![夜早菜集])市(?![场民政])|(?<![小社新东南西北中一二三四五六七八九十])区(?!委)|街道)(?=.)")
_ZONE_NAME = re.compile(rf"{_H}{{1,8}}?(?:{_ZONE.pattern})")
_BEFORE_BUILDING = re.compile(rf"{_H}{{2,8}}?(?={_N}(?:号楼|栋|楼|号院))")
_BESIDE = re.compile(rf"{_H}{{2,8}}?(?={BESIDE.pattern})")
_ROAD_BEFORE = re.compile("(?:[路街巷道]|大街|胡同|夹道|条)[，, ]?$")
_SURE_BUILDING = re.compile("号楼|单元")
_BETWEEN = re.compile("的|街道|，|,|、| |那个|这个|那边|这边|这里|里的|镇|乡|地区")
_HAN = re.compile(_H)
_NO_NAME = re.compile(
    r"[0-9，, ]|[一二三四五六七八九十百零]号|辅路$|[路街](?:和|与|跟)|(?:(?<=..)[省县镇]|(?<=..)(?<![超夜早菜集])市(?![场民政])|(?<=.)(?<![小社新])区(?!委)|街道)(?=..)"
)
_ROAD_AND_MORE = re.compile("(?:[路巷]|大街|胡同)[^口灯]..")
_FACILITY = re.compile(f"{GENERIC.pattern}|(?<=村)路")


@dataclass(frozen=True, slots=True)
class Parts:
    community: str = ""
    road: str = ""
    number: str = ""
    building: str = ""
    landmark: str = ""


@dataclass(frozen=True, slots=True)
class _Step:
    """What may stand at a place of the text, and how little it is believed."""

    end: int
    kind: str
    cost: float


def parts(text: str, gazetteer: Gazetteer) -> Parts:
    """The parts that a place's words name; empty where they name none. Districts and streets are in the place's codes."""
    rest = gazetteer.below_streets(text)
    if rest == text and _ELSEWHERE.match(text):
        rest = _ELSEWHERE.sub("", text, count=1)
    found: dict[str, str] = {}
    for kind, said in _read(rest, gazetteer):
        found.setdefault(kind, said)
    found.pop("", None)
    return Parts(**found)


def _read(text: str, gazetteer: Gazetteer) -> list[tuple[str, str]]:
    """The cheapest way to cut a text into parts, read from its end: what is left over costs a point a character, so that of 韩庄子二里
    neither 韩庄 nor 子二里 is left."""
    best: list[tuple[float, list[tuple[str, str]]]] = [(0.0, [])] * (len(text) + 1)
    for at in range(len(text) - 1, -1, -1):
        cost, after = best[at + 1]
        choices = [(cost + 1, [("", text[at]), *after])]
        for step in _steps(text, at, gazetteer):
            cost, after = best[step.end]
            choices.append((step.cost + cost, [(step.kind, text[at : step.end]), *after]))
        best[at] = min(choices, key=lambda choice: choice[0])
    return best[0][1]


def _steps(text: str, at: int, gazetteer: Gazetteer) -> Iterator[_Step]:
    if match := _AREA.match(text, at):
        yield _Step(match.end(), "", 0.7)
    behind_road = _ROAD_BEFORE.search(text, 0, at)
    if match := _BETWEEN.match(text, at):
        yield _Step(match.end(), "", 0.1)
    if match := TAIL.match(text, at):
        yield _Step(match.end(), "", 0.2)
    if match := _NUMBER.match(text, at):
        yield _Step(match.end(), "number" if behind_road or text.endswith("村", 0, at) else "building", 0.2)
    elif behind_road and (match := _BEHIND_ROAD.match(text, at)):
        yield _Step(match.end(), "number", 0.2)
    if match := _BUILDING.match(text, at):
        # Right behind a road stands its number; 北里六号楼 is rather the end of a name and a building.
        doubt = 0.4 if behind_road or match[0][0] in "东南西北" else 0
        yield _Step(match.end(), "building", (0.2 if at or _SURE_BUILDING.search(match[0]) else 1.2) + doubt)
    if match := _FACILITY.match(text, at):
        yield _Step(match.end(), "", 0.5)
    known, end = gazetteer.known(text, at)
    if known:
        yield _Step(end, "landmark" if known in gazetteer.city.landmarks else "community", 0.4)
    if not _HAN.match(text, at):
        return
    for ending in _END.finditer(text, at + 1, min(len(text), at + _LONGEST + 4)):
        body, kind = ending.start() - at, str(ending.lastgroup)
        if ending.start() > at and _HAN.fullmatch(text[ending.start() - 1]):
            yield from _named(text, at, ending, body, kind, known)
    for match in (_ZONE_NAME.match(text, at), _BEFORE_BUILDING.match(text, at)):
        if match:
            yield _Step(match.end(), "community", 1.3)
    if (match := _BESIDE.match(text, at)) and not ANYWHERE.fullmatch(match[0]):
        yield _Step(match.end(), "landmark", 1.4)


def _named(text: str, at: int, ending: re.Match[str], body: int, kind: str, known: str) -> Iterator[_Step]:
    """A name by how it ends; with its zone; any one of its kind (幼儿园) is no name."""
    name = text[at : ending.end()]
    if _NO_NAME.search(name) or ANYWHERE.fullmatch(name):
        return
    # 果园新里垃圾站 is 果园新里 and something there; a name of one character and its ending is seldom one.
    there = known and (
        _FACILITY.fullmatch(name[len(known) :]) or (known.endswith("村") and known != name) or name[len(known) :] in ("里", "上", "边")
    )
    two = kind != "road" and _ROAD_AND_MORE.search(name)
    cost = 1.0 + (0.8 if there else 0) + (0.35 if body < 2 else 0) + (1.2 if two else 0)
    yield _Step(ending.end(), kind, cost)
    if kind == "community" and (zone := _ZONE.match(text, ending.end())):
        yield _Step(zone.end(), kind, cost - 0.1)
