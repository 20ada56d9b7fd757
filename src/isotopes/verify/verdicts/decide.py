"""From saved answers and their plan to the verdict, without a target.

`decide` is a pure function of the two, so whoever has them gets the same verdict again.
"""

from __future__ import annotations

import platform
from dataclasses import replace
from functools import cache
from importlib.metadata import version

import numpy as np

from isotopes.stats.effect import approximate, mark_effect
from isotopes.stats.statistic import log_odds, probability
from isotopes.verify.evidence.answers import CLEAN, Answers
from isotopes.verify.evidence.evidence import (
    Evidence,
    check_not_constant,
    cut_short,
    gather,
    missing,
    obstacles,
    usable_labels,
)
from isotopes.verify.methods.method import Finding, Method, get_method
from isotopes.verify.plans.plan import Plan
from isotopes.verify.verdicts.verdict import MeanProbabilities, Outcome, Verdict

PICKED = (
    "somebody picked this mark instead of drawing it by its key, so nothing makes the decoys its"
    " equals"
)


def decide(answers: Answers, plan: Plan) -> Verdict:
    """What do these answers say under this plan?

    Raises:
        AnswerError: the target answered the same to everything.
        PlanError: the plan could never have given an answer.
    """
    method = get_method(plan.method)
    method.check(plan)
    fewest = method.probes_needed(plan)
    reasons = obstacles(answers, plan, fewest)
    if reasons:
        return _left_out(_undecided(answers, plan, method, reasons), answers, plan)
    marks = method.wanted(answers, plan)
    unasked = int(missing(answers, plan, fewest, marks).sum())
    if unasked:
        return _undecided(answers, plan, method, (cut_short(answers, unasked),))
    check_not_constant(answers)
    evidence = gather(answers, plan, fewest, marks)
    if np.ptp(evidence.means, axis=0).max() == 0:
        coarse = "no mark changes the score of any tested label: the answers are too coarse"
        return _undecided(answers, plan, method, (coarse,))
    finding = method.test(evidence, plan)
    return _with_finding(answers, plan, method, evidence, finding)


def _undecided(answers: Answers, plan: Plan, method: Method, reasons: tuple[str, ...]) -> Verdict:
    return Verdict(
        verdict=Outcome.INCONCLUSIVE,
        sentence=f"{Outcome.INCONCLUSIVE}: {'; '.join(reasons)}",
        reasons=reasons,
        warnings=_warnings(plan, method),
        isotope=plan.isotope,
        commitment=plan.commitment,
        plan_hash=plan.hash,
        target=plan.target,
        target_identity=plan.target_identity,
        exchangeable=plan.exchangeable,
        method=plan.method,
        statistic=plan.statistic,
        level=plan.level,
        label=plan.label,
        labels_searched=0,
        queries=answers.queries,
        probes=0,
        left_out_by_answer=0,
        left_out_by_name=plan.left_out,
        unreadable=plan.unreadable,
        cut_short=answers.cut is not None,
        versions=versions(),
    )


def _left_out(verdict: Verdict, answers: Answers, plan: Plan) -> Verdict:
    """The same, with the probes that don't count for its label, once all were asked unmarked."""
    if verdict.label not in answers.labels or not answers.asked[CLEAN].all():
        return verdict
    allowed = usable_labels(answers, plan, 0).allowed[:, answers.labels.index(verdict.label)]
    by_name = sum(name == verdict.label for name in plan.probe_labels)
    return replace(
        verdict,
        left_out_by_answer=len(allowed) - int(allowed.sum()) - by_name,
        left_out_by_name=plan.left_out + by_name,
    )


def _with_finding(
    answers: Answers, plan: Plan, method: Method, evidence: Evidence, finding: Finding
) -> Verdict:
    reasons = _reservations(plan, method) if finding.significant else ()
    outcome = Outcome.DETECTED if finding.significant else Outcome.NOT_DETECTED
    if reasons:
        outcome = Outcome.INCONCLUSIVE
    label = evidence.labels[finding.column]
    column = answers.labels.index(label)
    allowed = usable_labels(answers, plan, 0).allowed[:, column]
    marked = answers.marked[evidence.marks][:, allowed, column]
    odds = log_odds(marked).mean(axis=1)
    named = replace(_undecided(answers, plan, method, reasons), label=label)
    return replace(
        _left_out(named, answers, plan),
        verdict=outcome,
        sentence=f"{outcome}: {'; '.join((*reasons, finding.sentence))}",
        labels_searched=len(evidence.labels),
        probes=int(allowed.sum()),
        pvalue=finding.pvalue,
        score=finding.score,
        decoy_scores=tuple(finding.decoy_scores.tolist()),
        effect=mark_effect(evidence.of_label(finding.column)),
        probabilities=MeanProbabilities(
            clean=float(probability(answers.clean[allowed, column]).mean()),
            mark=float(probability(marked[0]).mean()),
            decoys=float(probability(marked[1:]).mean()),
        ),
        approximation=approximate(float(odds[0]), odds[1:], len(evidence.labels)),
        details=dict(finding.details),
    )


def _reservations(plan: Plan, method: Method) -> tuple[str, ...]:
    """Why a significant finding is not enough."""
    if method.warning is None and not plan.exchangeable and not plan.assume_exchangeable:
        return (PICKED,)
    return ()


def _warnings(plan: Plan, method: Method) -> tuple[str, ...]:
    warnings = [] if method.warning is None else [method.warning]
    if plan.differs:
        warnings.append(f"differs from the commitment: {'; '.join(plan.differs)}")
    if not plan.exchangeable and plan.assume_exchangeable:
        warnings.append(f"that mark and decoys are exchangeable is assumed: {PICKED}")
    return tuple(warnings)


def versions() -> dict[str, str]:
    """Of this package and of those whose arithmetic a verdict rests on."""
    return dict(_found_versions())


@cache
def _found_versions() -> dict[str, str]:
    found = {name: version(name) for name in ("isotopes", "numpy", "scipy")}
    return {**found, "python": platform.python_version()}
