"""What every keeper of files promises, for the real one and the fake."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from fakes import FakeFiles, Killed

from hotline.files import LocalFiles
from hotline.ports import Files
from hotline.store import Cipher
from hotline.store.cipher import CipherError

SECRET = b"\xff\xd8 what the photo shows \x00\x01"


@pytest.fixture(params=["a folder", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path, cipher: Cipher) -> Files:
    return LocalFiles(tmp_path / "files", cipher) if request.param == "a folder" else FakeFiles()


def test_bytes_come_back_as_they_were(files: Files, new_id) -> None:
    one, other, empty = new_id(), new_id(), new_id()
    for id, content in ((one, SECRET), (other, SECRET * 1000), (empty, b"")):
        files.put(id, content)
    assert (files.get(one), files.get(other), files.get(empty)) == (SECRET, SECRET * 1000, b"")


def test_a_file_that_is_put_again_is_replaced(files: Files, new_id) -> None:
    id = new_id()
    files.put(id, b"first")
    files.put(id, b"second")
    assert files.get(id) == b"second"


def test_a_file_that_is_not_there_is_a_key_error_that_names_it(files: Files) -> None:
    with pytest.raises(KeyError, match="00000000-0000-0000-0000-000000000009"):
        files.get(UUID(int=9))


def test_on_disk_nobody_can_read_what_a_photo_shows(tmp_path: Path, cipher: Cipher, new_id) -> None:
    id = new_id()
    LocalFiles(tmp_path, cipher).put(id, SECRET)
    on_disk = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(on_disk) == 1
    assert b"what the photo shows" not in on_disk[0]
    assert LocalFiles(tmp_path, cipher).get(id) == SECRET
    with pytest.raises(CipherError):
        LocalFiles(tmp_path, Cipher(Fernet.generate_key().decode())).get(id)


def test_a_process_killed_while_it_writes_leaves_no_half_file(tmp_path: Path, cipher: Cipher, new_id, monkeypatch: pytest.MonkeyPatch) -> None:
    files, id = LocalFiles(tmp_path, cipher), new_id()

    def killed(*given: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", killed)
        with pytest.raises(Killed):
            files.put(id, SECRET)
    with pytest.raises(KeyError):
        files.get(id)
    files.put(id, SECRET)
    assert files.get(id) == SECRET
