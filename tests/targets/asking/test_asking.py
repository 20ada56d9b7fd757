from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from content_target import ContentTarget, answer_to, pictures
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.errors import AnswerError, PlanError, TargetUnreachable
from isotopes.targets import Picture, Scores
from isotopes.targets.asking.budget import Budget, Budgeted
from isotopes.targets.asking.canary import Canary
from isotopes.targets.asking.concurrent import ask_ahead, ask_all, concurrency
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.asking.journaled import Journaled
from isotopes.targets.asking.rate_limiter import RateLimited, RateLimiter
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.rate import RateLimit

POOL = pictures(40)
CANARY = pictures(2, seed=1)


@dataclass(frozen=True, eq=False)
class Numbered:
    number: int
    pictures: Sequence[Picture]


def batches(*sizes: int) -> Iterator[Numbered]:
    start = 0
    for number, size in enumerate(sizes):
        yield Numbered(number, POOL[start : start + size])
        start += size


class Slow(ContentTarget):
    """Answers after a time that differs from picture to picture, and notes how many ask at once."""

    def __init__(self, concurrency: int = 1, fail_at: int | None = None) -> None:
        super().__init__()
        self.concurrency = concurrency
        self.fail_at = fail_at
        self.at_once = self.most_at_once = 0
        self._count = threading.Lock()

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        with self._count:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            time.sleep(float(answer_to(pictures[0])[0]) / 200)
            if self.fail_at is not None and pictures[0] is POOL[self.fail_at]:
                raise TargetUnreachable("it broke")
            return super().ask(pictures, gate)
        finally:
            with self._count:
                self.at_once -= 1


@settings(max_examples=40, deadline=None)
@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=8), at_once=st.integers(1, 6))
def test_each_answer_belongs_to_its_picture(sizes: list[int], at_once: int) -> None:
    asked = POOL[: sum(sizes)]
    done: list[int] = []
    scores = ask_all(Slow(at_once), (batch.pictures for batch in batches(*sizes)), done.append)
    np.testing.assert_array_equal(scores.values, [answer_to(picture) for picture in asked])
    assert done == sizes


@settings(max_examples=20, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=8),
    twice=st.lists(st.integers(0, 7), max_size=4),
    at_once=st.integers(1, 6),
)
def test_each_answer_belongs_to_its_picture_through_all_wrappers(
    sizes: list[int], twice: list[int], at_once: int
) -> None:
    made = [list(batch.pictures) for batch in batches(*sizes)]
    made += [made[place] for place in twice if place < len(made)]
    target = Slow(at_once)
    limiter = RateLimiter(RateLimit(5000, burst=3))
    with TemporaryDirectory() as folder, QueryJournal(Path(folder) / "journal.sqlite") as journal:
        watched = Canary(
            Budgeted(RateLimited(target, limiter), Budget(queries=500)), CANARY, every=7
        )
        for _ in range(2):  # from the target, then from the journal
            scores = ask_all(Journaled(watched, journal), made)
            asked = [picture for batch in made for picture in batch]
            np.testing.assert_array_equal(scores.values, [answer_to(one) for one in asked])
    once = {picture.tobytes() for batch in made for picture in batch}
    mine = [picture for picture in target.asked if picture in once]
    assert sorted(mine) == sorted(once)  # nothing was asked twice


def test_batches_come_back_in_order_with_their_answers() -> None:
    for number, (batch, scores) in enumerate(ask_ahead(Slow(4), batches(3, 1, 2, 5, 4))):
        assert batch.number == number
        np.testing.assert_array_equal(scores.values, [answer_to(x) for x in batch.pictures])


def test_as_many_ask_at_once_as_the_target_takes() -> None:
    several = Slow(3)
    ask_all(several, [[picture] for picture in POOL])
    assert several.most_at_once == 3
    one = Slow(1)
    ask_all(one, [[picture] for picture in POOL])
    assert one.most_at_once == 1


def test_few_batches_are_held() -> None:
    made, answered = 0, 0

    def count() -> Iterator[list[Picture]]:
        nonlocal made
        for picture in POOL:
            made += 1
            assert made - answered <= 2 * 3
            yield [picture]

    def note(pictures: int) -> None:
        nonlocal answered
        answered += pictures

    ask_all(Slow(3), count(), note)
    assert made == answered == len(POOL)


@pytest.mark.parametrize("at_once", [1, 3])
def test_what_was_asked_before_and_beside_a_failure_comes_out(at_once: int) -> None:
    target = Slow(at_once, fail_at=5)
    got = []
    with pytest.raises(TargetUnreachable, match="it broke"):
        for batch, _ in ask_ahead(target, batches(*[1] * 40)):
            got.append(batch.number)
    assert got[:5] == [0, 1, 2, 3, 4]
    assert 5 not in got
    assert len(got) == len(target.asked)  # nothing that was answered is lost
    assert len(got) <= 5 + 2 * at_once


def test_failing_to_make_a_batch_stops_the_asking() -> None:
    class Gated(ContentTarget):
        """Holds its answers back until the maker of batches has broken off."""

        concurrency = 2
        begun = threading.Barrier(3)

        def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
            self.begun.wait(30)
            return super().ask(pictures, gate)

    target = Gated()

    def broken() -> Iterator[Numbered]:
        yield from batches(1, 1)
        target.begun.wait(30)
        raise KeyboardInterrupt

    got = []
    with pytest.raises(KeyboardInterrupt):
        for batch, _ in ask_ahead(target, broken()):
            got.append(batch.number)
    assert got == [0, 1]
    assert not [thread for thread in threading.enumerate() if "isotopes-ask" in thread.name]


def test_a_caller_who_stops_leaves_no_thread_behind() -> None:
    asking = ask_ahead(Slow(2), batches(*[1] * 40))
    next(asking)
    asking.close()
    assert not [thread for thread in threading.enumerate() if "isotopes-ask" in thread.name]


def test_a_wrong_number_of_answers_is_refused() -> None:
    class Short(ContentTarget):
        def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
            return super().ask(pictures[:1], gate)

    with pytest.raises(AnswerError, match="must answer once for each of 2 pictures, got 1"):
        ask_all(Short(), [POOL[:2]])


def test_nothing_to_ask_is_refused() -> None:
    with pytest.raises(PlanError, match="there are no pictures to ask a content target about"):
        ask_all(ContentTarget(), [])


def test_wrappers_let_as_many_through(tmp_path: Path) -> None:
    limiter = RateLimiter(RateLimit(5))
    with QueryJournal(tmp_path / "journal.sqlite") as journal:
        assert concurrency(Journaled(RateLimited(Slow(7), limiter), journal)) == 7
        assert concurrency(Journaled(ContentTarget(), journal)) == 1
