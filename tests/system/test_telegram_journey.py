"""The same conversation over Telegram: text, buttons, a photo, a place and a voice note, with a real Rasa."""

from __future__ import annotations

import itertools

import pytest
from fake_telegram import CITIZEN, message, tap

from hotline.journeys import photo, voice_note
from hotline.messages import Address
from tests.system.running import System, wait_until
from tests.system.telegram_server import Telegram

pytestmark = pytest.mark.system


class Chat:
    """One citizen's chat with the bot."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram
        self._numbers = itertools.count(1)
        self._read = 0

    def send(self, **content: object) -> None:
        self._telegram.push(message=message(next(self._numbers), **content))

    def tap(self, label: str) -> None:
        buttons = [b for keyboard in reversed(self._telegram.fake.keyboards) for row in keyboard for b in row if b["text"] == label]
        self._telegram.push(callback_query=tap(f"tap-{next(self._numbers)}", buttons[0]["callback_data"]))

    def expect(self, *parts: str, within: float = 20) -> None:
        """The next message must contain these words, and come within so many seconds."""
        wait_until(lambda: len(self._telegram.fake.texts(CITIZEN)) > self._read, within)
        text = self._telegram.fake.texts(CITIZEN)[self._read]
        self._read += 1
        for part in parts:
            assert part in text


def test_a_complaint_with_photo_place_and_voice_becomes_a_ticket(system: System, telegram: Telegram) -> None:
    telegram.fake.files.update({"photo": photo(), "voice": voice_note("每天晚上都是这样")})
    chat = Chat(telegram)
    chat.send(text="/start")
    chat.expect("请说您的诉求")
    chat.send(text="居住证怎么办")
    chat.expect("派出所", "来源：")
    chat.tap("有帮助")
    chat.expect("谢谢您的反馈")
    chat.send(text="我要投诉楼下饭店油烟太大")
    chat.expect("什么地方")
    chat.send(location={"latitude": 39.9908, "longitude": 116.4726})
    chat.expect("位置收到了")
    chat.send(text="朝阳区望京花家地南里3号楼")
    chat.expect("什么时候")
    chat.send(photo=[{"file_id": "photo", "file_unique_id": "p", "width": 64, "height": 48, "file_size": len(photo())}])
    chat.expect("附件收到了，共1个")
    chat.send(voice={"file_id": "voice", "file_unique_id": "v", "duration": 3, "mime_type": "audio/ogg"})
    chat.expect("听到：", "每天晚上", within=60)  # the first one loads the recogniser
    chat.expect("怎么称呼您")
    chat.send(text="李女士 13800000000")
    chat.expect("请您核对", "附件：2个")
    chat.tap("确认提交")
    chat.expect("已经提交，工单号")
    with system.wiring.store.transaction() as tx:
        conversation = tx.conversations.at(Address("telegram", str(CITIZEN)))
        assert conversation
        (ticket,) = tx.tickets.of_conversation(conversation.id)
        kept = [a.media_type for a in tx.attachments.of_ticket(ticket.id)]
    assert kept == ["image/jpeg", "audio/ogg"]
    assert ticket.place.location is not None
