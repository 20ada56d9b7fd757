from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isotopes.errors import AnswerError, PlanError
from isotopes.report.sentences import sentence, warnings
from isotopes.targets import Completeness
from isotopes.verify import Answers, Outcome, Plan, Verdict, decide, load_answers, save_answers
from isotopes.verify.evidence.remark import Remark, RemarkKind

LABELS = ("cat", "dog", "odd")


def logistic(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def answers_of(plan: Plan, lift: float = 0.0, **more: Any) -> Answers:
    """Answers in which the mark lifts "cat" by `lift` standard deviations of the decoys' effect."""
    rng = np.random.default_rng(1)
    marks, probes = 1 + plan.marks, len(plan.pictures)
    odds = rng.normal(size=(marks, 1, 3)) + 0.1 * rng.normal(size=(marks, probes, 3))
    odds[0] = [-2, -2, 2]  # every unmarked probe is odd
    odds[1, :, 0] += lift
    asked = np.ones((marks, probes), np.bool_)
    return Answers(LABELS, logistic(odds), asked, **more)


@pytest.fixture
def named(plan: Plan) -> Plan:
    return replace(plan, label="cat", probe_labels=(None,) * 6)


def test_a_lifted_label_is_detected(named: Plan) -> None:
    verdict = decide(answers_of(named, lift=8), named)
    assert verdict.verdict is Outcome.DETECTED
    assert str(verdict) == "detected (p = 0.05)"
    assert (verdict.pvalue, verdict.level, verdict.label) == (0.05, 0.05, "cat")
    assert (verdict.queries, verdict.probes, verdict.labels_searched) == (126, 6, 1)
    assert verdict.effect is not None
    assert verdict.effect.low is not None
    assert verdict.effect.low > 5
    assert verdict.probabilities is not None
    assert verdict.probabilities.mark > 0.9 > verdict.probabilities.decoys
    assert verdict.probabilities.clean == pytest.approx(logistic(np.array(-2.0)))
    assert verdict.approximation is not None
    assert verdict.approximation.pvalue < 1e-5
    assert verdict.plan_hash == named.hash
    assert verdict.warnings == verdict.reasons == ()


def test_an_unused_mark_is_not_detected(named: Plan) -> None:
    verdict = decide(answers_of(named), named)
    assert verdict.verdict is Outcome.NOT_DETECTED
    assert verdict.pvalue is not None
    high = round(20 * verdict.pvalue) - 1
    assert verdict.details == {"decoys_as_high": high}
    assert len(verdict.decoy_scores) == 19


def test_search_finds_the_lifted_label(named: Plan) -> None:
    search = replace(named, label=None)
    verdict = decide(answers_of(search, lift=8), search)
    # 2 of 3: every probe is odd, so "odd" has none left
    assert (verdict.label, verdict.labels_searched) == ("cat", 2)
    among = replace(search, candidates=("dog", "odd"))
    assert decide(answers_of(among, lift=8), among).label == "dog"


TESTS: dict[str, dict[str, float]] = {
    "rank": {},
    "sequential": {"h": 1, "calibration": 20},
    "two-stage": {"first": 9, "go_on": 0.2},
}


@pytest.mark.parametrize("own", [0, 2])
@pytest.mark.parametrize("method", TESTS)
def test_a_search_that_could_not_test_a_label_detects_or_is_inconclusive(
    named: Plan, method: str, own: int
) -> None:
    """Every probe is called odd, and with 2 own pictures still too few count for that label."""
    mine = tuple(f"sha256:{at:064x}" for at in range(50, 50 + own))
    search = replace(named, label=None, decoys=39, own=mine)
    search = replace(search, method=method, settings=TESTS[method])
    values = {"label": "odd", "shown": 6, "probes": 6, "needed": 5 - own}
    left_out = (Remark(RemarkKind.LABEL_NOT_TESTED, values),)
    found = decide(answers_of(search, lift=20), search)
    assert (found.verdict, found.label, found.warnings) == (Outcome.DETECTED, "cat", left_out)

    missed = decide(answers_of(search, lift=-20), search)
    assert (missed.verdict, missed.warnings) == (Outcome.INCONCLUSIVE, left_out)
    assert missed.reasons == (Remark(RemarkKind.OTHER_PROBES_NEEDED, {"labels": ["odd"]}),)
    assert missed.pvalue is not None
    words = sentence(missed)
    assert words.startswith('inconclusive: nothing was detected, but label "odd" could not be')
    assert "use other probes" in words
    assert (
        'label "odd" was not tested: the model, or the folder, calls 6 of 6' in warnings(missed)[0]
    )
    for verdict in (found, missed):
        assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict

    elsewhere = replace(search, candidates=("cat", "dog"))  # the label is not searched
    named_label = replace(search, label="cat")
    for plan in (elsewhere, named_label):
        verdict = decide(answers_of(plan, lift=-20), plan)
        assert (verdict.verdict, verdict.warnings) == (Outcome.NOT_DETECTED, ())


def test_folders_can_leave_a_label_out_too(named: Plan) -> None:
    search = replace(named, label=None, probe_labels=("dog", "dog", None, None, None, None))
    verdict = decide(answers_of(search, lift=-20), search)
    told = {remark.values["label"]: remark.values["shown"] for remark in verdict.warnings}
    assert (verdict.verdict, told) == (Outcome.INCONCLUSIVE, {"dog": 2, "odd": 6})


def test_own_pictures_test_every_label(named: Plan) -> None:
    mine = tuple(f"sha256:{at:064x}" for at in range(50, 55))
    search = replace(named, label=None, own=mine)
    verdict = decide(answers_of(search, lift=-20), search)
    assert (verdict.verdict, verdict.warnings) == (Outcome.NOT_DETECTED, ())


def test_probes_of_the_label_are_counted(named: Plan) -> None:
    given = answers_of(named, lift=8)
    given.values[0, 1] = [0.9, 0.05, 0.05]  # the model calls the second probe a cat
    more = replace(
        named,
        probes=(*named.probes, "sha256:6", "sha256:7"),
        probe_labels=("cat", None, None, None, None, None, None, "cat"),
        left_out=4,
        unreadable=2,
    )
    wide = Answers(
        LABELS,
        np.concatenate([given.values, given.values[:, :2]], axis=1),
        np.ones((21, 8), np.bool_),
    )
    verdict = decide(wide, more)
    assert (verdict.probes, verdict.left_out_by_answer, verdict.left_out_by_name) == (5, 1, 6)
    assert verdict.unreadable == 2


@pytest.mark.parametrize("statistic", ["probability", "log-odds", "top-rank"])
def test_every_statistic_detects(named: Plan, statistic: str) -> None:
    chosen = replace(named, statistic=statistic)
    lifted = answers_of(chosen, lift=8)
    if statistic == "top-rank":
        lifted.values[1, :, 0] = 1.0
        lifted.values[2:, 0, 0] = 0.0  # else many decoys would tie with it at rank 1
        lifted.values[2:, 0, 1] = 1.0
    assert decide(lifted, chosen).verdict is Outcome.DETECTED


def inconclusive(answers: Answers, plan: Plan, kind: RemarkKind, **values: Any) -> None:
    verdict = decide(answers, plan)
    assert verdict.verdict is Outcome.INCONCLUSIVE
    assert verdict.reasons == (Remark(kind, values),)
    assert verdict.pvalue is None
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict


def test_what_makes_a_check_inconclusive(named: Plan) -> None:
    given = answers_of(named, lift=8)
    changed = replace(given, fault="the target changed its labels")
    inconclusive(changed, named, RemarkKind.TARGET_CHANGED, why="the target changed its labels")

    few = replace(named, probe_labels=("cat", "cat", None, None, None, None))
    inconclusive(given, few, RemarkKind.TOO_FEW_PROBES, needed=5, left=4, probes=6)
    assert decide(given, few).left_out_by_name == 2

    partial = given.asked.copy()
    partial[7, 2] = False
    cut = RemarkKind.CUT_SHORT
    inconclusive(replace(given, asked=partial), named, cut, answered=125, wanted=126, why=None)
    partial[0, 2] = False
    inconclusive(replace(given, asked=partial), named, cut, answered=124, wanted=126, why=None)

    hidden = replace(given, completeness=Completeness.TOP_K, limit=3)
    bird = replace(named, label="bird")
    inconclusive(hidden, bird, RemarkKind.LABEL_NEVER_SHOWN, label="bird")

    flat = given.values.copy()
    flat[1:] = flat[1:2]
    inconclusive(replace(given, values=flat), named, RemarkKind.ANSWERS_TOO_COARSE)


def test_probes_that_can_not_count_need_no_answers(named: Plan) -> None:
    given = answers_of(named, lift=8)
    given.values[0, 0] = [0.9, 0.05, 0.05]
    given.asked[1:, 0] = False
    assert decide(given, named).verdict is Outcome.DETECTED


def test_a_constant_model_is_an_error(named: Plan) -> None:
    given = answers_of(named)
    same = replace(given, values=np.full_like(given.values, 1 / 3))
    with pytest.raises(AnswerError, match="the same answer to all of 126 different pictures"):
        decide(same, replace(named, label="dog"))


def test_a_picked_mark_needs_an_assumption(named: Plan) -> None:
    guilty, innocent = answers_of(named, lift=8), answers_of(named)
    picked = replace(named, exchangeable=False)
    verdict = decide(guilty, picked)
    assert verdict.verdict is Outcome.INCONCLUSIVE
    assert verdict.reasons == (Remark(RemarkKind.MARK_PICKED),)
    assert verdict.pvalue == 0.05
    assert decide(innocent, picked).verdict is Outcome.NOT_DETECTED
    assumed = decide(guilty, replace(picked, assume_exchangeable=True))
    assert assumed.verdict is Outcome.DETECTED
    assert assumed.warnings == (Remark(RemarkKind.EXCHANGEABILITY_ASSUMED),)


def test_deviations_from_the_commitment_are_said(named: Plan) -> None:
    terms = ["level 0.05 instead of level 0.01", "decoys 19 instead of 199"]
    plan = replace(named, differs=tuple(terms))
    assert decide(answers_of(plan), plan).warnings == (
        Remark(RemarkKind.DIFFERS_FROM_COMMITMENT, {"terms": terms}),
    )


def paired_t_plan(plan: Plan) -> Plan:
    return replace(
        plan,
        method="paired-t",
        statistic="probability",
        level=0.1,
        decoys=1,
        settings={"rounds": 5, "size": 5, "delta": 0.6},
    )


def test_paired_t_gives_the_papers_verdict_and_warns(named: Plan) -> None:
    plan = paired_t_plan(named)
    guilty = decide(answers_of(plan, lift=8), plan)
    assert guilty.verdict is Outcome.DETECTED
    assert guilty.pvalue is None
    assert guilty.warnings == (Remark(RemarkKind.ERROR_RATE_UNKNOWN, {"method": "paired-t"}),)
    assert (guilty.details["significant_rounds"], guilty.details["size"]) == (5, 5)
    assert len(guilty.details["round_pvalues"]) == 5
    innocent = decide(answers_of(plan, lift=-8), plan)
    assert innocent.verdict is Outcome.NOT_DETECTED
    picked = replace(plan, exchangeable=False)  # the paper's own marks are
    assert decide(answers_of(picked, lift=8), picked).verdict is Outcome.DETECTED


@pytest.mark.parametrize("method", ["rank", "paired-t"])
def test_saved_answers_give_the_same_verdict_again(
    named: Plan, tmp_path: Path, method: str
) -> None:
    plan = named if method == "rank" else paired_t_plan(named)
    answers = answers_of(plan, lift=2)
    save_answers(tmp_path / "a.npz", plan, answers)
    saved_plan, saved = load_answers(tmp_path / "a.npz")
    assert decide(saved, saved_plan) == decide(answers, plan)


def test_a_verdict_survives_json(named: Plan) -> None:
    verdict = decide(answers_of(named, lift=8), named)
    again = Verdict.from_dict(json.loads(json.dumps(verdict.to_dict())))
    assert again == verdict
    assert again.hash == verdict.hash
    assert {"verdict", "pvalue", "label", "queries"} <= verdict.to_dict().keys()
    with pytest.raises(PlanError, match="format must be isotopes-verdict/4, got None"):
        Verdict.from_dict({})


def test_nothing_secret_is_in_a_verdict(named: Plan) -> None:
    verdict = decide(answers_of(named, lift=8), named)
    assert named.seed not in json.dumps(verdict.to_dict()) + repr(verdict)


@pytest.mark.parametrize(("label", "calibration"), [(None, 0), (None, 1), (None, -3), ("cat", -1)])
def test_a_calibration_batch_that_can_not_serve(
    named: Plan, label: str | None, calibration: int
) -> None:
    """A plan in somebody else's file may say anything."""
    settings = {"h": 1, "calibration": calibration}
    odd = replace(named, label=label, decoys=39, method="sequential", settings=settings)
    with pytest.raises(PlanError, match=f"at least {0 if label else 2} decoys, got {calibration}"):
        decide(answers_of(odd, lift=0), odd)
