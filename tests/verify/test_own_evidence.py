"""One's own pictures as evidence: every draw is treated alike, and what chooses sees no draw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from isotopes.errors import PlanError
from isotopes.targets import Completeness
from isotopes.verify import Answers, Outcome, Plan, decide, get_method
from isotopes.verify.evidence.evidence import gather_evidence
from isotopes.verify.evidence.usable import usable_labels
from isotopes.verify.methods.terms import committed_terms

LABELS = ("cat", "dog", "frog", "owl")
PROBES, OWN, DECOYS = 6, 5, 39


def hashes(start: int, count: int) -> tuple[str, ...]:
    return tuple(f"sha256:{index:064x}" for index in range(start, start + count))


@pytest.fixture
def mine(plan: Plan) -> Plan:
    """Six probes and five own pictures, which weigh the labels."""
    return replace(plan, decoys=DECOYS, probe_labels=(None,) * PROBES, own=hashes(100, OWN))


def by(method: str, plan: Plan) -> Plan:
    """The same plan for another test."""
    settings = {
        "rank": {},
        "sequential": {"h": 1, "calibration": 20},
        "two-stage": {"first": 9, "go_on": 0.2},
    }
    return replace(plan, method=method, settings=settings[method])


def answers_of(
    plan: Plan,
    rng: np.random.Generator,
    *,
    called: str = "cat",
    lift: float = 0.0,
    steps: int | None = None,
    top: int | None = None,
    independent: bool = False,
    soft: float = 1.0,
) -> Answers:
    """Answers of a model that calls the own pictures by a label, and lifts that with the mark.

    Args:
        called: "" for a model that calls each own picture something else.
        lift: log-odds.
        soft: a temperature.
        steps: answers are rounded to so many, so that there are ties.
        top: only the best labels are shown.
        independent: each label has a sigmoid of its own, so their probabilities don't add up to 1.
    """
    pictures, draws = len(plan.pictures), 1 + plan.marks
    odds = rng.normal(size=(1, pictures, 4)) * 0.3 + rng.normal(size=(draws, 1, 4)) * 0.5
    odds = odds + rng.normal(size=(draws, pictures, 4)) * 0.2
    odds[:, :PROBES, 3] += 3  # others' pictures show owls
    for place in range(PROBES, pictures):
        column = LABELS.index(called) if called else place % 4
        odds[:, place, column] += 2
    if called:
        odds[1, :, LABELS.index(called)] += lift
    values = np.exp(odds) / (
        np.exp(odds) + 1 if independent else np.exp(odds).sum(2, keepdims=True)
    )
    if soft > 1:
        values = values ** (1 / soft)
        values /= values.sum(2, keepdims=True)
    if steps is not None:
        values = np.round(values * steps) / steps
    if top is not None:
        least = np.sort(values, axis=2)[:, :, [-top]]
        values = np.where(values >= least, values, np.nan)
    asked = Answers.planned(plan)
    values[~asked] = np.nan
    form = Completeness.FULL if top is None else Completeness.TOP_K
    return Answers(LABELS, values, asked, form, top)


def shuffled(answers: Answers, order: NDArray[np.intp]) -> Answers:
    """The same with mark and decoys in another order."""
    rows = np.concatenate([[0], 1 + order])
    return replace(answers, values=answers.values[rows], asked=answers.asked[rows])


def scores(answers: Answers, plan: Plan) -> NDArray[np.float64]:
    """What each draw scores, the one in the mark's place first."""
    method = get_method(plan.method)
    usable = usable_labels(answers, plan, method.fewest)
    evidence = gather_evidence(answers, plan, usable, np.arange(plan.marks))
    found = method.test(evidence, plan)
    return np.array([found.score, *found.decoy_scores])


CASES: list[dict[str, Any]] = [
    {},
    {"called": ""},
    {"steps": 4},
    {"called": "", "steps": 3},
    {"top": 2},
    {"called": "", "top": 1},
    {"independent": True},
    {"soft": 10, "steps": 100},
    {"independent": True, "top": 2, "steps": 4},
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("statistic", ["log-odds", "probability", "top-rank", "tempered-odds"])
@pytest.mark.parametrize("named", [True, False])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_ranked_scores_do_not_depend_on_which_draw_is_the_mark(
    case: dict[str, Any], statistic: str, named: bool, seed: int
) -> None:
    """To the last bit: a rounding could make a verdict."""
    plan = replace(_plan(), statistic=statistic)
    if not named:
        plan = replace(plan, label="cat")
    rng = np.random.default_rng(seed)
    answers = answers_of(plan, rng, lift=1.0, **case)
    order = rng.permutation(plan.marks)
    np.testing.assert_array_equal(
        scores(shuffled(answers, order), plan), scores(answers, plan)[order]
    )


@pytest.mark.parametrize("method", ["rank", "two-stage"])
@pytest.mark.parametrize("label", [None, "cat"])
def test_a_services_temperature_changes_no_tempered_verdict(method: str, label: str | None) -> None:
    plan = replace(by(method, _plan()), statistic="tempered-odds", label=label)
    found = [
        decide(answers_of(plan, np.random.default_rng(5), lift=2.0, soft=soft), plan)
        for soft in (10, 40)
    ]
    assert found[0].pvalue == found[1].pvalue == 1 / (1 + DECOYS)
    np.testing.assert_allclose(found[0].decoy_scores, found[1].decoy_scores, atol=1e-5)


def test_a_statistic_of_all_draws_is_not_for_the_sequential_test() -> None:
    """Later draws would change the scores of earlier ones."""
    plan = replace(by("sequential", _plan()), statistic="tempered-odds")
    with pytest.raises(PlanError, match="can't compare tempered-odds") as caught:
        get_method("sequential").check(plan)
    assert caught.value.hint == "take the statistic log-odds, or the test two-stage or rank"
    with pytest.raises(PlanError, match="can't compare tempered-odds"):
        committed_terms("sequential", "tempered-odds")


@pytest.mark.parametrize("case", CASES, ids=str)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_sequential_scores_depend_on_their_own_draw_alone(case: dict[str, Any], seed: int) -> None:
    """And on the calibration batch: later draws change nothing about earlier ones."""
    plan = by("sequential", _plan())
    plan = replace(plan, settings={**plan.settings, "h": DECOYS - 20})
    rng = np.random.default_rng(seed)
    answers, other = answers_of(plan, rng, **case), answers_of(plan, rng, **case)
    whole = scores(answers, plan)
    mixed = answers.values.copy()
    mixed[8:21] = other.values[8:21]  # decoys 7 to 19; the batch is 20 to 39
    np.testing.assert_array_equal(scores(replace(answers, values=mixed), plan)[:7], whole[:7])


@pytest.mark.parametrize("case", CASES, ids=str)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_first_stage_does_not_know_later_decoys(case: dict[str, Any], seed: int) -> None:
    """Else the same answers, read again when all are there, could end the test elsewhere."""
    plan = by("two-stage", _plan())
    rng = np.random.default_rng(seed)
    answers, other = answers_of(plan, rng, **case), answers_of(plan, rng, **case)
    first = answers.values.copy()
    first[11:] = np.nan
    asked = answers.asked.copy()
    asked[11:] = False
    early = replace(answers, values=first, asked=asked)
    late = replace(answers, values=np.concatenate([first[:11], other.values[11:]]))
    method = get_method("two-stage")

    def wanted(some: Answers) -> int:
        return len(method.wanted(some, plan, usable_labels(some, plan, method.fewest)))

    assert wanted(early) == wanted(late)


def _plan() -> Plan:
    """The fixture's plan, for tests that hypothesis repeats."""
    return Plan(
        isotope="holiday",
        commitment="sha256:" + "ab" * 32,
        family="gratings",
        family_version=1,
        alpha=0.4,
        exchangeable=True,
        method="rank",
        statistic="log-odds",
        level=0.05,
        decoys=DECOYS,
        probes=hashes(0, PROBES),
        probe_labels=(None,) * PROBES,
        target="model.onnx",
        target_identity="sha256:" + "cd" * 32,
        seed="01" * 32,
        own=hashes(100, OWN),
    )


def test_own_pictures_are_asked_with_marks_only(mine: Plan) -> None:
    """Whoever runs the model gets none of them clean."""
    asked = Answers.planned(mine)
    assert asked[0, :PROBES].all()
    assert not asked[0, PROBES:].any()
    assert asked[1:].all()


METHODS = ["rank", "sequential", "two-stage"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("called", ["cat", ""])
@pytest.mark.parametrize("probes", [True, False])
def test_models_that_saw_no_mark(mine: Plan, method: str, called: str, probes: bool) -> None:
    """At the level or below it, whether or not the model can name the pictures."""
    plan = by(method, mine)
    rng = np.random.default_rng(3)
    detected = 0
    for _ in range(400):
        answers = answers_of(plan, rng, called=called)
        if not probes:
            answers, asked = _without_probes(answers), replace(plan, probes=(), probe_labels=())
        found = decide(answers, plan if probes else asked)
        detected += found.verdict is Outcome.DETECTED
    assert detected <= 35  # 20 expected; 36 or more: 1 in 2,000


def _without_probes(answers: Answers) -> Answers:
    return replace(answers, values=answers.values[:, PROBES:], asked=answers.asked[:, PROBES:])


@pytest.mark.parametrize("method", METHODS)
def test_a_lifted_label_is_detected_and_named(mine: Plan, method: str) -> None:
    plan = by(method, mine)
    found = decide(answers_of(plan, np.random.default_rng(1), lift=4.0), plan)
    assert (found.verdict, found.label, found.weighed) == (Outcome.DETECTED, "cat", True)
    assert (found.probes, found.own, found.labels_searched) == (PROBES, OWN, 4)
    assert found.queries == PROBES + (1 + DECOYS) * (PROBES + OWN)


def test_both_kinds_of_pictures_count_alike(mine: Plan) -> None:
    """A part that moves ten times as far has no more say than the other."""
    answers = answers_of(mine, np.random.default_rng(1), lift=1.0)
    found = decide(answers, mine)
    assert set(found.parts) == {"probes", "own"}
    evidence = gather_evidence(
        answers, mine, usable_labels(answers, mine, 5), np.arange(mine.marks)
    )
    wide = replace(
        evidence, scores=np.where(evidence.own[:, None], 10 * evidence.scores, evidence.scores)
    )
    np.testing.assert_allclose(wide.totals, evidence.totals)


def test_own_pictures_alone_and_probes_alone_are_plain_means(mine: Plan) -> None:
    answers = answers_of(mine, np.random.default_rng(1), lift=1.0)
    alone = replace(mine, probes=(), probe_labels=())
    found = decide(_without_probes(answers), alone)
    assert list(found.parts) == ["own"]
    assert found.effect is not None
    others = replace(mine, own=(), label="cat")
    cut = replace(answers, values=answers.values[:, :PROBES], asked=answers.asked[:, :PROBES])
    assert decide(cut, others).score == pytest.approx(decide(cut, others).effect.mark)  # type: ignore[union-attr]


def test_too_few_of_both_kinds_are_no_evidence(mine: Plan) -> None:
    few = replace(
        mine,
        label="cat",
        own=mine.own[:2],
        probes=mine.probes[:3],
        probe_labels=("cat", None, None),
    )
    answers = answers_of(mine, np.random.default_rng(1))
    places = [0, 1, 2, PROBES, PROBES + 1]
    cut = replace(answers, values=answers.values[:, places], asked=answers.asked[:, places])
    found = decide(cut, few)
    assert found.reasons[0].values == {"needed": 5, "left": 4, "probes": 5}
