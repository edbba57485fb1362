"""Fakes: what the core needs from outside, in memory, and a few things that many tests make."""

from __future__ import annotations

import io
import random
import socket
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count, pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from PIL import Image

from hotline.conversations import DialogueUnavailable, accept
from hotline.messages import Address, InboundMessage, Location, Message, Reply
from hotline.ports import SendError, Transaction
from hotline.tickets import Draft, Place, Reporter

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2025, 11, 21, 1, 30, tzinfo=UTC)
"""A Friday, half past nine in the morning in Beijing."""
KEY = "amllc3UgdGVzdHMgb25seSwgbm90IGEgc2VjcmV0ISE="
"""An encryption key that protects nothing."""

CITIZEN = Address("telegram", "1001")
"""On a channel to which we deliver."""
VISITOR = Address("web", "w1")
"""On a channel that fetches."""
NEIGHBOUR = Address("telegram", "2002")
"""Somebody else."""


class Clock:
    """The time, which stands still until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, delta: timedelta | None = None, **parts: float) -> datetime:
        """Move by a timedelta or by its parts, such as `seconds=5`. Returns the new time."""
        self.now += delta if delta is not None else timedelta(**parts)
        return self.now


def make_ids(seed: int = 12345) -> Callable[[], UUID]:
    """A maker of UUIDv7s that sort by when they were made and are the same in every run."""
    chance, number = random.Random(seed), count()

    def new_id() -> UUID:
        milliseconds = int(NOW.timestamp() * 1000) + next(number)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | chance.getrandbits(12) << 64 | 0b10 << 62 | chance.getrandbits(62))

    return new_id


class Killed(BaseException):
    """The process is killed here: nothing of ours catches this, as nothing catches SIGKILL."""


@dataclass(frozen=True)
class Turn:
    """A turn that the dialogue manager did."""

    conversation_id: UUID
    heard: str
    entities: Mapping[str, str] = field(default_factory=dict)


class FakeDialogue:
    """Answers “收到：…” and remembers its turns as Rasa's tracker does: a message that is handed over again with `retry`
    gets the replies it got, and is no second turn.

    `away`: does not answer. `before`: awaited before a turn. `meanwhile`: when it is done and its caller has not heard of it.
    """

    def __init__(self, answer: Callable[[str], Sequence[Reply]] = lambda heard: [Reply(f"收到：{heard}")]) -> None:
        self.answer = answer
        self.away = False
        self.before: Callable[[], Awaitable[None]] | None = None
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self.turns: list[Turn] = []
        self.asked = 0
        """How often it was asked for a turn, whatever came of it."""
        self._given: dict[str, list[Reply]] = {}

    async def say(self, conversation_id: UUID, text: str, *, message_id: str, retry: bool) -> list[Reply]:
        return await self._turn(Turn(conversation_id, text), message_id, retry)

    async def signal(self, conversation_id: UUID, intent: str, entities: Mapping[str, str], *, message_id: str, retry: bool) -> list[Reply]:
        return await self._turn(Turn(conversation_id, f"/{intent}", dict(entities)), message_id, retry)

    @property
    def heard(self) -> list[str]:
        return [turn.heard for turn in self.turns]

    async def _turn(self, turn: Turn, message_id: str, retry: bool) -> list[Reply]:
        self.asked += 1
        if self.away:
            raise DialogueUnavailable("away")
        if self.before:
            await self.before()
        if not (retry and message_id in self._given):
            self.turns.append(turn)
            self._given[message_id] = list(self.answer(turn.heard))
        if self.meanwhile:
            await self.meanwhile()
        return self._given[message_id]


class FakeChannel:
    """Takes what it is given, unless told to fail: `fails` holds an error or None for each next delivery."""

    def __init__(self, name: str = "telegram") -> None:
        self.name = name
        self.fails: list[Exception | None] = []
        self.sent: list[tuple[Address, str]] = []

    async def send(self, message: Message, to: Address) -> None:
        error = self.fails.pop(0) if self.fails else None
        if error:
            raise error
        self.sent.append((to, message.text))

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.sent]


def unreachable() -> SendError:
    return SendError("the vendor is away", retryable=True)


def blocked() -> SendError:
    return SendError("the citizen blocked the bot", retryable=False)


class FakeFiles:
    """Files in memory."""

    def __init__(self) -> None:
        self._kept: dict[UUID, bytes] = {}

    def put(self, id: UUID, content: bytes) -> None:
        self._kept[id] = content

    def get(self, id: UUID) -> bytes:
        if id not in self._kept:
            raise KeyError(f"There is no file {id}.")
        return self._kept[id]

    def delete(self, id: UUID) -> None:
        self._kept.pop(id, None)


class LetterEmbedder:
    """Sentences that share letters and pairs of letters are near each other. Quick, and the same everywhere."""

    name = "letters"
    dimension = base_dimension = 256

    def encode(self, texts: Sequence[str]) -> Any:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            letters = [c for c in text.lower() if c.isalnum()] or ["?"]
            for part in (*letters, *map("".join, pairwise(letters))):
                vectors[row, zlib.crc32(part.encode()) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


# --- No network


class NetworkRefused(AssertionError):
    """A test tried to reach something that is not this machine."""


def _is_here(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host is None or host in ("", "localhost"):
        return True
    try:
        return ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_network() -> Callable[[], None]:
    """Refuse connections and name look-ups beyond loopback. Returns what undoes it."""
    before = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}
    look_up = socket.getaddrinfo

    def check(address: object) -> None:
        # A path is a Unix socket; of a tuple the first is the host.
        if isinstance(address, tuple) and not _is_here(address[0]):
            raise NetworkRefused(f"A test tried to reach {address[0]}. Tests reach loopback only: use a fake.")

    def guarded(name: str) -> Callable[..., Any]:
        def call(self: socket.socket, *args: Any) -> Any:
            check(args[-1])
            return before[name](self, *args)

        return call

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        numeric = bool(args[4:5] and args[4] & socket.AI_PASSIVE) or bool(kwargs.get("flags", 0) & socket.AI_PASSIVE)
        if not numeric:
            check((host,))
        return look_up(host, *args, **kwargs)

    for name in before:
        setattr(socket.socket, name, guarded(name))
    socket.getaddrinfo = guarded_look_up

    def undo() -> None:
        for name, call in before.items():
            setattr(socket.socket, name, call)
        socket.getaddrinfo = look_up

    return undo


# --- Things that many tests make


def inbound(new_id: Callable[[], UUID], now: datetime, text: str = "路灯不亮", *, sender: Address = CITIZEN, **given: Any) -> InboundMessage:
    """A message from a citizen, with an external id of its own unless one is given."""
    id = new_id()
    return InboundMessage(id, sender, given.pop("external_id", f"vendor-{id}"), now, text=text, **given)


def write(tx: Transaction, text: str, *, now: datetime, new_id: Callable[[], UUID], sender: Address = CITIZEN, **given: Any) -> Message:
    """Accept a message from a citizen."""
    return accept(tx, inbound(new_id, now, text, sender=sender, **given), now=now, new_id=new_id).message


DRAFT = Draft(
    request_key="request-1",
    conversation_id=UUID(int=0),
    kind="complaint",
    problem="楼下垃圾三天没人清运",
    happened="每天早上",
    place=Place("望京街10号院3号楼", "110105", "110105026", Location(39.99, 116.47, 12.0)),
    reporter=Reporter("王小明", "13812345678"),
    category="010101",
)
"""All that an intake form collected. Give it the conversation."""


def draft(conversation_id: UUID, **changes: Any) -> Draft:
    return replace(DRAFT, conversation_id=conversation_id, **changes)


def photo(kind: str = "JPEG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **hidden: Any) -> bytes:
    """A picture with a red left half, and whatever is hidden in it."""
    image = Image.new(mode, size)
    if mode == "RGB":
        image.paste((250, 10, 10), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, kind, **hidden)
    return out.getvalue()
