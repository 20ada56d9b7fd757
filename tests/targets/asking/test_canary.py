from __future__ import annotations

import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from content_target import LABELS, ContentTarget, answer_to, pictures

from isotopes.errors import ModelChanged, TargetUnreachable
from isotopes.targets import Picture, Scores
from isotopes.targets.asking.budget import Budget, Budgeted
from isotopes.targets.asking.canary import Canary
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.asking.journaled import Journaled, JournalReadings
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.granularity import Rounded, Threshold, TopK

CANARY = pictures(3, seed=9)
POOL = pictures(40)


class Retrained(ContentTarget):
    """Answers differently from some moment on."""

    def __init__(self) -> None:
        super().__init__()
        self.shift = 0.0

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        values = super().ask(pictures, gate).values
        moved = (1 - self.shift) * values + self.shift * values[:, ::-1]
        return Scores(LABELS, moved)


def change(canary: Canary) -> str | None:
    """What the canary says at the end."""
    try:
        canary.finish()
    except ModelChanged as changed:
        assert str(changed).endswith(f"changed while it was asked: {canary.changed}")
    return canary.changed


def ask_all(target: Canary, some: Sequence[Picture] = POOL) -> None:
    for picture in some:
        scores = target.ask([picture])
        assert scores.values.shape == (1, 5)
    target.finish()


def test_an_unchanged_model_is_asked_at_start_during_and_end() -> None:
    target = ContentTarget()
    canary = Canary(target, CANARY, every=15)
    ask_all(canary)
    assert canary.changed is None
    first = CANARY[0].tobytes()
    assert [at for at, asked in enumerate(target.asked) if asked == first] == [0, 18, 36, 49]


def test_a_model_that_changes_on_the_way_is_noticed() -> None:
    target = Retrained()
    canary = Canary(target, CANARY, every=15)
    for picture in POOL[:20]:
        canary.ask([picture])
    assert canary.changed is None
    target.shift = 0.5
    expected = np.abs([(row - row[::-1]) / 2 for row in map(answer_to, CANARY)]).max()
    moved = f"moved by {expected:.3g} between two readings, more than 0.02"
    with pytest.raises(ModelChanged, match=re.escape(moved)) as caught:
        for picture in POOL[20:]:
            canary.ask([picture])
    assert caught.value.exit_code == 4
    asked = len(target.asked)
    with pytest.raises(ModelChanged):
        canary.ask(POOL[:1])
    assert len(target.asked) == asked  # nothing more is paid for


def test_a_model_that_changes_after_the_last_reading_is_noticed_at_the_end() -> None:
    target = Retrained()
    canary = Canary(target, CANARY)
    canary.ask(POOL)
    target.shift = 0.5
    assert canary.changed is None
    assert change(canary) is not None


def test_noise_within_the_tolerance_is_no_change() -> None:
    target = Retrained()
    canary = Canary(target, CANARY, every=1, tolerance=0.02)
    canary.ask(POOL)
    target.shift = 0.01
    canary.finish()
    assert canary.changed is None


def test_the_version_field_is_watched_in_every_answer(tmp_path: Path) -> None:
    """An answer of another version is not kept: later runs could not tell it from the others."""
    target = ContentTarget()
    target.version = "2026-11-01"
    with QueryJournal(tmp_path / "journal.sqlite") as journal:
        canary = Canary(Rounded(Budgeted(target, Budget()), 3), CANARY)
        kept = Journaled(canary, journal)
        kept.ask(POOL[:1])
        target.version = "2026-11-20"
        with pytest.raises(ModelChanged):
            kept.ask(POOL[1:2])
        target.version = "2026-11-01"
        told = "the target reported more than one version: 2026-11-01, 2026-11-20"
        assert change(canary) == told
        assert (kept.unanswered(POOL[:1]), kept.unanswered(POOL[1:2])) == (0, 1)


def test_other_labels_are_a_change() -> None:
    target = ContentTarget()
    canary = Canary(target, CANARY)
    canary.ask(POOL)
    target._labels = ("ant", "bee", "cat", "dog", "fox")
    assert change(canary) == "the target's labels changed"


@pytest.mark.parametrize("moves", [(0.5, 0.9), (0.9, 0.5)])
def test_a_score_that_only_rises_or_falls_is_a_change(moves: tuple[float, float]) -> None:
    class OneLabel(ContentTarget):
        def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
            return Scores(("nude",), np.full((len(pictures), 1), score))

    canary = Canary(OneLabel(), CANARY)
    score = moves[0]
    canary.ask(POOL)
    score = moves[1]
    assert "moved by 0.4 " in str(change(canary))


@pytest.mark.parametrize("cut", [lambda t: TopK(t, 2), lambda t: Threshold(t, 0.2)])
def test_cut_answers_show_changes_too_and_jitter_at_the_cut_is_none(cut: object) -> None:
    for shift, changed in ((0.0, False), (0.01, False), (0.6, True)):
        target = Retrained()
        canary = Canary(cut(target), CANARY)  # type: ignore[operator]
        canary.ask(POOL)
        target.shift = shift
        assert (change(canary) is not None) == changed


def test_a_canary_is_asked_in_requests_that_the_target_takes() -> None:
    target = ContentTarget(batch_size=2)
    Canary(target, CANARY).ask(POOL[:1])
    assert target.asked == [picture.tobytes() for picture in [*CANARY, POOL[0]]]


def test_no_thread_is_ahead_of_the_first_reading() -> None:
    class Slow(ContentTarget):
        def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
            time.sleep(0.005)
            return super().ask(pictures, gate)

    target = Slow()
    canary = Canary(target, CANARY, every=10)
    with ThreadPoolExecutor(8) as threads:
        for picture, scores in zip(
            POOL, threads.map(lambda picture: canary.ask([picture]), POOL), strict=True
        ):
            assert (scores.values[0] == answer_to(picture)).all()
    canary.finish()
    assert target.asked[:3] == [picture.tobytes() for picture in CANARY]
    assert canary.changed is None
    assert len(target.asked) == 40 + 3 * 5


def test_a_change_between_two_runs_is_noticed_on_resuming(tmp_path: Path) -> None:
    target = Retrained()

    def run(some: Sequence[Picture]) -> str | None:
        with QueryJournal(tmp_path / "q") as journal:
            store = JournalReadings(journal, target.identity(), CANARY)
            canary = Canary(target, CANARY, store=store)
            journaled = Journaled(canary, journal)
            with suppress(ModelChanged):
                journaled.ask(some)
            return change(canary)

    assert run(POOL[:20]) is None
    assert run(POOL[:30]) is None
    target.shift = 0.5
    asked = len(target.asked)
    assert run(POOL[:30]) is None  # all of it was answered before
    assert len(target.asked) == asked
    assert run(POOL) is not None
    target.shift = 0.0
    assert run(POOL) is not None  # answers of two models are in the journal now


def test_versions_are_kept_between_runs(tmp_path: Path) -> None:
    target = ContentTarget()
    for version, changed in (("a", False), ("a", False), ("b", True)):
        target.version = version
        with QueryJournal(tmp_path / "q") as journal:
            store = JournalReadings(journal, target.identity(), CANARY)
            canary = Canary(target, CANARY, store=store)
            with suppress(ModelChanged):
                canary.ask(POOL)
            assert (canary.changed is not None) == changed


class Failing(Retrained):
    """Gives no answer while it is down."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False
        self.attempts = 0

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        self.attempts += 1
        if self.down:
            time.sleep(0.005)
            raise TargetUnreachable("it is down")
        return super().ask(pictures, gate)


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_a_last_reading_that_failed_is_made_up_by_the_next_run(
    tmp_path: Path, shift: float
) -> None:
    target = Failing()

    def run() -> bool:
        """Whether the model changed; all is asked that the journal doesn't hold."""
        with QueryJournal(tmp_path / "q") as journal:
            store = JournalReadings(journal, target.identity(), CANARY)
            canary = Canary(target, CANARY, store=store)
            target.down = False
            Journaled(canary, journal).ask(POOL)
            target.down = down
            owed = canary.reading_due
            before = target.attempts
            try:
                return change(canary) is not None
            finally:
                assert owed == (target.attempts > before)

    down = True
    for _ in range(2):
        with pytest.raises(TargetUnreachable):
            run()
        target.shift = shift
    down = False
    assert run() == bool(shift)
    asked = len(target.asked)
    assert asked == len(POOL) + 2 * len(CANARY)
    assert run() == bool(shift)
    assert len(target.asked) == asked


def test_an_answer_stored_while_the_last_reading_is_under_way_is_looked_at_by_the_next_run(
    tmp_path: Path,
) -> None:
    """By another process, which was killed then."""

    class Shared(Retrained):
        def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
            scores = super().ask(pictures, gate)
            if finishing and len(pictures) == len(CANARY):
                with QueryJournal(tmp_path / "q") as theirs:
                    target.shift = 0.5
                    Journaled(target, theirs).ask(POOL[20:])
            return scores

    target = Shared()
    finishing = False
    with QueryJournal(tmp_path / "q") as journal:
        store = JournalReadings(journal, target.identity(), CANARY)
        canary = Canary(target, CANARY, store=store)
        Journaled(canary, journal).ask(POOL[:20])
        finishing = True
        assert change(canary) is None
        finishing = False
        later = Canary(target, CANARY, store=store)
        asked = len(target.asked)
        Journaled(later, journal).ask(POOL)
        assert len(target.asked) == asked
        assert change(later) is not None


def test_what_another_process_saw_meanwhile_counts(tmp_path: Path) -> None:
    target = Retrained()
    with QueryJournal(tmp_path / "q") as journal:
        store = JournalReadings(journal, target.identity(), CANARY)
        ours, theirs = (Canary(target, CANARY, store=store) for _ in range(2))
        Journaled(ours, journal).ask(POOL[:20])
        target.shift = 0.5
        with suppress(ModelChanged):
            Journaled(theirs, journal).ask(POOL[20:])
        target.shift = 0.0
        assert change(ours) is not None


def test_a_first_reading_that_failed_fails_for_all_threads() -> None:
    target = Failing()
    target.down = True
    canary = Canary(target, CANARY)
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(canary.ask, [picture]) for picture in POOL]
        failures = [one.exception() for one in asked]
    assert target.attempts == 1
    assert {str(failure) for failure in failures} == {"it is down"}
    depth, last = 0, failures[0].__traceback__ if failures[0] else None
    while last is not None:
        depth, last = depth + 1, last.tb_next
    assert depth < 20  # it is one exception, raised forty times


@pytest.mark.parametrize("down", [False, True])
def test_one_picture_of_the_first_reading_goes_ahead_of_the_others(down: bool) -> None:
    class OneByOne(Failing):
        concurrency = 3

    target = OneByOne()
    target.batch_size, target.down = 1, down
    canary = Canary(target, CANARY)
    with suppress(TargetUnreachable):
        canary.ask(POOL[:1])
    assert target.attempts == (1 if down else len(CANARY) + 1)
