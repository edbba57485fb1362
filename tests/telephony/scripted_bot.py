"""The voice process as it is, with the heavy parts replaced: a recogniser that hears what the test wrote down, a voice that hums, and a
dialogue of a few lines. Doors, legs, call loop, voice detection, database and control port are the real ones. A process of its own, because
the SIP stack wants one.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

import numpy as np
import uvicorn
from fakes import KEY

from channels.base import Reception
from channels.phone.activity import PipecatModels
from channels.phone.control import build
from channels.phone.legs.sip import SipSettings
from channels.phone.manner import Speech
from channels.phone.mouth import Say
from channels.phone.process import PhoneSettings, VoiceProcess
from channels.phone.speech.base import Capabilities, Hints, Transcription
from channels.phone.spoken import Ear
from channels.phone.utterance import Recogniser
from hotline.city import City
from hotline.conversations import change_status
from hotline.files import LocalFiles
from hotline.messages import Reply
from hotline.settings import ROOT
from hotline.store import Cipher, open_store
from hotline.wiring import clock, new_id

HUM = 440.0


def hum(slowly: float) -> Say:
    """A voice of one tone, 0.12 s for every character or `slowly` seconds for any text: a recording of it shows from when to when the bot spoke."""

    async def say(text: str) -> AsyncIterator[bytes]:
        seconds = slowly or 0.12 * len(text)
        yield (np.sin(np.arange(int(8000 * seconds)) * 2 * np.pi * HUM / 8000) * 8000).astype("<i2").tobytes()

    return say


class ScriptedTranscriber:
    """Hears the next of the texts that were written down, whatever the sound is; the last one again and again."""

    capabilities = Capabilities(streaming=False, sample_rate=8000)

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = list(texts)

    async def transcribe(self, pcm: bytes, hints: Hints = Hints()) -> Transcription:  # noqa: B008
        await asyncio.sleep(0.05)
        text = self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]
        return Transcription(text, 0.9 if text else 0.0)

    def session(self, hints: Hints = Hints()) -> object:  # noqa: B008
        raise AssertionError("not streaming")


class SmallDialogue:
    """Answers what the test wrote down for a text; keeps the signals in the transcript by answering nothing."""

    def __init__(self, answers: Mapping[str, str], hand_over: Callable[[UUID], None]) -> None:
        self._answers, self._hand_over = answers, hand_over

    async def say(self, conversation_id: UUID, text: str, *, message_id: str, retry: bool) -> list[Reply]:
        if text == "转人工":
            await asyncio.to_thread(self._hand_over, conversation_id)
            return []
        return [Reply(self._answers.get(text, f"收到：{text}。"))]

    async def signal(self, conversation_id: UUID, intent: str, entities: Mapping[str, str], *, message_id: str, retry: bool) -> list[Reply]:
        return [Reply(self._answers[intent])] if intent in self._answers else []


async def main(config: dict[str, object]) -> None:
    folder = Path(str(config["folder"]))
    cipher = Cipher(KEY)
    store = open_store(f"sqlite:///{folder / 'jiesu.db'}", cipher, migrate=True)

    def hand_over(id: UUID) -> None:
        with store.transaction() as tx:
            change_status(tx, id, "waiting", now=clock())

    city = City.load(ROOT / "city")
    reception = Reception(
        store, SmallDialogue(config.get("answers") or {}, hand_over), LocalFiles(folder / "files", cipher), city, {}, clock, new_id  # type: ignore[arg-type]
    )

    async def speech() -> Speech:
        return Speech(PipecatModels(), Recogniser(ScriptedTranscriber(config["heard"])), Ear(city), hum(float(str(config.get("slowly", 0)))))  # type: ignore[arg-type]

    sip = SipSettings("127.0.0.1", int(str(config["sip"])), "12345", "", str(config.get("dial", "")), 100)
    settings = PhoneSettings("127.0.0.1", int(str(config["audiosocket"])), sip, str(config.get("transfer_to", "")), bool(config.get("record")))
    voice = VoiceProcess(reception, settings, speech)
    await voice.start()
    server = uvicorn.Server(uvicorn.Config(build(voice, "key"), host="127.0.0.1", port=int(str(config["control"])), log_level="error"))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: setattr(server, "should_exit", True))
    await server.serve()
    await voice.close()


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
