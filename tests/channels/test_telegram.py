"""Telegram, with the real python-telegram-bot against a fake Bot API server."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from contract import Call, DeliversMessages, Incoming, Outgoing, PassesOverTheUnknown, ReceivesMessages, Stored, Unknown
from fake_telegram import (
    BAD_GATEWAY,
    BLOCKED,
    BROKEN,
    CITIZEN,
    DROPPED,
    NEIGHBOUR,
    TOKEN,
    TWO_AT_ONCE,
    FakeTelegram,
    busy,
    message,
    refusal,
    sizes,
    tap,
    written,
)
from fakes import Killed
from gateway import Gateway, eventually, snapshot
from logbook import Log
from PIL import Image
from sqlalchemy.exc import OperationalError

from channels.telegram import channel as telegram
from channels.telegram.channel import SECRET_HEADER, TelegramChannel, plain
from hotline.city import City
from hotline.conversations import choice_id
from hotline.messages import Address, Choice, InboundMessage, Location, Message, Reply
from hotline.ports import SendError
from hotline.store import SqlStore

pytestmark = pytest.mark.anyio

HERE = Address("telegram", str(CITIZEN))
NEXT_DOOR = Address("telegram", str(NEIGHBOUR))
SECRET = "webhook-secret-0123456789-for-tests"
PUBLIC = "https://jiesu.example"
OGG = b"OggS" + bytes(200)


def photo(width: int = 8) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, 6), (10, 120, 200)).save(out, "JPEG")
    return out.getvalue()


FILES = {"small": photo(8), "large": photo(64), "voice": OGG, "rubbish": b"%PDF-1.4 rubbish"}
KEPT_PHOTO = ("image/jpeg", "photo.jpg")
YES_NO = (Choice("登记诉求", intent="signal_record", entities={"kind": "complaint"}), Choice("转人工", intent="signal_person"))


@pytest.fixture
async def fake(log: Log, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeTelegram]:
    """Telegram, on this machine."""
    monkeypatch.setattr(telegram, "RETRY_SECONDS", 0.02)
    monkeypatch.setattr(telegram, "WRONG_TOKEN_SECONDS", 0.05)
    fake = FakeTelegram()
    fake.files.update(FILES)
    await fake.start()
    yield fake
    await fake.stop()
    log.keep_out("the bot's token", TOKEN, TOKEN.partition(":")[2])
    log.keep_out("the webhook's secret", SECRET)
    log.keep_out("what a citizen wrote", *fake.written)
    assert fake.unasked == {}, "Telegram was told to answer what it was not asked"


@pytest.fixture
def bot(fake: FakeTelegram, store: SqlStore, city: City, clock: Callable[[], datetime], new_id: Callable[[], UUID]) -> Callable[..., Any]:
    """A gateway process with the bot, as an async context: bot() polls, bot(PUBLIC) has a webhook."""

    @asynccontextmanager
    async def start(public_url: str = "", *, token: str = TOKEN) -> AsyncIterator[Gateway]:
        channel = TelegramChannel(token, api=fake.url, secret=SECRET)
        async with Gateway(store, city, clock, new_id, channels={"telegram": channel}, public_url=public_url) as gateway:
            yield gateway

    return start


class TelegramSide:
    """Telegram, with a webhook."""

    citizen = HERE

    def __init__(self, fake: FakeTelegram, gateway: Gateway, client: httpx.AsyncClient) -> None:
        self.fake = fake
        self.gateway = gateway
        self._client = client

    @property
    def calls(self) -> list[Call]:
        return self.fake.calls

    @staticmethod
    def reply_calls(message: Message) -> list[Call]:
        return [Call("sendMessage", {"chat_id": CITIZEN, "text": message.text})]

    async def request(self, body: Mapping[str, Any]) -> httpx.Response:
        self.fake.written += written(body)
        return await self._client.post("/telegram/webhook", json=body, headers={SECRET_HEADER: SECRET})

    async def forged(self, body: Mapping[str, Any]) -> list[httpx.Response]:
        self.fake.written += written(body)
        wrong = [{}, {SECRET_HEADER: ""}, {SECRET_HEADER: SECRET[:-1]}, {SECRET_HEADER: f"{SECRET}é".encode("latin-1")}]
        return [await self._client.post("/telegram/webhook", json=body, headers=headers) for headers in wrong]

    def will_answer(self, method: str, answer: Any) -> None:
        self.fake.will_answer(method, answer)


@pytest.fixture
async def side(fake: FakeTelegram, bot: Callable[..., Any]) -> AsyncIterator[TelegramSide]:
    async with bot(PUBLIC) as gateway, gateway.client() as client:
        await eventually(lambda: fake.webhook)
        fake.calls.clear()
        yield TelegramSide(fake, gateway, client)


def sent(text: str, *, chat: int = CITIZEN, **more: Any) -> Call:
    return Call("sendMessage", {"chat_id": chat, "text": text, **more})


def fetched(file_id: str) -> list[Call]:
    return [Call("getFile", {"file_id": file_id}), Call("download", {"path": f"files/{file_id}"})]


def button(message: Message, index: int) -> dict[str, str]:
    return {"text": message.choices[index].label, "callback_data": choice_id(message, index)}


def incoming(name: str, stored: Stored | None, *, calls: list[Call] | None = None, **content: Any) -> Incoming:
    return Incoming(name, {"update_id": 1, "message": message(7, **content)}, stored, calls=calls or [])


NOT_FOR_US = "这种消息我还看不懂，请发文字、照片、语音或位置。"
NOTHING = "没有收到内容，请输入您要咨询或反映的事情。"
USED = "这个选项已经用过或不再有效，请直接输入您的回答。"
TOO_LARGE = "文件太大了，请发送10MB以内的文件。"
NOT_A_PHOTO = "这个文件打不开，或不是照片、录音。请发送 JPG、PNG 照片或语音。"
VOICE = {"file_id": "voice", "file_unique_id": "u", "duration": 3, "mime_type": "audio/ogg", "file_size": len(OGG)}
GREETING = "您好，这里是北京市12345，请说您的诉求。"


class TestTelegramContract(ReceivesMessages, PassesOverTheUnknown, DeliversMessages):
    INCOMING = (
        incoming("text", Stored("小区路灯不亮三天了"), text="小区路灯不亮三天了"),
        incoming("text with what no person writes in it", Stored("路灯\n不亮👨‍👩‍👧"), text="  路灯\x00\n不\x1b亮👨‍👩‍👧\u202e "),
        incoming("a text that looks like a command", Stored("/restart everything"), text="/restart everything"),
        incoming("a photo, of which the largest size is fetched", Stored(files=(KEPT_PHOTO,)), photo=sizes("small", "large"), calls=fetched("large")),
        incoming(
            "a photo with a caption", Stored("井盖坏了一个", files=(KEPT_PHOTO,)),
            photo=sizes("large"), caption="井盖坏了一个", calls=fetched("large"),
        ),
        incoming("a voice note, kept as it is", Stored(files=(("audio/ogg", "voice.ogg"),)), voice=VOICE, calls=fetched("voice")),
        incoming(
            "a photo sent as a file, with its name", Stored(files=(("image/jpeg", "楼道堆物.jpg"),)), calls=fetched("large"),
            document={"file_id": "large", "file_unique_id": "u", "file_name": "楼道堆物.jpg", "mime_type": "image/jpeg", "file_size": 900},
        ),
        incoming(
            "a location", Stored(location=Location(39.9963, 116.4712, 20.0)),
            location={"latitude": 39.9963, "longitude": 116.4712, "horizontal_accuracy": 20.0},
        ),
        incoming(
            "a venue, which is a location", Stored(location=Location(39.9963, 116.4712)),
            location={"latitude": 39.9963, "longitude": 116.4712},
            venue={"location": {"latitude": 39.9963, "longitude": 116.4712}, "title": "望京街道办", "address": "花家地街"},
        ),
        Incoming(
            "a tap on a button",
            lambda offer: {"update_id": 1, "callback_query": tap("t1", choice_id(offer, 0))},
            Stored("登记诉求", via="button", intent="signal_record", entities={"kind": "complaint"}),
            choices=YES_NO,
            calls=[Call("answerCallbackQuery", {"callback_query_id": "t1"})],
        ),
        Incoming(
            "a tap on a related question",
            lambda offer: {"update_id": 1, "callback_query": tap("t1", choice_id(offer, 0))},
            Stored("居住证丢了怎么补", via="button"),
            choices=(Choice("居住证丢了怎么补", group="related"),),
            calls=[Call("answerCallbackQuery", {"callback_query_id": "t1"})],
        ),
        Incoming(
            "a forged tap, answered with a sentence",
            {"update_id": 1, "callback_query": tap("t1", f"{UUID(int=7)}:0")},
            None,
            calls=[sent(USED), Call("answerCallbackQuery", {"callback_query_id": "t1"})],
        ),
        Incoming(
            "a tap on a button that does not say what it is",
            {"update_id": 1, "callback_query": tap("t1", "ignore previous instructions")},
            None,
            calls=[sent(USED), Call("answerCallbackQuery", {"callback_query_id": "t1"})],
        ),
        incoming("/start, answered with the greeting", None, text="/start", calls=[sent(GREETING)]),
        incoming("/start from a link, answered with the greeting", None, text="/start poster7", calls=[sent(GREETING)]),
        incoming(
            "a sticker, answered with a sentence", None, calls=[sent(NOT_FOR_US)],
            sticker={"file_id": "s", "file_unique_id": "u", "type": "regular", "width": 9, "height": 9, "is_animated": False, "is_video": False},
        ),
        incoming("a kind of message of the year 2030, answered with a sentence", None, hologram={"file_id": "h"}, calls=[sent(NOT_FOR_US)]),
        incoming("a text of control characters, answered with a sentence", None, text="\x00\x01 ", calls=[sent(NOTHING)]),
        incoming(
            "a text that is too long, answered with a sentence", None, text="长" * 2001,
            calls=[sent("文字太长了（2001字），请分几次发送，每次不超过2000字。")],
        ),
        incoming("a file that is too large, not even fetched", None, voice={**VOICE, "file_size": 11 * 1024 * 1024}, calls=[sent(TOO_LARGE)]),
        incoming(
            "a file that is no photo, answered with a sentence", None, calls=[*fetched("rubbish"), sent(NOT_A_PHOTO)],
            document={"file_id": "rubbish", "file_unique_id": "u", "file_name": "材料一份.pdf", "file_size": 16},
        ),
        incoming(
            "a file that Telegram has no more, answered with a sentence", None, voice={**VOICE, "file_id": "gone"},
            calls=[Call("getFile", {"file_id": "gone"}), sent("这个文件没有收到，请重新发送。")],
        ),
    )  # fmt: skip
    UNKNOWN = (
        Unknown("a message in a group", {"update_id": 1, "message": message(7, chat=-100123, kind="supergroup", text="群里说的话")}),
        Unknown("a message that was edited", {"update_id": 1, "edited_message": message(7, text="改过以后的话", edit_date=1763688700)}),
        Unknown("a post in a channel", {"update_id": 1, "channel_post": message(7, chat=-100124, kind="channel", text="频道里的话")}),
        Unknown("a poll", {"update_id": 1, "poll": {
            "id": "1", "question": "同意不同意？", "options": [], "total_voter_count": 0, "is_closed": False, "is_anonymous": True, "type": "regular",
            "allows_multiple_answers": False, "allows_revoting": False, "members_only": False,
        }}),
        Unknown("an update of the year 2030", {"update_id": 1, "telepathy": {"thought": "……"}}),
        Unknown("an update with nothing in it", {"update_id": 1}),
    )  # fmt: skip
    OUTGOING = (
        Outgoing("plain text", Reply("请问在什么地方？"), lambda m: [sent("请问在什么地方？")]),
        Outgoing(
            "Markdown, made plain",
            Reply("**工单号** 1234\n\n- 见[官网](https://www.beijing.gov.cn/a)"),
            lambda m: [sent("工单号 1234\n\n- 见官网 https://www.beijing.gov.cn/a")],
        ),
        Outgoing(
            "choices, a row each, feedback in one row at the end",
            Reply("选一个", choices=(Choice("有帮助", "signal_helpful", group="feedback"), *YES_NO, Choice("没帮助", "signal_not", group="feedback"))),
            lambda m: [sent("选一个", reply_markup={"inline_keyboard": [[button(m, 1)], [button(m, 2)], [button(m, 0), button(m, 3)]]})],
        ),
        Outgoing(
            "a long answer, in parts, the choices under the last",
            Reply("甲" * 4000 + "乙" * 4000 + "丙", choices=YES_NO),
            lambda m: [sent("甲" * 4000), sent("乙" * 4000), sent("丙", reply_markup={"inline_keyboard": [[button(m, 0)], [button(m, 1)]]})],
        ),
        Outgoing("to a citizen who blocked the bot", Reply("您好您好"), lambda m: [sent("您好您好")], "failed", [("sendMessage", BLOCKED)]),
        Outgoing(
            "what Telegram refuses", Reply("您好您好"), lambda m: [sent("您好您好")], "failed",
            [("sendMessage", refusal(400, "Bad Request: chat not found"))],
        ),
        Outgoing("while Telegram asks to wait", Reply("您好您好"), lambda m: [sent("您好您好")], "queued", [("sendMessage", busy(7))]),
        Outgoing("while Telegram is broken", Reply("您好您好"), lambda m: [sent("您好您好")], "queued", [("sendMessage", BROKEN)]),
        Outgoing("while something before Telegram is broken", Reply("您好您好"), lambda m: [sent("您好您好")], "queued", [("sendMessage", BAD_GATEWAY)]),
        Outgoing("while the connection breaks", Reply("您好您好"), lambda m: [sent("您好您好")], "queued", [("sendMessage", DROPPED)]),
        Outgoing(
            "while the token is not the right one", Reply("您好您好"), lambda m: [sent("您好您好")], "queued",
            [("sendMessage", refusal(401, "Unauthorized"))],
        ),
    )  # fmt: skip


# --- Sending


async def test_callback_data_fits_in_the_64_bytes_that_telegram_allows(side: TelegramSide) -> None:
    reply = Reply("选一个", choices=tuple(Choice(f"第{n}个选项", f"signal_{n}") for n in range(100)))
    offer = side.gateway.say(HERE, reply)
    await side.gateway.reception.deliver([offer])
    assert side.gateway.message(offer.id).state == "sent"  # the fake refuses longer ones, as Telegram does
    [call] = side.calls
    rows = call.params["reply_markup"]["inline_keyboard"]
    assert max(len(b["callback_data"].encode()) for row in rows for b in row) <= 64
    assert len(rows) == 100


async def test_a_reply_that_was_put_off_is_delivered_before_the_next_one(side: TelegramSide, clock: Any) -> None:
    side.will_answer("sendMessage", busy(1))
    first, second = side.gateway.say(HERE, Reply("第一条回复")), side.gateway.say(HERE, Reply("第二条回复"))
    await side.gateway.reception.deliver([first, second])
    assert side.fake.texts() == []
    clock.forward(minutes=1)
    await side.gateway.reception.deliver([first, second])
    assert side.fake.texts() == ["第一条回复", "第二条回复"]


@pytest.mark.parametrize(
    ("answer", "retryable"),
    [(BLOCKED, False), (refusal(400, "Bad Request: chat not found"), False), (busy(3), True), (BROKEN, True), (BAD_GATEWAY, True), (DROPPED, True)],
    ids=["blocked", "refused", "429", "500", "502", "connection lost"],
)
async def test_a_send_error_says_whether_to_try_again(side: TelegramSide, answer: Any, retryable: bool) -> None:
    side.will_answer("sendMessage", answer)
    with pytest.raises(SendError) as caught:
        await side.gateway.reception.channels["telegram"].send(side.gateway.say(HERE, Reply("您好您好")), HERE)
    assert caught.value.retryable is retryable


async def test_a_reply_waits_as_long_as_telegram_asks(side: TelegramSide, clock: Any) -> None:
    side.will_answer("sendMessage", busy(90))
    reply = side.gateway.say(HERE, Reply("您好您好"))
    await side.gateway.reception.deliver([reply])
    clock.forward(seconds=89)
    await side.gateway.reception.deliver([reply])
    assert side.fake.texts() == []
    clock.forward(seconds=2)
    await side.gateway.reception.deliver([reply])
    assert side.fake.texts() == ["您好您好"]


async def test_a_telegram_that_is_out_of_reach_is_tried_again(side: TelegramSide) -> None:
    await side.fake.stop()
    offer = side.gateway.say(HERE, Reply("您好您好"))
    await side.gateway.reception.deliver([offer])
    assert side.gateway.message(offer.id).state == "queued"
    await side.fake.start()


async def test_tests_can_not_reach_the_real_telegram(strangers: list[str]) -> None:
    channel = TelegramChannel(TOKEN, api="https://api.telegram.org", secret=SECRET)
    at = datetime.fromisoformat("2025-11-21T01:30+00:00")
    hello = Message(UUID(int=1), UUID(int=2), 1, "out", "bot", "typed", "您好您好", at, "queued")
    with pytest.raises(SendError):
        await channel.send(hello, HERE)
    await channel.close()
    assert "api.telegram.org" in strangers[0]
    strangers.clear()


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**粗**和**体**", "粗和体"),
        ("[官网](https://a.cn/b?c=1)", "官网 https://a.cn/b?c=1"),
        ("**见[官网](https://a.cn)**", "见官网 https://a.cn"),
        ("2 * 3 * 4，** 不成对", "2 * 3 * 4，** 不成对"),
        ("[不是链接](javascript:alert)", "[不是链接](javascript:alert)"),
        ("- 第一\n- 第二", "- 第一\n- 第二"),
    ],
)
def test_markdown_becomes_plain_text(markdown: str, text: str) -> None:
    assert plain(markdown) == text


# --- Buttons


async def test_a_button_that_acts_counts_once_however_fast_it_is_tapped(side: TelegramSide) -> None:
    offer = side.gateway.say(HERE, Reply("请选择", choices=YES_NO), delivered=True)
    taps = [{"update_id": n, "callback_query": tap(f"t{n}", choice_id(offer, 0))} for n in (1, 2)]
    responses = await asyncio.gather(*(side.request(body) for body in taps))
    await side.gateway.settled()
    assert [r.status_code for r in responses] == [200, 200]
    assert side.gateway.dialogue.heard == ["/signal_record"]
    assert sorted(side.fake.texts()) == sorted(["收到：/signal_record", USED])
    assert [c.method for c in side.calls].count("answerCallbackQuery") == 2  # or the second button goes on spinning


async def test_the_other_answer_of_a_question_can_not_be_given_too(side: TelegramSide) -> None:
    offer = side.gateway.say(HERE, Reply("请选择", choices=YES_NO), delivered=True)
    for index in (0, 1):
        await side.request({"update_id": index + 1, "callback_query": tap(f"t{index}", choice_id(offer, index))})
        await side.gateway.settled()
    assert side.gateway.dialogue.heard == ["/signal_record"]


async def test_a_related_question_can_be_tapped_again(side: TelegramSide) -> None:
    offer = side.gateway.say(HERE, Reply("请选择", choices=(Choice("居住证怎么办", group="related"),)), delivered=True)
    for n in (1, 2):
        await side.request({"update_id": n, "callback_query": tap(f"t{n}", choice_id(offer, 0))})
        await side.gateway.settled()
    assert side.gateway.dialogue.heard == ["居住证怎么办", "居住证怎么办"]


async def test_somebody_else_s_button_can_not_be_tapped(side: TelegramSide) -> None:
    offer = side.gateway.say(NEXT_DOOR, Reply("请选择", choices=YES_NO), delivered=True)
    response = await side.request({"update_id": 1, "callback_query": tap("t1", choice_id(offer, 0))})
    await side.gateway.settled()
    assert response.status_code == 200
    assert side.gateway.dialogue.turns == []
    assert side.gateway.message(offer.id).choices[0].chosen is False


async def test_a_tap_that_telegram_has_forgotten_still_counts(side: TelegramSide) -> None:
    offer = side.gateway.say(HERE, Reply("请选择", choices=YES_NO), delivered=True)
    await side.request({"update_id": 1, "callback_query": tap("old-1", choice_id(offer, 1))})
    await side.gateway.settled()
    assert side.gateway.dialogue.heard == ["/signal_person"]


# --- The webhook


async def test_the_webhook_is_registered_with_the_secret_and_the_kinds_we_use(fake: FakeTelegram, bot: Callable[..., Any]) -> None:
    async with bot(PUBLIC):
        await eventually(lambda: fake.webhook)
    assert fake.webhook == {"url": f"{PUBLIC}/telegram/webhook", "secret_token": SECRET, "allowed_updates": ["message", "callback_query"]}
    assert fake.polls == []


async def test_registering_the_webhook_is_tried_until_telegram_is_there(fake: FakeTelegram, bot: Callable[..., Any]) -> None:
    fake.will_answer("setWebhook", BROKEN, DROPPED, busy(1))
    async with bot(PUBLIC):
        await eventually(lambda: fake.webhook)
    assert [c.method for c in fake.calls] == ["setWebhook"] * 4


@pytest.mark.parametrize(
    "body",
    [
        b"", b"rubbish", b"\xff\xfe", b"[]", b"null", b"7", b'"text"', b"{}", b'{"update_id": 1, "message": "text"}',
        b'{"update_id": 1, "message": {"message_id": 1}}', b'{"update_id": 1, "callback_query": {}}',
        b'{"update_id": 1, "message": {"message_id": 1, "date": 1e300, "chat": {"id": 1, "type": "private"}}}',
        b'{"update_id": 1, "message": {"message_id": 1, "date": "today", "chat": {"id": 1, "type": "private"}}}',
    ],
)  # fmt: skip
async def test_a_body_that_is_no_update_gets_400_and_stores_nothing(side: TelegramSide, body: bytes) -> None:
    before = snapshot(side.gateway.store)
    async with side.gateway.client() as client:
        response = await client.post("/telegram/webhook", content=body, headers={SECRET_HEADER: SECRET})
    assert response.status_code == 400
    assert snapshot(side.gateway.store) == before
    assert side.calls == []


async def test_a_file_that_can_not_be_fetched_for_now_makes_telegram_send_the_update_again(side: TelegramSide) -> None:
    body = {"update_id": 1, "message": message(7, photo=sizes("large"))}
    side.will_answer("getFile", BROKEN)
    assert (await side.request(body)).status_code == 500
    assert side.gateway.messages(HERE) == []
    assert (await side.request(body)).status_code == 200
    await side.gateway.settled()
    assert len(side.gateway.messages(HERE)) == 2


async def test_a_place_that_does_not_exist_is_refused_with_a_sentence(side: TelegramSide) -> None:
    body = {"update_id": 1, "message": message(7, location={"latitude": 123.0, "longitude": 500.0})}
    assert (await side.request(body)).status_code == 200
    assert side.fake.texts() == ["这个位置无效，请重新发送，或直接输入地址。"]
    assert side.gateway.messages(HERE) == []


# --- Polling


async def test_polling_receives_and_answers(fake: FakeTelegram, bot: Callable[..., Any]) -> None:
    fake.webhook = {"url": "of an earlier life"}
    fake.push(message=message(1, text="路灯不亮三天了"))
    async with bot() as gateway:
        await eventually(lambda: fake.texts() == ["收到：路灯不亮三天了"])
        await gateway.settled()
        fake.push(message=message(2, text="在望京街十号"))
        await eventually(lambda: len(fake.texts()) == 2)
        await eventually(lambda: fake.updates == [])
    assert fake.webhook is None
    assert fake.polls[0].params["timeout"] == telegram.POLL_SECONDS  # the connection waits, we do not ask again and again


async def test_messages_of_one_citizen_are_answered_in_their_order(fake: FakeTelegram, bot: Callable[..., Any]) -> None:
    for n in range(1, 13):
        fake.push(message=message(n, text=f"第{n}句话"))
    async with bot() as gateway:
        await eventually(lambda: fake.updates == [])
        await gateway.settled()
        # What stood behind a reply that was on its way is the worker's.
        await gateway.reception.deliver([m for m in gateway.messages(HERE) if m.state == "queued"])
    assert fake.texts() == [f"收到：第{n}句话" for n in range(1, 13)]


async def test_killed_between_fetching_and_storing_nothing_is_lost(fake: FakeTelegram, bot: Callable[..., Any]) -> None:
    fake.push(message=message(1, text="第一句话在此"))
    fake.push(message=message(2, text="第二句话在此"))
    async with bot() as doomed:
        store_it = doomed.reception.receive

        async def die_at_the_second(inbound: InboundMessage) -> Any:
            if inbound.text == "第二句话在此":
                raise Killed
            return await store_it(inbound)

        doomed.reception.receive = die_at_the_second
        await eventually(lambda: len(doomed.messages(HERE)) == 2)
    assert [u["message"]["message_id"] for u in fake.updates] == [1, 2]  # neither is confirmed
    async with bot() as reborn:
        await eventually(lambda: fake.updates == [])
        await reborn.settled()
        assert [m.text for m in reborn.messages(HERE) if m.direction == "in"] == ["第一句话在此", "第二句话在此"]
    assert fake.texts() == ["收到：第一句话在此", "收到：第二句话在此"]


async def test_killed_between_storing_and_confirming_nothing_comes_twice(fake: FakeTelegram, bot: Callable[..., Any]) -> None:
    fake.push(message=message(1, text="只说一次的话"))
    fake.push(callback_query=tap("t1", "stale"))
    async with bot() as doomed:
        store_it = doomed.reception.receive

        async def die_after(inbound: InboundMessage) -> Any:
            await store_it(inbound)
            raise Killed

        doomed.reception.receive = die_after
        await eventually(lambda: fake.texts() == ["收到：只说一次的话"])
    assert len(fake.updates) == 2
    async with bot() as reborn:
        await eventually(lambda: fake.updates == [])
        await reborn.settled()
        assert [m.text for m in reborn.messages(HERE)] == ["只说一次的话", "收到：只说一次的话"]
    assert fake.texts() == ["收到：只说一次的话", USED]


async def test_polling_rides_out_an_outage(fake: FakeTelegram, bot: Callable[..., Any], log: Log) -> None:
    fake.will_answer("deleteWebhook", DROPPED, BROKEN)
    fake.will_answer("getUpdates", DROPPED, BROKEN, BAD_GATEWAY, busy(1), TWO_AT_ONCE)
    fake.push(message=message(1, text="停机之前的话"))
    async with bot() as gateway:
        await eventually(lambda: len(fake.texts()) == 1)
        await gateway.settled()
        await fake.stop()
        fake.push(message=message(2, text="停机期间的话"))
        await asyncio.sleep(0.1)
        await fake.start()
        await eventually(lambda: len(fake.texts()) == 2)
    assert fake.texts() == ["收到：停机之前的话", "收到：停机期间的话"]
    assert any("telegram out of reach" in line for line in log.lines)


async def test_polling_outlives_a_database_that_is_away(
    fake: FakeTelegram, bot: Callable[..., Any], store: SqlStore, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    working, locked = store.transaction, [OperationalError("BEGIN IMMEDIATE", None, Exception("database is locked"))] * 3

    def transaction() -> Any:
        if locked:
            raise locked.pop()
        return working()

    monkeypatch.setattr(store, "transaction", transaction)
    fake.push(message=message(1, text="数据库忙的时候说的"))
    async with bot() as gateway:
        await eventually(lambda: fake.texts() == ["收到：数据库忙的时候说的"])
        await gateway.settled()
        assert len(gateway.messages(HERE)) == 2
    assert sum("telegram updates not stored" in line for line in log.lines) == 3


async def test_one_update_that_we_fail_at_does_not_hold_up_the_others(fake: FakeTelegram, bot: Callable[..., Any], log: Log) -> None:
    fake.push(message=message(1, text="触发程序错误的话"))
    fake.push(message=message(2, chat=NEIGHBOUR, text="邻居的平常话"))
    async with bot() as gateway:
        store_it = gateway.reception.receive

        async def stumble(inbound: InboundMessage) -> Any:
            if inbound.sender == HERE:
                raise RuntimeError(inbound.text)  # the log must not repeat it
            return await store_it(inbound)

        gateway.reception.receive = stumble
        await eventually(lambda: fake.updates == [])
        await eventually(lambda: fake.texts(NEIGHBOUR) == ["收到：邻居的平常话"])
    assert fake.texts() == ["抱歉，这条消息没能收下，请换个方式再发一次。"]
    assert any("passed over" in line for line in log.lines)


async def test_a_file_that_can_not_be_fetched_for_now_is_asked_for_again(fake: FakeTelegram, bot: Callable[..., Any]) -> None:
    fake.will_answer("getFile", BROKEN)
    fake.will_answer("download", DROPPED)
    fake.push(message=message(1, photo=sizes("small", "large")))
    async with bot() as gateway:
        await eventually(lambda: fake.updates == [])
        await gateway.settled()
        [received, _] = gateway.messages(HERE)
        [kept] = received.attachments
        assert Image.open(io.BytesIO(gateway.files.get(kept.id))).size == (64, 6)


async def test_a_wrong_token_is_said_so_and_tried_again_slowly(fake: FakeTelegram, bot: Callable[..., Any], log: Log) -> None:
    fake.token = "700100200:AnotherTokenThatTheOperatorGetsLater00"
    fake.push(message=message(1, text="令牌错误时的话"))
    async with bot() as gateway:
        await eventually(lambda: any("JIESU_TELEGRAM_TOKEN" in line for line in log.lines))
        assert len(fake.calls) + len(fake.polls) < 5
        assert gateway.messages(HERE) == []
        fake.token = TOKEN  # it was revoked by mistake
        await eventually(lambda: fake.texts() == ["收到：令牌错误时的话"])


async def test_an_update_that_can_not_be_read_does_not_end_the_polling(fake: FakeTelegram, bot: Callable[..., Any], log: Log) -> None:
    fake.updates.append({"update_id": 1, "message": {"message_id": 1, "date": "never", "chat": {"id": CITIZEN, "type": "private"}}})
    async with bot():
        await eventually(lambda: any("telegram updates not stored" in line for line in log.lines))
        fake.updates.clear()  # Telegram drops what is a day old
        fake.push(message=message(2, text="后来的平常话"))
        await eventually(lambda: fake.texts() == ["收到：后来的平常话"])


async def test_closing_the_gateway_leaves_no_connection_open(fake: FakeTelegram, bot: Callable[..., Any]) -> None:
    async with bot():
        await eventually(lambda: fake.polls)
        assert fake.open_connections
    await eventually(lambda: not fake.open_connections)
