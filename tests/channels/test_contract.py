"""The checks that every channel test stands under catch what they are there for."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

import pytest
import structlog
from fake_telegram import TOKEN, FakeTelegram, busy
from logbook import Log

SAID = "我家住在望京街十号"


async def poll(fake: FakeTelegram, **params: Any) -> list[Any]:
    answer = await fake.answer("getUpdates", params)
    return list(answer.body["result"])


def test_a_citizen_s_words_are_found_in_what_structlog_writes() -> None:
    with Log().capture() as log:
        log.keep_out("what a citizen wrote", SAID)
        structlog.get_logger().debug("turn failed", reason=f"could not read {SAID}")
    assert len(log.leaks) == 1


def test_a_secret_is_found_in_what_the_libraries_write() -> None:
    with Log().capture() as log:
        log.keep_out("the bot's token", TOKEN)
        logging.getLogger("uvicorn.error").error("Exception in ASGI application, %s", TOKEN)
    assert len(log.leaks) == 1


def test_a_secret_is_found_in_a_traceback() -> None:
    with Log().capture() as log:
        log.keep_out("what a citizen wrote", SAID)
        try:
            raise ValueError(SAID)
        except ValueError:
            logging.getLogger("asyncio").exception("Task exception was never retrieved")
    assert len(log.leaks) == 1


def test_the_libraries_that_log_addresses_are_silent() -> None:
    with Log().capture() as log:
        logging.getLogger("httpx").info("HTTP Request: POST https://api.telegram.org/bot%s/getMe", TOKEN)
        logging.getLogger("telegram.Bot").error("…/bot%s/getMe", TOKEN)
    assert log.lines == []


def test_not_even_an_update_that_can_not_be_read_is_logged_by_the_library() -> None:
    with Log().capture() as log:
        logging.getLogger("telegram.Bot").critical("Error while parsing updates! Received data was %r", [{"text": SAID}])
    assert log.lines == []


def test_texts_too_short_to_tell_from_chance_are_not_looked_for() -> None:
    with Log().capture() as log:
        log.keep_out("what a citizen wrote", "是", "1", "")
        structlog.get_logger().info("是1")
    assert log.leaks == []


def test_whoever_is_called_beyond_this_machine_is_noted_even_if_the_error_is_swallowed(strangers: list[str]) -> None:
    with pytest.raises(AssertionError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(AssertionError):
        socket.getaddrinfo("api.telegram.org", 443)
    assert len(strangers) == 2
    strangers.clear()


@pytest.mark.anyio
async def test_answers_that_nobody_came_for_are_known() -> None:
    fake = FakeTelegram()
    fake.will_answer("sendMessage", busy(1), busy(2))
    assert fake.unasked == {"sendMessage": 2}


@pytest.mark.anyio
async def test_the_fake_keeps_updates_until_a_higher_offset_confirms_them() -> None:
    fake = FakeTelegram()
    first, second = fake.push(message={}), fake.push(message={})
    for _ in range(2):
        assert (await poll(fake, timeout=0)) == [first, second]
    assert (await poll(fake, offset=second["update_id"])) == [second]
    assert (await poll(fake, offset=second["update_id"] + 1, timeout=0)) == []
    waiting = asyncio.create_task(poll(fake, offset=second["update_id"] + 1, timeout=5))
    await asyncio.sleep(0)
    third = fake.push(message={})
    assert await asyncio.wait_for(waiting, 1) == [third]
