from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from isotopes.errors import VaultError
from isotopes.vault.storage.private_file import private_file, write_private


def no_links(*_: Any) -> None:
    raise PermissionError("no hard links on this file system")


@pytest.fixture(params=["hard links", "no hard links"], autouse=True)
def _file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "no hard links":
        monkeypatch.setattr(os, "link", no_links)


def test_it_appears_whole_and_private(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    path = tmp_path / "folder" / "file"
    with private_file(path) as temporary:
        temporary.write_bytes(b"half")
        assert not path.exists()
        temporary.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), private_file(tmp_path / "file"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_another_process_made_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(VaultError, match="file exists already"), private_file(path):
        path.write_text("theirs")
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_a_dangling_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "file").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VaultError, match="file exists already"):
        write_private(tmp_path / "file", b"x")
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "nowhere"):
        with pytest.raises(VaultError, match=f"there is no folder {folder}"):
            write_private(folder / "inner", b"x")
    assert not (tmp_path / "nowhere").exists()
