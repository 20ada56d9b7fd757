from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import isotopes
from isotopes.files import atomic_write


@pytest.fixture(params=["hard links", "no hard links"])
def _file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: Any) -> None:
        raise PermissionError("no hard links on this file system")

    if request.param == "no hard links":
        monkeypatch.setattr(os, "link", no_links)


@pytest.mark.parametrize("settings", [{}, {"durable": True}, {"replace": False}])
def test_a_file_appears_whole(tmp_path: Path, settings: dict[str, bool]) -> None:
    path = tmp_path / "file"
    with atomic_write(path, **settings) as part:
        part.write_bytes(b"half")
        assert not path.exists()
        part.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(error), atomic_write(path) as part:
        part.write_text("new")
        raise error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("mode", "umask", "wanted"), [(0o666, 0o022, 0o644), (0o600, 0, 0o600)])
def test_permissions_hold_from_the_first_byte_on(
    tmp_path: Path, mode: int, umask: int, wanted: int
) -> None:
    before = os.umask(umask)
    try:
        with atomic_write(tmp_path / "file", mode=mode) as part:
            assert stat.S_IMODE(part.stat().st_mode) == wanted
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == wanted


@pytest.mark.usefixtures("_file_system")
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_what_is_there_can_be_kept(tmp_path: Path, when: str) -> None:
    path = tmp_path / "file"
    if when == "before":
        path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError) as caught, atomic_write(path, replace=False) as part:
        path.write_text("theirs")
        part.write_text("ours")
    assert caught.value.filename == str(path)
    assert list(tmp_path.iterdir()) == [path]
    if when == "before":
        assert path.is_symlink()
    else:
        assert path.read_text() == "theirs"


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 127)
    with atomic_write(path) as part:
        part.write_text("x")
    assert path.read_text() == "x"


def test_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"

    def write(number: int) -> None:
        with atomic_write(path) as part:
            part.write_bytes(bytes([number]) * 100_000)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(64)))
    assert len(set(path.read_bytes())) == 1
    assert path.stat().st_size == 100_000
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_process_leaves_the_old_contents(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from isotopes.files import atomic_write\n"
        "with atomic_write(Path(sys.argv[1])) as part:\n"
        "    part.write_text('new'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def test_no_second_way_to_write_whole_files() -> None:
    """Marking has a protocol of its own: `photos/run/engine.py` says why."""
    source = Path(isotopes.__file__).parent
    for path in source.rglob("*.py"):
        text = path.read_text()
        if path.name != "files.py":
            assert "mkstemp" not in text, path
            assert "NamedTemporaryFile" not in text, path
            assert "os.replace" not in text, path
            assert "part.replace(" not in text, path
            assert "partial.replace(" not in text, path
