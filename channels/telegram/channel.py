"""Telegram: text, buttons, photos, places and voice notes, by polling or by webhook.

Polling asks Telegram for what is new only after the last batch is stored: a killed process loses nothing. Telegram
numbers its messages, so what it sends again is recognised.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import re
from datetime import timedelta
from typing import Any, cast

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from channels.base import MAX_UPLOAD, Reception
from hotline.conversations import choice_id
from hotline.messages import Address, InboundMessage, Location, Message, MessageRefused
from hotline.ports import SendError

POLL_SECONDS = 25
RETRY_SECONDS = 3.0
WRONG_TOKEN_SECONDS = 60.0
MAX_LENGTH = 4000
"""Telegram takes 4096 characters a message."""
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
os.environ["PTB_TIMEDELTA"] = "true"  # the library's coming way to tell a wait, which it otherwise announces at each one
log = structlog.get_logger()


class TelegramChannel:
    """Channel over a Telegram bot."""

    name = "telegram"

    def __init__(self, token: str, *, api: str, secret: str, public_url: str = "") -> None:
        """`public_url`: where the gateway can be reached; without it, files of answers are named but can't be fetched."""
        self._public_url = public_url
        self._secret = re.sub(r"[^A-Za-z0-9_-]", "", secret)[:64]
        self._requests = HTTPXRequest(connection_pool_size=16, read_timeout=20)
        self._poll_requests = HTTPXRequest(read_timeout=POLL_SECONDS + 10)
        self._bot = Bot(
            token, base_url=f"{api}/bot", base_file_url=f"{api}/file/bot", request=self._requests, get_updates_request=self._poll_requests
        )  # fmt: skip

    async def send(self, message: Message, to: Address) -> None:
        text = plain(message.text, self._public_url)
        parts = [text[at : at + MAX_LENGTH] for at in range(0, len(text), MAX_LENGTH)] or ["…"]
        try:
            for part in parts[:-1]:
                await self._bot.send_message(int(to.user), part)
            await self._bot.send_message(int(to.user), parts[-1], reply_markup=_keyboard(message))
        except RetryAfter as error:
            raise SendError("Telegram asks to wait", retryable=True, after=cast(timedelta, error.retry_after)) from error
        except (Forbidden, BadRequest) as error:  # blocked by the citizen, or refused for good
            raise SendError(type(error).__name__, retryable=False) from error
        except TelegramError as error:
            raise SendError(type(error).__name__, retryable=True) from error

    async def start(self, reception: Reception, public_url: str) -> None:
        """Receive until cancelled: by webhook where a public address is set, else by polling. Rides out outages."""
        registered = False
        offset: int | None = None
        while True:
            try:
                if not registered:
                    if public_url:
                        await self._bot.set_webhook(
                            f"{public_url}/telegram/webhook", secret_token=self._secret, allowed_updates=["message", "callback_query"]
                        )
                        return
                    await self._bot.delete_webhook()
                    registered = True
                for update in await self._bot.get_updates(offset=offset, timeout=POLL_SECONDS, allowed_updates=["message", "callback_query"]):
                    await self._receive(update, reception)
                    offset = update.update_id + 1
            except InvalidToken:
                log.error("telegram refused the token; set JIESU_TELEGRAM_TOKEN to the one that @BotFather gave")
                await asyncio.sleep(WRONG_TOKEN_SECONDS)
            except (TelegramError, OSError) as error:
                log.warning("telegram out of reach, trying again", error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception as error:  # the database may be away for a moment; the updates are asked for again
                log.error("telegram updates not stored, trying again", error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    def router(self, reception: Reception) -> APIRouter:
        """The webhook."""
        router = APIRouter(prefix="/telegram")

        @router.post("/webhook")
        async def webhook(request: Request) -> Response:
            if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret.encode()):
                raise HTTPException(403, "Wrong secret.")
            try:
                update = Update.de_json(await request.json(), self._bot)
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
                raise HTTPException(400, "Not an update.") from None
            await self._receive(update, reception)
            return Response(status_code=200)

        return router

    async def close(self) -> None:
        # Not Bot.shutdown: it leaves the connections of a bot open that has not asked Telegram for its own name.
        await self._requests.shutdown()
        await self._poll_requests.shutdown()

    async def _receive(self, update: Update, reception: Reception) -> None:
        """Store one update. What we can't use is passed over, so that Telegram does not repeat it for ever."""
        try:
            inbound = await self._inbound(update, reception)
            if inbound:
                await reception.receive(inbound)
        except MessageRefused as refused:
            await self._tell(update, str(refused))
        except (TelegramError, OSError, SQLAlchemyError):
            raise  # Telegram or the store is away: the update comes again
        except Exception as error:  # a mistake of ours with this one update must not hold up everybody's
            log.error("telegram update passed over", update=update.update_id, error=type(error).__name__)
            await self._tell(update, "抱歉，这条消息没能收下，请换个方式再发一次。")
        if update.callback_query:  # or the button goes on looking busy
            await self._quietly(self._bot.answer_callback_query(update.callback_query.id))

    async def _inbound(self, update: Update, reception: Reception) -> InboundMessage | None:
        now = reception.clock()
        if tap := update.callback_query:
            sender = Address(self.name, str(tap.from_user.id))
            return InboundMessage(reception.new_id(), sender, f"tap:{tap.id}", now, via="button", choice=tap.data or "")
        message = update.message
        if message is None or message.chat.type != "private":
            return None
        sender = Address(self.name, str(message.chat.id))
        text = message.text or message.caption or ""
        if text.partition(" ")[0] == "/start":  # a link to the bot may add a word
            await self._tell(update, reception.city.say("talk.greeting"))
            return None
        attachments = []
        file = message.photo[-1] if message.photo else message.voice or message.audio or message.document
        if file:
            if (file.file_size or 0) > MAX_UPLOAD:
                raise MessageRefused(f"文件太大了，请发送{MAX_UPLOAD // 1024 // 1024}MB以内的文件。")
            content = await self._download(file.file_id)
            name = getattr(file, "file_name", None) or ("voice.ogg" if message.voice else "photo.jpg")
            attachments.append((await reception.keep(content, name, sender)).id)
        where = message.location
        location = Location(where.latitude, where.longitude, where.horizontal_accuracy) if where else None
        if not (text or attachments or location):
            raise MessageRefused("这种消息我还看不懂，请发文字、照片、语音或位置。")
        return InboundMessage(
            reception.new_id(), sender, f"{message.chat.id}:{message.message_id}", now, text=text, attachments=tuple(attachments), location=location
        )

    async def _download(self, file_id: str) -> bytes:
        try:
            return bytes(await (await self._bot.get_file(file_id)).download_as_bytearray())
        except (BadRequest, Forbidden, InvalidToken):  # gone, or more than a bot may fetch: asking again brings nothing
            raise MessageRefused("这个文件没有收到，请重新发送。") from None

    async def _tell(self, update: Update, text: str) -> None:
        chat = update.effective_chat
        if chat:
            await self._quietly(self._bot.send_message(chat.id, text))

    @staticmethod
    async def _quietly(request: Any) -> None:
        """Do what is polite but not needed; if it fails, nothing is lost."""
        try:
            await request
        except TelegramError as error:
            log.info("telegram courtesy failed", error=type(error).__name__)


def plain(text: str, public_url: str = "") -> str:
    """Our small Markdown as plain text."""
    text = re.sub(r"\[([^\]]+)\]\((/files/[^)]+)\)", rf"\1 {public_url}\2" if public_url else r"\1", text)
    return re.sub(r"\*\*(.+?)\*\*", r"\1", re.sub(r"\[([^\]]+)\]\((https://[^)]+)\)", r"\1 \2", text))


def _keyboard(message: Message) -> InlineKeyboardMarkup | None:
    rows: list[list[InlineKeyboardButton]] = []
    feedback: list[InlineKeyboardButton] = []
    for index, choice in enumerate(message.choices):
        button = InlineKeyboardButton(choice.label, callback_data=choice_id(message, index))
        if choice.group == "feedback":
            feedback.append(button)
        else:
            rows.append([button])
    return InlineKeyboardMarkup([*rows, *([feedback] if feedback else [])]) if message.choices else None
