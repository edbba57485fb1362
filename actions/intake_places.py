"""Where it is, as the intake hears it: what a message says of the place, and how it goes with what is known of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from rasa_sdk.events import SlotSet

from actions.forms import looks_like_question
from actions.intake_words import CLAUSE, NAME_GOES_ON, is_little_more
from actions.request import Lacking, place_in, place_slot
from actions.turn import Desk, Event, Turn
from hotline.contacts import read_contact
from hotline.intake import Item
from hotline.messages import UNSURE_PLACE, Location
from hotline.place_parts import parts
from hotline.place_words import NAME_END, NOT_KNOWN, WHEREABOUTS
from hotline.places import is_door, whereabouts
from hotline.ports import Transaction
from hotline.tickets import Place
from hotline.times import without_times

_ALONE = re.compile(r"(?:就?[在是])?([^，,。\s]{2,4}?)(?:的?那(?:个|家|边|儿))?[吧啊呀]?")


class Whereabouts:
    """Hears places for the intake form."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def as_written(self, turn: Turn, wanted: Item | None) -> str:
        """The message with names of places as the city writes them."""
        which: list[str] = (turn.slot("place") or {}).get("which") or [] if wanted == "place" else []
        district = self.desk.gazetteer.find(turn.text)
        chosen = [name for name in which if district and (full := self.desk.gazetteer.find(name)) and full.district_code == district.district_code]
        if len(chosen) == 1 and len(turn.text) <= 6:
            return chosen[0]  # 朝阳, of two streets called 八里庄
        alone = _ALONE.fullmatch(turn.text) if wanted == "place" else None
        if alone and (landmark := self._landmark(alone[1], turn.slot("problem") or "")):
            return landmark[0]  # 西单那个, of 大悦城停车场乱收费
        known = place_in(turn.slot("place"))
        if known and district is None and (landmark := self._landmark(known.text.removesuffix("区"), turn.text)):
            return turn.text.replace(landmark[1], landmark[0], 1)  # 大悦城附近路面塌了, after 朝阳
        place = district or known
        return self.desk.place_names.corrected(turn.text, answer=wanted == "place", district=place.district_code if place else None)

    def _landmark(self, area: str, text: str) -> tuple[str, str] | None:
        """The one landmark that is called after an area and named without it in a text (紫竹院 of 在公园里钓鱼), and how it is named there."""
        of_a_kind = () if any(area == district.short for district in self.desk.city.districts.values()) else ("公园", "医院", "大学")  # 公园 in 朝阳 may be any
        named = [(name, rest) for name in self.desk.city.landmarks if name.startswith(area) and (len(rest := name.removeprefix(area)) >= 3 or rest in of_a_kind) and rest in text]
        return named[0] if len(named) == 1 else None

    def chosen(self, turn: Turn) -> list[Event]:
        """Of names that sound alike the one that was meant, where the other one stood."""
        place = turn.slot("place") or {}
        which = place.get("which") or []
        if place.get("lacks") != "name" or turn.text not in which:
            return []
        text = place["text"].replace(which[0], turn.text, 1)
        return [SlotSet("place", place_slot(self.desk.gazetteer.find(text) or Place(text), enough=True))]

    def told_in(self, text: str) -> tuple[str, Place | None]:
        """The clauses of a message that only say where it is, and the place that they tell: 12号楼 二单元，我心脏不好."""
        text, gazetteer = without_times(read_contact(text, asked=False).rest), self.desk.gazetteer
        told = [re.sub("^[对是嗯啊](?=.{2,}的$)", "", c) for c in CLAUSE.split(text) if c and not NOT_KNOWN.search(c)]  # 对丰台的; 门牌不清楚，就在胡同口
        where = [c for c in told if whereabouts(c) or ((found := gazetteer.find(c)) and is_little_more(c, found.text))]
        if where and where[0] == told[0] and (begins := gazetteer.find(text)) and begins.district_code and len(told) > len(where):
            where = [c for c in told if c in where or gazetteer.read_answer(c)]  # 昌平 沙河 于辛庄, of which no list knows the last
        said = "".join(where)
        if not where or is_door(said):
            return said, Place(said) if where else None
        named = [(c, found.text if (found := gazetteer.find(c)) and found.text in c else c) for c in where]
        place = gazetteer.read_answer("，".join(c if whereabouts(c) or NAME_GOES_ON.fullmatch(c.replace(found, "", 1)) else found for c, found in named))
        return said, place and replace(place, text=place.text.removesuffix("那个"))

    def nearer(self, old: Place, more: Place) -> Place:
        """A place with what was told of it later."""
        gazetteer = self.desk.gazetteer
        below = gazetteer.below_streets(old.text)
        named = gazetteer.is_precise(old) and len(below) >= 2
        known, told = parts(old.text, gazetteer), parts(more.text, gazetteer)
        if known.road and not known.number and not told.road and told.landmark and more.district_code in (None, old.district_code):
            return replace(old, text=f"{old.text}，{more.text}")  # 德胜门外大街, and 德胜门桥往北二百米 on it
        if is_door(more.text) or (gazetteer.find(more.text) and (not named or below in more.text or not parts(more.text, gazetteer).road or more.district_code not in (None, old.district_code))):
            return gazetteer.merge(old, more)  # an alley is not another place because a road runs by it
        return replace(old, text=f"{old.text}，{more.text}")

    async def tell_apart(self, turn: Turn, events: list[Event] | None) -> list[Event] | None:
        """Where a spoken place was not surely understood, it is asked once: which of the names that sound alike, or else where it is."""
        place = next((e["value"] for e in events or () if e["name"] == "place"), None)
        if place is None or turn.is_signal or place["location"] or not place["enough"] or place["which"]:
            return events
        if (turn.slot("place") or {}).get("lacks"):
            return [SlotSet("place", {**place, "lacks": "asked"}) if e["name"] == "place" else e for e in events or ()]
        message = await self.desk.db(lambda tx: tx.messages.get(turn.message_id))
        names = message.entities.get(UNSURE_PLACE)
        if names is None:
            return events
        which = [name for name in names.split("|") if name and names.split("|")[0] in place["text"]]
        asked = {**place, "which": which, "lacks": "name" if which else self._lacking(place)}
        return [SlotSet("place", asked) if e["name"] == "place" else e for e in events or ()]

    def _lacking(self, place: dict[str, Any]) -> Lacking | None:
        """What more would tell where it is. A road or a landmark is found without its street."""
        if not place["district_code"]:
            return "area"
        known = parts(place["text"], self.desk.gazetteer)
        return None if place["street_code"] or known.road or known.landmark else "street"

    async def shared(self, turn: Turn) -> Location | None:
        """The last place that the citizen shared in this conversation since the last ticket."""

        def find(tx: Transaction) -> Location | None:
            newest = tx.tickets.of_conversation(turn.conversation_id)
            since = newest[0].opened_at if newest else None
            shared = [m for m in tx.messages.of(turn.conversation_id, limit=60) if m.location and (since is None or m.created_at > since)]
            return shared[-1].location if shared else None

        return await self.desk.db(find)


def names_no_place(turn: Turn, place: Place) -> bool:
    """Whether an answer to “where?” that no list knows is none: 电瓶车也推上来充电 tells what happens, 能不能在这儿上 asks."""
    tells = turn.intent not in ("inform", "nlu_fallback") and not WHEREABOUTS.search(place.text) and not NAME_END.search(place.text)
    asks = turn.intent != "inform" and looks_like_question(CLAUSE.split(turn.text.rstrip("。！!"))[-1])
    return not place.district_code and (tells or asks)
