"""The form that takes requests of every kind: what each message fills, puts right or leaves open."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from rasa_sdk.events import SlotSet

from actions import duplicates, further
from actions.forms import INTERRUPTING, WAITING, Form, asks_something, looks_like_question, says_no, says_yes
from actions.intake_places import Whereabouts, names_no_place
from actions.intake_words import (
    ABOUT,
    AS_EVER,
    ASKS_HOW_TO,
    ASKS_WHERE_TO_GO,
    CLAUSE,
    CONTESTABLE,
    ENOUGH_ASKED,
    GIVES_UP,
    GOES_ON,
    HOW_LONG,
    KEEPS_PLACE,
    LASTING,
    LEAVES,
    LONGEST_BARE,
    LONGEST_NAME,
    LONGEST_NOW,
    MAY_BE_A_PROBLEM,
    MAY_LEAVE_NONE,
    MORE_THAN_A_TIME,
    MOST_ADDED,
    MOST_ASKED,
    MOST_LEFT,
    MOST_WISHED,
    NOT_NOTICED,
    NOTHING_BESIDE,
    NOTHING_NAMED,
    OF_A_TICKET,
    ONLINE,
    PLEADS,
    PUTS_RIGHT,
    SAYS_IT_ASKS,
    SENDS_FILES,
    SMALL_TALK,
    SUGGESTS,
    SUGGESTS_THEN,
    SURE,
    SURELY_MEANT,
    TAKES_BACK,
    TELLS,
    TELLS_OF_A_TIME,
    UPSET,
    WAITS_NO_MORE,
    WANTS_SOMETHING_DONE,
    answers_it,
    asks_why,
    beside_haste,
    is_all_there_is,
    is_little_more,
    is_solved,
    kind_of,
    meant,
    only_a_time,
    only_despairs,
    sends_for_somebody,
    tells_more,
    tells_only,
    tells_since_when,
    told_beside,
    without_scolding,
)
from actions.refusals import refuse_beside
from actions.request import (
    ANYWHERE,
    CATEGORY_FLOOR,
    ITEMS,
    ITEMS_OF_KIND,
    OPEN_END,
    SAME_AS_LAST,
    SHRUG,
    SUBMITS,
    SURE_OF_CATEGORY,
    THIS_NUMBER,
    WAITS,
    known_of_reporter,
    lately_alarmed,
    place_in,
    place_slot,
    plain_text,
)
from actions.turn import SENTENCES, Desk, Event, Turn, look_up, shorten
from hotline.contacts import read_contact
from hotline.conversations import leave_queue
from hotline.intake import (
    Heard,
    Item,
    asks_to_begin,
    by_name,
    hear,
    hear_correction,
    is_wish,
    may_publish,
    names_only,
    names_person_only,
    plain_problem,
    takes_down,
    wants_confidence,
    without_thinking,
    without_wishes,
)
from hotline.matters import ANOTHER, NEW_MATTER, uncounted, without_beginning
from hotline.messages import Choice
from hotline.place_words import OPENING
from hotline.places import is_door
from hotline.tickets import KIND_NAMES, Place
from hotline.times import as_told, find_when, is_forgotten, read_answer, tells_hour, with_hour
from knowledge_base.normalise import ASKS, is_question


class IntakeForm(Form):
    """Hears everything a message says about the request, corrections included, and asks only for what is missing."""

    slots = ("draft", "kind", *ITEMS, "details", "unanswered", "confidential", "may_publish", "confirmed", "duplicate")

    def __init__(self, name: str, desk: Desk) -> None:
        super().__init__(name, desk)
        self._where = Whereabouts(desk)

    def next_slot(self, slots: dict[str, Any]) -> str | None:
        if slots["confirmed"]:
            return None
        for item in ITEMS_OF_KIND.get(slots["kind"], ITEMS):
            value = slots[item]
            if item == "happened" and value is None and is_wish(slots["problem"] or ""):
                continue
            if value is None or (item == "problem" and value.endswith(OPEN_END)) or (item == "place" and (not value.get("enough") or value.get("which") or value.get("lacks") not in (None, "asked"))) or (item == "contact" and (value.get("bad") or value.get("lacks"))):
                return item
        return "confirmed"

    async def hear(self, turn: Turn) -> list[Event] | None:
        if not turn.is_signal:
            turn.text = by_name(turn.text)
        if turn.slot("draft") and not turn.is_signal:
            turn.text = without_thinking(turn.text)
            turn.intent = meant(turn)
        secret = wants_confidence(turn.text) if turn.text else None
        if secret and turn.slot("draft") and turn.slot("requested_slot") != "contact" and len(turn.text) <= MOST_WISHED and not read_contact(turn.text, asked=False).reporter:
            turn.prompt("intake.confidential")  # 能保密吗, 别告诉单位: nothing else is said
            return [SlotSet("confidential", True), SlotSet("asked_again", turn.slot("asked_again"))]
        if secret and turn.slot("draft") and turn.slot("requested_slot") == "contact" and len(turn.text) <= MOST_WISHED and not read_contact(turn.text, asked=True).refused:
            return [SlotSet("confidential", True), SlotSet("asked_again", WAITING)]  # which the question itself says
        events = await self._where.tell_apart(turn, await self._hear(turn))
        if secret is not None and secret != bool(turn.slot("confidential")):
            events = [*(events or []), SlotSet("confidential", secret)]
            after = {**{name: turn.slot(name) for name in self.slots}, **{e["name"]: e["value"] for e in events}}
            wanted = turn.slot("requested_slot")
            if secret and turn.slot("draft") and wanted != "confirmed" and (wanted == "contact" or self.next_slot(after) != "contact"):  # which say so themselves
                turn.prompt("intake.confidential")
        if turn.text and may_publish(turn.text) and not turn.slot("may_publish"):
            events = [*(events or []), SlotSet("may_publish", True)]
        if not events:
            return events
        slots = {**{name: turn.slot(name) for name in self.slots}, **{e["name"]: e["value"] for e in events}}
        told = turn.slot("details")
        if told and slots["place"] is None and any(e["name"] == "problem" for e in events) and ONLINE.search(slots["problem"] or ""):
            events = [*events, SlotSet("place", {**place_slot(Place(""), enough=True), "nowhere": True})]  # 网上买的鞋, told when asked where
        if told and told.get("ask") and slots["problem"] and any(e["name"] in ("problem", "place") for e in events):
            events = [*events, SlotSet("details", {"ask": (await self._of_category(slots["problem"], beside=f"{plain_text(slots['place'])}，{turn.text}"))[0]})]  # what was told since is not asked
        if told and "said" not in told and turn.slot("requested_slot") in ("contact", "confirmed"):
            taken = [plain_text(e["value"]) for e in events if e["name"] in ("place", "problem")]
            beside = CLAUSE.split(told_beside(turn)) if told.get("ask") else []
            said = " ".join(c for c in beside if wants_confidence(c) is None and not any(OPENING.sub("", c) in each for each in taken))
            unsaid = said and turn.slot("requested_slot") == "contact" and not any(e["name"] in (*ITEMS, "noted") for e in events)
            return [*events, *([self._note(turn)] if unsaid else []), SlotSet("details", {"said": said})]  # 有欠条 is no wrong number
        if slots["details"] is None and slots["problem"] and not slots["problem"].endswith(OPEN_END) and slots["kind"] in ("complaint", "help_request", "report"):
            ask, nowhere = await self._of_category(slots["problem"])
            place = [SlotSet("place", {**(slots["place"] or place_slot(Place(""))), "which": [], "lacks": None, "enough": True, "nowhere": slots["place"] is None})] if nowhere else []  # 淘宝上朝阳区一家店 is in no street
            return [*events, *place, SlotSet("details", {"ask": ask})]
        return events

    async def hear_beside(self, turn: Turn) -> list[Event]:
        """海淀区，学校名字能不说吗 tells where it is, and asks something."""
        wanted = turn.slot("requested_slot")
        clauses = [clause for clause in SENTENCES.split(turn.text) if clause]
        told = "，".join(clause for clause in clauses if not looks_like_question(clause))
        if turn.is_signal or turn.slot("draft") is None or len(told) < 2 or len(told) == len("，".join(clauses)):
            return []
        heard = hear(told, self.desk.gazetteer, wanted=None if wanted == "confirmed" else wanted)
        return [e for e in self._fill(turn, replace(heard, part_of_day=None), wanted) if e["name"] != "asked_again"]

    async def _of_category(self, problem: str, *, beside: str = "") -> tuple[list[str], bool]:
        """What the handlers of such a problem would ask, and whether it is at no place, for the city folder says so."""
        told = "，".join(c for c in CLAUSE.split(problem) if self.desk.city.settings["hotline"] not in c) or problem  # 12345上次反映过的，还是那个工地: of the site, and not of us
        code, likely = next(iter(await asyncio.to_thread(self.desk.categories.suggest, told, 1)), ("", 0.0))
        asked = self.desk.city.questions_about(code, f"{problem}，{beside}") if likely >= CATEGORY_FLOOR else []
        return asked, ONLINE.search(problem) is not None or (likely >= SURE_OF_CATEGORY and code.startswith(self.desk.city.nowhere))

    async def _hear(self, turn: Turn) -> list[Event] | None:
        wanted = turn.slot("requested_slot")
        if turn.slot("draft") is None:
            return await self._begin(turn)
        if turn.is_signal:
            return await self._signal(turn, wanted)
        if WAITS_NO_MORE.search(turn.text) is not None and await self._leaves_queue(turn):
            turn.prompt("person.left")
            return [SlotSet("asked_again", WAITING)]
        if WAITS.search(turn.text) and not _ADDS.search(turn.text):
            turn.prompt("intake.take_your_time")
            return [SlotSet("asked_again", WAITING)]
        if wanted in ("place", "happened", "contact") and self._has_enough(turn):
            return self._ask_no_more(turn)
        if (rest := beside_haste(turn.text)) and not self._has_enough(turn):
            turn.prompt("intake.how_long")  # 能快点吗家里有老人: the rest is heard as if it stood alone
            turn.text, turn.intent = rest, "inform" if turn.intent in INTERRUPTING else turn.intent
        if HOW_LONG.fullmatch(turn.text) and wanted != "confirmed":
            turn.prompt("intake.how_long")
            return [SlotSet("asked_again", WAITING)]
        if SENDS_FILES.search(turn.text) and len(turn.text) <= 2 * MOST_WISHED:
            turn.prompt("intake.send_here")
            return [SlotSet("asked_again", WAITING)]
        if wanted == "place" and (MAY_LEAVE_NONE.search(turn.text) or KEEPS_PLACE.search(turn.text)):
            told = self.desk.gazetteer.find(turn.text)  # 海淀区，学校名字不想说
            if told is None or KEEPS_PLACE.search(turn.text):
                turn.prompt("intake.without_place")
                known = place_slot(told) if told else turn.slot("place") or place_slot(Place(""))
                return [SlotSet("place", {**known, "which": [], "lacks": None, "enough": True})]
        if wanted == "happened" and (kept := KEEPS_PLACE.search(turn.text)) and not kept[0].startswith("名字"):
            turn.prompt("intake.without_place")
            return [SlotSet("asked_again", WAITING)]  # 学校名字不方便说, of the place that was asked for before
        if wanted in ("problem", "happened") and MAY_LEAVE_NONE.search(turn.text) and len(turn.text) <= MOST_WISHED:
            turn.prompt("intake.without_place")
            return [SlotSet("asked_again", WAITING)]  # 不说学校行吗
        if wanted == "contact" and MAY_LEAVE_NONE.search(turn.text):
            turn.prompt("intake.without_contact")
            return [SlotSet("contact", {})]
        if wanted != "confirmed" and only_despairs(turn.text):
            turn.prompt("intake.upset")
            return [SlotSet("asked_again", WAITING)]
        if (about := asks_why(turn.text, wanted)) is not None:
            turn.prompt(f"intake.why_{about}")
            return [SlotSet("asked_again", WAITING)]
        if turn.intent in ("cancel", "withdraw") and (LEAVES.search(turn.text) or (len(turn.text) <= LONGEST_BARE and says_no(turn))) and not OF_A_TICKET.search(turn.text) and not self._answers(turn, wanted):
            return [SlotSet("confirmed", "cancelled")]
        if is_solved(turn.text) and not OF_A_TICKET.search(turn.text):
            return [SlotSet("confirmed", "cancelled")]  # 算了，师傅来修了
        if turn.intent != "consultation" and _NAMES_ONE.search(turn.text) and (refusal := await asyncio.to_thread(self.desk.triage.refusal, turn.text)):
            await refuse_beside(self.desk, turn, refusal)
            return [SlotSet("asked_again", WAITING)]  # 我要举报村书记收钱, of whose village the lights are being taken
        if NEW_MATTER.search(turn.text) and len(turn.text) >= 8 and not (asks_to_begin(turn.text) and not ANOTHER.search(turn.text)):
            turn.prompt("intake.next_also")
            return further.keep(turn, [without_beginning(turn.text)], turn.intent if turn.intent in KIND_NAMES else turn.slot("kind"))
        written = {item: plain_text(turn.slot(item)) for item in ITEMS}
        if correction := hear_correction(turn.text, self.desk.gazetteer, written):
            turn.prompt("intake.corrected")
            return [*self._fill(turn, correction, wanted), SlotSet("noted", turn.message_key)]
        if turn.intent != "consultation" and TAKES_BACK.match(turn.text) and not OF_A_TICKET.search(turn.text):
            return [SlotSet("confirmed", "cancelled")]
        if wanted == "confirmed":
            return await self._answer_to_confirmation(turn)
        return await self._answer(turn, wanted)

    async def _leaves_queue(self, turn: Turn) -> bool:
        return await self.desk.db(lambda tx: leave_queue(tx, turn.conversation_id, now=turn.now))

    def _answers(self, turn: Turn, wanted: Item | None) -> bool:
        """Whether a message that was taken for “leave it” tells what was asked: 刚才停的, of a time, or 不留, of a number."""
        if read_contact(turn.text, asked=False).refused:
            return True  # 算了电话不留了 leaves the number away, and not the matter
        if wanted == "contact":
            return "不留" in turn.text
        return answers_it(hear(turn.text, self.desk.gazetteer, wanted=wanted), wanted) and not LEAVES.search(turn.text)

    def _has_enough(self, turn: Turn) -> bool:
        """Whether somebody wants to be asked no more, and tells nothing beside: 别问了，赶紧来人."""
        tells = len(turn.text) > MOST_WISHED and (self.desk.gazetteer.find(turn.text) or find_when(turn.text) or read_contact(turn.text, asked=True).reporter)
        return len(turn.text) <= 2 * MOST_WISHED and not tells and ENOUGH_ASKED.search(turn.text) is not None and not GIVES_UP.search(turn.text)

    def _ask_no_more(self, turn: Turn) -> list[Event]:
        """别问了烦死了 is no withdrawal: what is known is read back."""
        turn.prompt("intake.no_more")
        place = turn.slot("place") or place_slot(Place(""))
        return [
            SlotSet("place", {**place, "which": [], "lacks": None, "enough": True}), SlotSet("happened", turn.slot("happened") or ""),
            SlotSet("contact", {k: v for k, v in (turn.slot("contact") or {}).items() if k not in ("bad", "lacks")}),
        ]  # fmt: skip

    async def _begin(self, turn: Turn) -> list[Event]:
        heard = hear(self._where.as_written(turn, None), self.desk.gazetteer, wanted=None)
        if turn.intent == "abuse":
            heard = replace(heard, problem=hear(without_scolding(turn.text), self.desk.gazetteer, wanted=None).problem)
        where, place = self._where.told_in(turn.text)
        if place and place.district_code and (not heard.problem or heard.problem in place.text) and is_little_more(turn.text.replace(" ", ""), where):
            heard = replace(heard, place=place, problem=None)  # 怀柔区 雁栖镇 范各庄
        if turn.slot("refused") and heard.reporter and not (heard.problem or heard.place or heard.happened):
            return [SlotSet("draft", str(self.desk.new_id())), SlotSet("confirmed", "recorded")]  # a number for what was recorded, and belongs elsewhere
        only_facts = not heard.problem and (heard.place or heard.happened or heard.reporter)
        if (turn.intent == "affirm" or only_facts) and (waiting := further.kept(turn)):
            return await self._begin_next(turn, waiting, heard)
        kind = kind_of(turn)
        if before := self._said_before(turn, heard, only_a_place=place is not None and is_little_more(turn.text.replace(" ", ""), where)):
            # 停水，… 劲松八区: what it is was said before where it is, and a place alone tells no kind.
            fuller = self.desk.gazetteer.read_answer(turn.text) if heard.place and not (heard.happened or heard.reporter) else None
            heard = replace(heard, problem=ASKS_HOW_TO.sub("", before), place=fuller or heard.place)
            kind = kind if SUGGESTS_THEN.match(turn.text) else "help_request"  # 后沙峪镇 古城村, of which no list knows the last
        events = [SlotSet("draft", str(self.desk.new_id())), SlotSet("kind", kind)]
        if turn.intent == "signal_record":
            asked = turn.entities.get("question")  # none where no question was asked: who looked for a ticket, and has none
            question = await self.desk.db(lambda tx: tx.articles.question(UUID(asked))) if asked else None
            turn.prompt(f"intake.start_{kind}")
            return [*events, SlotSet("problem", question.text)] if question else events
        if kind in CONTESTABLE and (refusal := await asyncio.to_thread(self.desk.triage.refusal, turn.text)):
            return [*events, SlotSet("problem", turn.text), SlotSet("confirmed", f"refused:{refusal.id}")]
        if kind != "praise" and await self._asks_only(turn, heard):
            return [SlotSet("confirmed", "question")]
        events.append(SlotSet("refused", None))
        if kind in CONTESTABLE and len(matters := await further.apart(self.desk, turn.text)) > 1:
            place = hear(uncounted(turn.text), self.desk.gazetteer, wanted=None).place  # 第一小区门口 in 第一小区门口路灯坏了 is no name
            heard = replace(heard, problem=hear(matters[0], self.desk.gazetteer, wanted=None).problem or matters[0], place=place)
            events += further.keep(turn, matters[1:], kind)
        heard = _left_open(heard, kind)
        upset = kind in ("complaint", "help_request") and UPSET.search(turn.text)
        # Who tells their name first hears that it was taken, and is asked what it is about.
        turn.prompt("intake.noted" if heard.problem is None and (heard.reporter or heard.place) else "intake.upset" if upset else f"intake.start_{kind}")
        if kind not in ITEMS_OF_KIND:
            last = await self.desk.db(lambda tx: known_of_reporter(tx, turn.conversation_id))
            if last.contact and kind != "report":
                events.append(SlotSet("contact", last.contact))
            if last.place and SAME_AS_LAST.search(turn.text):
                events.append(SlotSet("place", place_slot(last.place, enough=True)))
                clauses = [c for c in CLAUSE.split(heard.problem or "") if not (SAME_AS_LAST.search(c) and len(NOTHING_NAMED.sub("", SAME_AS_LAST.sub("", c))) <= 1)]
                heard = replace(heard, problem="，".join(clauses) or None)
        if kind == "report":
            events.append(SlotSet("confidential", True))
        if not heard.place and kind not in ITEMS_OF_KIND and (placed := await self._place_of_alarm(turn)):
            heard = replace(heard, place=placed)
        location = await self._where.shared(turn)
        filled = self._fill(turn, heard, None)
        if location and not any(e["name"] == "place" for e in filled):
            filled.append(SlotSet("place", place_slot(Place(str(location), location=location))))
        return [*events, *filled]

    async def _place_of_alarm(self, turn: Turn) -> Place | None:
        """Where the danger was that was told in the last half hour: who complains of the lift next is not asked where it is. It is read back."""
        if not (number := lately_alarmed(turn)):
            return None
        ticket = await self.desk.db(lambda tx: tx.tickets.by_number(number))
        return ticket.place if ticket and ticket.place.text else None

    async def _asks_only(self, turn: Turn, heard: Heard) -> bool:
        """Whether it asks what one can do, and the knowledge says it or may say it: 楼上漏水不修怎么办. Who says where or when it is, or
        wants somebody to come, wants more than an answer."""
        last = CLAUSE.split(turn.text.strip("，,。.！!？?…~ "))[-1]  # 打了多少次了，没人管 asks nothing
        asks = is_question(last) and (looks_like_question(last) or not ASKS.search(last))  # 凭啥啊 asks nothing
        told_more = (heard.place and not ASKS_WHERE_TO_GO.search(last)) or heard.happened or heard.reporter
        if not asks or told_more or SUGGESTS.match(turn.text) or WANTS_SOMETHING_DONE.search(turn.text) or UPSET.search(turn.text):
            return False
        found = await look_up(self.desk, turn, last if heard.place else turn.text, turn.slot("told"))
        return found.answer is not None or (bool(found.maybe) and (turn.confidence < SURE or SAYS_IT_ASKS.search(turn.text) is not None))

    @staticmethod
    def _said_before(turn: Turn, heard: Heard, *, only_a_place: bool) -> str:
        """The problem, if the message before said it and this one adds little but where (劲松八区) or when (16度，三天了); else empty."""
        facts = heard.place or heard.happened or heard.reporter
        if not heard.problem and (not facts or takes_down(turn.text)) and (asked := turn.told_before(asked_too=True)):
            return asked  # 帮我登记一下, of what was asked just now
        if takes_down(turn.text) and len(heard.problem or "") - len(heard.place.text if heard.place else "") <= MOST_LEFT and (asked := turn.told_before(asked_too=True)):
            return asked if (heard.problem or "") in asked else f"{asked}，{heard.problem}"  # 那你帮我报一下吧，报国寺门口那几盏
        if (GOES_ON.match(turn.text) or SUGGESTS_THEN.match(turn.text)) and heard.problem and not looks_like_question(turn.text) and (asked := turn.told_before(asked_too=True)):
            return f"{asked}，{heard.problem}"  # 叫飞跃健身，在人民路88号, of a gym that has closed
        before = turn.told_before()
        if only_a_place and (asked := turn.told_before(asked_too=True)):
            return asked  # 培英胡同, of 这要是着火了可怎么办
        if heard.place and len(turn.text) - len(heard.place.text) - len(heard.happened or "") <= 4 and (before or turn.stated_before()):
            return before or turn.stated_before()
        if before and (heard.happened or turn.intent == "inform") and turn.intent not in KIND_NAMES and len(turn.text) <= MOST_ADDED:
            return f"{before}，{turn.text}"
        return ""

    async def _begin_next(self, turn: Turn, waiting: list[dict[str, Any]], told: Heard) -> list[Event]:
        """The matter that was told beside the last one. Where it is and who asks is as it was there, unless it says otherwise, or this message (`told`) does."""
        said, kind = waiting[0]["said"], waiting[0]["kind"]
        heard = hear(said, self.desk.gazetteer, wanted=None)
        heard = replace(heard, place=told.place or heard.place, happened=told.happened or heard.happened, reporter=told.reporter or heard.reporter)
        events = [SlotSet("draft", str(self.desk.new_id())), SlotSet("kind", kind), SlotSet("later", waiting[1:] or None)]
        last = await self.desk.db(lambda tx: known_of_reporter(tx, turn.conversation_id))
        events.append(SlotSet("contact", last.contact))  # also where none was to be left: that is not asked a second time
        if last.place and not heard.place:
            events.append(SlotSet("place", place_slot(last.place, enough=True)))
        turn.prompt("intake.start_next", problem=shorten(said))
        return [*events, *self._fill(turn, replace(heard, problem=heard.problem or said), None)]

    async def _signal(self, turn: Turn, wanted: str | None) -> list[Event] | None:
        match turn.intent:
            case "signal_attachment":
                count = len(await self.desk.db(lambda tx: tx.attachments.unclaimed(turn.conversation_id)))
                turn.prompt("intake.photo_added", count=count)
                return [SlotSet("asked_again", None)]
            case "signal_location":
                location = await self._where.shared(turn)
                old = place_in(turn.slot("place"))
                place = replace(old, location=location) if old else Place(str(location), location=location)
                if old:
                    turn.prompt("intake.location_added")
                return [SlotSet("place", place_slot(place, enough=bool(old and (old.district_code or is_all_there_is(turn)))))]
            case "signal_change" if turn.entities.get("item") in ITEMS:
                said, told = plain_text(turn.slot(turn.entities["item"])), turn.slot("problem") or ""
                without = told.replace(said, "", 1).strip("，,。 的") if turn.entities["item"] in ("place", "happened") and said else told
                return [SlotSet(turn.entities["item"], None), *([SlotSet("problem", without)] if without != told and len(without) >= 3 else [])]
            case "affirm" if wanted == "confirmed":
                publish = [SlotSet("may_publish", True)] if turn.entities.get("item") == "publish" else []
                return [SlotSet("confirmed", "yes"), *publish]
            case "signal_join" if wanted == "confirmed" and turn.entities.get("ticket") == turn.slot("duplicate"):
                return [SlotSet("confirmed", "join")]
            case "deny" if wanted == "confirmed":
                return self._ask_which(turn)
            case "cancel":
                return [SlotSet("confirmed", "cancelled")]
        return None if turn.intent in INTERRUPTING else [SlotSet("asked_again", None)]

    async def _answer_to_confirmation(self, turn: Turn) -> list[Event] | None:
        if duplicates.agrees(turn):
            return [SlotSet("confirmed", "join")]
        if says_yes(turn) or _NOTHING_MORE.fullmatch(turn.text):
            return [SlotSet("confirmed", "yes")]
        if says_no(turn):
            return self._ask_which(turn)
        if HOW_LONG.fullmatch(turn.text):
            turn.prompt("intake.how_long")
            return [SlotSet("asked_again", turn.slot("asked_again"))]
        as_before = SAME_AS_LAST.search(turn.text) and ABOUT["contact"].search(turn.text)
        if (THIS_NUMBER.search(turn.text) or as_before) and len(turn.text) <= MOST_WISHED and (same := await self._same_as_last(turn, "contact")):
            return same
        if MAY_LEAVE_NONE.search(turn.text) and len(turn.text) <= MOST_WISHED:
            turn.prompt("intake.without_contact")
            return [SlotSet("asked_again", turn.slot("asked_again"))]
        if await asks_something(self.desk, turn):
            return None
        heard = hear(turn.text, self.desk.gazetteer, wanted=None)
        who = read_contact(turn.text, asked=True)
        if not (turn.slot("contact") or {}).get("phone") and who.refused:
            heard = replace(heard, problem=None, no_contact=True)  # 没有手机
            turn.prompt("intake.without_contact")
        if who.reporter and who.reporter.phone:
            heard = replace(heard, reporter=who.reporter, problem=None if NOTHING_BESIDE.fullmatch(who.rest) else heard.problem)  # 那就留我闺女的 139…，她姓佟
        elif who.reporter and not who.rest and _TELLS_NAME.match(turn.text):
            heard = replace(heard, reporter=who.reporter, problem=None)  # 我叫阳光
        if turn.slot("kind") == "praise" and heard.reporter and not heard.reporter.phone and _NAMES_ANOTHER.match(turn.text):
            heard = replace(heard, reporter=None, problem=turn.text)  # 叫王晓燕，是劲松三区社区的: who is praised
        if (heard.place and is_little_more(turn.text, heard.place.text)) or (heard.happened and is_little_more(turn.text, heard.happened)):
            heard = replace(heard, problem=None)
        known, (where, nearer) = place_in(turn.slot("place")), self._where.told_in(turn.text)
        covers = is_little_more(turn.text.replace(" ", ""), where)
        if heard.place and nearer and covers:
            heard = replace(heard, place=nearer, problem=None)  # 海淀区 五棵松 那个早市
        nearer = nearer if known and not heard.place and covers else None
        if heard.happened and turn.slot("happened") and not only_a_time(turn.text, heard.happened):
            heard = replace(heard, happened=None)  # 今天才十四度 tells no other time of the matter
        if (hour := self._hour_alone(turn, heard)) is not None:
            turn.prompt("intake.corrected")
            return [SlotSet("happened", hour)]
        says_fact = bool(heard.place or heard.happened or heard.reporter or heard.bad_phone or heard.no_contact)
        if turn.intent in INTERRUPTING and not says_fact and (turn.intent != "supplement" or OF_A_TICKET.search(turn.text)):
            return None
        events = self._fill(turn, replace(heard, problem=None, part_of_day=None, corrects=True), None) if says_fact else []
        if known and nearer:
            return [*events, SlotSet("place", place_slot(self._where.nearer(known, nearer), enough=True))]
        if heard.problem and len(turn.text) <= 2 * MOST_WISHED and _ASKS_US.search(turn.text) and looks_like_question(turn.text):
            turn.prompt("intake.question_kept")  # 孩子的名字要说吗
            return [*events, SlotSet("unanswered", [*(turn.slot("unanswered") or []), turn.text])]
        if heard.problem and len(heard.problem) >= 6 and not PUTS_RIGHT.match(turn.text) and not PLEADS.fullmatch(turn.text):  # more about the matter itself
            events.append(SlotSet("problem", f"{turn.slot('problem')}；{heard.problem}"))
        elif not events and turn.intent in (*TELLS, "correct") and len(turn.text) >= 2 and not SHRUG.search(turn.text):
            before = (turn.slot("details") or {}).get("said")
            told = plain_problem(turn.text)
            events.append(SlotSet("details", {"said": f"{before}；{told}" if before else told}))
        return events or [SlotSet("asked_again", turn.slot("asked_again"))]

    async def _answer(self, turn: Turn, wanted: Item | None) -> list[Event] | None:
        """An answer to what was asked, or what was said instead of one."""
        refuses = wanted == "contact" and (read_contact(turn.text, asked=True).refused or THIS_NUMBER.search(turn.text))  # 不用问我是谁, 电话你们不是有吗
        if not refuses and not sends_for_somebody(turn.text) and await asks_something(self.desk, turn):
            return None
        heard = hear(self._where.as_written(turn, wanted), self.desk.gazetteer, wanted=wanted)
        if heard.happened and wanted != "happened" and turn.slot("happened") and turn.intent == "correct" and only_a_time(turn.text, heard.happened):
            heard = replace(heard, corrects=True)  # 等下，是前天下午
        if wanted == "place" and heard.place and names_no_place(turn, heard.place):
            heard = replace(heard, place=None)
        if wanted == "place" and not heard.place and not heard.happened and turn.slot("happened") is None and not is_forgotten(turn.text):
            heard = replace(heard, happened=read_answer(turn.text) if find_when(turn.text) or len(turn.text) <= LONGEST_NOW else None)  # 就现在: where and when were asked together
        if referred := await self._referred(turn, heard, wanted):
            return referred
        if wanted == "place" and (chosen := self._where.chosen(turn)):
            return chosen
        if await self._interrupts(turn, heard, wanted):
            return None
        match wanted:
            case "problem":
                events = self._problem_answered(turn, heard)
                if any(e["name"] in ("place", "happened", "contact") and e["value"] for e in events) and not any(e["name"] == "problem" and e["value"] for e in events):
                    turn.prompt("intake.noted")  # 我姓唐, where it was asked what it is about
                return events
            case "place" if not heard.place:
                return self._place_not_told(turn, heard)
            case "happened" | "contact" if not answers_it(heard, wanted):
                return self._not_told(turn, wanted, heard)
        return [*self._fill(turn, heard, wanted), *self._rest(turn, heard, wanted)]

    async def _interrupts(self, turn: Turn, heard: Heard, wanted: Item | None) -> bool:
        """Whether the message is for somebody else than the form. What is taken for a question and has neither the form of one nor an answer
        (去年九月就该交房了) tells more about the matter."""
        if turn.intent == "goodbye" and _GONE_AWAY.search(turn.text):
            return False  # 已经走了, of who let off fireworks
        if turn.intent in SMALL_TALK and (heard.happened or heard.place or heard.reporter):
            return False  # 好几年了 is no greeting
        if is_door(turn.text):
            return False  # B口 is hardly a word to the classifier
        if turn.intent == "progress" and ((heard.reporter and heard.reporter.phone) or (heard.happened and not looks_like_question(turn.text))):
            return False  # a telephone is no ticket's number, and 上周三就显示签收了 asks for none
        if turn.intent not in INTERRUPTING or answers_it(heard, wanted) or (wanted == "problem" and heard.problem and turn.intent in MAY_BE_A_PROBLEM):
            return False
        if turn.intent == "supplement" and not OF_A_TICKET.search(turn.text):
            return False  # 我再补充一下 is of what is being taken
        if turn.intent != "consultation" or looks_like_question(turn.text):
            return True
        found = await look_up(self.desk, turn, turn.text)
        return found.answer is not None or (bool(found.maybe) and found.score >= SURELY_MEANT and is_question(turn.text))

    def _rest(self, turn: Turn, heard: Heard, wanted: Item | None) -> list[Event]:
        """What an answer tells beyond what was asked: 供暖第一天就不热，屋里只有十五度."""
        if wanted == "contact" and (turn.slot("details") or {}).get("ask"):
            return []  # it is an answer to what was asked beside, and goes there
        told = [said for said in (*CLAUSE.split(heard.place.text if heard.place else ""), heard.happened, heard.part_of_day) if said]
        clauses = CLAUSE.split(without_wishes(read_contact(self._where.as_written(turn, wanted), asked=True).rest))
        rest = "，".join(c for c in clauses if len(c) >= 4 and tells_more(turn, c) and not tells_only(told, c) and not NOTHING_BESIDE.fullmatch(c) and not (wanted == "contact" and THIS_NUMBER.search(c)))
        return [SlotSet("problem", f"{turn.slot('problem')}；{rest}")] if rest else []

    async def _referred(self, turn: Turn, heard: Heard, wanted: Item | None) -> list[Event]:
        """An answer that tells nothing itself: as last time, everywhere, I would rather not say."""
        if wanted in ("place", "contact") and (same := await self._same_as_last(turn, wanted)):
            return same
        if wanted == "place" and ONLINE.search(turn.text) and len(turn.text) <= MOST_WISHED and not self.desk.gazetteer.find(turn.text):
            return [SlotSet("place", {**place_slot(Place(""), enough=True), "nowhere": True}), *self._told_besides(turn, replace(heard, place=None))]  # 网上买的
        if wanted == "place" and ANYWHERE.search(turn.text) and len(turn.text) <= 15:
            return [SlotSet("place", place_slot(Place(turn.text), enough=True))]
        if wanted == "contact" and turn.intent == "skip" and NOT_NOTICED.search(turn.text):
            return [self._note(turn), SlotSet("problem", f"{turn.slot('problem')}；{turn.text}")]  # 车牌号没看清 does not say that no number is left
        if SUBMITS.fullmatch(turn.text):
            return self._skip(turn, wanted) or [SlotSet("asked_again", turn.slot("asked_again"))]  # which names no place
        if wanted == "place" and heard.place and self.desk.gazetteer.find(turn.text):
            return []  # 新街口南大街，多少号不记得了
        if ((turn.intent == "skip" and not looks_like_question(turn.text)) or (says_no(turn) and wanted != "problem")) and not heard.reporter and not (wanted == "happened" and find_when(turn.text)) and (wanted == "contact" or not heard.no_contact):  # 不用留名字，电话是… leaves a number
            return self._skip(turn, wanted)
        return []

    def _problem_answered(self, turn: Turn, heard: Heard) -> list[Event]:
        named: str | None = turn.slot("problem")  # 我们村的路, of which was asked what is wrong with it
        if named:
            place_alone = heard.place and tells_only([heard.place.text], turn.text) and not turn.text.removeprefix(heard.place.text).endswith("了")  # 留学路那边冒了
            tells_nothing = (says_yes(turn) or says_no(turn) or turn.intent == "skip") and turn.confidence >= SURE  # 不亮 is hardly a no
            more = "" if place_alone or tells_nothing else heard.problem or turn.text
            thing = named.removesuffix(OPEN_END)
            whole = more if more.startswith(thing) else f"{thing}，{more}" if more else thing  # 快递放驿站不送上门, of 快递
            return [*self._fill(turn, replace(heard, problem=None), "problem"), SlotSet("problem", whole)]
        if turn.intent in ("affirm", "deny", "skip"):
            return [SlotSet("problem", None)]
        known, who = turn.slot("contact") or {}, read_contact(turn.text, asked=True, is_place=lambda name: self.desk.gazetteer.find(name) is not None)
        if known.get("phone") and not known.get("name") and len(turn.text) <= LONGEST_NAME and not who.rest and who.reporter and who.reporter.name:
            return [SlotSet("contact", {**known, "name": who.reporter.name})]
        if turn.intent in CONTESTABLE:
            return [SlotSet("kind", turn.intent), *self._fill(turn, _left_open(heard, turn.intent), "problem")]
        return self._fill(turn, _left_open(heard, turn.slot("kind")), "problem")

    def _place_not_told(self, turn: Turn, heard: Heard) -> list[Event]:
        """Where it is was asked, and the message does not say. What it says instead is taken; nobody is asked a third time who
        says nothing new."""
        place = turn.slot("place") or {}
        if place.get("which") and not place.get("lacks") and turn.text == self.desk.city.say("intake.none_of_these"):
            return self._fill(turn, heard, "place")
        more = self._told_besides(turn, heard)
        if place.get("which") and more and not place.get("lacks") and not turn.slot("asked_again"):
            return [self._note(turn), *more]  # 昨天晚上, and which 八里庄 it is is asked once more
        shrugs = place and not more and (says_yes(turn) or turn.intent == "affirm" or SHRUG.search(turn.text) is not None)
        # Which of several was asked, or the point on the map is known, or it was asked before: what is known is enough for a person to go on.
        asked_enough = (turn.slot("asked_again") or 0) >= (MOST_ASKED if more and not place.get("street_code") else 1)
        if place.get("which") or place.get("lacks") or place.get("location") or shrugs or asked_enough:
            told = turn.intent in ("inform", "nlu_fallback", "correct") and not looks_like_question(turn.text) and wants_confidence(turn.text) is None
            known = place or place_slot(Place(turn.text if told and not more else ""))
            return [*more, SlotSet("place", {**known, "which": [], "lacks": None, "enough": True})]
        return [self._note(turn), *more] if more else [SlotSet("asked_again", turn.slot("asked_again"))]

    @staticmethod
    def _note(turn: Turn) -> Event:
        """Say that what was told is taken. What was asked for is then asked for briefly: who goes on telling knows what an address looks like."""
        turn.prompt("intake.noted")
        noted: Event = SlotSet("noted", turn.message_key)
        return noted

    def _told_besides(self, turn: Turn, heard: Heard) -> list[Event]:
        """What a message tells that was not asked for: a time, a name, or more about the matter. Empty when it tells nothing."""
        events = [e for e in self._fill(turn, heard, None) if e["name"] != "asked_again"]
        rest = without_wishes(read_contact(turn.text, asked=False).rest)
        if any(e["name"] == "happened" for e in events) or (heard.part_of_day and not heard.happened):
            when = heard.happened or heard.part_of_day or ""
            left = rest.replace(when, "").strip("，,。 的")
            whole = left.endswith(("是", "在", "从", "到")) or left.startswith(("就", "才", "都", "也", "又", "还"))
            rest = "" if only_a_time(rest, when) else rest if whole else left  # 到期是11月1号, 上个月就没发
        if tells_more(turn, rest):
            events.append(SlotSet("problem", f"{turn.slot('problem')}；{rest}"))
        return events

    def _not_told(self, turn: Turn, wanted: Item, heard: Heard) -> list[Event]:
        """When it was, or who asks, was asked, and the message does not say."""
        where, place = self._where.told_in(turn.text)
        says_else = bool(self._hour_alone(turn, heard) or heard.reporter or heard.no_contact or heard.bad_phone or heard.place or heard.happened or place)
        asked = turn.slot("asked_again") or 0
        if wanted == "happened" and asked:
            # When it was is asked twice at most: who then tells something else has told what they know, and that is taken.
            told = self._beside(turn, wanted, heard, where, place or heard.place) if says_else or tells_more(turn, turn.text) else []
            told = [e for e in told if e["name"] != "asked_again"]
            return told if any(e["name"] == "happened" for e in told) else [*told, SlotSet("happened", self._hour_of_problem(turn))]
        if not asked or says_else or (asked < MOST_ASKED and tells_more(turn, turn.text)):
            beside = self._beside(turn, wanted, heard, where, place or heard.place)
            taken = wanted == "happened" and any(e["name"] in ITEMS for e in beside) and not any(e["name"] == "happened" for e in beside)
            return [*beside, SlotSet("happened", hour)] if taken and (hour := self._hour_of_problem(turn)) else beside
        # Asked twice, and not understood twice: nobody is asked a third time. A person reads their own words.
        more = [SlotSet("problem", f"{turn.slot('problem')}；{turn.text}")] if tells_more(turn, turn.text) else []
        return [SlotSet("contact", self._name_known(turn)) if wanted == "contact" else SlotSet("happened", self._hour_of_problem(turn)), *more]

    @staticmethod
    def _hour_of_problem(turn: Turn) -> str:
        """The hour that the matter was told with: which day it was is asked once, and then what is known is enough."""
        when = find_when(turn.slot("problem") or "")
        return when.text if when and not when.has_day else ""

    def _beside(self, turn: Turn, wanted: Item | None, heard: Heard, where: str, place: Place | None) -> list[Event]:
        """What is told when something else was asked: a better time, a better place (`place`, told in the words `where`), more about the matter. It
        is taken, and said to be."""
        when, known = find_when(turn.text), turn.slot("happened") or ""
        if (before := place_in(turn.slot("place"))) and heard.place and before.district_code and heard.place.district_code not in (None, before.district_code):
            return [self._note(turn), SlotSet("problem", f"{turn.slot('problem')}；{turn.text}")]  # 到望京, of a taxi that was taken at 北京西站, is no better place but more of the matter
        if (hour := self._hour_alone(turn, heard)) is not None:
            events: list[Event] = [SlotSet("happened", hour)]
        elif when and when.has_day and is_little_more(turn.text, when.text) and not TELLS_OF_A_TIME.search(turn.text.replace(when.text, "", 1)):
            earlier = find_when(known)  # 凌晨两三点, and later 天天
            events = [] if when.text in known else [SlotSet("happened", with_hour(when.text, known) if earlier and not earlier.has_day and not tells_hour(when.text) else as_told(turn.text, when))]
        elif place and where and is_little_more(where, place.text.replace("，", "")) and (old := place_in(turn.slot("place"))):
            events = [SlotSet("place", place_slot(self._where.nearer(old, place), enough=True))]
        else:
            events = [e for e in self._fill(turn, heard, wanted) if e["name"] != "asked_again"]
            asked = wanted == "contact" and (turn.slot("details") or {}).get("ask")  # then it answers what was asked beside, and goes there
            if not events and not asked and tells_more(turn, turn.text):
                events = [SlotSet("problem", f"{turn.slot('problem')}；{plain_problem(turn.text)}")]
        if not any(e["name"] == "happened" for e in events):
            events = [*events, *self._hour_beside(turn, heard)]
        if events and not any(e["name"] == "problem" for e in events):
            events += self._rest(turn, replace(heard, place=place), wanted)  # 双桥路附近 叫老王烧烤
        if not events and when and len(turn.text) - len(when.text) >= MORE_THAN_A_TIME and not looks_like_question(turn.text):
            events = [SlotSet("problem", f"{turn.slot('problem')}；{plain_problem(turn.text)}")]  # 我要求退这几天的费用
        if not events and not when and not AS_EVER.fullmatch(turn.text):
            return [SlotSet("asked_again", turn.slot("asked_again"))]
        return [self._note(turn), *(events or [SlotSet("asked_again", turn.slot("asked_again"))])]

    @staticmethod
    def _hour_alone(turn: Turn, heard: Heard) -> str | None:
        """The time of the matter, where a message only tells its hour: 十点半左右, of what was 昨天晚上."""
        said, known = heard.part_of_day, turn.slot("happened")
        return with_hour(known, said) if said and known and only_a_time(turn.text, said) else None

    @staticmethod
    def _hour_beside(turn: Turn, heard: Heard) -> list[Event]:
        """The same where the hour is a clause of its own beside something else: 傍晚六七点，在小区花园."""
        said, known = heard.part_of_day, turn.slot("happened")
        if not said or not known or tells_hour(known):
            return []
        beside = any(only_a_time(c, said) for c in CLAUSE.split(turn.text) if said in c)
        return [SlotSet("happened", with_hour(known, said))] if beside else []

    async def _same_as_last(self, turn: Turn, wanted: Item) -> list[Event]:
        """老地方, 电话跟上次一样, 就打这个电话: what an earlier ticket or the channel tells."""
        here = wanted == "contact" and THIS_NUMBER.search(turn.text) is not None
        told = read_contact(turn.text, asked=True).reporter
        if wanted == "contact" and told and told.phone:
            return []  # 就是我这个手机号135…
        if not here and not SAME_AS_LAST.search(turn.text):
            return []
        last = await self.desk.db(lambda tx: known_of_reporter(tx, turn.conversation_id))
        if wanted == "contact":
            others = "，".join(c for c in CLAUSE.split(turn.text) if not THIS_NUMBER.search(c))
            said = read_contact(others, asked=True, is_place=lambda name: self.desk.gazetteer.find(name) is not None).reporter
            name = {"name": said.name} if said and said.name else {}  # 李建国，就打这个电话
            known = {**(turn.slot("contact") or {}), **{k: v for k, v in (last.contact or {}).items() if v}, **name}
            if here and not known.get("phone") and "不" not in turn.text.replace("不是", "") and not known.get("bad"):
                turn.prompt("intake.number_unseen")  # a chat does not show it
                return [SlotSet("contact", {**known, "bad": True})]
            return [SlotSet("contact", {k: v for k, v in known.items() if k not in ("bad", "lacks")})] if last.contact or here else []
        return [SlotSet("place", place_slot(last.place, enough=True))] if last.place else []

    def _skip(self, turn: Turn, wanted: Item | None) -> list[Event]:
        if wanted == "happened":
            return [SlotSet("happened", self._hour_of_problem(turn))]
        if wanted == "contact":
            return [SlotSet("contact", self._name_known(turn))]
        if wanted == "place" and turn.slot("asked_again"):
            place = turn.slot("place") or place_slot(Place(""))
            return [SlotSet("place", {**place, "enough": True})]
        return []

    @staticmethod
    def _name_known(turn: Turn) -> dict[str, str]:
        """What is known of who leaves no number: the name, if they told it."""
        name = (turn.slot("contact") or {}).get("name")
        return {"name": name} if name else {}

    def _fill(self, turn: Turn, heard: Heard, wanted: Item | None) -> list[Event]:
        """The slots that what was heard fills: empty ones, the one that was asked for, and corrected ones."""
        events: list[Event] = [SlotSet(item, None) for item in heard.clear]
        if "contact" in heard.clear and (name := (turn.slot("contact") or {}).get("name")) and "名" not in turn.text and "姓" not in turn.text:
            events = [SlotSet("contact", {"name": name, "bad": True})]  # 电话错了: the name was right
            turn.prompt("intake.ask_phone_right")
        if heard.problem and (turn.slot("problem") is None or heard.corrects):
            events.append(SlotSet("problem", heard.problem))
        if heard.happened and (turn.slot("happened") is None or heard.corrects or tells_since_when(turn.slot("happened"), heard.happened)):
            events.append(SlotSet("happened", f"{heard.happened}到{heard.until}" if heard.until and not heard.happened.endswith(heard.until) else heard.happened))
            before, problem = turn.slot("happened"), heard.problem or turn.slot("problem") or ""
            if heard.corrects and not heard.problem and before and before in problem and not LASTING.search(f"{before}，{heard.happened}"):
                events.append(SlotSet("problem", problem.replace(before, heard.happened)))  # 昨天坏的 is no longer true
        if heard.place:
            old = place_in(turn.slot("place"))
            told = heard.problem or turn.slot("problem") or ""
            if heard.corrects and old and self.desk.gazetteer.is_precise(heard.place) and len(old.text) >= 4 and old.text in told and len(rest := told.replace(old.text, heard.place.text, 1)) >= 3:
                events.append(SlotSet("problem", rest))  # 望京东园乱停车, and it is 望京西园
            # 小区门口, and later 双桥温泉东里: what is known for certain is added to what is not.
            unknown = old is not None and old.location is None and old.district_code is None and heard.place.district_code is not None
            door = old is not None and is_door(heard.place.text) and not self.desk.gazetteer.has_door(old.text)
            if old is None or heard.corrects or wanted == "place" or unknown or door or not self.desk.gazetteer.is_precise(old):
                place = self.desk.gazetteer.merge(old, heard.place) if old else heard.place
                enough = self.desk.gazetteer.is_precise(place) or (wanted == "place" and is_all_there_is(turn))
                which = [] if (turn.slot("place") or {}).get("which") else self.desk.gazetteer.which(place)
                events.append(SlotSet("place", place_slot(place, enough=enough, which=which)))
        if heard.no_contact:
            events.append(SlotSet("contact", {} if "匿名" in turn.text else self._name_known(turn)))
        if heard.bad_phone:
            turn.prompt("intake.bad_phone")
        if heard.reporter:
            old_contact = turn.slot("contact") or {}
            contact = {**old_contact, **{k: v for k, v in asdict(heard.reporter).items() if v}}
            contact = {k: v for k, v in contact.items() if k not in ("bad", "lacks")}
            # A name alone is no way to call back: the number is asked for, once.
            lacks = {"bad": True} if heard.bad_phone else {} if contact.get("phone") or wanted == "contact" else {"lacks": "phone"}
            events.append(SlotSet("contact", {**contact, **lacks}))
        return events or [SlotSet("asked_again", turn.slot("asked_again"))]

    def _ask_which(self, turn: Turn) -> list[Event]:
        items = ITEMS_OF_KIND.get(turn.slot("kind"), ITEMS)
        choices = [Choice(self.desk.city.say(f"intake.item_{item}"), "signal_change", {"item": item}) for item in items]
        turn.prompt("intake.which_wrong", choices=choices)
        return [SlotSet("confirmed", None), SlotSet("which_wrong", turn.message_key)]


_NAMES_ONE = re.compile("(?:^|[要想来]|[，,。！!])(?:投诉|举报|检举|控告|告)(?!过|了|电话)[^，,。]{3,}")
"""Who names a matter of its own: 我要举报村书记收钱."""
_NOTHING_MORE = re.compile("没有?[的啊呀。！!~]*")
"""没有, where everything was read back, is no “no”: there is nothing to change."""
_ADDS = re.compile("[加补]一?[句点]|补充|再说")
"""等等加一句，早高峰尤其短 waits for nothing."""
_NAMES_ANOTHER = re.compile("(?:[他她]|名字|人家|大姐|大哥|师傅|好像)*(?:叫|姓)")
_TELLS_NAME = re.compile("(?:我|俺|本人)?(?:叫|姓)")
_ASKS_US = re.compile("(?:吗|么|[?？])$|(?:行不行|可以不|好不好)$")
_GONE_AWAY = re.compile("(?:已经|早就?|都|他们?|她们?|人|车)走了")


def _left_open(heard: Heard, kind: str) -> Heard:
    """The same, its problem marked as open if it only names a thing or a person: then what is wrong with it, or what they did, is asked."""
    names = heard.problem and ((kind in CONTESTABLE and names_only(heard.problem)) or (kind == "praise" and names_person_only(heard.problem)))
    return replace(heard, problem=f"{heard.problem}{OPEN_END}") if names else heard
