"""What every action here shares: what it works with (`Desk`), what it was told (`Turn`) and how it behaves (`BotAction`)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from hotline.city import City
from hotline.intake import asks_to_begin
from hotline.messages import Choice, Expects
from hotline.places import Gazetteer
from hotline.ports import Categories, Embedder, Store, Transaction
from knowledge_base.normalise import ASKS
from knowledge_base.place_names import PlaceNames
from knowledge_base.search import Found, Knowledge
from knowledge_base.survey_answers import SurveyReader
from knowledge_base.triage import Triage

REQUESTS = frozenset({"complaint", "report", "help_request"})
"""The intents of who wants something done."""
_FOREIGN = re.compile(r"\W*(?:[A-Za-zÀ-ÿ']+[^A-Za-zÀ-ÿ一-鿿]+){2,}[A-Za-zÀ-ÿ']+[^一-鿿]*")
SENTENCES = re.compile(r"[，,。；;！!？?\s]+")
_POLITE = re.compile("替[^，,。]{1,6}问|请问|咨询|了解|打听|问一?[下个]|你们?好|您好|谢谢|麻烦")
_REPORTED = re.compile(r"(?:报|反映|反应|投诉|举报|说)(?:过|了)?的(?!工单|单|事|问题|那?个|怎么|结果|进[度展])[^，,。；;！!？?\s]{2,}")
"""Who asks after a ticket that we do not have tells with it what it is about: 上次报的井盖到现在没人管."""
_SHORT = 12
"""Characters of a message that only goes on from the one before."""
T = TypeVar("T")
Event = Mapping[str, Any]
log = structlog.get_logger()


@dataclass(frozen=True)
class Desk:
    """What actions work with."""

    city: City
    store: Store
    knowledge: Knowledge
    categories: Categories
    gazetteer: Gazetteer
    survey_reader: SurveyReader
    triage: Triage
    embedder: Embedder
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]
    learn_survey_triage: Callable[[], Triage]

    @cached_property
    def place_names(self) -> PlaceNames:
        """Names of places by their sound; made in a second when first used."""
        return PlaceNames(self.gazetteer)

    @cached_property
    def survey_triage(self) -> Triage:
        """Knows as well how surveys are answered: 灯亮了 and 钱打我卡上了 tell of no danger. Learnt in the background when nobody did before."""
        return self.learn_survey_triage()

    def day(self, moment: datetime) -> str:
        """The city's day as the number of a ticket opened then begins."""
        return moment.astimezone(self.city.timezone).strftime("%y%m%d")

    def triage_in(self, form: str | None) -> Triage:
        """What notices dangers while a form asks. The ordinary one does until that of surveys is learnt."""
        known: Triage = vars(self).get("survey_triage", self.triage)
        return known if form == "survey_form" else self.triage

    async def db(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a transaction, in a thread: a blocking action would stop all conversations."""

        def run() -> T:
            with self.store.transaction() as tx:
                return work(tx)

        return await asyncio.to_thread(run)


class ActionFailed(Exception):
    """An action could not be done. Its cause is in the log."""


class Turn:
    """One message as an action sees it, and the words it says in return."""

    def __init__(self, desk: Desk, tracker: Tracker, dispatcher: CollectingDispatcher) -> None:
        self._desk = desk
        self._dispatcher = dispatcher
        self.tracker = tracker
        latest = tracker.latest_message or {}
        self.conversation_id = UUID(tracker.sender_id)
        # Rasa hands over the id that the gateway gave the message; a second signal of one message has “:2” behind it.
        self.message_key = str(latest.get("message_id") or "")
        self.intent = str((latest.get("intent") or {}).get("name") or "")
        self.confidence = float((latest.get("intent") or {}).get("confidence") or 0)
        self.ranking = [str(intent["name"]) for intent in latest.get("intent_ranking") or ()]
        self.is_signal = str(latest.get("text") or "").startswith("/")
        self.text = "" if self.is_signal else str(latest.get("text") or "")
        self.expects: Expects | None = None
        """What the question of this turn expects; see `Ask`."""
        self.heard: bool | None = None
        """Whether the message was said, once that is known; see `was_heard`."""
        self.entities = {e["entity"]: str(e["value"]) for e in latest.get("entities") or ()}

    @property
    def message_id(self) -> UUID:
        return UUID(self.message_key.partition(":")[0])

    @property
    def now(self) -> datetime:
        return self._desk.clock()

    def slot(self, name: str) -> Any:
        return self.tracker.get_slot(name)

    @property
    def leans_to_request(self) -> bool:
        """Whether the kinds that want something done are together likelier than all else it may be: 地铁站里有人拉二胡要钱."""
        ranking = [(intent["name"], float(intent.get("confidence") or 0)) for intent in (self.tracker.latest_message or {}).get("intent_ranking") or () if intent["name"] != "nlu_fallback"]
        wants = sum(confidence for name, confidence in ranking if name in REQUESTS)
        return wants > max((confidence for name, confidence in ranking if name not in REQUESTS), default=1.0)

    @property
    def form(self) -> str | None:
        return (self.tracker.active_loop or {}).get("name")

    @property
    def is_foreign(self) -> bool:
        """Whether it is a sentence in another language: words of the Latin alphabet and nothing else."""
        return _FOREIGN.fullmatch(self.text) is not None

    def told_before(self, *, asked_too: bool = False) -> str:
        """What the citizen told in the message before this one, if it was answered from the knowledge though it was no question, or
        whatever it was (`asked_too`); else empty, as also when this one goes on from it and has its words."""
        said: list[tuple[str, str, list[str]]] = []
        for event in self.tracker.events:
            if event.get("event") == "user":
                intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
                said.append((str(event.get("text") or ""), str(intent or ""), []))
            elif event.get("event") == "action" and said:
                said[-1][2].append(str(event.get("name")))
        while asked_too and len(said) > 2 and asks_to_begin(said[-2][0]):
            del said[-2]  # 能举报吗 goes on from what was asked before it
        text, intent, acted = said[-2] if len(said) > 1 else ("", "", [])
        asked = not asked_too and ASKS.search(text) and intent not in REQUESTS
        answered = "action_answer" in acted or ("action_progress" in acted and _REPORTED.search(text))
        if text.startswith("/") or len(text) < 2 or asked or not answered or asks_to_begin(text) or self.text.startswith(text):
            return ""
        whole = text
        for earlier, _, acted in reversed(said[-5:-2] if asked_too else []):
            if len(text) > _SHORT or "action_answer" not in acted or earlier.startswith("/"):
                break
            text, whole = earlier, f"{earlier}，{whole}"
        return whole

    def stated_before(self) -> str:
        """What the citizen asked in the message before this one, if it told of something too: 小区停电了，什么时候来电."""
        asked = self.told_before(asked_too=True)
        return asked if any(len(c) >= 4 and not ASKS.search(c) and not _POLITE.search(c) for c in SENTENCES.split(asked)) else ""

    def kept_before(self) -> bool:
        """Whether the message before this one was a photo or a place, which this one says something of."""
        texts = [str(event.get("text") or "") for event in self.tracker.events if event.get("event") == "user"]
        return len(texts) > 1 and texts[-2].startswith(("/signal_attachment", "/signal_location"))

    def say(self, text: str, *, choices: Sequence[Choice] = (), spoken: str | None = None, expects: Expects | None = None) -> None:
        """Say a text. `spoken`: the words for the ear, where they differ; `expects`: what kind of answer, so that a call hears it better."""
        message = {"text": text, "spoken_text": spoken if spoken != text else None, "choices": [_plain(c) for c in choices], "expects": expects or self.expects}
        self._dispatcher.utter_message(json_message=message)

    def prompt(self, key: str, *, choices: Sequence[Choice] = (), **values: object) -> None:
        """Say a sentence of the city folder."""
        city = self._desk.city
        self.say(city.say(key, **values), choices=choices, spoken=city.say_aloud(key, **values))


async def look_up(desk: Desk, turn: Turn, text: str, told: str | None = None) -> Found:
    """What the knowledge says to this message, or to a part of it: see Knowledge.find."""
    return await asyncio.to_thread(desk.knowledge.find, text, told, heard=await was_heard(desk, turn))


async def was_heard(desk: Desk, turn: Turn) -> bool:
    """Whether the message was said: on the telephone, or as a voice message, which has no text of its own."""
    if turn.heard is None:
        message = await desk.db(lambda tx: tx.messages.get(turn.message_id))
        turn.heard = message.via == "speech" or not message.text.strip()
    return turn.heard


class BotAction(Action):  # type: ignore[misc]
    """An action with its name, its desk and the same conduct when something goes wrong."""

    expects: Expects | None = None
    """What kind of answer its words ask for."""

    def __init__(self, name: str, desk: Desk) -> None:
        self._name = name
        self.desk = desk

    def name(self) -> str:
        return self._name

    async def perform(self, turn: Turn) -> list[Event]:
        """Do it. Returns Rasa events."""
        raise NotImplementedError

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        turn = Turn(self.desk, tracker, dispatcher)
        turn.expects = self.expects
        try:
            events = await self.perform(turn)
        except Exception as error:
            # Rasa breaks the turn off, and the message is tried again. Without the text of the error: it may quote the citizen.
            log.error("action failed", action=self._name, error=type(error).__name__, conversation=tracker.sender_id, where=_where(error))
            raise ActionFailed(self._name) from None
        return events


ASIDE = ":aside"
"""Behind the key of a message in the slot `heard`: it was answered as something else, and the form may still hear what stands beside that."""


class Interruption(BotAction):
    """An action that may answer in the middle of a form, which then goes on where it was."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        events = await super().run(dispatcher, tracker, domain)
        turn = Turn(self.desk, tracker, dispatcher)
        if turn.form and not any(event["event"] == "followup" for event in events):
            events = [*events, SlotSet("heard", turn.message_key + ASIDE), FollowupAction(turn.form)]
        return events


def shorten(problem: str) -> str:
    """A problem as it is quoted in a sentence or on a button."""
    return problem if len(problem) <= 24 else problem[:23] + "…"


def _plain(choice: Choice) -> dict[str, Any]:
    plain = asdict(choice)
    del plain["chosen"]
    return plain


def _where(error: BaseException) -> str:
    """The line that failed, without what it said."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
