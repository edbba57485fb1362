"""Places as citizens say them: districts and streets of the city folder, roads, estates, door numbers.

A text is cut into pieces (hotline/place_pieces.py); pieces that follow each other are one place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from hotline import place_words as words
from hotline.city import City
from hotline.place_pieces import AREAS, Piece, Pieces
from hotline.tickets import Place

_LONGEST_ANSWER = 40
_SHORT_ANSWER = 10
"""Characters up to which an answer is believed though its words may tell something else."""
_MOST_PIECES = 12
_CLAUSE = re.compile(r"[，,。；;！!\s]+")
_BESIDE_SOMETHING = re.compile(r"(?:(?:挨着|紧挨着?|靠近)(?:一?[个家])?|(?:旁边|对面|隔壁|附近|边上|前面|后面)(?:就?是|有)一?[个家])[^，,。\s]{2,6}")
"""挨着东四南大街, 旁边有个物美: what stands beside it tells where it is."""
_DONE_THERE = re.compile("(?:整个儿?|全都?|都|[一整]片|好几[栋家户])+[^，,。]{0,4}了$|(?:被?[丢买坐上吃办停摔拍订碰见看遇偷捡拿]到?){1,2}[了的过]+车?$")
_CLIMBS = re.compile("[爬走跑搬抬背扛]到?$")
"""爬18楼 is what one must do."""
_BESIDE_IT = re.compile("(?:就?在)?(?:挨着|紧挨|靠近|离着?)")
_OTHER_NAMES = re.compile("(?:[^，,。\\s]{0,2}名字?|车牌号?|尾号|工号|单号|型号|导游|司机|老板|店|中介|平台|品牌|商家|物业|房东)(?:好像)?(?:叫|是叫|是|姓|[京津冀][A-Z])|(?:公司|单位|饭馆|餐馆|诊所|机构|学校|培训班)(?:好像)?叫")
"""店名叫张亮麻辣烫, 车牌号京A… name something, and not where it is."""
_ENDS_THERE = re.compile(f"(?:{words.WHEREABOUTS.pattern})(?!不|没|有|太|很)[\u4e00-\u9fff]{{0,2}}$")
_CALLED = re.compile("^(?:我们?|咱们?|那个?)?(?:小区|楼盘|社区|村子?|路|胡同)(?:的?名字?)?(?:就?叫)(?!什么|啥|不)")
"""小区叫清澄名苑."""
_FILLER = re.compile("[哦噢啊呃嗯哎唉]+|那个|就是|叫[啥什]么?来着")
_STATION = re.compile("(?:地铁|号线).*站")


@dataclass(frozen=True)
class Gazetteer:
    """Finds places by the city's own names and by how Chinese place names are built."""

    city: City

    @cached_property
    def _pieces(self) -> Pieces:
        return Pieces(self.city)

    def known(self, text: str, at: int = 0) -> tuple[str, int]:
        """The community or landmark of the city folder that stands there, and where it ends with its zone; empty if none does."""
        return self._pieces.known(text, at)

    @cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """Streets, communities and landmarks with the codes of where they are."""
        streets = {name: codes for name, (kind, codes) in self._pieces.areas.items() if kind == "street"}
        return {**self._pieces.names, **streets}

    def ends_with_area(self, text: str) -> bool:
        """Whether a text ends with the name of a district or a street."""
        return text.endswith(tuple(name for name, (kind, _) in self._pieces.areas.items() if kind != "city" and name not in self.city.ordinary_names))

    def find(self, text: str) -> Place | None:
        """The place that a free sentence names for certain, in the citizen's words; None if it names none.

        Codes only where they are clear: 朝阳路 is a road, 八里庄 a street of two districts.
        """
        pieces = self._pieces.of(text)
        best = max(_chains(pieces, text), key=_weight, default=[])
        if not _weight(best):
            return None
        end = best[-1].end
        for _ in range(3):  # 东门, 附近
            if tail := words.TAIL.match(text, end):
                end = tail.end()
        district, street = self._codes(best)
        if street is None:  # 万达广场东门 …，在朝阳区; 大兴高米店那边，康盛园小区
            areas = [p for p in pieces if p.kind in ("district", "street") and p not in best]
            if len({p.codes[:1] for p in areas if p.kind == "district"}) <= 1 and (
                district is None or any(p.codes[0].startswith(district) for p in areas)
            ):
                district, street = self._codes([*areas, *best])
        return Place(text[best[0].start : end], district, street)

    def read_answer(self, text: str) -> Place | None:
        """The place in an answer to “where?”. Local people know places that no list knows, so all but a shrug is believed."""
        said = words.OPENING.sub("", text.strip(words.MARKS)).rstrip("吧啊呢" + words.MARKS).removesuffix("好像").rstrip("吧" + words.MARKS)
        said = _CALLED.sub("", said)
        found = self.find(said)
        if len(said) > _LONGEST_ANSWER:  # a story, of which only the place is kept
            return found
        if found:
            said = re.sub(rf"(?<![^，,。\s])[^，,。\s]{{1,6}}[是在](?={re.escape(found.text)})", "", said)  # 收货地址是…, 店在…
            # 知春里小区5号楼，他家养狗不拴绳: a clause that tells something else is no part of the place.
            clauses = [c.removesuffix("那个") for c in _CLAUSE.split(said) if not _FILLER.fullmatch(c)]
            clauses = [c for c in clauses if found.text in c or not (_OTHER_NAMES.match(c) or words.BARE_AMOUNT.fullmatch(c))]
            clauses = [c for c in clauses if found.text in c or (c and c in found.text) or (self._may_be_of_place(c) and not words.NOT_KNOWN.search(c))]
            clauses = [c for c in clauses if found.text in c or not words.ANYWHERE.fullmatch(words.OPENING.sub("", c))]  # 我们小区
            # 新街口南大街多少号我不记得了, 在朝阳公园丢的
            clauses = [found.text if found.text in c and (words.NOT_KNOWN.search(c) or _DONE_THERE.match(c.partition(found.text)[2])) else c for c in clauses]
            kept = "，".join([words.OPENING.sub("", clauses[0]), *clauses[1:]]) if clauses else ""
            return Place((kept if found.text in kept else said).removesuffix("的"), found.district_code, found.street_code)
        said = "，".join(c for c in _CLAUSE.split(said) if c and not words.NOT_KNOWN.search(c) and not (words.AMOUNT.fullmatch(c) or words.BARE_AMOUNT.fullmatch(c)))
        said = words.OPENING.sub("", said)
        told = [c for c in _CLAUSE.split(said) if not words.NO_PLACE.search(c) or _ENDS_THERE.search(c)]
        said = said if not told and len(said) <= _SHORT_ANSWER else "，".join(told)  # 第三回了，老太太在12楼下不来: 楼下 is no place there
        shrug = len(said) < 2 or words.POINTING.fullmatch(said) or not words.HAN.search(said)
        something_else = _OTHER_NAMES.match(said) or (words.NO_PLACE.search(said) and not words.WHEREABOUTS.search(said)) or said.endswith("了")
        if "的" in said[:-1] and not words.WHEREABOUTS.search(said) and not words.NAME_END.search(said):
            something_else = True  # 买的手机
        return None if shrug or something_else else Place(said.removesuffix("的"))

    @staticmethod
    def _may_be_of_place(clause: str) -> bool:
        if clause.startswith(("别的", "其他", "人家")):
            return False  # 别的小区都让进
        return bool(clause) and (words.WHEREABOUTS.search(clause) is not None or words.NO_PLACE.search(clause) is None)

    def merge(self, old: Place, new: Place) -> Place:
        """What a second sentence adds to a place: 朝阳区 and later 望京花家地南里3号楼 are one place."""
        if new.district_code and old.district_code and new.district_code != old.district_code:
            return new
        if new.street_code and old.street_code and new.street_code != old.street_code and self._is_area(old.text) and self._is_area(new.text):
            return new  # 不是霍营是东小口
        text = self._merged_text(old, new) if old.text else new.text
        found = self.find(text) or new
        district = found.district_code or new.district_code or old.district_code
        return Place(text, district, found.street_code or new.street_code or old.street_code, new.location or old.location)

    def is_precise(self, place: Place) -> bool:
        """Whether someone could go there: more than a district, a street's area, a door without its house, “our estate”."""
        return place.location is not None or self._names_something(place.text)

    def which(self, place: Place) -> list[str]:
        """The full names among which a place leaves the choice: 八里庄 is a street of two districts. Empty when it leaves none."""
        if place.street_code or place.location or _STATION.search(place.text):
            return []
        found = [p.codes for p in self._pieces.of(place.text) if p.kind == "street" and len(p.codes) > 1]
        streets = [self.city.streets[code] for code in found[0]] if found else []
        streets = [s for s in streets if place.district_code in (None, s.district_code)]
        return [self.city.districts[s.district_code].name + s.name for s in streets] if len(streets) > 1 else []

    def below_streets(self, text: str) -> str:
        """What a place's words say below the city, its district and its street. 天通苑 in 天通苑西三区 is part of the name."""
        rest = text
        for names in (self._city_names, self._district_names):
            name = next((n for n in names if rest.startswith(n)), None)
            if name and (name in self._pieces.full_names or self._names_begin(rest[len(name) :]) or not words.NAME_GOES_ON.match(rest[len(name) :])):
                rest = rest[len(name) :].lstrip("的，, ")
        for again in (False, True):  # 良乡拱辰街道
            name = next((n for n in self._street_names if rest.startswith(n) and not (again and n not in self._pieces.full_names)), None)
            known = self.known(rest)[0]
            if name is None or (name not in self._pieces.full_names and known in self.city.landmarks and len(known) > len(name)):
                break
            below = rest[len(name) :]
            goes_on = (words.NAME_GOES_ON.match(below) and not self._names_begin(below)) or (name[-1] in "路街" and words.DOOR.match(below))
            if name not in self._pieces.full_names and goes_on:
                break
            rest = below
        return rest

    def _names_begin(self, text: str) -> bool:
        """Whether a street or a known name begins here: 西城 in 西城新街口 is a district, though 新街 might be the end of a name."""
        return bool(self.known(text)[0]) or any(text.startswith(name) for name in self._street_names if name not in self.city.ordinary_names)

    @cached_property
    def _city_names(self) -> list[str]:
        return [self.city.name, self.city.name.removesuffix("市")]

    @cached_property
    def _district_names(self) -> list[str]:
        return sorted((name for d in self.city.districts.values() for name in (d.name, d.short)), key=len, reverse=True)

    @cached_property
    def _street_names(self) -> list[str]:
        return sorted((name for name, (kind, _) in self._pieces.areas.items() if kind == "street"), key=len, reverse=True)

    def _merged_text(self, old: Place, new: Place) -> str:
        if self._is_area(old.text):
            if new.district_code and not (new.street_code or old.district_code) and self._is_area(new.text):
                return _joined(new.text, old.text)  # 朝阳区, of 八里庄
            return new.text if old.text in new.text else _joined(old.text, new.text)
        if self._is_area(new.text):
            return old.text if new.text in old.text else _joined(new.text, old.text)
        if is_door(new.text):
            return with_door(old.text, new.text)
        if is_door(old.text):
            return new.text if self.has_door(new.text) else new.text + old.text
        if not self.has_door(old.text) and {p.kind for p in self._pieces.of(new.text)} <= {"door", "number"} and self.has_door(new.text):
            return _joined(old.text, new.text)  # 61号楼东边那个, of 管庄西里
        if _BESIDE_IT.match(new.text) and new.text not in old.text:
            return f"{old.text}，{new.text}"  # 靠近夏都公园, of 延庆妫水河
        vague = old.text and old.location is None and not self._names_something(old.text)
        if vague:
            return f"{new.text}，{old.text}"
        begin = next((name for name in self._district_names if old.text.startswith(name)), "")
        said = any(p.kind == "district" for p in self._pieces.of(new.text))
        return new.text if said else begin + new.text

    def has_door(self, text: str) -> bool:
        """Whether a place names a door: a building, an entrance. 三里 of 三里河 is none."""
        return any(piece.kind in ("door", "number") for piece in self._pieces.of(text))

    def has_building(self, text: str) -> bool:
        """Whether a place names a building, not only a zone of an estate."""
        return words.SURE_DOOR.search(text) is not None

    def _is_area(self, text: str) -> bool:
        said = re.sub(r"[\s，,的]", "", text)
        return bool(said) and sum(p.end - p.start for p in self._pieces.of(said) if p.kind in AREAS) == len(said)

    def _names_something(self, text: str) -> bool:
        pieces = self._pieces.of(text)
        kinds = {p.kind for p in pieces}
        if "name" in kinds or ("street" in kinds and kinds & {"door", "number"}) or words.NAMED_LINE.search(text):
            return True
        for piece in reversed(pieces):
            text = text[: piece.start] + text[piece.end :]
        return len(words.VAGUE.sub("", text)) >= 2

    def _codes(self, chain: Sequence[Piece]) -> tuple[str | None, str | None]:
        """District and street, as far as the pieces leave no doubt: each narrows what those before it left open, and none overrules them."""
        open_to: set[str] = set()
        for piece in sorted(chain, key=lambda p: p.kind != "district" and not p.full):  # 拱辰街道 of 良乡拱辰街道
            codes = {piece.codes[0]} if piece.kind == "district" else set(piece.codes)
            within = {code for code in codes if not open_to or any(code.startswith(known) or known.startswith(code) for known in open_to)}
            if within:
                open_to = {each for code in within for each in ({known for known in open_to if known.startswith(code)} or {code})}
        districts = {code[:6] for code in open_to}
        streets = {code for code in open_to if len(code) == 9}
        return districts.pop() if len(districts) == 1 else None, streets.pop() if len(streets) == len(open_to) == 1 else None


def whereabouts(text: str) -> Place | None:
    """What only says where it stands, such as 就是地铁口那儿, 旁边有个物美, 就那个嘉园三期; None where a text says anything else."""
    said = words.OPENING.sub("", text.strip(words.MARKS)).rstrip("吧啊呢" + words.MARKS)
    tells = words.WHEREABOUTS.search(said) or ((doors := list(words.DOOR.finditer(said))) and doors[-1].end() == len(said) and not _CLIMBS.search(said[: doors[-1].start()]))
    return Place(said) if 2 <= len(said) <= 12 and (_BESIDE_SOMETHING.fullmatch(said) or (tells and not words.NO_PLACE.search(said))) else None


def is_door(text: str) -> bool:
    """Whether a text is nothing but a door: 3号楼2单元."""
    return words.DOORS.fullmatch(text) is not None


def with_door(text: str, door: str) -> str:
    """A place with another door: 3号楼 becomes 5号楼, and a unit that was not said before is added."""
    for new in words.DOOR.finditer(door):
        unit = words.DOOR_NUMBER.sub("", new[0])
        old = [m for m in words.DOOR.finditer(text) if unit and words.DOOR_NUMBER.sub("", m[0]) == unit]  # a floor is no building
        name, comma, beside = text.partition("，")
        more = text + new[0] if words.DOOR.search(beside) else f"{name}{new[0]}{comma}{beside}"  # 四区, of 望京西园，近湖光中街
        text = text[: old[-1].start()] + new[0] + text[old[-1].end() :] if old else more
    return text


def _joined(area: str, below: str) -> str:
    """大兴黄村 and 黄村兴丰大街 are 大兴黄村兴丰大街."""
    twice = next((n for n in range(len(below) - 1, 1, -1) if area.endswith(below[:n])), 0)
    return area + below[twice:]


def _chains(pieces: Sequence[Piece], text: str) -> list[list[Piece]]:
    """Pieces that belong to one place, together."""
    chains: list[list[Piece]] = []
    for piece in pieces:
        if chains and len(chains[-1]) < _MOST_PIECES and _belongs(chains[-1][-1], piece, text):
            chains[-1].append(piece)
        else:
            chains.append([piece])
    return chains


def _belongs(before: Piece, piece: Piece, text: str) -> bool:
    if piece.kind in ("city", "district") and before.kind != "city":
        return False
    between = text[before.end : piece.start]
    if between in ("和", "与", "跟", "及"):  # 朝阳北路与青年路交叉口
        # 牛街 in 广安门内大街和牛街路口 is a road, though a street is called after it too.
        crosses = text[piece.end - 1] == "口" or words.CROSSING.match(text, piece.end)  # 奥林西路和科荟路口
        return {before.kind, piece.kind} <= {"name", "street"} and bool(crosses)
    if piece.kind == "name" and (before.kind in ("number", "door") or text[before.end - 1] == "村") and words.NEXT.fullmatch(between):
        return True  # 南三环西路16号这儿，搜宝商务中心; 小堡村，徐宋路
    if between in ("的", " ", "，", ",", "，的", "、", "那个", "这个"):
        return before.kind in AREAS or piece.kind in ("door", "number")
    return not between


def _weight(chain: Sequence[Piece]) -> int:
    """How much a chain tells: a name in its area; a name; an area and a door; an area; a door; 0 for what is no place by itself."""
    kinds = {piece.kind for piece in chain}
    if "name" in kinds:
        return 5 if kinds & {"street", "district"} else 4
    if kinds & {"street", "district"}:
        return 3 if kinds & {"door", "number"} else 2
    return 1 if "door" in kinds else 0
