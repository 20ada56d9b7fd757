"""Small jobs of many threads are done in groups, each once, and a failure is its leader's alone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from isotopes.targets.asking.group_commit import Job, Together


class Square(Job):
    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.result = 0


class Squares:
    """Holds its first group back until it is told to go on, so that others gather behind it."""

    def __init__(self, fail: bool = False) -> None:
        self.groups: list[list[int]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.fail = fail

    def work(self, group: Sequence[Square]) -> None:
        self.groups.append([job.number for job in group])
        if len(self.groups) == 1:
            self.begun.set()
            assert self.go_on.wait(30)
        elif self.fail and len(self.groups) == 2:
            raise ValueError(f"{group[0].number} leads")
        for job in group:
            job.result = job.number**2


def gather(
    together: Together[Square], squares: Squares, threads: ThreadPoolExecutor
) -> list[Future[Square]]:
    """The first job, held back, and five that wait behind it; then all may go on."""
    started = [threads.submit(together.do, Square(0))]
    assert squares.begun.wait(30)
    for number in range(1, 6):
        started.append(threads.submit(together.do, Square(number)))
        while len(together._waiting) < number:
            pass
    squares.go_on.set()
    return started


def test_what_waits_is_done_at_once() -> None:
    squares = Squares()
    together = Together(squares.work)
    with ThreadPoolExecutor(6) as threads:
        started = gather(together, squares, threads)
        assert [future.result(30).result for future in started] == [0, 1, 4, 9, 16, 25]
    assert squares.groups == [[0], [1, 2, 3, 4, 5]]
    assert together.do(Square(6)).result == 36


def test_a_failure_is_told_to_one_and_the_others_are_done() -> None:
    squares = Squares(fail=True)
    together = Together(squares.work)
    with ThreadPoolExecutor(6) as threads:
        _, leader, *others = gather(together, squares, threads)
        with pytest.raises(ValueError, match="1 leads"):
            leader.result(30)
        assert [future.result(30).result for future in others] == [4, 9, 16, 25]
    assert squares.groups == [[0], [1, 2, 3, 4, 5], [2, 3, 4, 5]]


def test_many_threads_lose_no_job() -> None:
    done: list[int] = []
    together: Together[Square] = Together(lambda group: done.extend(job.number for job in group))
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda number: together.do(Square(number)), range(2000)))
    assert sorted(done) == list(range(2000))


@pytest.mark.parametrize("appointed", [False, True])
def test_who_is_interrupted_leaves_the_others_their_turn(
    monkeypatch: pytest.MonkeyPatch, appointed: bool
) -> None:
    squares = Squares()
    together = Together(squares.work)

    class Interrupted:
        """A signal on whose waiter a person presses Ctrl-C, before it comes or after."""

        def acquire(self) -> None:
            if appointed:
                squares.go_on.set()
                while not mine.leads:
                    pass
            raise KeyboardInterrupt

        def release(self) -> None:
            pass

    mine = Square(1)
    monkeypatch.setattr(mine, "called", Interrupted())
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(together.do, Square(0))
        assert squares.begun.wait(30)
        with pytest.raises(KeyboardInterrupt):
            together.do(mine)
        squares.go_on.set()
        assert first.result(30).result == 0
    assert together.do(Square(2)).result == 4
    assert squares.groups == [[0], [2]]
