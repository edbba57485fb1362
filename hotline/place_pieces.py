"""The pieces of a place in a sentence, and where they stand.

Areas that the city folder names (朝阳区, 望京), its communities and landmarks, names that end as place names end (花家地南里, 建国路),
whatever stands where only a place can (阳坊涮羊肉 in 在阳坊涮羊肉门口), and doors (3号楼2单元).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from hotline import place_words as words
from hotline.city import City

Area = Literal["city", "district", "street"]
AREAS: tuple[Area, ...] = ("city", "district", "street")

_BEFORE_A_VILLAGE = ("我们", "咱们", "俺们", "我是", "投诉", "反映", "举报")
"""Behind these the name of a village begins: 我们上垙村."""


@dataclass(frozen=True, slots=True)
class Piece:
    start: int
    end: int
    kind: Literal["city", "district", "street", "line", "name", "door", "number"]
    codes: tuple[str, ...] = ()
    """Of the district; of all streets that bear the name; of the streets, or else districts, in which a known name is."""
    full: bool = False
    """Whether an area is said by its full name."""


_EXPRESSWAY = re.compile(
    r"(?:[京津冀沪承蓉秦唐藏新昆开港澳哈台广平兰礼通燕密延昌]{2}|机场(?:第二)?|大兴机场|六环|五环|首都环线|[GS]\d{1,4})高速(?:公路)?(?:[，, ]?(?:[进出]京|[由从]?[东南西北]向[东南西北]|往[东南西北])(?:方向)?)?"
    r"(?:[，, ]?[\u4e00-\u9fff]{2,6}?(?:出口|入口|收费站|服务区|匝道))?"
)
"""An expressway is known by itself, its side and its exit: 京藏高速出京方向，回龙观出口."""


class Pieces:
    """Cuts texts by the names of one city."""

    def __init__(self, city: City) -> None:
        self.city = city

    def of(self, text: str) -> list[Piece]:
        """The areas, names and doors of a text in their order, none overlapping another."""
        pieces = [Piece(*m.span(), "name") for m in _EXPRESSWAY.finditer(text)]
        pieces += _free(pieces, self._areas_and_known(text))
        pieces += _free(pieces, (Piece(*m.span(), "line") for m in words.LINE.finditer(text)))
        pieces += _free(pieces, (Piece(*m.span(), "name") for m in words.RING.finditer(text)))
        pieces += _free(pieces, _names_in(text, sorted(pieces, key=_start)))
        for area in [p for p in pieces if p.kind in ("district", "street")]:
            if (estate := words.BEFORE_BUILDING.match(text, area.end)) and not words.STOP.search(estate[0]):
                pieces += _free(pieces, [Piece(*estate.span(), "name")])
            if lane := words.LANE.match(text, area.end):
                pieces += _free(pieces, [Piece(*lane.span(), "name")])
        pieces += _free(pieces, self._stations_in(text))
        pieces += _free(pieces, _where(text, sorted(pieces, key=_start)))
        branches = [branch for piece in pieces if text.startswith("店", piece.end) and (branch := _branch(text, piece))]
        pieces = [*branches, *_free(branches, pieces)]
        pieces += _free(pieces, (Piece(*m.span(), "door" if words.SURE_DOOR.search(m[0]) else "number") for m in words.DOOR.finditer(text)))
        return sorted(pieces, key=_start)

    def known(self, text: str, at: int = 0) -> tuple[str, int]:
        """The longest community or landmark of the city folder that stands there and is not the beginning of another name, and where it
        ends with its zone: 草桥欣园 of 草桥欣园四区. Empty if there is none."""
        for name in self._names_by_start.get(text[at : at + 2], ()):
            if text.startswith(name, at):
                end = at + len(name)
                if name in self.city.landmarks:
                    return name, end
                zone = words.ZONE.match(text, end)
                if zone or name.endswith("村") or not words.NAME_GOES_ON_BEHIND.match(text, end):
                    return name, zone.end() if zone else end
        return "", at

    def _areas_and_known(self, text: str) -> list[Piece]:
        """Areas, communities and landmarks. 天坛公园 is the street 天坛 and a park; 北京南站 is no part of a city 北京."""
        areas = self._areas_in(text)
        found: list[Piece] = []
        at = 0
        while at < len(text):
            name, end = self.known(text, at)
            if not name or not self._is_known(name, at, text, areas):
                at += 1
                continue
            inside = [area for area in areas if area.start < end and at < area.end]
            first = next((a for a in inside if a.start == at and a.kind in ("district", "street") and a.end < end), None)
            if first and self.names[name] and not {code[:6] for code in self.names[name]} & {code[:6] for code in first.codes}:
                first = None  # 天坛医院 has moved out of 天坛
            if any(area.end > end or area.start < at for area in inside) or (first is None and any(a.start == at and a.end == end for a in inside)):
                at += 1
                continue
            areas = [area for area in areas if area is first or area not in inside]
            # Where the area is one of several, the name may be known of one and borne in all.
            codes = self.names[name] if first is None or len(first.codes) == 1 else ()
            found.append(Piece(first.end if first else at, end, "name", codes))
            at = end
        return [*areas, *found]

    def _stations_in(self, text: str) -> list[Piece]:
        """Stations by their bare names, where only a place can stand: 在国贸上的车, and 西直门 alone."""
        found = []
        for at in range(len(text)):
            name = next((name for name in self._stations_by_start.get(text[at : at + 2], ()) if text.startswith(name, at)), None)
            if name is None or words.NAME_GOES_ON_BEHIND.match(text, at + len(name)):
                continue
            at_it = words.AT.search(text, 0, at) or (at == 0 and words.STATION_ALONE.match(text, len(name)))
            if at_it:
                found.append(Piece(at, at + len(name), "name", (code,) if (code := self.city.stations[name]) else ()))
        return found

    @cached_property
    def _stations_by_start(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in sorted(self.city.stations.keys() - self.areas.keys() - self.city.ordinary_names, key=len, reverse=True):
            found.setdefault(name[:2], []).append(name)
        return found

    def _is_known(self, name: str, at: int, text: str, areas: Sequence[Piece]) -> bool:
        """Short names, which may be words, only behind their own district or street."""
        if name in self.city.landmarks:
            return True
        before = next((p for p in areas if p.end == at), None)
        if before and before.kind in ("district", "street"):
            return any(code.startswith(area) for code in self.names[name] for area in before.codes)
        opens = at == 0 or not words.HAN.match(text[at - 1]) or words.AT.search(text, 0, at) is not None or text.endswith(_BEFORE_A_VILLAGE, 0, at)
        behind = at + len(name)
        sure = words.DOOR.match(text, behind) is not None or text.startswith(("小区", "社区"), behind) or (name.endswith("村") and name not in self.city.ordinary_names and not text.startswith("民", behind))
        return len(name) >= 4 or (opens and sure)

    @cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """Communities with the codes of their streets, landmarks with that of their district."""
        found: dict[str, set[str]] = {}
        for code, name in self.city.communities.items():
            # 草桥欣园第一 is a committee; people live in 草桥欣园, and in its 四区.
            for each in {name, words.COMMITTEE.sub("", name)}:
                if len(each) >= 3 and each not in self.areas and not words.ROAD_NAME.search(each):
                    found.setdefault(each, set()).add(code[:9])
        return {
            **{name: tuple(sorted(codes)) for name, codes in found.items()},
            **{name: (code,) if code else () for name, code in self.city.landmarks.items()},
        }

    @cached_property
    def _names_by_start(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in sorted(self.names, key=len, reverse=True):
            found.setdefault(name[:2], []).append(name)
        return found

    def _areas_in(self, text: str) -> list[Piece]:
        pieces: list[Piece] = []
        idioms = {i for match in self.city.idioms.finditer(text) for i in range(*match.span())}
        at = 0
        while at < len(text):
            name = next((name for n in self._lengths if (name := text[at : at + n]) in self.areas), None)
            piece = self._area(name, at, text, pieces[-1] if pieces else None) if name and at not in idioms else None
            if piece:
                pieces.append(piece)
            at = piece.end if piece else at + 1
        return pieces

    def _area(self, name: str, at: int, text: str, before: Piece | None) -> Piece | None:
        """What an area's name is here: the area, a road or gate called after it, or None where it is another word."""
        end = at + len(name)
        if name[-1] in words.COMPASS and name[:-1] in self.areas and words.COMPASS_GOES_ON.match(text, end):
            return self._area(name[:-1], at, text, before)  # 天通苑北边 is not in 天通苑北
        kind, codes = self.areas[name]
        districts = {self.city.streets[code].district_code for code in codes} if kind == "street" else set()
        if text.startswith(name, end) and kind == "street":
            return Piece(at, end, kind, codes)  # 和平街和平街十四区: said twice, first as the street
        if name in self.city.ordinary_names:
            known = before is not None and before.kind == "district" and before.end == at and before.codes[0] in districts
            return Piece(at, end, kind, codes) if known else None
        at_crossing = name[-1] in "路街" and text.startswith("路口", end)  # 牛街路口 is where the road 牛街 crosses another
        road = None if name in self.full_names or at_crossing else words.ROAD_AFTER.match(text, end)
        in_its_district = before is not None and before.kind == "district" and before.end == at and before.codes[0] in districts
        opens = at == 0 or not words.HAN.match(text[at - 1])
        if road or (words.ROAD_OR_GATE.search(name) and not ((in_its_district or opens) and words.NAME_AFTER.match(text, end))):
            end = road.end() if road else end
            # A gate has one street inside and another outside; a road runs through several.
            sure = len(districts) == 1 and "门" not in text[at:end]
            return Piece(at, end, "name", tuple(districts) if sure else ())
        return Piece(at, end, kind, self._of_zone(name, codes, text, end) if kind == "street" else codes, full=name in self.full_names)

    def _of_zone(self, name: str, codes: tuple[str, ...], text: str, end: int) -> tuple[str, ...]:
        """The streets of that name in which a zone of its estate is, where the communities tell: 天通苑西三区 is 天通西苑第三."""
        zone = words.SIDED_ZONE.match(text, end) if len(codes) > 1 else None
        if zone is None:
            return codes
        community = f"{name[:-1]}{zone['side']}{name[-1]}第{zone['number'].translate(words.NUMERALS)}"
        within = {code[:9] for code, known in self.city.communities.items() if known.startswith(community) and code[:9] in codes}
        return tuple(sorted(within)) or codes

    @cached_property
    def areas(self) -> dict[str, tuple[Area, tuple[str, ...]]]:
        """Every name of the city, its districts and its streets, long or short, with the codes that bear it."""
        streets: dict[str, list[str]] = {}
        for street in self.city.streets.values():
            short = street.name.removesuffix(street.kind)
            names = {street.name, short}
            if street.kind == "地区":  # which people go on calling what it was
                names |= {short + "镇", short + "乡"}
            if len(short) > 3:  # 天通苑 of 天通苑北 and 天通苑南
                names.add(short.rstrip(words.COMPASS))
            for name in names:
                if len(name) >= 2:
                    streets.setdefault(name, []).append(street.code)
        for name, code in self.city.short_names.items():
            for each in (name, name + self.city.streets[code].kind):
                streets.setdefault(each, []).append(code)
        city = self.city.name
        return {
            **{name: ("street", tuple(codes)) for name, codes in streets.items()},
            **{name: ("district", (d.code,)) for d in self.city.districts.values() for name in (d.name, d.short)},
            **dict.fromkeys((city, city.removesuffix("市")), ("city", ())),
        }

    @cached_property
    def full_names(self) -> set[str]:
        return {self.city.name, *(d.name for d in self.city.districts.values()), *(s.name for s in self.city.streets.values())}

    @cached_property
    def _lengths(self) -> list[int]:
        return sorted({len(name) for name in self.areas}, reverse=True)


def _start(piece: Piece) -> int:
    return piece.start


def _free(taken: Sequence[Piece], new: Iterable[Piece]) -> list[Piece]:
    """The new pieces where nothing was found yet: the 三里 of 三里屯 is no door."""
    used = {i for piece in taken for i in range(piece.start, piece.end)}
    return [piece for piece in new if used.isdisjoint(range(piece.start, piece.end))]


def _names_in(text: str, others: Sequence[Piece]) -> list[Piece]:
    """Names, found by how they end and read backwards to where they begin."""
    names: list[Piece] = []
    nearest: Piece | None = None
    ahead = 0
    for ending in words.NAME_END.finditer(text):
        while ahead < len(others) and others[ahead].end <= ending.start():
            nearest, ahead = others[ahead], ahead + 1
        if ahead < len(others) and others[ahead].start < ending.end():
            continue  # within an area: the 园 of 潘家园
        last = max((p for p in (nearest, *names[-1:]) if p), key=lambda p: p.end, default=None)
        floor = last.end if last else 0
        begin = max(floor, ending.start() - words.LONGEST_NAME)
        for stop in words.STOP.finditer(text, begin, ending.end() + 3):
            if stop.start() >= ending.start():
                break
            begin = stop.end()  # behind the ending, where the ending is part of a word: 马路
        if begin <= ending.start() and _is_name(begin, ending, last if last and (last.end == begin or _is_below(last, begin, ending)) else None):
            names.append(Piece(begin, ending.end(), "name"))
    return names


def _is_below(area: Piece, begin: int, ending: re.Match[str]) -> bool:
    """Whether a village or an estate is written behind its area with a blank, and nothing follows it: 张山营 上卢凤营村."""
    text = ending.string
    alone = ending.end() == len(text) or not words.HAN.match(text[ending.end()])
    return area.kind in AREAS and text[area.end : begin] in (" ", "，", ",") and ending[0] in "村庄营屯苑园" and ending.start() - begin >= 2 and alone


def _is_name(begin: int, ending: re.Match[str], behind: Piece | None) -> bool:
    """Whether the text from `begin` to an ending is a name; `behind` is the piece that it stands right behind."""
    text, end = ending.string, ending[0]
    body = text[begin : ending.start()]
    if words.NO_NAME.fullmatch(body + end):
        return False
    if behind is None:
        return len(body) >= 2 and (bool(ending["strong"]) or words.DOOR.match(text, ending.end()) is not None)
    if ending["strong"]:
        return bool(body) or not (text[begin - 1] in "市区道镇乡" and words.ANY_ONE.fullmatch(end))
    if behind.kind == "city":
        return end == "站"  # 北京南站, but not 北京养老院
    return bool(body) or (text[begin - 1] != end and (behind.kind == "name" or end in "站湖河村"))


def _branch(text: str, piece: Piece) -> Piece | None:
    """永辉超市鲁谷店 is called after the area, or the estate, where it is."""
    begin = max(0, piece.start - words.LONGEST_NAME)
    for stop in words.NOT_IN_IT.finditer(text, begin, piece.start):
        begin = stop.end()
    if opening := words.OPENS_REQUEST.match(text, begin, piece.start):
        begin = opening.end()
    return Piece(begin, piece.end + 1, "name", piece.codes) if piece.start - begin >= 2 else None


def _where(text: str, others: Sequence[Piece]) -> list[Piece]:
    """What stands where only a place can: between an area, or a word for “at”, and a word for whereabouts. 阳坊涮羊肉 in 阳坊镇阳坊涮羊肉门口."""
    found = []
    for whereabouts in words.BESIDE.finditer(text):
        end = whereabouts.start()
        if counted := words.COUNTED.search(text, 0, end):
            end = counted.start()  # 亦庄 in 亦庄一个工地
        begin = before = max((p.end for p in others if p.end <= end), default=0)
        for stop in words.NOT_IN_IT.finditer(text, begin, end):
            begin = stop.end()
        if end - begin > words.LONGEST_NAME:
            continue
        opened = (before and begin == before) or words.AT.search(text, 0, begin)
        if opened and end - begin >= 2 and not words.ANYWHERE.fullmatch(text, begin, end):
            found.append(Piece(begin, end, "name"))
    return found
