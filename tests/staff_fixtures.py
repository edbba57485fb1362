"""Fixtures for tests of the staff pages; a test module names this one in `pytest_plugins`."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import nicegui
import pytest
from fakes import Clock, FakeFiles
from fastapi import FastAPI
from nicegui.testing import User
from staffed import CURRENT, Current, Guessing

from hotline import access
from hotline.city import City
from hotline.store import SqlStore
from staff.library import Library
from staff.office import Office
from staff.server import build


@pytest.fixture
def current(store: SqlStore, clock: Clock, new_id: Callable[[], UUID], monkeypatch: pytest.MonkeyPatch) -> Current:
    """A store of its own for each test. Passwords are hashed quickly: that they are hashed well is tested elsewhere."""
    CURRENT.store, CURRENT.clock, CURRENT.new_id, CURRENT.files = store, clock, new_id, FakeFiles()
    monkeypatch.setattr(access, "_scrypt", lambda password, salt: hashlib.sha256(salt + password.encode()).digest())
    return CURRENT


@pytest.fixture(scope="session")
def app(city: City, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return build(
        CURRENT, city, CURRENT, secret="nothing secret", data=tmp_path_factory.mktemp("staff"), survey_delay_minutes=30, secure=False,
        clock=lambda: CURRENT.clock(), new_id=lambda: CURRENT.new_id(), open_knowledge=CURRENT.open_knowledge, open_categories=Guessing,
    )  # fmt: skip


@pytest.fixture
def office(current: Current, city: City, tmp_path: Path) -> Office:
    return Office(current, city, current, "nothing secret", tmp_path, timedelta(minutes=30), False, current.clock, current.new_id,
                  Library(current, current.open_knowledge, current.clock, current.new_id), Guessing)  # fmt: skip


@pytest.fixture
async def web(app: FastAPI, current: Current) -> AsyncIterator[httpx.AsyncClient]:
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.fixture
def seat(web: httpx.AsyncClient) -> Iterator[User]:
    """Someone at an open page, who presses its buttons."""
    before = nicegui.ui.navigate, nicegui.ui.notify, nicegui.ui.download
    yield User(web)
    nicegui.ui.navigate, nicegui.ui.notify, nicegui.ui.download = before
