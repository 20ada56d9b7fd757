"""Small jobs of many threads are done in groups, each once; a failure is its leader's alone."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from eventually import eventually

from isotopes.targets.asking.group_commit import GroupCommit, QueuedRequest


class Square(QueuedRequest):
    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.result = 0


class Squares:
    """Holds its first group back until it is released, so that others gather behind it."""

    def __init__(self, fail: bool = False) -> None:
        self.groups: list[list[int]] = []
        self.begun, self.released = threading.Event(), threading.Event()
        self.fail = fail

    def work(self, group: Sequence[Square]) -> None:
        self.groups.append([job.number for job in group])
        if len(self.groups) == 1:
            self.begun.set()
            assert self.released.wait(30)
        elif self.fail and len(self.groups) == 2:
            raise ValueError("it failed")
        for job in group:
            job.result = job.number**2


def gather(
    commit: GroupCommit[Square], squares: Squares, threads: ThreadPoolExecutor
) -> list[Future[Square]]:
    """The first job, held back, and five that wait behind it; then all may go on."""
    started = [threads.submit(commit.do, Square(0))]
    assert squares.begun.wait(30)
    for number in range(1, 6):
        started.append(threads.submit(commit.do, Square(number)))
        eventually(lambda number=number: commit.waiting == number)
    squares.released.set()
    return started


def test_jobs_that_wait_are_done_together() -> None:
    squares = Squares()
    commit = GroupCommit(squares.work)
    with ThreadPoolExecutor(6) as threads:
        started = gather(commit, squares, threads)
        assert [future.result(30).result for future in started] == [0, 1, 4, 9, 16, 25]
    assert squares.groups == [[0], [1, 2, 3, 4, 5]]
    assert commit.do(Square(6)).result == 36


def test_a_failure_reaches_one_thread_and_the_other_jobs_are_done() -> None:
    squares = Squares(fail=True)
    commit = GroupCommit(squares.work)
    with ThreadPoolExecutor(6) as threads:
        first, *others = gather(commit, squares, threads)
        assert first.result(30).result == 0
        failures = [future.exception(30) for future in others]
    assert [str(failure) for failure in failures if failure] == ["it failed"]
    done = [
        other.result().result
        for other, failure in zip(others, failures, strict=True)
        if not failure
    ]
    assert len(done) == 4
    failed = next(number for number, failure in enumerate(failures, 1) if failure)
    assert squares.groups[:2] == [[0], [1, 2, 3, 4, 5]]
    assert squares.groups[2] == [number for number in range(1, 6) if number != failed]


def test_many_threads_lose_no_job() -> None:
    done: list[int] = []
    commit: GroupCommit[Square] = GroupCommit(
        lambda group: done.extend(job.number for job in group)
    )
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda number: commit.do(Square(number)), range(2000)))
    assert sorted(done) == list(range(2000))


def test_an_interrupted_thread_withdraws_its_job_and_holds_nobody_up() -> None:
    squares = Squares()
    commit = GroupCommit(squares.work)

    def press_ctrl_c() -> None:
        eventually(lambda: commit.waiting == 1)
        os.kill(os.getpid(), signal.SIGINT)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(commit.do, Square(0))
        assert squares.begun.wait(30)
        pressed = threads.submit(press_ctrl_c)
        with pytest.raises(KeyboardInterrupt):
            commit.do(Square(1))
        pressed.result(30)
        assert commit.waiting == 0
        squares.released.set()
        assert first.result(30).result == 0
    assert commit.do(Square(2)).result == 4
    assert squares.groups == [[0], [2]]
