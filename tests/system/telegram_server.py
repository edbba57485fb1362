"""Telegram's server beside the running system."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "channels"))
from fake_telegram import FakeTelegram


class Telegram:
    """Telegram's server as far as a bot can tell, in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.fake = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    async def _start(self) -> FakeTelegram:
        fake = FakeTelegram()
        await fake.start()
        return fake

    def push(self, **update: object) -> None:
        self._loop.call_soon_threadsafe(lambda: self.fake.push(**update))

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self.fake.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
