"""Settings: all have defaults, all wrong ones are told together, and the page about them is complete."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from fakes import ROOT

from hotline import settings
from hotline.settings import Settings, SettingsError


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away from a .env that someone may have, with data of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JIESU_DATA", str(tmp_path / "data"))


def test_none_is_needed_to_begin() -> None:
    assert settings.load().gateway_port == 8000


def test_all_wrong_ones_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"GATEWAY_PORT": "99999", "DATABASE": "mysql://x", "PUBLIC_URL": "hotline.example", "ENCRYPTION_KEY": "short", "LOG_LEVEL": "loud"}
    for name, value in wrong.items():
        monkeypatch.setenv(f"JIESU_{name}", value)
    with pytest.raises(SettingsError) as error:
        settings.load()
    for name in wrong:
        assert f"JIESU_{name}:" in str(error.value)


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIESU_ENCRYPTION_KEY", "my-precious-secret")
    with pytest.raises(SettingsError) as error:
        settings.load()
    assert "precious" not in str(error.value)


def test_a_misspelt_setting_in_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("JIESU_TELEGRAM_TOKNE=1\n")
    with pytest.raises(SettingsError, match="TOKNE"):
        settings.load()


def test_the_key_is_made_once_and_only_its_owner_can_read_it() -> None:
    first = settings.load()
    assert first.keys == settings.load().keys
    assert stat.S_IMODE((first.data / "encryption.key").stat().st_mode) == 0o600


def test_our_own_secrets_come_from_the_oldest_key_and_differ_by_purpose() -> None:
    s = settings.load()
    changed = s.model_copy(update={"encryption_key": type(s.encryption_key)(f"{'A' * 43}=,{s.keys}")})
    assert s.derived("one") != s.derived("two")
    assert changed.derived("one") == s.derived("one"), "a new key in front signs nobody out"


def test_the_page_explains_every_setting_and_no_other() -> None:
    explained = set(re.findall(r"^\| `(JIESU_[A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert explained == {f"JIESU_{name.upper()}" for name in Settings.model_fields}
