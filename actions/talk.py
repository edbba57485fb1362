"""Everything around the matter itself: greetings, thanks, anger, a person, and sessions that go on."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

from rasa_sdk.events import ActionExecuted, ActiveLoop, FollowupAction, SessionStarted, SlotSet

from actions import further
from actions.forms import asks_back, is_yes_or_no, looks_like_question
from actions.intake_words import CLAUSE, LEAVES, SURE, SURE_OF_KIND, asks_for_person, is_abuse, of_the_bot, only_despairs, without_scolding
from actions.turn import BotAction, Desk, Event, Interruption, Turn
from hotline import jobs
from hotline.conversations import change_status, leave_queue
from hotline.intake import asks_to_begin, hear
from hotline.messages import Choice
from hotline.ports import Transaction

NOBODY_AFTER = timedelta(minutes=3)
"""How long someone waits for a person before hearing that all are busy."""


def actions(desk: Desk) -> list[BotAction]:
    return [
        SmallTalk("action_small_talk", desk), Abuse("action_abuse", desk), HandOver("action_handover", desk), Resume("action_resume", desk),
        StartSession("action_session_start", desk),
    ]  # fmt: skip


class SmallTalk(Interruption):
    """A sentence in kind."""

    async def perform(self, turn: Turn) -> list[Event]:
        if turn.is_foreign:
            turn.prompt("talk.foreign", choices=[Choice(self.desk.city.say("answer.person"), "signal_handover")])
            return []
        if turn.form is None and not turn.is_signal and only_despairs(turn.text):
            return [FollowupAction("action_answer")]  # 你们到底管不管 asks nothing of who we are
        if turn.intent == "nonsense" and turn.confidence < SURE and turn.form is None:
            return [FollowupAction("action_answer")]  # 楼上，天天半夜蹦 is told in few words, and makes sense
        if turn.intent in ("affirm", "deny", "skip") and turn.form is None and asks_back(turn.text):
            return [FollowupAction("action_answer")]
        if turn.form is None and turn.slot("refused") and _TAKE_DOWN.fullmatch(turn.text):
            turn.prompt("intake.refused_kept")
            return []
        if turn.intent == "affirm" and turn.form is None and asks_to_begin(turn.text):
            return [FollowupAction("intake_form")]  # 那登记吧, of what was asked just now
        if turn.intent in _SHORT_ANSWERS and turn.confidence < SURE_OF_KIND and turn.form is None and not turn.is_signal and not is_yes_or_no(turn.text) and not (turn.intent == "cancel" and LEAVES.search(turn.text)):
            return [FollowupAction("action_answer")]  # 楼上, with which somebody begins to tell
        if turn.intent == "bot_challenge" and turn.form is None and _OF_HOTLINE.search(turn.text):
            return [FollowupAction("intake_form")]  # 你们这热线打了八遍才打通 asks nothing of who we are
        if turn.intent == "bot_challenge" and turn.form is not None and not of_the_bot(turn.text) and looks_like_question(turn.text):
            return [FollowupAction("action_answer")]  # 这个归你们管吗 asks nothing of who we are
        if turn.intent == "goodbye" and not says_goodbye(turn.text):
            turn.prompt("answer.unclear")
            return []
        turn.expects = "nothing" if turn.intent == "goodbye" else None
        if turn.form is None and (waiting := further.kept(turn)) and turn.intent in _SHORT_ANSWERS:
            if turn.intent == "affirm":
                return [FollowupAction("intake_form")]  # 接着登记
            turn.prompt("talk.deny")
            return [SlotSet("later", waiting[1:] or None)]
        if turn.form is None and not turn.is_signal and (told := _COURTESY.sub("", turn.text)) != turn.text and self._asks_for_something(turn, told):
            if _NO_PERSON.search(turn.text) or turn.intent in ("cancel", "deny"):
                await self.desk.db(lambda tx: leave_queue(tx, turn.conversation_id, now=turn.now))
            return [FollowupAction("intake_form")]
        turn.prompt(f"talk.{turn.intent}")
        return []

    def _asks_for_something(self, turn: Turn, told: str) -> bool:
        """Whether what stands beside courtesy is a request: 不用了，我跟你说吧，路边护栏坏了."""
        heard = hear(told, self.desk.gazetteer, wanted=None)
        likely = not {"complaint", "help_request", "report"}.isdisjoint(turn.ranking[:4])
        return bool(heard.problem and len(heard.problem) >= 5 and (likely or heard.place) and not looks_like_question(told))


_OF_HOTLINE = re.compile("(?:热线|12345|电话|客服|接线员|话务员)[^，,。]{0,6}(?:打[^，,。]{0,8}(?:才|不)(?:打|接)?通|没人接|不接|占线|挂(?:断|我)|态度)")
_SHORT_ANSWERS = ("affirm", "deny", "skip", "cancel")
_FAREWELL = re.compile(
    r"再见|再会|回见|回头[见聊]|下[次回]|(?<!礼)拜|挂(?!着|在)|撂|晚安|走了|下线|打扰|[就先]这样|到这[儿里]|忙去|没(?:有|啥|什么)?(?:别的|其他)?的?事|^没有?了|不用了|bye|88|谢", re.IGNORECASE
)


def says_goodbye(text: str) -> bool:
    """Whether a message takes leave in so many words. 井盖不见了 is easily classified as one, and nobody who has not said goodbye is hung up on."""
    return bool(_FAREWELL.search(text))


class Abuse(Interruption):
    """Abuse is answered calmly, twice, and then no more: what is said about a matter is taken all the same."""

    async def perform(self, turn: Turn) -> list[Event]:
        if turn.form is None and not is_abuse(turn):
            return [FollowupAction("action_answer")]
        before = int(turn.slot("abused") or 0)
        if turn.form is None and before < 3 and await asyncio.to_thread(self.tells_a_matter, turn.text):
            return [SlotSet("abused", before + 1), FollowupAction("intake_form")]
        turn.prompt(f"talk.{('abuse', 'abuse_again', 'abuse_limit', 'abuse_after')[min(before, 3)]}")
        return [SlotSet("abused", before + 1)]

    def tells_a_matter(self, text: str) -> bool:
        """Whether a clause that does not scold us tells of something that handlers know: 打了三次了，垃圾还是堆在那儿."""
        clauses = [c for c in CLAUSE.split(without_scolding(text)) if len(c) >= 5]
        return any(likely >= _SURELY_A_MATTER for c in clauses for _, likely in self.desk.categories.suggest(c, 1))


_SURELY_A_MATTER = 0.5
"""From this probability of its category on, what is said in anger is taken as a request."""


class HandOver(BotAction):
    """A person, please: the conversation joins the operators' queue. The bot stays of use while it waits."""

    async def perform(self, turn: Turn) -> list[Event]:
        if turn.form is None and not turn.is_signal and not asks_for_person(turn.text) and turn.confidence < SURE:
            return [FollowupAction("action_answer")]  # 我就是想让你们给公司打个电话
        if turn.form is None and not turn.is_signal and not _PERSON.search(turn.text):
            refused = await asyncio.to_thread(self.desk.triage.refusal, turn.text)
            if refused:
                return [FollowupAction("intake_form")]  # 有没有小姐服务电话 asks for no person of ours
        left = await self.desk.db(lambda tx: leave_queue(tx, turn.conversation_id, now=turn.now)) if _NO_PERSON.search(turn.text) else False
        if left:
            turn.prompt("person.left")
            return [SlotSet("heard", turn.message_key), FollowupAction(turn.form)] if turn.form else []

        def join(tx: Transaction) -> bool:
            if tx.conversations.get(turn.conversation_id).status != "bot":
                return False
            change_status(tx, turn.conversation_id, "waiting", now=turn.now)
            jobs.schedule(
                tx, "nobody_yet", turn.conversation_id, {}, run_at=turn.now + NOBODY_AFTER, key=f"nobody:{turn.message_key}", new_id=self.desk.new_id
            )
            return True

        joined = await self.desk.db(join)
        turn.prompt("person.waiting" if joined else "person.already_waiting")
        return []


_PERSON = re.compile("人工|客服|坐席|接线|真人|活人|工作人员|人来|找个?人|有人|你们的?人|转")
_NO_PERSON = re.compile("(?:不用|不要|不需要|不找|不转|别转|不等).{0,2}(?:人工|人了)")


_TAKE_DOWN = re.compile("(?:那|就|也|还是|麻烦|请|你们?|您|先|帮我|给我|[，,])*(?:记|登记|记录)(?:一?下|上|着)?(?:来|行不行|可以)?[吧啊呀呗吗。！!？?]*")
"""记一下吧, of what was recorded when it was refused."""
_COURTESY = re.compile("^(?:(?:不用|算)了?[吧啊]?|好[的吧了]?|行[吧了]?|谢谢[你您]?|你好|您好|hello|hi|喂|对了?|没事)[，,。！! ]+")


class Resume(Interruption):
    """The operator has handed back."""

    async def perform(self, turn: Turn) -> list[Event]:
        turn.prompt("person.returned")
        return []


class StartSession(BotAction):
    """A new Rasa session after a long silence, in which an open form goes on where it was."""

    async def perform(self, turn: Turn) -> list[Event]:
        slots = [SlotSet(name, value) for name, value in turn.tracker.slots.items() if value is not None and name != "abused"]
        form = [ActiveLoop(turn.form)] if turn.form else []
        return [SessionStarted(), *slots, *form, ActionExecuted("action_listen")]
