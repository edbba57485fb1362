"""The web chat's API. The page fetches what its conversation holds, and is told over server-sent events when it grows.

A browser is known by a random token in a cookie; we keep its hash only. Positions in the transcript make everything
resumable: a page that was away asks for what came after the last position it saw.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import secrets
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException as StarletteHTTPException

from channels.base import MAX_UPLOAD, Reception
from hotline.conversations import Conversation, choice_id
from hotline.messages import MAX_TEXT, Address, Choice, InboundMessage, Location, Message, MessageRefused

STATIC = Path(__file__).parent / "static"
COOKIE = "jiesu_chat"
COOKIE_AGE = 180 * 24 * 3600
MAX_BODY = 64 * 1024
MAX_ATTACHMENTS = 9
POLL_SECONDS = 0.7
PING_SECONDS = 15.0
BURST, BURST_SECONDS = 20, 10.0
"""Messages that one browser may send in so many seconds."""
NEW_SESSIONS = 120
"""Conversations that one address may begin in an hour: a library's or a school's visitors, but not a flood."""
PAGES = {"": "index.html", "chat.css": "chat.css", "chat.js": "chat.js", "icon.svg": "icon.svg"}
NOT_KEPT = {"Cache-Control": "no-store"}
PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

log = structlog.get_logger()


class _Where(BaseModel):
    model_config = ConfigDict(extra="ignore")
    latitude: FiniteFloat
    longitude: FiniteFloat
    accuracy: FiniteFloat | None = None


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")
    client_id: UUID
    text: str | None = None
    choice: str | None = None
    attachments: list[UUID] = Field([], max_length=MAX_ATTACHMENTS)
    location: _Where | None = None


class WebChat:
    """Routes of the web chat below /chat."""

    def __init__(self, reception: Reception, *, secret: str, secure_cookie: bool) -> None:
        self._reception = reception
        self._secret = secret.encode()
        self._secure = secure_cookie
        self._watchers: dict[UUID, set[asyncio.Queue[str]]] = defaultdict(set)
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        reception.listeners.append(self._notify)
        self.router = APIRouter(prefix="/chat")
        self.router.add_api_route("/session", self._session, methods=["POST"])
        self.router.add_api_route("/messages", self._messages, methods=["GET"])
        self.router.add_api_route("/messages", self._send, methods=["POST"])
        self.router.add_api_route("/events", self._events, methods=["GET"])
        self.router.add_api_route("/attachments", self._upload, methods=["POST"])
        self.router.add_api_route("/attachments/{id:uuid}", self._attachment, methods=["GET"])
        for path, name in PAGES.items():
            self.router.add_api_route(f"/{path}", _page(name), methods=["GET"], include_in_schema=False)

    async def poll(self) -> None:
        """Notice what other processes add to the conversations that are open here. Runs until cancelled."""
        seen: dict[UUID, int] = {}
        while True:
            watched = list(self._watchers)
            if watched:
                try:
                    positions = await asyncio.to_thread(self._positions, watched)
                except Exception as error:  # the database may be away for a moment
                    log.error("web chat can't read positions, trying again", error=type(error).__name__)
                    positions = seen
                for id, position in positions.items():
                    # One that is new here too: something may have come after its page read it and before we did.
                    if seen.get(id) != position:
                        self._notify(id, "message")
                seen = positions
            await asyncio.sleep(POLL_SECONDS)

    # --- routes

    async def _session(self, request: Request) -> Response:
        _only_from_page(request)
        city = self._reception.city
        body = {
            "hotline": city.settings["hotline"], "city": city.name, "greeting": city.say("talk.greeting"),
            "suggestions": city.prompts["talk"]["suggestions"], "max_upload_bytes": MAX_UPLOAD, "max_text": MAX_TEXT,
        }  # fmt: skip
        response = JSONResponse(body, headers=NOT_KEPT)
        if not self._is_ours(request.cookies.get(COOKIE)):
            client = request.client.host if request.client else "?"
            self._limit(f"new:{client}", NEW_SESSIONS, 3600)
            token = self._signed(secrets.token_urlsafe(32))
            response.set_cookie(COOKIE, token, max_age=COOKIE_AGE, path="/chat", httponly=True, samesite="lax", secure=self._secure)
        return response

    async def _messages(self, request: Request) -> Response:
        sender = self._sender(request)
        after = _position(request.query_params.get("after"))
        return JSONResponse({"messages": await asyncio.to_thread(self._since, sender, after)}, headers=NOT_KEPT)

    async def _send(self, request: Request) -> Response:
        _only_from_page(request)
        sender = self._sender(request)
        self._limit(sender.user, BURST, BURST_SECONDS)
        try:
            sent = _Sent.model_validate_json(await _body(request))
            place = sent.location
            where = Location(place.latitude, place.longitude, place.accuracy) if place else None
            message = InboundMessage(
                id=self._reception.new_id(),
                sender=sender,
                external_id=f"{sender.user[:16]}:{sent.client_id}",
                received_at=self._reception.clock(),
                via="button" if sent.choice else "typed",
                text=sent.text or "",
                choice=sent.choice,
                attachments=tuple(sent.attachments),
                location=where,
            )
            accepted = await self._reception.receive(message)
        except ValidationError:
            raise HTTPException(400, "消息格式不对，请刷新页面后重试。") from None
        except MessageRefused as refused:
            raise HTTPException(400, str(refused)) from None
        return JSONResponse({"position": accepted.message.position}, 202)

    async def _upload(self, request: Request) -> Response:
        _only_from_page(request)
        sender = self._sender(request)
        self._limit(sender.user, BURST, BURST_SECONDS)
        if int(request.headers.get("content-length") or MAX_UPLOAD * 2) > MAX_UPLOAD + 4096:
            await _drain(request)
            raise HTTPException(413, f"文件太大了，请发送{MAX_UPLOAD // 1024 // 1024}MB以内的文件。")
        try:
            async with request.form(max_files=1, max_fields=4) as form:
                file = form.get("file")
                content, name = (await file.read(), file.filename or "") if isinstance(file, UploadFile) else (None, "")
        except StarletteHTTPException:  # not a form, or a broken one
            content = None
        if content is None:
            raise HTTPException(400, "没有收到文件，请重新选择。")
        try:
            kept = await self._reception.keep(content, name, sender)
        except MessageRefused as refused:
            raise HTTPException(415, str(refused)) from None
        return JSONResponse(
            {"id": str(kept.id), "media_type": kept.media_type, "size": kept.size, "name": kept.name, "url": f"attachments/{kept.id}"}, 201
        )

    async def _attachment(self, request: Request, id: UUID) -> Response:
        sender = self._sender(request)

        def read() -> tuple[str, bytes]:
            with self._reception.store.reading() as tx:
                conversation = tx.conversations.at(sender)
                attachment, owner = tx.attachments.get(id)
            if conversation is None or owner != conversation.id:
                raise KeyError(id)
            return attachment.media_type, self._reception.files.get(id)

        try:
            found = await asyncio.to_thread(read)
        except KeyError:  # nobody's or somebody else's: both look the same
            raise HTTPException(404, "没有找到这个附件。") from None
        return Response(found[1], media_type=found[0], headers={"Cache-Control": "private, max-age=86400", "Content-Disposition": "inline"})

    async def _events(self, request: Request) -> Response:
        sender = self._sender(request)
        after = max(_position(request.query_params.get("after")), _position(request.headers.get("last-event-id")))
        stream = self._stream(sender, after)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})

    async def _stream(self, sender: Address, after: int) -> AsyncIterator[str]:
        conversation = await asyncio.to_thread(self._conversation, sender)
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._watchers[conversation.id].add(queue)
        status = ""
        shown: dict[int, list[dict[str, Any]]] = {}
        try:
            yield ": hello\n\n"
            queue.put_nowait("message")
            while True:
                try:
                    what = await asyncio.wait_for(queue.get(), PING_SECONDS)
                except TimeoutError:
                    yield ": ping\n\n"
                    continue
                if what in ("typing", "idle"):
                    yield _event("typing", {"on": what == "typing"})
                    continue
                messages, used, now = await asyncio.to_thread(self._news, conversation.id, after)
                for message in messages:
                    after = max(after, message["position"])
                    shown[message["position"]] = message["choices"]
                    yield _event("message", message, after)
                for position, choices in used.items():
                    # A page that was away saw them untouched; they may have been used in another window since.
                    untouched = [{**choice, "used": False, "chosen": False} for choice in choices]
                    if shown.get(position, untouched) != choices:
                        yield _event("update", {"position": position, "choices": choices})
                    shown[position] = choices
                if now != status:
                    yield _event("status", {"status": now})
                    status = now
        finally:
            self._watchers[conversation.id].discard(queue)
            if not self._watchers[conversation.id]:
                del self._watchers[conversation.id]

    # --- who it is

    def _signed(self, random: str) -> str:
        return f"{random}.{hmac.digest(self._secret, random.encode(), 'sha256').hex()[:32]}"

    def _is_ours(self, token: str | None) -> bool:
        """Whether we gave this cookie: an invented one begins no conversation."""
        return token is not None and token.isascii() and hmac.compare_digest(token, self._signed(token.partition(".")[0]))

    def _sender(self, request: Request) -> Address:
        token = request.cookies.get(COOKIE)
        if not token or not self._is_ours(token):
            raise HTTPException(401, "会话已过期，请刷新页面。")
        return Address("web", hashlib.sha256(token.encode()).hexdigest())

    # --- reading

    def _conversation(self, sender: Address) -> Conversation:
        reception = self._reception
        with reception.store.transaction() as tx:
            return tx.conversations.at(sender) or tx.conversations.open(sender, now=reception.clock(), new_id=reception.new_id)

    def _since(self, sender: Address, after: int) -> list[dict[str, Any]]:
        with self._reception.store.reading() as tx:
            conversation = tx.conversations.at(sender)
            return [public(m) for m in tx.messages.of(conversation.id, after=after) if _is_shown(m)] if conversation else []

    def _news(self, conversation_id: UUID, after: int) -> tuple[list[dict[str, Any]], dict[int, list[dict[str, Any]]], str]:
        with self._reception.store.reading() as tx:
            recent = tx.messages.of(conversation_id, after=max(0, after - 12))
            status = tx.conversations.get(conversation_id).status
        new = [public(m) for m in recent if m.position > after and _is_shown(m)]
        choices = {m.position: public(m)["choices"] for m in recent if m.choices}
        return new, choices, status

    def _positions(self, watched: list[UUID]) -> dict[UUID, int]:
        with self._reception.store.reading() as tx:
            return tx.messages.positions(watched)

    def _notify(self, conversation_id: UUID, what: str) -> None:
        for queue in self._watchers.get(conversation_id, ()):
            queue.put_nowait(what)

    def _limit(self, who: str, count: int, seconds: float) -> None:
        now = time.monotonic()
        recent = self._recent[who]
        while recent and recent[0] < now - seconds:
            recent.popleft()
        if len(recent) >= count:
            wait = "几秒再发" if seconds < 60 else "再来"
            raise HTTPException(429, f"发得太快了，请稍等{wait}。", headers={"Retry-After": str(int(seconds))})
        recent.append(now)
        if len(self._recent) > 20_000:
            for stale in [key for key, times in self._recent.items() if not times or times[-1] < now - 3600]:
                del self._recent[stale]


def public(message: Message) -> dict[str, Any]:
    """A message as the page sees it."""
    used = {c.group for c in message.choices if c.chosen}
    return {
        "position": message.position,
        "id": str(message.id),
        "client_id": (message.external_id or "").partition(":")[2] or None,
        "direction": message.direction,
        "author": message.author,
        "text": message.text,
        "choices": [_choice(message, index, choice, choice.group in used) for index, choice in enumerate(message.choices)],
        "attachments": [
            {"id": str(a.id), "media_type": a.media_type, "size": a.size, "name": a.name, "url": f"attachments/{a.id}"} for a in message.attachments
        ],
        "location": message.location and {"latitude": message.location.latitude, "longitude": message.location.longitude, "label": str(message.location)},
        "at": message.created_at.isoformat(),
        "notice": message.author == "system",
    }  # fmt: skip


def _is_shown(message: Message) -> bool:
    """Events are no words of anybody's, and a thumb is shown on the answer that it is about."""
    return message.via != "event" and message.intent != "signal_helpful"


def _choice(message: Message, index: int, choice: Choice, used: bool) -> dict[str, Any]:
    return {
        "id": choice_id(message, index), "label": choice.label, "group": choice.group,
        "used": used and choice.intent is not None, "chosen": choice.chosen,
    }  # fmt: skip


def _page(name: str) -> Any:
    async def page() -> Response:
        return FileResponse(STATIC / name, headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"})

    return page


def _only_from_page(request: Request) -> None:
    # A form on another site can't set this header, and a script there is not allowed to.
    if request.headers.get("x-requested-with") != "jiesu":
        raise HTTPException(403, "请从本站页面发送。")


def _position(text: str | None) -> int:
    """A position in the transcript; its beginning where none is given."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else 0


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            await _drain(request)
            raise HTTPException(413, f"文字太长了，请分几次发送，每次不超过{MAX_TEXT}字。")
    return bytes(body)


async def _drain(request: Request) -> None:
    """Read and drop what the browser is still sending, or it never sees our answer. Not without end."""
    dropped = 0
    async for chunk in request.stream():
        dropped += len(chunk)
        if dropped > 64 * 1024 * 1024:
            return


def _event(name: str, data: object, id: int | None = None) -> str:
    head = f"id: {id}\n" if id is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
