"""Recognition rows of `make bench-voice`: character errors, telephone numbers, streets and communities.

    python -m bench.speech [--limit N]

Real recordings are read from ../shared/data (or JIESU_BENCH_DATA) and are not part of the project; where they are absent it says so. The telephone is
simulated: 300 to 3,400 Hz, 8 kHz, µ-law. The synthetic callers speak with the packaged demonstration voice.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import re
import time
import wave
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import opencc
import soxr
from scipy.signal import butter, sosfilt

from bench.callers import spots
from channels.phone import numbers
from channels.phone.say import for_the_ear
from channels.phone.speech.base import Hints, SpeechUnavailable, Transcriber
from channels.phone.speech.choose import SpeechChoice
from channels.phone.speech.demo import DemoSynthesizer
from channels.phone.speech.sound import resample, to_pcm, to_samples
from channels.phone.spoken import Ear
from hotline.city import City
from hotline.settings import ROOT, load

DATA = Path(os.environ.get("JIESU_BENCH_DATA", ROOT.parent / "shared" / "data"))
_DIGITS = "零一二三四五六七八九"
_SIMPLIFIED = opencc.OpenCC("t2s")


@dataclass(frozen=True)
class Clip:
    text: str
    kind: str
    pcm: bytes
    """PCM16, 16 kHz."""


def telephone(pcm: bytes) -> bytes:
    """16 kHz sound as it is after a telephone line, at 16 kHz again."""
    narrow = soxr.resample(to_samples(pcm), 16000, 8000)
    narrow = sosfilt(butter(4, [300 / 4000, 3400 / 4000], btype="band", output="sos"), narrow)
    squeezed = np.sign(narrow) * np.log1p(255 * np.abs(np.clip(narrow, -1, 1))) / np.log(256)
    squeezed = np.round((squeezed + 1) / 2 * 255) / 255 * 2 - 1
    heard = np.sign(squeezed) * (256 ** np.abs(squeezed) - 1) / 255
    return to_pcm(soxr.resample(heard.astype(np.float32), 8000, 16000).astype(np.float32))


def plain(text: str) -> str:
    """For comparison: Simplified, digits as characters, no marks."""
    text = re.sub("[0-9]", lambda m: _DIGITS[int(m[0])], _SIMPLIFIED.convert(text).lower())
    return re.sub(r"[^\w]|_", "", text.replace("幺", "一").replace("〇", "零"))


def errors(a: str, b: str) -> int:
    """Edit distance in characters."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        new = [i]
        for j, y in enumerate(b, 1):
            new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (x != y)))
        row = new
    return row[-1]


def clips(limit: int | None) -> list[Clip]:
    table = DATA / "speech" / "transcripts.tsv"
    if not table.exists():
        return []
    found = []
    with table.open(encoding="utf-8", newline="") as file:
        for row in list(csv.DictReader(file, delimiter="\t"))[: limit or None]:
            with wave.open(str(table.parent / row["file"])) as sound:
                pcm = resample(sound.readframes(sound.getnframes()), sound.getframerate(), 16000)
            found.append(Clip(row["text"], row["kind"], pcm))
    return found


async def character_errors(name: str, transcriber: Transcriber, recorded: list[Clip]) -> list[str]:
    rows = []
    for line, change in (("16 kHz", lambda pcm: pcm), ("8 kHz µ-law", telephone)):
        wrong = total = 0
        took = []
        for clip in recorded:
            began = time.perf_counter()
            said = await transcriber.transcribe(change(clip.pcm))
            took.append(time.perf_counter() - began)
            wrong += errors(plain(clip.text), plain(said.text))
            total += len(plain(clip.text))
        rows.append(f"| CER, {name}, {line}, {len(recorded)} clips | {wrong / total:.3f} | {0.17 if '16' in line else 0.23} |")
        rows.append(f"| time an utterance, {name}, {line}: p50 | {sorted(took)[len(took) // 2]:.2f} s | |")
    return rows


async def numbers_right(transcriber: Transcriber, ear: Ear, recorded: list[Clip]) -> list[str]:
    rows = []
    spoken = [clip for clip in recorded if clip.kind == "digit_string"]
    for line, change, wanted in (("16 kHz", lambda pcm: pcm, 0.90), ("8 kHz µ-law", telephone, 0.80)):
        right = 0
        for clip in spoken:
            heard = ear.hear(await transcriber.transcribe(change(clip.pcm), Hints(expecting="phone")), "phone")
            right += re.sub(r"\D", "", heard.text) == numbers.digits_of(clip.text)
        if spoken:
            rows.append(f"| telephone numbers exactly right, {line}, {len(spoken)} recordings | {right / len(spoken):.3f} | {wanted:.2f} |")
    return rows


async def places_right(transcriber: Transcriber, city: City, count: int) -> list[str]:
    ear, voice = Ear(city), DemoSynthesizer()
    right: dict[str, list[bool]] = defaultdict(list)
    before = 0
    for spot in spots(city, count):
        pcm = resample(await voice.render(for_the_ear(spot.sentence)), voice.sample_rate, 16000)
        said = await transcriber.transcribe(telephone(pcm), ear.hints("place"))
        before += spot.name in said.text
        right[spot.kind].append(spot.name in ear.hear(said, "place").text)
    rows = [f"| {kind}: right after matching, demonstration voice, 8 kHz µ-law, {len(ok)} callers | {sum(ok) / len(ok):.3f} | |" for kind, ok in sorted(right.items())]
    return [*rows, f"| all of them, and before matching | {sum(map(sum, right.values())) / count:.3f}, {before / count:.3f} | 0.90 |"]


async def measure(limit: int | None, callers: int) -> list[str]:
    settings = load()
    city = City.load(settings.city)
    recorded = clips(limit)
    rows = []
    engines: dict[str, Any] = {"Whisper base": SpeechChoice(settings.data / "models", "whisper", whisper_model=settings.whisper_model)}
    if (vosk := SpeechChoice(settings.data / "models", "vosk", settings.vosk_model)).has_vosk:
        engines |= {"Vosk": vosk, "Vosk, then Whisper": SpeechChoice(settings.data / "models", "auto", settings.vosk_model)}
    else:
        print("No Vosk model is there (`jiesu models fetch vosk-small-cn`): its rows are left out.")
    if not recorded:
        print(f"{DATA / 'speech'} is absent: the rows of recorded speech are left out. Name the folder in JIESU_BENCH_DATA.")
    for name, choice in engines.items():
        transcriber = choice.transcriber()
        if recorded:
            rows += await character_errors(name, transcriber, recorded)
            rows += await numbers_right(transcriber, Ear(city), recorded)
        try:
            rows += await places_right(transcriber, city, callers)
        except SpeechUnavailable as missing:
            print(f"Streets and communities are left out: {missing}")
    return rows


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--limit", type=int, help="so many recordings only")
    options.add_argument("--callers", type=int, default=60)
    given = options.parse_args()
    rows = asyncio.run(measure(given.limit, given.callers))
    print("\n| what | measured | wanted |\n|---|---|---|\n" + "\n".join(rows))


if __name__ == "__main__":
    main()
