from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.errors import PlanError
from isotopes.stats.scores.statistic import STATISTICS, get_statistic, mean_scores
from isotopes.stats.scores.tensor import read_tensor

MARKS, PROBES, LABELS = 7, 11, 5


def draw(seed: int, *, hidden: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    answers = rng.dirichlet(np.ones(LABELS), (MARKS, PROBES))
    answers[rng.random(answers.shape) < hidden] = np.nan
    allowed = rng.random((PROBES, LABELS)) < 0.7
    allowed[0] = True
    return answers, allowed


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 999),
    statistic=st.sampled_from(sorted(STATISTICS)),
    hidden=st.sampled_from([0.0, 0.6]),
    block=st.integers(1, 3 * LABELS * PROBES),
)
def test_blocks_change_nothing(seed: int, statistic: str, hidden: float, block: int) -> None:
    answers, allowed = draw(seed, hidden=hidden)
    columns = np.array([3, 0, 3])
    found = read_tensor(answers, statistic, allowed, columns, block=block)
    scores = get_statistic(statistic)(answers)  # of all answers at once
    np.testing.assert_allclose(found.means, mean_scores(scores, allowed), atol=1e-12)
    np.testing.assert_array_equal(found.columns, np.moveaxis(scores[:, :, columns], 2, 0))


@pytest.mark.parametrize("block", [1, 3 * LABELS, 10**6])
def test_equal_marks_tie_to_the_last_bit(block: int) -> None:
    answers, allowed = draw(1)
    answers[4] = answers[2]
    means = read_tensor(answers, "log-odds", allowed, np.array([0]), block=block).means
    np.testing.assert_array_equal(means[4], means[2])


def test_a_file_larger_than_the_block_is_read_as_an_array(tmp_path: Path) -> None:
    answers, allowed = draw(2)
    narrow = answers.astype(np.float32)
    file = np.memmap(tmp_path / "answers", np.float32, "w+", shape=narrow.shape)
    file[:] = narrow
    file.flush()
    columns = np.array([1, 4])
    again = np.memmap(tmp_path / "answers", np.float32, "r", shape=narrow.shape)
    one = read_tensor(narrow, "probability", allowed, columns)
    other = read_tensor(again, "probability", allowed, columns, block=8)
    np.testing.assert_allclose(other.means, one.means, atol=1e-12)
    np.testing.assert_array_equal(other.columns, one.columns)


def test_the_rank_of_a_hidden_label_is_that_of_the_whole_tensor() -> None:
    """K is the most labels shown for any picture, and no block but one sees that picture."""
    answers = np.full((2, 3, 4), np.nan)
    answers[:, :, 0] = 0.5
    answers[1, 2, :3] = [0.5, 0.3, 0.1]
    allowed = np.ones((3, 4), np.bool_)
    found = read_tensor(answers, "top-rank", allowed, np.array([3]), block=1)
    assert (found.columns == -4).all()


def test_unknown_statistic() -> None:
    answers, allowed = draw(3)
    with pytest.raises(PlanError, match="no statistic is called 'mood'"):
        read_tensor(answers, "mood", allowed, np.array([0]))
