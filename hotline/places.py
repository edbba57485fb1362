"""Places as citizens say them: districts and streets of the city folder, roads, estates, door numbers.

A text is cut into pieces: areas that the city folder names (朝阳区, 望京), names that end as place names end (花家地南里, 建国路)
and doors (3号楼2单元). Pieces that follow each other are one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from hotline import place_words as words
from hotline.city import City
from hotline.tickets import Place

_Area = Literal["city", "district", "street"]
_AREAS: tuple[_Area, ...] = ("city", "district", "street")
_LONGEST_ANSWER = 40
_MOST_PIECES = 12


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    kind: Literal["city", "district", "street", "line", "name", "door", "number"]
    codes: tuple[str, ...] = ()
    """Of the district; of all streets that bear the name; for a road called after one area, of its district."""


@dataclass(frozen=True)
class Gazetteer:
    """Finds places by the city's own names and by how Chinese place names are built."""

    city: City

    def find(self, text: str) -> Place | None:
        """The place that a free sentence names for certain, in the citizen's words; None if it names none.

        Codes only where they are clear: 朝阳路 is a road, 八里庄 a street of two districts.
        """
        pieces = self._pieces(text)
        best = max(_chains(pieces, text), key=_weight, default=[])
        if not _weight(best):
            return None
        end = best[-1].end
        for _ in range(3):  # 东门, 附近
            if tail := words.TAIL.match(text, end):
                end = tail.end()
        district, street = self._codes(best)
        if district is None:  # 万达广场东门 …，在朝阳区
            named = {p.codes[0] for p in pieces if p.kind == "district"}
            district, street = self._codes([*(p for p in pieces if p.kind == "district"), *best]) if len(named) == 1 else (None, street)
        return Place(text[best[0].start : end], district, street)

    def read_answer(self, text: str) -> Place | None:
        """The place in an answer to “where?”. Local people know places that no list knows, so all but a shrug is believed."""
        said = words.OPENING.sub("", text.strip(words.MARKS)).rstrip("吧啊呢" + words.MARKS).removesuffix("好像").rstrip("吧" + words.MARKS)
        found = self.find(said)
        if len(said) > _LONGEST_ANSWER:  # a story, of which only the place is kept
            return found
        if found:
            return Place(said, found.district_code, found.street_code)
        shrug = len(said) < 2 or words.POINTING.fullmatch(said) or not words.HAN.search(said)
        something_else = words.NO_PLACE.search(said) and not words.WHEREABOUTS.search(said)
        return None if shrug or something_else else Place(said)

    def merge(self, old: Place, new: Place) -> Place:
        """What a second sentence adds to a place: 朝阳区 and later 望京花家地南里3号楼 are one place."""
        if new.district_code and old.district_code and new.district_code != old.district_code:
            return new
        text = self._merged_text(old, new)
        found = self.find(text) or new
        district = found.district_code or new.district_code or old.district_code
        return Place(text, district, found.street_code or new.street_code or old.street_code, new.location or old.location)

    def is_precise(self, place: Place) -> bool:
        """Whether someone could go there: more than a district, a street's area, a door without its house, “our estate”."""
        return place.location is not None or self._names_something(place.text)

    def which(self, place: Place) -> list[str]:
        """The full names among which a place leaves the choice: 八里庄 is a street of two districts. Empty when it leaves none."""
        if place.street_code or place.location:
            return []
        found = [p.codes for p in self._pieces(place.text) if p.kind == "street" and len(p.codes) > 1]
        streets = [self.city.streets[code] for code in found[0]] if found else []
        streets = [s for s in streets if place.district_code in (None, s.district_code)]
        return [self.city.districts[s.district_code].name + s.name for s in streets] if len(streets) > 1 else []

    def below_streets(self, text: str) -> str:
        """What a place's words say below the city, its district and its street. 天通苑 in 天通苑西三区 is part of the name."""
        rest = text
        for names in (self._city_names, self._district_names):
            name = next((n for n in names if rest.startswith(n)), None)
            if name and (name in self._full_names or not words.NAME_GOES_ON.match(rest[len(name) :])):
                rest = rest[len(name) :].lstrip("的，, ")
        name = next((n for n in self._street_names if rest.startswith(n)), None)
        if name is None:
            return rest
        below = rest[len(name) :]
        return rest if name not in self._full_names and words.NAME_GOES_ON.match(below) else below

    @cached_property
    def _city_names(self) -> list[str]:
        return [self.city.name, self.city.name.removesuffix("市")]

    @cached_property
    def _district_names(self) -> list[str]:
        return sorted((name for d in self.city.districts.values() for name in (d.name, d.short)), key=len, reverse=True)

    @cached_property
    def _street_names(self) -> list[str]:
        return sorted((name for name, (kind, _) in self._areas.items() if kind == "street"), key=len, reverse=True)

    def _merged_text(self, old: Place, new: Place) -> str:
        if self._is_area(old.text):
            return new.text if old.text in new.text else old.text + new.text
        if self._is_area(new.text):
            return old.text if new.text in old.text else new.text + old.text
        if is_door(new.text):
            return with_door(old.text, new.text)
        if is_door(old.text):
            return new.text if words.DOOR.search(new.text) else new.text + old.text
        vague = old.text and old.location is None and not self._names_something(old.text)
        return f"{new.text}，{old.text}" if vague else new.text

    def _is_area(self, text: str) -> bool:
        return bool(text) and sum(p.end - p.start for p in self._pieces(text) if p.kind in _AREAS) == len(text)

    def _names_something(self, text: str) -> bool:
        pieces = self._pieces(text)
        kinds = {p.kind for p in pieces}
        if "name" in kinds or ("street" in kinds and kinds & {"door", "number"}):
            return True
        for piece in reversed(pieces):
            text = text[: piece.start] + text[piece.end :]
        return len(words.VAGUE.sub("", text)) >= 2

    def _codes(self, chain: Sequence[_Piece]) -> tuple[str | None, str | None]:
        """District and street, as far as the pieces leave no doubt."""
        district = next((p.codes[0] for p in chain if p.kind == "district"), None)
        streets = [self.city.streets[code] for p in chain if p.kind == "street" for code in p.codes]
        if district:
            streets = [s for s in streets if s.district_code == district]
        districts = {s.district_code for s in streets} | {code for p in chain if p.kind == "name" and len(p.codes) == 1 for code in p.codes}
        codes = {s.code for s in streets}
        return district or (districts.pop() if len(districts) == 1 else None), codes.pop() if len(codes) == 1 else None

    # --- Pieces

    def _pieces(self, text: str) -> list[_Piece]:
        """The areas, names and doors of a text in their order, none overlapping another."""
        pieces = self._areas_in(text)
        pieces += _free(pieces, (_Piece(*m.span(), "line") for m in words.LINE.finditer(text)))
        pieces += _free(pieces, self._communities_in(text, pieces))
        pieces += _names_in(text, sorted(pieces, key=_start))
        for area in [p for p in pieces if p.kind in ("district", "street")]:
            if (estate := words.BEFORE_BUILDING.match(text, area.end)) and not words.STOP.search(estate[0]):
                pieces += _free(pieces, [_Piece(*estate.span(), "name")])
        pieces += _free(pieces, (_Piece(*m.span(), "door" if words.SURE_DOOR.search(m[0]) else "number") for m in words.DOOR.finditer(text)))
        return sorted(pieces, key=_start)

    def _communities_in(self, text: str, areas: Sequence[_Piece]) -> list[_Piece]:
        """Names of the city's communities: short ones, which may be words, only behind their own district or street."""
        pieces: list[_Piece] = []
        at = 0
        while at < len(text):
            known = next((n for n in self._communities_by_start.get(text[at : at + 2], ()) if text.startswith(n, at)), None)
            if known and self._is_community(known, at, text, areas):
                pieces.append(_Piece(at, at + len(known), "name", tuple(sorted({code[:6] for code in self._communities[known]}))))
                at += len(known)
            else:
                at += 1
        return pieces

    def _is_community(self, name: str, at: int, text: str, areas: Sequence[_Piece]) -> bool:
        if words.NAME_GOES_ON_BEHIND.match(text, at + len(name)):
            return False
        before = next((p for p in areas if p.end == at), None)
        codes = self._communities[name]
        if before and before.kind in ("district", "street"):
            return any(code.startswith(area) for code in codes for area in before.codes)
        opens = at == 0 or not words.HAN.match(text[at - 1])
        return len(name) >= 4 or (opens and words.DOOR.match(text, at + len(name)) is not None)

    @cached_property
    def _communities(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code, name in self.city.communities.items():
            if len(name) >= 3:
                found.setdefault(name, []).append(code)
        return found

    @cached_property
    def _communities_by_start(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in sorted(self._communities, key=len, reverse=True):
            found.setdefault(name[:2], []).append(name)
        return found

    def _areas_in(self, text: str) -> list[_Piece]:
        pieces: list[_Piece] = []
        idioms = {i for match in words.IDIOM.finditer(text) for i in range(*match.span())}
        at = 0
        while at < len(text):
            name = next((name for n in self._lengths if (name := text[at : at + n]) in self._areas), None)
            piece = self._area(name, at, text, pieces[-1] if pieces else None) if name and at not in idioms else None
            if piece:
                pieces.append(piece)
            at = piece.end if piece else at + 1
        return pieces

    def _area(self, name: str, at: int, text: str, before: _Piece | None) -> _Piece | None:
        """What an area's name is here: the area, a road or gate called after it, or None where it is another word."""
        end = at + len(name)
        if name[-1] in words.COMPASS and name[:-1] in self._areas and words.COMPASS_GOES_ON.match(text, end):
            return self._area(name[:-1], at, text, before)  # 天通苑北边 is not in 天通苑北
        kind, codes = self._areas[name]
        districts = {self.city.streets[code].district_code for code in codes} if kind == "street" else set()
        if name in words.ORDINARY:
            known = before is not None and before.kind == "district" and before.end == at and before.codes[0] in districts
            return _Piece(at, end, kind, codes) if known else None
        road = None if name in self._full_names else words.ROAD_AFTER.match(text, end)
        in_its_district = before is not None and before.kind == "district" and before.end == at and before.codes[0] in districts
        if road or (words.ROAD_OR_GATE.search(name) and not (in_its_district and words.NAME_AFTER.match(text, end))):
            end = road.end() if road else end
            # A gate has one street inside and another outside; a road runs through several.
            sure = len(districts) == 1 and "门" not in text[at:end]
            return _Piece(at, end, "name", tuple(districts) if sure else ())
        return _Piece(at, end, kind, codes)

    @cached_property
    def _areas(self) -> dict[str, tuple[_Area, tuple[str, ...]]]:
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
        city = self.city.name
        return {
            **{name: ("street", tuple(codes)) for name, codes in streets.items()},
            **{name: ("district", (d.code,)) for d in self.city.districts.values() for name in (d.name, d.short)},
            **dict.fromkeys((city, city.removesuffix("市")), ("city", ())),
        }

    @cached_property
    def _full_names(self) -> set[str]:
        return {self.city.name, *(d.name for d in self.city.districts.values()), *(s.name for s in self.city.streets.values())}

    @cached_property
    def _lengths(self) -> list[int]:
        return sorted({len(name) for name in self._areas}, reverse=True)


def is_door(text: str) -> bool:
    """Whether a text is nothing but a door: 3号楼2单元."""
    return words.DOORS.fullmatch(text) is not None


def with_door(text: str, door: str) -> str:
    """A place with another door: 3号楼 becomes 5号楼, and a unit that was not said before is added."""
    for new in words.DOOR.finditer(door):
        unit = words.DOOR_NUMBER.sub("", new[0])
        old = [m for m in words.DOOR.finditer(text) if unit and m[0].endswith(unit)]
        text = text[: old[-1].start()] + new[0] + text[old[-1].end() :] if old else text + new[0]
    return text


def _start(piece: _Piece) -> int:
    return piece.start


def _free(taken: Sequence[_Piece], new: Iterable[_Piece]) -> list[_Piece]:
    """The new pieces where nothing was found yet: the 三里 of 三里屯 is no door."""
    used = {i for piece in taken for i in range(piece.start, piece.end)}
    return [piece for piece in new if used.isdisjoint(range(piece.start, piece.end))]


def _names_in(text: str, others: Sequence[_Piece]) -> list[_Piece]:
    """Names, found by how they end and read backwards to where they begin."""
    names: list[_Piece] = []
    nearest: _Piece | None = None
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
        if begin <= ending.start() and _is_name(begin, ending, last if last and last.end == begin else None):
            names.append(_Piece(begin, ending.end(), "name"))
    return names


def _is_name(begin: int, ending: re.Match[str], behind: _Piece | None) -> bool:
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


def _chains(pieces: Sequence[_Piece], text: str) -> list[list[_Piece]]:
    """Pieces that belong to one place, together."""
    chains: list[list[_Piece]] = []
    for piece in pieces:
        if chains and len(chains[-1]) < _MOST_PIECES and _belongs(chains[-1][-1], piece, text):
            chains[-1].append(piece)
        else:
            chains.append([piece])
    return chains


def _belongs(before: _Piece, piece: _Piece, text: str) -> bool:
    if piece.kind in ("city", "district") and before.kind != "city":
        return False
    between = text[before.end : piece.start]
    if between in ("和", "与", "跟", "及"):  # 朝阳北路与青年路交叉口
        return before.kind == piece.kind == "name" and words.CROSSING.match(text, piece.end) is not None
    if between in ("的", " ", "，", ",", "，的", "、"):
        return before.kind in _AREAS or piece.kind in ("door", "number")
    return not between


def _weight(chain: Sequence[_Piece]) -> int:
    """How much a chain tells: a name; an area and a door; an area; a door; 0 for what is no place by itself."""
    kinds = {piece.kind for piece in chain}
    if "name" in kinds:
        return 4
    if kinds & {"street", "district"}:
        return 3 if kinds & {"door", "number"} else 2
    return 1 if "door" in kinds else 0
