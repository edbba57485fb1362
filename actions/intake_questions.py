"""What the intake asks: one thing at a time, only what is missing, in other words the second time; and the confirmation of all."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions import duplicates, further
from actions.forms import Ask
from actions.request import OPEN_END, WAITS, also, place_in, summary
from actions.turn import Desk, Event, Turn, shorten
from hotline.contacts import read_contact
from hotline.conversations import waits_for_person
from hotline.intake import is_wish, without_thinking
from hotline.messages import Choice
from hotline.times import find_when

PUBLISHED = ("suggestion", "praise")
"""Kinds that a city likes to publish. A complaint is its citizen's own, unless they say that it may be."""


class AskItem(Ask):
    """Asks for one item of a request, or for the confirmation of all."""

    def __init__(self, name: str, desk: Desk, item: str) -> None:
        super().__init__(name, desk)
        self._item = item

    async def perform(self, turn: Turn) -> list[Event]:
        if turn.intent in ("signal_survey", "signal_handover") or (turn.intent == "handover" and not read_contact(turn.text, asked=True).refused):
            return []  # a survey in the middle waits, and who asked for a person is not asked on: nothing is asked twice
        if await self.desk.db(lambda tx: waits_for_person(tx, turn.conversation_id)):
            turn.prompt("person.kept", choices=[Choice(self.desk.city.say("person.go_on"))])
            return []  # who waits for a person is asked nothing meanwhile, and all that they say is kept
        if self._item == "confirmed":
            return await self._confirm(turn)
        if WAITS.search(without_thinking(turn.text)):
            return []  # “take your time” has just been said
        city = self.desk.city
        just_said = (turn.slot("contact") or {}).get("bad") and not self.is_again(turn) and not turn.is_signal  # who taps an old button is asked still
        if self._item == "contact" and (just_said or read_contact(turn.text, asked=True).bad_phone):
            return []  # “this number can't be right” has just been said
        if which := self._item == "place" and (turn.slot("place") or {}).get("which"):
            choices = [Choice(name) for name in which] + [Choice(city.say("intake.none_of_these"))]
            if turn.slot("place").get("lacks"):
                turn.prompt("intake.ask_place_heard", choices=choices, names=f"{'、'.join(which[:-1])}，还是{which[-1]}")
            else:
                turn.prompt("intake.ask_place_which", choices=choices, place=turn.slot("place")["text"])
            return []
        name = (turn.slot("contact") or {}).get("name") if self._item == "contact" else None
        if name and not self.is_again(turn):
            turn.prompt("intake.ask_phone_of", name=name)
            return []
        key, values = self._question(turn)
        if key == "ask_contact" and turn.slot("confidential"):
            key = "ask_contact_confidential"
        beside = also(city, turn) if self._item == "contact" and not self.is_again(turn) else ""
        turn.say(city.say(f"intake.{key}", **values) + beside, spoken=city.say_aloud(f"intake.{key}", **values) + beside)
        return []

    def _question(self, turn: Turn) -> tuple[str, dict[str, str]]:
        if self._item == "problem" and (named := turn.slot("problem")):
            return "ask_praise_of" if turn.slot("kind") == "praise" else "ask_problem_of", {"what": named.removesuffix(OPEN_END)}
        again = "" if not self.is_again(turn) else "_briefly" if turn.slot("noted") == turn.message_key and self._item != "problem" else "_again"
        if self._item == "contact" and again == "_briefly" and turn.slot("asked_again") > 1:
            return "ask_contact_patiently", {}  # who goes on telling is not asked in the same words each time
        place = place_in(turn.slot("place"))
        if self._item == "place" and place:
            if (lacks := turn.slot("place").get("lacks")) not in (None, "asked"):
                district = self.desk.city.districts[place.district_code].name if place.district_code else ""
                return f"ask_place_{lacks}", {"district": district}
            if place.location and not place.district_code and place.text == str(place.location):
                return "ask_place_of_location", {}
            if not place.district_code:  # 我家楼下的哪条路 would be an odd question
                return (f"ask_place{again}", {}) if again else ("ask_place_around", {"place": place.text})
            return f"ask_place_precise{'_again' if again else ''}", {"place": place.text}
        if self._item == "place" and not again and turn.slot("happened") is None and not find_when(turn.slot("problem") or "") and not is_wish(turn.slot("problem") or ""):
            return "ask_place_happened", {}
        if self._item == "happened" and not again:
            when = find_when(turn.slot("problem") or "")
            if when and not when.has_day:
                return "ask_happened_day", {"part": when.text.lstrip("从自打")}
        return f"ask_{self._item}{again}", {}

    async def _confirm(self, turn: Turn) -> list[Event]:
        city = self.desk.city
        if turn.slot("which_wrong") == turn.message_key:
            return []  # “which one?” has just been asked
        attachments = await self.desk.db(lambda tx: tx.attachments.unclaimed(turn.conversation_id))
        choices = [
            Choice(city.say("intake.yes"), "affirm"), Choice(city.say("intake.no"), "deny"), Choice(city.say("intake.cancel"), "cancel"),
        ]  # fmt: skip
        publish = turn.slot("kind") in PUBLISHED and not turn.slot("confidential") and not turn.slot("may_publish")
        if publish:
            choices.insert(1, Choice(city.say("intake.yes_public"), "affirm", {"item": "publish"}))
        key = "intake.confirm_again" if self.is_again(turn) else "intake.confirm"
        same = await duplicates.offer(self.desk, turn)
        beside = ("" if self.is_again(turn) else also(city, turn)) + (f"\n\n{same.text}" if same else "")
        if waiting := further.kept(turn):
            beside = f"\n\n{city.say('intake.line_later', problem=shorten(waiting[0]['said']), more=f'等{len(waiting)}件事' if len(waiting) > 1 else '')}{beside}"
        if publish and not self.is_again(turn):
            beside += f"\n\n{city.say('intake.may_publish')}"
        text = city.say(key, summary=summary(city, turn, len(attachments))) + beside
        spoken = city.say_aloud(key, summary=summary(city, turn, len(attachments), aloud=True)) + beside
        turn.say(text, spoken=spoken, choices=[same.choice, *choices] if same else choices)
        return [SlotSet("duplicate", same.number if same else None)]
