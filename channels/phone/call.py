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

from channels.phone.activity import Models, Sound
from channels.phone.keypad import Keypad, Pressed
from channels.phone.legs.base import FRAME_SECONDS, CallLeg
from channels.phone.line import Line, Saying
from channels.phone.machines import HELLO, HELLO_WITHIN, MONOLOGUE, is_machine
from channels.phone.mouth import Mouth, Say
from channels.phone.recording import Recording
from channels.phone.speech.base import Expectation, SpeechUnavailable, Transcription
from channels.phone.spoken import Ear, Heard
from channels.phone.utterance import Recogniser, Utterance

Ended = Literal["hung_up", "goodbye", "silence", "transferred", "machine", "too_long"]

PAUSE = 0.19
"""Seconds of silence in which a speaker may have finished: six windows of the voice detector."""
PATIENCE = 1.0
"""Seconds of silence that end a turn whatever Smart-Turn thinks of it."""
PATIENCE_WITH_NUMBERS = 1.6
"""The same while a number is dictated, in groups with pauses between them."""
LONGEST = 25.0
"""Seconds after which we answer a caller who never stops; Whisper reads 30 s at once."""
BRIEF = 0.6
"""Seconds of speech up to which the bot goes on with what it said while it is recognised what it was: 嗯 makes no long gap."""
TOO_SHORT = 0.35
"""Seconds of speech below which what was not understood was a cough."""
ASK_AFTER = 7.0
"""Seconds of silence after which we ask whether the caller is there; after three times as many the call ends."""
MOMENT_AFTER = 2.5
"""Seconds of thinking after which we say that it takes a moment."""
LONGEST_CALL = 30 * 60.0
NEWS_EVERY = 2.0
"""Seconds between looks at what an operator wrote."""

_BACK_CHANNEL = re.compile(r"^(?:嗯+|恩+|哦+|噢+|啊+|唉|诶|对+|对对对|是+|是的|好+|好的|行|可以|明白|知道了|谢谢|ok)[啊呀吧呢的了]?$", re.I)
_NOT_WORDS = re.compile(r"[\s，。！？、,.!?…~～]+")
ANSWERS_BY_KEYS: frozenset[Expectation | None] = frozenset({"phone", "number"})


@dataclass(frozen=True)
class Speech:
    """What calls hear and speak with; all calls share it."""

    models: Models
    recogniser: Recogniser
    ear: Ear
    say: Say


@dataclass(frozen=True)
class Manner:
    """How a call is led. `prompt` gives a sentence of the city folder."""

    prompt: Callable[..., str]
    transfer_to: str = ""
    opening: Callable[[], AsyncIterator[Saying]] | None = None
    """Begins the conversation instead of the greeting when we are the one who calls, as soon as a person has answered."""
    greeting: str = ""


class Call:
    """Leads one call. `run` returns how it ended."""

    def __init__(self, leg: CallLeg, line: Line, speech: Speech, manner: Manner, recording: Recording | None = None) -> None:
        self._leg, self._line, self._speech, self._manner, self._recording = leg, line, speech, manner, recording
        self._activity = speech.models.activity()
        self._mouth = Mouth(speech.say, self._voice_failed)
        self._keypad = Keypad()
        self._utterance: Utterance | None = None
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
        self._thinking = self._quiet = self._lasted = self._since_news = 0.0
        self._prompted = self._unclear = self._endless = 0
        self._unanswered = manner.opening is not None
        """We called, and nobody has said hello yet."""
        self._transferring = False
        self._waited_from: float | None = None
        self.waits: list[float] = []
        """Seconds from the end of each utterance to the first sound of its answer, silence to be sure included."""

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
                await self._last_words()
        finally:
            await self._leg.hang_up()
            self._mouth.drop()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        return self._ended

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    # --- hearing

    def _hear(self, pcm: bytes) -> None:
        activity = self._activity
        for sound in activity.hear(pcm):
            if sound is Sound.NOTHING:
                self._resume()
            elif sound is Sound.MAYBE:
                self._interrupt()
            else:
                self._interrupted = self._mouth.busy
                self._interrupt()
                hints = self._speech.ear.hints(self._asked.expects)
                self._utterance = Utterance(self._speech.recogniser, self._speech.models, hints)
        if self._utterance and activity.speaking:
            self._follow(self._utterance)

    def _follow(self, utterance: Utterance) -> None:
        activity = self._activity
        length = len(activity.utterance)
        utterance.feed(lambda: activity.utterance, length)
        numbers = self._asked.expects in ANSWERS_BY_KEYS
        if activity.silence < PAUSE:
            if activity.silence == 0:
                utterance.go_on()
            if self._unanswered and length > MONOLOGUE * 16000:
                self._end_utterance(utterance)
            elif length > LONGEST * 16000:
                self._endless += 1
                self._protected = True
                self._end_utterance(utterance)
            return
        utterance.pause(activity.utterance)
        if numbers:
            enough = sum(c.isdigit() for c in utterance.early_text) >= 11
            if enough or activity.silence >= PATIENCE_WITH_NUMBERS:
                self._end_utterance(utterance)
        elif utterance.sounds_finished or activity.silence >= PATIENCE:
            self._end_utterance(utterance)

    def _end_utterance(self, utterance: Utterance) -> None:
        spoken, interrupted = self._activity.spoken, self._interrupted
        answers = self._mouth.nearly_done and self._asks_briefly
        self._waited_from = self._now() - self._activity.silence
        result = utterance.end(self._activity.take())
        self._utterance, self._interrupted = None, False
        self._quiet, self._prompted = 0.0, 0
        if self._unanswered:
            self._work.put_nowait(lambda: self._judge_hello(result, spoken))
            return
        self._work.put_nowait(lambda: self._understand(result, spoken, interrupted=interrupted, answers=answers))
        if interrupted and spoken <= BRIEF and not answers:
            self._resume()

    @property
    def _asks_briefly(self) -> bool:
        """Whether 对 or 好 would be an answer to what was asked."""
        return self._asked.expects == "yes_no" or bool(self._asked.choices)

    async def _understand(self, result: Awaitable[Transcription], spoken: float, *, interrupted: bool, answers: bool) -> None:
        """What an utterance was: nothing, a back-channel, unclear, or something to answer. `answers`: the bot had all but asked for it."""
        try:
            said = await result
        except SpeechUnavailable as error:
            log.error("not recognised", reason=str(error))
            self._mouth.drop()
            self._say(Saying(self._manner.prompt("phone.no_recogniser"), self._asked.expects, self._asked.choices), again=True)
            return
        heard = self._speech.ear.hear(said, self._asked.expects)
        if self._manner.opening and is_machine(heard.raw):
            self._ended = "machine"
            return
        if not heard.raw.strip():
            if not self._mouth.busy and spoken >= TOO_SHORT:
                await self._did_not_understand()
            self._resume()
            return
        if interrupted and self._mouth.busy and _is_back_channel(heard.raw) and not answers:
            self._resume()
            return
        await self._heard(heard)

    async def _judge_hello(self, result: Awaitable[Transcription], spoken: float) -> None:
        """Somebody has answered our call: a person is spoken to, a machine is not."""
        if spoken > HELLO:
            with contextlib.suppress(SpeechUnavailable):
                if is_machine((await result).text):
                    self._ended = "machine"
                    return
            if spoken > MONOLOGUE * 0.7:
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
        if self._endless >= 3:
            await self._hand_over()
            return
        await self._answers(lambda: self._line.say(heard.text, via="speech", confidence=heard.confidence))

    async def _did_not_understand(self) -> None:
        """Ask once again differently, then by keys, then a person. Nothing is guessed."""
        self._unclear += 1
        if self._unclear >= 3:
            self._unclear = 0
            await self._hand_over()
            return
        kind = "phone.unclear" if self._unclear == 1 else "phone.unclear_keys"
        if self._unclear == 2 and self._asked.expects in ANSWERS_BY_KEYS:
            text = self._manner.prompt("phone.unclear_number")
        elif self._unclear == 2 and self._asked.choices:
            text = self._manner.prompt("phone.unclear_choices", keys=_key_names(self._manner.prompt, self._asked))
        else:
            text = self._manner.prompt(kind)
        self._say(Saying(text, self._asked.expects, self._asked.choices), again=True)
        await self._line.note(text)

    # --- keys

    def _press(self, key: str) -> None:
        self._quiet, self._prompted = 0.0, 0
        self._mouth.drop()
        self._leg.flush()
        if pressed := self._keypad.press(key, choices=len(self._asked.choices), expecting=self._asked.expects):
            self._pressed(pressed)

    def _pressed(self, pressed: Pressed) -> None:
        keys, asked = pressed.keys, self._asked
        self._waited_from = self._now()
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
        self._mouth.say(saying.text)
        if self._activity.speaking and not self._protected:
            self._mouth.pause()  # nobody is talked over: what it was decides whether this is said
        if self._manner.opening and saying.choices:  # whoever is called may be where speaking is awkward
            self._mouth.say(self._manner.prompt("phone.unclear_choices", keys=_key_names(self._manner.prompt, saying)))
        if again:
            saying = Saying(self._asked.text or saying.text, saying.expects, saying.choices)
        self._asked = saying
        self._ending = self._ending or saying.ends

    def _note_wait(self) -> None:
        if self._waited_from is not None:
            self.waits.append(self._now() - self._waited_from)
            self._waited_from = None

    def _interrupt(self) -> None:
        if self._mouth.busy and not self._protected and not self._mouth.paused:
            self._mouth.pause()
            self._leg.flush()

    def _resume(self) -> None:
        if not self._activity.speaking:
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
        self._lasted += FRAME_SECONDS
        if self._lasted > LONGEST_CALL:
            self._ended = "too_long"
        if pressed := self._keypad.tick(FRAME_SECONDS):
            self._pressed(pressed)
        if self._unanswered:
            self._wait_for_hello()
            return
        if self._protected and not self._mouth.busy and not self._at_work:
            self._protected = False
        self._think()
        if self._mouth.busy or self._at_work or self._keypad.busy or self._activity.speaking:
            self._quiet = 0.0
            return
        if self._ending:
            self._ended = "goodbye"
            return
        self._quiet += FRAME_SECONDS
        self._since_news += FRAME_SECONDS
        if self._since_news >= NEWS_EVERY:
            self._since_news = 0.0
            self._work.put_nowait(self._look_for_news)
        if self._quiet >= ASK_AFTER:
            self._quiet = 0.0
            self._prompt_the_silent()

    def _wait_for_hello(self) -> None:
        self._quiet = 0.0 if self._activity.speaking or self._at_work else self._quiet + FRAME_SECONDS
        if self._quiet >= HELLO_WITHIN:
            self._quiet = 0.0
            self._begin()

    @property
    def _at_work(self) -> bool:
        """Whether anything that was said is still to be understood or answered."""
        return bool(self._busy) or not self._work.empty()

    def _think(self) -> None:
        self._thinking = self._thinking + FRAME_SECONDS if self._busy and not self._mouth.busy and not self._activity.speaking else 0.0
        if abs(self._thinking - MOMENT_AFTER) < FRAME_SECONDS / 2:
            self._mouth.say(self._manner.prompt("phone.moment"))

    def _prompt_the_silent(self) -> None:
        self._prompted += 1
        if self._prompted >= 3:
            self._ending = True
            self._mouth.say(self._manner.prompt("phone.silence_goodbye"))
            return
        key = "phone.silence" if self._prompted == 1 else "phone.silence_again"
        text = self._manner.prompt(key)
        if self._prompted == 2 and self._asked.choices:
            text = self._manner.prompt("phone.unclear_choices", keys=_key_names(self._manner.prompt, self._asked))
        self._mouth.say(text)

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
        if self._utterance and self._activity.spoken >= TOO_SHORT:
            self._end_utterance(self._utterance)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(20):
                await self._until(lambda: not self._at_work)


def _key_names(prompt: Callable[..., str], asked: Saying) -> str:
    """解决了请按1，没解决请按2."""
    return "，".join(prompt("phone.key", label=label, number=number) for number, (_, label) in enumerate(asked.choices[:9], 1))


def _is_back_channel(text: str) -> bool:
    """嗯, 对, 好的: I am listening, go on."""
    return bool(_BACK_CHANNEL.match(_NOT_WORDS.sub("", text)))


log = structlog.get_logger()
