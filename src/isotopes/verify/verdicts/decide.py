"""From saved answers and their plan to the verdict, without a target.

`decide` is a pure function of the two, so whoever has them gets the same verdict again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.effect import Approximation, approximate, mark_effect
from isotopes.stats.scores.statistic import log_odds, probability
from isotopes.verify.evidence.answers import CLEAN, Answers
from isotopes.verify.evidence.disguised import disguise_remark
from isotopes.verify.evidence.evidence import Evidence, gather_evidence
from isotopes.verify.evidence.obstacles import (
    check_not_constant,
    cut_short,
    obstacle,
    untested_labels,
)
from isotopes.verify.evidence.remark import Remark, RemarkKind
from isotopes.verify.evidence.unfit import unfit_pictures
from isotopes.verify.evidence.usable import Usable, usable_labels
from isotopes.verify.methods.method import MethodResult, get_method
from isotopes.verify.plans.plan import Plan
from isotopes.verify.verdicts.outcome import Outcome
from isotopes.verify.verdicts.verdict import MeanProbabilities, Verdict
from isotopes.versions import installed_versions


def decide(answers: Answers, plan: Plan) -> Verdict:
    """What do these answers say under this plan?

    Raises:
        AnswerError: the target answered the same to everything.
        PlanError: the plan could never have given an answer.
    """
    method = get_method(plan.method)
    method.check(plan)
    fewest = method.probes_needed(plan)
    usable = usable_labels(answers, plan, fewest)
    undecided = _undecided(answers, plan, usable)
    reason = obstacle(answers, plan, usable, fewest)
    if reason is not None:
        return replace(undecided, reasons=(reason,))
    untested = tuple(untested_labels(answers, plan, usable, fewest))
    undecided = replace(undecided, warnings=(*undecided.warnings, *untested))
    marks = method.wanted(answers, plan, usable)
    unasked = int(usable.unanswered(answers, marks).sum())
    if unasked:
        return replace(undecided, reasons=(cut_short(answers, unasked),))
    check_not_constant(answers)
    evidence = gather_evidence(answers, plan, usable, marks)
    if np.ptp(evidence.totals, axis=0).max() == 0:
        return replace(undecided, reasons=(Remark(RemarkKind.ANSWERS_TOO_COARSE),))
    result = method.test(evidence, plan)
    doubts = _reservations(plan) if result.significant else _gaps(untested)
    reasons = (*unfit_pictures(plan), *doubts)
    outcome = Outcome.DETECTED if result.significant else Outcome.NOT_DETECTED
    return replace(
        undecided,
        verdict=Outcome.INCONCLUSIVE if reasons else outcome,
        reasons=reasons,
        **_counts(answers, plan, usable, None if plan.embeds else evidence.labels[result.column]),
        **_numbers(answers, plan, usable, evidence, result),
    )


def _undecided(answers: Answers, plan: Plan, usable: Usable) -> Verdict:
    """An inconclusive verdict that gives no reason yet."""
    return Verdict(
        verdict=Outcome.INCONCLUSIVE,
        reasons=(),
        warnings=tuple(_warnings(plan)),
        isotope=plan.isotope,
        commitment=plan.commitment,
        beacon=plan.beacon,
        plan_hash=plan.hash,
        target=plan.target,
        target_identity=plan.target_identity,
        exchangeable=plan.exchangeable,
        method=plan.method,
        statistic=plan.statistic,
        level=plan.level,
        labels_searched=0,
        queries=answers.queries,
        weighed=plan.weighs_labels,
        probes=0,
        own=0,
        unreadable=plan.unreadable,
        cut_short=answers.cut is not None,
        independence=plan.independence,
        own_independence=plan.own_independence,
        copies=plan.copies,
        versions=versions(),
        **_counts(answers, plan, usable, plan.label),
    )


def _counts(answers: Answers, plan: Plan, usable: Usable, label: str | None) -> dict[str, Any]:
    """The label that a verdict is about, and how many probes were left out for it."""
    by_answer, by_name = 0, 0
    if label in answers.labels and answers.asked[CLEAN, : plan.unmarked].all():
        allowed = usable.allowed[: plan.unmarked, answers.labels.index(label)]
        by_name = sum(name == label for name in plan.probe_labels)
        by_answer = len(allowed) - int(allowed.sum()) - by_name
    return {
        "label": label,
        "left_out_by_answer": by_answer,
        "left_out_by_name": plan.left_out + by_name,
    }


def _numbers(
    answers: Answers, plan: Plan, usable: Usable, evidence: Evidence, result: MethodResult
) -> dict[str, Any]:
    """What the test found, and how much the mark moves the label that it names."""
    found = {
        "pvalue": result.pvalue,
        "score": result.score,
        "decoy_scores": tuple(result.decoy_scores.tolist()),
        "effect": mark_effect(evidence.of_label(result.column, own=plan.embeds and bool(plan.own))),
        "details": dict(result.details),
    }
    if plan.embeds:
        return found | {
            "probes": plan.unmarked,
            "own": len(plan.own),
            "parts": evidence.parts_of_label(0),
        }
    column = answers.labels.index(evidence.labels[result.column])
    allowed = usable.allowed[:, column]
    marked = answers.marked[evidence.marks][:, allowed, column]
    others = allowed[: plan.unmarked]
    clean = answers.clean[: plan.unmarked][others, column]
    return found | {
        "labels_searched": len(evidence.labels),
        "probes": int(others.sum()),
        "own": int(allowed[plan.unmarked :].sum()),
        "probabilities": MeanProbabilities(
            clean=float(probability(clean).mean()) if clean.size else None,
            mark=float(probability(marked[0]).mean()),
            decoys=float(probability(marked[1:]).mean()),
        ),
        "approximation": _approximation(evidence, result, log_odds(marked).mean(axis=1)),
        "parts": evidence.parts_of_label(result.column) if evidence.own.any() else {},
    }


def _approximation(
    evidence: Evidence, result: MethodResult, odds: NDArray[np.float64]
) -> Approximation | None:
    """Of the score over weighted labels, or of one label that was named or searched."""
    if evidence.chances is not None:
        return approximate(result.score, result.decoy_scores)
    return approximate(float(odds[0]), odds[1:], len(evidence.labels))


def _reservations(plan: Plan) -> tuple[Remark, ...]:
    """Why a significant result is not enough."""
    exact = get_method(plan.method).exact
    if exact and not plan.exchangeable and not plan.assume_exchangeable:
        return (Remark(RemarkKind.MARK_PICKED),)
    return ()


def _gaps(untested: tuple[Remark, ...]) -> tuple[Remark, ...]:
    """Why finding nothing is not enough: the mark may belong to a label that was not tested."""
    labels = [remark.values["label"] for remark in untested]
    return (Remark(RemarkKind.OTHER_PROBES_NEEDED, {"labels": labels}),) if labels else ()


def _warnings(plan: Plan) -> list[Remark]:
    warnings = []
    if not get_method(plan.method).exact:
        warnings.append(Remark(RemarkKind.ERROR_RATE_UNKNOWN, {"method": plan.method}))
    if plan.differs:
        warnings.append(Remark(RemarkKind.DIFFERS_FROM_COMMITMENT, {"terms": list(plan.differs)}))
    if not plan.exchangeable and plan.assume_exchangeable:
        warnings.append(Remark(RemarkKind.EXCHANGEABILITY_ASSUMED))
    if plan.unchecked_anchors:
        warnings.append(Remark(RemarkKind.ANCHORS_UNCHECKED))
    if plan.disguised:
        warnings.append(disguise_remark())
    return warnings


def versions() -> dict[str, str]:
    """Of this package and of those whose arithmetic a verdict rests on."""
    return installed_versions("numpy", "scipy")
