from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from isotopes.errors import TooFewProbes
from isotopes.stats.paper.unpaired import UnpairedTResult, unpaired_t

RNG = np.random.default_rng(0)
OURS, THEIRS = RNG.normal(0.6, 1, 30), RNG.normal(0, 2, 20)
ROUNDS = (
    np.stack([RNG.permutation(30)[:11] for _ in range(5)]),
    np.stack([RNG.permutation(20)[:8] for _ in range(5)]),
)


def test_against_welch() -> None:
    found = unpaired_t(OURS, THEIRS, *ROUNDS)
    for at, (ours, theirs) in enumerate(zip(*ROUNDS, strict=True)):
        expected = ttest_ind(OURS[ours], THEIRS[theirs], equal_var=False, alternative="greater")
        assert found.pvalues[at] == pytest.approx(expected.pvalue)
        assert found.statistics[at] == pytest.approx(expected.statistic)
    interval = ttest_ind(OURS, THEIRS, equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(interval))
    assert found.difference == pytest.approx(OURS.mean() - THEIRS.mean())


def test_one_sided() -> None:
    shifted = unpaired_t(THEIRS + 5, OURS, ROUNDS[1], ROUNDS[0])
    assert shifted.detected
    assert shifted.significant_rounds == 5
    assert not unpaired_t(THEIRS - 5, OURS, ROUNDS[1], ROUNDS[0]).detected


def test_delta_is_reached_by_3_of_5_rounds_below_lambda() -> None:
    level = float(np.sort(unpaired_t(OURS, THEIRS, *ROUNDS).pvalues)[2])  # reached by 3 of 5
    assert not unpaired_t(OURS, THEIRS, *ROUNDS, level=level).detected
    assert unpaired_t(OURS, THEIRS, *ROUNDS, level=level + 1e-9).detected


@pytest.mark.parametrize(("height", "expected"), [(1.0, True), (0.0, False), (-1.0, False)])
def test_scores_that_do_not_vary(height: float, expected: bool) -> None:
    found = unpaired_t(np.full(30, height), np.zeros(20), *ROUNDS)
    assert found.detected is expected
    assert (found.low, found.high) == (None, None)


def test_one_side_may_be_constant() -> None:
    assert unpaired_t(OURS + 9, np.zeros(20), *ROUNDS).detected


def test_result_survives_json() -> None:
    for found in (
        unpaired_t(OURS, THEIRS, *ROUNDS),
        unpaired_t(np.ones(30), np.zeros(20), *ROUNDS),
    ):
        assert UnpairedTResult.from_dict(found.to_dict()).to_dict() == found.to_dict()


def test_one_picture_is_too_few() -> None:
    with pytest.raises(TooFewProbes, match="at least 2 pictures of either object, got 1"):
        unpaired_t(OURS, THEIRS, ROUNDS[0], ROUNDS[1][:, :1])
