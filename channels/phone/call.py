"""One call, from the first word to the last: who speaks when, what is heard, and what is said.

Everything beats with the leg: every 20 ms one step hears what came and says what is due. What takes longer (recognising, the dialogue, making
sound) runs beside it as tasks, so a step never waits. Time is the leg's own, which makes tests on a virtual clock exact.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

import structlog

from channels.phone.activity import Sound
from channels.phone.keypad import Keypad, Pressed
from channels.phone.legs.base import FRAME_SECONDS, CallLeg
from channels.phone.line import Line, Saying
from channels.phone.machines import HELLO, HELLO_WITHIN, MONOLOGUE, is_machine
from channels.phone.manner import Manner, Speech
from channels.phone.mouth import Mouth
from channels.phone.patience import Due, Patience
from channels.phone.recording import Recording
from channels.phone.speech.base import SpeechUnavailable
from channels.phone.spoken import Heard, Unsure
from channels.phone.turns import ANSWERS_BY_KEYS, LONGEST, Turn, Turns, is_back_channel

Ended = Literal["hung_up", "goodbye", "silence", "transferred", "machine", "too_long"]

BRIEF = 0.6
"""Seconds of speech up to which the bot goes on with what it said while it is recognised what it was: 嗯 makes no long gap."""
TOO_SHORT = 0.35
"""Seconds of speech below which what was not understood was a cough."""
_LEAVES_OPEN = re.compile(r"(?:[：:]|哪[^？?。]*[？?])\s*$")
"""A sentence that says nothing without its choices: 您想问的是不是：, 您说的是哪一个？"""
log = structlog.get_logger()


@dataclass
class Wait:
    """How long a caller waits for an answer: seconds from their last sound, as we heard it, until …"""

    since: float
    turn_over: float
    """… it was certain that they had finished,"""
    understood: float = 0.0
    """… what they said was text,"""
    answered: float = 0.0
    """… the dialogue had answered,"""
    sounded: float = 0.0
    """… and the first frame of it went out."""

    @property
    def parts(self) -> tuple[float, ...]:
        """All four, for the log."""
        return tuple(round(value, 2) for value in (self.turn_over, self.understood, self.answered, self.sounded))


class Call:
    """Leads one call. `run` returns how it ended."""

    def __init__(self, leg: CallLeg, line: Line, speech: Speech, manner: Manner, recording: Recording | None = None) -> None:
        self._leg, self._line, self._speech, self._manner, self._recording = leg, line, speech, manner, recording
        self._turns = Turns(speech.models, speech.recogniser, speech.ear)
        self._mouth = Mouth(speech.say, self._voice_failed)
        self._keypad = Keypad()
        self._patience = Patience()
        self._work: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._asked = Saying("")
        """What the bot said last: the question that is open."""
        self._ended: Ended | None = None
        self._interrupted = False
        """Whether the utterance began while the bot spoke."""
        self._protected = False
        """The bot may not be interrupted: it answers someone who never stops."""
        self._ending = False
        self._busy = 0
        """How much is being recognised or answered."""
        self._unclear = self._endless = 0
        self._told_of_keys = False
        self._unsure: Unsure | None = None
        """The place that was just said, and not surely understood."""
        self._unanswered = manner.opening is not None
        """We called, and nobody has said hello yet."""
        self._no_hello = 0.0
        self._transferring = False
        self._wait: Wait | None = None
        self.waits: list[Wait] = []
        """How long the caller waited for each answer."""

    async def run(self) -> Ended:
        """Lead the call until it is over, whoever ends it."""
        self._tasks = [asyncio.create_task(self._worker())]
        if not self._unanswered:
            self._say(Saying(self._manner.greeting))
        try:
            while self._ended is None:
                heard = await self._leg.next()
                if heard is None:  # a successful transfer ends the call before it is reported
                    self._ended = "transferred" if self._transferring else "hung_up"
                    break
                self._hear(heard.pcm)
                for key in heard.keys:
                    self._press(key)
                self._pass_time()
                frame = self._mouth.frame()
                if frame is not None:
                    self._leg.send(frame)
                    self._note_wait()
                if self._recording:
                    self._recording.add(heard.pcm, frame)
            if self._ended == "hung_up":
                await self._leg.hang_up()  # the line is free while what was said last is still heard
                await self._last_words()
        finally:
            await self._leg.hang_up()
            self._mouth.drop()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        return self._ended

    @property
    def over(self) -> bool:
        """Whether nobody is on the line any more; what was said last may still be on its way to the dialogue."""
        return self._ended is not None

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    # --- hearing

    def _hear(self, pcm: bytes) -> None:
        longest = MONOLOGUE if self._unanswered else LONGEST
        offered = [label for _, label in self._asked.choices]
        for heard in self._turns.hear(pcm, expects=self._asked.expects, offered=offered, longest=longest):
            if isinstance(heard, Turn):
                self._take(heard)
            elif heard is Sound.NOTHING:
                self._resume()
            else:
                if heard is Sound.SPEECH:
                    self._interrupted = self._mouth.busy
                self._interrupt()

    def _take(self, turn: Turn) -> None:
        """A turn is over: have it understood and answered."""
        interrupted, self._interrupted = self._interrupted, False
        self._wait = Wait(self._now() - turn.silence, turn.silence)
        self._patience.heard()
        if self._unanswered:
            self._work.put_nowait(lambda: self._judge_hello(turn))
            return
        if turn.cut:
            self._endless += 1
            self._protected = True
        answers = self._mouth.nearly_done and self._asks_briefly
        self._work.put_nowait(lambda: self._understand(turn, interrupted=interrupted, answers=answers))
        if interrupted and turn.spoken <= BRIEF and not answers:
            self._resume()

    @property
    def _asks_briefly(self) -> bool:
        """Whether 对 or 好 would be an answer to what was asked."""
        return self._asked.expects == "yes_no" or bool(self._asked.choices)

    async def _understand(self, turn: Turn, *, interrupted: bool, answers: bool) -> None:
        """What an utterance was: nothing, a back-channel, unclear, or something to answer. `answers`: the bot had all but asked for it."""
        try:
            said = await turn.result
        except SpeechUnavailable as error:
            log.error("not recognised", reason=str(error))
            self._mouth.drop()
            self._say(Saying(self._manner.prompt("phone.no_recogniser"), self._asked.expects, self._asked.choices), again=True)
            return
        heard = self._speech.ear.hear(said, self._asked.expects, self._unsure)
        if self._wait:
            self._wait.understood = self._now() - self._wait.since
        if self._manner.opening and is_machine(heard.raw):
            self._ended = "machine"
            return
        if not heard.raw.strip():
            if not self._mouth.busy and turn.spoken >= TOO_SHORT:
                await self._did_not_understand()
            self._resume()
            return
        # A late 喂 or a cough, not understood, must not cost the caller the rest of what they are told.
        murmur = is_back_channel(heard.raw) or (not heard.sure and turn.spoken <= BRIEF)
        if interrupted and self._mouth.busy and murmur and not answers:
            self._resume()
            return
        await self._heard(heard)

    async def _judge_hello(self, turn: Turn) -> None:
        """Somebody has answered our call: a person is spoken to, a machine is not."""
        if turn.spoken > HELLO:
            with contextlib.suppress(SpeechUnavailable):
                if is_machine((await turn.result).text):
                    self._ended = "machine"
                    return
            if turn.spoken > MONOLOGUE * 0.7:
                self._ended = "machine"
                return
        self._begin()

    def _begin(self) -> None:
        self._unanswered = False
        self._work.put_nowait(lambda: self._answers(self._manner.opening))

    async def _heard(self, heard: Heard) -> None:
        self._mouth.drop()
        if not heard.sure:
            await self._did_not_understand()
            return
        self._unclear = 0
        self._unsure = heard.unsure
        if self._endless >= 3:
            await self._hand_over()
            return
        maybe = heard.unsure.maybe if heard.unsure else None
        await self._answers(lambda: self._line.say(heard.text, via="speech", confidence=heard.confidence, unsure=maybe))

    async def _did_not_understand(self) -> None:
        """Ask once again differently, then by keys, then a person. Nothing is guessed."""
        self._unclear += 1
        if self._unclear >= 3:
            self._unclear = 0
            await self._hand_over()
            return
        text = self._manner.unclear(self._asked, self._unclear)
        self._say(Saying(text, self._asked.expects, self._asked.choices), again=True)
        await self._line.note(text)

    # --- keys

    def _press(self, key: str) -> None:
        self._patience.heard()
        self._mouth.drop()
        self._leg.flush()
        if pressed := self._keypad.press(key, choices=len(self._asked.choices), expecting=self._asked.expects):
            self._pressed(pressed)

    def _pressed(self, pressed: Pressed) -> None:
        keys, asked = pressed.keys, self._asked
        self._wait = Wait(self._now(), 0.0)
        if keys == "0":
            self._work.put_nowait(lambda: self._answers(lambda: self._line.say(self._manner.prompt("phone.person_word"), via="keypad")))
        elif asked.expects not in ANSWERS_BY_KEYS and len(keys) == 1 and int(keys) <= len(asked.choices):
            id, _ = asked.choices[int(keys) - 1]
            self._work.put_nowait(lambda: self._answers(lambda: self._line.say("", via="keypad", choice=id)))
        else:
            text = {"1": "是", "2": "不是"}.get(keys, keys) if asked.expects == "yes_no" else keys
            self._work.put_nowait(lambda: self._answers(lambda: self._line.say(text, via="keypad")))

    # --- answering

    async def _answers(self, ask: Callable[[], AsyncIterator[Saying]] | None) -> None:
        """Have the dialogue answer, and say it as it comes."""
        assert ask
        try:
            async for saying in ask():
                self._say(saying)
        except Exception as error:  # the message is stored, the worker answers it; the caller must not hear nothing
            log.error("turn failed", error=type(error).__name__)
            self._say(Saying(self._manner.prompt("phone.trouble")), again=True)
        if await self._line.wants_person():
            await self._hand_over()

    def _say(self, saying: Saying, *, again: bool = False) -> None:
        if self._wait and not self._wait.answered:
            self._wait.answered = self._now() - self._wait.since
        self._mouth.say(saying.text)
        if self._turns.speaking and not self._protected:
            self._mouth.pause()  # nobody is talked over: what it was decides whether this is said
        # Who is called may be where speaking is awkward; and some questions are none without their answers.
        if saying.choices and (self._manner.opening or _LEAVES_OPEN.search(saying.text)):
            self._mouth.say(self._manner.keys(saying, briefly=self._told_of_keys))
            self._told_of_keys = True
        if again:
            saying = Saying(self._asked.text or saying.text, saying.expects, saying.choices)
        self._asked = saying
        self._ending = self._ending or saying.ends

    def _note_wait(self) -> None:
        if self._wait and self._wait.answered:
            self._wait.sounded = self._now() - self._wait.since
            self.waits.append(self._wait)
            self._wait = None

    def _interrupt(self) -> None:
        if self._mouth.busy and not self._protected and not self._mouth.paused:
            self._mouth.pause()
            self._leg.flush()

    def _resume(self) -> None:
        if not self._turns.speaking:
            self._mouth.resume()

    def _voice_failed(self, error: Exception) -> None:
        log.error("could not be said", error=type(error).__name__, reason=str(error) if isinstance(error, SpeechUnavailable) else "")

    # --- a person

    async def _hand_over(self) -> None:
        """To a person: where one is configured, by transfer; where nobody answers, by a ticket that asks to call back."""
        prompt = self._manner.prompt
        self._mouth.drop()
        if self._manner.transfer_to:
            self._mouth.say(prompt("phone.transferring"))
            await self._until_said()
            self._transferring = True
            taken = self._ended is None and await self._leg.transfer(self._manner.transfer_to)
            self._transferring = False
            if taken:
                self._ended = "transferred"
                return
        number = await self._line.ask_call_back()
        text = prompt("phone.call_back", number=number)
        self._say(Saying(text))
        await self._line.note(text)

    async def _until_said(self) -> None:
        await self._until(lambda: not self._mouth.busy or self._ended is not None)

    @staticmethod
    async def _until(is_so: Callable[[], bool]) -> None:
        while not is_so():  # noqa: ASYNC110  (the leg beats, nothing else does)
            await asyncio.sleep(FRAME_SECONDS)

    # --- time

    def _pass_time(self) -> None:
        if pressed := self._keypad.tick(FRAME_SECONDS):
            self._pressed(pressed)
        if self._unanswered:
            self._wait_for_hello()
            return
        silent = not self._mouth.busy and not self._turns.speaking
        if self._protected and not self._mouth.busy and not self._at_work:
            self._protected = False
        quiet = silent and not self._at_work and not self._keypad.busy
        if quiet and self._ending:
            self._ended = "goodbye"
            return
        for due in self._patience.pass_time(thinking=silent and bool(self._busy), quiet=quiet):
            self._do(due)

    def _do(self, due: Due) -> None:
        prompt = self._manner.prompt
        match due:
            case Due.TOO_LONG:
                self._ended = "too_long"
            case Due.MOMENT:
                self._mouth.say(prompt("phone.moment"))
            case Due.NEWS:
                self._work.put_nowait(self._look_for_news)
            case Due.ASK:
                self._work.put_nowait(self._line.no_answer)
                self._mouth.say(self._manner.silence(self._asked))
            case Due.ASK_AGAIN if self._asked.choices:
                self._mouth.say(self._manner.keys(self._asked))
            case Due.ASK_AGAIN:
                self._mouth.say(prompt("phone.silence_again"))
            case Due.GIVE_UP:
                self._ending = True
                self._mouth.say(prompt("phone.silence_goodbye"))

    def _wait_for_hello(self) -> None:
        self._no_hello = 0.0 if self._turns.speaking or self._at_work else self._no_hello + FRAME_SECONDS
        if self._no_hello >= HELLO_WITHIN:
            self._begin()

    @property
    def _at_work(self) -> bool:
        """Whether anything that was said is still to be understood or answered."""
        return bool(self._busy) or not self._work.empty()

    async def _look_for_news(self) -> None:
        for saying in await self._line.news():
            self._say(saying)

    async def _worker(self) -> None:
        """Does one thing after the other: the conversation has an order."""
        while True:
            work = await self._work.get()
            self._busy += work != self._look_for_news
            try:
                await work()
            except Exception as error:  # one step that fails must not end the call
                log.error("call step failed", error=type(error).__name__)
            finally:
                self._busy -= work != self._look_for_news

    async def _last_words(self) -> None:
        """The caller hung up in the middle: what was said is still heard, and the dialogue told."""
        self._mouth.drop()
        if (turn := self._turns.break_off()) and turn.spoken >= TOO_SHORT:
            self._take(turn)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(20):
                await self._until(lambda: not self._at_work)
