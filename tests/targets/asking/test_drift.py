"""What readings of the same pictures say: another model, noise, rounding, arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from content_target import ContentTarget, pictures
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from isotopes.errors import ModelChanged
from isotopes.targets import Completeness, Picture, Scores
from isotopes.targets.asking.canary import Canary
from isotopes.targets.asking.drift import TOLERANCE, CanaryReading, Drift, DriftDetector
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.asking.journaled import Journaled, JournalReadings
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.granularity import Coarse, Rounded, Threshold, TopK
from isotopes.targets.target import Target

CANARY = pictures(3, seed=9)
POOL = pictures(20)
LABELS = ("ant", "bee", "cat", "dog", "eel")


class Confident(ContentTarget):
    """Sure of one label: models differ in what they leave to the others, by factors."""

    def __init__(self) -> None:
        super().__init__()
        self.model = 0
        self.jitter: np.random.Generator | None = None

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        super().ask(pictures, gate)
        rows = [
            np.random.default_rng([self.model, int(p.sum())]).normal(0, 1.5, 5) for p in pictures
        ]
        logits = np.array(rows) + [14, 0, 0, 0, 0]
        if self.jitter is not None:
            logits += self.jitter.normal(0, 1, logits.shape)
        return Scores(LABELS, softmax(logits))


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return result


def read(*values: NDArray[np.float64]) -> list[CanaryReading]:
    return [CanaryReading(None, Scores(LABELS, each)) for each in values]


def compared(readings: list[CanaryReading], tolerance: float = TOLERANCE) -> Drift:
    return DriftDetector(readings, tolerance).drift


def test_confident_models_are_told_apart_by_what_they_leave_to_other_labels() -> None:
    target = Confident()
    canary = Canary(target, CANARY)
    canary.ask(POOL)
    before = len(target.asked)
    target.model = 1
    with pytest.raises(ModelChanged, match="moved by a factor of .* noise does not explain it"):
        canary.finish()
    assert len(target.asked) == before + 2 * len(CANARY)  # once more, to tell it from noise


@pytest.mark.parametrize("model", range(5, 15))
def test_every_other_model_is_noticed(model: int) -> None:
    target = Confident()
    canary = Canary(target, CANARY)
    canary.ask(POOL)
    target.model = model
    with pytest.raises(ModelChanged):
        canary.finish()


def test_noise_is_asked_about_once_and_is_no_change() -> None:
    target = Confident()
    target.jitter = np.random.default_rng(0)
    canary = Canary(target, CANARY, every=4)
    for picture in POOL:
        canary.ask([picture])
    canary.finish()
    assert canary.changed is None
    least = len(POOL) + len(CANARY) * (1 + 4 + 1)
    assert len(target.asked) == least + len(CANARY)


def test_a_service_of_two_models_in_turn_is_no_noise() -> None:
    a, b = (softmax(np.random.default_rng(seed).normal(0, 2, (3, 5)) + [14, 0, 0, 0, 0])
            for seed in (0, 1))  # fmt: skip
    assert compared(read(a, a)) == Drift()
    assert compared(read(a, b)) == Drift(unclear=True)
    for later in (a, b):
        assert "noise does not explain it" in str(compared(read(a, b, later)).change)


def test_what_was_unclear_when_a_run_was_stopped_is_settled_by_the_next(tmp_path: Path) -> None:
    target = Confident()
    with QueryJournal(tmp_path / "q") as journal:
        store = JournalReadings(journal, target.identity(), CANARY)
        Journaled(Canary(target, CANARY, store=store), journal).ask(POOL)
        target.model = 1
        store.append(CanaryReading(None, target.ask(CANARY)), journal.position())
        later = Canary(target, CANARY, store=store)
        assert later.reading_due
        asked = len(target.asked)
        with pytest.raises(ModelChanged):
            later.finish()
        assert len(target.asked) == asked + len(CANARY)
        # From now on it is known, and nothing more is asked.
        known = Canary(target, CANARY, store=store)
        for attempt in (known.finish, lambda: known.ask(POOL)):
            with pytest.raises(ModelChanged):
                attempt()
        assert len(target.asked) == asked + len(CANARY)


@pytest.mark.parametrize(
    "shown",
    [
        lambda target: Rounded(target, 2),
        lambda target: Rounded(target, 4),
        lambda target: TopK(target, 1),
        lambda target: Threshold(target, 0.5),
    ],
)
def test_what_is_not_shown_is_no_change(shown: Callable[[Target], Coarse]) -> None:
    target = Confident()
    canary = Canary(shown(target), CANARY)
    canary.ask(POOL)
    target.model = 1
    with suppress(ModelChanged):
        canary.finish()
    assert canary.changed is None


@given(
    st.integers(0, 2**32),
    st.floats(0.1, 12),
    st.sampled_from([np.float16, np.float32]),
    st.sampled_from([None, 2, 3, 5]),
)
def test_arithmetic_and_rounding_are_no_change(
    seed: int, scale: float, precision: type, decimals: int | None
) -> None:
    logits = np.random.default_rng(seed).normal(0, scale, (3, 5))
    whole, coarse = softmax(logits), softmax(logits.astype(precision).astype(np.float64))
    stored = coarse.astype(precision).astype(np.float64)
    if decimals is not None:
        whole, stored = whole.round(decimals), stored.round(decimals)
    assert compared(read(whole, stored, whole), tolerance=0.05) == Drift()


def test_labels_that_come_and_go_at_the_cut_are_no_change() -> None:
    def top(values: list[float]) -> CanaryReading:
        return CanaryReading(None, Scores(LABELS, np.array([values]), Completeness.TOP_K, 2))

    nan = np.nan
    first, later = top([0.9, 0.05, nan, nan, nan]), top([0.9, nan, 0.051, nan, nan])
    assert compared([first, later]) == Drift()
