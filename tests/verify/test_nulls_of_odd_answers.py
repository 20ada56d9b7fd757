"""Innocent models that answer oddly are accused no more often than the level says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.stats import binom

from isotopes.targets import Completeness
from isotopes.verify import Answers, Plan, decide

Values = NDArray[np.float64]
LABELS = tuple("abcdefgh")
TRIED, DECOYS = 200, 19


def best_only(rng: Generator, rows: int, pictures: int) -> Values:
    """The best label alone, without a score of its own: nearly all draws tie."""
    usual = rng.integers(0, len(LABELS), pictures)
    other = rng.integers(0, len(LABELS), (rows, pictures))
    best = np.where(rng.random((rows, pictures)) < 0.15, other, usual)
    shown: Values = np.where(best[..., None] == np.arange(len(LABELS)), 1.0, np.nan)
    return shown


def one_hot(rng: Generator, rows: int, pictures: int) -> Values:
    return np.nan_to_num(best_only(rng, rows, pictures))


def rounded(rng: Generator, rows: int, pictures: int) -> Values:
    """One digit."""
    usual = rng.dirichlet(np.ones(len(LABELS)), size=pictures)
    noise = rng.normal(0, 0.05, (rows, *usual.shape))
    return np.clip(np.round(usual + noise, 1), 0, 1)


def spikes(rng: Generator, rows: int, pictures: int) -> Values:
    """Some draws send all pictures to a label of their own, with certainty."""
    values = np.repeat(rng.dirichlet(np.ones(len(LABELS)), size=(1, pictures)), rows, axis=0)
    for row in np.flatnonzero(rng.random(rows) < 0.3):
        values[row] *= 0.01
        values[row, :, rng.integers(len(LABELS))] = 0.99
    return values


def two_levels(rng: Generator, rows: int, pictures: int) -> Values:
    """All that a draw does is halve all scores or not."""
    usual = rng.dirichlet(np.ones(len(LABELS)), size=(1, pictures))
    return np.asarray(usual * rng.choice([0.5, 1.0], (rows, 1, 1)))


@pytest.mark.parametrize("answer", [best_only, one_hot, rounded, spikes, two_levels])
@pytest.mark.parametrize(("probes", "own"), [(12, 0), (0, 6), (6, 6)])
def test_odd_answers(
    plan: Plan, answer: Callable[[Generator, int, int], Values], probes: int, own: int
) -> None:
    search = replace(
        plan,
        method="two-stage",
        settings={"first": 9, "go_on": 0.2},
        probes=tuple(f"sha256:{at:064x}" for at in range(probes)),
        probe_labels=(None,) * probes,
        own=tuple(f"sha256:{at:064x}" for at in range(100, 100 + own)),
    )
    asked = Answers.planned(search)
    kind = (Completeness.TOP_K, 1) if answer is best_only else (Completeness.FULL, None)
    accused, rng = 0, np.random.default_rng(7)
    for _ in range(TRIED):
        values = answer(rng, *asked.shape)
        values[~asked] = np.nan
        accused += decide(Answers(LABELS, values, asked, *kind), search).verdict == "detected"
    assert binom.sf(accused - 1, TRIED, search.level) > 1e-4
