"""The callback survey: contacted, solved, satisfied, the manner of the staff, and why not. In chat and, through it, by phone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from rasa_sdk.events import FollowupAction, SlotSet

from actions import further
from actions.forms import INTERRUPTING, WAITING, Ask, Form, asks_something, looks_like_question, says_no, says_yes
from actions.request import WAITS
from actions.turn import REQUESTS, BotAction, Desk, Event, Turn, shorten
from hotline import attempts, surveys
from hotline.asides import Aside, at_hand, read_aside
from hotline.dispatch import suggest_for
from hotline.later import SOON, read_later
from hotline.matters import NEW_MATTER, without_beginning
from hotline.messages import Choice, Expects
from hotline.ports import Transaction
from hotline.surveys import Survey
from hotline.tickets import Ticket
from knowledge_base.survey_answers import FIVE, QUESTIONS, Reading, rule

ASKED = (*QUESTIONS, "doubt", "comment")
UNASKED = 40
"""Characters of a message up to which it may be an answer that nobody asked for just now; a longer one tells a story of its own."""
_REASON = 8
"""Characters of an answer that nobody asked for from which on it says why."""
_POSSIBLE = 0.01
"""How likely a category must be to be thought of at all: some other is always named beside a sure one."""
_PARTS = re.compile(r"(?:[\s,，。.;；!！]|但是|可是|不过|就是|而且)+")
_BEGINS = re.compile("又(?:开始|有|来|出)|另外|还有|对了")
"""What another matter begins with: 修好了，但是楼下又开始装修了. What is lacking of the same is told without it."""

_ASKS_ANEW = re.compile("(?:我|还)*(?:要|想)(?:再|另外)?(?:投诉|反映|举报|报)")
"""What another matter begins with, said whole: 我要投诉隔壁饭店油烟大."""

_TAKEN_BACK = re.compile(r"^(?:(?:不是|不对|不行?|没有?|否|错了|我?(?:刚才|刚刚)?(?:说|按|点|选)错了?|我是说)[的啊呀哦了]*(?:[\s,，。.;；!！]+|$))+")
"""What a correction begins with: 不对，说错了，修好了."""


_CALLS = re.compile(r"(?:(?:喂|你好|您好|哎|在吗|还在吗|听得[见到]吗|能听[见到]吗|听得清吗|有人吗|说话)[啊呀呢]?[\s,，。.！!？?]*)+")
"""Who calls into the line, to hear whether somebody is there, is asked once more."""
_HEARD_NOTHING = re.compile(
    r"(?:(?:[你您]|刚才)?(?:说|讲|问)(?:的(?:是)?|了)?(?:什么|啥)|什么|啥|我?(?:没|听不)听?太?(?:清楚?|懂|见|明白)|(?:[你您]|请|麻烦)*再(?:说|讲|问)一?(?:遍|次|下)|大点?声|声音?太小|太吵|[了啊呀吧呢\s,，。.！!？?])+"
)
"""Who has not heard or understood the question has not answered it."""
_CANT_SAY = re.compile(
    r"(?:[我这那也还真都就可倒嗯哎]|反正|因为|人家|他们|工作人员|不知道|不清楚|不了解|不晓得|不好说|说不(?:上来|好|准|清)|没法(?:说|评价)?|没(?:去|来得及|顾上|时间)*(?:看|注意|留意)|没(?:打过?交道|接触|见[着到]?|碰[着到见]?|印象)|过|人|面|没回家|不在家|"
    r"在外地|不记得|忘了|[了呢啊呀吧\s,，。.！!])+"
)
"""Who can't tell: of the manner that is an answer too, of the outcome they may look first."""
UNSAID = "unsaid"
"""The slot of an answer that the citizen can't give; the survey keeps none."""
_OTHER_WISHES = ("withdraw", "supplement", "abuse")
"""Intents of a message that wants something else than to answer, where it hardly sounds like an answer."""
SURE_OF_WISH = 0.8
LOOK_FIRST = timedelta(days=2)
"""When who has not seen yet whether it is solved is asked again."""
_RHETORICAL = re.compile("(?:还|这还|那还)(?:用|需要?)(?:得着|着)?(?:你|您|我|再)?(?:问|说|讲|想)|明知故问|这话问[的得]|你说呢|您说呢")
"""Asks nothing of us: 还用问吗."""
PERSON_AFTER = 2
"""Misunderstandings in a row after which a person is offered."""


def actions(desk: Desk) -> list[BotAction]:
    asks = [AskAbout(f"action_ask_survey_form_{slot}", desk, slot) for slot in ASKED]
    return [SurveyForm("validate_survey_form", desk), *asks, SubmitSurvey("action_submit_survey", desk)]


class SurveyForm(Form):
    """Reads buttons, keys and free answers. What is unsure is read back, what is not understood asked again; nothing is guessed.

    The slot `survey` holds the survey's id, or, when the conversation about it is over without answers, {"ended": why}.
    """

    slots = ("survey", *ASKED)

    def next_slot(self, slots: dict[str, Any]) -> str | None:
        if isinstance(slots["survey"], dict):
            return None
        if slots["doubt"]:
            return "doubt"
        for slot in QUESTIONS:
            if slots[slot] is None and not (slot == "attitude" and slots["contacted"] is False):
                return slot
        happy = slots["solved"] == "yes" and "dissatisfied" not in slots["satisfaction"]
        return "comment" if slots["comment"] is None and not happy else None

    def gained_nothing(self, before: dict[str, Any], after: dict[str, Any], asked: str | None, wanted: str | None) -> bool:
        """An answer that is only read back, or denied when it was, is none yet, nor is one to another question: so many in a row are as many misunderstandings."""
        if asked in QUESTIONS and asked == wanted:
            return after[asked] is None
        return before["survey"] == after["survey"] and all(before[slot] == after[slot] for slot in (*QUESTIONS, "comment"))

    async def perform(self, turn: Turn) -> list[Event]:
        current, due_now = turn.slot("survey"), turn.entities.get("survey")
        if turn.intent == "signal_survey" and turn.slot("requested_slot") and turn.slot("heard") != turn.message_key:
            if current == due_now:  # interrupted before: the same question once more
                await self._going_on(turn, str(due_now), {name: turn.slot(name) for name in QUESTIONS})
                return [SlotSet("heard", turn.message_key), SlotSet("asked_again", None), SlotSet("requested_slot", turn.slot("requested_slot"))]
            if isinstance(current, str) and not await self._is_open(current):
                opened = await self._opened(str(due_now))
                await self._going_on(turn, str(due_now), opened)
                slots = {**dict.fromkeys(self.slots), **opened}
                events: list[Event] = [SlotSet(name, value) for name, value in slots.items()]
                return [*events, SlotSet("heard", turn.message_key), SlotSet("asked_again", None), SlotSet("requested_slot", self.next_slot(slots))]
        return await super().perform(turn)

    async def hear(self, turn: Turn) -> list[Event] | None:
        wanted, survey = turn.slot("requested_slot"), turn.slot("survey")
        if survey is None:
            opened = await self._opened(turn.entities["survey"])
            await self._going_on(turn, turn.entities["survey"], opened)
            return [SlotSet(name, value) for name, value in opened.items()]
        if not await self._is_open(survey):
            return [SlotSet("survey", {"ended": "over"})]
        later: list[Event] = []
        if not turn.is_signal and wanted != "comment":
            ticket = await self.desk.db(lambda tx: tx.tickets.get(tx.surveys.get(UUID(survey)).ticket_id))
            turn.text, other = await _apart(self.desk, turn.text, ticket)
            if other:
                turn.prompt("survey.also")
                later = further.keep(turn, [other], "complaint")
        said = self._tapped(turn, wanted) if turn.is_signal else await self._said(turn, wanted) if turn.text else {"asked_again": WAITING}
        if said is None:
            return later or None
        noted = {name: value for name, value in said.items() if name in QUESTIONS or name == "comment"}
        if noted:
            await self.desk.db(lambda tx: surveys.note(tx, tx.surveys.get(UUID(survey)), _columns(noted)))
        return [*later, *(SlotSet(name, value) for name, value in said.items())]

    async def _said(self, turn: Turn, wanted: str) -> dict[str, Any] | None:
        """Slots that a sentence fills; None when it was not for the survey."""
        local = turn.now.astimezone(self.desk.city.timezone)
        aside, doubt = read_aside(turn.text, local), turn.slot("doubt")
        asked = doubt["slot"] if wanted == "doubt" else wanted
        unwilling = aside == "declined" or turn.intent in ("cancel", "skip", "deny")
        if wanted == "comment" and unwilling:
            aside = None  # all is answered but why
        still_open = [question for question in QUESTIONS if question == asked or turn.slot(question) is None]
        if aside or (wanted != "comment" and turn.intent == "cancel" and not any(rule(turn.text, question) for question in still_open)):  # 别提了 is an answer
            return {"survey": await self._leave(turn, aside or "declined", local)}
        if corrected := await self._corrected(turn, asked):
            return corrected
        denied = None
        if wanted == "doubt":
            if says_yes(turn) or (turn.text.startswith("没") and rule(turn.text, asked) == doubt["value"]):  # “没联系，对吗？” — 没有
                return {"doubt": None, asked: _slot(asked, doubt["value"])}
            if says_no(turn):
                denied, turn.text = doubt["value"], _TAKEN_BACK.sub("", turn.text)
                if not turn.text:
                    return {"doubt": None}
        if turn.intent == "handover":
            return None
        if wanted == "comment":
            return {"comment": "" if unwilling and len(turn.text) < _REASON else turn.text}
        if _CALLS.fullmatch(turn.text) or at_hand(turn.text) == "free":
            return {"asked_again": WAITING}
        if WAITS.search(turn.text) and not rule(turn.text, asked):
            turn.prompt("survey.moment")
            return {"asked_again": WAITING}
        if _HEARD_NOTHING.fullmatch(turn.text):
            return {"asked_again": turn.slot("asked_again")}
        if _CANT_SAY.fullmatch(turn.text) and asked == "attitude":
            return {"attitude": UNSAID, "doubt": None}
        if _CANT_SAY.fullmatch(turn.text) and asked == "solved":
            return {"survey": await self._leave(turn, "later", local, unless_told=local + LOOK_FIRST)}
        rhetorical = bool(_RHETORICAL.search(turn.text))
        if turn.intent in ("consultation", "progress") and not rhetorical and not _answers_itself(turn.text, asked) and await asks_something(self.desk, turn):
            return None
        reading: Reading = await asyncio.to_thread(self.desk.survey_reader.read, turn.text, asked, grades=self.desk.city.grades)
        said = {slot: _slot(slot, value, very=reading.very and self.desk.city.grades == 5) for slot, value in reading.values.items()}
        if denied and denied in (reading.values.get(asked), reading.doubtful):
            return {**said, asked: None, "doubt": None}
        if reading.faint and not said and turn.intent in _OTHER_WISHES and turn.confidence >= SURE_OF_WISH:
            if turn.intent == "abuse":
                return None
            turn.prompt(f"survey.{turn.intent}")
            return {"asked_again": WAITING}
        if reading.doubtful and asked not in said and not (said and reading.faint):
            return {**said, "doubt": {"slot": asked, "value": reading.doubtful, "faint": reading.faint}}
        if not said and not rhetorical and (turn.intent in INTERRUPTING - {"nonsense"} or await asks_something(self.desk, turn)):
            return None
        return {**said, "doubt": None} if said else {"asked_again": turn.slot("asked_again")}

    async def _corrected(self, turn: Turn, asked: str) -> dict[str, Any] | None:
        """Answers given before that the citizen takes back, whatever is asked now; None when there are none."""
        told = _TAKEN_BACK.sub("", turn.text)
        if told == turn.text and turn.intent != "correct":
            return None
        said = await asyncio.to_thread(self.desk.survey_reader.volunteered, told)
        changed = {slot: value for slot, value in said.items() if slot != asked and turn.slot(slot) not in (None, _slot(slot, value))}
        if not changed:
            return None
        turn.prompt("survey.corrected", meaning="，".join(self.desk.city.say(f"survey.{_label(slot, value)}") for slot, value in changed.items()))
        return {slot: _slot(slot, value) for slot, value in changed.items()}

    def _tapped(self, turn: Turn, wanted: str) -> dict[str, Any] | None:
        if turn.intent != "rate":
            return None if turn.intent in INTERRUPTING else {"asked_again": None}
        item, kind = turn.entities.get("item"), turn.entities.get("kind", "")
        if item == "all":
            return {"contacted": True, "solved": "yes", "satisfaction": "satisfied", "attitude": "good", "comment": "", "doubt": None}
        expected = turn.slot("doubt")["slot"] if wanted == "doubt" else wanted
        if item != expected:
            return {"asked_again": None}  # a late tap on an earlier question answers nothing else
        return {str(item): _slot(str(item), kind), "doubt": None}

    async def _leave(self, turn: Turn, aside: Aside, local: datetime, unless_told: datetime | None = None) -> dict[str, Any]:
        """The citizen does not want to answer now, or at all, or is not the one who asked for anything. Who tells no time is asked `unless_told`, or soon,
        and through no channel in the night."""
        survey_id, city, now, new_id = UUID(turn.slot("survey")), self.desk.city, turn.now, self.desk.new_id

        def leave(tx: Transaction) -> dict[str, Any]:
            survey = tx.surveys.get(survey_id)
            if aside == "later":
                wished = read_later(turn.text, local) or city.calling_hours.agreed(unless_told or local + SOON)
                at = attempts.ask_at(tx, survey, wished, city=city, now=now, new_id=new_id)
                return {"ended": "later", "when": at.isoformat()} if at else {"ended": "no_more"}
            if aside == "stop":
                surveys.stop(tx, survey, city=city, now=now, new_id=new_id)
            else:
                surveys.end(tx, survey, aside, city=city, now=now, new_id=new_id)
            reopened = aside == "declined" and tx.tickets.get(survey.ticket_id).status != "closed"
            return {"ended": "declined_reopened" if reopened else aside}

        return await self.desk.db(leave)

    async def _is_open(self, survey: str) -> bool:
        return (await self.desk.db(lambda tx: tx.surveys.get(UUID(survey)))).status == "asking"

    async def _opened(self, survey: str) -> dict[str, Any]:
        """The slots with which a survey begins, or goes on with what was answered before, perhaps through another channel."""
        known = await self.desk.db(lambda tx: tx.surveys.get(UUID(survey)))
        return _slots_of(known) if known.status == "asking" else {"survey": {"ended": "over"}}

    async def _going_on(self, turn: Turn, survey: str, known: Mapping[str, Any]) -> None:
        """Say which matter it is about, where the question that follows does not."""
        if any(known.get(question) is not None for question in QUESTIONS):
            _, ticket, _ = await self.desk.db(lambda tx: _of(tx, survey))
            turn.prompt("survey.go_on", problem=shorten(ticket.problem), number=ticket.number)


async def answered_early(desk: Desk, turn: Turn) -> list[Event] | None:
    """A survey waits for the time that was agreed, or for another channel, and the citizen answers it now, complaining or not: take that, and
    ask the rest. What is told of another matter beside it is kept for afterwards.

    Returns the events with which it goes on; None when no survey waits or the message, said outside any form, is no answer to one.
    """
    if turn.slot("requested_slot") or turn.is_signal or turn.intent == "handover" or len(turn.text) > UNASKED or looks_like_question(turn.text):
        return None

    def find(tx: Transaction) -> tuple[Survey, Ticket] | None:
        handled = [ticket for ticket in tx.tickets.of_conversation(turn.conversation_id) if ticket.status == "handled"]
        found = [(survey, ticket) for ticket in handled if (survey := tx.surveys.of_handling(ticket.id, ticket.handlings)) and survey.status == "asking"]
        return found[0] if len(found) == 1 else None

    waiting = await desk.db(find)
    if waiting is None:
        return None
    survey, ticket = waiting
    told, other = await _apart(desk, turn.text, ticket)
    said = await asyncio.to_thread(desk.survey_reader.volunteered, told)
    free = at_hand(turn.text) == "free"
    if (not said and not free) or (turn.intent in REQUESTS and not free and (desk.gazetteer.find(told) or await _is_other(desk, told, ticket))):
        return None
    answers = {slot: _slot(slot, value) for slot, value in said.items()}
    if {"no", "dissatisfied"} & {said.get("solved"), said.get("satisfaction")} and len(told) >= _REASON:
        answers["comment"] = told
    await desk.db(lambda tx: surveys.note(tx, tx.surveys.get(survey.id), _columns(answers)))
    if said or survey.contacted is not None:  # else the question that follows names the matter
        turn.prompt("survey.answered_early", problem=shorten(ticket.problem), number=ticket.number)
    if other:
        turn.prompt("survey.also")
    slots = {**dict.fromkeys(SurveyForm.slots), **_slots_of(survey), **answers, "requested_slot": None}
    later = further.keep(turn, [other], "complaint") if other else []
    return [*later, *(SlotSet(name, value) for name, value in slots.items()), SlotSet("heard", turn.message_key), FollowupAction("survey_form")]


async def _apart(desk: Desk, text: str, ticket: Ticket) -> tuple[str, str]:
    """What a message says of the ticket, and what of another matter: 修好了 and 楼下又开始装修了; nothing and 长安街的路灯不亮了."""
    for end, begin in ((0, 0), *(mark.span() for mark in _PARTS.finditer(text))):
        rest = text[begin:]
        first = _PARTS.split(rest)[0]
        somewhere = desk.gazetteer.find(first) is not None
        if begin and not somewhere and not NEW_MATTER.search(rest[:_REASON]) and not _BEGINS.search(first):
            continue
        other = without_beginning(rest)
        if (begin or somewhere or NEW_MATTER.match(rest) or _BEGINS.search(first) or _ASKS_ANEW.match(rest)) and await _is_other(desk, other, ticket):
            return text[:end], other
    return text, ""


async def _is_other(desk: Desk, told: str, ticket: Ticket) -> bool:
    """Whether it is surely of another category than the ticket."""
    likely = await asyncio.to_thread(desk.categories.suggest, told, 3)
    same = (ticket.category or "")[:4], *desk.city.about_handling
    return bool(ticket.category and likely) and likely[0][1] >= further.SURE and not any(chance >= _POSSIBLE and code.startswith(same) for code, chance in likely)


class AskAbout(Ask):
    """Asks one question of the survey, or reads an answer back."""

    def __init__(self, name: str, desk: Desk, slot: str) -> None:
        super().__init__(name, desk)
        self._slot = slot

    async def perform(self, turn: Turn) -> list[Event]:
        again = self.is_again(turn)
        if turn.intent in ("handover", "signal_handover"):
            return []  # they wait for a person, and may answer all the same
        if self._slot == "doubt":
            doubt = turn.slot("doubt")
            meaning = self.desk.city.say(f"survey.{_label(doubt['slot'], doubt['value'])}")
            turn.prompt("survey.ask_guess" if doubt.get("faint") else "survey.ask_doubt", meaning=meaning, choices=self._choices(turn, doubt["slot"], first=doubt["value"]))
            return []
        if self._offers_person(turn):
            turn.prompt("survey.person")
        choices = self._choices(turn, self._slot)
        begun = turn.slot("solved") or turn.slot("satisfaction")
        if self._slot == "contacted" and not begun:
            _, ticket, note = await self.desk.db(lambda tx: _of(tx, turn.slot("survey")))
            if again or (turn.intent != "signal_survey" and not _CALLS.fullmatch(turn.text)):  # the whole of it was said before
                turn.prompt("survey.ask_contacted_of", problem=shorten(ticket.problem), choices=choices)
                return []
            choices.append(Choice(self.desk.city.say("survey.all_good"), "rate", {"item": "all", "kind": "good"}))
            turn.prompt("survey.ask_contacted", problem=shorten(ticket.problem), number=ticket.number, note=note, choices=choices)
            return []
        suffix = "_again" if (again and self._slot != "comment") or self._slot == "contacted" else ""
        turn.prompt(f"survey.ask_{self._slot}{suffix}", choices=choices)
        return []

    def _choices(self, turn: Turn, slot: str, first: str = "") -> list[Choice]:
        """The answers to tap; after several that were not understood, a person too."""
        offered = self._answers(slot, first)
        if self._offers_person(turn):
            offered.append(Choice(self.desk.city.say("answer.person"), "signal_handover"))
        return offered

    @staticmethod
    def _offers_person(turn: Turn) -> bool:
        return (turn.slot("asked_again") or 0) >= PERSON_AFTER

    def _answers(self, slot: str, first: str) -> list[Choice]:
        if slot == "comment":
            return [Choice(self.desk.city.say("survey.no_comment"), "rate", {"item": "comment", "kind": ""})]
        kinds: list[str] = list(QUESTIONS[slot])
        if slot == "satisfaction" and self.desk.city.grades == 5:
            kinds = [f"very_{grade}" if very else grade for grade, very in FIVE]
        kinds.sort(key=lambda kind: kind != first)
        return [Choice(self.desk.city.say(f"survey.{_label(slot, kind)}"), "rate", {"item": slot, "kind": kind}) for kind in kinds]


class SubmitSurvey(BotAction):
    """Stores the answers, once, and says what becomes of the ticket."""

    expects: Expects | None = "nothing"  # a call ends with it

    async def perform(self, turn: Turn) -> list[Event]:
        events = await self._end(turn)
        if further.kept(turn):
            turn.expects = "yes_no"
            further.offer(self.desk, turn)
        return events

    async def _end(self, turn: Turn) -> list[Event]:
        city = self.desk.city
        ended = turn.slot("survey")
        if isinstance(ended, dict):
            when = ended.get("when")
            turn.prompt(f"survey.{ended['ended']}", when=self._spoken(datetime.fromisoformat(when), turn.now) if when else "")
            return SurveyForm.emptied()
        answers = _columns({slot: turn.slot(slot) for slot in QUESTIONS})

        def store(tx: Transaction) -> Ticket:
            survey, ticket, _ = _of(tx, turn.slot("survey"))
            return surveys.complete(
                tx, survey, **answers, comment=turn.slot("comment") or "",
                reopen_due=city.working_time.due(turn.now, suggest_for(tx, city, ticket).limit), now=turn.now, new_id=self.desk.new_id,
            )  # fmt: skip

        ticket = await self.desk.db(store)
        bye = "" if further.kept(turn) else city.say("survey.bye")
        if ticket.status == "closed":
            turn.prompt("survey.closed", number=ticket.number, bye=bye)
        else:
            unit = city.units.get(ticket.unit_id or "")
            outcome = "survey.supervised" if ticket.supervised else "survey.reopened"
            turn.prompt(outcome, number=ticket.number, unit=unit.name if unit else "", bye=bye)
        return SurveyForm.emptied()

    def _spoken(self, at: datetime, now: datetime) -> str:
        """今天18:00, 明天9:30, 11月28日10:00."""
        local, today = at.astimezone(self.desk.city.timezone), now.astimezone(self.desk.city.timezone).date()
        days = (local.date() - today).days
        day = ("今天", "明天", "后天")[days] if days < 3 else f"{local.month}月{local.day}日"
        return f"{day}{local.hour}:{local.minute:02}"


def _slots_of(survey: Survey) -> dict[str, Any]:
    """The slots of a survey as far as it is answered."""
    satisfaction = f"very_{survey.satisfaction}" if survey.very else survey.satisfaction
    return {"survey": str(survey.id), "contacted": survey.contacted, "solved": survey.solved, "satisfaction": satisfaction, "attitude": survey.attitude}


def _slot(slot: str, value: str, *, very: bool = False) -> Any:
    """An answer as its slot keeps it."""
    if slot == "contacted":
        return value == "yes"
    return f"very_{value}" if slot == "satisfaction" and very and value in ("satisfied", "dissatisfied") else value


def _answers_itself(text: str, asked: str) -> bool:
    """Whether a question in an answer asks nothing of us, since its last clause answers what was asked: 谁联系我啊，没有."""
    *before, last = [clause for clause in re.split(r"[\s,，。.;；!！?？]+", text) if clause] or [""]
    return bool(before) and not looks_like_question(last) and rule(last, asked) is not None


def _label(slot: str, value: str) -> str:
    """The name of the sentence that says an answer."""
    return value if slot == "satisfaction" else f"{slot}_{value}"


def _columns(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Slots as a survey stores them."""
    columns = dict(answers)
    if grade := columns.get("satisfaction"):
        columns["very"] = grade.startswith("very_")
        columns["satisfaction"] = grade.removeprefix("very_")
    return {name: None if value == UNSAID else value for name, value in columns.items()}


def _of(tx: Transaction, survey_id: str) -> tuple[Survey, Ticket, str]:
    survey = tx.surveys.get(UUID(survey_id))
    ticket = tx.tickets.get(survey.ticket_id)
    handled = [event.note for event in tx.tickets.events(ticket.id) if event.kind == "handle"]
    return survey, ticket, handled[-1] if handled else ""
