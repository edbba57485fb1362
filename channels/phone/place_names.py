"""The places of a city by their sound: districts, streets and communities. A district or street that was said narrows down what else may be meant.

A city has thousands of communities, and many sound nearly like another one, or like words. So a community is looked for among those of the street
or the district that was named; only where none was, among all whose name is long enough to be told apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

from channels.phone.sounds import Match, Names, apart
from hotline.city import City

TOLD_APART = 3
"""Characters of a community's name from which it may be found without its district."""
ONE_OF_SEVERAL = re.compile("(?<=..)第[一二三四五六七八九十]+$")
"""芳城园一区第一 is a committee; the estate, as people say it, is 芳城园一区."""
VILLAGE = re.compile("(?<=...)村$")
"""东李庄村 is 东李庄 to those who live there. Two syllables alone would be found in other names: 李庄 in 二里庄."""
ALL_BUT_EXACT = 0.005
_AT_MOST = {2: 0.13, 3: 0.2}
"""How far from what was heard a short name may be, per syllable: the ends of two words are easily like one of two syllables."""
NUMBERED = re.compile(r"[0-9零一二三四五六七八九十]号|第|[0-9a-zA-Z]")


class PlaceNames:
    """Finds the names of one city."""

    def __init__(self, city: City) -> None:
        self._district_of = {name: d.code for d in city.districts.values() for name in (d.name, d.short)}
        self._districts = Names(self._district_of)
        self._streets: dict[str, Names] = {}
        self._street_of: dict[str, set[str]] = defaultdict(set)
        by_district: dict[str, list[str]] = defaultdict(list)
        for street in city.streets.values():
            for name in {street.name, street.name.removesuffix(street.kind)}:
                if len(name) > 1:
                    self._street_of[name].add(street.code)
                    by_district[street.code[:6]].append(name)
                    by_district[""].append(name)
        self._streets = {area: Names(names) for area, names in by_district.items()}
        within: dict[str, list[str]] = defaultdict(list)
        for code, committee in city.communities.items():
            name = ONE_OF_SEVERAL.sub("", committee)
            if not NUMBERED.search(name):
                within[code[:9]] += {name, VILLAGE.sub("", name)}
                within[code[:6]].append(name)
                if len(name) >= TOLD_APART:
                    within[""].append(name)
        self._communities = within
        self._known: dict[str, Names] = {}
        self.landmarks = Names(city.landmarks)

    def is_one(self, name: str) -> bool:
        """Whether there is one place of that name: a street, or a landmark. Villages and estates have namesakes, and sound alike."""
        return name in self.landmarks or len(self._street_of.get(name, ())) == 1

    def find(self, text: str, *, within: float) -> list[Match]:
        """Names that the text nearly says, at most `within` away per syllable; none overlaps another."""
        districts = self._districts.near(text, within=within)
        codes = sorted({self._district_of[match.name] for match in apart(districts)})
        streets = [m for area in codes or [""] if area in self._streets for m in self._streets[area].near(text, within=within)]
        named = {code for match in apart([*districts, *streets]) for code in self._street_of.get(match.name, ()) if not codes or code[:6] in codes}
        # A street of that name may be no more than what sounds like a community: those of the district, or of the city, count too, if they are all but exact.
        local = [m for area in sorted(named) or codes or [""] for m in self._of(area).near(text, within=within)]
        exact = [m for area in codes or [""] if named for m in self._of(area).near(text, within=ALL_BUT_EXACT)]
        landmarks = self.landmarks.near(text, within=ALL_BUT_EXACT)
        return apart([*(match for match in (*districts, *streets, *local) if match.distance <= _AT_MOST.get(len(match.name), within)), *exact, *landmarks])

    def _of(self, area: str) -> Names:
        if area not in self._known:
            self._known[area] = Names(self._communities[area])
        return self._known[area]


class Named(Protocol):
    """A name that stands, or belongs, at a place of a text."""

    @property
    def name(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def replaced(text: str, matches: Iterable[Named], negation: re.Pattern[str]) -> str:
    """The text with the names written as they are. `negation`: what is never replaced by a name that lacks it."""
    for match in sorted(matches, key=lambda m: -m.start):
        # A name must not swallow a negation: 不在 is no part of a place unless the place is written with 不 itself.
        if set(negation.findall(text[match.start : match.end])) <= set(match.name):
            text = text[: match.start] + match.name + text[match.end :]
    return text


NEGATION = re.compile("[不没无非别未]")
NOT_THERE = re.compile("[不没别]")
"""Says in the answer to “where” that it is not there. 无庄村 is 吴庄村."""
