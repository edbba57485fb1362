"""A Bot API server on this machine, as far as a bot like ours can tell. Standard library only.

It keeps updates until they are confirmed by a higher offset, refuses what Telegram refuses, remembers what it was asked, and
can be told to fail: `will_answer` queues an answer for a method, one of those below or one made with `refusal`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from contract import Call

TOKEN = "700100200:AAFakeTokenForTestsOnly_0123456789abc"
CITIZEN = 4200042
NEIGHBOUR = 4300043
NAME = "王小明明"


class Answer(NamedTuple):
    """What a request gets. Status 0: the connection is dropped instead."""

    status: int
    body: Mapping[str, Any]


def refusal(status: int, description: str, **parameters: Any) -> Answer:
    body = {"ok": False, "error_code": status, "description": description}
    return Answer(status, {**body, "parameters": parameters} if parameters else body)


def busy(seconds: int) -> Answer:
    return refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


BLOCKED = refusal(403, "Forbidden: bot was blocked by the user")
BROKEN = refusal(500, "Internal Server Error")
BAD_GATEWAY = Answer(502, {"not": "what the Bot API says"})
DROPPED = Answer(0, {})
TWO_AT_ONCE = refusal(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")


def message(number: int, *, chat: int = CITIZEN, kind: str = "private", **content: Any) -> dict[str, Any]:
    """A message as Telegram describes it; `content` is text=, photo=, sticker= …"""
    person = {"id": chat, "is_bot": False, "first_name": NAME, "language_code": "zh-hans"}
    where = {"id": chat, "type": kind, **({"first_name": NAME} if kind == "private" else {"title": "望京街坊"})}
    return {"message_id": number, "date": 1763688600, "chat": where, "from": person, **content}


def tap(id: str, data: str, *, chat: int = CITIZEN) -> dict[str, Any]:
    """A tap on an inline button."""
    person = {"id": chat, "is_bot": False, "first_name": NAME}
    return {"id": id, "from": person, "chat_instance": "1", "data": data, "message": message(1, chat=chat, text="请选择")}


def sizes(*file_ids: str) -> list[dict[str, Any]]:
    """The sizes of a photo, smallest first, as Telegram lists them."""
    return [
        {"file_id": id, "file_unique_id": f"u-{id}", "width": 90 * 2**n, "height": 60 * 2**n, "file_size": 1000 * 2**n}
        for n, id in enumerate(file_ids)
    ]


class FakeTelegram:
    """The server, and what one asks it in a test."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.calls: list[Call] = []
        """What it was asked, the polling apart."""
        self.polls: list[Call] = []
        self.updates: list[dict[str, Any]] = []
        """Not yet confirmed."""
        self.files: dict[str, bytes] = {}
        self.webhook: dict[str, Any] | None = None
        self.sent: list[dict[str, Any]] = []
        """Messages that citizens were shown, and the keyboard of each."""
        self.keyboards: list[list[list[dict[str, Any]]]] = []
        self.written: list[str] = []
        """By people."""
        self._answers: dict[str, deque[Answer]] = defaultdict(deque)
        self._next_update = 880_001
        self._poll = 0
        self._changed = asyncio.Event()
        self._port = 0
        self._connections: dict[asyncio.Task[None], asyncio.StreamReader] = {}

    # --- what a test does

    async def start(self) -> None:
        """Listen, on the port of the last time if there was one."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """An outage: nobody listens, and what was connected is not any more."""
        self._server.close()
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def push(self, **update: Any) -> dict[str, Any]:
        """Something happened: push(message=message(1, text="…")). It is there until it is confirmed."""
        numbered = self.number(**update)
        self.updates.append(numbered)
        self._changed.set()
        return numbered

    def number(self, **update: Any) -> dict[str, Any]:
        """The update with the next number, as a webhook is sent it."""
        self._next_update += 1
        self.written += written(update)
        return {"update_id": self._next_update - 1, **update}

    def will_answer(self, method: str, *answers: Answer) -> None:
        """Give these answers to the next requests of a method; `download` is the fetching of a file."""
        self._answers[method].extend(answers)

    @property
    def unasked(self) -> dict[str, int]:
        """Answers that nobody came for."""
        return {method: len(answers) for method, answers in self._answers.items() if answers}

    @property
    def open_connections(self) -> int:
        """Those whose other end is still there."""
        return sum(not reader.at_eof() for reader in self._connections.values())

    def texts(self, chat: int = CITIZEN) -> list[str]:
        return [m["text"] for m in self.sent if m["chat"]["id"] == chat]

    # --- HTTP

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections[task] = reader
        with contextlib.suppress(asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:])}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                status, kind, content = await self._respond(unquote(head[0].split(" ")[1]), body)
                if status == 0:
                    break
                writer.write(f"HTTP/1.1 {status} .\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
                await writer.drain()
        del self._connections[task]
        writer.close()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await writer.wait_closed()

    async def _respond(self, path: str, body: bytes) -> tuple[int, str, bytes]:
        file = path.startswith("/file/")
        token, _, rest = path.removeprefix("/file").removeprefix("/bot").partition("/")
        method = "download" if file else rest
        params = {"path": rest} if file else {k: _value(k, v) for k, v in parse_qsl(body.decode(), keep_blank_values=True)}
        (self.polls if method == "getUpdates" else self.calls).append(Call(method, params))
        if self._answers[method]:
            answer = self._answers[method].popleft()
        elif token != self.token:
            answer = refusal(401, "Unauthorized")
        elif file:
            id = rest.removeprefix("files/")
            if id in self.files:
                return 200, "application/octet-stream", self.files[id]
            answer = refusal(404, "Not Found")
        else:
            answer = await self.answer(method, params)
        return answer.status, "application/json", json.dumps(answer.body).encode()

    async def answer(self, method: str, params: Mapping[str, Any]) -> Answer:
        """What Telegram would say to this request."""
        return await getattr(self, f"_{method}")(**params)

    # --- methods, named as Telegram names them

    async def _getMe(self) -> Answer:
        return _ok({"id": 700100200, "is_bot": True, "first_name": "接诉", "username": "jiesu_bot"})

    async def _getUpdates(self, offset: int = 0, timeout: float = 0, **_: Any) -> Answer:
        if self.webhook:
            return refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
        self._poll += 1
        mine = self._poll
        self._changed.set()  # a poll that is under way ends
        self.updates = [u for u in self.updates if u["update_id"] >= offset]
        while not self.updates:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), timeout)
            except TimeoutError:
                break
            if self._poll != mine:
                return TWO_AT_ONCE
        return _ok(self.updates[:100])

    async def _setWebhook(self, url: str, **options: Any) -> Answer:
        if not url.startswith("https://"):
            return refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = {"url": url, **options}
        return _ok(True)

    async def _deleteWebhook(self) -> Answer:
        self.webhook = None
        return _ok(True)

    async def _getFile(self, file_id: str) -> Answer:
        if file_id not in self.files:
            return refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = len(self.files[file_id])
        if size > 20 * 1024 * 1024:
            return refusal(400, "Bad Request: file is too big")
        return _ok({"file_id": file_id, "file_unique_id": f"u-{file_id}", "file_size": size, "file_path": f"files/{file_id}"})

    async def _sendMessage(self, chat_id: int, text: str = "", reply_markup: Any = None) -> Answer:
        if not text.strip():
            return refusal(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return refusal(400, "Bad Request: message is too long")
        for button in (button for row in (reply_markup or {}).get("inline_keyboard", ()) for button in row):
            if not 1 <= len(button["callback_data"].encode()) <= 64 or not button["text"]:
                return refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        sent = {"message_id": 9000 + len(self.sent), "date": 1763688601, "chat": {"id": chat_id, "type": "private"}, "text": text}
        self.keyboards.append((reply_markup or {}).get("inline_keyboard", []))
        self.sent.append(sent)
        return _ok(sent)

    async def _answerCallbackQuery(self, callback_query_id: str) -> Answer:
        if callback_query_id.startswith("old"):
            return refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        return _ok(True)


def _ok(result: Any) -> Answer:
    return Answer(200, {"ok": True, "result": result})


def _value(name: str, text: str) -> Any:
    return json.loads(text) if name in ("chat_id", "offset", "timeout", "limit", "reply_markup", "allowed_updates") else text


def written(update: Any) -> Iterator[str]:
    """What a person wrote, and their name, anywhere in an update."""
    if isinstance(update, dict):
        for key, value in update.items():
            if key in ("text", "caption", "first_name", "title", "file_name") and isinstance(value, str):
                yield value
            else:
                yield from written(value)
    elif isinstance(update, list):
        for value in update:
            yield from written(value)
