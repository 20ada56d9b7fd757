"""Every test in probability, log-odds and top-K rank mode, on full and on incomplete answers."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isotopes.stats.paper.distinguish import distinguish
from isotopes.stats.paper.unpaired import unpaired_t
from isotopes.stats.scores.statistic import STATISTICS, get_statistic
from isotopes.stats.scores.tempered import TEMPERED
from isotopes.targets import Picture
from isotopes.targets.granularity import TopK
from isotopes.vault import Isotope
from isotopes.verify import Outcome, PairedTResult, Verdict, decide, load_answers, paired_t
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.run import check_model

Probes = list[tuple[str, Picture]]
MODES = sorted(STATISTICS)
LIFT = 3.0


def answers(best: int | None) -> np.ndarray:
    """Of 2 marks that each lift their own of 6 labels, shape (2, pictures, labels)."""
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(1, 40, 6)) + rng.normal(0, 0.1, (2, 40, 6))
    logits[[0, 1], :, [0, 1]] += LIFT
    found = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    if best is not None:
        least = np.sort(found, axis=2)[:, :, -best, None]
        found = np.where(found >= least, found, np.nan)
    return np.asarray(found)


def rounds(pictures: int) -> np.ndarray:
    rng = np.random.default_rng(2)
    return np.stack([rng.permutation(pictures)[:15] for _ in range(5)])


@pytest.mark.parametrize(
    ("method", "statistic"),
    [*product(["rank", "sequential", "paired-t"], MODES), ("rank", TEMPERED)],
)
@pytest.mark.parametrize("best", [None, 3])
def test_tests_of_one_mark(
    isotope: Isotope,
    guilty: Any,
    probes: Probes,
    tmp_path: Path,
    *,
    method: str,
    statistic: str,
    best: int | None,
) -> None:
    target = guilty if best is None else TopK(guilty, best)
    decoys, count = (None, 8) if method == "paired-t" else (39, 20)
    terms = Terms(
        method=method, statistic=statistic, label="cat", level=0.1, decoys=decoys, probes=count
    )
    verdict = check_model(isotope, target, probes, terms, answers_path=tmp_path / "a.npz")
    assert verdict.verdict is Outcome.DETECTED
    assert verdict.statistic == statistic
    assert verdict.effect is not None
    assert verdict.effect.low is not None
    assert 0 < verdict.effect.low < verdict.effect.difference
    plan, saved = load_answers(tmp_path / "a.npz")
    again = decide(saved, plan)
    assert (again, again.plan_hash) == (verdict, plan.hash)
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict


@pytest.mark.parametrize("statistic", MODES)
@pytest.mark.parametrize("best", [None, 3])
def test_tests_of_two_marks_or_objects(statistic: str, best: int | None) -> None:
    scores = get_statistic(statistic)(answers(best))
    v_d = distinguish(np.moveaxis(scores[:, :, :2], 2, 1), rounds(40))
    assert v_d.distinguished
    assert (v_d.lows > 0).all()
    v = paired_t(scores[0, :, 0], scores[1, :, 0], rounds(40))
    assert v.detected
    np.testing.assert_array_equal(v.pvalues, v_d.pvalues[0])
    assert (v.difference, v.low, v.high) == (v_d.differences[0], v_d.lows[0], v_d.highs[0])
    assert PairedTResult.from_dict(json.loads(json.dumps(v.to_dict()))).to_dict() == v.to_dict()
    physical = unpaired_t(scores[0, :25, 0], scores[1, 25:, 0], rounds(25), rounds(15))
    assert physical.detected
    assert physical.low is not None
    assert physical.low > 0
