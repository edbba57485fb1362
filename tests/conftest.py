"""What all tests share: a clock one can move, ids that are the same every time, a fresh database, and no network."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
# pytest started as a program has only the tests on its path.
for folder in (ROOT, ROOT / "tests"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from fakes import KEY, Clock, make_ids, refuse_network  # noqa: E402

from hotline.city import City  # noqa: E402
from hotline.store import Cipher, SqlStore, open_store  # noqa: E402

# The same examples every time, none kept between runs; how long one takes depends on the machine.
settings.register_profile("jiesu", derandomize=True, deadline=None, database=None, max_examples=50)
settings.load_profile("jiesu")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def new_id() -> Callable[[], UUID]:
    return make_ids()


@pytest.fixture(scope="session")
def city() -> City:
    """The city as it ships."""
    return City.load(ROOT / "city")


@pytest.fixture(scope="session")
def cipher() -> Cipher:
    return Cipher(KEY)


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory: pytest.TempPathFactory, cipher: Cipher) -> Iterator[tuple[SqlStore, Path, Path]]:
    """One store for the whole run, its file, and the file as it is after the migrations."""
    file = tmp_path_factory.mktemp("database") / "jiesu.db"
    store = open_store(f"sqlite:///{file}", cipher, migrate=True)
    store.close()  # and with it everything is in the one file
    yield store, file, Path(shutil.copy(file, file.with_name("migrated.db")))
    store.close()


@pytest.fixture
def sqlite(_sqlite: tuple[SqlStore, Path, Path]) -> Iterator[SqlStore]:
    """An SQLite store with all tables and nothing in them."""
    # The engine stays, because it knows by now how every statement is written; its file is a fresh one.
    store, file, migrated = _sqlite
    for rest in file.parent.glob("jiesu.db-*"):
        rest.unlink()
    shutil.copy(migrated, file)
    yield store
    store.close()


@pytest.fixture
def store(sqlite: SqlStore) -> SqlStore:
    """The store of a test. The contract of stores has it in both kinds."""
    return sqlite


@pytest.fixture
def anyio_backend() -> str:
    """For async tests, which are marked `anyio`."""
    return "asyncio"


def pytest_configure(config: pytest.Config) -> None:
    """No test talks to the world: one that would is wrong, or the code has a door nobody knows of."""
    config.add_cleanup(refuse_network())
