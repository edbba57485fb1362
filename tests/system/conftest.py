"""The whole system, started for real, with a Telegram of its own beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.running import System, start, stop
from tests.system.telegram_server import Telegram


@pytest.fixture(scope="session")
def telegram() -> Iterator[Telegram]:
    telegram = Telegram()
    yield telegram
    telegram.close()


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory, telegram: Telegram) -> Iterator[System]:
    running = start(tmp_path_factory.mktemp("system"), JIESU_TELEGRAM_TOKEN=telegram.fake.token, JIESU_TELEGRAM_API=telegram.fake.url)
    yield running
    stop(running)
