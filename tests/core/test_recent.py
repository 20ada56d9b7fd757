from __future__ import annotations

import threading
from collections.abc import Callable

from isotopes.recent import Remembered, remember


def counted(limit: int) -> tuple[Remembered[[int], bytes], list[int]]:
    made: list[int] = []

    @remember(limit, len)
    def zeros(size: int) -> bytes:
        made.append(size)
        return bytes(size)

    return zeros, made


def test_what_is_remembered_is_not_made_again() -> None:
    zeros, made = counted(limit=100)
    assert zeros(40) is zeros(40)
    assert made == [40]


def test_the_oldest_goes_when_the_bytes_are_used_up() -> None:
    zeros, made = counted(limit=100)
    zeros(40)
    zeros(50)
    zeros(40)  # now 50 is the oldest
    zeros(30)
    zeros(40)
    assert made == [40, 50, 30]
    zeros(50)
    assert made == [40, 50, 30, 50]


def test_one_that_is_too_large_stays_until_the_next() -> None:
    zeros, made = counted(limit=10)
    zeros(500)
    zeros(500)
    zeros(5)
    zeros(500)
    assert made == [500, 5, 500]


def test_forgetting() -> None:
    zeros, made = counted(limit=100)
    zeros(40)
    zeros.forget()
    zeros(40)
    assert made == [40, 40]


def test_many_threads_at_once_keep_the_count_right() -> None:
    zeros, _ = counted(limit=60)
    run(8, lambda: [len(zeros(size)) for _ in range(50) for size in range(30)])
    assert zeros._used == sum(len(kept) for kept in zeros._kept.values()) <= 60


def run(threads: int, work: Callable[[], object]) -> None:
    all_of_them = [threading.Thread(target=work) for _ in range(threads)]
    for one in all_of_them:
        one.start()
    for one in all_of_them:
        one.join()
