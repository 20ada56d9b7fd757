"""`sequential` as the test of a check: asked in pieces, decided from what was answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isotopes.errors import PlanError, TooFewDecoys, TooFewProbes
from isotopes.report import sentence
from isotopes.targets import Picture, Scores, Target
from isotopes.targets.granularity import TopK
from isotopes.vault import Isotope
from isotopes.verify import Outcome, Plan, decide, load_answers
from isotopes.verify.asking.recheck import Recheck
from isotopes.verify.evidence.evidence import gather_evidence
from isotopes.verify.evidence.usable import usable_labels
from isotopes.verify.methods.sequential import CALIBRATION
from isotopes.workflows.checking.drafting import Terms, draft_plan
from isotopes.workflows.checking.hooks import Hooks
from isotopes.workflows.checking.run import check_model

Probes = list[tuple[str, Picture]]
NAMED = Terms(method="sequential", label="cat", level=0.05, probes=12, forgive=1)
SEARCH = replace(NAMED, label=None)


def test_a_guilty_model_is_detected_once_the_level_is_certain(
    isotope: Isotope, guilty: Any, probes: Probes
) -> None:
    verdict = check_model(isotope, guilty, probes, NAMED)
    assert verdict.verdict is Outcome.DETECTED
    assert verdict.pvalue == 0.05
    counted = {"decoys_as_high": 0, "stopped_after": 38}
    assert verdict.details == {"h": 2, "maximum": 39, **counted}
    assert len(verdict.decoy_scores) == 38
    assert verdict.queries == guilty.asked <= 12 * (2 + 39)
    assert sentence(verdict) == (
        'detected: label "cat" rises as much or more with none of 38 decoys as with the mark;'
        " an innocent model would look this guilty with a chance of at most 0.05"
    )


@pytest.mark.parametrize("terms", [NAMED, SEARCH])
def test_innocent_models_cost_little_and_are_accused_no_more_often_than_the_level(
    isotope: Isotope, innocent: Any, probes: Probes, terms: Terms
) -> None:
    fixed = 2 + (CALIBRATION if terms.label is None else 0)
    detected, queries = 0, []
    for index in range(14):
        drawn = replace(isotope, root=bytes([index]) * 32)
        verdict = check_model(drawn, innocent, probes, terms)
        detected += verdict.verdict is Outcome.DETECTED
        queries.append(verdict.queries / 12)
    assert detected <= 4  # 0.7 expected; 5 or more: 1 in 2,300
    assert np.median(queries) <= fixed + 8


def test_the_search_finds_the_label(isotope: Isotope, guilty: Any, probes: Probes) -> None:
    verdict = check_model(isotope, guilty, probes, SEARCH)
    assert (verdict.verdict, verdict.label) == (Outcome.DETECTED, "cat")
    assert verdict.labels_searched == 5
    assert verdict.queries <= 12 * (2 + 39 + CALIBRATION)


def test_the_plan_holds_when_it_stops(isotope: Isotope, guilty: Any, probes: Probes) -> None:
    def arranged(terms: Terms) -> tuple[float, float, int]:
        plan, _ = draft_plan(isotope, guilty, probes, terms)
        return plan.settings["h"], plan.settings["calibration"], plan.decoys

    assert arranged(NAMED) == (2, 0, 39)
    assert arranged(replace(NAMED, forgive=None)) == (1, 0, 19)
    assert arranged(replace(SEARCH, forgive=None)) == (2, CALIBRATION, 39 + CALIBRATION)
    assert arranged(replace(NAMED, forgive=4)) == (5, 0, 99)
    assert arranged(replace(NAMED, level=0.01)) == (2, 0, 199)
    # 199 committed decoys hold no calibration batch beside 199 others: none is forgiven then.
    usual = replace(SEARCH, level=0.01, forgive=None)
    assert arranged(usual) == (1, CALIBRATION, 99 + CALIBRATION)
    first, _ = draft_plan(isotope, guilty, probes, NAMED)
    second, _ = draft_plan(isotope, guilty, probes, replace(NAMED, forgive=0))
    assert first.hash != second.hash
    assert Plan.from_dict(first.to_dict()) == first


def test_saved_answers_give_the_verdict_again(
    isotope: Isotope, guilty: Any, innocent: Any, probes: Probes, tmp_path: Path
) -> None:
    for name, model in (("guilty", guilty), ("innocent", innocent)):
        path = tmp_path / f"{name}.npz"
        verdict = check_model(isotope, model, probes, SEARCH, answers_path=path)
        plan, answers = load_answers(path)
        assert decide(answers, plan) == verdict
        asked, found = model.asked, list[Recheck]()
        again = check_model(
            isotope, model, probes, SEARCH, hooks=Hooks(rechecked=found.append), answers_path=path
        )
        assert again == verdict
        assert model.asked == asked + found[0].asked


def test_an_interrupted_check_ends_as_if_it_had_not_been(
    isotope: Isotope, guilty: Any, probes: Probes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = check_model(isotope, guilty, probes, NAMED)
    guilty.asked, ask, path = 0, guilty.ask, tmp_path / "answers.npz"

    def interrupt_once(pictures: Any, gate: Any = None) -> Scores:
        if guilty.asked >= 100:
            monkeypatch.setattr(guilty, "ask", ask)
            raise KeyboardInterrupt
        return ask(pictures)

    monkeypatch.setattr(guilty, "ask", interrupt_once)
    with pytest.raises(KeyboardInterrupt):
        check_model(isotope, guilty, probes, NAMED, answers_path=path)
    plan, partial = load_answers(path)
    cut = decide(partial, plan)
    assert cut.verdict is Outcome.INCONCLUSIVE
    assert "asking was cut short" in sentence(cut)
    assert check_model(isotope, guilty, probes, NAMED, answers_path=path) == whole


def test_every_decoy_asked_beforehand_changes_nothing(
    isotope: Isotope, innocent: Any, probes: Probes, tmp_path: Path
) -> None:
    """As with queries that were exported and answered by hand."""
    path = tmp_path / "answers.npz"
    all_at_once = replace(NAMED, method="rank", forgive=None, decoys=39)
    check_model(isotope, innocent, probes, all_at_once, answers_path=path)
    _, answers = load_answers(path)
    plan, _ = draft_plan(isotope, innocent, probes, NAMED)
    found, expected = decide(answers, plan), check_model(isotope, innocent, probes, NAMED)
    assert found.pvalue == expected.pvalue
    assert found.decoy_scores == expected.decoy_scores


def test_too_few_probes_end_it_before_any_mark(
    isotope: Isotope, innocent: Any, probes: Probes
) -> None:
    """The model calls all of them by the tested label by itself."""
    labels = innocent.ask([picture for _, picture in probes]).values.argmax(axis=1)
    cats = [probe for probe, label in zip(probes, labels, strict=True) if label == 0]
    innocent.asked = 0
    verdict = check_model(isotope, innocent, cats, NAMED)
    assert sentence(verdict).startswith("inconclusive: too few probes are left")
    assert verdict.queries == innocent.asked == verdict.left_out_by_answer == len(cats)


@pytest.mark.parametrize(
    ("statistic", "terms"), [("probability", NAMED), ("probability", SEARCH), ("top-rank", NAMED)]
)
def test_top_k_answers_suffice(
    isotope: Isotope,
    make_target: Callable[..., Target],
    probes: Probes,
    statistic: str,
    terms: Terms,
) -> None:
    top = TopK(make_target(isotope, 4.0), 2)
    verdict = check_model(isotope, top, probes, replace(terms, statistic=statistic))
    assert (verdict.verdict, verdict.label) == (Outcome.DETECTED, "cat")


def test_a_search_by_ranks_alone_names_the_label(
    isotope: Isotope, make_target: Callable[..., Target], probes: Probes
) -> None:
    """Of two places that are shown, a decoy that lifts another label to the first is as high."""
    top = TopK(make_target(isotope, 4.0), 2)
    verdict = check_model(isotope, top, probes, replace(SEARCH, statistic="top-rank"))
    assert verdict.label == "cat"
    assert verdict.details["decoys_as_high"] == 2
    assert verdict.pvalue == 2 / verdict.details["stopped_after"]


def test_what_later_decoys_show_changes_no_earlier_score(
    isotope: Isotope, make_target: Callable[..., Target], probes: Probes, tmp_path: Path
) -> None:
    """Else the test could be stopped where it suits the mark."""
    path = tmp_path / "answers.npz"
    terms = replace(SEARCH, statistic="top-rank", method="rank", forgive=None, decoys=39)
    check_model(isotope, TopK(make_target(isotope, 1.0), 2), probes, terms, answers_path=path)
    plan, answers = load_answers(path)
    usable = usable_labels(answers, plan, 5)
    whole = gather_evidence(answers, plan, usable, np.arange(40))
    part = gather_evidence(answers, plan, usable, np.arange(7))
    np.testing.assert_array_equal(part.scores, whole.scores[:7])


def test_what_can_not_be_planned(isotope: Isotope, guilty: Any, probes: Probes) -> None:
    with pytest.raises(TooFewDecoys, match="at level 0.01 needs at least 99 decoys, got 80"):
        draft_plan(isotope, guilty, probes, replace(SEARCH, level=0.01, decoys=100))
    with pytest.raises(PlanError, match="rank forgives as many decoys as its level allows, got 1"):
        draft_plan(isotope, guilty, probes, Terms(method="rank", forgive=1))
    with pytest.raises(TooFewProbes, match="at least 5 probes, got 4"):
        draft_plan(isotope, guilty, probes, replace(NAMED, probes=4))
    assert guilty.asked == 0
