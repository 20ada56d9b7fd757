from __future__ import annotations

import numpy as np
import pytest

from isotopes.stats.scores.naming import name_labels


def answers(*best: int, labels: int = 5) -> np.ndarray:
    """One picture for each given label, which is the best one."""
    values = np.full((len(best), labels), 0.1)
    values[np.arange(len(best)), best] = 0.6
    return values


@pytest.mark.parametrize(
    ("best", "named", "clear"),
    [
        ((0,) * 10, [0], True),
        ((0, 0, 0, 0, 0, 1, 1, 2, 3, 4), [0, 1], True),
        ((0, 0, 0, 0, 1, 1, 1, 2, 2, 3), [0, 1, 2], False),
        ((0, 0, 1, 1, 2, 2, 3, 3, 4, 4), [0, 1, 2], False),  # three at most
        ((4,), [4], True),
    ],
)
def test_candidates(best: tuple[int, ...], named: list[int], clear: bool) -> None:
    found, is_clear = name_labels(answers(*best))
    assert np.flatnonzero(found).tolist() == named
    assert bool(is_clear) == clear


def test_of_labels_as_frequent_the_more_probable_goes_first() -> None:
    values = answers(0, 0, 1, 1, 2, 2, 3, 3, 4, 4)
    values[:, 4] += 0.05
    assert np.flatnonzero(name_labels(values)[0]).tolist() == [0, 1, 4]


def test_incomplete_answers() -> None:
    values = answers(1, 1, 2)
    values[values < 0.5] = np.nan
    values[2] = np.nan  # a picture for which no label was shown
    found, clear = name_labels(values)
    assert (np.flatnonzero(found).tolist(), bool(clear)) == ([1], True)
    nothing, clear = name_labels(np.full((3, 4), np.nan))
    assert (nothing.sum(), bool(clear)) == (1, False)


def test_each_set_of_answers_is_named_by_itself() -> None:
    rng = np.random.default_rng(0)
    many = rng.random((20, 10, 6))
    found, clear = name_labels(many)
    for row in range(20):
        alone, alone_clear = name_labels(many[row])
        np.testing.assert_array_equal(found[row], alone)
        assert clear[row] == alone_clear
