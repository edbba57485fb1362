"""The gateway over a fresh store, with a fake dialogue, and what tests ask about it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import uvicorn
from fakes import FakeDialogue, FakeFiles

from channels.base import Reception
from channels.gateway import build
from hotline.city import City
from hotline.conversations import say
from hotline.messages import Address, Message, Reply
from hotline.ports import Channel
from hotline.store import SqlStore, tables


class Gateway:
    """A gateway process. Several over one store are what a restart, or a second machine, is."""

    def __init__(
        self, store: SqlStore, city: City, clock: Callable[[], datetime], new_id: Callable[[], UUID],
        *, channels: Mapping[str, Channel] | None = None, public_url: str = "",
    ) -> None:  # fmt: skip
        self.store = store
        self.city = city
        self.dialogue = FakeDialogue()
        self.files = FakeFiles()
        self.reception = Reception(store, self.dialogue, self.files, city, channels or {}, clock, new_id)
        self.app = build(self.reception, public_url=public_url, secret="a secret of the tests", survey_secret="another", is_ready=self._is_ready)

    async def __aenter__(self) -> Gateway:
        self._life = self.app.router.lifespan_context(self.app)
        await self._life.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._life.__aexit__(None, None, None)

    def client(self, **options: Any) -> httpx.AsyncClient:
        """A client whose requests go to the application without a network. Errors come as 500, as they would over one."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=("127.0.0.1", 50_000))
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=5, **options)

    async def settled(self) -> None:
        """Wait until no turn is under way."""
        await self.reception.close()

    def say(self, to: Address, reply: Reply, *, delivered: bool = False) -> Message:
        """Say something, as a worker or an operator would: another process, so nobody here is told."""
        reception = self.reception
        with self.store.transaction() as tx:
            now = reception.clock()
            conversation = tx.conversations.at(to) or tx.conversations.open(to, now=now, new_id=reception.new_id)
            [message] = say(tx, conversation.id, [reply], now=now, new_id=reception.new_id)
            if delivered:
                tx.messages.set_sent(message.id)
        return message

    def messages(self, citizen: Address) -> list[Message]:
        """The citizen's conversation."""
        with self.store.transaction() as tx:
            conversation = tx.conversations.at(citizen)
            return tx.messages.of(conversation.id) if conversation else []

    def message(self, id: UUID) -> Message:
        with self.store.transaction() as tx:
            return tx.messages.get(id)

    async def _is_ready(self) -> bool:
        return not self.dialogue.away


@asynccontextmanager
async def served(gateway: Gateway) -> AsyncIterator[str]:
    """The gateway on a free port, with uvicorn as it is run for real. Yields its address."""
    config = uvicorn.Config(
        gateway.app, host="127.0.0.1", port=0, log_config=None, log_level="warning", access_log=False, timeout_graceful_shutdown=1
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        await server.shutdown()


def snapshot(store: SqlStore) -> dict[str, list[Any]]:
    """All rows of the database, to see that nothing has changed."""
    with store.engine.connect() as connection:
        return {name: sorted(map(tuple, connection.exec_driver_sql(f"select * from {name}")), key=repr) for name in tables.metadata.tables}


async def eventually(condition: Callable[[], Any], seconds: float = 5) -> None:
    """Wait for what happens in the background. Fails when it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.005)
