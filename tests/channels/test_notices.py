"""Short messages and e-mail against real servers on loopback."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID

import pytest

from channels.notices.email import EmailChannel
from channels.notices.sms import SmsChannel
from hotline.messages import Address, Message
from hotline.ports import SendError

pytestmark = pytest.mark.anyio
TEXT = '您的诉求已办好："满意"吗？\nhttps://example.org/s/x'
MESSAGE = Message(
    id=UUID(int=7), conversation_id=UUID(int=8), position=1, direction="out", author="system", via="typed", text=TEXT,
    created_at=datetime(2026, 11, 23, tzinfo=UTC), state="queued",
)  # fmt: skip


class Gateway:
    """An SMS gateway."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, Any], str | None]] = []
        self.status = 200
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                gateway.got.append((json.loads(body), self.headers["Authorization"]))
                self.send_response(gateway.status)
                self.end_headers()

            def log_message(self, *given: Any) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/send"


class Mail:
    """An SMTP server that speaks as much as is needed to take a message."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.refuse_with = ""
        mail = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 here")
                while line := self.rfile.readline().decode().strip():
                    verb = line.upper()[:4]
                    if verb == "DATA":
                        self.say("354 go on")
                        content = b""
                        while (part := self.rfile.readline()) != b".\r\n":
                            content += part
                        mail.got.append(content)
                    if verb == "RCPT" and mail.refuse_with:
                        self.say(mail.refuse_with)
                    else:
                        self.say("221 bye" if verb == "QUIT" else "250 ok")

            def say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"smtp://127.0.0.1:{self.server.server_address[1]}"


def serving(kind: type) -> Iterator[Any]:
    it = kind()
    thread = threading.Thread(target=it.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield it
    it.server.shutdown()
    it.server.server_close()
    thread.join()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    yield from serving(Gateway)


@pytest.fixture
def mail() -> Iterator[Mail]:
    yield from serving(Mail)


async def test_a_short_message_fills_the_template_of_the_gateway(gateway: Gateway) -> None:
    body = '{"to": ["+86{number}"], "content": "{text}", "ref": "{id}"}'
    await SmsChannel(gateway.url, body, authorization="Bearer x").send(MESSAGE, Address("sms", "13800000001"))
    assert gateway.got == [({"to": ["+8613800000001"], "content": TEXT, "ref": str(MESSAGE.id)}, "Bearer x")]


@pytest.mark.parametrize(("status", "retryable"), [(500, True), (429, True), (400, False), (403, False)])
async def test_what_the_gateway_refuses_is_tried_again_only_where_that_may_help(gateway: Gateway, status: int, retryable: bool) -> None:
    gateway.status = status
    with pytest.raises(SendError) as refused:
        await SmsChannel(gateway.url, '{"n": "{number}"}').send(MESSAGE, Address("sms", "13800000001"))
    assert refused.value.retryable is retryable
    assert "13800000001" not in str(refused.value)


async def test_a_gateway_that_is_away_is_tried_again() -> None:
    with pytest.raises(SendError) as refused:
        await SmsChannel("http://127.0.0.1:9/", "{}").send(MESSAGE, Address("sms", "13800000001"))
    assert refused.value.retryable


async def test_an_email_arrives_as_it_was_written(mail: Mail) -> None:
    await EmailChannel(mail.url, "12345@example.org", "回访").send(MESSAGE, Address("email", "a@example.org"))
    (content,) = mail.got
    got: Any = message_from_bytes(content, policy=policy.default)
    assert (got["To"], got["From"], got["Subject"], got["Message-ID"]) == ("a@example.org", "12345@example.org", "回访", f"<{MESSAGE.id}@example.org>")
    assert got.get_content().splitlines() == TEXT.splitlines()


@pytest.mark.parametrize(("answer", "retryable"), [("550 nobody here", False), ("451 later", True)])
async def test_a_refused_recipient_is_for_good_and_a_busy_server_is_not(mail: Mail, answer: str, retryable: bool) -> None:
    mail.refuse_with = answer
    with pytest.raises(SendError) as refused:
        await EmailChannel(mail.url, "12345@example.org", "回访").send(MESSAGE, Address("email", "a@example.org"))
    assert refused.value.retryable is retryable
    assert "a@example.org" not in str(refused.value)


async def test_a_mail_server_that_is_away_is_tried_again() -> None:
    with pytest.raises(SendError) as refused:
        await EmailChannel("smtp://127.0.0.1:9", "12345@example.org", "回访").send(MESSAGE, Address("email", "a@example.org"))
    assert refused.value.retryable
