"""A sweep says of each mark what `attribute` and `check_claims` say, in blocks of any size."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from isotopes.errors import PlanError, TooFewDecoys, TooFewProbes
from isotopes.stats.many.audit import audit_many
from isotopes.stats.many.sweep import DecoyMeasure, SweepResult, SweptMarks, judge_sweep

MARKS, DECOYS, PROBES, LABELS = 30, 100, 12, 7
CLAIMED = np.where(np.arange(MARKS) % 3 == 0, -1, np.arange(MARKS) % LABELS)


@pytest.fixture(scope="module")
def answers() -> NDArray[np.float32]:
    """Of a model that learned every other mark for its label."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, (MARKS + DECOYS, PROBES, LABELS))
    for mark in range(0, MARKS, 2):
        logits[mark, :, mark % LABELS] += 2
    weights = np.exp(logits)
    found: NDArray[np.float32] = (weights / weights.sum(axis=2, keepdims=True)).astype(np.float32)
    return found


@pytest.fixture(scope="module")
def allowed() -> NDArray[np.bool_]:
    return np.random.default_rng(1).random((PROBES, LABELS)) > 0.2


def sweep(
    answers: NDArray[np.float32],
    allowed: NDArray[np.bool_],
    statistic: str,
    block: int,
    shown: int = LABELS,
) -> SweepResult:
    def blocks(rows: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        return [rows[start : start + block] for start in range(0, len(rows), block)]

    measure = DecoyMeasure(blocks(answers[MARKS:]), allowed, statistic, shown)
    marks = blocks(answers[:MARKS])
    claims = [CLAIMED[start : start + block] for start in range(0, MARKS, block)]
    parts = [measure.score(one, named) for one, named in zip(marks, claims, strict=True)]
    return judge_sweep(SweptMarks.joined(parts), measure)


@pytest.mark.parametrize("statistic", ["probability", "log-odds", "top-rank"])
def test_against_the_audit_that_holds_all_in_memory(
    answers: NDArray[np.float32], allowed: NDArray[np.bool_], statistic: str
) -> None:
    samples = np.arange(PROBES)[None]
    whole = audit_many(answers, CLAIMED, allowed, samples, statistic=statistic)
    found = sweep(answers, allowed, statistic, block=7)
    assert whole.claims is not None
    np.testing.assert_array_equal(found.labels, whole.attribution.labels)
    np.testing.assert_array_equal(found.pvalues, whole.attribution.pvalues)
    np.testing.assert_array_equal(found.adjusted, whole.attribution.adjusted)
    named = CLAIMED >= 0
    np.testing.assert_array_equal(found.claim_pvalues[named], whole.claims.decoy_pvalues)
    assert np.isnan(found.claim_pvalues[~named]).all()
    np.testing.assert_allclose(found.statistics, whole.attribution.statistics, rtol=1e-4)
    np.testing.assert_allclose(found.differences, whole.differences, rtol=1e-4)
    np.testing.assert_allclose(found.lows, whole.lows, rtol=1e-3, atol=1e-4)
    assert found.attributed.sum() > MARKS / 4


@pytest.mark.parametrize("statistic", ["probability", "log-odds", "top-rank"])
def test_the_size_of_a_block_changes_nothing(
    answers: NDArray[np.float32], allowed: NDArray[np.bool_], statistic: str
) -> None:
    one, other = (sweep(answers, allowed, statistic, block) for block in (1, 1000))
    for name in ("statistics", "pvalues", "claims_adjusted", "differences", "highs"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_labels_that_were_not_returned(allowed: NDArray[np.bool_]) -> None:
    rng = np.random.default_rng(2)
    answers = rng.random((MARKS + DECOYS, PROBES, LABELS)).astype(np.float32)
    answers[np.argsort(np.argsort(answers, axis=2), axis=2) < LABELS - 3] = np.nan
    for statistic in ("log-odds", "top-rank"):
        whole = audit_many(answers, CLAIMED, allowed, np.arange(PROBES)[None], statistic=statistic)
        found = sweep(answers, allowed, statistic, 16, shown=3)
        np.testing.assert_array_equal(found.pvalues, whole.attribution.pvalues)


def test_the_rate_of_false_discoveries_holds() -> None:
    """5 of 50 marks were learned; over 40 models, of those attributed few are others."""
    rng = np.random.default_rng(3)
    every, wrong = 0, 0.0
    everything = np.ones((4, 6), np.bool_)
    for _ in range(40):
        answers = rng.beta(2, 5, (50 + 400, 4, 6)).astype(np.float32)
        answers[:5, :, 2] = rng.beta(30, 2, (5, 4))
        measure = DecoyMeasure([answers[50:]], everything, "log-odds", 6)
        found = judge_sweep(measure.score(answers[:50], np.full(50, -1)), measure, level=0.1)
        attributed = found.attributed
        every += int(attributed[:5].sum())
        wrong += attributed[5:].sum() / max(1, attributed.sum())
    assert every > 0.9 * 40 * 5
    assert wrong / 40 < 0.1 + 3 * np.sqrt(0.1 * 0.9 / 40) / 2


def test_what_can_t_be_judged_is_refused(
    answers: NDArray[np.float32], allowed: NDArray[np.bool_]
) -> None:
    with pytest.raises(PlanError, match="no statistic is called 'mean'"):
        DecoyMeasure([answers], allowed, "mean", LABELS)
    none = allowed.copy()
    none[1:, 3] = False
    with pytest.raises(TooFewProbes, match="column 3"):
        DecoyMeasure([answers], none, "log-odds", LABELS)
    measure = DecoyMeasure([answers[:16]], allowed, "log-odds", LABELS)
    with pytest.raises(TooFewDecoys):
        judge_sweep(measure.score(answers[:5], CLAIMED[:5]), measure)
