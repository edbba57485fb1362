"""Real calls on loopback. They need Debian's baresip-core, sip-tester, espeak-ng and sox; without them they say so, and in CI they fail."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from fakes import KEY, draft

from hotline import attempts, dangers, tickets
from hotline.city import City
from hotline.messages import Address, Message
from hotline.ports import Transaction
from hotline.settings import ROOT
from hotline.store import Cipher, open_store
from hotline.wiring import clock, new_id
from tests.system.running import free_ports
from tests.telephony.softphone import Softphone, speech

PROGRAMS = {"baresip": "baresip-core", "sipp": "sip-tester", "espeak-ng": "espeak-ng", "sox": "sox"}
T = TypeVar("T")
NUMBER = "+8613800000000"


@pytest.fixture(autouse=True)
def _programs() -> None:
    missing = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if missing:
        sentence = f"These tests make real calls and need the Debian packages {', '.join(missing)}."
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)


@dataclass
class Bot:
    """A running voice process with scripted ears."""

    folder: Path
    sip: int
    audiosocket: int
    control: int
    process: subprocess.Popen[bytes]

    @property
    def uri(self) -> str:
        return f"sip:12345@127.0.0.1:{self.sip}"

    def call(self, number: str, ringing: float = 20) -> str:
        """Have it make a call; returns the outcome."""
        with httpx.Client(trust_env=False, timeout=90) as client:
            response = client.post(f"http://127.0.0.1:{self.control}/call", json={"number": number, "ringing": ringing})
            response.raise_for_status()
            return str(response.json()["outcome"])

    def health(self) -> dict[str, Any]:
        with httpx.Client(trust_env=False, timeout=20) as client:
            health: dict[str, Any] = client.get(f"http://127.0.0.1:{self.control}/healthz").json()
            return health

    def messages(self, number: str = NUMBER) -> list[Message]:
        store = open_store(f"sqlite:///{self.folder / 'jiesu.db'}", Cipher(KEY))
        try:
            with store.reading() as tx:
                conversation = tx.conversations.at(Address("phone", number))
                return tx.messages.of(conversation.id) if conversation else []
        finally:
            store.close()

    def heard(self, number: str = NUMBER) -> list[str]:
        """What callers said or pressed."""
        return [m.text for m in self.messages(number) if m.direction == "in" and m.author == "citizen"]

    def ask_of_danger(self) -> None:
        """As the dialogue does when what the caller said may tell of a danger."""
        told = next(m for m in self.messages() if m.author == "citizen")
        self._do(lambda tx: dangers.wait_for_answer(tx, told.conversation_id, str(told.id), City.load(ROOT / "city").emergencies["crime"], [], now=clock(), new_id=new_id))

    def danger_is_due(self) -> bool:
        """Whether the worker would look now whether there was an answer."""
        return self._do(lambda tx: tx.jobs.due_count(now=clock())) == 1

    def _do(self, work: Callable[[Transaction], T]) -> T:
        store = open_store(f"sqlite:///{self.folder / 'jiesu.db'}", Cipher(KEY))
        try:
            with store.transaction() as tx:
                return work(tx)
        finally:
            store.close()

    def jiesu(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """The command, over this bot's data."""
        given = {"JIESU_DATA": str(self.folder), "JIESU_ENCRYPTION_KEY": KEY, "JIESU_VOICE_PORT": str(self.control), **settings}
        command = [sys.executable, "-m", "hotline", *arguments]
        return subprocess.run(command, cwd=ROOT, env={**os.environ, **given}, capture_output=True, text=True, timeout=180, check=False)

    def open_survey(self) -> str:
        """A ticket that was handled and whose survey is open. Returns its number."""
        store, given = open_store(f"sqlite:///{self.folder / 'jiesu.db'}", Cipher(KEY)), {"now": clock(), "new_id": new_id}
        try:
            with store.transaction() as tx:
                wanted = draft(tx.conversations.open(Address("phone", NUMBER), **given).id)
                sent = tickets.dispatch(
                    tx, tickets.open_ticket(tx, wanted, day="261122", **given), unit_id="street-110105026", category=None, due_at=clock(), by="张三", note="", **given
                )  # fmt: skip
                attempts.start(tx, tickets.handle(tx, sent, by="张三", note="已修好", survey_at=clock(), **given), channel="phone", **given)
                return sent.number
        finally:
            store.close()

    def attempts(self, ticket: str) -> list[tuple[str, str | None]]:
        """Through which channel the survey of a ticket was asked, and how each attempt ended."""
        store = open_store(f"sqlite:///{self.folder / 'jiesu.db'}", Cipher(KEY))
        try:
            with store.reading() as tx:
                found = tx.tickets.by_number(ticket)
                return [(a.channel, a.outcome) for one in tx.surveys.of_ticket(found.id) for a in tx.surveys.attempts_of(one.id)] if found else []
        finally:
            store.close()

    def wait_until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"did not happen; heard {self.heard()}, log:\n{(self.folder / 'log').read_text()[-3000:]}"
            time.sleep(0.05)


@contextmanager
def running(folder: Path, heard: list[str], **config: Any) -> Iterator[Bot]:
    folder.mkdir(parents=True, exist_ok=True)
    sip, audiosocket, control = free_ports(3)
    file = folder / "config.json"
    file.write_text(json.dumps({"folder": str(folder), "sip": sip, "audiosocket": audiosocket, "control": control, "heard": heard, **config}))
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "tests.telephony.scripted_bot", str(file)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    bot = Bot(folder, sip, audiosocket, control, process)
    try:
        deadline = time.monotonic() + 120
        while True:
            assert process.poll() is None, (folder / "log").read_text()
            try:
                if bot.health()["ready"]:
                    break
            except httpx.HTTPError:
                pass
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield bot
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture
def bot(tmp_path: Path) -> Callable[..., Any]:
    """Makes bots: `with bot(["what is heard"]) as b`."""
    return lambda heard, **config: running(tmp_path / "bot", heard, **config)


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Callable[..., Softphone]]:
    """Makes phones that say a sentence, some seconds after the call is up."""
    phones: list[Softphone] = []

    def make(text: str = "", *, before: float = 3.0, answers: bool = False, name: str = "phone", number: str = "13800000000") -> Softphone:
        microphone = tmp_path / f"{name}.wav"
        if text:
            speech(microphone, text, before=before)
        else:
            command = ["sox", "-n", "-r", "8000", "-c", "1", "-b", "16", str(microphone), "trim", "0", "60"]
            subprocess.run(command, check=True, capture_output=True)
        port, control = free_ports(2)
        phones.append(Softphone(tmp_path / name, port, control, microphone, answers=answers, number=number))
        return phones[-1]

    yield make
    for one in phones:
        one.close()
