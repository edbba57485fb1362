"""Danger first: whatever a message was taken for, if someone is in danger the right number comes before anything else.

What only may be a danger is asked about, once, with the number in the same sentence, and the conversation goes on: nobody is alarmed
until the answer is that there is one, or until nothing comes any more (`hotline/dangers.py`).

`Watched` stands before every action. Who was refused and asks where to go is told the channel there too, whatever the question
was taken for, who only sighs is met with a warm sentence, and who answers a survey that waits is asked the rest of it. The first action of a message looks at it; when it tells of a
danger, the bot names the number, opens an urgent ticket and calls a person, and the actions that would have followed keep silent for this message.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.forms import looks_like_question
from actions.intake_words import is_little_more
from actions.request import SAME_DANGER, place_in, place_slot
from actions.survey import answered_early
from actions.talk import says_goodbye
from actions.turn import BotAction, Desk, Event, Turn, look_up
from hotline import dangers, tickets
from hotline.asides import at_hand
from hotline.city import Emergency
from hotline.contacts import read_contact
from hotline.conversations import raise_alarm
from hotline.danger_words import of_another, sounds_like
from hotline.messages import Choice
from hotline.places import Gazetteer
from hotline.ports import Transaction
from hotline.tickets import OPEN, Place, Ticket
from hotline.times import find_when
from knowledge_base.normalise import ASKS

_REMEMBERED = timedelta(hours=1)
"""How long a question about a danger is remembered: the same citizen is not asked again meanwhile, and its button counts."""
_TELLS = ("inform", "nlu_fallback", "rate", "correct", "skip")
"""What a message is taken for that tells something more, and asks for nothing."""
_MESSAGES_TO_PLACE = 3
"""In how many messages the place of a danger is looked for."""
_BESIDE_A_PLACE, _BESIDE_AN_ADDRESS = 6, 12
_MOST_CALMING = _SHORT = 16
_CALMS = re.compile("气话|开玩笑|说着玩|随口|没(?:什么|啥)?事[了啦儿的]?(?:$|[，,。！!])|好多了|没那么严重|别当真|误会|不至于|想开了|冷静")
_DENIES = re.compile("没有?(?:什么|啥|人)?(?:有)?危险|不危险|脱离危险|已经(?:没事|安全)|现在(?:没事|安全)了?")
"""Words that say that there is no danger: whatever else the message sounds like, it is no new one."""
_OVER = re.compile("(?:没|不|别)(?:再)?(?:打|闹|吵|砸|烧|漏|冒烟|流血)了|(?:他们?|她|人|贼)(?:已经|都)?(?:走|跑|离开)了|灭了|扑灭|没(?:有)?(?:人)?受伤|安全了|出来了|救(?:上来|出来)|醒(?:了|过来)|停(?:手|下来)了|(?:警察|消防|救护车|120|119|110)(?:员|人员)?(?:已经|都)?(?:来|到)了")
"""How a danger is said to be over, after an alarm about it."""
_FINDABLE = re.compile("号|栋|单元|室|路|街|小区|花园|村|站(?![在着])|桥|店|校|院|厂|公司|大厦|市场|公园|广场|商场|超市")
_SPOKEN_IN_ANGER = ("suicide", "threat")
_YES = re.compile(r"(?:[对是嗯啊]+的?[，, ]*)?(?:现在|目前|这会儿|真的?|确实|就|还|里面|这[儿里]){0,3}有(?:的|人|危险|人?受伤|人?被困|人有危险|人要出事)*(?:了|啊|呀|吧|的)?[。.！!]*")
_MEANT = re.compile(r"(?:[是对嗯]的?|是啊|对啊|在|还在)[。.！!]*")
"""Yes to the question about a danger, unless the form asked for yes or no as well."""
_YES_OR_NO = ("confirmed", "doubt", "contacted", "solved", "satisfaction")
"""What forms ask for yes or no, after the question about a danger: 对 is the answer to that."""
_HELP = "(?:119|120|110|122|火警|急救|救护车|消防|警察)"
_CALLED = re.compile(rf"(?<![不没别])(?<!不[用要必])(?<!没有)(?:(?:打|拨|叫)(?:过|了|通|完)+{_HELP}|(?:打|拨|叫){_HELP}(?:电话)?了|报(?:过|了|完)(?:火)?警|报(?:火)?警了)")
"""Who has called for help says that there was need: 我已经打了119."""
_PLEADS = re.compile("(?:还没|没有|还未)(?:打|拨|报警?)(?!的)|求(?:求)?[你您]|快[点来]|救[救命我]|怎么办|咋办|咋整|帮帮我|赶紧|来人|人呢|谁来|我(?:好)?怕|害怕")
"""Who is in danger and only pleads: what to do is said once more."""
_HOW_OFTEN = re.compile(r"(?:几乎|基本|就是)?(?:每天|天天|每晚|天天晚上|每天晚上|一直|老是?|经常)(?:都|就)?(?:是|在)?[^，,。\s我想要死命]{0,3}[的啊呢]?")
"""How often something goes on, of which is told what it is."""
_IS_AWAY = re.compile("我(?:现在|目前)?(?:人)?在(?!.*[楼顶台桥河窗轨水湖])[\u4e00-\u9fff]{2,3}(?:呢|啊)?")
_WANTS_NUMBER = re.compile("(?:电话|号码?)(?:号码?)?(?:是|打)?(?:多少|什么|几|啥)|(?:打|拨)(?:什么|哪个|啥)(?:电话|号)|电话[?？吗呢]*$")
"""Who asks for a number that we do not have is told so: 燃气公司电话多少."""
_NO = re.compile(r"(?:[哦噢嗯]+[，, ]*)?(?:现在|目前|暂时)?(?:没有?|无|不是|没事)(?:人|危险|人有危险|事)*(?:了|啊|呀|吧|的)?[。.！!]*")
_SIGHS = re.compile(
    "(?=.*[\u4e00-\u9fff])(?:[唉哎嗐呜]+|(?:我|就是|就|真的?|好|太|很|特别|挺|心里|这日子|日子|过得|活得|最近|都|有点儿?|要|快)*(?:烦|难受|憋屈|委屈|堵得慌|难过|累|没劲|郁闷|压抑|崩溃|心累|想哭|孤独|寂寞|苦|不好受|不痛快)(?:死了?|透了?|得很|得慌|极了|啊|了|呀|呢)*"
    "|没(?:有)?人管我|没(?:有)?(?:一个)?人(?:能|肯|会|愿意)?(?:懂|理解|理|听|陪|关心|在乎|心疼)(?:我|我说)?(?:啊|了|呀)?|[，,。…~！!、 ])+"
)
"""Who only tells how they feel is met with a warm sentence, whatever it was taken for."""
_WHERE_TO = re.compile("(?:找|问|去|到|跟|向|归|由|是|上)(?:谁|哪)|谁(?:管|能管|来管)|哪(?:里|儿|个部门|个单位)|电话(?:号码?)?(?:是|多少)|什么(?:号码|电话|部门)|怎么(?:办|弄|找|联系)|咋[办整]|打不通|没人接|占线")


class Watched(Action):  # type: ignore[misc]
    """An action that gives way to a danger."""

    def __init__(self, action: BotAction, desk: Desk) -> None:
        self._action = action
        self._desk = desk

    def name(self) -> str:
        return self._action.name()

    @property
    def _is_form(self) -> bool:
        return self.name().startswith("validate_")

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        turn = Turn(self._desk, tracker, dispatcher)
        alarm: dict[str, Any] = turn.slot("alarm") or {}
        if turn.is_signal or not turn.text or self.name() == "action_session_start":
            return await self._action.run(dispatcher, tracker, domain)
        if alarm.get("message") == turn.message_key:
            return self._silent(turn) if alarm["raised"] else await self._action.run(dispatcher, tracker, domain)
        denies = _DENIES.search(turn.text) is not None
        harmless = denies or at_hand(turn.text) is not None
        danger = None if harmless else await asyncio.to_thread(self._desk.triage_in(turn.form).danger, turn.text)
        if danger and not self._told_already(danger, self._lately(turn, alarm), turn.text):
            raised = await self._raise(turn, danger, alarm, told=turn.text)
            return [SlotSet("alarm", raised), *self._silent(turn)]
        doubted = self._doubted(turn, alarm)
        if doubted and self._is_one(turn, just_asked=doubted["just_asked"]):
            before = {"ticket": ticket.number} if (ticket := await self._opened_unanswered(turn, doubted)) else alarm
            raised = await self._raise(turn, self._desk.city.emergencies[doubted["danger"]], before, told=f"{doubted['text']}（问有没有危险，答：{turn.text}）")
            return [SlotSet("alarm", raised), *self._silent(turn)]
        if doubted and (denies or (doubted["just_asked"] and (_NO.fullmatch(turn.text) or (len(turn.text) <= _MOST_CALMING and _CALMS.search(turn.text))))):
            if ticket := await self._opened_unanswered(turn, doubted):
                # A person was alarmed meanwhile: they read it, and ask once more.
                await self._desk.db(lambda tx: tickets.supplement(tx, ticket, by="citizen", note=f"问有没有危险，后来答：{turn.text}", now=turn.now, new_id=self._desk.new_id))
                turn.prompt(_calmed(doubted["danger"]), number=ticket.number)
            else:
                turn.prompt("emergency.none")
            # An open form asks once more what it asked: this was no answer to it.
            return [SlotSet("alarm", {"message": turn.message_key, "raised": turn.form is None, "doubted": {**doubted, "just_asked": False}}), *self._silent(turn)]
        refused = self._desk.city.refusals.get(turn.slot("refused") or "") if len(turn.text) <= _SHORT else None
        if refused and not _WHERE_TO.search(turn.text):  # 那我投诉执行局的法官行不行
            refused = await asyncio.to_thread(self._desk.triage.refusal, turn.text) if turn.form is None else None
        if refused:
            person = Choice(self._desk.city.say("answer.person"), "signal_handover")
            turn.prompt("intake.refused_again", channel=refused.channel, choices=[person])
            return [SlotSet("alarm", {**alarm, "message": turn.message_key, "raised": True}), *self._silent(turn)]
        # Where a danger is may be told a little later: 快点啊 comes first.
        waits = int(alarm.get("waits") or 0)
        lately = self._lately(turn, alarm)
        still = {**lately, "waits": max(waits - 1, 0)} if lately else {}
        pleads = len(turn.text) <= _MOST_CALMING and _PLEADS.search(turn.text)
        calms = len(turn.text) <= _MOST_CALMING and (_OVER.search(turn.text) or (waits and _CALMS.search(turn.text)))
        if lately and (denies or calms):
            await self._add(turn, alarm["ticket"])
            # What was said in anger was said: a person looks at it, and nobody is told that it was wrong to say it.
            turn.prompt(_calmed("" if lately["another"] else lately["danger"]), number=alarm["ticket"])
            return [SlotSet("alarm", {"message": turn.message_key, "raised": True, **still, "calmed": True}), *self._silent(turn)]
        placed = await self._placed(turn, alarm["ticket"], asked_just_now=waits == _MESSAGES_TO_PLACE) if waits and not pleads else False
        if placed is not False:
            asked_too = self._is_form and turn.form == "intake_form" and turn.slot("requested_slot") == "place"
            place = self._desk.gazetteer.find(turn.text) if asked_too else None
            told = [SlotSet("place", place_slot(place, enough=True))] if place else []
            return [SlotSet("alarm", {"message": turn.message_key, "raised": True, **(lately if placed else still)}), *told, *self._silent(turn)]
        begun = turn.slot("draft") is not None or turn.form not in (None, "intake_form")
        tells = turn.intent in _TELLS or read_contact(turn.text, asked=False).reporter or (turn.intent == "goodbye" and not says_goodbye(turn.text))
        if lately and (danger or (len(turn.text) <= _MOST_CALMING and _CALLED.search(turn.text)) or (not begun and (pleads or (tells and not looks_like_question(turn.text)) or await self._asks_in_vain(turn)))):
            await self._add(turn, alarm["ticket"])
            if pleads and not alarm.get("calmed"):
                danger = self._desk.city.emergencies[lately["danger"]]
                turn.say(danger.advice_for_another if lately["another"] else danger.advice)
            wants_number = not pleads and _WANTS_NUMBER.search(turn.text)
            turn.prompt("emergency.number_unknown" if wants_number else "emergency.called" if pleads and not waits and not alarm.get("calmed") else _taken("" if lately["another"] else lately["danger"], where_is_asked=waits > 0 and not lately["placed"]), number=alarm["ticket"], call=self._desk.city.emergencies[lately["danger"]].number)
            return [SlotSet("alarm", {"message": turn.message_key, "raised": True, **still}), *self._silent(turn)]
        if doubted:
            doubted = {**doubted, "just_asked": False}
        elif not waits and not harmless and not _only_answers(turn, self._desk.gazetteer) and (doubt := await asyncio.to_thread(self._doubt, turn)):
            turn.say(doubt.ask, choices=[Choice(self._desk.city.say(f"emergency.{name}")) for name in ("there_is", "there_is_none")])
            doubted = {"danger": doubt.id, "text": turn.text, "just_asked": True, "at": turn.now.isoformat(), "message": turn.message_key}
            suggested = await asyncio.to_thread(self._desk.categories.suggest, turn.text, 3)
            await self._desk.db(lambda tx: dangers.wait_for_answer(tx, turn.conversation_id, turn.message_key, doubt, suggested, now=turn.now, new_id=self._desk.new_id))
        looked = SlotSet("alarm", {"message": turn.message_key, "raised": False, **still, **({"doubted": doubted} if doubted else {})})
        if turn.slot("draft") is None and turn.form in (None, "intake_form") and not doubted and _SIGHS.fullmatch(turn.text):
            turn.prompt("talk.comfort", choices=[Choice(self._desk.city.say("answer.person"), "signal_handover")])
            return [SlotSet("alarm", {"message": turn.message_key, "raised": True, **still}), *self._silent(turn)]
        if not doubted and (going_on := await answered_early(self._desk, turn)) is not None:
            return [looked, *going_on]
        events = await self._action.run(dispatcher, tracker, domain)
        # A form that a message is not for says so by changing nothing at all: then Rasa lets the rules answer.
        return [looked, *events] if events or not self._is_form else []

    def _doubt(self, turn: Turn) -> Emergency | None:
        """What may be a danger. During a survey, what would be one at any other time is at least asked about."""
        return self._desk.triage_in(turn.form).doubt(turn.text) or self._desk.triage.danger(turn.text)

    def _doubted(self, turn: Turn, alarm: dict[str, Any]) -> dict[str, Any] | None:
        """What was asked about, if that is not long ago."""
        doubted: dict[str, Any] | None = alarm.get("doubted")
        return doubted if doubted and turn.now - datetime.fromisoformat(doubted["at"]) < _REMEMBERED else None

    async def _opened_unanswered(self, turn: Turn, doubted: dict[str, Any]) -> Ticket | None:
        """The open ticket about what was asked, if nobody answered in time."""
        ticket = await self._desk.db(lambda tx: tx.tickets.by_request_key(dangers.request_key(turn.conversation_id, doubted["message"])))
        return ticket if ticket and ticket.status in OPEN else None

    async def _asks_in_vain(self, turn: Turn) -> bool:
        """Whether a short question after an alarm has no answer in the knowledge: 能打通物业吗没人接 is for the person who comes."""
        return len(turn.text) <= _MOST_CALMING and ASKS.search(turn.text) is not None and turn.intent == "consultation" and (await look_up(self._desk, turn, turn.text)).answer is None

    def _told_already(self, danger: Emergency, lately: dict[str, Any], text: str) -> bool:
        """Whether a message goes on telling of the danger of the alarm just now: 孩子在哭. What asks for another number, or in its own words tells of
        another danger, is a new one."""
        if not lately:
            return False
        before = self._desk.city.emergencies[lately["danger"]]
        return danger.id == before.id or (danger.number == before.number and not sounds_like(danger.id, text))

    def _is_one(self, turn: Turn, *, just_asked: bool) -> bool:
        """Whether the message says that there is a danger: by the button's words or by who was called for help at any time, by a bare yes only
        right after the question."""
        if turn.text == self._desk.city.say("emergency.there_is") or _CALLED.search(turn.text):
            return True
        return just_asked and bool(_YES.fullmatch(turn.text) or (turn.slot("requested_slot") not in _YES_OR_NO and _MEANT.fullmatch(turn.text)))

    async def _raise(self, turn: Turn, danger: Emergency, before: dict[str, Any], *, told: str) -> dict[str, Any]:
        """Say the number, open the ticket about what was `told`, call a person. What is told of the same danger a second time is added to its ticket."""
        suggested = await asyncio.to_thread(self._desk.categories.suggest, told, 3)
        day = self._desk.day(turn.now)
        meant = place_in(turn.slot("place")) if turn.form == "intake_form" else None
        meant = meant if meant and meant.text else None

        def alert(tx: Transaction) -> Ticket:
            raise_alarm(tx, turn.conversation_id, now=turn.now)
            known = tx.tickets.by_number(before["ticket"]) if before.get("ticket") else None
            if known and known.status in OPEN:
                return tickets.supplement(tx, known, by="citizen", note=told, now=turn.now, new_id=self._desk.new_id)
            draft = dangers.draft(tx, turn.conversation_id, turn.message_key, danger, told, gazetteer=self._desk.gazetteer, city=self._desk.city, suggested=suggested)
            if meant and not draft.place.text:
                draft = replace(draft, place=meant)
            return tickets.open_ticket(tx, draft, day=day, now=turn.now, new_id=self._desk.new_id)

        ticket = await self._desk.db(alert)
        taken_over = meant is not None and ticket.place == meant
        where = bool(ticket.place.text) and not taken_over  # a danger may be elsewhere: the place is said, and a nearer one is looked for
        another = of_another(danger.id, told)
        turn.say(danger.advice_for_another if another else danger.advice)
        turn.prompt("emergency.recorded" if where else "emergency.recorded_as_told" if taken_over else "emergency.recorded_ask_place", number=ticket.number, place=ticket.place.text)
        return {"message": turn.message_key, "raised": True, "ticket": ticket.number, "danger": danger.id, "at": turn.now.isoformat(), "waits": 0 if where else _MESSAGES_TO_PLACE, "placed": taken_over, "another": another}

    @staticmethod
    def _lately(turn: Turn, alarm: dict[str, Any]) -> dict[str, Any]:
        """The urgent ticket of a danger that was told just now; empty when none was."""
        begun = alarm.get("at")
        return {"ticket": alarm["ticket"], "danger": alarm["danger"], "at": begun, "placed": alarm.get("placed", False), "another": alarm.get("another", False), "calmed": alarm.get("calmed", False)} if begun and turn.now - datetime.fromisoformat(begun) < SAME_DANGER else {}

    async def _add(self, turn: Turn, number: str, place: Place | None = None) -> None:
        """Write what was said into the urgent ticket, if it is open, with its `place` if that is told. Without one, a place makes the ticket's
        more precise: 八角街道, and then 八角北里3号楼."""
        gazetteer = self._desk.gazetteer
        more = gazetteer.find(turn.text) if place is None else None
        nearer = more if more and len(turn.text) - len(more.text) <= _BESIDE_A_PLACE else None

        def add(tx: Transaction) -> None:
            ticket = tx.tickets.by_number(number)
            if ticket and ticket.status in OPEN:
                more = place or (nearer if ticket.place.text else None)
                where = gazetteer.merge(ticket.place, more) if more and ticket.place.text else more or ticket.place
                tickets.supplement(tx, replace(ticket, place=where), by="citizen", note=turn.text, now=turn.now, new_id=self._desk.new_id)

        await self._desk.db(add)

    async def _placed(self, turn: Turn, number: str, *, asked_just_now: bool) -> bool | None:
        """Whether the message says where it is. Then the ticket has it. Later only what is little more than a place does: the rest is another
        matter. None where somebody could not be sent there yet: 躲在厕所里 is kept, and asked further."""
        place = sure = self._desk.gazetteer.find(turn.text)
        if place is None and turn.form is None and find_when(turn.text) is None and turn.intent in ("inform", "nlu_fallback"):
            place = self._desk.gazetteer.read_answer(turn.text)
        if place is None or (not asked_just_now and len(turn.text) - len(place.text) > (_BESIDE_AN_ADDRESS if place.street_code else _BESIDE_A_PLACE)):
            return False
        fuller = self._desk.gazetteer.read_answer(turn.text)
        place = fuller if fuller and place.text in fuller.text else place  # 荣丰2008, of which no list knows
        await self._add(turn, number, place)
        found = sure is not None or _FINDABLE.search(place.text) is not None
        turn.prompt("emergency.placed" if found else "emergency.placed_vaguely", number=number)
        return True if found else None

    def _silent(self, turn: Turn) -> list[Event]:
        """What an action returns that says nothing: a form that was open stays where it is, one about to open does not."""
        if self._is_form:
            return [SlotSet("heard", turn.message_key), SlotSet("requested_slot", turn.slot("requested_slot"))]
        return []


def _only_answers(turn: Turn, gazetteer: Gazetteer) -> bool:
    """Whether a message is nothing but the answer to “who?”, “when?” or “where?”: 我是孩子妈妈, 刚刚."""
    who = read_contact(turn.text, asked=turn.slot("requested_slot") == "contact")
    when = find_when(turn.text) if turn.slot("requested_slot") == "happened" else None
    where = gazetteer.find(turn.text) if turn.slot("requested_slot") == "place" else None
    if where and where.district_code and is_little_more(turn.text, where.text):
        return True  # 学校在和平里那边
    if turn.slot("draft") is not None and (_HOW_OFTEN.fullmatch(turn.text) or _IS_AWAY.fullmatch(turn.text)):
        return True  # 每天都跳, of the dancing on the square; 我在上海
    return (who.reporter is not None and not who.rest) or (when is not None and len(turn.text) - len(when.text) <= 1)


def _taken(danger: str, *, where_is_asked: bool) -> str:
    """The sentence for what is told after an alarm."""
    return f"emergency.{'listening' if danger == 'suicide' else 'added'}{'_ask_place' if where_is_asked else ''}"


def _calmed(danger: str) -> str:
    """The sentence for who says that a danger is none, or over."""
    return "emergency.calmed" if danger in _SPOKEN_IN_ANGER else "emergency.eased"
