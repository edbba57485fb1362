"""Consultations: answered word for word from the knowledge base, or honestly not."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal
from uuid import UUID

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions import further
from actions.forms import looks_like_question
from actions.intake_form import IntakeForm
from actions.intake_words import CLAUSE, HOW_LONG, MAY_LEAVE_NONE, SUGGESTS, SURELY_MEANT, TAKES_BACK, only_despairs, without_scolding
from actions.request import SURE_OF_CATEGORY
from actions.turn import REQUESTS, SENTENCES, Desk, Event, Interruption, Turn, look_up, was_heard
from hotline.articles import Article, AskedQuestion, file_link
from hotline.city import City
from hotline.contacts import read_contact
from hotline.intake import asks_to_begin, hear, named_kinds, wants_confidence
from hotline.matters import several
from hotline.messages import Choice
from hotline.place_words import HAN
from hotline.ports import Transaction
from knowledge_base.normalise import ASKS, is_question
from knowledge_base.search import Found

TAKE = FollowupAction("intake_form")
_LOOKED_BACK = 8
_SHORT = 8
"""Characters of a question that goes on from a choice."""
_SHORTEST_PROBLEM = 6
_A_SENTENCE = 10
"""Characters from which on a statement is hardly only the beginning of one (我们这个楼啊)."""
_MOST_TAKEN = 40
"""Characters of the longest problem that a question is searched together with."""
_STORY = 60
"""Characters from which on a message tells a story, whatever it asks at its end."""
_MOST_PIECES, _LONGEST_PIECE = 3, 16
_STILL = re.compile("(?<=[\u4e00-\u9fff]{2})(?:还是?|一直|至今|到现在)(?:都|也)?(?:没|不)(?!有?(?:满意|消息|结果|回|人|用|行))[^，,。]")
"""不满意上次的处理，路灯还是没修 tells what is so."""
_WANTS_US_TO = re.compile("(?:给我|给我们|请|要求|必须)公开|(?:你们|您|热线|政府)(?:到底|究竟)?(?:能不能|可不可以|能|可以)(?:给我|给|帮我|帮忙|替我)?(?:让|叫|催|管|查|处理|解决|改|撤|出面)")
"""你们能不能让他还 asks us to do something, and nothing that an article answers."""


def actions(desk: Desk) -> list[Interruption]:
    return [Answer("action_answer", desk), Helpful("action_helpful", desk)]


def _leaves_number(turn: Turn) -> bool:
    """Whether somebody is to call back, which no article does: …我姓傅，电话68021234，我就想问问到底装不装."""
    reporter = read_contact(turn.text, asked=False).reporter
    return reporter is not None and reporter.phone is not None


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a message was understood to ask."""

    found: Found
    said_just_now: bool = False
    """Its answer are the bot's last words."""
    of_a_choice: bool = False
    """It goes on from a choice that stands open, and does not tell which."""
    choices: tuple[str, ...] = ()
    """What is offered then, in the place of what was found."""
    likeliest: Article | None = None
    """The first one of that choice, where it is still first with what was said now."""


@dataclass(frozen=True, slots=True)
class _OpenChoice:
    """The bot's last words asked what was meant by `asked`, and offered these."""

    asked: str
    offered: tuple[str, ...]

    def tells(self, text: str, article: Article) -> bool:
        """Whether a text tells that it is this one: two characters of it stand in no other question (租房的), or nothing else was offered."""
        others = [question for question in self.offered if question != article.question]
        pairs = {text[at : at + 2] for at in range(len(text) - 1)}
        return not others or any(pair in article.question and not any(pair in other for other in others) for pair in pairs)


class Answer(Interruption):
    """Answers, asks what was meant, or offers to record the question."""

    async def perform(self, turn: Turn) -> list[Event]:
        takes_back = turn.form == "intake_form" and TAKES_BACK.match(turn.text)
        if takes_back:
            turn.prompt("intake.cancelled")
        events = await self._answer(turn)
        if takes_back:
            return [*events, *IntakeForm.emptied(), ActiveLoop(None), FollowupAction("action_listen")]
        # The form that left a question to us would begin anew.
        return events if turn.form or events[-1:] == [TAKE] else [*events, FollowupAction("action_listen")]

    async def _answer(self, turn: Turn) -> list[Event]:
        if turn.form is None and SUGGESTS.match(turn.text):
            return [TAKE]
        if turn.form is None and turn.slot("refused") and wants_confidence(turn.text):
            turn.prompt("intake.confidential")  # what was refused is recorded, and kept from those it is about
            return []
        if turn.form is None and only_despairs(turn.text):
            turn.prompt("intake.upset")
            turn.prompt("intake.ask_problem")
            return []
        consults = turn.intent in ("consultation", "progress")  # the latter of who has no ticket and speaks of none
        asks = looks_like_question(without_scolding(turn.text)) and not _WANTS_US_TO.search(turn.text)
        # 那我要投诉 goes on from no answer.
        told = turn.slot("told") if asks or REQUESTS.isdisjoint(turn.ranking[:1]) else None
        meant = await self._meant(turn, told)
        found = meant.found
        if turn.form is None:
            asks = asks and (found.answer is not None or len(turn.text) < _STORY)  # who tells so much wants more than a choice of articles
            refused = None if found.answer and looks_like_question(turn.text) == asks else await asyncio.to_thread(self.desk.triage.refusal, turn.text)
            if (refused.question or not asks) if refused else (not asks or _leaves_number(turn)) and await self._reports_something(turn, found, goes_on=meant.of_a_choice):
                return [TAKE]
        city = self.desk.city
        record = self._record_choice(turn)
        person = Choice(city.say("answer.person"), "signal_handover")
        if turn.form is None and not found.answer and asks_to_begin(turn.text) and (before := turn.told_before(asked_too=True)):
            await self._record(turn, found, before)  # 能举报吗, of what was asked just before
            turn.prompt("answer.may_record", choices=[record, person])
            return []
        if found.answer and (meant.said_just_now or found.leans) and await self._points_to_it(turn, found, found.answer, record, person):
            return []
        begins = turn.form is None and not found.answer and _only_begins(turn)
        begun = [SlotSet("begun", {"message": turn.message_key, "text": turn.text})] if begins else []
        if (consults and not begins) or found.answer or found.maybe:
            await self._record(turn, found)
        if found.answer:
            if found.again:
                turn.prompt("answer.again", question=found.answer.question)
            # 暖气不热 may be asking what to do, or for somebody to do it.
            offered = [] if _only_asks(turn) or turn.form else [record]
            turn.say(answer_text(city, found.answer), spoken=spoken_answer(found.answer), choices=[*offered, *self._choices(turn, found)])
            return [SlotSet("told", found.answer.id), *self._beside(turn)]
        if consults and turn.form == "intake_form" and turn.slot("problem") and found.score < SURELY_MEANT and not TAKES_BACK.match(turn.text):
            return _kept(turn, person)
        if found.maybe:
            none = Choice(city.say("answer.none_of_these"), record.intent, record.entities)
            questions = [Choice(question, group="related") for question in meant.choices or (article.question for article in found.maybe)]
            line = await asyncio.to_thread(self.desk.knowledge.passage, turn.text, meant.likeliest) if meant.likeliest else None
            key = "answer.if_meant" if line else "answer.choose_first" if meant.of_a_choice else "answer.did_you_mean"
            turn.prompt(key, question=questions[0].label, line=line, choices=[*questions, *([] if turn.form else [none]), person])
        elif begins and (before := turn.told_before(asked_too=True)):
            # 我的快递丢了找谁, which nothing answers, and 他们不赔: both are one matter, and said already.
            await self._record(turn, found, f"{before}，{turn.text}")
            turn.prompt("answer.may_record", choices=[record, person])
        elif begins:
            turn.prompt("answer.go_on", choices=[person])
        elif consults:
            turn.prompt("answer.unknown", choices=[person] if turn.form else [record, person])
        else:
            turn.prompt("talk.foreign" if turn.is_foreign else "answer.unclear", choices=[person])
        return begun

    async def _meant(self, turn: Turn, told: str | None) -> _Meant:
        """What a message asks: by itself, after the answer `told` just now, of a choice that stands open, or of the request that is being taken."""
        found = await look_up(self.desk, turn, turn.text, told)
        stands = await self._where_it_stands(turn, found.answer) if found.answer and found.again else None
        if found.leans and not stands:
            found = await look_up(self.desk, turn, turn.text)
        if not found.answer and told and turn.intent == "inform" and not (turn.told_before() or turn.stated_before()):
            # 我们户口在海淀房子在昌平, of the answer to a question: who asked tells more of themselves, and reports nothing.
            above = self.desk.knowledge.get(told)
            if above and await self._where_it_stands(turn, above) == "just above":
                return _Meant(Found(above, (), (), found.score, again=True, leans=True), said_just_now=True)
        goes_on = is_question(turn.text) or turn.intent in ("consultation", "inform", "nlu_fallback")
        may_go_on = (not found.answer or found.leans) and len(turn.text) <= _SHORT and goes_on and not self._tells_where(turn)
        if may_go_on and (open_choice := await self.desk.db(partial(_open_choice, turn=turn, city=self.desk.city))) and (meant := await self._meant_of(open_choice, turn)):
            return replace(meant, said_just_now=stands == "just above" and not meant.of_a_choice)
        if not found.answer and (about := _being_taken(turn)):
            back = TAKES_BACK.match(turn.text)
            together = await look_up(self.desk, turn, f"{about}，{turn.text[back.end() :] if back else turn.text}")
            if together.answer or back or len(turn.text) <= _SHORT:
                return _Meant(together)
        return _Meant(found, said_just_now=stands == "just above")

    async def _meant_of(self, choice: _OpenChoice, turn: Turn) -> _Meant | None:
        """What 要带什么, or 异地的, means after “did you mean”: of one of those, and nothing was chosen yet. None if it has nothing to do with them."""
        together = await look_up(self.desk, turn, f"{choice.asked}，{turn.text}")
        if answer := together.answer:
            if choice.tells(turn.text, answer):
                return _Meant(together)
            # 多久到账, of several ways to draw on the fund: which one is only a guess.
            first = (answer.question,) if answer.question in choice.offered else ()
            offered = (*first, *(question for question in choice.offered if question not in first))
            return _Meant(replace(together, answer=None, maybe=(answer,)), of_a_choice=True, choices=offered, likeliest=answer if first else None)
        if together.maybe:
            likeliest = together.maybe[0]
            return _Meant(together, of_a_choice=True, likeliest=likeliest if likeliest.question == choice.offered[0] else None)
        facts = hear(turn.text, self.desk.gazetteer, wanted=None)
        if turn.intent in ("inform", "nlu_fallback") and not facts.happened and not facts.reporter:
            asked = await look_up(self.desk, turn, choice.asked)  # 我们没领证: which of them it is stays open
            if likely := asked.maybe or tuple(filter(None, [asked.answer])):
                return _Meant(replace(asked, answer=None, maybe=likely), of_a_choice=True, choices=choice.offered)
        return None

    def _tells_where(self, turn: Turn) -> bool:
        """Whether a message is a place in the city: 石景山 chooses none of several articles."""
        place = self.desk.gazetteer.find(turn.text)
        return place is not None and place.district_code is not None and len(place.text) >= len(turn.text) - 2

    async def _where_it_stands(self, turn: Turn, article: Article) -> Literal["just above", "above"] | None:
        return await self.desk.db(partial(_stands, turn=turn, article=article, city=self.desk.city))

    async def _points_to_it(self, turn: Turn, found: Found, said: Article, record: Choice, person: Choice) -> bool:
        """Show the line of an answer that stands there already, or say that it says nothing nearer. False where all of it had better be said again."""
        line = await asyncio.to_thread(self.desk.knowledge.passage, turn.text, said)
        if not line and not found.leans and await was_heard(self.desk, turn):
            return False
        # What it says about this stands there to be read; if it says nothing, the editors should know.
        await self._record(turn, Found(None, (said,), (), found.score))
        related = [Choice(article.question, group="related") for article in found.related if found.leans]
        choices = [*related, *([] if turn.form else [record]), person]
        turn.prompt("answer.again_line" if line else "answer.again_above", question=said.question, line=line, choices=choices)
        return True

    async def _reports_something(self, turn: Turn, found: Found, *, goes_on: bool) -> bool:
        """Whether a statement that fits no intent well is a request: it tells of something at some place or time, or may well be one by
        its words, or is surely of one category (这儿的护栏倒了); or it says where or when, and the message before said what (停水，… 劲松八区).
        `goes_on`: that it is of a choice which is open."""
        answered = found.answer is not None or goes_on
        heard = hear(turn.text, self.desk.gazetteer, wanted=None)
        tells_on = ((heard.place or heard.happened or (turn.intent == "inform" and not answered)) and turn.told_before()) or (heard.place and turn.stated_before())
        if named_kinds(turn.text) or tells_on or turn.kept_before() or (heard.reporter and heard.reporter.phone):
            return True
        if heard.problem is None and heard.place and heard.place.district_code and self.desk.gazetteer.is_precise(heard.place) and not turn.slot("told"):
            return not answered  # 我在海淀区安宁里小区: what it is about is asked
        exclaims = ASKS.search(turn.text) and not looks_like_question(turn.text)
        told = heard.problem and (exclaims or ((heard.place or heard.happened or heard.reporter) and len(turn.text) >= 10) or len(turn.text) >= _STORY)
        likely = len(turn.text) >= 5 and (not REQUESTS.isdisjoint(turn.ranking[:2]) or (turn.intent == "nlu_fallback" and len(turn.text) >= _A_SENTENCE and turn.leans_to_request))
        if found.maybe and turn.intent == "consultation" and not told:
            return False  # 我妈的社保卡丢了 is met with what it may ask, and with a button to have it recorded
        if heard.problem and not answered and turn.intent in ("rate", "nlu_fallback", "inform") and any(_STILL.search(c) and hear(c, self.desk.gazetteer, wanted=None).problem for c in CLAUSE.split(turn.text)):
            return True
        if answered or told or likely:
            return not answered
        if not heard.problem or len(heard.problem) < _SHORTEST_PROBLEM or is_question(turn.text):
            return False  # 冰雪大世界的企鹅靴在哪领 is surely about snow, and reports none
        likeliest = await asyncio.to_thread(self.desk.categories.suggest, turn.text, 1)
        return bool(likeliest) and likeliest[0][1] >= SURE_OF_CATEGORY

    def _beside(self, turn: Turn) -> list[Event]:
        """A matter told in the same breath as the question (公积金怎么取，另外我们小区路灯不亮) is offered to be taken next."""
        parts = several(turn.text)
        matters = [part for part in parts if not is_question(part)]
        if turn.form or not 0 < len(matters) < len(parts):
            return []
        events = further.keep(turn, matters, "help_request")
        for event in events:
            further.offer(self.desk, turn, event["value"])
        return events

    def _record_choice(self, turn: Turn) -> Choice:
        """Has the matter recorded: as what it sounds like, if it is no question."""
        kind = next((intent for intent in turn.ranking if intent in REQUESTS), "help_request")
        asked = {"question": str(turn.message_id)}
        return Choice(self.desk.city.say("answer.record"), "signal_record", asked if _only_asks(turn) else {**asked, "kind": kind})

    def _choices(self, turn: Turn, found: Found) -> list[Choice]:
        question = str(turn.message_id)
        return [
            *(Choice(article.question, group="related") for article in found.related),
            Choice(self.desk.city.say("answer.helpful"), "signal_helpful", {"question": question, "helpful": "yes"}, "feedback"),
            Choice(self.desk.city.say("answer.unhelpful"), "signal_helpful", {"question": question, "helpful": "no"}, "feedback"),
        ]

    async def _record(self, turn: Turn, found: Found, text: str = "") -> None:
        article = found.answer.id if found.answer else None
        question = AskedQuestion(turn.message_id, turn.conversation_id, text or turn.text, article, found.score, turn.now, offered=tuple(a.id for a in found.maybe))
        await self.desk.db(lambda tx: tx.articles.add_question(question))


class Helpful(Interruption):
    """Thumbs up or down on an answer. A thumbs-down offers to record the matter."""

    async def perform(self, turn: Turn) -> list[Event]:
        question = turn.entities.get("question", "")
        helpful = turn.entities.get("helpful") == "yes"
        await self.desk.db(lambda tx: tx.articles.set_helpful(UUID(question), helpful))
        if helpful:
            turn.prompt("answer.thanks_helpful")
            return []
        city = self.desk.city
        record = Choice(city.say("answer.record"), "signal_record", {"question": question})
        turn.prompt("answer.sorry_unhelpful", choices=[record, Choice(city.say("answer.person"), "signal_handover")])
        return []


def _being_taken(turn: Turn) -> str:
    """The matter that the form takes, of which a short question in between asks: 能要回来吗, of money in a gym that has closed. Empty where there is none."""
    problem = str(turn.slot("problem") or "") if turn.form == "intake_form" and is_question(turn.text) else ""
    return problem if len(problem) <= _MOST_TAKEN and len(turn.text) <= _LONGEST_PIECE else ""


def _kept(turn: Turn, person: Choice) -> list[Event]:
    """What becomes of a question in the middle of a request that no article answers: about the request itself it is answered, else who handles it reads it."""
    asked = [c for c in SENTENCES.split(turn.text) if is_question(c)] or [turn.text]
    if any(HOW_LONG.fullmatch(c) for c in asked) or MAY_LEAVE_NONE.search(turn.text):
        turn.prompt("intake.without_place" if MAY_LEAVE_NONE.search(turn.text) else "intake.how_long")
        return []
    turn.prompt("intake.question_kept", choices=[person])
    return [SlotSet("unanswered", [*(turn.slot("unanswered") or []), "，".join(asked)])]


def _only_begins(turn: Turn) -> bool:
    """Whether it may be the beginning of something that is told in pieces (路灯 … 不亮), to be heard together with what comes next."""
    pieces = CLAUSE.split(turn.text)
    return len(pieces) <= _MOST_PIECES and len(pieces[-1]) <= _LONGEST_PIECE and HAN.search(turn.text) is not None and not is_question(pieces[-1])


def _open_choice(tx: Transaction, *, turn: Turn, city: City) -> _OpenChoice | None:
    """The choice that stands open, if the bot's last words offered one. What it is about was asked before the short messages that only went on from it."""
    openings = tuple(city.say(f"answer.{key}", question="", line="").partition("“")[0] for key in ("did_you_mean", "choose_first", "if_meant"))
    asked, offered = "", tuple[str, ...]()
    for message in reversed(tx.messages.of(turn.conversation_id, limit=_LOOKED_BACK)):
        if message.direction == "out" and message.text:
            if not message.text.startswith(openings):
                break
            offered = offered or tuple(choice.label for choice in message.choices if choice.group == "related")
        elif offered and message.text:
            asked = message.text
            if len(asked) > _SHORT:
                break
    return _OpenChoice(asked, offered) if asked else None


def _stands(tx: Transaction, *, turn: Turn, article: Article, city: City) -> Literal["just above", "above"] | None:
    """Where this answer stands among the bot's last words: the last of them, but for what was said of it since; or further up."""
    about = city.say("answer.again_above", question=article.question)[: len(article.question) + 3]
    said = [m.text for m in tx.messages.of(turn.conversation_id, limit=_LOOKED_BACK) if m.direction == "out" and m.text]
    while said and said[-1].startswith(about):
        said.pop()
    if said and said[-1].startswith(article.answer):
        return "just above"
    return "above" if any(text.startswith(article.answer) for text in said) else None


def _only_asks(turn: Turn) -> bool:
    """Whether it is a question that nobody could take for a request."""
    return looks_like_question(turn.text) and turn.intent not in REQUESTS


def spoken_answer(article: Article) -> str | None:
    """The words for the ear, where they differ: nobody wants to hear the names of files."""
    return article.spoken_answer or (article.answer if article.files else None)


def answer_text(city: City, article: Article) -> str:
    """The approved answer, word for word, with its files, its source and date."""
    files = "，".join(file_link(article, file) for file in article.files)
    answer = f"{article.answer}\n\n{city.say('answer.files', files=files)}" if files else article.answer
    kind = "answer.sample" if article.sample else "answer.source"
    return f"{answer}\n\n{city.say(kind, source=article.source, date=article.source_date.isoformat())}"
