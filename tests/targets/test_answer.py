from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from isotopes.errors import AnswerError
from isotopes.targets import Completeness, Scores
from isotopes.targets.answer import join_answers, pack, picture_digest, split, unpack

WIDE = st.floats(0, 1) | st.just(np.nan)
NARROW = st.floats(0, 1, width=32) | st.just(np.nan)
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 20))
ROWS = hnp.arrays(np.float64, SHAPES, elements=WIDE) | hnp.arrays(
    np.float64, SHAPES, elements=NARROW
)


def bits(values: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(values), -1, values).view(np.int64)


@settings(deadline=None)
@given(ROWS)
def test_packing_gives_every_bit_back(values: np.ndarray) -> None:
    packed = pack(values)
    assert len(packed) == len(values)
    for blob, row in zip(packed, values, strict=True):
        assert (bits(unpack(blob, len(row))) == bits(row)).all()
        assert len(blob) <= 1 + row.nbytes


def test_packing_takes_few_bytes() -> None:
    wide = np.random.default_rng(0).random(1000)
    top_5 = np.full(1000, np.nan)
    top_5[[3, 1, 4, 15, 926]] = wide[:5]
    lengths = [len(blob) for blob in pack(np.stack([wide, wide.astype(np.float32), top_5]))]
    assert lengths == [1 + 8 * 1000, 1 + 4 * 1000, 1 + 5 * (4 + 8)]


def test_scores_beyond_float32_stay_wide() -> None:
    assert unpack(pack(np.array([[1e300]]))[0], 1) == 1e300


def test_digest_is_of_shape_and_pixels() -> None:
    flat = np.zeros((1, 4, 3), np.uint8)
    assert picture_digest(flat) != picture_digest(flat.reshape(4, 1, 3))
    assert picture_digest(flat) != picture_digest(flat + np.uint8(1))
    tall = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert picture_digest(tall[:, ::2]) == picture_digest(tall[:, ::2].copy())


@settings(deadline=None)
@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 6), st.just(3)), elements=WIDE))
def test_gather_undoes_split(values: np.ndarray) -> None:
    scores = Scores(("a", "b", "c"), values, Completeness.TOP_K, 2.0)
    again = join_answers(split(scores))
    assert (again.labels, again.completeness, again.limit) == (scores.labels, "top-k", 2.0)
    assert (bits(again.values) == bits(values)).all()


def test_gather_lines_labels_up() -> None:
    one = Scores(("a", "b"), np.array([[0.25, 0.75]]))
    other = Scores(("b", "a"), np.array([[0.5, 0.125], [0.0, 1.0]]))
    again = join_answers([split(other)[1], split(one)[0], split(other)[0]])
    assert again.labels == ("b", "a")
    assert again.values.tolist() == [[0.0, 1.0], [0.75, 0.25], [0.5, 0.125]]


def test_answers_cut_off_by_two_rules_are_refused() -> None:
    one = Scores(("a",), np.array([[0.5]]), Completeness.TOP_K, 1)
    other = Scores(("a",), np.array([[0.5]]), Completeness.THRESHOLD, 0.25)
    with pytest.raises(AnswerError, match=r"the same rule, got top-k 1 and threshold 0\.25"):
        join_answers(split(one) + split(other))


def test_full_answers_with_other_labels_are_refused() -> None:
    one = Scores(("a", "b"), np.array([[0.5, 0.5]]))
    other = Scores(("a",), np.array([[1.0]]))
    with pytest.raises(AnswerError, match="only some of them name 'b'"):
        join_answers(split(one) + split(other))
