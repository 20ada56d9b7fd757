from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from isotopes.errors import PlanError
from isotopes.stats.paper.distinguish import DistinguishResult, distinguish
from isotopes.stats.scores.statistic import top_rank


def samples(pictures: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(pictures)[: pictures // 2] for _ in range(5)])


def pair(lift: tuple[float, float], seed: int = 0) -> np.ndarray:
    scores = np.random.default_rng(seed).normal(size=(2, 2, 40))
    scores[0, 0] += lift[0]
    scores[1, 1] += lift[1]
    return scores


def test_against_ttest_rel() -> None:
    scores, rounds = pair((0.5, 0.2)), samples(40)
    found = distinguish(scores, rounds)
    for label in (0, 1):
        own, other = scores[label, label], scores[1 - label, label]
        for at, sample in enumerate(rounds):
            expected = ttest_rel(own[sample], other[sample], alternative="greater").pvalue
            assert found.pvalues[label, at] == pytest.approx(expected)
        interval = ttest_rel(own, other).confidence_interval(0.95)
        assert (found.lows[label], found.highs[label]) == pytest.approx(tuple(interval))
        assert found.differences[label] == pytest.approx((own - other).mean())


@pytest.mark.parametrize(
    ("lift", "expected"), [((2, 2), True), ((2, 0), False), ((0, 2), False), ((-2, -2), False)]
)
def test_both_marks_have_to_win(lift: tuple[float, float], expected: bool) -> None:
    assert distinguish(pair(lift), samples(40)).distinguished is expected


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 500), lift=st.floats(-1, 2))
def test_the_order_of_the_pair_has_no_say(seed: int, lift: float) -> None:
    scores, rounds = pair((lift, lift), seed), samples(40, seed)
    one, other = distinguish(scores, rounds), distinguish(scores[::-1, ::-1], rounds)
    assert one.distinguished == other.distinguished
    assert one.significant_rounds == other.significant_rounds[::-1]


def test_labels_never_shown_are_no_evidence() -> None:
    """In top-K mode; the paper's code gets NaN there."""
    answers = np.full((2, 40, 3), np.nan)
    answers[:, :, 0] = 0.9
    scores = np.moveaxis(top_rank(answers), 2, 1)[:, 1:]
    found = distinguish(scores, samples(40))
    assert not found.distinguished
    assert found.significant_rounds == (0, 0)


def test_share_of_rounds_that_suffices() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 1e-3, (2, 2, 10))
    rounds = np.arange(10).reshape(5, 2)
    scores[0, 0, :6] += 1  # the first 3 of 5 rounds
    scores[0, 0, 6:] -= 1
    scores[1, 1] += 1
    assert distinguish(scores, rounds, delta=0.6).significant_rounds == (3, 5)
    assert distinguish(scores, rounds, delta=0.6).distinguished
    assert not distinguish(scores, rounds, delta=0.8).distinguished


def test_result_survives_json() -> None:
    found = distinguish(pair((1, 1)), samples(40))
    assert DistinguishResult.from_dict(found.to_dict()).to_dict() == found.to_dict()


def test_shape_is_checked() -> None:
    with pytest.raises(PlanError, match=r"shape \(2 marks, 2 labels, pictures\), got \(2, 3, 9\)"):
        distinguish(np.zeros((2, 3, 9)), samples(9))
