"""Forms: what the intake, the survey and the supplement have in common.

Rasa keeps which form is open and its slots. `validate_<form>` here decides everything else: what a message fills, what
to ask next, whether the message was for the form at all. A message that was not lets Rasa's rules answer it; the form
goes on afterwards.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from rasa_sdk.events import SlotSet

from actions.turn import ASIDE, BotAction, Desk, Event, Turn, look_up
from hotline import attempts
from hotline.intake import without_wishes
from hotline.messages import Expects
from hotline.ports import Transaction
from knowledge_base.normalise import ASKS

# Said in the middle of a form, these are not for the form, unless they carry what it asked for.
INTERRUPTING = frozenset({
    "consultation", "progress", "supplement", "withdraw", "handover", "greet", "opening", "goodbye", "thanks", "bot_challenge", "abuse", "nonsense",
    "signal_helpful", "signal_handover", "signal_progress", "signal_withdraw", "signal_resume", "signal_record", "signal_hang_up",
})  # fmt: skip

# Short answers that a classifier of sentences is least sure of, and that matter most.
_YES = re.compile(
    r"""^(?:
        (?:(?:好的?|行|嗯|对)[，, ]?)?没有?(?:了|(?:什么|啥)?(?:别的|其他的?|问题|要?补充的?|要说的|要改的?)+了?)
        |我?(?:说|讲)完了
        |(?:没有?(?:别的|要改的|问题)?了?|就这些|就这样|先这样|行|好的?|嗯|对的?|可以|别废话了?)?[，,。 ]*(?:那就?)?(?:提交|交)(?:吧|了|上去)?
        |好{1,3}的?|对{1,3}[的了]?|中|是的?|没错|行|可以|嗯+|恩|确认(?:提交)?|就这[样个些]|ok|OK|yes|成|无误
    )[吧啊呀的了。.！!~]*$""",
    re.VERBOSE,
)
_CLOSES = re.compile(
    r"(?=.*[这没完行好嗯对可交])(?:(?:就|先)(?:这[样些个]|这么(?:多|着|定))|没有?(?:什么|啥)?(?:别的|其他的?|要(?:改|补充|说)的)?了|(?:说|讲)完了|行了?|好了?|嗯+|对|可以了?|没(?:错|问题)|(?:你|您|帮我|给我|就|赶紧)*(?:提交|交)(?:上去)?|[吧啊呀的，,。！!~\s])+"
)
"""Nothing but words that end a conversation."""
_THANKS = re.compile(r"(?<=.)[，,。！!\s]*(?:谢谢|多谢|麻烦|辛苦|拜托)(?:[你您]们?)?(?:[了啊啦])?[。！!~]*$|^(?:谢谢|多谢)[你您]?们?[，,。！!\s]+(?=.)")
_NO = re.compile(r"^(?:不|不是|不对|不行|否|没有|错了|有错|不正确|no)[吧啊呀的了。.！!~]*$")


WAITING = "waiting"
"""What a form returns as `asked_again` when the citizen asked for a moment: nothing is asked, and it counts as no misunderstanding."""


def says_yes(turn: Turn) -> bool:
    return (turn.intent == "affirm" and not asks_back(turn.text)) or _is_yes(_THANKS.sub("", turn.text))


def _is_yes(text: str) -> bool:
    """Whether a text is a plain yes, or several words that all close: 没了就这些, 行了就这样吧."""
    return bool(_YES.match(text) or _CLOSES.fullmatch(text))


def says_no(turn: Turn) -> bool:
    return (turn.intent == "deny" and turn.confidence >= _SURE_OF_NO) or bool(_NO.match(turn.text))


def asks_back(text: str) -> bool:
    """Whether it begins as a yes or a no and asks something: 可以加急吗, 不去行不行. 好吗 and 是吗 ask nothing."""
    return len(text) >= _SHORTEST_ASKED and looks_like_question(text)


def is_yes_or_no(text: str) -> bool:
    """Whether a text is a plain yes or no by its words."""
    return _is_yes(text) or bool(_NO.match(text))


_SHORTEST_ASKED = 4
_SURE_OF_NO = 0.6
"""Below this confidence a refusal is as likely a piece of what somebody tells: 不来, of a bus."""


def looks_like_question(text: str) -> bool:
    """Whether it has the form of a question."""
    return bool(ASKS.search(_EXCLAIMS.sub("", _NOT_KNOWN.sub("", without_wishes(text)))))


_NOT_KNOWN = re.compile(r"[^，,。；;！!\s]+(?:[，,\s]*(?:记不[清得]|说不[清好]|不认识)|不知道|不清楚|不认识|记不[清得]|说不[清好])了?[啊呀吧]?(?=[，,。；;！!\s]|$)")
"""具体叫啥不知道 asks nothing."""


_EXCLAIMS = re.compile(
    "[^，,。；;！!？?\\s]*(?:(?:要是|万一|如果|真)[^，,。]{0,6}(?:着火|起火|失火|出(?:了)?(?:点|个)?(?:事|人命|意外|问题)|摔|砸|塌|倒|滑|绊|漏电|触电|电着|[^，,。]?[伤死病]|撞|爆|炸|中毒|掉|咬)[^，,。]{0,8}(?:咋|怎么|谁)[^，,。]{0,3}"
    "|(?:怎么|咋|为什么|为啥|为何|凭什么|凭啥)(?:又|还(?!要)|老|总|就(?!是)|这么|那么|净)"
    "|凭什么|凭啥|谁(?:能)?受得了|谁还敢|还?让不让(?:人|我们?)|还?有没有(?:人管|王法|天理|公德|良心)|是个头|讲不讲理|(?:像话|合理|合适|至于|应该)吗|难道|管不管|这(?:叫|算)(?:什么|啥|怎么回)|什么(?:玩意儿?|东西|态度|素质|德[行性]|效率|水平|服务)(?=[啊呀]?(?:$|[，,。！!])))[^，,。；;！!？?\\s]*[？?]*"
)
"""Has the form of a question, and tells how bad it is: 这要是着火了咋办, 怎么又停电了."""


async def asks_something(desk: Desk, turn: Turn) -> bool:
    """Whether the message is a question to us rather than an answer to ours.

    A question is meant as one when it looks like one and the classifier or the knowledge base takes it for one.
    """
    if not looks_like_question(turn.text):
        return False
    if turn.intent in ("consultation", "progress"):
        return True
    return (await look_up(desk, turn, turn.text)).answer is not None


class Form(BotAction):
    """Base of `validate_<form>` actions."""

    slots: tuple[str, ...] = ()
    """All slots of the form, emptied when it ends."""

    async def hear(self, turn: Turn) -> list[Event] | None:
        """Read the message. Returns the slots it changes, or None when it was not for the form."""
        raise NotImplementedError

    async def hear_beside(self, turn: Turn) -> list[Event]:
        """The slots that a message fills beside the question in it, which was just answered."""
        return []

    def next_slot(self, slots: dict[str, Any]) -> str | None:
        """What to ask next; None when the form is complete."""
        raise NotImplementedError

    def gained_nothing(self, before: dict[str, Any], after: dict[str, Any], asked: str | None, wanted: str | None) -> bool:
        """Whether a message left what was `asked` without an answer, so that it is asked again. `before` and `after`: the form's slots; `wanted`: asked next.
        What else was told is taken, but is no answer to what was asked."""
        return asked == wanted and (before[wanted] == after[wanted] if wanted in ("place", "happened", "contact") else before == after)

    async def perform(self, turn: Turn) -> list[Event]:
        before = {name: turn.slot(name) for name in self.slots}
        if turn.slot("heard") in (turn.message_key, turn.message_key + ASIDE):
            told = await self.hear_beside(turn) if turn.slot("heard") != turn.message_key else []
            wanted = self.next_slot({**before, **{e["name"]: e["value"] for e in told}})
            return [*told, SlotSet("heard", turn.message_key), SlotSet("requested_slot", wanted)]
        if turn.intent == "signal_survey" and turn.slot("requested_slot"):
            await self._postpone_survey(turn)
            return [SlotSet("heard", turn.message_key), SlotSet("requested_slot", turn.slot("requested_slot")), SlotSet("asked_again", None)]
        events = await self.hear(turn)
        if events is None:
            return []  # Rasa lets the rules answer
        after = {**before, **{e["name"]: e["value"] for e in events if e.get("event") == "slot" and e["name"] in before}}
        wanted = self.next_slot(after)
        waits = any(e.get("name") == "asked_again" and e["value"] == WAITING for e in events)
        misunderstood = not waits and not turn.is_signal and self.gained_nothing(before, after, turn.slot("requested_slot"), wanted)
        again = (turn.slot("asked_again") or 0) + 1 if misunderstood else 0
        return [*events, SlotSet("heard", turn.message_key), SlotSet("asked_again", again), SlotSet("requested_slot", wanted)]

    async def _postpone_survey(self, turn: Turn) -> None:
        """A survey falls due while the citizen fills in a form: one thing at a time, so it is asked a little later."""
        survey, new_id = UUID(turn.entities["survey"]), self.desk.new_id

        def later(tx: Transaction) -> None:
            attempts.ask_later(tx, survey, round=turn.message_key, key=turn.message_key, now=turn.now, new_id=new_id)

        await self.desk.db(later)

    @classmethod
    def emptied(cls) -> list[Event]:
        """The slots of a form that has ended."""
        return [SlotSet(name, None) for name in (*cls.slots, "asked_again")]


# By the slot that is asked for. What is not here may be anything.
EXPECTS: dict[str, Expects] = {
    "place": "place", "happened": "time", "contact": "phone", "confirmed": "yes_no", "contacted": "yes_no", "doubt": "yes_no",
}  # fmt: skip


class Ask(BotAction):
    """Base of `action_ask_<form>_<slot>`."""

    def __init__(self, name: str, desk: Desk) -> None:
        super().__init__(name, desk)
        self.expects = EXPECTS.get(name.rpartition("_form_")[2], "free")

    @staticmethod
    def is_again(turn: Turn) -> bool:
        """Whether the same was asked just now and not understood."""
        return bool(turn.slot("asked_again"))
