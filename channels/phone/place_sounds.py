"""Which place of a city a sound may have named: district, street and community together, over all readings of it.

A recogniser hears 妙峰山镇陈家庄村 as 鸟风山进城家中村. No word of that is near enough to be believed by itself, but no other place of the city comes as near to
the whole. So all names are laid along each reading, a district before its streets and a street before its communities, each of which may be left out. What
they explain is counted in syllables, and what may be one of many must explain more than what may be one of few.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from channels.phone.place_names import NUMBERED, ONE_OF_SEVERAL, VILLAGE
from channels.phone.sounds import HAN, distance, syllables
from hotline.city import City

Floats = NDArray[np.float32]

LOSS = 3.0
"""What a syllable loses for each unit of distance: one that is the same explains 1, one that is a third away nothing."""
SKIP = LOSS * 0.8 - 1
"""What a syllable costs that was not heard, …"""
EXTRA = LOSS * 0.8
"""… one that was heard and is none of the name's, …"""
BETWEEN = 0.4
"""… and one that stands between two names, such as 的."""
NATS = 4.6
"""What a syllable tells: one is known among a hundred."""
ENDING = re.compile("(?:街道|地区|社区|小区|[区镇乡村])$")
ENDING_COUNTS = 0.5
"""How much of a syllable 村 or 镇 counts for: they are said carelessly, heard as anything, and tell little."""
STREET_IF_ASKED = 0.6
"""What a street is likelier where one was asked for."""
ELSEWHERE, IN_ANOTHER_STREET = 0.7, 0.8
"""What it costs a community that it stands behind another street than its own; and what it must explain beyond that, to be believed."""
SAID, SAID_IF_ASKED = 0.8, 0.3
"""What a district or street must explain to have been said; and where one was asked for."""
BEHIND_AREA, LEAD = -0.5, 0.7
"""What a community must explain beyond the area before it, and more than any other, to be believed …"""
IN_KNOWN_STREET, LEAD_IN_STREET = -0.6, 0.3
"""… also where the street was told apart from it, and so no more than some twenty names are possible."""
WHOLE, ALONE = 0.3, 1.2
"""What a community must explain with its areas, where none of them would be believed without it; and by itself, which takes a name of four characters."""
MAY_BE, MAY_BE_IN_STREET = -1.2, -0.6
"""What a community must explain beyond its area to be named in a question; more where the street was said, one of whose twenty is always the nearest …"""
ABOUT_AS_NEAR = 0.7
"""… beside the one that explains most."""
MOST_OFFERED = 3
CHOSEN, LEAD_OF_CHOSEN = 0.05, 0.15
"""What the one of a few offered names that was said must explain, a syllable, and how much more than the others."""
SAME_ROAD = 0.35
"""How far what was heard may be from a community that is called after a road, in all."""
_ROAD = re.compile("[路街桥巷]")
_GOES_ON = re.compile("[0-9一二三四五六七八九十]|[这那][边里个]")
_NO_ENDING = re.compile("[0-9一二三四五六七八九十的，,。？?]")
_NEAR_AREA, _MOST_DISTRICTS = 1.2, 4
_MOST_READINGS = 8


@dataclass(frozen=True, slots=True)
class Spot:
    """A community that may have been said. `code`: of its street. `gain`: what it explains with the area before it, `beyond`: without."""

    name: str
    code: str
    gain: float
    beyond: float


@dataclass(frozen=True, slots=True)
class Part:
    """A name at a place of a reading, the text from `start` to `end`."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Laid:
    """A reading with the names that it says. `gain`: what they explain."""

    reading: str
    parts: tuple[Part, ...] = ()
    gain: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in the readings, each of which is `laid`, the one that says it best first.

    `area`: the code of the district or street that was said, empty for none. `community`: the one that was said. `maybe`: where none is believed, those of
    which one may have been said, the likeliest first; the readings are laid with that one.
    """

    laid: tuple[Laid, ...]
    area: str = ""
    community: Spot | None = None
    maybe: tuple[str, ...] = ()
    area_gain: float = 0.0
    """What the area before the community explains, or by itself."""


class PlaceSounds:
    """Finds places of one city in the readings of what was said."""

    def __init__(self, city: City) -> None:
        self._city = city
        districts = [(d.code, name) for d in city.districts.values() for name in (d.name, d.short)]
        streets = [(s.code, name) for s in city.streets.values() for name in _names_of_street(s.name, s.kind)]
        communities: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._in_full: dict[tuple[str, str], str] = {}
        for code, committee in city.communities.items():
            name = ONE_OF_SEVERAL.sub("", committee)
            if not NUMBERED.search(name):
                said = {(code[:9], each) for each in (name, VILLAGE.sub("", name)) if len(each) > 1 and HAN.search(each)}
                communities[code[:6]] |= said
                self._in_full |= dict.fromkeys(said, name)
        self._districts, self._streets = _Rows(districts), _Rows(streets)
        self._communities = {district: _Rows(rows) for district, rows in communities.items()}
        _distances()

    def find(self, readings: Sequence[str], *, within: str = "", asked: bool = False, refused: Sequence[str] = ()) -> Found:
        """What place the readings of one sound say. `within`: the code of the district or street where it is, when that was told apart from it. `asked`: they
        answer a question for a district or street. `refused`: communities that it is not, as the caller has just said."""
        heard = Counter(_numbers(reading) for reading in readings if reading).most_common(_MOST_READINGS)
        if not heard:
            return Found((Laid(""),))
        sounds = [sound for sound, _ in heard]
        weights = _weights([count for _, count in heard])
        said = [self._areas(sound) for sound in sounds]
        areas = self._said_areas(said, weights)
        if asked:  # one of a district's twenty or so, and one that is said
            areas = {code: gain + STREET_IF_ASKED * (len(code) == 9) for code, gain in areas.items()}
        best = max((code for code in areas if not within or code.startswith(within[:6])), key=lambda code: areas[code], default="")
        area = best if best and areas[best] >= (SAID_IF_ASKED if asked else SAID) else ""
        spots = [spot for spot in self._spots(sounds, said, weights, areas, within) if spot.name not in refused]
        first = spots[0] if spots else None
        lead = first.gain - next((s.gain for s in spots if not _alike(s.name, first.name)), -9.0) if first else 0.0
        if not area and not within:  # no area alone is near enough, but the whole may be
            whole = first and lead >= LEAD and first.gain >= (WHOLE if first.gain > first.beyond else ALONE)
            return Found(self._laid(readings, first.code, first), first.code, first, (), first.gain - first.beyond) if first and whole else Found((Laid(readings[0]),))
        gain = areas.get(area, 0.0)
        least, ahead = (IN_KNOWN_STREET, LEAD_IN_STREET) if len(within) == 9 else (BEHIND_AREA, LEAD)
        if first and len(area) == 9 and first.code != area and not within:
            least = IN_ANOTHER_STREET
        if first and first.beyond >= least and lead >= ahead:
            laid = self._laid(readings, area, first)
            if not _is_a_road(laid[0], first):
                return Found(laid, area, first, (), first.gain - first.beyond)
        elif first:
            least = MAY_BE_IN_STREET if len(area) == 9 else MAY_BE
            near = {_bare(s.name): s for s in reversed(spots) if s.beyond >= least and s.gain >= first.gain - ABOUT_AS_NEAR}
            others = (s for s in sorted(near.values(), key=lambda s: -s.gain) if not _alike(s.name, first.name))
            maybe = [first, *others][:MOST_OFFERED]
            laid = self._laid(readings, area, maybe[0]) if len(maybe) > 1 else ()
            if laid and not any(_is_a_road(laid[0], spot) for spot in maybe):
                return Found(laid, area, None, tuple(spot.name for spot in maybe), gain)
        return Found(self._laid(readings, area, None), area, None, (), gain)

    def choose(self, readings: Sequence[str], names: Sequence[str]) -> str:
        """Which of a few names was said; empty where none was, or more than one may have been."""
        rows = _Rows(("", name) for each in names for name in {each, VILLAGE.sub("", each)})
        heard = Counter(_numbers(reading) for reading in readings if reading)
        weights = _weights([*heard.values()])
        if not heard or not names:
            return ""
        gains = _over_readings([rows.along(sound, np.zeros((len(rows.names), len(sound) + 1), np.float32)).max(axis=1) for sound in heard], weights)
        best: dict[str, float] = {}
        for name, gain in zip(rows.names, gains, strict=True):
            whole = next(each for each in names if _bare(each) == _bare(name))
            best[whole] = max(best.get(whole, -9.0), float(gain) / sum(_counts(name)))
        ranked = sorted(best, key=lambda name: -best[name])
        lead = best[ranked[0]] - (best[ranked[1]] if len(ranked) > 1 else -9.0)
        return ranked[0] if best[ranked[0]] >= CHOSEN and lead >= LEAD_OF_CHOSEN else ""

    def names_of(self, area: str) -> list[tuple[str, ...]]:
        """The names of a district, or of a street and its district before it; each in full, and then as people say it for short."""
        district, street = self._city.districts[area[:6]], self._city.streets.get(area)
        return [(district.name, district.short), *([(street.name, *_names_of_street(street.name, street.kind))] if street else [])]

    def _areas(self, sound: Sequence[int]) -> _Areas:
        nothing = np.zeros((len(self._districts.names), len(sound) + 1), np.float32)
        district_rows = self._districts.along(sound, nothing)
        districts = _behind(self._districts.codes, district_rows)
        street_rows = self._streets.along(sound, np.stack([districts[code[:6]] for code in self._streets.codes]))
        return _Areas(district_rows.max(axis=1), street_rows.max(axis=1), districts, _behind(self._streets.codes, street_rows))

    def _said_areas(self, said: Sequence[_Areas], weights: Floats) -> dict[str, float]:
        """What each district and each street explains, less what there are many of."""
        found: dict[str, float] = {}
        for rows, table in ((self._districts, [a.district_gains for a in said]), (self._streets, [a.street_gains for a in said])):
            gains = _over_readings(table, weights) - math.log(len(rows.names) / 2) / NATS
            for code, gain in zip(rows.codes, gains, strict=True):
                found[code] = max(found.get(code, -9.0), float(gain))
        return found

    def _spots(self, sounds: Sequence[Sequence[int]], said: Sequence[_Areas], weights: Floats, areas: dict[str, float], within: str) -> list[Spot]:
        """The communities of the districts that may have been meant, the likeliest first."""
        by_district: dict[str, float] = defaultdict(float)
        for code, gain in areas.items():
            by_district[code[:6]] = max(by_district[code[:6]], gain)
        ranked = sorted(by_district, key=lambda code: -by_district[code])
        near = [within[:6]] if within else [code for code in ranked[:_MOST_DISTRICTS] if by_district[code] > by_district[ranked[0]] - _NEAR_AREA]
        among = math.log(max(2, sum(code.startswith(within) for code in self._city.communities) if within else len(self._city.communities))) / NATS
        found = []
        for district, rows in ((district, self._communities[district]) for district in near if district in self._communities):
            # Few people know in which street's list their estate is: it may stand behind another one of the district as well.
            elsewhere = [np.max([ends for code, ends in a.streets.items() if code.startswith(district)], axis=0) - ELSEWHERE for a in said]
            begins = [
                np.stack([np.maximum(np.maximum(a.districts[district], other), a.streets[code]) for code in rows.codes])
                for a, other in zip(said, elsewhere, strict=True)
            ]
            street = max(gain for code, gain in areas.items() if code.startswith(district)) - ELSEWHERE
            gains = _over_readings([rows.along(sound, begin).max(axis=1) for sound, begin in zip(sounds, begins, strict=True)], weights) - among
            for row in np.argsort(-gains)[:40]:
                code = rows.codes[row]
                if code.startswith(within):
                    before = max(0.0, areas.get(code, 0.0), areas.get(district, 0.0), street)
                    found.append(Spot(self._in_full[code, rows.names[row]], code, float(gains[row]), float(gains[row]) - before))
        return sorted(found, key=lambda spot: -spot.gain)

    def _laid(self, readings: Sequence[str], area: str, community: Spot | None) -> tuple[Laid, ...]:
        """The readings with these names in them, those that say them best first."""
        streets = {code for code in (area, community.code if community else "") if len(code) == 9}
        district = (community.code if community else area)[:6]
        stages = [
            [name for name, code in zip(self._districts.names, self._districts.codes, strict=True) if code == district],
            [name for name, code in zip(self._streets.names, self._streets.codes, strict=True) if code in streets],
            sorted({community.name, _bare(community.name)}) if community else [],
        ]
        return tuple(sorted((_laid(stages, reading) for reading in readings), key=lambda laid: -laid.gain))


@dataclass(frozen=True, slots=True)
class _Areas:
    """What districts and streets explain of one reading: each row at its best, and by code where a name behind it may begin."""

    district_gains: Floats
    street_gains: Floats
    districts: dict[str, Floats]
    streets: dict[str, Floats]


class _Rows:
    """Names to be laid along a reading, the shortest first. Several may stand for one code."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        """`named`: code and name."""
        rows = sorted({(len(name), name, code) for code, name in named})
        self.names = [name for _, name, _ in rows]
        self.codes = [code for _, _, code in rows]
        self._lengths = np.array([length for length, _, _ in rows])
        self._sounds = np.zeros((len(rows), rows[-1][0] if rows else 0), np.int64)
        self._counts = np.zeros(self._sounds.shape, np.float32)
        for row, (length, name, _) in enumerate(rows):
            self._sounds[row, :length] = _numbers(name)
            self._counts[row, :length] = _counts(name)

    def along(self, heard: Sequence[int], begins: Floats) -> Floats:
        """What each name explains together with what stands before it, by where it ends. `begins`: what was explained where it begins, a row a name."""
        near = 1 - LOSS * _distances()[:, heard]
        extra = EXTRA * np.arange(len(heard) + 1, dtype=np.float32)
        ends = np.empty((len(self.names), len(heard) + 1), np.float32)
        first, before = 0, begins
        for at in range(self._sounds.shape[1]):
            counts = self._counts[first:, at : at + 1]
            now = before - SKIP * counts
            np.maximum(now[:, 1:], before[:, :-1] + counts * near[self._sounds[first:, at]], out=now[:, 1:])
            before = np.maximum.accumulate(now + extra, axis=1) - extra
            last = int(np.searchsorted(self._lengths, at + 1, side="right"))
            ends[first:last] = before[: last - first]
            first, before = last, before[last - first :]
        return ends


def _weights(counts: Sequence[int]) -> Floats:
    return np.array([count / max(1, sum(counts)) for count in counts], np.float32)


def _over_readings(gains: Sequence[Floats], weights: Floats) -> Floats:
    """What is explained of all readings: their mean and their best count the same, because the best one alone may be an accident."""
    table = np.stack(gains)
    both: Floats = (table.max(axis=0) + weights @ table) / 2
    return both


def _behind(codes: Sequence[str], rows: Floats) -> dict[str, Floats]:
    """By code: what was explained where the next name begins; at least nothing, for the area may not have been said."""
    between = BETWEEN * np.arange(rows.shape[1], dtype=np.float32)
    open_to = np.maximum(np.maximum.accumulate(rows + between, axis=1) - between, 0)
    found: dict[str, Floats] = {}
    for code, row in zip(codes, open_to, strict=True):
        found[code] = np.maximum(found[code], row) if code in found else row
    return found


def _laid(stages: Sequence[Sequence[str]], reading: str) -> Laid:
    """The names laid along the reading, of each stage one or none, so that they explain most; and where they stand."""
    at = [index for index, character in enumerate(reading) if character not in _MARKS]
    heard = [syllables(reading)[index] for index in at]
    best: list[tuple[float, tuple[Part, ...]]] = [(0.0, ())] * (len(heard) + 1)
    for names in stages:
        begins = best[:1]
        for path in best[1:]:
            carried = begins[-1][0] - BETWEEN
            begins.append(path if path[0] >= carried else (carried, begins[-1][1]))
        for name in names:
            steps = [(gain, index) for index, (gain, _) in enumerate(begins)]  # what is explained, and where the name begins
            for sound, counts in zip(syllables(name), _counts(name), strict=True):
                now = [(steps[0][0] - SKIP * counts, 0)]
                for index, (gain, start) in enumerate(steps[1:], 1):
                    before, began = steps[index - 1]
                    same = before + counts * (1 - LOSS * distance(sound, heard[index - 1]))
                    now.append(max((gain - SKIP * counts, start), (same, began), (now[-1][0] - EXTRA, now[-1][1])))
                steps = now
            for index, (gain, start) in enumerate(steps):
                if gain > best[index][0] and start < index:
                    best[index] = gain, (*begins[start][1], Part(name, at[start], at[index - 1] + 1))
    gain, parts = max(best, key=lambda path: path[0])
    begin = {part.start for part in parts}
    return Laid(reading, tuple(_with_its_ending(part, reading, begin, stages) for part in parts), gain)


def _with_its_ending(part: Part, reading: str, begin: set[int], stages: Sequence[Sequence[str]]) -> Part:
    """杨驸马庄村 in 杨驸马庄吹10号楼: what alone stands between a name and what follows is the rest of it, whatever it was heard as."""
    after = part.end + 1
    cut = part.end - part.start == len(part.name) - 1
    whole = part.name if cut else next((name for names in stages for name in names if name[:-1] == part.name and ENDING.search(name)), None)
    ends = after in begin or after == len(reading) or _GOES_ON.match(reading, after)
    return Part(whole, part.start, after) if whole and part.end < len(reading) and ends and not _NO_ENDING.match(reading, part.end) else part


def _is_a_road(laid: Laid, spot: Spot) -> bool:
    """Whether a road stands where the community would, which no list knows: 马家堡东路 is one, though 马家堡东里 is an estate, and 复兴路 another one than 阜石路."""
    heard = "".join(laid.reading[part.start : part.end] for part in laid.parts if _bare(part.name) == _bare(spot.name))
    if _ROAD.search(heard[-1:]):
        return len(heard) != len(spot.name) or sum(map(distance, syllables(heard), syllables(spot.name))) > SAME_ROAD or not _ROAD.search(spot.name[-1])
    return any(syllables(road)[0] not in syllables(spot.name) for road in _ROAD.findall(heard))


def _names_of_street(name: str, kind: str) -> Iterator[str]:
    """As people say it: 流村 is 流村镇, and a 地区 goes on being called what it was."""
    short = name.removesuffix(kind)
    yield from (each for each in (name, short, *((short + "镇", short + "乡") if kind == "地区" else ())) if len(each) > 1)


def _alike(name: str, other: str) -> bool:
    """Whether nobody could tell the two apart by being asked: 八里庄北里 and 八里庄北里东, 张村 and 张村村."""
    return _bare(name) in other or _bare(other) in name


def _bare(name: str) -> str:
    return name.removesuffix("村")


def _counts(name: str) -> list[float]:
    ending = ENDING.search(name)
    return [1.0 if ending is None or index < ending.start() else ENDING_COUNTS for index in range(len(name))]


_MARKS = frozenset(" ，,。.、？?！!；;")


@cache
def _known() -> dict[str, int]:
    """All syllables, numbered; 0 is anything else."""
    return {syllable: number for number, syllable in enumerate(sorted({syllables(chr(code))[0] for code in range(0x4E00, 0x9FA6)}), 1)}


@cache
def _distances() -> Floats:
    """Between any two syllables by their numbers."""
    known = list(_known())
    table = np.ones((len(known) + 1, len(known) + 1), np.float32)
    for a, one in enumerate(known, 1):
        for b, other in enumerate(known[:a], 1):
            table[a, b] = table[b, a] = distance.__wrapped__(one, other)
    return table


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_known().get(syllable, 0) for syllable in syllables(text) if syllable not in _MARKS)
