from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import threadpoolctl

from isotopes.photos import WorkerLimits, Workers, count_workers
from isotopes.photos.run.limits import GIB
from isotopes.photos.run.pool import Call, Lost


@pytest.fixture(scope="module")
def one() -> Iterator[Workers]:
    with Workers(1, polite=True) as workers:
        yield workers


def results(workers: Workers, *calls: tuple[object, ...]) -> list[object]:
    """In the order of the calls."""
    made = (Call(number, call[0], call[1:]) for number, call in enumerate(calls))
    return [result for _, result in sorted(workers.run(made), key=lambda pair: pair[0])]


def test_a_process_for_every_eight_files_and_at_least_one() -> None:
    assert [count_workers(files) for files in (0, 1, 15)] == [1, 1, 1]
    assert count_workers(10_000) == len(os.sched_getaffinity(0))


def test_results_come_back_and_exceptions_are_raised(one: Workers) -> None:
    assert results(one, (abs, -1), (len, "four")) == [1, 4]
    assert results(one, (os.nice, 0)) == [min(os.nice(0) + 10, 19)]  # it lets others go first
    with pytest.raises(ValueError, match="invalid literal"):
        results(one, (int, "x"))
    assert results(one, (abs, -2)) == [2]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (signal.SIGSEGV, "its decoder crashed"),
        (signal.SIGABRT, "its decoder crashed"),
        (signal.SIGKILL, "its process was killed, as it is where no memory is left"),
    ],
)
def test_a_crash_costs_its_own_call_only(one: Workers, number: int, reason: str) -> None:
    found = results(one, (abs, -1), (signal.raise_signal, number), (abs, -2), (abs, -3))
    assert found == [1, Lost(reason), 2, 3]


def test_what_takes_too_long_is_ended_but_for_what_may() -> None:
    with Workers(1, WorkerLimits(seconds=0.5)) as workers:
        assert results(workers, (time.sleep, 60), (abs, -1)) == [
            Lost("it took too long to decode"),
            1,
        ]
        patient = Call("copy", time.sleep, (1.0,), endless=True)
        assert list(workers.run([patient])) == [("copy", None)]


def test_calls_wait_until_their_memory_fits_together() -> None:
    with Workers(2, WorkerLimits(together=10)) as workers:
        calls = [Call(number, started_at, (), memory=6) for number in range(4)]
        large = Call("alone", started_at, (), memory=100)  # nothing else runs beside it
        spans = [span for _, span in workers.run([*calls, large])]
    spans.sort()
    assert all(end <= start for (_, end), (start, _) in zip(spans, spans[1:], strict=False))


def started_at() -> tuple[float, float]:
    start = time.monotonic()
    time.sleep(0.05)
    return start, time.monotonic()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux only")
def test_the_system_refuses_a_worker_more_than_its_memory() -> None:
    with Workers(1, WorkerLimits(picture=GIB)) as workers:
        with pytest.raises(MemoryError):
            results(workers, (bytearray, 3 * GIB))
        assert results(workers, (allocate, GIB)) == [GIB]
        ((limit, _),) = results(workers, (resource.getrlimit, resource.RLIMIT_DATA))
    assert 2 * GIB < limit < 3 * GIB


def allocate(size: int) -> int:
    return len(bytearray(size))


def test_a_worker_leaves_the_other_cores_alone(one: Workers) -> None:
    (libraries,) = results(one, (threadpoolctl.threadpool_info,))
    assert {library["num_threads"] for library in libraries} == {1}


def test_a_worker_never_sees_ctrl_c(one: Workers) -> None:
    (blocked,) = results(one, (signal.pthread_sigmask, signal.SIG_BLOCK, []))
    assert signal.SIGINT in blocked


def test_whoever_stops_early_ends_the_processes() -> None:
    workers = Workers(2)
    calls = [Call(number, os.getpid, ()) for number in range(3)]
    calls += [Call(number, time.sleep, (30,)) for number in range(3, 8)]
    run = workers.run(calls)
    _, pid = next(run)
    start = time.monotonic()
    run.close()
    assert time.monotonic() - start < 10
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_decoders_print_reaches_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with Workers(1) as workers:
        assert results(workers, (os.write, 1, b"out"), (os.write, 2, b"error")) == [3, 5]
    assert capfd.readouterr() == ("", "")
