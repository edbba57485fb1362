"""Direct SIP by baresip-python: one stack for the process, a leg for every call.

The binding is alpha and its stack native, so it is used thinly and only here. It allows one stack in a process; the voice process is that one.
Without the package `available` is false, and Asterisk's AudioSocket goes on alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import structlog

from channels.phone.legs.base import FRAME, RING_SECONDS, CallFailed, Heard, Inlet, Outcome, Pace

UNAVAILABLE = "SIP is off: the package baresip-python is not installed (pip install 'baresip-python==0.5.2a3'). Asterisk can still reach us by AudioSocket."
MAX_READ = FRAME * 10
TRANSFER_WITHIN = 40.0
_USER = re.compile(r"sips?:([^@;>]+)@|tel:([^;>]+)")
# What the far end's final answer says about an outgoing call (RFC 3261, 21).
OUTCOMES: dict[int, Outcome] = {
    404: "unreachable", 410: "unreachable", 484: "unreachable", 604: "unreachable", 480: "no_answer", 408: "no_answer", 487: "no_answer",
    486: "busy", 600: "busy", 603: "declined", 403: "declined",
}  # fmt: skip
log = structlog.get_logger()


def available() -> bool:
    """Whether SIP can be spoken at all."""
    return find_spec("baresip") is not None


@dataclass(frozen=True)
class SipSettings:
    """`account`: user:password@registrar to register there, or empty. `dial`: a URI with {number} for outgoing calls."""

    host: str
    port: int
    user: str
    account: str = ""
    dial: str = ""
    calls_at_once: int = 100
    jitter: str = "20-200"
    """Milliseconds, least and most, that sound from the far end is held back so that packets which come unevenly play evenly; empty for not at all."""


class SipLeg:
    """A call that is up."""

    def __init__(self, call: Any, caller: str) -> None:
        from baresip import AudioNotActive, AudioRestarted, Event

        self._gone, self._restarted = AudioNotActive, AudioRestarted
        self._call = call
        self.caller = caller
        self._pace, self._inlet = Pace(), Inlet()
        self._keys = ""
        self._over = False

        def on_event(event: Any) -> None:
            # At the start of the key, not at its end: a key interrupts at once.
            if event.event is Event.CALL_DTMF_START and event.text:
                self._keys += event.text
            elif event.event is Event.CALL_CLOSED:
                self._over = True

        call.on(on_event)
        if call.state.value == "closed":
            self._over = True

    async def next(self) -> Heard | None:
        await self._pace.tick()
        if self._over:
            return None
        keys, self._keys = self._keys, ""
        pcm = b""
        with contextlib.suppress(self._gone, self._restarted):  # no media yet, or renegotiated: it comes back, or the call ends
            pcm = self._call.audio.read(MAX_READ)
        return Heard(self._inlet.fill(pcm), keys)

    def send(self, frame: bytes) -> None:
        with contextlib.suppress(self._gone, self._restarted):
            self._call.audio.write(frame)

    @property
    def unsent(self) -> int:
        """Bytes that were sent and lie in the stack still."""
        with contextlib.suppress(self._gone, self._restarted):
            return int(self._call.audio.info().tx_buffered)
        return 0

    def flush(self) -> None:
        with contextlib.suppress(self._gone, self._restarted):
            self._call.audio.flush_tx()

    async def transfer(self, to: str) -> bool:
        from baresip import BaresipError

        try:
            await self._call.transfer(to, timeout=TRANSFER_WITHIN)
        except BaresipError as error:
            log.warning("transfer failed", error=type(error).__name__, reason=str(error))
            return False
        return True

    async def hang_up(self) -> None:
        from baresip import BaresipError

        if not self._over:
            with contextlib.suppress(BaresipError):
                await self._call.hangup()
        self._over = True


class SipStack:
    """Listens for calls and makes them."""

    def __init__(self, settings: SipSettings, answer: Callable[[SipLeg], Awaitable[None]]) -> None:
        self._settings, self._answer = settings, answer
        self._runtime: Any = None
        self._agent: Any = None
        self._calls: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen. Raises OSError, a sentence, when the port is taken or the registrar refuses."""
        from baresip import Account, BaresipError, Config, Runtime, UserAgent

        s = self._settings
        runtime = Runtime()
        self._runtime = runtime
        everywhere = s.host in ("0.0.0.0", "::")
        # The stack's own jitter buffer holds 100 ms and more of any line; ours begins with one packet and grows where the line needs it.
        jitter = f"audio_jitter_buffer_type adaptive\naudio_jitter_buffer_ms {s.jitter}\n" if s.jitter else "audio_jitter_buffer_type off\n"
        extra = (
            f"sip_listen {s.host}:{s.port}\ncall_hold_other_calls no\n{jitter}audio_buffer 20-60\n"
            "rtp_ports 20000-40000\nrtp_stats no\ncall_local_timeout 120\n"
        )
        try:
            await runtime.start(Config(
                net_interface=None if everywhere else s.host, max_concurrent_calls=s.calls_at_once, rtp_timeout=30, extra_config_text=extra,
                native_log_level="error",
            ))  # fmt: skip
            user, _, registrar = s.account.rpartition("@")
            name, _, password = user.partition(":")
            account = Account(
                user=name or s.user, domain=registrar or f"{s.host}:{s.port}", password=password, reg_interval=300 if registrar else 0,
                audio_codecs=("pcma", "pcmu"), extra_params=("catchall=yes", "ptime=20"),
            )  # fmt: skip
            self._agent = await UserAgent.create(runtime, account, transfer_policy="reject")
            self._agent.on_incoming(self._incoming)
            if registrar:
                await self._agent.register()
        except BaresipError as error:
            raise OSError(f"SIP could not start on {s.host}:{s.port}: {error}") from error

    async def dial(self, number: str, ringing: float = RING_SECONDS) -> SipLeg:
        """Call a number. Returns when it is answered; raises CallFailed."""
        from baresip import BaresipError, CallTimeout
        from baresip import CallFailed as Failed

        if not self._settings.dial:
            raise CallFailed("failed")
        try:
            call = await self._placed(self._settings.dial.format(number=number))
        except (BaresipError, ValueError) as error:
            log.error("could not dial", error=type(error).__name__)
            raise CallFailed("failed") from error
        try:
            await call.wait_established(ringing)
        except CallTimeout:
            raise CallFailed("no_answer") from None
        except Failed as error:
            log.info("not answered", status=error.status)
            raise CallFailed(OUTCOMES.get(error.status or 0, "failed")) from error
        return SipLeg(call, number)

    async def _placed(self, uri: str) -> Any:
        """Dial, and miss nothing of the call. Raises what `UserAgent.dial` raises.

        The binding's call listens only from when the loop comes back to `dial`. A far end that refuses at once is quicker than a loop that
        has much to do; its answer would be lost, and the call would ring until its time is up.
        """
        missed: list[Any] = []

        def note(event: Any) -> None:
            missed.append(event)

        self._runtime.subscribe(note)
        try:
            call = await self._agent.dial(uri)
        finally:
            self._runtime.unsubscribe(note)
        for event in missed:
            call._on_stack_event(event)  # it leaves alone what is of other calls
        return call

    async def close(self) -> None:
        for task in list(self._calls):
            task.cancel()
        if self._calls:
            await asyncio.wait(self._calls, timeout=3)
        if self._runtime:
            await self._runtime.close()

    def _incoming(self, call: Any) -> None:
        task = asyncio.get_running_loop().create_task(self._take(call))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _take(self, call: Any) -> None:
        from baresip import BaresipError

        leg = SipLeg(call, caller_number(call.peer or ""))
        try:
            await call.answer()
            await call.wait_established(10)
            await self._answer(leg)
        except BaresipError as error:
            log.warning("call lost before it began", error=type(error).__name__)
        finally:
            await leg.hang_up()


def caller_number(uri: str) -> str:
    """The number in a SIP or tel URI, with +86 before a Chinese mobile number; empty if there is none, as when it is withheld."""
    match = _USER.search(uri)
    user = re.sub(r"[^\d+]", "", (match[1] or match[2]) if match else "")
    if re.fullmatch(r"1[3-9]\d{9}", user):
        return f"+86{user}"
    return user if re.fullmatch(r"\+?\d{5,15}", user) else ""


