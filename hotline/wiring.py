"""Wiring: the one place where real adapters meet the core. Every process builds what it needs here, and only that."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from fastapi import FastAPI
from uuid_utils.compat import uuid7

from channels.base import Reception, send
from channels.gateway import build as build_gateway
from channels.notices.email import EmailChannel
from channels.notices.sms import SmsChannel
from channels.telegram.channel import TelegramChannel
from hotline import links
from hotline.city import City
from hotline.conversations import Listen, Listened
from hotline.files import LocalFiles
from hotline.messages import Address, Message
from hotline.places import Gazetteer
from hotline.ports import Categories, Channel, Embedder
from hotline.rasa_client import RasaDialogue
from hotline.settings import ROOT, Settings
from hotline.store import Cipher, SqlStore, open_store
from hotline.worker import Worker

if TYPE_CHECKING:
    from actions.turn import Desk
    from channels.listening import VoiceMessages
    from channels.phone.process import VoiceProcess
    from channels.phone.speech.base import Transcriber
    from channels.phone.speech.choose import SpeechChoice
    from channels.phone.speech.voice import Voice
    from knowledge_base.search import Knowledge
    from knowledge_base.survey_answers import SurveyReader
    from knowledge_base.triage import Triage


def clock() -> datetime:
    """The time. Only this module reads it; everything below is handed `clock` or `now`."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """A new UUIDv7: ids sort by when they were made."""
    return uuid7()


class Wiring:
    """The parts of one process, each built when first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def cipher(self) -> Cipher:
        return Cipher(self.settings.keys)

    @cached_property
    def store(self) -> SqlStore:
        return open_store(self.settings.database_url, self.cipher)

    @cached_property
    def city(self) -> City:
        return City.load(self.settings.city)

    @cached_property
    def files(self) -> LocalFiles:
        return LocalFiles(self.settings.data / "files", self.cipher)

    @cached_property
    def dialogue(self) -> RasaDialogue:
        return RasaDialogue(self.settings.dialogue_url, self.rasa_token)

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """Channels that we deliver to. The web chat is not among them: its page fetches."""
        channels: dict[str, Channel] = {}
        if token := self.settings.telegram_token.get_secret_value():
            channels["telegram"] = TelegramChannel(token, api=self.settings.telegram_api, secret=self.settings.derived("telegram webhook"),
                                                   public_url=self.settings.public_url)  # fmt: skip
        s = self.settings
        if s.sms_url:
            channels["sms"] = SmsChannel(s.sms_url, s.sms_body, authorization=s.sms_authorization.get_secret_value())
        if s.smtp_url.get_secret_value() and s.public_url:
            channels["email"] = EmailChannel(s.smtp_url.get_secret_value(), s.mail_from, self.city.say("survey_page.title"))
        return channels

    def survey_link(self, purpose: links.Purpose, id: UUID, now: datetime) -> str:
        """The page on which whoever was sent this link answers a survey, or a third-party sample."""
        token = links.sign(self.settings.derived("survey links"), purpose, id, now + links.VALID)
        return f"{self.settings.public_url or self.settings.gateway_url}/{links.PATHS[purpose]}/{token}"

    @property
    def reachable(self) -> frozenset[str]:
        """Channels through which citizens can be asked about a ticket."""
        by_link = set() if self.settings.public_url else {"sms"}  # a link to the survey's page needs an address
        return frozenset({"web", *self.channels, *(["phone"] if self.settings.dial else [])} - by_link)

    @cached_property
    def reception(self) -> Reception:
        return Reception(self.store, self.dialogue, self.files, self.city, self.channels, clock, new_id, self._listen)

    @cached_property
    def _listen(self) -> Listen | None:
        if self.settings.recogniser == "off":
            return None

        async def listen(message: Message) -> Listened | None:
            return await self._voice_messages.listen(message)

        return listen

    @cached_property
    def _voice_messages(self) -> VoiceMessages:
        # Here and not above: what it takes to recognise speech takes a while to import, and most messages are typed.
        from channels.listening import VoiceMessages

        return VoiceMessages(self.store, self.files, self.city, self.speech.transcriber)

    @property
    def speech(self) -> SpeechChoice:
        from channels.phone.speech.choose import SpeechChoice

        s = self.settings
        return SpeechChoice(
            s.data / "models", s.recogniser, s.vosk_model, s.whisper_model, s.voice, s.recorded_prompts, s.voice_service, s.voice_key.get_secret_value(),
            s.voice_request,
        )  # fmt: skip

    @property
    def rasa_token(self) -> str:
        return self.settings.derived("rasa token")

    @property
    def rasa_key(self) -> str:
        return self.settings.derived("rasa conversations")

    @property
    def actions_token(self) -> str:
        return self.settings.derived("actions token")

    def gateway(self) -> FastAPI:
        return build_gateway(self.reception, public_url=self.settings.public_url, secret=self.settings.derived("web chat"),
            survey_secret=self.settings.derived("survey links"), is_ready=self.dialogue.is_ready)

    def worker(self) -> Worker:
        async def deliver(message: Message, to: Address) -> bool:
            return await send(self.store, self.channels, message, to, clock=clock)

        return Worker(self.store, self.city, self.reception.answer, deliver, tuple(self.channels), self.reachable, self.survey_link, clock, new_id, self.files)

    @cached_property
    def embedder(self) -> Embedder:
        # Here and not above: not every process needs the search and its models, which take seconds to import.
        from knowledge_base.embedders import SentenceEmbedder

        return SentenceEmbedder(self.settings.embedder)

    @cached_property
    def knowledge(self) -> Knowledge:
        from knowledge_base.search import Knowledge

        return Knowledge(
            self.store, self.embedder, timezone=self.city.timezone, clock=clock, folder=self.settings.data / "knowledge", unanswered=self.city.unanswered
        )

    @cached_property
    def _building(self) -> Embedder:
        """Embeds our own texts, and what it has embedded once it reads from the disk: a second start is seconds shorter."""
        from knowledge_base.kept import KeptVectors

        return KeptVectors(self.embedder, self.settings.data / "knowledge" / "vectors.db")

    def voice(self) -> VoiceProcess:
        from channels.phone.legs.sip import SipSettings
        from channels.phone.manner import Speech
        from channels.phone.process import PhoneSettings, VoiceProcess
        from channels.phone.spoken import Ear

        s = self.settings
        sip = SipSettings(s.phone_host, s.sip_port, self.city.settings["hotline"], s.sip_account.get_secret_value(), s.dial, s.calls_at_once)
        phone = PhoneSettings(
            s.phone_host, s.audiosocket_port, sip, s.transfer_to, s.record_calls, s.ari.get_secret_value(), recordings_kept=timedelta(days=s.recordings_days)
        )  # fmt: skip

        async def load() -> Speech:
            """What takes seconds: the models. Only a call that comes meanwhile waits for them."""
            import asyncio

            from channels.phone.activity import PipecatModels
            from channels.phone.speech.together import load as load_transcriber
            from channels.phone.utterance import Recogniser

            models = await asyncio.to_thread(PipecatModels)
            transcriber, voice = await asyncio.to_thread(self._speech)
            await load_transcriber(transcriber)
            await voice.prepare([self.city.say(f"phone.{name}") for name in ("greeting", "recorded", "moment", "unclear", "silence")])
            often = asyncio.create_task(voice.prepare(self.city.fixed_sentences("phone", "intake", "talk", "answer", "emergency")))
            often.add_done_callback(lambda done: done.cancelled() or done.exception())  # what could not be rendered is rendered when it is said
            return Speech(models, Recogniser(transcriber), Ear(self.city, await asyncio.to_thread(self._asked_words)), voice.say)

        return VoiceProcess(self.reception, phone, load)

    def _asked_words(self) -> tuple[str, ...]:
        from channels.phone.asked_words import asked_words

        with self.store.reading() as tx:
            articles = tx.articles.all()
        return asked_words(((article.question, *article.asked) for article in articles[:: 1 + len(articles) // 2000]), 20)  # so many tell what is common

    def _speech(self) -> tuple[Transcriber, Voice]:
        from channels.phone.speech.voice import Voice, purge

        folder = self.settings.data / "said"
        purge(folder, now=clock())
        voice = Voice(self.speech.synthesizer(), folder, self.cipher, self.settings.derived("voice cache"))
        return self.speech.transcriber(), voice

    @cached_property
    def categories(self) -> Categories:
        from knowledge_base.categories import MOST_CORRECTIONS, CategoryGuesser, Correction

        def corrected(since: datetime | None) -> list[Correction]:
            with self.store.reading() as tx:
                return tx.tickets.corrected(since, MOST_CORRECTIONS)

        return CategoryGuesser(self.city, self.embedder, self.settings.data / "dispatch" / "category.npz", self._building, corrected)

    @cached_property
    def survey_reader(self) -> SurveyReader:
        """Made without learning: `train` does that, or the first answer."""
        from knowledge_base.survey_answers import SurveyReader

        return SurveyReader(self.city.survey_examples, self.embedder, self._building, self.settings.data / "models" / "survey_reader")

    @cached_property
    def triage(self) -> Triage:
        """Learns in some seconds what it has not learnt before."""
        from knowledge_base.examples import calm
        from knowledge_base.triage import Triage

        return Triage(self.city, self.embedder, calm(ROOT / "bot" / "data" / "nlu", self.city), self._building, self.settings.data / "models" / "triage")

    def survey_triage(self) -> Triage:
        """The same for what is said while a survey asks. Learns in a minute what it has not learnt before."""
        from knowledge_base.examples import answers, calm
        from knowledge_base.triage import Triage

        said = [*calm(ROOT / "bot" / "data" / "nlu", self.city), *answers(self.city)]
        return Triage(self.city, self.embedder, said, self._building, self.settings.data / "models" / "survey_triage")

    def desk(self) -> Desk:
        from actions.turn import Desk

        return Desk(self.city, self.store, self.knowledge, self.categories, Gazetteer(self.city), self.survey_reader, self.triage, self.embedder, clock, new_id, self.survey_triage)


def configure_logging(level: str) -> None:
    """One JSON line an event on standard error, for our code and for the libraries' warnings."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, format='{"level": "%(levelname)s", "logger": "%(name)s", "event": "%(message)s"}')
    # These log addresses, and one of them the bot's token in it.
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
