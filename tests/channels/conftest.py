"""What all channel tests share: a log that must hold nothing personal, and an eye on who is called."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest
from logbook import Log


@pytest.fixture(autouse=True, scope="session")
def _few_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test speaks TLS, and reading all of the world's certificates for each client takes longer than the tests do."""
    one, end, _ = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----\n")
    file = tmp_path_factory.mktemp("tls") / "one.pem"
    file.write_text(one + end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield


@pytest.fixture(autouse=True)
def log() -> Iterator[Log]:
    """The log of this test. Tests and fakes tell it what must not be in it."""
    with Log().capture() as log:
        yield log
    assert log.leaks == []


@pytest.fixture(autouse=True)
def strangers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Who was called beyond this machine. tests/conftest.py refuses it; libraries may swallow that, so it is noted here."""
    called: list[str] = []

    def noting(refuse: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return refuse(*args, **kwargs)
            except AssertionError as error:
                called.append(str(error))
                raise

        return call

    monkeypatch.setattr(socket, "getaddrinfo", noting(socket.getaddrinfo))
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, noting(getattr(socket.socket, name)))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    yield called
    assert called == []
