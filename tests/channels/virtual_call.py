"""A telephone call without a telephone, on a clock of its own: a leg whose far end is a script, and the few things a call needs, as fakes.

Sound is written so that it can be read: a sample's value says which text it is. So a test can ask what was heard, when, and how much of it.
"""

from __future__ import annotations

import asyncio
import selectors
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from channels.phone.activity import Activity
from channels.phone.call import Call, Ended
from channels.phone.legs.base import FRAME_SECONDS, SILENCE, Heard
from channels.phone.line import Saying
from channels.phone.manner import Manner, Speech
from channels.phone.speech.base import Capabilities, Hints, SpeechUnavailable, Transcription
from channels.phone.spoken import Ear
from channels.phone.utterance import Recogniser
from hotline.city import City

T = TypeVar("T")
SECONDS_A_CHARACTER = 0.2
RECOGNISING = 0.3
ANSWERING = 0.1


class VirtualLoop(asyncio.SelectorEventLoop):
    """Where nothing is to be done, time jumps to what comes next. A minute of a call takes milliseconds, and always the same."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self.now


class _Jumping(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        assert found or timeout is not None, "everything waits for something that never comes"
        if not found and timeout:
            self._loop.now += timeout
        return found


def virtually(work: Coroutine[Any, Any, T]) -> T:
    """Run on a virtual clock that begins at 0."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


class Texts:
    """Texts and the samples that stand for them."""

    def __init__(self) -> None:
        self._known: list[str] = [""]

    def sound(self, text: str, seconds: float) -> bytes:
        if text not in self._known:
            self._known.append(text)
        return struct.pack("<h", self._known.index(text)) * round(seconds * 8000)

    def read(self, pcm: bytes) -> str:
        values = [value for (value,) in struct.iter_unpack("<h", pcm) if value]
        return self._known[max(set(values), key=values.count)] if values else ""


@dataclass
class Said:
    """What the far end heard: a text, from when to when."""

    text: str
    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began


class FakeLeg:
    """The script speaks by `say`, presses by `press`, waits by `quiet` and `until_said`, and hangs up by ending."""

    def __init__(self, texts: Texts) -> None:
        self.caller = "+8613800000000"
        self.texts = texts
        self.heard: list[Said] = []
        self.transfers: list[str] = []
        self.takes_transfer = True
        self.hung_up_by_us = False
        self.gone = False
        self._saying = SILENCE
        self._keys = ""
        self._tick = 0

    async def next(self) -> Heard | None:
        await asyncio.sleep(FRAME_SECONDS)
        if self.gone or self.hung_up_by_us:
            return None
        keys, self._keys = self._keys, ""
        return Heard(self._saying, keys)

    def send(self, frame: bytes) -> None:
        text, now = self.texts.read(frame), asyncio.get_running_loop().time()
        if not text:
            return
        last = self.heard[-1] if self.heard else None
        if last and last.text == text and now - last.ended < 0.03:
            last.ended = now + FRAME_SECONDS
        else:
            self.heard.append(Said(text, now, now + FRAME_SECONDS))

    def flush(self) -> None: ...

    async def transfer(self, to: str) -> bool:
        self.transfers.append(to)
        await asyncio.sleep(1.0)
        return self.takes_transfer

    async def hang_up(self) -> None:
        self.hung_up_by_us = True

    # --- the far end

    async def say(self, text: str, seconds: float = 1.0) -> None:
        self._saying = self.texts.sound(text, FRAME_SECONDS)
        await asyncio.sleep(seconds)
        self._saying = SILENCE

    async def quiet(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def press(self, key: str) -> None:
        self._keys += key

    async def until_said(self, text: str) -> Said:
        """Wait until the bot begins to say something that holds this."""
        for _ in range(6000):
            for said in self.heard:
                if text in said.text:
                    return said
            await asyncio.sleep(FRAME_SECONDS)
        raise AssertionError(f"never said: {text}; said: {[said.text for said in self.heard]}")

    async def until_quiet(self) -> None:
        """Wait until the bot has finished."""
        while not self.heard or asyncio.get_running_loop().time() - self.heard[-1].ended < 1.0:  # noqa: ASYNC110
            await asyncio.sleep(FRAME_SECONDS)

    @property
    def texts_heard(self) -> list[str]:
        return [said.text for said in self.heard]


class FakeModels:
    """Speech is whatever is not silence. `finished` says whether a pause sounds like the end."""

    def __init__(self) -> None:
        self.finished: Callable[[bytes], bool] = lambda utterance: True

    def activity(self) -> Activity:
        return Activity(lambda window: 0.9 if window.count(0) < len(window) * 0.8 else 0.0)

    async def is_finished(self, utterance: bytes) -> bool:
        await asyncio.sleep(0.1)
        return self.finished(utterance)


class FakeTranscriber:
    """Reads the texts that the script says. `unsure` are heard with little confidence."""

    capabilities = Capabilities(streaming=False, sample_rate=8000)

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.unsure: set[str] = set()
        self.broken = False
        self.hints: list[Hints] = []

    async def transcribe(self, pcm: bytes, hints: Hints = Hints()) -> Transcription:  # noqa: B008
        await asyncio.sleep(RECOGNISING)
        if self.broken:
            raise SpeechUnavailable("broken")
        self.hints.append(hints)
        text = self.texts.read(pcm)
        text = "" if text == "（咳嗽）" else text
        return Transcription(text, 0.1 if text in self.unsure else 0.9 if text else 0.0)

    def session(self, hints: Hints = Hints()) -> Any:  # noqa: B008
        raise SpeechUnavailable("no sessions")


@dataclass
class FakeLine:
    """Answers “收到：…”, or what `answers` holds for a text."""

    answers: dict[str, list[Saying]] = field(default_factory=dict)
    heard: list[tuple[str, str]] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unsure: list[tuple[str, ...] | None] = field(default_factory=list)
    """For each thing that was heard whether its place was not surely understood, and which names it may have been."""
    waiting: bool = False
    call_backs: int = 0
    no_answers: int = 0
    slow: float = ANSWERING
    late: list[Saying] = field(default_factory=list)

    async def say(self, text: str, *, via: str, confidence: float | None = None, choice: str | None = None, unsure: tuple[str, ...] | None = None) -> AsyncIterator[Saying]:
        self.heard.append((choice or text, via))
        self.unsure.append(unsure)
        await asyncio.sleep(self.slow)
        if text == "转人工":
            self.waiting = True
        for saying in self.answers.get(choice or text, [Saying(f"收到：{choice or text}。")]):
            yield saying

    async def signal(self, intent: str, entities: dict[str, str], *, key: str) -> AsyncIterator[Saying]:
        self.signals.append(intent)
        await asyncio.sleep(self.slow)
        for saying in self.answers.get(intent, []):
            yield saying

    async def news(self) -> list[Saying]:
        late, self.late = self.late, []
        return late

    async def note(self, text: str) -> None:
        self.notes.append(text)

    async def wants_person(self) -> bool:
        return self.waiting

    async def no_answer(self) -> None:
        self.no_answers += 1

    async def ask_call_back(self) -> str:
        self.call_backs += 1
        self.waiting = False
        return "25112100001"

    @property
    def texts(self) -> list[str]:
        return [text for text, _ in self.heard]


class VirtualCall:
    """One call with everything it needs. `lead` runs it against a script."""

    def __init__(self, city: City, *, transfer_to: str = "", outgoing: bool = False) -> None:
        self.texts = Texts()
        self.leg, self.line = FakeLeg(self.texts), FakeLine()
        self.models, self.transcriber = FakeModels(), FakeTranscriber(self.texts)
        self.city, self.transfer_to, self.outgoing = city, transfer_to, outgoing
        self.call: Call | None = None

    def lead(self, script: Callable[[FakeLeg], Awaitable[None]]) -> Ended:
        return virtually(self._lead(script))

    async def _lead(self, script: Callable[[FakeLeg], Awaitable[None]]) -> Ended:
        async def say(text: str) -> AsyncIterator[bytes]:
            await asyncio.sleep(0.05)
            yield self.texts.sound(text, SECONDS_A_CHARACTER * len(text))

        async def far_end() -> None:
            try:
                await script(self.leg)
            finally:
                self.leg.gone = True

        opening = (lambda: self.line.signal("signal_survey", {}, key="1")) if self.outgoing else None
        manner = Manner(self.city.say, self.transfer_to, opening, self.city.say("phone.greeting"))
        speech = Speech(self.models, Recogniser(self.transcriber), Ear(self.city), say)
        self.call = Call(self.leg, self.line, speech, manner)
        script_task = asyncio.create_task(far_end())
        async with asyncio.timeout(3600):
            ended = await self.call.run()
        script_task.cancel()
        results = await asyncio.gather(script_task, return_exceptions=True)
        if results and isinstance(results[0], AssertionError):
            raise results[0]
        return ended


