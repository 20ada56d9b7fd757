"""kill -9 at any moment, then again: nothing is lost, nothing is marked twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from eventually import eventually, wait_until_gone
from photo_files import encode, scene

from isotopes.errors import FolderError
from isotopes.photos.run.journal import open_journal

PHOTOS = 24
SCRIPT = """
import sys
from pathlib import Path

from isotopes.marks import get_family
from isotopes.photos import Workers, mark_photos, plan_jobs, scan


def main(source: Path, output: Path, journal: Path, workers: int) -> None:
    entries = scan(source)
    mark = get_family("gratings").draw(bytes(32), 0)
    marks = dict.fromkeys([entry.name for entry in entries][::2], mark)
    jobs, left_out = plan_jobs(entries, source, output, marks, alpha=0.4)
    say = lambda done, total, name: print(done, flush=True)
    with Workers(workers) as pool:
        mark_photos(jobs, output=output, journal=journal, workers=pool, progress=say)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]), int(sys.argv[4]))
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("kill")
    (room / "photos/album").mkdir(parents=True)
    for number in range(PHOTOS):
        folder = room / "photos" / ("album" if number % 2 else ".")
        folder.joinpath(f"{number}.jpg").write_bytes(encode(scene(300, 400, number), "JPEG"))
    (room / "run.py").write_text(SCRIPT)
    with start(room, "whole", 1) as process:
        process.communicate()
    return room


def start(room: Path, name: str, workers: int) -> subprocess.Popen[str]:
    paths = (room / "photos", room / name, room / f"{name}.sqlite")
    command = [sys.executable, room / "run.py", *paths, str(workers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def kill_after(process: subprocess.Popen[str], done: int) -> None:
    """SIGKILL once the run has told that so many files are finished, or a little later."""
    with process:
        assert process.stdout is not None
        while int(process.stdout.readline()) < done:
            pass
        time.sleep(done % 5 / 200)  # so that it strikes in different steps
        process.send_signal(signal.SIGKILL)


def wait_until_free(journal: Path) -> None:
    """The killed process's lock goes with it; its workers end by themselves."""

    def free() -> bool:
        try:
            with open_journal(journal):
                return True
        except FolderError:
            return False

    eventually(free, what="the end of the lock")


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL there")
@pytest.mark.parametrize(("workers", "kills"), [(1, (1, 7, 13)), (2, (2, 11))])
def test_killed_runs_end_as_an_uninterrupted_one(
    room: Path, workers: int, kills: tuple[int, ...]
) -> None:
    name = f"killed-{workers}"
    for done in kills:
        kill_after(start(room, name, workers), done)
        wait_until_free(room / f"{name}.sqlite")
        left = files(room / name)
        whole = files(room / "whole")
        finished = {key: data for key, data in left.items() if not key.endswith(".part")}
        assert done <= len(finished) < PHOTOS
        assert all(data == whole[key] for key, data in finished.items())
    inodes = {key: (room / name / key).stat().st_ino for key in finished}
    with start(room, name, workers) as process:
        process.communicate()
    assert process.returncode == 0
    assert files(room / name) == files(room / "whole")
    assert {key: (room / name / key).stat().st_ino for key in inodes} == inodes


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_no_process_outlives_a_killed_run(room: Path) -> None:
    process = start(room, "orphans", 2)
    assert process.stdout is not None
    process.stdout.readline()
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    children = [int(number) for number in listed.split()]
    assert len(children) >= 2
    kill_after(process, 2)
    for child in children:
        wait_until_gone(child)
