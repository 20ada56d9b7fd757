from __future__ import annotations

import json

import numpy as np
import pytest

from isotopes.errors import AnswerError, TooFewDecoys
from isotopes.stats.independence import CorrelationResult, carries_test, independence_test


def test_both_sides_count_and_both_are_exact() -> None:
    decoys = np.linspace(-1, 1, 99)
    for mark in (5.0, -5.0):
        found = independence_test([mark, *decoys], 25)
        assert (found.pvalue, found.extreme, found.decoys, found.pictures) == (0.01, True, 99, 25)
        assert np.sign(found.deviations) == np.sign(mark)
    assert independence_test([0.0, *decoys], 25).pvalue == 1.0
    assert carries_test([5.0, *decoys], 3).highest
    assert not carries_test([-5.0, *decoys], 3).highest


@pytest.mark.parametrize("test", [independence_test, carries_test])
def test_independent_pictures(test: object) -> None:
    rng = np.random.default_rng(4)
    pvalues = np.array([test(rng.normal(size=20), 5).pvalue for _ in range(2000)])  # type: ignore[operator]
    for level in (0.05, 0.1, 0.5):
        assert abs((pvalues <= level).mean() - level) < 4 * np.sqrt(level * (1 - level) / 2000)


def test_to_be_the_most_extreme_is_not_enough() -> None:
    """One honest picture set in a hundred is; it takes four standard deviations too."""
    rng = np.random.default_rng(5)
    found = [independence_test(rng.normal(size=100), 5) for _ in range(2000)]
    assert sum(one.highest for one in found) > 5
    assert sum(one.extreme for one in found) <= 3
    assert not independence_test([9.0, *np.linspace(-1, 1, 8)], 5).extreme  # too few decoys


def test_among_many_tests_more_is_needed() -> None:
    rng = np.random.default_rng(5)
    decoys = rng.normal(size=99)
    found = independence_test([decoys.mean() + 4.5 * decoys.std(), *decoys], 5)
    assert found.extreme
    assert found.extreme_among(5)
    assert not found.extreme_among(100)


def test_ties_and_constant_decoys() -> None:
    tied = independence_test([1.0, 1.0, *np.zeros(98)], 5)
    assert (tied.pvalue, tied.extreme) == (0.02, False)
    assert independence_test([1.0, *np.zeros(99)], 5).extreme
    flat = independence_test(np.zeros(100), 5)
    assert (flat.pvalue, flat.deviations) == (1.0, 0.0)


def test_what_can_not_be_compared() -> None:
    with pytest.raises(TooFewDecoys, match="at least 1 decoy to compare with, got 0"):
        independence_test([1.0], 5)
    with pytest.raises(AnswerError, match="finite numbers"):
        carries_test([1.0, np.nan], 5)


def test_it_survives_json() -> None:
    found = independence_test(np.arange(20.0), 5)
    assert CorrelationResult.from_dict(json.loads(json.dumps(found.to_dict()))) == found
