from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from content_target import LABELS, ContentTarget, answer_to, pictures
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.errors import IsotopesError
from isotopes.targets import Completeness, Target
from isotopes.targets.asking.budget import Budget, Budgeted
from isotopes.targets.asking.canary import Canary
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.asking.journaled import Journaled
from isotopes.targets.asking.rate_limiter import RateLimited, RateLimiter
from isotopes.targets.granularity import (
    Noisy,
    Rounded,
    Threshold,
    TopK,
    add_logit_noise,
    keep_above,
    keep_top,
)
from isotopes.targets.rate import RateLimit

POOL = pictures(10)
TRUTH = np.stack([answer_to(picture) for picture in POOL])

Layer = Callable[[Target, QueryJournal], Target]
KS = st.integers(1, 7)
THRESHOLDS = st.sampled_from([0.0, 0.05, 0.25, 0.9])


def ideal_limiter() -> RateLimiter:
    return RateLimiter(RateLimit(1e9))


CUTS: st.SearchStrategy[tuple[str, float]] = st.tuples(st.just("top-k"), KS) | st.tuples(
    st.just("threshold"), THRESHOLDS
)
CHANGES = st.tuples(st.sampled_from(["rounded", "noisy"]), st.integers(0, 3))
WATCHERS = st.tuples(st.sampled_from(["journaled", "budgeted", "limited", "canary"]), st.just(0))


def stack(layers: Sequence[tuple[str, float]], journal: QueryJournal) -> Target:
    target: Target = ContentTarget()
    for layer, setting in layers:
        target = {
            "top-k": lambda inner, x: TopK(inner, int(x)),
            "threshold": Threshold,
            "rounded": lambda inner, x: Rounded(inner, int(x)),
            "noisy": lambda inner, x: Noisy(inner, 0.5, int(x)),
            "journaled": lambda inner, x: Journaled(inner, journal),
            "budgeted": lambda inner, x: Budgeted(inner, Budget(queries=1000)),
            "limited": lambda inner, x: RateLimited(inner, ideal_limiter()),
            "canary": lambda inner, x: Canary(inner, POOL[:2], every=3),
        }[layer](target, setting)
    return target


@settings(deadline=None, max_examples=60)
@given(
    layers=st.lists(CUTS | CHANGES | WATCHERS, max_size=6),
    batches=st.lists(st.lists(st.sampled_from(range(10)), min_size=1, max_size=6), max_size=4),
)
def test_stacked_in_any_order_each_picture_keeps_its_answer_and_limits_are_right(
    tmp_path_factory: pytest.TempPathFactory,
    layers: list[tuple[str, float]],
    batches: list[list[int]],
) -> None:
    folder = tmp_path_factory.mktemp("stack")
    changing = [layer for layer in layers if layer[0] not in {"journaled", "budgeted"}]
    with QueryJournal(folder / "one") as one, QueryJournal(folder / "other") as other:
        batched, single = stack(layers, one), stack(changing, other)
        for batch in batches:
            scores = batched.ask([POOL[index] for index in batch])
            assert (scores.completeness, scores.limit) == expected_cut(layers)
            alone = [single.ask([POOL[index]]).values[0] for index in batch]
            np.testing.assert_array_equal(scores.values, np.stack(alone))


def expected_cut(layers: Sequence[tuple[str, float]]) -> tuple[Completeness, float | None]:
    ks = [x for layer, x in layers if layer == "top-k" and x < len(LABELS)]
    thresholds = [x for layer, x in layers if layer == "threshold" and x > 0]
    if ks:
        return Completeness.TOP_K, min(ks)
    if thresholds:
        return Completeness.THRESHOLD, max(thresholds)
    return Completeness.FULL, None


@settings(deadline=None)
@given(st.lists(CUTS, max_size=4), st.randoms(use_true_random=False))
def test_cuts_commute_and_show_just_what_they_promise(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[tuple[str, float]], random: object
) -> None:
    shuffled = list(cuts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    ks = [x for layer, x in cuts if layer == "top-k"]
    thresholds = [x for layer, x in cuts if layer == "threshold"]
    rank = (-TRUTH).argsort(axis=1).argsort(axis=1)
    shown = (rank < min(ks, default=9)) & (max(thresholds, default=0.0) <= TRUTH)
    with QueryJournal(tmp_path_factory.mktemp("cuts") / "q") as journal:
        for layers in (cuts, shuffled):
            scores = stack(layers, journal).ask(POOL)
            assert (scores.completeness, scores.limit) == expected_cut(cuts)
            np.testing.assert_array_equal(scores.values, np.where(shown, TRUTH, np.nan))


def test_of_equal_scores_the_first_stay() -> None:
    values = np.tile([0.25, 0.5], (1, 50))
    assert np.flatnonzero(~np.isnan(keep_top(values, 3))).tolist() == [1, 3, 5]
    assert np.flatnonzero(~np.isnan(keep_top(values, 52))).tolist() == sorted(
        [*range(1, 100, 2), 0, 2]
    )


def test_a_score_at_the_threshold_is_shown() -> None:
    assert np.isnan(keep_above(np.array([[0.25, 0.5, 0.75]]), 0.5)).tolist() == [
        [True, False, False]
    ]


def test_rounding() -> None:
    scores = Rounded(ContentTarget(), 2).ask(POOL)
    np.testing.assert_array_equal(scores.values, np.round(TRUTH, 2))
    assert scores.completeness is Completeness.FULL


def test_noise_is_gaussian_on_the_logits() -> None:
    many = pictures(4000, seed=5)
    noisy = np.concatenate(
        [Noisy(ContentTarget(), 0.3, 1).ask(many[i : i + 64]).values for i in range(0, 4000, 64)]
    )
    clean = np.stack([answer_to(picture) for picture in many])
    np.testing.assert_allclose(noisy.sum(axis=1), 1)
    # The softmax's normalisation cancels in a difference of two logits.
    moved = np.log(noisy[:, 0] / noisy[:, 1]) - np.log(clean[:, 0] / clean[:, 1])
    assert moved.std() == pytest.approx(0.3 * np.sqrt(2), rel=0.05)
    assert abs(moved.mean()) < 4 * 0.3 * np.sqrt(2 / 4000)


def test_noise_follows_seed_and_picture_only() -> None:
    one = Noisy(ContentTarget(), 0.3, 1).ask(POOL).values
    np.testing.assert_array_equal(one[::-1], Noisy(ContentTarget(), 0.3, 1).ask(POOL[::-1]).values)
    assert not np.isclose(one, Noisy(ContentTarget(), 0.3, 2).ask(POOL).values).any()


def test_noise_leaves_impossible_labels_impossible_and_cut_labels_cut() -> None:
    values = np.array([[0.0, 0.6, 0.4], [0.3, np.nan, 0.2], [0.0, 0.0, 0.0]])
    noisy = add_logit_noise(values, np.full(values.shape, 0.1) * [1, 2, 3])
    assert noisy[0, 0] == 0
    assert noisy[1, [0, 2]].sum() == pytest.approx(0.5)
    assert np.isnan(noisy[1, 1])
    assert (noisy[2] == 0).all()


def test_a_rule_that_changes_answers_changes_the_identity() -> None:
    target = ContentTarget()
    identities = [
        wrapped.identity()
        for wrapped in (
            target,
            TopK(target, 2),
            TopK(target, 3),
            Threshold(target, 0.5),
            Rounded(target, 2),
            Noisy(target, 0.1, 1),
            Noisy(target, 0.1, 2),
            Rounded(TopK(target, 2), 2),
            TopK(Rounded(target, 2), 2),
        )
    ]
    assert len(set(identities)) == len(identities)


def test_answers_before_and_after_a_cut_are_journaled_apart(tmp_path: Path) -> None:
    with QueryJournal(tmp_path / "q") as journal:
        full = Journaled(ContentTarget(), journal)
        full.ask(POOL)
        cut = Journaled(TopK(ContentTarget(), 1), journal).ask(POOL)
        assert cut.limit == 1
        assert full.ask(POOL).completeness is Completeness.FULL


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda t: TopK(t, 0), "at least 1 label, got K = 0"),
        (lambda t: Threshold(t, 55), r"must be in \[0, 1\], got 55"),
        (lambda t: Rounded(t, -1), "0 or more decimals, got -1"),
        (lambda t: Noisy(t, -0.5, 0), r"must not be negative, got -0\.5"),
    ],
)
def test_settings_out_of_range_are_refused(make: Callable[[Target], Target], message: str) -> None:
    with pytest.raises(IsotopesError, match=message):
        make(ContentTarget())
