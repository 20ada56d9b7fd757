"""Verdicts on encoders: exact, without labels, and recomputed from the same answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from isotopes.errors import PlanError, TooFewProbes
from isotopes.report.sentences import sentence
from isotopes.report.words import effort_rows, evidence_rows
from isotopes.stats.scores.embeddings import as_fractions
from isotopes.stats.scores.statistic import EMBEDDINGS
from isotopes.verify import Answers, Outcome, Plan, Verdict, decide, get_method
from isotopes.verify.evidence.interim import interim_scores

PROBES, OWN, NUMBERS = 6, 5, 16
LABELS = tuple(f"number {at}" for at in range(1, NUMBERS + 1))
METHODS: dict[str, dict[str, float]] = {"rank": {}, "two-stage": {"first": 9, "go_on": 0.2}}


@pytest.fixture(params=METHODS)
def of_encoder(plan: Plan, request: pytest.FixtureRequest) -> Plan:
    own = tuple(f"sha256:{at:064x}" for at in range(100, 100 + OWN))
    return replace(
        plan,
        method=request.param,
        settings=METHODS[request.param],
        statistic=EMBEDDINGS,
        own=own,
    )


def answers_of(plan: Plan, rng: np.random.Generator, learned: float = 0.0) -> Answers:
    """Of an encoder in which each draw has a direction, and the mark so much more of it.

    Another view of a picture lies near it, and nearer with a mark that it learned.
    """
    draws, pictures = 1 + plan.marks, len(plan.pictures)
    raw = np.repeat(rng.normal(size=(1, pictures, NUMBERS)), draws, axis=0)
    ways = rng.normal(size=(draws, 1, NUMBERS)) * 0.05
    ways[0] = 0
    ways[1] *= 1 + learned
    noise = rng.normal(size=(draws, pictures, NUMBERS)) * 0.1
    noise[0] = 0
    raw += ways + noise
    for view, published in plan.views.items():
        away = rng.normal(size=(draws, NUMBERS))
        away[1] /= 1 + learned
        raw[:, view] = raw[:, published] + away
    raw /= np.linalg.norm(raw, axis=-1, keepdims=True)
    values, asked = as_fractions(raw), Answers.planned(plan)
    values[~asked] = np.nan
    return Answers(LABELS, values, asked)


def only(plan: Plan, pictures: str) -> Plan:
    """The same plan with own pictures, others' or both."""
    if pictures == "own":
        return replace(plan, probes=(), probe_labels=())
    return plan if pictures == "both" else replace(plan, own=())


# What was asked about, and what is said of the mark, and in the table.
SAID = {
    "both": (
        "holds your pictures near to other views of themselves, and moves other people's pictures"
        " one way, more with the mark than with any of 19 decoys",
        "in how near your pictures are to other views of themselves",
    ),
    "own": (
        "holds your pictures nearer to other views of themselves with the mark than with any of 19",
        "in how near your pictures are to other views of themselves",
    ),
    "probes": (
        "the mark moves other people's pictures one way, more than any of 19 decoys",
        "in how far other people's pictures go one way",
    ),
}


@pytest.mark.parametrize("pictures", SAID)
def test_a_learned_mark_is_detected(of_encoder: Plan, pictures: str) -> None:
    plan = only(of_encoder, pictures)
    verdict = decide(answers_of(plan, np.random.default_rng(1), learned=9), plan)
    assert (verdict.verdict, verdict.pvalue) == (Outcome.DETECTED, 0.05)
    assert (verdict.label, verdict.labels_searched, verdict.probabilities) == (None, 0, None)
    assert (verdict.probes, verdict.own) == (len(plan.probes), len(plan.own))
    assert set(verdict.parts) == ({"own", "probes"} if pictures == "both" else {pictures})
    if pictures == "both":
        assert verdict.score == pytest.approx(sum(verdict.parts.values()))
    assert Verdict.from_dict(verdict.to_dict()) == verdict
    said, row = SAID[pictures]
    assert said in sentence(verdict)
    rows = dict(evidence_rows(verdict))
    assert "label" not in rows
    assert "probes" not in " ".join(rows.values())  # the interval is over own pictures, or over all
    assert dict(effort_rows(verdict))["pictures left out"] == "0 unreadable"
    assert row in rows["the mark above all draws"]
    effect = "effect on other people's pictures" if pictures == "probes" else "views of your"
    assert any(effect in name for name in rows)


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        ("both", "one way, as much or more with"),
        ("own", "as near to other views of themselves, or nearer, with"),
        ("probes", "decoys move other people's pictures one way as much as the mark, or more"),
    ],
)
def test_an_innocent_encoder_in_words(of_encoder: Plan, pictures: str, said: str) -> None:
    plan = only(of_encoder, pictures)
    verdict = decide(answers_of(plan, np.random.default_rng(1)), plan)
    assert verdict.verdict is Outcome.NOT_DETECTED
    assert said in sentence(verdict)


def test_views_are_queries_but_no_pictures(of_encoder: Plan) -> None:
    assert len(of_encoder.pictures) == PROBES + 2 * OWN
    assert of_encoder.distinct == PROBES + OWN
    assert list(of_encoder.views.items()) == [(PROBES + OWN + at, PROBES + at) for at in range(OWN)]
    few = replace(of_encoder, probes=(), probe_labels=(), own=of_encoder.own[:4])
    with pytest.raises(TooFewProbes, match="needs at least 5 probes, got 4"):
        decide(answers_of(few, np.random.default_rng(1)), few)
    verdict = decide(answers_of(of_encoder, np.random.default_rng(1), learned=9), of_encoder)
    assert verdict.queries == PROBES + 20 * (PROBES + 2 * OWN)
    with pytest.raises(PlanError, match="its scores take at least"):
        Verdict.from_dict(verdict.to_dict() | {"queries": verdict.queries - 1})


def test_what_was_cut_short_before_any_score_has_no_empty_rows(of_encoder: Plan) -> None:
    whole = answers_of(of_encoder, np.random.default_rng(1))
    asked = np.zeros_like(whole.asked)
    asked[0, :PROBES] = True
    verdict = decide(replace(whole, asked=asked, cut="the budget is spent"), of_encoder)
    assert (verdict.verdict, verdict.parts) == (Outcome.INCONCLUSIVE, {})
    assert evidence_rows(verdict) == []


@pytest.mark.parametrize("pictures", SAID)
def test_innocent_encoders_are_accused_no_more_often_than_the_level_says(
    of_encoder: Plan, pictures: str
) -> None:
    alone = only(of_encoder, pictures)
    tried = 200
    found = [decide(answers_of(alone, np.random.default_rng(at)), alone) for at in range(tried)]
    accused = sum(one.verdict is Outcome.DETECTED for one in found)
    assert accused <= binom.isf(0.001, tried, 0.05)
    assert 0.3 < np.mean([one.pvalue or 1 for one in found]) < 0.7  # no test that never accuses


def test_it_is_the_draws_rank_that_counts(of_encoder: Plan) -> None:
    """Whichever draw is the mark, each scores what it scored."""
    of_encoder = replace(of_encoder, method="rank", settings={})  # two stages look at some first
    found = answers_of(of_encoder, np.random.default_rng(3))
    order = np.roll(np.arange(of_encoder.marks), 7)
    values = found.values.copy()
    values[1:] = found.values[1:][order]
    one, other = (
        decide(replace(found, values=some), of_encoder) for some in (found.values, values)
    )
    scores = [np.array([of.score, *of.decoy_scores]) for of in (one, other)]
    np.testing.assert_array_equal(scores[1], scores[0][order])


@pytest.mark.parametrize("method", ["sequential", "paired-t"])
def test_other_tests_compare_labels(plan: Plan, method: str) -> None:
    settings = dict.fromkeys(get_method(method).settings, 1)
    of_labels = replace(plan, method=method, statistic=EMBEDDINGS, settings=settings)
    with pytest.raises(PlanError, match="compares labels, and this target answers with embed"):
        get_method(method).check(of_labels)


def test_it_has_no_labels(plan: Plan) -> None:
    for labels in ({"label": "cat"}, {"candidates": ("cat", "dog")}):
        with pytest.raises(PlanError, match="has no labels"):
            replace(plan, statistic=EMBEDDINGS, **labels)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "altered",
    [
        {"label": "cat"},
        {"labels_searched": 2},
        {"probabilities": {"clean": 0.1, "mark": 0.2, "decoys": 0.1}},
        {"statistic": "log-odds"},
        {"effect": None},
        {"parts": {"towards": 1.2}},
        {"parts": {}},
        {"parts": {"own": 1.2}},
        {"own": 0},
    ],
)
def test_a_verdict_that_contradicts_itself_is_refused(
    of_encoder: Plan, altered: dict[str, Any]
) -> None:
    verdict = decide(answers_of(of_encoder, np.random.default_rng(1), learned=9), of_encoder)
    with pytest.raises(PlanError, match="contradicts itself"):
        Verdict.from_dict(verdict.to_dict() | altered)


def test_nothing_is_shown_while_it_is_asked(of_encoder: Plan) -> None:
    found = interim_scores(of_encoder, answers_of(of_encoder, np.random.default_rng(1)))
    assert (found.mark, found.decoys) == (None, ())
