"""The web chat: its API as the page uses it, and as somebody uses it who means no good."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import re
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from contract import Incoming, ReceivesMessages, Stored
from fakes import FakeFiles
from gateway import Gateway, eventually, served, snapshot
from httpx_sse import ServerSentEvent, aconnect_sse
from logbook import Log
from PIL import Image
from sqlalchemy.exc import OperationalError

from channels.base import MAX_UPLOAD
from channels.web import channel as web
from channels.web.channel import BURST, COOKIE, MAX_ATTACHMENTS, NEW_SESSIONS, STATIC
from hotline.city import City
from hotline.conversations import change_status, choice_id
from hotline.messages import Address, Choice, Location, Message, Reply
from hotline.store import SqlStore
from hotline.store.repositories import SqlMessages

pytestmark = pytest.mark.anyio

FROM_PAGE = {"X-Requested-With": "jiesu"}
YES_NO = (Choice("登记诉求", intent="signal_record", entities={"kind": "complaint"}), Choice("转人工", intent="signal_person"))
RELATED = (Choice("居住证丢了怎么补", group="related"),)


def picture(format: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (24, 18), (120, 160, 10)).save(out, format, **options)
    return out.getvalue()


class Page:
    """A browser with the chat open: its cookie, and the requests that the page makes."""

    def __init__(self, gateway: Gateway, log: Log, client: httpx.AsyncClient) -> None:
        self.gateway = gateway
        self.http = client
        self._log = log

    async def open(self) -> httpx.Response:
        response = await self.http.post("/chat/session", json={})
        self._log.keep_out("the session's cookie", self.cookie)
        return response

    async def send(self, *, client_id: str | None = None, **what: Any) -> httpx.Response:
        self._log.keep_out("what a citizen wrote", what.get("text"))
        return await self.http.post("/chat/messages", json={"client_id": client_id or str(uuid4()), **what})

    async def post(self, body: bytes) -> httpx.Response:
        return await self.http.post("/chat/messages", content=body)

    async def upload(self, content: bytes, name: str = "photo.jpg") -> httpx.Response:
        return await self.http.post("/chat/attachments", files={"file": (name, content)})

    async def messages(self, after: int = 0) -> list[dict[str, Any]]:
        await self.gateway.settled()
        return list((await self.http.get("/chat/messages", params={"after": after})).json()["messages"])

    async def texts(self) -> list[str]:
        return [m["text"] for m in await self.messages()]

    @property
    def cookie(self) -> str:
        return str(self.http.cookies.get(COOKIE) or "")

    @property
    def citizen(self) -> Address:
        return Address("web", hashlib.sha256(self.cookie.encode()).hexdigest())

    def offer(self, *choices: Choice) -> Message:
        return self.gateway.say(self.citizen, Reply("请选择", choices=choices))


@pytest.fixture
async def gateway(
    store: SqlStore, city: City, clock: Callable[[], datetime], new_id: Callable[[], UUID], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Gateway]:
    monkeypatch.setattr(web, "POLL_SECONDS", 0.02)
    async with Gateway(store, city, clock, new_id) as gateway:
        yield gateway


@pytest.fixture
async def visit(gateway: Gateway, log: Log) -> AsyncIterator[Callable[..., Any]]:
    """Opens the chat in one more browser."""
    async with contextlib.AsyncExitStack() as browsers:

        async def visit(cookie: str | None = None) -> Page:
            cookies = {COOKIE: cookie} if cookie else None
            page = Page(gateway, log, await browsers.enter_async_context(gateway.client(headers=FROM_PAGE, cookies=cookies)))
            await page.open()
            return page

        yield visit


@pytest.fixture
async def page(visit: Callable[..., Any]) -> Page:
    return await visit()


def sentence(response: httpx.Response) -> str:
    """The error of a response, which must be a sentence for a citizen and nothing else."""
    body = response.json()
    assert list(body) == ["error"]
    assert re.search(r"[\u4e00-\u9fff].*。$", body["error"]), body
    return str(body["error"])


@contextlib.contextmanager
def unchanged(page: Page) -> Any:
    before = snapshot(page.gateway.store)
    yield
    assert snapshot(page.gateway.store) == before
    assert page.gateway.dialogue.turns == []


# --- The contract of all channels


class WebSide:
    """The page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.gateway = page.gateway
        self.citizen = page.citizen
        self.calls: list[Any] = []

    @staticmethod
    def reply_calls(message: Message) -> list[Any]:
        return []  # the page fetches

    async def request(self, body: Mapping[str, Any]) -> httpx.Response:
        return await self._page.send(**body)

    async def forged(self, body: Mapping[str, Any]) -> list[httpx.Response]:
        responses = []
        for headers in ({}, {"X-Requested-With": "XMLHttpRequest"}):
            async with self.gateway.client(headers=headers, cookies={COOKIE: self._page.cookie}) as other_site:
                responses.append(await other_site.post("/chat/messages", json=body))
        for cookie in ("", "short", "长" * 43, "x" * 100):
            async with self.gateway.client(headers={**FROM_PAGE, "Cookie": f"{COOKIE}={cookie}".encode()}) as stranger:
                responses.append(await stranger.post("/chat/messages", json=body))
        return responses

    def will_answer(self, method: str, answer: Any) -> None:
        raise AssertionError("The page is asked nothing.")


@pytest.fixture
def side(page: Page) -> WebSide:
    return WebSide(page)


def incoming(name: str, stored: Stored | None, status: int = 202, **body: Any) -> Incoming:
    return Incoming(name, {"client_id": "11111111-1111-4111-8111-111111111111", **body}, stored, status)


def tapped(name: str, choices: tuple[Choice, ...], stored: Stored) -> Incoming:
    return Incoming(name, lambda m: {"client_id": "11111111-1111-4111-8111-111111111111", "choice": choice_id(m, 0)}, stored, 202, choices)


class TestWebContract(ReceivesMessages):
    INCOMING = (
        incoming("text", Stored("小区路灯不亮三天了"), text="小区路灯不亮三天了"),
        incoming("emoji, families too", Stored("谢谢👨‍👩‍👧🇨🇳❤️"), text="谢谢👨‍👩‍👧🇨🇳❤️"),
        incoming("text with what no person writes in it", Stored("路灯\n不[31m亮了没"), text=" 路灯\x00\n不\x1b[31m亮\u202e\ue000了没\x7f "),
        incoming("a text that looks like a command", Stored("/restart everything"), text="/restart everything"),
        incoming(
            "a location", Stored(location=Location(39.9963, 116.4712, 35.5)), location={"latitude": 39.9963, "longitude": 116.4712, "accuracy": 35.5}
        ),
        incoming("a location whose accuracy is not known", Stored(location=Location(0, 0)), location={"latitude": 0, "longitude": 0}),
        incoming("the longest text", Stored("长" * 2000), text="长" * 2000),
        tapped("a tap on a button", YES_NO, Stored("登记诉求", via="button", intent="signal_record", entities={"kind": "complaint"})),
        tapped("a tap on a related question", RELATED, Stored("居住证丢了怎么补", via="button")),
        incoming("a text that is too long", None, 400, text="长" * 2001),
        incoming("an empty text", None, 400, text=""),
        incoming("blanks and control characters", None, 400, text=" \n\x00\u3000"),
        incoming("nothing", None, 400),
        incoming("a forged choice", None, 400, choice=f"{UUID(int=7)}:0"),
    )


# --- The session


@pytest.mark.parametrize(("public_url", "secure"), [("", False), ("https://12345.example", True)])
async def test_the_cookie_is_kept_from_scripts_other_sites_and_other_paths(
    store: SqlStore, city: City, clock: Callable[[], datetime], new_id: Callable[[], UUID], public_url: str, secure: bool, log: Log
) -> None:
    async with Gateway(store, city, clock, new_id, public_url=public_url) as gateway, gateway.client(headers=FROM_PAGE) as client:
        response = await client.post("/chat/session", json={})
    name, _, rest = response.headers["set-cookie"].partition("=")
    token, *flags = rest.split("; ")
    log.keep_out("the session's cookie", token)
    assert name == COOKIE
    assert len(token) >= 43  # 256 bits
    assert {flag.lower() for flag in flags} == {"httponly", "path=/chat", "samesite=lax", "max-age=15552000", *(["secure"] if secure else [])}


async def test_the_session_tells_what_the_page_shows_first(page: Page) -> None:
    response = await page.open()
    assert response.json() == {
        "hotline": "12345", "city": "北京市", "greeting": "您好，这里是北京市12345，请说您的诉求。",
        "suggestions": ["居住证怎么办", "我要投诉", "查询办理进度", "转人工"], "max_upload_bytes": MAX_UPLOAD, "max_text": 2000,
    }  # fmt: skip
    assert "set-cookie" not in response.headers  # the one it has stays


async def test_opening_the_page_stores_nothing(page: Page) -> None:
    assert page.gateway.messages(page.citizen) == []
    assert not any(snapshot(page.gateway.store)["conversations"])


async def test_a_reload_finds_the_conversation(page: Page, visit: Callable[..., Any]) -> None:
    await page.send(text="路灯不亮三天了")
    reloaded = await visit(page.cookie)
    assert await reloaded.messages() == await page.messages()
    assert await reloaded.texts() == ["路灯不亮三天了", "收到：路灯不亮三天了"]


async def test_another_browser_finds_nothing_of_it(page: Page, visit: Callable[..., Any]) -> None:
    await page.send(text="路灯不亮三天了")
    other = await visit()
    assert other.cookie != page.cookie
    assert await other.messages() == []


async def test_the_database_can_not_be_used_to_become_somebody(page: Page) -> None:
    await page.send(text="路灯不亮三天了")
    await page.gateway.settled()
    assert page.cookie not in repr(snapshot(page.gateway.store))
    assert "路灯" not in repr(snapshot(page.gateway.store))


async def test_a_session_that_is_not_ours_is_replaced(gateway: Gateway, log: Log) -> None:
    async with gateway.client(headers={**FROM_PAGE, "Cookie": f"{COOKIE}=tooshort"}) as client:
        response = await client.post("/chat/session", json={})
    log.keep_out("the session's cookie", client.cookies.get(COOKIE))
    assert COOKIE in response.headers["set-cookie"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "messages"), ("GET", "events"), ("GET", f"attachments/{UUID(int=1)}"), ("POST", "messages"), ("POST", "attachments")]
)
async def test_without_a_session_there_is_nothing(gateway: Gateway, method: str, path: str) -> None:
    before = snapshot(gateway.store)
    async with gateway.client(headers=FROM_PAGE) as client:
        response = await client.request(method, f"/chat/{path}")
    assert response.status_code == 401
    assert sentence(response) == "会话已过期，请刷新页面。"
    assert snapshot(gateway.store) == before


@pytest.mark.parametrize("path", ["session", "messages", "attachments"])
async def test_another_site_can_not_post_in_a_citizen_s_name(page: Page, path: str) -> None:
    with unchanged(page):
        for headers in ({}, {"X-Requested-With": "fetch"}):
            async with page.gateway.client(headers=headers, cookies={COOKIE: page.cookie}) as other_site:
                response = await other_site.post(f"/chat/{path}", data={"text": "不是本人说的话"})
            assert response.status_code == 403
            assert sentence(response) == "请从本站页面发送。"


# --- Messages


async def test_what_the_page_is_told_of_a_message(page: Page, clock: Callable[[], datetime]) -> None:
    client_id = str(uuid4())
    response = await page.send(text="路灯不亮三天了", client_id=client_id)
    assert response.json() == {"position": 1}
    asked, answer = await page.messages()
    common = {"choices": [], "attachments": [], "location": None, "at": clock().isoformat(), "notice": False}
    assert asked == {
        **common,
        "id": asked["id"],
        "position": 1,
        "client_id": client_id,
        "direction": "in",
        "author": "citizen",
        "text": "路灯不亮三天了",
    }
    assert answer == {
        **common,
        "id": answer["id"],
        "position": 2,
        "client_id": None,
        "direction": "out",
        "author": "bot",
        "text": "收到：路灯不亮三天了",
    }


async def test_a_client_id_is_a_message_whatever_is_sent_under_it_later(page: Page) -> None:
    client_id = str(uuid4())
    positions = [(await page.send(text=text, client_id=client_id)).json()["position"] for text in ("第一次发的话", "第一次发的话", "改过的另一句")]
    assert positions == [1, 1, 1]
    assert await page.texts() == ["第一次发的话", "收到：第一次发的话"]


async def test_two_citizens_may_use_the_same_client_id(page: Page, visit: Callable[..., Any]) -> None:
    client_id, other = str(uuid4()), await visit()
    await page.send(text="一位市民的话", client_id=client_id)
    await other.send(text="另一位市民的话", client_id=client_id)
    assert (await page.texts())[0] == "一位市民的话"
    assert (await other.texts())[0] == "另一位市民的话"


async def test_only_what_comes_after_a_position_is_fetched(page: Page) -> None:
    await page.send(text="第一句话在此")
    await page.send(text="第二句话在此")
    everything = await page.messages()
    assert [m["position"] for m in everything] == [1, 2, 3, 4]
    assert await page.messages(after=2) == everything[2:]
    assert await page.messages(after=4) == []


async def test_a_position_that_is_none_means_the_beginning_or_nothing_new(page: Page) -> None:
    await page.send(text="路灯不亮三天了")
    await page.gateway.settled()
    for after in ("-1", "abc", "1e3", "", "9" * 30, "9" * 5000, "１", "²", "1; drop table messages"):
        response = await page.http.get("/chat/messages", params={"after": after})
        assert response.status_code == 200, after
        assert len(response.json()["messages"]) == 2, after


async def test_a_system_notice_says_that_it_is_one(page: Page) -> None:
    page.gateway.dialogue.away = True
    await page.send(text="路灯不亮三天了")
    _, apology = await page.messages()
    assert (apology["author"], apology["notice"]) == ("system", True)


async def test_a_hundred_kilobytes_of_text_are_refused(page: Page) -> None:
    with unchanged(page):
        response = await page.send(text="长" * 33_000)
        assert response.status_code == 413
        assert sentence(response) == "文字太长了，请分几次发送，每次不超过2000字。"


@pytest.mark.parametrize("text", ["长" * 2001, "长" * 20_000], ids=["2001", "20000"])
async def test_too_long_a_text_is_refused_with_its_length(page: Page, text: str) -> None:
    with unchanged(page):
        response = await page.send(text=text)
        assert response.status_code == 400
        assert sentence(response) == f"文字太长了（{len(text)}字），请分几次发送，每次不超过2000字。"


ID = '"client_id": "11111111-1111-4111-8111-111111111111"'
A_TEXT = '"text": "不该收下的话"'


@pytest.mark.parametrize(
    "body",
    [
        "", "rubbish", "[]", "null", "7", '"text"', "{}", "[" * 10_000, "{" + A_TEXT + "}", "{" + ID + ", " + A_TEXT,
        '{"client_id": 7, ' + A_TEXT + "}", '{"client_id": "x", ' + A_TEXT + "}", '{"client_id": null, ' + A_TEXT + "}",
        "{" + ID + ', "text": 7}', "{" + ID + ', "text": ["a"]}', "{" + ID + ', "text": {"a": 1}}', "{" + ID + ', "choice": 0}',
        "{" + ID + ", " + A_TEXT + ', "intent": "signal_record"}', "{" + ID + ", " + A_TEXT + ', "via": "event"}',
        "{" + ID + ", " + A_TEXT + ', "attachments": "x"}', "{" + ID + ", " + A_TEXT + ', "attachments": ["x"]}',
        "{" + ID + r', "text": "\ud800"}', "{" + ID + r', "text": "不该收下\udfff\ud800的话"}', "{" + ID + r', "text": "\ud83d"}',
    ],
)  # fmt: skip
async def test_a_body_that_is_no_message_is_refused(page: Page, body: str) -> None:
    with unchanged(page):
        response = await page.post(body.encode())
        assert response.status_code == 400
        assert sentence(response) == "消息格式不对，请刷新页面后重试。"


async def test_a_body_that_is_no_text_at_all_is_refused(page: Page) -> None:
    with unchanged(page):
        for body in (b"\xff\xfe\x00", b'{"text": "\xed\xa0\x80"}', b"\x1f\x8b\x08\x00"):
            response = await page.post(body)
            assert response.status_code == 400
            sentence(response)


@pytest.mark.parametrize(
    "place",
    [
        "{}", "[]", "7", '{"latitude": 39.9}', '{"latitude": "x", "longitude": 1}', '{"latitude": null, "longitude": 1}',
        '{"latitude": 91, "longitude": 0}', '{"latitude": 0, "longitude": -180.1}', '{"latitude": 1e400, "longitude": 0}',
        '{"latitude": NaN, "longitude": 0}', '{"latitude": -Infinity, "longitude": 0}', '{"latitude": 1' + "0" * 5000 + ', "longitude": 0}',
        '{"latitude": 1, "longitude": 1, "accuracy": NaN}', '{"latitude": 1, "longitude": 1, "accuracy": 1e999}',
        '{"latitude": 1, "longitude": 1, "accuracy": "near"}',
    ],
)  # fmt: skip
async def test_a_place_that_does_not_exist_is_refused(page: Page, place: str) -> None:
    with unchanged(page):
        response = await page.post(("{" + ID + ', "location": ' + place + "}").encode())
        assert response.status_code == 400
        sentence(response)


async def test_more_messages_in_ten_seconds_than_a_person_types_are_refused(page: Page, visit: Callable[..., Any], monkeypatch: Any) -> None:
    now = 1000.0
    monkeypatch.setattr(web, "time", SimpleNamespace(monotonic=lambda: now))
    for n in range(BURST):
        assert (await page.send(text=f"第{n}句话在此")).status_code == 202
    before = len(await page.messages())
    response = await page.send(text="太多的一句话")
    assert response.status_code == 429
    assert sentence(response) == "发得太快了，请稍等几秒再发。"
    assert response.headers["retry-after"] == "10"
    assert (await page.upload(picture())).status_code == 429
    assert len(await page.messages()) == before
    assert (await (await visit()).send(text="别人不受影响")).status_code == 202
    now += 10.1
    assert (await page.send(text="等了一会再说")).status_code == 202


async def test_one_address_can_not_begin_conversations_without_end(gateway: Gateway, log: Log) -> None:
    async with gateway.client(headers=FROM_PAGE) as client:
        for _ in range(NEW_SESSIONS):
            client.cookies.clear()
            assert (await client.post("/chat/session", json={})).status_code == 200
            log.keep_out("the session's cookie", client.cookies.get(COOKIE))
        client.cookies.clear()
        response = await client.post("/chat/session", json={})
    assert response.status_code == 429
    sentence(response)
    assert "set-cookie" not in response.headers


# --- Choices


async def test_a_choice_is_shown_until_it_is_used(page: Page) -> None:
    offer = page.offer(*YES_NO, *RELATED)
    untouched = [
        {"id": choice_id(offer, 0), "label": "登记诉求", "group": "reply", "used": False, "chosen": False},
        {"id": choice_id(offer, 1), "label": "转人工", "group": "reply", "used": False, "chosen": False},
        {"id": choice_id(offer, 2), "label": "居住证丢了怎么补", "group": "related", "used": False, "chosen": False},
    ]
    assert (await page.messages())[0]["choices"] == untouched
    assert (await page.send(choice=choice_id(offer, 1))).status_code == 202
    yes, no, related = untouched
    assert (await page.messages())[0]["choices"] == [{**yes, "used": True}, {**no, "used": True, "chosen": True}, related]
    assert page.gateway.dialogue.heard == ["/signal_person"]


async def test_a_choice_that_acts_counts_once(page: Page) -> None:
    offer = page.offer(*YES_NO)
    for index, status in ((0, 202), (0, 400), (1, 400)):
        response = await page.send(choice=choice_id(offer, index))
        assert response.status_code == status
    assert sentence(response) == "这个选项已经用过或不再有效，请直接输入您的回答。"
    await page.gateway.settled()
    assert page.gateway.dialogue.heard == ["/signal_record"]


async def test_two_taps_at_the_same_moment_count_once(page: Page) -> None:
    offer = page.offer(*YES_NO)
    responses = await asyncio.gather(*(page.send(choice=choice_id(offer, index)) for index in (0, 1, 0, 1)))
    assert sorted(r.status_code for r in responses) == [202, 400, 400, 400]
    await page.gateway.settled()
    assert len(page.gateway.dialogue.turns) == 1


async def test_a_related_question_can_be_tapped_again(page: Page) -> None:
    offer = page.offer(*RELATED)
    for _ in range(2):
        assert (await page.send(choice=choice_id(offer, 0))).status_code == 202
    await page.gateway.settled()
    assert page.gateway.dialogue.heard == ["居住证丢了怎么补"] * 2


async def test_a_choice_of_another_conversation_is_refused(page: Page, visit: Callable[..., Any]) -> None:
    offer, other = page.offer(*YES_NO, *RELATED), await visit()
    with unchanged(other):
        for index in (0, 2):
            response = await other.send(choice=choice_id(offer, index))
            assert response.status_code == 400
            assert sentence(response) == "这个选项已经用过或不再有效，请直接输入您的回答。"
    assert (await page.send(choice=choice_id(offer, 0))).status_code == 202  # it is still there for its own citizen


@pytest.mark.parametrize("forge", ["{id}:9", "{id}:-1", "{id}:", "{id}", ":0", "", "/signal_record", "{id}:" + "9" * 5000, "{id}:0:0"])
async def test_a_choice_that_was_not_offered_is_refused(page: Page, forge: str) -> None:
    offer = page.offer(*YES_NO)
    with unchanged(page):
        response = await page.send(choice=forge.format(id=offer.id))
        assert response.status_code == 400
        sentence(response)


async def test_what_a_citizen_sent_offers_nothing(page: Page) -> None:
    await page.send(text="路灯不亮三天了")
    mine, _ = await page.messages()
    assert (await page.send(choice=f"{mine['id']}:0")).status_code == 400


# --- Attachments


async def test_a_photo_is_uploaded_sent_and_shown(page: Page) -> None:
    response = await page.upload(picture(), "路灯.jpg")
    assert response.status_code == 201
    kept = response.json()
    assert kept == {"id": kept["id"], "media_type": "image/jpeg", "size": kept["size"], "name": "路灯.jpg", "url": f"attachments/{kept['id']}"}
    assert await page.messages() == []  # it is not sent yet
    assert (await page.send(attachments=[kept["id"]])).status_code == 202
    message, _ = await page.messages()
    assert message["attachments"] == [kept]
    assert page.gateway.dialogue.heard == ["/signal_attachment"]
    shown = await page.http.get(f"/chat/{kept['url']}")
    assert (shown.status_code, shown.headers["content-type"], len(shown.content)) == (200, "image/jpeg", kept["size"])
    assert shown.headers["content-disposition"] == "inline"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"].startswith("private")
    assert Image.open(io.BytesIO(shown.content)).size == (24, 18)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(picture("PNG"), "image/png"), (picture("WEBP"), "image/webp"), (picture("GIF"), "image/gif"), (b"OggS" + bytes(99), "audio/ogg"),
     (b"\x1aE\xdf\xa3" + bytes(99), "audio/webm"), (b"RIFF0000WAVE" + bytes(99), "audio/wav")],
)  # fmt: skip
async def test_a_file_is_what_it_holds_and_not_what_it_is_called(page: Page, content: bytes, media_type: str) -> None:
    response = await page.upload(content, "report.exe")
    assert (response.status_code, response.json()["media_type"]) == (201, media_type)


async def test_where_a_photo_was_taken_is_not_kept(page: Page) -> None:
    hidden = Image.Exif()
    hidden.get_ifd(0x8825).update({1: "N", 2: (39.0, 59.0, 46.0), 3: "E", 4: (116.0, 28.0, 16.0)})
    hidden[0x010F] = "PhoneMaker"
    kept = (await page.upload(picture(exif=hidden))).json()
    shown = (await page.http.get(f"/chat/{kept['url']}")).content
    assert not Image.open(io.BytesIO(shown)).getexif()
    assert b"PhoneMaker" not in shown


@pytest.mark.parametrize("sent", [False, True], ids=["before it is sent", "after"])
async def test_another_citizen_s_attachment_is_not_found(page: Page, visit: Callable[..., Any], sent: bool) -> None:
    kept, other = (await page.upload(picture())).json(), await visit()
    if sent:
        await page.send(attachments=[kept["id"]])
    await other.send(text="我也来说一句")
    await page.gateway.settled()
    before = snapshot(page.gateway.store)
    foreign, unknown = [await other.http.get(f"/chat/attachments/{id}") for id in (kept["id"], UUID(int=9))]
    assert foreign.status_code == unknown.status_code == 404
    assert sentence(foreign) == sentence(unknown) == "没有找到这个附件。"
    response = await other.send(attachments=[kept["id"]])
    assert response.status_code == 400
    assert sentence(response) == "没有找到这个附件，请重新上传。"
    assert snapshot(page.gateway.store) == before


async def test_an_attachment_whose_file_is_gone_is_not_found(page: Page) -> None:
    kept = (await page.upload(picture())).json()
    page.gateway.reception.files = FakeFiles()
    response = await page.http.get(f"/chat/{kept['url']}")
    assert response.status_code == 404
    sentence(response)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "这个文件是空的，请重新选择。"),
        (b"%PDF-1.7 report", "这个文件打不开，或不是照片、录音。请发送 JPG、PNG 照片或语音。"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "这个文件打不开，或不是照片、录音。请发送 JPG、PNG 照片或语音。"),
        (b"MZ" + bytes(500), "这个文件打不开，或不是照片、录音。请发送 JPG、PNG 照片或语音。"),
        (picture()[:-200], "这个文件打不开，或不是照片、录音。请发送 JPG、PNG 照片或语音。"),
        (picture("BMP"), "这个文件打不开，或不是照片、录音。请发送 JPG、PNG 照片或语音。"),
    ],
    ids=["empty", "PDF", "SVG with a script", "program", "half a photo", "BMP"],
)  # fmt: skip
async def test_what_is_no_photo_or_sound_is_refused(page: Page, content: bytes, told: str) -> None:
    with unchanged(page):
        response = await page.upload(content, "photo.jpg")
        assert response.status_code == 415
        assert sentence(response) == told


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b--\r\n"),
        ("multipart/form-data; boundary=b", b"rubbish"),
        ("multipart/form-data", b"--b\r\n\r\n"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file\r\n--b--\r\n'),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; filename="a.jpg"\r\n\r\nx\r\n--b--\r\n'),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n' * 2 + b"--b--\r\n"),
        ("application/json", b"{}"),
        ("image/jpeg", picture()),
    ],
    ids=["empty", "no part", "rubbish", "no boundary", "no file", "no name", "two files", "JSON", "the bare photo"],
)
async def test_an_upload_that_is_no_form_is_refused(page: Page, content_type: str, body: bytes) -> None:
    with unchanged(page):
        response = await page.http.post("/chat/attachments", content=body, headers={"Content-Type": content_type})
        assert response.status_code == 400
        assert sentence(response) == "没有收到文件，请重新选择。"


async def test_fifty_megabytes_are_refused_and_the_browser_hears_why(page: Page, gateway: Gateway) -> None:
    with unchanged(page):
        async with served(gateway) as url, httpx.AsyncClient(headers=FROM_PAGE, cookies={COOKIE: page.cookie}, timeout=10) as browser:
            response = await browser.post(f"{url}/chat/attachments", files={"file": ("film.jpg", bytes(50 * 1024 * 1024))})
    assert response.status_code == 413
    assert sentence(response) == "文件太大了，请发送10MB以内的文件。"


async def test_a_file_a_little_too_large_is_refused(page: Page) -> None:
    with unchanged(page):
        response = await page.upload(b"OggS" + bytes(MAX_UPLOAD))
        assert response.status_code in (413, 415)
        assert sentence(response) == "文件太大了，请发送10MB以内的文件。"


# EXIF of a photo that was taken upright, and whose writer put a text where a resolution belongs, as cheap cameras do.
ODD_EXIF = b"Exif\0\0II*\0" + struct.pack("<IH HHII HHI4s I", 8, 2, 0x0112, 3, 1, 6, 0x011A, 2, 4, b"abc\0", 0)


@pytest.mark.parametrize("content", [picture(exif=ODD_EXIF), b"DDS |" + bytes(123)], ids=["photo with odd EXIF", "DDS"])
async def test_what_pillow_stumbles_over_is_kept_or_refused(page: Page, content: bytes) -> None:
    response = await page.upload(content)
    assert response.status_code in (201, 415)


async def test_a_film_is_not_taken_for_sound(page: Page) -> None:
    response = await page.upload(b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(99), "film.mp4")
    assert response.status_code == 415


async def test_a_caption_is_cleaned_and_measured_as_any_text(page: Page) -> None:
    kept = (await page.upload(picture())).json()["id"]
    assert (await page.send(text=" 路灯\x1b不亮\u202e ", attachments=[kept])).status_code == 202
    assert (await page.texts())[0] == "路灯不亮"
    assert (await page.send(text="长" * 2001, location={"latitude": 1, "longitude": 1})).status_code == 400


async def test_only_so_many_attachments_go_with_one_message(page: Page) -> None:
    kept = (await page.upload(picture())).json()["id"]
    before = snapshot(page.gateway.store)
    response = await page.send(attachments=[kept] * (MAX_ATTACHMENTS + 1))
    assert response.status_code == 400
    sentence(response)
    assert snapshot(page.gateway.store) == before


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 500 + ".jpg", "\x00\r\n.jpg", "照片；\"'.jpg", ""])
async def test_no_file_name_does_any_harm(page: Page, name: str) -> None:
    response = await page.upload(picture(), name or "x")
    assert response.status_code == 201
    kept = response.json()
    assert len(kept["name"]) <= 80
    assert (await page.send(attachments=[kept["id"]])).status_code == 202
    assert (await page.http.get(f"/chat/{kept['url']}")).status_code == 200


# --- Events


class Stream:
    """The page's ear: what it hears over one connection."""

    def __init__(self, http: httpx.AsyncClient, url: str, **request: Any) -> None:
        self._http = http
        self._url = url
        self._request = request
        self.events: list[ServerSentEvent] = []

    async def __aenter__(self) -> Stream:
        self._task = asyncio.create_task(self._listen())
        await eventually(lambda: self._of("status"))  # it has read what there is
        return self

    async def __aexit__(self, *_: Any) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _listen(self) -> None:
        async with aconnect_sse(self._http, "GET", self._url, timeout=5, **self._request) as source:
            assert source.response.headers["cache-control"] == "no-cache"
            async for event in source.aiter_sse():
                self.events.append(event)

    def _of(self, kind: str) -> list[Any]:
        return [json.loads(event.data) for event in self.events if event.event == kind]

    @property
    def texts(self) -> list[str]:
        return [m["text"] for m in self._of("message")]

    @property
    def positions(self) -> list[int]:
        return [m["position"] for m in self._of("message")]

    @property
    def updates(self) -> list[Any]:
        return self._of("update")

    @property
    def typing(self) -> list[bool]:
        return [e["on"] for e in self._of("typing")]

    @property
    def statuses(self) -> list[str]:
        return [e["status"] for e in self._of("status")]

    @property
    def last_id(self) -> str:
        return [event.id for event in self.events if event.id][-1]


@pytest.fixture
async def listen(page: Page, gateway: Gateway) -> AsyncIterator[Callable[..., Stream]]:
    """Opens the event stream of the page, over a real connection."""
    async with served(gateway) as url, httpx.AsyncClient(cookies={COOKIE: page.cookie}) as http:
        yield lambda **request: Stream(http, f"{url}/chat/events", **request)


async def test_the_page_hears_each_message_once_and_in_order(page: Page, listen: Callable[..., Stream]) -> None:
    await page.send(text="之前说的一句")
    await page.gateway.settled()
    async with listen() as stream:
        await page.send(text="现在说的一句")
        await eventually(lambda: len(stream.positions) == 4)
        assert stream.texts == ["之前说的一句", "收到：之前说的一句", "现在说的一句", "收到：现在说的一句"]
        assert [event.id for event in stream.events if event.event == "message"] == ["1", "2", "3", "4"]
        await page.send(text="最后说的一句")
        await eventually(lambda: "收到：最后说的一句" in stream.texts)
    assert stream.positions == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("how", ["after", "header", "both, of which the later counts"])
async def test_a_page_that_was_away_hears_what_it_missed_and_nothing_twice(page: Page, listen: Callable[..., Stream], how: str) -> None:
    async with listen() as stream:
        await page.send(text="断线之前的话")
        await eventually(lambda: len(stream.positions) == 2)
    await page.send(text="断线期间的话")
    await page.gateway.settled()
    last = {"Last-Event-ID": stream.last_id}
    request = {"after": {"params": {"after": stream.last_id}}, "header": {"headers": last}}.get(how, {"params": {"after": 1}, "headers": last})
    async with listen(**request) as again:
        await page.send(text="重连之后的话")
        await eventually(lambda: len(again.positions) == 4)
    assert stream.positions + again.positions == [1, 2, 3, 4, 5, 6]


async def test_a_last_event_id_that_is_none_means_the_beginning(page: Page, listen: Callable[..., Stream]) -> None:
    await page.send(text="路灯不亮三天了")
    await page.gateway.settled()
    for last in ("abc", "-1", "²".encode("latin-1"), "9" * 5000, "1 2", ""):
        async with listen(headers={"Last-Event-ID": last}) as stream:
            assert stream.positions == [1, 2], last


async def test_two_windows_of_one_browser_hear_the_same(page: Page, listen: Callable[..., Stream]) -> None:
    async with listen() as one, listen() as two:
        await page.send(text="路灯不亮三天了")
        await eventually(lambda: len(one.positions) == len(two.positions) == 2)
    assert one.texts == two.texts


async def test_nobody_hears_what_others_say(page: Page, listen: Callable[..., Stream], visit: Callable[..., Any]) -> None:
    other = await visit()
    async with listen() as stream:
        await other.send(text="别人的私事一件")
        await other.gateway.settled()
        await page.send(text="自己说的一句")
        await eventually(lambda: len(stream.positions) == 2)
        await eventually(lambda: stream.typing == [True, False])
    assert stream.texts == ["自己说的一句", "收到：自己说的一句"]


async def test_the_page_sees_that_an_answer_is_being_written(page: Page, listen: Callable[..., Stream]) -> None:
    writing, written = asyncio.Event(), asyncio.Event()

    async def meanwhile() -> None:
        writing.set()
        await written.wait()

    page.gateway.dialogue.meanwhile = meanwhile
    async with listen() as stream:
        await page.send(text="路灯不亮三天了")
        await asyncio.wait_for(writing.wait(), 5)
        await eventually(lambda: stream.typing == [True])
        assert stream.texts == ["路灯不亮三天了"]
        written.set()
        await eventually(lambda: len(stream.texts) == 2)
        await eventually(lambda: stream.typing == [True, False])


async def test_a_choice_that_is_used_in_one_window_changes_in_the_other(page: Page, listen: Callable[..., Stream]) -> None:
    async with listen() as stream:
        offer = page.offer(*YES_NO, *RELATED)
        await eventually(lambda: stream.positions == [1])
        assert stream.updates == []
        await page.send(choice=choice_id(offer, 2))  # one that can be tapped again changes nothing
        await eventually(lambda: len(stream.positions) == 3)
        assert stream.updates == []
        await page.send(choice=choice_id(offer, 0))
        await eventually(lambda: len(stream.positions) == 5)
        await eventually(lambda: stream.updates)
        await page.send(text="再说一句别的")
        await eventually(lambda: len(stream.positions) == 7)
    [update] = stream.updates
    assert update["position"] == 1
    assert [(c["used"], c["chosen"]) for c in update["choices"]] == [(True, True), (True, False), (False, False)]


async def test_a_choice_that_was_used_while_the_page_was_away_is_told_when_it_is_back(page: Page, listen: Callable[..., Stream]) -> None:
    offer = page.offer(*YES_NO)
    async with listen() as stream:
        await eventually(lambda: stream.positions == [1])
    await page.send(choice=choice_id(offer, 1))
    await page.gateway.settled()
    async with listen(params={"after": 1}) as again:
        assert again.positions == [2, 3]
        assert [u["position"] for u in again.updates] == [1]
    async with listen() as reloaded:  # the message itself says it
        assert reloaded.positions == [1, 2, 3]
        assert reloaded.updates == []


async def test_the_page_sees_who_answers(page: Page, listen: Callable[..., Stream], clock: Callable[[], datetime]) -> None:
    async with listen() as stream:
        await page.send(text="我要找人工客服")
        await page.gateway.settled()
        with page.gateway.store.transaction() as tx:
            conversation = tx.conversations.at(page.citizen)
            change_status(tx, conversation.id, "operator", operator="xiaoli", now=clock())
        page.gateway.say(page.citizen, Reply("我是小李，请说。", author="operator"))
        await eventually(lambda: stream.statuses == ["bot", "operator"])
        await eventually(lambda: "我是小李，请说。" in stream.texts)
    assert "xiaoli" not in "".join(event.data for event in stream.events)


async def test_what_another_process_says_right_after_the_page_connected_is_heard(page: Page, gateway: Gateway, monkeypatch: Any) -> None:
    monkeypatch.setattr(web, "POLL_SECONDS", 0.3)  # the page has read before the first look
    async with served(gateway) as url, httpx.AsyncClient(cookies={COOKIE: page.cookie}) as http, Stream(http, f"{url}/chat/events") as stream:
        gateway.say(page.citizen, Reply("工单已转给街道办理。", author="system"))
        await eventually(lambda: stream.texts == ["工单已转给街道办理。"])


async def test_the_page_goes_on_hearing_after_the_database_was_away(
    page: Page, listen: Callable[..., Stream], monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    async with listen() as stream:
        working, locked = SqlMessages.positions, [OperationalError("select", None, Exception("database is locked"))] * 3

        def positions(self: SqlMessages, *args: Any) -> Any:
            if locked:
                raise locked.pop()
            return working(self, *args)

        monkeypatch.setattr(SqlMessages, "positions", positions)
        await eventually(lambda: not locked)
        page.gateway.say(page.citizen, Reply("数据库恢复之后说的"))
        await eventually(lambda: stream.texts == ["数据库恢复之后说的"])
    assert any("OperationalError" in line for line in log.lines)


async def test_a_quiet_connection_is_kept_alive(page: Page, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "PING_SECONDS", 0.05)
    pings = 0
    async with (
        asyncio.timeout(5),
        served(gateway) as url,
        httpx.AsyncClient(cookies={COOKIE: page.cookie}) as http,
        http.stream("GET", f"{url}/chat/events") as response,
    ):
        async for line in response.aiter_lines():
            pings += line == ": ping"
            if pings == 2:
                break


async def test_a_window_that_is_closed_is_forgotten(page: Page, listen: Callable[..., Stream], monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Any] = []
    working = SqlMessages.positions

    def positions(self: SqlMessages, conversations: Any) -> Any:
        looks.append(conversations)
        return working(self, conversations)

    monkeypatch.setattr(SqlMessages, "positions", positions)
    async with listen():
        await eventually(lambda: looks)
    async with asyncio.timeout(5):
        while looks:
            looks.clear()
            await asyncio.sleep(0.1)  # five rounds


# --- The page and all the rest


@pytest.mark.parametrize("path", ["/chat/", "/chat/chat.js", "/chat/chat.css", "/chat/icon.svg"])
async def test_the_page_may_load_from_here_only_and_run_nothing_inline(page: Page, path: str) -> None:
    response = await page.http.get(path)
    assert response.status_code == 200
    policy = dict(part.strip().partition(" ")[::2] for part in response.headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' blob: data:", "media-src": "'self' data:", "connect-src": "'self'",
        "form-action": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'",
    }  # fmt: skip
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


async def test_the_page_has_nothing_that_its_policy_would_stop(page: Page) -> None:
    html = (await page.http.get("/chat/")).text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=|https?://(?!www\.w3\.org)", html)


@pytest.mark.parametrize("path", ["/", "/chat"])
async def test_the_short_addresses_lead_to_the_page(page: Page, path: str) -> None:
    response = await page.http.get(path)
    assert (response.status_code, response.headers["location"]) == (307, "/chat/")


@pytest.mark.parametrize("path", ["session", "messages"])
async def test_every_answer_says_that_it_must_not_be_sniffed_or_kept(page: Page, path: str) -> None:
    response = await page.http.request("POST" if path == "session" else "GET", f"/chat/{path}")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/chat/nothing"), ("GET", "/chat/../../etc/passwd"), ("GET", "/chat/attachments/x"), ("POST", "/chat/nothing"), ("GET", "/docs")],
)
async def test_there_is_no_such_path(page: Page, method: str, path: str) -> None:
    assert (await page.http.request(method, path)).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/chat/nothing", 404), ("GET", "/chat/attachments/x", 404), ("DELETE", "/chat/messages", 405), ("PUT", "/chat/session", 405)],
)
async def test_what_is_not_there_is_said_in_a_sentence(page: Page, method: str, path: str, status: int) -> None:
    response = await page.http.request(method, path)
    assert response.status_code == status
    sentence(response)


async def test_a_mistake_of_ours_is_a_sentence_and_shows_nothing(page: Page, monkeypatch: pytest.MonkeyPatch, log: Log) -> None:
    await page.send(text="路灯不亮三天了")
    await page.gateway.settled()
    monkeypatch.setattr(SqlMessages, "of", _fail)
    response = await page.http.get("/chat/messages")
    assert response.status_code == 500
    assert sentence(response) == "系统暂时出了问题，请稍后再试。"
    assert any('"path": "/chat/messages"' in line and "RuntimeError" in line for line in log.lines)
    log.keep_out("the text of an error", DETAIL)


async def test_a_mistake_of_ours_is_not_logged_with_what_it_was_about(page: Page, monkeypatch: pytest.MonkeyPatch, log: Log) -> None:
    await page.send(text="路灯不亮三天了")
    await page.gateway.settled()
    monkeypatch.setattr(SqlMessages, "of", _fail)
    async with served(page.gateway) as url, httpx.AsyncClient(cookies={COOKIE: page.cookie}) as http:
        response = await http.get(f"{url}/chat/messages")
    assert response.status_code == 500
    assert not any(DETAIL in line for line in log.lines)
    assert response.headers["x-content-type-options"] == "nosniff"


DETAIL = "内部的细节不外传"


def _fail(*_: Any, **__: Any) -> Any:
    raise RuntimeError(DETAIL)


async def test_the_health_page_tells_whether_the_dialogue_answers(page: Page) -> None:
    assert (await page.http.get("/healthz")).json() == {"gateway": True, "dialogue": True}
    page.gateway.dialogue.away = True
    response = await page.http.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"gateway": True, "dialogue": False})


def test_the_page_stays_under_sixty_kilobytes_and_asks_for_nothing_from_elsewhere() -> None:
    files = [path for path in STATIC.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 60_000
    for path in files:
        found = set(re.findall(r"https?://[\w.-]+", path.read_text(encoding="utf-8")))
        assert found <= {"http://www.w3.org"}, f"{path.name} names {found}"
