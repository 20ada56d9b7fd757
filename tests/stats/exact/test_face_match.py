"""Table 8 of the paper on searches worked out by hand, and the exact test of what is drawn out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from isotopes.errors import PlanError, TooFewDecoys
from isotopes.stats.exact.face_match import FaceMatchResult, draw_out_test, face_match, match_ranks

NOT_SHOWN = np.nan
SHOWN = np.array([[0.9, 0.7, 0.8, NOT_SHOWN], [0.2, NOT_SHOWN, 0.6, 0.4]])


def test_table_8_by_hand() -> None:
    same = np.array([[False, True, False, True], [True, True, False, False]])
    found = face_match(SHOWN, same, true=[2, 3])
    assert (found.queries, found.share_with_match) == (2, 1.0)
    assert found.mark_rank == pytest.approx((3 + 3) / 2)
    assert found.true_rank == pytest.approx((2 + 2) / 2)
    assert FaceMatchResult.from_dict(found.to_dict()) == found


def test_what_is_not_shown_is_no_match() -> None:
    found = face_match(SHOWN, [[False, False, False, True], [False, True, False, False]])
    assert (found.share_with_match, found.mark_rank, found.true_rank) == (0.0, None, None)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_ranks_agree_with_scipy(values: list[float]) -> None:
    (ranks,) = match_ranks(np.array([values]))
    np.testing.assert_array_equal(ranks, rankdata([-value for value in values], "min"))


def test_shapes_that_do_not_go_together() -> None:
    with pytest.raises(PlanError, match=r"got \(2, 4\) and \(2, 3\)"):
        face_match(SHOWN, np.zeros((2, 3), np.bool_))
    with pytest.raises(PlanError, match="each of 2 queries must have one true picture or -1"):
        face_match(SHOWN, np.zeros((2, 4), np.bool_), true=[0])


def test_a_mark_that_draws_out_ours_is_found() -> None:
    rng = np.random.default_rng(0)
    similarities = rng.uniform(0, 0.5, (100, 4, 6))
    similarities[0, :, 2] += 0.4
    ours = np.arange(6) < 3
    found = draw_out_test(similarities, ours)
    assert (found.pvalue, found.as_high, found.significant) == (0.01, 0, True)
    assert draw_out_test(similarities, ~ours).pvalue > 0.01


def test_what_is_never_shown_scores_nothing() -> None:
    similarities = np.full((100, 2, 3), NOT_SHOWN)
    assert draw_out_test(similarities, [True, False, False]).pvalue == 1.0
    similarities[0, 1, 0] = 0.1
    assert draw_out_test(similarities, [True, False, False]).statistic == pytest.approx(0.05)


def test_an_innocent_gallery_is_accused_no_more_often_than_the_level() -> None:
    rng = np.random.default_rng(1)
    ours = np.arange(5) < 2
    drawn = rng.uniform(0, 1, (2000, 20, 3, 5))
    accused = sum(draw_out_test(one, ours, level=0.05).significant for one in drawn)
    assert 60 <= accused <= 140  # 100 expected, 4 standard deviations either way


def test_what_can_not_be_tested() -> None:
    with pytest.raises(PlanError, match="0 of .6,. ours"):
        draw_out_test(np.zeros((100, 4, 6)), np.zeros(6, np.bool_))
    with pytest.raises(PlanError, match=r"got \(100, 6\)"):
        draw_out_test(np.zeros((100, 6)), np.ones(6, np.bool_))
    with pytest.raises(TooFewDecoys, match="needs at least 99 decoys, got 9"):
        draw_out_test(np.zeros((10, 4, 6)), np.ones(6, np.bool_))
