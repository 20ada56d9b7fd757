"""The bench judges as the product does, and its pages say what its rows say."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from bench.own_pictures import page
from bench.own_pictures.answers import FRESH, OfLabel
from bench.own_pictures.judge import DESIGNS, STAGES, judge, score_answers
from bench.own_pictures.measure import TESTS, _of_fresh, _of_mark

from isotopes.stats.scores.statistic import log_odds, probability
from isotopes.verify.evidence.evidence import Evidence
from isotopes.verify.methods.ranking import rank_draws
from isotopes.verify.methods.two_stage import TwoStage

PICTURES, LABELS = 8, 5


def answers(draws: int, lift: float = 0.0) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Random ones; the first draw lifts label 0."""
    logits = np.random.default_rng(2).normal(size=(draws, PICTURES, LABELS))
    logits[..., 0] += 2
    logits[0, :, 0] += lift
    chances = np.exp(logits)
    return (chances / chances.sum(axis=2, keepdims=True)).astype(np.float32)


def of_label(marked: int, lift: float = 0.0) -> OfLabel:
    own = answers(FRESH + bool(marked), lift)
    probes = answers(100) if marked else answers(1)[:0]
    shows = np.arange(PICTURES) % LABELS
    return OfLabel(0, marked, 20, 0.32, 1.0, own, probes, answers(1)[0], shows)


@pytest.mark.parametrize("name", ["rank", "rank, label named", "rank, top 5", "rank, top 1"])
def test_as_the_product_ranks_the_same_answers(name: str) -> None:
    design = DESIGNS[name]
    some = answers(1 + design.decoys, lift=1.0)
    views = score_answers(some)
    found = judge(design, views, np.arange(len(some)), 0, np.random.default_rng(0))
    view = views[design.shown]
    columns = [0] if design.named else list(range(LABELS))
    evidence = Evidence(
        labels=tuple(map(str, columns)),
        marks=np.arange(len(some)),
        scores=view.odds[:, :, columns],
        allowed=np.ones((PICTURES, len(columns)), np.bool_),
        own=np.ones(PICTURES, np.bool_),
        chances=None if design.named else view.chances,
    )
    plan: Any = SimpleNamespace(
        label="0" if design.named else None, statistic="log-odds", embeds=False
    )
    assert found.pvalue == rank_draws(evidence, plan, level=1)[0].pvalue
    assert found.queries == len(some) * PICTURES


def test_a_model_that_shows_less_is_seen_less() -> None:
    some = answers(3)
    views = score_answers(some)
    np.testing.assert_array_equal(views["scores"].odds, log_odds(some.astype(np.float64)))
    np.testing.assert_allclose(views["top-5"].chances, probability(some), rtol=1e-6)
    assert (views["top-1"].chances.sum(axis=2) == 1).all()
    assert set(np.unique(views["top-1"].chances)) == {0, 1}


def test_two_stages_as_the_usual_check_has_them() -> None:
    assert (STAGES.first, STAGES.decoys, STAGES.go_on) == (9, 99, 0.2)
    rng = np.random.default_rng(1)
    design = DESIGNS["two-stage"]
    for lift, expected in ((9.0, 600), (-9.0, 60)):
        views = score_answers(answers(100, lift))
        assert judge(design, views, np.arange(100), 0, rng).queries == expected
    assert design.pictures == TwoStage.own


def test_a_learned_mark_is_found_and_fresh_keys_are_not_accused_too_often() -> None:
    row = _of_mark(of_label(marked=20, lift=6.0), seed=1)
    assert row["found"]["rank"] == row["found"]["two-stage"] == 1
    fresh = _of_fresh(of_label(marked=0), seed=1)
    assert set(fresh) == set(DESIGNS)
    for judged in fresh.values():
        assert len(judged) == TESTS
        assert sum(one.pvalue <= 0.1 for one in judged) <= 15  # 5.6 expected; 16: 1 in 5,000


def test_the_page_says_which_goals_were_missed() -> None:
    mark = {
        "what": "mark",
        "family": "tints",
        "task": "faces",
        "network": "resnet8",
        "seed": 1,
        "accuracy": 0.5,
        "label": 3,
        "alpha": 0.32,
        "share": 1.0,
        "pictures": 20,
        "found": dict.fromkeys([*DESIGNS, page.BESIDE], 0.9),
        "queries": dict.fromkeys(DESIGNS, 600.0),
    }
    innocent = [
        {
            **{name: mark[name] for name in ("family", "task", "seed")},
            "what": "innocent",
            "saw": "other people's marks",
            "test": test,
            "tests": 100,
            "accused_0.1": 9,
            "accused_0.05": 5,
            "accused_0.01": 1,
            "queries": {"60": 80, "600": 20},
        }
        for test in DESIGNS
    ]
    other = {**mark, "family": "gratings", "found": dict.fromkeys(mark["found"], 0.0)}
    machine = {"cores": 2, "processor": "x"}
    found = {"command": "c", "date": "2026-11-27", "machine": machine}
    text = "\n".join(page._lines({**found, "rows": [mark, other, *innocent]}))
    assert "| faces, 20 a label | 100% | 32 | 1 | 0.90 (" in text
    assert "| 0.95: **missed** |" in text
    assert "0.90 of 1 marks. Goal 0.8: reached." in text
    assert "| two-stage | 60 | 600 | 600 | 0.900 |" in text
    assert "| two-stage | other people's marks | 100 | 0.0900 | 0.0500 | 0.0100 |" in text
