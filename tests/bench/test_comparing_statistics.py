"""The bench's statistics: laws of the centred log ratio, and tests as the product makes them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from bench.own_pictures import compare_page
from bench.own_pictures.compare import SCORES
from bench.own_pictures.log_ratio import centred_log_ratio, shares_of_best
from bench.own_pictures.services import NOISES, SERVICES, noisy, softer
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.stats.scores.statistic import log_odds, probability
from isotopes.stats.scores.tempered import TEMPERED, temper
from isotopes.verify.evidence.evidence import Evidence
from isotopes.verify.methods.ranking import rank_draws

DRAWS, PICTURES, LABELS = 12, 4, 7
nan = np.nan


def answers(seed: int = 1) -> np.ndarray[Any, np.dtype[np.float64]]:
    logits = np.random.default_rng(seed).normal(size=(DRAWS, PICTURES, LABELS)) * 1.5
    return np.asarray(np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), temperature=st.floats(1, 20), constant=st.floats(0.5, 1))
def test_a_temperature_only_scales_the_log_ratio(
    seed: int, temperature: float, constant: float
) -> None:
    some = answers(seed)
    found = centred_log_ratio(some)
    np.testing.assert_allclose(found.sum(axis=2), 0, atol=1e-9)
    soft = softer(temperature)(some, np.random.default_rng(0))
    np.testing.assert_allclose(centred_log_ratio(soft) * temperature, found, atol=1e-8)
    np.testing.assert_allclose(centred_log_ratio(some * constant), found, atol=1e-9)
    np.testing.assert_allclose(shares_of_best(soft), shares_of_best(some))


def test_labels_without_a_probability_count_as_the_least() -> None:
    least = np.log(1e-6)
    found = centred_log_ratio(np.array([[1.0, 0.0], [1.0, nan], [1e-9, 1.0]]))
    expected = [[-least / 2, least / 2]] * 2 + [[least / 2, -least / 2]]
    np.testing.assert_allclose(found, expected)
    shares = shares_of_best(np.array([[[0.5, 0.5, 0.0]], [[0.2, nan, 0.1]]]))
    assert shares.tolist() == [0.75, 0.25, 0]


@pytest.mark.parametrize("name", ["log-odds", TEMPERED])
def test_they_rank_as_the_product_does(name: str) -> None:
    some = softer(10)(answers(), np.random.default_rng(0))
    used = temper(some) if name == TEMPERED else some
    evidence = Evidence(
        labels=tuple("abcdefg"),
        marks=np.arange(DRAWS),
        scores=log_odds(used),
        allowed=np.ones((PICTURES, LABELS), np.bool_),
        own=np.ones(PICTURES, np.bool_),
        chances=probability(used),
    )
    plan: Any = SimpleNamespace(label=None, statistic=name, embeds=False)
    scores = SCORES[name](some)
    expected = rank_draws(evidence, plan, level=1)[0]
    assert scores.tolist() == [expected.statistic, *expected.null_distribution]


@pytest.mark.parametrize("name", SCORES)
def test_scores_are_treated_alike(name: str) -> None:
    order = np.random.default_rng(2).permutation(DRAWS)
    np.testing.assert_array_equal(SCORES[name](answers()[order]), SCORES[name](answers())[order])


@pytest.mark.parametrize("name", [*SERVICES, *NOISES])
def test_services_show_probabilities(name: str) -> None:
    shown = {**SERVICES, **NOISES}[name](answers(), np.random.default_rng(0))
    assert shown.shape == (DRAWS, PICTURES, LABELS)
    assert np.nanmin(shown) >= 0
    assert np.nanmax(shown) <= 1


def test_averaged_asks_are_nearer_to_the_answer() -> None:
    far = [
        np.abs(noisy(1, asks)(answers(), np.random.default_rng(3)) - answers()).mean()
        for asks in (1, 8)
    ]
    assert far[1] < far[0]


def test_the_page_has_a_line_for_each_service() -> None:
    row = {
        "task": "gtsrb",
        "family": "tints",
        "seed": 1,
        "use": "reported",
        "design": "usual",
        "service": "noise 1",
        "statistic": "log-odds",
        "of": "mark",
        "tests": 4,
        "hits": 3,
    }
    rows = [row, {**row, "of": "innocent", "hits": 0}, {**row, "design": "6 pictures", "hits": 1}]
    about = {"command": "c", "date": "2026-11-28", "machine": {"cores": 2, "processor": "x"}}
    text = "\n".join(compare_page._lines({**about, "rows": rows}))
    assert "## Reported: traffic signs, tints, seeds 1" in text
    assert "| Marks found, of 4 tests a cell | log-odds |" in text
    assert "| noise 1 | 0.75 |" in text
    assert "| noise 1 | 0.0000 |" in text
    assert "| noise 1 | 0.25 |" in text
