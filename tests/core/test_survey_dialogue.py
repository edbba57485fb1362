"""The survey in chat, without Rasa: what it asks, reads back, and takes when nobody had asked just then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from fakes import Clock
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import survey as survey_actions
from actions.alarm import Watched
from actions.followup import Progress
from actions.intake_form import IntakeForm
from actions.talk import SmallTalk
from hotline import attempts, surveys, tickets
from hotline.conversations import accept
from hotline.messages import Address, InboundMessage
from hotline.places import Gazetteer
from hotline.tickets import Draft, Place, Reporter
from knowledge_base.survey_answers import QUESTIONS, Reading

MEANT = {
    "已经修好了": {"solved": "yes"}, "修好了": {"solved": "yes"}, "还漏着呢": {"solved": "no"}, "没解决！你们光知道打电话，水还漏着": {"solved": "no"}, "没修好，路灯也不亮": {"solved": "no"},
    "长安街的水管没修": {"solved": "no"},
}  # fmt: skip
"""What the reader is sure of, whoever asked."""
LIKELY = {"楼下又开始装修了": "020101", "没修好，路灯也不亮": "030101", "长安街的路灯不亮了": "030101"}
"""What is surely of another category than the leaking pipe."""


CALM = SimpleNamespace(danger=lambda text: None, doubt=lambda text: None)


class Chat:
    """A citizen whose ticket was handled, in a web chat; a survey that is begun waits for its time."""

    def __init__(self, city: Any, store: Any, clock: Clock, new_id: Callable[[], UUID]) -> None:
        reader = SimpleNamespace(volunteered=lambda text: MEANT.get(text, {}), read=self._read)
        self.city, self.store, self.clock, self.new_id = city, store, clock, new_id
        self.desk: Any = SimpleNamespace(
            city=city, store=store, clock=clock, new_id=new_id, survey_reader=reader, db=self._db, gazetteer=Gazetteer(city),
            categories=SimpleNamespace(suggest=lambda text, count: [(LIKELY.get(text, "010101"), 0.95), ("270301", 0.001)]),
            triage=CALM, triage_in=lambda form: CALM,
        )  # fmt: skip
        self.slots: dict[str, Any] = {}
        self.form: str | None = None
        known = [
            *survey_actions.actions(self.desk), Progress("action_progress", self.desk), SmallTalk("action_small_talk", self.desk), IntakeForm("validate_intake_form", self.desk),
        ]  # fmt: skip
        self._actions = {action.name(): Watched(action, self.desk) for action in known}
        given: dict[str, Any] = {"now": clock(), "new_id": new_id}
        with store.transaction() as tx:
            self.conversation = tx.conversations.open(Address("web", "w1"), now=clock(), new_id=new_id).id
            draft = Draft("key", self.conversation, "complaint", "水管漏水", "昨天", Place("某路"), Reporter("王", None), "010101")
            opened = tickets.open_ticket(tx, draft, day="251121", **given)
            sent = tickets.dispatch(tx, opened, unit_id="street-110105026", category="010101", due_at=clock() + timedelta(days=3), by="某", note="", **given)
            self.ticket = tickets.handle(tx, sent, by="某", note="已换管", survey_at=clock(), **given)

    async def _db(self, work: Callable[[Any], Any]) -> Any:
        with self.store.transaction() as tx:
            return work(tx)

    @staticmethod
    def _read(text: str, asked: str, *, grades: int) -> Reading:
        later = list(QUESTIONS)[list(QUESTIONS).index(asked) :]
        said = {question: answer for question, answer in MEANT.get(text, {}).items() if question in later}
        return Reading(said) if said else Reading(doubtful=QUESTIONS[asked][-1], faint=text.startswith("今天"))

    def begin(self) -> UUID:
        with self.store.transaction() as tx:
            survey = attempts.start(tx, self.ticket, channel="web", now=self.clock(), new_id=self.new_id)
            assert survey
            return survey.id

    def run(self, name: str, text: str, intent: str, **entities: str) -> tuple[list[str], str | None]:
        """An action after a message: what is said, and which action it asks for next."""
        inbound = InboundMessage(self.new_id(), Address("web", "w1"), str(self.new_id()), self.clock(), text=text or "/signal_survey")
        with self.store.transaction() as tx:
            accept(tx, inbound, now=self.clock(), new_id=self.new_id)
        latest = {"text": inbound.text, "message_id": str(inbound.id), "intent": {"name": intent, "confidence": 0.9}, "intent_ranking": [],
                  "entities": [{"entity": name, "value": value} for name, value in entities.items()]}  # fmt: skip
        return self.go_on(name, latest)

    def go_on(self, name: str, latest: dict[str, Any]) -> tuple[list[str], str | None]:
        self.latest = latest
        tracker = Tracker(str(self.conversation), self.slots, latest, [], False, None, {"name": self.form} if self.form else {}, None)
        dispatcher, followed = CollectingDispatcher(), None
        for event in asyncio.run(self._actions[name].run(dispatcher, tracker, {})):
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
            elif event["event"] == "followup":
                followed = event["name"]
        return [message["custom"]["text"] for message in dispatcher.messages], followed


@pytest.fixture
def chat(city: Any, store: Any, clock: Clock, new_id: Callable[[], UUID]) -> Chat:
    return Chat(city, store, clock, new_id)


@pytest.mark.parametrize("name", ["action_progress", "action_small_talk", "validate_intake_form"])
def test_an_answer_said_while_the_survey_waits_is_taken_and_the_rest_is_asked(chat: Chat, name: str) -> None:
    survey = chat.begin()
    said, followed = chat.run(name, "已经修好了", "complaint" if name == "validate_intake_form" else "progress")
    assert said == [chat.city.say("survey.answered_early", problem="水管漏水", number=chat.ticket.number)]
    assert followed == "survey_form"
    with chat.store.reading() as tx:
        assert tx.surveys.get(survey).solved == "yes"
    chat.form = "survey_form"
    chat.go_on("validate_survey_form", chat.latest)
    assert chat.slots["requested_slot"] == "contacted"
    asked, _ = chat.go_on("action_ask_survey_form_contacted", chat.latest)
    assert asked == [chat.city.say("survey.ask_contacted_again")]


def test_who_complains_that_it_is_not_solved_answers_the_survey_and_need_not_say_why_again(chat: Chat) -> None:
    survey = chat.begin()
    _, followed = chat.run("validate_intake_form", "没解决！你们光知道打电话，水还漏着", "complaint")
    assert followed == "survey_form"
    with chat.store.reading() as tx:
        known = tx.surveys.get(survey)
    assert (known.solved, known.comment) == ("no", "没解决！你们光知道打电话，水还漏着")


@pytest.mark.parametrize("text", ["没修好，路灯也不亮", "长安街的水管没修"])
def test_a_complaint_of_another_category_or_with_a_place_is_no_answer_to_the_survey_that_waits(chat: Chat, text: str) -> None:
    survey = chat.begin()
    _, followed = chat.run("action_progress", text, "complaint")
    assert followed != "survey_form"
    with chat.store.reading() as tx:
        assert tx.surveys.get(survey).solved is None


def test_another_matter_told_beside_an_answer_is_kept_and_offered_when_the_survey_is_over(chat: Chat) -> None:
    survey = chat.begin()
    chat.form = "survey_form"
    chat.run("validate_survey_form", "", "signal_survey", survey=str(survey))
    chat.slots |= {"contacted": True, "requested_slot": "solved"}
    said, _ = chat.run("validate_survey_form", "修好了，但是楼下又开始装修了", "complaint")
    assert said == [chat.city.say("survey.also")]
    assert (chat.slots["solved"], chat.slots["requested_slot"]) == ("yes", "satisfaction")
    chat.slots |= {"satisfaction": "satisfied", "attitude": "good"}
    ended, _ = chat.run("action_submit_survey", "满意", "affirm")
    assert ended == [chat.city.say("survey.closed", number=chat.ticket.number, bye=""), chat.city.say("intake.next", problem="楼下又开始装修了")]


def test_who_asks_while_the_survey_waits_is_told_how_far_it_is(chat: Chat) -> None:
    chat.begin()
    said, followed = chat.run("action_progress", "我的事办得怎么样了？", "progress")
    assert followed is None
    assert chat.ticket.number in said[0]
    assert "现在就评价" not in said[0]


def test_without_a_survey_that_waits_an_answer_to_none_is_small_talk(chat: Chat) -> None:
    said, followed = chat.run("action_small_talk", "已经修好了", "thanks")
    assert (said, followed) == ([chat.city.say("talk.thanks")], None)


@pytest.mark.parametrize(("text", "then"), [("那登记吧", "intake_form"), ("可以加急吗", "action_answer"), ("好的", None)])
def test_a_yes_that_asks_for_something_is_more_than_small_talk(chat: Chat, text: str, then: str | None) -> None:
    assert chat.run("action_small_talk", text, "affirm")[1] == then


def test_what_may_be_about_something_else_is_not_read_back_as_if_it_had_been_understood(chat: Chat) -> None:
    survey = chat.begin()
    chat.form = "survey_form"
    chat.run("validate_survey_form", "", "signal_survey", survey=str(survey))
    chat.slots |= {"contacted": True, "requested_slot": "solved"}
    for text, prompt in (("今天天真冷啊", "survey.ask_guess"), ("还是那样", "survey.ask_doubt")):
        chat.run("validate_survey_form", text, "inform")
        asked, _ = chat.go_on("action_ask_survey_form_doubt", chat.latest)
        assert asked == [chat.city.say(prompt, meaning="没解决")]
        chat.slots |= {"doubt": None, "requested_slot": "solved"}


def test_a_yes_to_an_answer_that_was_read_back_is_not_one_to_the_question_about_a_danger_before_it(chat: Chat) -> None:
    survey = chat.begin()
    fire = chat.city.emergencies["fire"]
    chat.desk.triage_in = lambda form: SimpleNamespace(danger=lambda text: None, doubt=lambda text: fire if "手电" in text else None)
    chat.form = "survey_form"
    chat.run("validate_survey_form", "", "signal_survey", survey=str(survey))
    chat.slots |= {"contacted": True, "requested_slot": "solved"}
    said, _ = chat.run("validate_survey_form", "一层还得打手电", "inform")
    assert said == [fire.ask]
    assert chat.slots["requested_slot"] == "doubt"
    said, _ = chat.run("validate_survey_form", "对", "affirm")
    assert (said, chat.slots["solved"], chat.slots["requested_slot"]) == ([], "no", "satisfaction")


def test_what_would_be_a_danger_at_any_other_time_is_at_least_asked_about_during_a_survey(chat: Chat) -> None:
    survey = chat.begin()
    gas = chat.city.emergencies["gas"]
    chat.desk.triage = SimpleNamespace(danger=lambda text: gas if "漏气" in text else None)
    chat.form = "survey_form"
    chat.run("validate_survey_form", "", "signal_survey", survey=str(survey))
    chat.slots |= {"contacted": True, "requested_slot": "solved"}
    said, _ = chat.run("validate_survey_form", "还在漏气", "inform")
    assert said == [gas.ask]


def _asking(chat: Chat, **known: Any) -> UUID:
    """A survey that has asked and been answered so far; what is not known yet is asked next."""
    survey = chat.begin()
    chat.form = "survey_form"
    chat.run("validate_survey_form", "", "signal_survey", survey=str(survey))
    with chat.store.transaction() as tx:
        surveys.note(tx, tx.surveys.get(survey), {name: value for name, value in known.items() if name in QUESTIONS})
    chat.slots |= known
    return survey


@pytest.mark.parametrize(("text", "intent", "before", "after"), [("不对，我说错了，修好了", "correct", "no", "yes"), ("不是，还漏着呢", "deny", "yes", "no")])
def test_an_answer_given_before_is_corrected_whatever_is_asked_now(chat: Chat, text: str, intent: str, before: str, after: str) -> None:
    survey = _asking(chat, contacted=True, solved=before, requested_slot="satisfaction")
    said, _ = chat.run("validate_survey_form", text, intent)
    assert said == [chat.city.say("survey.corrected", meaning=chat.city.say(f"survey.solved_{after}"))]
    assert (chat.slots["solved"], chat.slots["requested_slot"]) == (after, "satisfaction")
    with chat.store.reading() as tx:
        assert tx.surveys.get(survey).solved == after


def test_what_is_not_said_as_a_correction_changes_no_answer_given_before(chat: Chat) -> None:
    _asking(chat, contacted=True, solved="yes", requested_slot="satisfaction")
    chat.run("validate_survey_form", "还漏着呢", "inform")
    assert chat.slots["solved"] == "yes"


def test_who_denies_what_was_read_back_and_says_what_holds_is_not_asked_again(chat: Chat) -> None:
    _asking(chat, contacted=True, requested_slot="doubt", doubt={"slot": "solved", "value": "partly"})
    chat.run("validate_survey_form", "不是，还漏着呢", "deny")
    assert (chat.slots["doubt"], chat.slots["solved"], chat.slots["requested_slot"]) == (None, "no", "satisfaction")


def test_what_was_denied_is_neither_taken_nor_read_back_once_more(chat: Chat) -> None:
    _asking(chat, contacted=True, requested_slot="doubt", doubt={"slot": "solved", "value": "no"})
    for text in ("不是", "不是，还漏着呢", "不是，还是那样吗"):
        chat.slots |= {"doubt": {"slot": "solved", "value": "no"}, "requested_slot": "doubt"}
        chat.run("validate_survey_form", text, "deny")
        assert (chat.slots["doubt"], chat.slots["solved"], chat.slots["requested_slot"]) == (None, None, "solved")


@pytest.mark.parametrize(("text", "intent"), [("不想说了", "inform"), ("算了", "cancel")])
def test_who_has_answered_all_and_will_not_say_why_has_answered(chat: Chat, text: str, intent: str) -> None:
    survey = _asking(chat, contacted=True, solved="no", satisfaction="dissatisfied", attitude="poor", requested_slot="comment")
    chat.run("validate_survey_form", text, intent)
    ended, _ = chat.run("action_submit_survey", text, intent)
    assert "退回" in ended[0]
    with chat.store.reading() as tx:
        known = tx.surveys.get(survey)
    assert (known.status, known.comment) == ("completed", "")


def test_who_says_no_more_has_not_answered_that_nobody_made_contact_when_that_is_known(chat: Chat) -> None:
    survey = _asking(chat, contacted=True, solved="yes", requested_slot="satisfaction")
    chat.run("validate_survey_form", "算了，不说了", "cancel")
    with chat.store.reading() as tx:
        assert tx.surveys.get(survey).status == "declined"


def test_a_survey_that_goes_on_later_says_what_it_is_about(chat: Chat) -> None:
    survey = _asking(chat, contacted=True, requested_slot="solved")
    said, _ = chat.run("validate_survey_form", "", "signal_survey", survey=str(survey))
    assert said == [chat.city.say("survey.go_on", problem="水管漏水", number=chat.ticket.number)]
    chat.slots = {}
    said, _ = chat.run("validate_survey_form", "", "signal_survey", survey=str(survey))
    assert said == [chat.city.say("survey.go_on", problem="水管漏水", number=chat.ticket.number)]


def test_who_wonders_which_matter_it_is_is_told_it(chat: Chat) -> None:
    _asking(chat, requested_slot="contacted", asked_again=1)
    asked, _ = chat.go_on("action_ask_survey_form_contacted", chat.latest)
    assert asked == [chat.city.say("survey.ask_contacted_of", problem="水管漏水")]


@pytest.mark.parametrize(("text", "solved"), [("长安街的路灯不亮了", None), ("修好了，长安街的路灯不亮了", "yes"), ("长安街的水管没修", "no")])
def test_what_is_told_of_another_place_and_category_is_no_answer_but_kept_for_afterwards(chat: Chat, text: str, solved: str | None) -> None:
    _asking(chat, contacted=True, requested_slot="solved")
    said, _ = chat.run("validate_survey_form", text, "complaint")
    assert (said == [chat.city.say("survey.also")]) == ("路灯" in text)
    assert chat.slots["solved"] == solved


@pytest.mark.parametrize(("text", "intent"), [("喂", "greet"), ("喂，听得见吗", "greet"), ("你好", "greet")])
def test_who_calls_into_the_line_is_asked_once_more_and_has_not_been_misunderstood(chat: Chat, text: str, intent: str) -> None:
    _asking(chat, contacted=True, requested_slot="solved", asked_again=0)
    chat.run("validate_survey_form", text, intent)
    assert (chat.slots["heard"], chat.slots["requested_slot"], chat.slots["asked_again"], chat.slots.get("doubt")) == (chat.latest["message_id"], "solved", 0, None)


@pytest.mark.parametrize("text", ["还用问吗", "这还用说吗？"])
def test_a_question_back_that_asks_nothing_is_left_to_no_knowledge(chat: Chat, text: str) -> None:
    _asking(chat, contacted=True, requested_slot="solved")
    chat.run("validate_survey_form", text, "consultation")
    assert chat.slots["heard"] == chat.latest["message_id"]


def test_after_two_answers_that_were_not_understood_a_person_is_offered_though_each_was_read_back(chat: Chat) -> None:
    _asking(chat, contacted=True, requested_slot="solved", asked_again=0)
    person = chat.city.say("survey.person")
    chat.run("validate_survey_form", "还是那样", "inform")
    asked, _ = chat.go_on("action_ask_survey_form_doubt", chat.latest)
    assert person not in asked
    chat.run("validate_survey_form", "不是", "deny")
    asked, _ = chat.go_on("action_ask_survey_form_solved", chat.latest)
    assert asked == [person, chat.city.say("survey.ask_solved_again")]
    chat.run("validate_survey_form", "修好了", "inform")
    assert chat.slots["asked_again"] == 0


@pytest.mark.parametrize("text", ["我在高速上", "我开完会了 现在说吧"])
def test_what_somebody_is_doing_is_no_danger_whatever_it_sounds_like(chat: Chat, text: str) -> None:
    alarming = SimpleNamespace(danger=lambda text: chat.city.emergencies["suicide"], doubt=lambda text: chat.city.emergencies["suicide"])
    chat.desk.triage, chat.desk.triage_in = alarming, lambda form: alarming
    said, _ = chat.run("action_small_talk", text, "greet")
    assert not any("110" in one or "120" in one for one in said)


def test_who_has_time_again_is_asked_the_survey_that_waits(chat: Chat) -> None:
    chat.begin()
    said, followed = chat.run("action_small_talk", "我开完会了 现在说吧", "inform")
    assert (said, followed) == ([], "survey_form")


def test_who_tells_no_time_is_not_asked_again_in_the_night(chat: Chat) -> None:
    chat.clock.now = chat.clock.now.replace(hour=13, minute=50)  # 21:50 of the city
    survey = _asking(chat, contacted=True, requested_slot="solved")
    chat.run("validate_survey_form", "我在开车", "inform")
    with chat.store.reading() as tx:
        at = tx.surveys.get(survey).next_at
    assert at is not None
    assert at.astimezone(chat.city.timezone).hour == 9


def test_who_has_not_looked_yet_is_asked_again_some_days_later(chat: Chat) -> None:
    survey = _asking(chat, contacted=True, requested_slot="solved")
    chat.run("validate_survey_form", "不知道 我还没去看", "inform")
    with chat.store.reading() as tx:
        known = tx.surveys.get(survey)
    assert (known.status, known.next_at is not None and known.next_at > chat.clock() + timedelta(days=1)) == ("asking", True)


@pytest.mark.parametrize("text", ["说不上来", "没打过交道", "不清楚，没见过人"])
def test_who_met_nobody_can_leave_out_the_manner(chat: Chat, text: str) -> None:
    survey = _asking(chat, contacted=True, solved="yes", satisfaction="satisfied", requested_slot="attitude")
    chat.run("validate_survey_form", text, "inform")
    assert chat.slots["requested_slot"] is None
    ended, _ = chat.run("action_submit_survey", text, "inform")
    assert "已办结" in ended[0]
    with chat.store.reading() as tx:
        known = tx.surveys.get(survey)
    assert (known.status, known.attitude) == ("completed", None)


@pytest.mark.parametrize(("text", "intent"), [("谁是智能客服", "bot_challenge"), ("我先问一下", "opening"), ("你接着问", "inform")])
def test_what_was_asked_at_length_is_asked_in_short_after_an_interruption(chat: Chat, text: str, intent: str) -> None:
    _asking(chat, requested_slot="contacted")
    chat.run("validate_survey_form", text, intent)
    asked, _ = chat.go_on("action_ask_survey_form_contacted", chat.latest)
    assert asked == [chat.city.say("survey.ask_contacted_of", problem="水管漏水")]


def test_who_is_put_through_to_a_person_is_not_asked_the_same_meanwhile(chat: Chat) -> None:
    _asking(chat, requested_slot="contacted")
    chat.run("validate_survey_form", "我要找人工", "handover")
    assert chat.go_on("action_ask_survey_form_contacted", chat.latest)[0] == []


@pytest.mark.parametrize("text", ["你说啥", "没听清", "什么？", "再说一遍", "今天天气真冷啊"])
def test_what_answers_nothing_is_no_invitation_to_talk_of_something_else(chat: Chat, text: str) -> None:
    chat.desk.survey_reader.read = lambda text, asked, grades: Reading()
    _asking(chat, contacted=True, requested_slot="solved", asked_again=0)
    chat.run("validate_survey_form", text, "nonsense" if "天气" in text else "bot_challenge")
    asked, _ = chat.go_on("action_ask_survey_form_solved", chat.latest)
    assert asked == [chat.city.say("survey.ask_solved_again")]


@pytest.mark.parametrize(("text", "intent"), [("我不想投诉了 撤了吧", "withdraw"), ("我还有张照片要补充", "supplement"), ("今天骂人", "abuse")])
def test_another_wish_that_hardly_sounds_like_an_answer_is_not_read_back_as_one(chat: Chat, text: str, intent: str) -> None:
    chat.desk.survey_reader.read = lambda text, asked, grades: Reading(doubtful="yes", faint=True)
    _asking(chat, requested_slot="contacted")
    said, _ = chat.run("validate_survey_form", text, intent)
    assert said == ([] if intent == "abuse" else [chat.city.say(f"survey.{intent}")])
    assert chat.slots.get("doubt") is None


@pytest.mark.parametrize("text", ["楼下又开始装修了", "我要投诉楼下装修"])
def test_another_matter_in_place_of_an_answer_needs_no_place_to_be_kept(chat: Chat, text: str) -> None:
    chat.desk.categories.suggest = lambda text, count: [("020101", 0.95), ("270301", 0.001)]
    _asking(chat, contacted=True, requested_slot="solved")
    said, _ = chat.run("validate_survey_form", text, "complaint")
    assert said == [chat.city.say("survey.also")]


def test_who_asks_for_a_moment_is_given_it(chat: Chat) -> None:
    _asking(chat, contacted=True, requested_slot="solved", asked_again=0)
    said, _ = chat.run("validate_survey_form", "等一下 有人敲门", "inform")
    assert (said, chat.slots["asked_again"]) == ([chat.city.say("survey.moment")], 0)


def test_who_tells_of_the_outcome_first_is_asked_for_the_contact_and_nothing_is_guessed(chat: Chat) -> None:
    chat.desk.survey_reader.read = lambda text, asked, grades: Reading({"solved": "no"}, doubtful="yes", faint=True)
    _asking(chat, requested_slot="contacted")
    chat.run("validate_survey_form", "没解决，请重新办理", "inform")
    assert (chat.slots["solved"], chat.slots.get("doubt"), chat.slots["requested_slot"]) == ("no", None, "contacted")


def test_a_question_that_the_answer_itself_answers_is_no_question_to_us(chat: Chat) -> None:
    chat.desk.survey_reader.read = lambda text, asked, grades: Reading({"contacted": "no"})
    _asking(chat, requested_slot="contacted")
    chat.run("validate_survey_form", "谁联系我啊 没有", "progress")
    assert chat.slots["contacted"] is False


@pytest.mark.parametrize("text", ["没", "没有", "没联系"])
def test_a_no_that_says_the_same_as_what_was_read_back_agrees_with_it(chat: Chat, text: str) -> None:
    _asking(chat, requested_slot="doubt", doubt={"slot": "contacted", "value": "no"})
    chat.run("validate_survey_form", text, "deny")
    assert (chat.slots["contacted"], chat.slots["requested_slot"]) == (False, "solved")


def test_who_answers_everything_but_what_is_asked_is_offered_a_person_and_not_asked_for_ever(chat: Chat) -> None:
    chat.desk.survey_reader.read = lambda text, asked, grades: Reading({"没解决": {"solved": "no"}, "不满意": {"satisfaction": "dissatisfied"}}[text])
    _asking(chat, requested_slot="contacted", asked_again=0)
    for text in ("没解决", "不满意"):
        chat.run("validate_survey_form", text, "inform")
    asked, _ = chat.go_on("action_ask_survey_form_contacted", chat.latest)
    assert asked == [chat.city.say("survey.person"), chat.city.say("survey.ask_contacted_again")]
