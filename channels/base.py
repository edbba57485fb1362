"""What all channels share: how a message is received and answered, and what files may be sent."""

from __future__ import annotations

import asyncio
import hashlib
import io
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from PIL import ExifTags, Image, ImageOps

from hotline.city import City
from hotline.conversations import Accepted, Listen, accept, take_turn
from hotline.jobs import retry_delay
from hotline.messages import Address, Attachment, InboundMessage, Location, Message, MessageRefused
from hotline.ports import Channel, Dialogue, Files, SendError, Store

MAX_UPLOAD = 10 * 1024 * 1024
"""Bytes of one file. A phone's photo fits; the web chat makes larger ones smaller first."""
MAX_PIXELS = 60_000_000
TURNS_AT_ONCE = 24
"""Turns that one process has under way. More wait their turn here instead of piling up in Rasa."""
DELIVERY_LOCK = timedelta(seconds=30)

Listener = Callable[[UUID, str], None]
log = structlog.get_logger()


@dataclass
class Reception:
    """Receives messages for all channels of this process, has them answered and delivered."""

    store: Store
    dialogue: Dialogue
    files: Files
    city: City
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]
    listen: Listen | None = None
    """Understands voice messages; without it they are attachments like photos."""
    listeners: list[Listener] = field(default_factory=list)
    """Told of (conversation, "message" | "typing" | "idle"), for channels that show it at once."""

    def __post_init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(TURNS_AT_ONCE)

    async def receive(self, message: InboundMessage) -> Accepted:
        """Store the message and begin to answer it. Raises MessageRefused. Returns as soon as it is safe."""
        accepted = await asyncio.to_thread(self._accept, message)
        if not accepted.repeated:
            self.tell(accepted.message.conversation_id, "message")
        self._in_background(self.answer(accepted.message.conversation_id))
        return accepted

    async def answer(self, conversation_id: UUID) -> None:
        """Take the conversation's turn and deliver what was said."""
        async with self._turns:
            self.tell(conversation_id, "typing")
            try:
                said = await take_turn(
                    conversation_id, store=self.store, dialogue=self.dialogue, apology=self.city.say("talk.apology"),
                    gave_up=self.city.say("talk.gave_up"), clock=self.clock, new_id=self.new_id, listen=self.listen,
                )  # fmt: skip
            finally:
                self.tell(conversation_id, "idle")
        if said:
            self.tell(conversation_id, "message")
            await self.deliver(said)

    async def deliver(self, said: list[Message]) -> None:
        """Deliver now what a channel takes from us. What fails here the worker tries again."""
        for message in said:
            if message.state != "queued":
                continue
            to = await asyncio.to_thread(self._claim, message)
            if to is None:
                return  # an earlier message is still on its way; the worker keeps the order
            if not await send(self.store, self.channels, message, to, clock=self.clock):
                return

    async def keep(self, content: bytes, name: str, sender: Address) -> Attachment:
        """Store a file that a citizen uploads, before the message that brings it. Raises MessageRefused."""
        media_type, clean = await asyncio.to_thread(check_file, content)
        taken_at = await asyncio.to_thread(where_taken, content) if media_type.startswith("image/") else None
        attachment = Attachment(self.new_id(), media_type, len(clean), hashlib.sha256(clean).hexdigest(), name[-80:] or "file", taken_at)
        await asyncio.to_thread(self._keep, attachment, clean, sender)
        return attachment

    def tell(self, conversation_id: UUID, what: str) -> None:
        for listener in self.listeners:
            listener(conversation_id, what)

    async def close(self) -> None:
        """Let what is under way end."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)

    def _in_background(self, work: Awaitable[None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except Exception as error:  # the message is stored; the worker will answer it
                log.error("turn failed", error=type(error).__name__)

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _accept(self, message: InboundMessage) -> Accepted:
        with self.store.transaction() as tx:
            return accept(tx, message, now=self.clock(), new_id=self.new_id)

    def _claim(self, message: Message) -> Address | None:
        with self.store.transaction() as tx:
            claimed = tx.messages.claim_one(message.id, now=self.clock(), until=self.clock() + DELIVERY_LOCK)
            return tx.conversations.get(message.conversation_id).address if claimed else None

    def _keep(self, attachment: Attachment, content: bytes, sender: Address) -> None:
        self.files.put(attachment.id, content)
        with self.store.transaction() as tx:
            now = self.clock()
            conversation = tx.conversations.at(sender) or tx.conversations.open(sender, now=now, new_id=self.new_id)
            tx.attachments.add(attachment, conversation.id, now=now)


async def send(store: Store, channels: Mapping[str, Channel], message: Message, to: Address, *, clock: Callable[[], datetime]) -> bool:
    """Deliver a claimed message and note the outcome. False if it has to be tried again."""
    def note(error: SendError | None) -> None:
        with store.transaction() as tx:
            if error is None:
                tx.messages.set_sent(message.id)
            elif error.retryable:
                tx.messages.set_retry(message.id, clock() + max(error.after, retry_delay(message.attempts + 1)))
            else:
                tx.messages.set_failed(message.id)

    try:
        await channels[to.channel].send(message, to)
    except SendError as error:
        log.warning("not delivered", channel=to.channel, message=str(message.id), retryable=error.retryable, reason=str(error))
        await asyncio.to_thread(note, error)
        return not error.retryable
    await asyncio.to_thread(note, None)
    return True


# What a sound file begins with. Images are read in full instead.
_SOUNDS = {
    b"OggS": "audio/ogg", b"ID3": "audio/mpeg", b"\xff\xfb": "audio/mpeg", b"\xff\xf3": "audio/mpeg", b"\x1aE\xdf\xa3": "audio/webm",
    b"#!AMR": "audio/amr",
}  # fmt: skip
# Pillow would warn of many pixels and go on; we look at the size ourselves, before anything is unpacked.
Image.MAX_IMAGE_PIXELS = None
_IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif", "MPO": "image/jpeg"}


def check_file(content: bytes) -> tuple[str, bytes]:
    """What a file really is, whatever it is called, and the bytes to keep: photos without their hidden data, such as
    where they were taken. Raises MessageRefused."""
    if not content:
        raise MessageRefused("这个文件是空的，请重新选择。")
    if len(content) > MAX_UPLOAD:
        raise MessageRefused(f"文件太大了，请发送{MAX_UPLOAD // 1024 // 1024}MB以内的文件。")
    for magic, media_type in _SOUNDS.items():
        if content.startswith(magic):
            return media_type, content
    if content[4:8] == b"ftyp" and content[8:12] in (b"M4A ", b"M4B "):
        return "audio/mp4", content
    if content[4:8] == b"ftyp" and _is_sound(content):  # what Safari records
        return "audio/mp4", content
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "audio/wav", content
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF")) as image:
            if image.width * image.height > MAX_PIXELS:
                raise MessageRefused("这张照片太大了，请缩小后再发。")
            return _IMAGES[image.format or ""], _plain_image(image)
    except MessageRefused:
        raise
    except Exception:  # a damaged photo makes Pillow raise whatever it likes
        raise MessageRefused("这个文件打不开，或不是照片、录音。请发送 JPG、PNG 照片或语音。") from None


def _is_sound(content: bytes) -> bool:
    """Whether a container that may hold pictures, films or sound holds sound only."""
    import av

    try:
        with av.open(io.BytesIO(content)) as container:
            return bool(container.streams.audio) and not container.streams.video
    except (av.FFmpegError, ValueError):
        return False


def where_taken(content: bytes) -> Location | None:
    """Where the camera says a photo was taken (EXIF, WGS 84); None where it says nothing that makes sense."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            gps = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
            latitude = _degrees(gps[ExifTags.GPS.GPSLatitude]) * (-1 if gps[ExifTags.GPS.GPSLatitudeRef] == "S" else 1)
            longitude = _degrees(gps[ExifTags.GPS.GPSLongitude]) * (-1 if gps[ExifTags.GPS.GPSLongitudeRef] == "W" else 1)
        return Location(latitude, longitude) if latitude or longitude else None
    except Exception:  # what cameras write about themselves is often nonsense, and Pillow raises whatever it likes
        return None


def _degrees(parts: tuple[float, float, float]) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def _plain_image(image: Image.Image) -> bytes:
    """The picture upright and nothing else: no place, no comment, no thumbnail."""
    kind = "JPEG" if image.format == "MPO" else image.format
    try:
        upright = ImageOps.exif_transpose(image)
    except (TypeError, ValueError, KeyError, struct.error):  # nonsense in what the camera wrote about itself
        upright = image.copy()
    upright.info = {key: value for key, value in upright.info.items() if key in ("transparency", "duration", "loop")}
    out = io.BytesIO()
    if kind == "JPEG":
        upright.convert("RGB").save(out, kind, quality=88)
    else:
        upright.save(out, kind)
    return out.getvalue()
