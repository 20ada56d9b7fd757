"""Outliers among features: ROC curves against an oracle, and a mark that stands out is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isotopes.lab.tasks import chosen_labels
from isotopes.lab.trials.outlier_trial import TASK, OutlierTrial, outlier_trials, roc


def test_the_area_is_the_chance_that_an_isotope_ranks_higher() -> None:
    rng = np.random.default_rng(0)
    positive = np.arange(60) < 12
    scores = rng.normal(0, 1, 60) + positive
    higher = scores[positive][:, None] > scores[~positive]
    found = roc(scores, positive)
    assert found["auc"] == pytest.approx(higher.mean())
    flagged = np.sort(scores[~positive])[::-1][round(0.25 * 48)]
    assert found["tpr_25"] == pytest.approx((scores[positive] > flagged).mean())


def test_the_reference_is_another_network_than_the_one_looked_at(tiny: Path) -> None:
    for trial in outlier_trials("desk", (0.5,), (0.1,)):
        assert trial.reference.seed != trial.described.seed
        assert trial.models() == (trial.reference,)
    paper = next(outlier_trials("paper", (0.5,), (0.1,)))
    assert (paper.described.task, paper.reference.task) == (TASK, "imagenet")


def test_labels_that_the_reference_knows_are_not_marked(tiny: Path) -> None:
    trial = next(outlier_trials("desk", (0.5,), (0.1,)))

    def half(one: OutlierTrial) -> OutlierTrial:
        settings = [replace(m.setting, labels=10) for m in (one.described, one.reference)]
        models = [
            replace(m, setting=s)
            for m, s in zip((one.described, one.reference), settings, strict=True)
        ]
        return replace(one, described=models[0], reference=models[1])

    halved = half(trial)
    mine, known = (
        chosen_labels(m.task, m.setting, m.seed) for m in (halved.described, halved.reference)
    )
    marked = {int(mine[place]) for place in halved._labels()}
    assert marked
    assert not marked & set(known.tolist())
