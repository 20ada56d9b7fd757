"""The lab's check of own pictures decides as the product's does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from isotopes.lab.methods.own_check import (
    PICTURES,
    STAGES,
    own_check_pvalue,
    own_queries,
    staged_pvalue,
    weighed_pvalue,
)
from isotopes.lab.models.mark_spec import drawn, key_of
from isotopes.stats.scores.statistic import log_odds, probability
from isotopes.verify.evidence.evidence import Evidence
from isotopes.verify.methods.ranking import rank_draws
from isotopes.verify.methods.two_stage import TwoStage

MARK = drawn("gratings", key_of("own check"), 0)
MARKS = [MARK, *(MARK.decoy(index) for index in range(STAGES.decoys))]


def test_it_is_the_usual_check() -> None:
    usual = TwoStage.settings
    assert (STAGES.first, STAGES.go_on) == (usual["first"], usual["go_on"])
    assert (STAGES.level, PICTURES) == (TwoStage.level, TwoStage.own)
    assert STAGES.decoys == round(1 / TwoStage.level) - 1


@pytest.mark.parametrize("hidden", [False, True])
def test_it_ranks_draws_as_the_product_does(hidden: bool) -> None:
    answers = np.random.default_rng(3).dirichlet(np.ones(5), (20, 4))
    if hidden:
        answers[answers < 0.2] = np.nan
    labels = tuple("abcde")
    evidence = Evidence(
        labels=labels,
        marks=np.arange(20),
        scores=log_odds(answers),
        allowed=np.ones((4, 5), np.bool_),
        own=np.ones(4, np.bool_),
        chances=probability(answers),
    )
    plan: Any = SimpleNamespace(label=None, statistic="log-odds", embeds=False)
    assert weighed_pvalue(answers) == rank_draws(evidence, plan, level=1)[0].pvalue


def test_it_finds_a_mark_and_asks_an_innocent_model_little() -> None:
    own = np.random.default_rng(5).integers(60, 200, (PICTURES, 16, 16, 3), np.uint8)
    marked = MARK.make().render(16, 16).pixels.astype(float)
    pattern = marked - marked.mean()
    asked: list[int] = []

    def predict(pixels: NDArray[np.uint8]) -> NDArray[np.floating]:
        asked.append(len(pixels))
        # It calls all of these pictures by the first label, and surer where the mark is.
        chance = 1 / (1 + np.exp(-1 - (pixels * pattern).mean(axis=(1, 2, 3)) / 200))
        return np.stack([chance, 1 - chance], axis=1)

    rng = np.random.default_rng(0)
    assert own_check_pvalue(predict, own, MARKS, 0.4, rng) == 0.01
    assert sum(asked) == PICTURES * len(MARKS)
    asked.clear()
    stages = list(own_queries(own, MARKS, 0.4, np.random.default_rng(0)))  # the second is there
    assert staged_pvalue(predict, stages) == 0.01
    assert sum(asked) == PICTURES * len(MARKS)
    asked.clear()
    elsewhere = [*MARKS[1:], MARK]
    assert own_check_pvalue(predict, own, elsewhere, 0.4, rng) > STAGES.go_on
    assert sum(asked) == PICTURES * (1 + STAGES.first)
