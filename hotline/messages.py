"""Messages: what a citizen sent, and what we send. Channels turn a vendor's traffic into these and back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

MAX_TEXT = 2000
"""Characters a citizen may send at once. A long letter fits; a pasted book does not."""

DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
PULLED_CHANNELS = frozenset({"web", "phone"})
"""Channels that fetch what the conversation holds: the web chat's page, and a call. To all others we deliver."""
SEALED_CHANNELS = frozenset({"phone", "sms", "email"})
"""Channels on which who someone is, is a telephone number: at rest it is encrypted, and found by a keyed hash."""

UNSURE_PLACE = "unsure_place"
"""With what was spoken: the place in it was not surely understood. Its value are names with “|” between them, of which one was said and the first is in the
text; empty where the district or street alone would tell."""

Via = Literal["typed", "button", "speech", "keypad", "event"]
Author = Literal["citizen", "bot", "operator", "system"]
Group = Literal["reply", "related", "feedback"]
Expects = Literal["place", "phone", "time", "yes_no", "number", "free", "nothing"]
"""What an answer is expected to be, so that a call hears it better; `nothing`: the conversation has come to its end."""


class MessageRefused(ValueError):
    """What was sent can't be accepted. `str(error)` is a Chinese sentence for the citizen that says what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a citizen is reached: a channel and who they are there, such as `telegram:123456`."""

    channel: str
    user: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.user}"


@dataclass(frozen=True, slots=True)
class Location:
    """A point that a citizen shared. Degrees, WGS 84; accuracy in metres where the device told it."""

    latitude: float
    longitude: float
    accuracy: float | None = None

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise MessageRefused("这个位置无效，请重新发送，或直接输入地址。")

    def __str__(self) -> str:
        return f"{self.latitude:.5f}, {self.longitude:.5f}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A photo, a voice note or a document. The bytes live in Files, under the same id.

    `location`: where the camera says the photo was taken; the stored photo itself no longer tells.
    """

    id: UUID
    media_type: str
    size: int
    sha256: str
    name: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Something the citizen may tap instead of typing.

    With `intent` a tap is a signal to the dialogue, with `entities`, and counts once. Without, it says `label`.
    """

    label: str
    intent: str | None = None
    entities: Mapping[str, str] = field(default_factory=dict)
    group: Group = "reply"
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot wants to say, before it is a message of a conversation."""

    text: str
    spoken_text: str | None = None
    choices: tuple[Choice, ...] = ()
    author: Author = "bot"
    expects: Expects | None = None


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """What a citizen sent, as a channel hands it over. `external_id` is the vendor's id and makes a retry harmless."""

    id: UUID
    sender: Address
    external_id: str
    received_at: datetime
    via: Via = "typed"
    text: str = ""
    choice: str | None = None
    """The id of a tapped choice: `<id of our message>:<index>`."""
    intent: str | None = None
    """Only with via="event": what happened, as a signal to the dialogue."""
    entities: Mapping[str, str] = field(default_factory=dict)
    """With via="event": what belongs to the signal. With via="speech": `UNSURE_PLACE`, where it says a place that was not surely understood."""
    attachments: tuple[UUID, ...] = ()
    location: Location | None = None
    confidence: float | None = None
    """With via="speech": how sure the recogniser is, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message at its place in a conversation, in either direction.

    `state` of an inbound message: pending until the bot answered it, then done. Of an outbound one: queued until its
    channel took it, then sent; failed when the channel refused it for good.
    """

    id: UUID
    conversation_id: UUID
    position: int
    direction: Literal["in", "out"]
    author: Author
    via: Via
    text: str
    created_at: datetime
    state: Literal["pending", "done", "queued", "sent", "failed"]
    external_id: str | None = None
    spoken_text: str | None = None
    intent: str | None = None
    entities: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    location: Location | None = None
    in_reply_to: UUID | None = None
    attempts: int = 0
    retry_at: datetime | None = None
    expects: Expects | None = None
    confidence: float | None = None


def clean_text(raw: str, *, may_be_empty: bool = False) -> str:
    """The citizen's text without what no person writes: control characters, outer blanks. Raises MessageRefused.

    `may_be_empty`: a photo or a place comes with it.
    """
    if len(raw) > MAX_TEXT:
        raise MessageRefused(f"文字太长了（{len(raw)}字），请分几次发送，每次不超过{MAX_TEXT}字。")
    # "Cc" control, "Cs" lone surrogates, "Co" private use. Of the invisible ones ("Cf") the joiners stay, or emoji
    # families fall apart; what changes the reading direction goes, because a text would read differently from what it is.
    tidy = re.sub(r"[\t\v\f\x85]", " ", raw)
    kept = (c for c in tidy if c == "\n" or (unicodedata.category(c) not in ("Cc", "Cs", "Co") and c not in DIRECTIONS))
    text = "".join(kept).strip()
    if all(unicodedata.category(c) in ("Cf", "Zs", "Zl", "Zp", "Cc") for c in text):
        text = ""
    if not text and not may_be_empty:
        raise MessageRefused("没有收到内容，请输入您要咨询或反映的事情。")
    return text
