"""Voices that are not programs of ours: recorded prompts, and a vendor by HTTP."""

from __future__ import annotations

import asyncio
import csv
import json
from functools import cached_property
from pathlib import Path

import httpx

from channels.phone.say import for_the_ear, sentences
from channels.phone.speech.base import SpeechUnavailable, Synthesizer
from channels.phone.speech.sound import SoundUnreadable, decode

_LONGEST = 120.0
OPENAI_REQUEST = '{"model": "tts-1", "voice": "alloy", "response_format": "wav", "input": "{text}"}'


class RecordedPrompts:
    """Sentences that a person recorded, and another voice for the rest.

    The folder holds `prompts.csv` with the columns text,file; a text is one sentence, as it stands in the city's prompts.
    """

    sample_rate = 24000

    def __init__(self, folder: Path, otherwise: Synthesizer) -> None:
        self._folder = folder
        self._otherwise = otherwise

    @property
    def name(self) -> str:
        newest = max((path.stat().st_mtime_ns for path in [self._folder, *self._folder.glob("*")]), default=0) if self._folder.is_dir() else 0
        return f"recorded {newest} else {self._otherwise.name}"

    def pieces(self, sentence: str) -> list[str]:
        return [sentence] if sentence in self._files else self._otherwise.pieces(sentence)

    async def render(self, sentence: str) -> bytes:
        from channels.phone.speech.sound import resample

        path = self._files.get(sentence)
        if path is None:
            sound = await self._otherwise.render(sentence)
            return await asyncio.to_thread(resample, sound, self._otherwise.sample_rate, self.sample_rate)
        try:
            return await asyncio.to_thread(lambda: decode(path.read_bytes(), self.sample_rate, longest=_LONGEST))
        except (OSError, SoundUnreadable):
            raise SpeechUnavailable(f"The recorded prompt {path} can't be played.") from None

    @cached_property
    def _files(self) -> dict[str, Path]:
        """By the sentence as it is said, so that 12345 and 幺二三四五 are the same prompt."""
        try:
            with (self._folder / "prompts.csv").open(encoding="utf-8-sig", newline="") as file:
                rows = [(row["text"], row["file"]) for row in csv.DictReader(file)]
        except (OSError, KeyError, TypeError):
            raise SpeechUnavailable(f"{self._folder / 'prompts.csv'} with the columns text,file is missing.") from None
        return {sentence: self._folder / name for text, name in rows for sentence in sentences(for_the_ear(text))[:1]}


class HttpSynthesizer:
    """A vendor's voice: POST of a JSON body, sound of any usual kind in the answer. OpenAI's /audio/speech unless told otherwise."""

    sample_rate = 24000

    def __init__(self, url: str, *, key: str = "", request: str = "", client: httpx.AsyncClient | None = None) -> None:
        """`request`: the JSON body as text, with {text} where the sentence is put; `key` goes into the Authorization header."""
        self._url = url
        self._request = json.loads(request or OPENAI_REQUEST)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = client or httpx.AsyncClient(timeout=15)
        self.name = f"{url} {json.dumps(self._request, sort_keys=True)}"

    def pieces(self, sentence: str) -> list[str]:
        return [sentence]

    async def render(self, sentence: str) -> bytes:
        try:
            answer = await self._client.post(self._url, json=_filled(self._request, sentence), headers=self._headers)
            answer.raise_for_status()
            return await asyncio.to_thread(decode, answer.content, self.sample_rate, longest=_LONGEST)
        except httpx.HTTPStatusError as error:
            raise SpeechUnavailable(f"The voice service answered {error.response.status_code}. Check JIESU_VOICE_SERVICE, JIESU_VOICE_KEY and JIESU_VOICE_REQUEST.") from None
        except httpx.HTTPError as error:
            raise SpeechUnavailable(f"The voice service is out of reach ({type(error).__name__}).") from None
        except SoundUnreadable:
            raise SpeechUnavailable("The voice service answered with something that is no sound. Check JIESU_VOICE_REQUEST.") from None


def _filled(template: object, sentence: str) -> object:
    if isinstance(template, dict):
        return {key: _filled(value, sentence) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, sentence) for value in template]
    return template.replace("{text}", sentence) if isinstance(template, str) else template


_: tuple[type[Synthesizer], ...] = (RecordedPrompts, HttpSynthesizer)
