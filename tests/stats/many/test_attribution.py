from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from isotopes.errors import AnswerError, PlanError, TooFewDecoys
from isotopes.stats.exact.rank import rank_test
from isotopes.stats.many.attribution import (
    AttributionResult,
    ClaimsResult,
    attribute,
    check_claims,
)
from isotopes.stats.scores.standardise import Standard

LABELS = 6


def noise(seed: int, rows: int) -> np.ndarray:
    """Scores of marks that no model saw; labels differ in place and spread."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, LABELS)) * np.arange(1, LABELS + 1) + np.arange(LABELS)


def learned(seed: int, lifts: dict[int, float], rows: int = 12) -> np.ndarray:
    """Marks of which mark i lifts label i by so many spreads."""
    scores = noise(seed, rows)
    for label, lift in lifts.items():
        scores[label, label] += lift * (label + 1)
    return scores


def test_learned_marks_are_attributed_to_their_labels() -> None:
    found = attribute(learned(0, {0: 9, 3: 9, 5: 9}), noise(1, 199), noise(2, 50))
    np.testing.assert_array_equal(np.flatnonzero(found.attributed), [0, 3, 5])
    np.testing.assert_array_equal(found.labels[found.attributed], [0, 3, 5])
    np.testing.assert_array_equal(found.pvalues[[0, 3, 5]], 1 / 200)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 999))
def test_against_the_search_of_one_mark(seed: int) -> None:
    scores, decoys, batch = noise(seed, 5), noise(seed + 1000, 39), noise(seed + 2000, 12)
    found = attribute(scores, decoys, batch, level=0.1)
    standard = Standard.fit(batch)
    reference = standard.best(decoys)[0]
    for mark, row in enumerate(scores):
        best, label = standard.best(row)
        assert found.pvalues[mark] == rank_test(float(best), reference, level=0.1).pvalue
        assert found.labels[mark] == label
        assert found.statistics[mark] == best == found.lifts[mark, label]
    np.testing.assert_allclose(found.adjusted, false_discovery_control(found.pvalues))


def test_uniform_for_marks_that_no_model_saw() -> None:
    """Each of 20 exchangeable rows in turn is the mark: every p-value comes exactly once."""
    rows, batch = noise(3, 20), noise(4, 12)
    found = [
        attribute(rows[[mark]], np.delete(rows, mark, axis=0), batch, level=0.1).pvalues[0]
        for mark in range(20)
    ]
    np.testing.assert_allclose(np.sort(found), np.arange(1, 21) / 20)


def test_false_discoveries_stay_at_the_level() -> None:
    shares = []
    for seed in range(300):
        scores = learned(seed, {0: 5, 1: 5, 2: 5}, rows=30)
        found = attribute(scores, noise(seed + 10**4, 199), noise(seed + 10**5, 20), level=0.2)
        called = found.attributed
        shares.append(called[3:].sum() / max(1, called.sum()))
    assert np.mean(shares) <= 0.2 + 3 * np.std(shares) / np.sqrt(len(shares))


def test_how_many_marks_must_stand_out_for_any_to_be_attributed() -> None:
    decoys, batch = noise(5, 99), noise(6, 20)
    few = attribute(learned(7, {0: 99}, rows=12), decoys, batch)
    assert few.fewest == 3  # 12 marks / (100 draws * 0.05), rounded up
    assert not few.attributed.any()
    enough = attribute(learned(7, {0: 99, 1: 99, 2: 99}, rows=12), decoys, batch)
    assert enough.attributed[:3].all()


def test_a_claim_for_the_right_label_is_upheld() -> None:
    marks = learned(8, dict.fromkeys(range(LABELS), 9), rows=LABELS)
    right = check_claims(marks, noise(9, 99), np.arange(LABELS))
    assert right.upheld.all()
    assert (right.told_apart == ~np.eye(LABELS, dtype=np.bool_)).all()
    wrong = check_claims(marks, noise(9, 99), np.roll(np.arange(LABELS), 1))
    assert not wrong.told_apart.any()


def test_a_mark_that_lifts_every_label_a_little_is_not_told_apart() -> None:
    """Figure 18: decoys are no measure for learned marks, but the other learned marks are."""
    rng = np.random.default_rng(10)
    marks = rng.normal(size=(30, 30)) + 6  # all of them lift all labels
    marks[np.arange(15), np.arange(15)] += 9  # half of them have their own label too
    decoys = rng.normal(size=(99, 30))
    found = check_claims(marks, decoys, np.arange(30))
    assert (found.decoy_pvalues <= 0.1).all()
    assert found.rival_pvalues is not None
    assert found.upheld[:15].all()
    assert found.upheld[15:].mean() <= 0.3
    assert found.told_apart[:15, :15].sum() == 15 * 14


def test_rivals_are_the_marks_of_other_labels() -> None:
    scores = np.random.default_rng(11).normal(size=(40, 3))
    claimed = np.arange(40) % 3
    found = check_claims(scores, noise(0, 99)[:, :3], claimed)
    assert found.rival_pvalues is not None
    for mark, label in enumerate(claimed):
        others = scores[claimed != label, label]
        expected = rank_test(scores[mark, label], others, level=0.5).pvalue
        assert found.rival_pvalues[mark] == expected
    np.testing.assert_array_equal(
        found.pvalues, np.maximum(found.decoy_pvalues, found.rival_pvalues)
    )


def test_too_few_rivals_are_left_out() -> None:
    found = check_claims(learned(12, {0: 9, 1: 9}, rows=4), noise(13, 99), [0, 1, 2, 2])
    assert found.rival_pvalues is None
    np.testing.assert_array_equal(found.pvalues, found.decoy_pvalues)


def test_a_pair_with_an_unpublished_mark_is_told_apart_no_more_often_than_the_level() -> None:
    apart = 0
    for seed in range(1500):
        marks = learned(seed, {0: 20}, rows=2)
        apart += check_claims(marks, noise(seed + 10**4, 19), [0, 1]).told_apart[0, 1]
    assert apart / 1500 <= 0.1 + 3 * np.sqrt(0.09 / 1500)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 999))
def test_the_order_of_marks_and_decoys_has_no_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    marks, decoys, claimed = noise(seed, 14), noise(seed + 1, 29), rng.integers(0, LABELS, 14)
    order, mixed = rng.permutation(14), decoys[rng.permutation(29)]
    one = check_claims(marks, decoys, claimed)
    other = check_claims(marks[order], mixed, claimed[order])
    np.testing.assert_array_equal(other.pvalues, one.pvalues[order])
    np.testing.assert_array_equal(other.told_apart, one.told_apart[np.ix_(order, order)])
    np.testing.assert_array_equal(one.told_apart, one.told_apart.T)


def test_results_survive_json() -> None:
    attributed = attribute(learned(14, {0: 9}), noise(15, 99), noise(16, 20))
    again = AttributionResult.from_dict(attributed.to_dict())
    assert again.to_dict() == attributed.to_dict()
    np.testing.assert_array_equal(again.attributed, attributed.attributed)
    for rows in (4, 12):  # without and with rivals
        claims = check_claims(noise(17, rows), noise(18, 99), np.arange(rows) % LABELS)
        restored = ClaimsResult.from_dict(claims.to_dict())
        assert restored.to_dict() == claims.to_dict()
        np.testing.assert_array_equal(restored.told_apart, claims.told_apart)


def test_what_can_not_be_tested() -> None:
    marks = noise(0, 4)
    with pytest.raises(TooFewDecoys, match="at level 0.05 needs at least 19 decoys, got 18"):
        attribute(marks, noise(1, 18), noise(2, 12))
    with pytest.raises(TooFewDecoys, match="at least 2 decoys, got 1"):
        attribute(marks, noise(1, 19), noise(2, 1))
    with pytest.raises(AnswerError, match="must be finite numbers"):
        attribute(np.full((2, LABELS), np.nan), noise(1, 19), noise(2, 12))
    with pytest.raises(PlanError, match="each of 4 marks needs one claimed label, got 3"):
        check_claims(marks, noise(1, 19), [0, 1, 2])
    with pytest.raises(PlanError, match="a column from 0 to 5, got 6"):
        check_claims(marks, noise(1, 19), [0, 1, 2, 6])
