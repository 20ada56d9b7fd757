"""File systems that don't keep all that the original had: the file is written all the same."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from isotopes.errors import FolderError
from isotopes.photos.run.writing import Refused, store


@pytest.fixture
def status(tmp_path: Path) -> os.stat_result:
    path = tmp_path / "original"
    path.write_bytes(b"")
    path.chmod(0o640)
    os.utime(path, (1_500_000_000, 1_500_000_000))
    return path.stat()


STEPS = {
    "permissions": (Path, "chmod"),
    "times": (os, "utime"),
    "safety against a loss of power": (os, "fsync"),
}


@pytest.mark.parametrize("what", STEPS)
@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL, None])
def test_what_a_file_system_does_not_keep_is_told(
    tmp_path: Path,
    status: os.stat_result,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    number: int | None,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotImplementedError if number is None else OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(*STEPS[what], refuse)
        stored = store(tmp_path / "new/part", iter([b"pic", b"ture"]), status)
    assert stored.missing == (what,)
    assert (tmp_path / "new/part").read_bytes() == b"picture"
    kept = (tmp_path / "new/part").stat()
    if what != "permissions":
        assert kept.st_mode == status.st_mode
    if what != "times":
        assert kept.st_mtime_ns == status.st_mtime_ns


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("step", ["utime", "fsync"])
def test_what_would_meet_every_file_ends_the_run(
    tmp_path: Path,
    status: os.stat_result,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    number: int,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(FolderError, match=os.strerror(number)):
            store(tmp_path / "part", iter([b"picture"]), status)
    assert not (tmp_path / "part").exists()


def test_a_name_that_is_too_long_is_refused_alone(tmp_path: Path, status: os.stat_result) -> None:
    with pytest.raises(Refused, match="the output folder refuses it: File name too long"):
        store(tmp_path / ("n" * 300) / "part", iter([b"picture"]), status)


def test_a_file_that_is_in_the_way_stays(tmp_path: Path, status: os.stat_result) -> None:
    (tmp_path / "folder").write_bytes(b"mine")
    with pytest.raises(Refused, match="the output folder refuses it"):
        store(tmp_path / "folder/part", iter([b"picture"]), status)
    assert (tmp_path / "folder").read_bytes() == b"mine"


def test_what_fails_in_the_original_is_no_fault_of_the_output(
    tmp_path: Path, status: os.stat_result
) -> None:
    def pieces() -> object:
        yield b"half"
        raise ValueError("the original ended")

    with pytest.raises(ValueError, match="the original ended"):
        store(tmp_path / "part", pieces(), status)
    assert not (tmp_path / "part").exists()
