"""The callback survey in chat: contacted, solved, satisfied, and why not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rasa_sdk.events import SlotSet

from actions.forms import INTERRUPTING, Ask, Form, asks_something
from actions.turn import BotAction, Desk, Event, Turn, shorten
from hotline import surveys
from hotline.answers import read_contacted, read_satisfaction, read_solved
from hotline.dispatch import suggest
from hotline.messages import Choice, Expects
from hotline.ports import Transaction
from hotline.surveys import Survey
from hotline.tickets import Ticket, due

READERS: dict[str, Any] = {"contacted": read_contacted, "solved": read_solved, "satisfaction": read_satisfaction}


def actions(desk: Desk) -> list[BotAction]:
    asks = [AskAbout(f"action_ask_survey_form_{slot}", desk, slot) for slot in (*READERS, "comment")]
    return [SurveyForm("validate_survey_form", desk), *asks, SubmitSurvey("action_submit_survey", desk)]


class SurveyForm(Form):
    """Reads buttons and free answers. What is not understood is asked again, never guessed."""

    slots = ("survey", *READERS, "comment")

    def next_slot(self, slots: dict[str, Any]) -> str | None:
        if slots["survey"] == "declined":
            return None
        for slot in READERS:
            if slots[slot] is None:
                return slot
        happy = slots["solved"] == "yes" and slots["satisfaction"] != "dissatisfied"
        return "comment" if slots["comment"] is None and not happy else None

    async def hear(self, turn: Turn) -> list[Event] | None:
        wanted = turn.slot("requested_slot")
        if turn.slot("survey") is None:
            return [SlotSet("survey", turn.entities["survey"])]
        if turn.is_signal:
            return self._tapped(turn, wanted)
        if turn.intent == "cancel" or (turn.intent == "handover" and wanted is None):
            return [SlotSet("survey", "declined"), SlotSet("ticket", turn.slot("survey"))]
        if wanted == "comment":
            return [SlotSet("comment", turn.text)]
        value = READERS[wanted](turn.text) if wanted in READERS else None
        if value is None and (turn.intent in INTERRUPTING or await asks_something(self.desk, turn)):
            return None
        if value is None:
            return [SlotSet("asked_again", turn.slot("asked_again"))]
        return [SlotSet(wanted, value)]

    @staticmethod
    def _tapped(turn: Turn, wanted: str | None) -> list[Event] | None:
        if turn.intent != "rate":
            return None if turn.intent in INTERRUPTING else [SlotSet("asked_again", None)]
        item, value = turn.entities.get("item"), turn.entities.get("kind")
        if item == "all":
            return [SlotSet("contacted", True), SlotSet("solved", "yes"), SlotSet("satisfaction", "satisfied"), SlotSet("comment", "")]
        if item != wanted:
            return [SlotSet("asked_again", None)]  # a late tap on an earlier question answers nothing else
        return [SlotSet(item, value == "yes" if item == "contacted" else value)]


class AskAbout(Ask):
    """Asks one question of the survey."""

    def __init__(self, name: str, desk: Desk, slot: str) -> None:
        super().__init__(name, desk)
        self._slot = slot

    async def perform(self, turn: Turn) -> list[Event]:
        city = self.desk.city

        def choice(label: str, item: str, kind: str) -> Choice:
            return Choice(city.say(f"survey.{label}"), "rate", {"item": item, "kind": kind})

        choices = {
            "contacted": [choice("contacted_yes", "contacted", "yes"), choice("contacted_no", "contacted", "no")],
            "solved": [choice(f"solved_{kind}", "solved", kind) for kind in ("yes", "partly", "no")],
            "satisfaction": [choice(kind, "satisfaction", kind) for kind in ("satisfied", "basically", "dissatisfied")],
            "comment": [Choice(city.say("survey.no_comment"), "rate", {"item": "comment", "kind": ""})],
        }[self._slot]
        again = self.is_again(turn)
        if self._slot == "contacted" and not again:
            _, ticket, note = await self.desk.db(lambda tx: _of(tx, turn.slot("survey")))
            choices.append(choice("all_good", "all", "good"))
            turn.prompt("survey.ask_contacted", problem=shorten(ticket.problem), number=ticket.number, note=note, choices=choices)
            return []
        suffix = "_again" if again and self._slot != "comment" else ""
        turn.prompt(f"survey.ask_{self._slot}{suffix}", choices=choices)
        return []


class SubmitSurvey(BotAction):
    """Stores the answers, once, and says what becomes of the ticket."""

    expects: Expects | None = "nothing"  # a call ends with it

    async def perform(self, turn: Turn) -> list[Event]:
        city = self.desk.city
        if turn.slot("survey") == "declined":
            declined = turn.slot("ticket")

            def decline(tx: Transaction) -> None:
                surveys.end(tx, tx.surveys.get(UUID(declined)), "declined", now=turn.now, new_id=self.desk.new_id)

            await self.desk.db(decline)
            turn.prompt("survey.declined")
            return [*SurveyForm.emptied(), SlotSet("ticket", None)]

        def store(tx: Transaction) -> Ticket:
            survey, ticket, _ = _of(tx, turn.slot("survey"))
            return surveys.complete(
                tx, survey, contacted=turn.slot("contacted"), solved=turn.slot("solved"), satisfaction=turn.slot("satisfaction"),
                comment=turn.slot("comment") or "", reopen_due=due(turn.now, suggest(city, ticket.category, ticket.place).hours),
                now=turn.now, new_id=self.desk.new_id,
            )  # fmt: skip

        ticket = await self.desk.db(store)
        if ticket.status == "closed":
            turn.prompt("survey.closed", number=ticket.number)
        else:
            unit = city.units.get(ticket.unit_id or "")
            turn.prompt("survey.reopened", number=ticket.number, unit=unit.name if unit else "")
        return SurveyForm.emptied()


def _of(tx: Transaction, survey_id: str) -> tuple[Survey, Ticket, str]:
    survey = tx.surveys.get(UUID(survey_id))
    ticket = tx.tickets.get(survey.ticket_id)
    handled = [event.note for event in tx.tickets.events(ticket.id) if event.kind == "handle"]
    return survey, ticket, handled[-1] if handled else ""
