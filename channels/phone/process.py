"""The voice process: takes and makes calls, over SIP and from Asterisk, and answers on a control port on loopback.

It starts at once and loads the models behind that, so that neither it nor the others wait.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from channels.base import Reception
from channels.phone.asterisk import Ari
from channels.phone.call import Call, Ended
from channels.phone.legs.audiosocket import AudioSocketLeg, AudioSocketServer, Mint
from channels.phone.legs.base import RING_SECONDS, CallFailed, CallLeg, Outcome
from channels.phone.legs.sip import UNAVAILABLE, SipLeg, SipSettings, SipStack, available, caller_number
from channels.phone.line import ConversationLine, Saying
from channels.phone.manner import Manner, Speech
from channels.phone.outgoing import OutgoingCalls
from channels.phone.recording import Recording, keep_recording
from hotline.messages import Address

HANG_UP_WITHIN = 20.0
log = structlog.get_logger()


@dataclass(frozen=True)
class PhoneSettings:
    """What the settings say of the telephone; see docs/settings.md."""

    host: str
    audiosocket_port: int
    sip: SipSettings
    transfer_to: str = ""
    record: bool = False
    ari: str = ""
    recordings_kept: timedelta = timedelta(days=90)
    rings_at_once: int = 10


@dataclass
class Ongoing:
    """A call for the control port, until its last words are told to the dialogue."""

    id: UUID
    leg: CallLeg
    began: datetime
    outgoing: bool
    call: Call | None = None
    """None before anything is heard."""

    @property
    def is_up(self) -> bool:
        return self.call is None or not self.call.over


class VoiceProcess:
    """All calls of this process. `speech` is awaited once, in the background; the first call waits for it."""

    def __init__(self, reception: Reception, settings: PhoneSettings, speech: Callable[[], Awaitable[Speech]]) -> None:
        self._reception, self._settings = reception, settings
        self._load = speech
        self._speech: asyncio.Task[Speech] | None = None
        self.outgoing = OutgoingCalls(reception, self._ring, at_once=settings.rings_at_once)
        self._ringing: asyncio.Task[None] | None = None
        self.mint = Mint(reception.new_id)
        self.calls: dict[UUID, Ongoing] = {}
        self.handed_over: dict[UUID, str] = {}
        """Where the dialplan goes on with calls that came by AudioSocket; see `AudioSocketLeg.transfer`."""
        self._expected: dict[UUID, asyncio.Future[AudioSocketLeg]] = {}
        """Calls that Asterisk makes for us, by the UUID under which their sound will come."""
        self._sockets = AudioSocketServer(self.mint, self._from_asterisk)
        self._sip: SipStack | None = None
        self._ari = Ari(settings.ari, settings.sip.dial) if settings.ari else None
        self.doors: list[str] = []
        """What is open, in words for the log and for `jiesu status`."""

    async def start(self) -> None:
        """Open the doors. Raises OSError if the AudioSocket port is taken; SIP may be missing."""
        self._speech = asyncio.ensure_future(self._load())
        port = await self._sockets.start(self._settings.host, self._settings.audiosocket_port)
        self.doors.append(f"AudioSocket on {self._settings.host}:{port}")
        if not available():
            self.doors.append(UNAVAILABLE)
        else:
            self._sip = SipStack(self._settings.sip, self._from_sip)
            try:
                await self._sip.start()
                self.doors.append(f"SIP on {self._settings.sip.host}:{self._settings.sip.port}")
            except OSError as error:
                self._sip = None
                self.doors.append(str(error))
        if self._settings.sip.dial and (self._sip or self._ari):
            self._ringing = asyncio.create_task(self.outgoing.run())
        for door in self.doors:
            log.info("telephone", door=door)

    @property
    def is_ready(self) -> bool:
        """Whether the models are there, so that a call can be answered at once."""
        return self._speech is not None and self._speech.done() and not self._speech.cancelled() and self._speech.exception() is None

    def new_id(self) -> UUID:
        return self._reception.new_id()

    async def close(self) -> None:
        for task in (self._speech, self._ringing):
            if task:
                task.cancel()
        await self._sockets.close()
        if self._sip:
            await self._sip.close()

    # --- calls to us

    async def _from_sip(self, leg: SipLeg) -> None:
        await self.lead(self._reception.new_id(), leg)

    async def _from_asterisk(self, leg: AudioSocketLeg) -> None:
        if (expected := self._expected.get(leg.id)) and not expected.done():
            done = asyncio.Event()
            leg.when_over = done.set
            expected.set_result(leg)
            await done.wait()
            return
        await self.lead(leg.id, leg)
        if leg.transfer_to:
            self.handed_over[leg.id] = leg.transfer_to

    async def lead(self, id: UUID, leg: CallLeg, *, opening: tuple[str, dict[str, str], str] | None = None) -> Ended:
        """Lead one call. `opening`: the signal, its entities and its key with which an outgoing call begins."""
        reception, city = self._reception, self._reception.city
        outgoing = opening is not None
        line = ConversationLine(reception, Address("phone", leg.caller or f"withheld-{id}"), id)
        recording = Recording() if self._settings.record else None
        greeting = city.say("phone.greeting") + (city.say("phone.recorded") if recording else "")
        ongoing = self.calls[id] = Ongoing(id, leg, reception.clock(), outgoing)
        began = reception.clock()
        log.info("call", call=str(id), outgoing=outgoing)
        ended: Ended = "hung_up"
        try:
            assert self._speech
            speech = await asyncio.shield(self._speech)
            await line.open()
            begin: Callable[[], AsyncIterator[Saying]] | None = None
            if opening:
                intent, entities, key = opening
                begin = lambda: line.signal(intent, entities, key=key)  # noqa: E731
            manner = Manner(city.say, self._settings.transfer_to, begin, greeting)
            call = ongoing.call = Call(leg, line, speech, manner, recording)
            if not outgoing:
                task = asyncio.create_task(line.note(greeting))
                task.add_done_callback(lambda done: done.cancelled() or done.exception())
            ended = await call.run()
            log.info("call over", call=str(id), ended=ended, waits=[wait.parts for wait in call.waits])
            await line.no_answer()
            async with asyncio.timeout(HANG_UP_WITHIN):
                async for _ in line.signal("signal_hang_up", {}, key=f"{id}:over"):
                    pass
        except TimeoutError:
            log.warning("hang-up not told yet", call=str(id))  # it is stored; the worker tells it
        finally:
            self.calls.pop(id, None)
            line.close()
            with contextlib.suppress(Exception):
                await leg.hang_up()
        if recording:
            await keep_recording(reception, line.conversation_id, recording, began, kept=self._settings.recordings_kept)
        return ended

    # --- calls from us

    async def _ring(self, number: str, survey: UUID, attempt: int) -> Outcome:
        return await self.call(number, intent="signal_survey", entities={"survey": str(survey)}, key=f"survey:{survey}:call:{attempt}")

    async def dial(self, number: str, ringing: float = RING_SECONDS) -> CallLeg:
        """Call a number, through Asterisk where it is configured, else by SIP. Raises CallFailed."""
        if self._ari:
            key = self._reception.new_id()
            expected: asyncio.Future[AudioSocketLeg] = asyncio.get_running_loop().create_future()
            self._expected[key] = expected
            try:
                return await self._ari.dial(number, str(key), expected, ringing)
            finally:
                self._expected.pop(key, None)
        if not self._sip:
            raise CallFailed("failed")
        return await self._sip.dial(number, ringing)

    async def call(self, number: str, *, intent: str, entities: dict[str, str], key: str, ringing: float = RING_SECONDS) -> Outcome:
        """One outgoing call, from dialling to the end. Its slot is free again whatever happens."""
        try:
            leg = await self.dial(number, ringing)
        except CallFailed as failed:
            return failed.outcome
        except Exception as error:
            log.error("outgoing call failed", error=type(error).__name__)
            return "failed"
        leg.caller = caller_number(f"tel:{number}") or number  # the same conversation as when they call us
        try:
            ended = await self.lead(self._reception.new_id(), leg, opening=(intent, entities, key))
        except Exception as error:
            log.error("outgoing call broke off", error=type(error).__name__)
            return "failed"
        return "machine" if ended == "machine" else "answered"
