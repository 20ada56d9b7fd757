"""Jobs of several processes in one folder, without a browser."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from eventually import eventually

from isotopes.app.job_files import Jobs
from isotopes.app.jobs import BackgroundJob
from isotopes.errors import IsotopesError


def test_work_of_another_process_is_watched_and_not_begun_again(tmp_path: Path) -> None:
    """Another process is another `Jobs`: locks don't know who holds them."""
    ours, theirs, go_on = Jobs(tmp_path), Jobs(tmp_path), threading.Event()

    def work(job: BackgroundJob) -> dict[str, int]:
        job.progress(3, 12)
        go_on.wait(60)
        return {"found": 1}

    job = ours.start("mark", "Marking", {}, work)
    (seen,) = theirs.listed()
    assert (seen.state, seen.over) == ("elsewhere", False)
    eventually(lambda: theirs.listed()[0].percent == 25, what="progress")
    with pytest.raises(IsotopesError, match="in another window"), theirs.replaced(seen):
        raise AssertionError("it was begun again")
    go_on.set()
    eventually(lambda: theirs.listed()[0].state == "done", what="the end")
    eventually(lambda: job.over, what="the end")
    assert theirs.listed()[0].outcome == {"found": 1}


def test_interrupted_work_is_resumed_by_one_alone(tmp_path: Path) -> None:
    kept = {"id": "ab" * 8, "kind": "mark", "title": "Marking", "request": {}, "started": 1.0}
    (tmp_path / f"{kept['id']}.json").write_text(json.dumps({**kept, "state": "running"}))
    (tmp_path / "other.json").write_text("[1]")  # of another version
    ours, theirs = Jobs(tmp_path), Jobs(tmp_path)
    (job,), (same,) = ours.listed(), theirs.listed()
    assert job.state == same.state == "interrupted"
    with ours.replaced(job), pytest.raises(IsotopesError), theirs.replaced(same):
        raise AssertionError("both began it")
    with pytest.raises(IsotopesError), theirs.replaced(same):
        raise AssertionError("it was begun twice")
    assert ours.listed() == theirs.listed() == []


def test_work_that_could_not_be_begun_again_stays_on_the_list(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)

    def work(_: BackgroundJob) -> dict[str, int]:
        raise IsotopesError("no", hint="try later")

    job = jobs.start("mark", "Marking", {}, work)
    eventually(lambda: job.over, what="the end")
    assert "try later" in job.error
    with pytest.raises(IsotopesError, match="locked"), jobs.replaced(job):
        raise IsotopesError("the vault is locked")
    assert jobs.listed() == [job]
