"""Models that give a picture several labels, or none: each has a probability of its own.

`tests/verify/test_own_evidence.py` exchanges their draws, so the level holds for innocent ones.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from linear_model import LABELS, LinearModel

from isotopes.targets import Picture
from isotopes.targets.granularity import Threshold
from isotopes.targets.target import Target
from isotopes.vault import Isotope
from isotopes.verify import Outcome
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.run import check_model

Probes = list[tuple[str, Picture]]
TERMS = Terms(decoys=39, level=0.05, probes=12, any_label=True)


def independent(marked: Isotope | None = None) -> LinearModel:
    model = LinearModel(marked, strength=4.0)
    model.independent = True
    return model


@pytest.mark.parametrize(("hidden", "label"), [(False, None), (True, "cat")])
def test_a_guilty_model_is_detected(
    isotope: Isotope, probes: Probes, hidden: bool, label: str | None
) -> None:
    target: Target = independent(isotope)
    values = target.ask([picture for _, picture in probes]).values
    assert np.ptp(values.sum(axis=1)) > 1  # not shares of 1
    if hidden:
        target = Threshold(target, 0.3)
    terms = replace(TERMS, any_label=label is None, label=label)
    verdict = check_model(isotope, target, probes, terms)
    assert (verdict.verdict, verdict.label) == (Outcome.DETECTED, "cat")


def test_every_label_that_a_probe_shows_is_left_out(isotope: Isotope, probes: Probes) -> None:
    model = independent()
    model.usual = 9.0  # every picture shows a cat, whatever else it shows
    verdict = check_model(isotope, model, probes, replace(TERMS, candidates=LABELS[1:]))
    assert verdict.probes > 0
    alone = check_model(isotope, model, probes, replace(TERMS, any_label=False, label="cat"))
    assert alone.verdict is Outcome.INCONCLUSIVE
