"""espeak-ng as a program: instant, free, everywhere, and hard to understand. The last resort."""

from __future__ import annotations

import asyncio
import io
import shutil
import wave
from functools import cached_property

from channels.phone.speech.base import SpeechUnavailable, Synthesizer

_TIMEOUT = 10.0


class EspeakSynthesizer:
    """The voice `cmn` of espeak-ng."""

    name = "espeak-ng cmn 165"
    sample_rate = 22050

    def pieces(self, sentence: str) -> list[str]:
        return [sentence]

    async def render(self, sentence: str) -> bytes:
        # The sentence goes by standard input: it may hold a telephone number, and a command line is seen by everyone on the machine.
        process = await asyncio.create_subprocess_exec(
            self._program, "-v", "cmn", "-s", "165", "--stdin", "--stdout",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            sound, _ = await asyncio.wait_for(process.communicate(sentence.encode()), _TIMEOUT)
        except BaseException as error:
            if process.returncode is None:
                process.kill()
                await process.wait()
            if isinstance(error, TimeoutError):
                raise SpeechUnavailable("espeak-ng did not answer.") from None
            raise
        try:
            with wave.open(io.BytesIO(sound)) as file:
                frames: bytes = file.readframes(file.getnframes())
                return frames
        except (wave.Error, EOFError):
            raise SpeechUnavailable("espeak-ng made no sound. Install the package espeak-ng with its data.") from None

    @cached_property
    def _program(self) -> str:
        found = shutil.which("espeak-ng")
        if not found:
            raise SpeechUnavailable("The program espeak-ng is missing. Install the package espeak-ng, or choose another voice in JIESU_VOICE.")
        return found


_: type[Synthesizer] = EspeakSynthesizer
