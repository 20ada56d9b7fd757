from __future__ import annotations

import threading

import pytest

from isotopes.targets.asking.thread_pool import Crew


def test_each_task_has_its_own_result() -> None:
    crew = Crew(lambda number: number * number, most=4)
    tasks = [crew.begin(number) for number in range(100)]
    assert [task.result() for task in tasks] == [number * number for number in range(100)]
    crew.leave()


def test_no_more_threads_than_tasks_or_than_allowed() -> None:
    gate = threading.Event()
    before = threading.active_count()
    crew = Crew(lambda _: gate.wait(10), most=3)
    crew.begin(0)
    assert threading.active_count() == before + 1
    for number in range(1, 6):
        crew.begin(number)
    assert threading.active_count() == before + 3
    gate.set()
    crew.leave()
    assert threading.active_count() == before


def test_an_error_is_raised_for_whoever_asks_and_the_rest_goes_on() -> None:
    crew = Crew(lambda number: 1 / number, most=1)
    broken, fine = crew.begin(0), crew.begin(4)
    with pytest.raises(ZeroDivisionError):
        broken.result()
    assert fine.result() == 0.25
    assert not broken.succeeded
    assert fine.succeeded
    crew.leave()


def test_what_was_not_begun_is_dropped() -> None:
    begun, gate = threading.Event(), threading.Event()
    done = []

    def work(number: int) -> int:
        begun.set()
        gate.wait(10)
        done.append(number)
        return number

    crew = Crew(work, most=1)
    first, second = crew.begin(1), crew.begin(2)
    begun.wait(10)
    crew.drop()
    gate.set()
    assert first.succeeded
    assert not second.succeeded
    assert done == [1]
    crew.leave()
