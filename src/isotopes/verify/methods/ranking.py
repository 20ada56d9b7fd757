"""One score for each draw, computed by one rule: the input of an exact test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isotopes.stats.exact.rank import RankTestResult, rank_test, rank_test_over_labels
from isotopes.stats.scores.parts import standardise_columns
from isotopes.stats.scores.weighted import heaviest_label, label_weights, weighted_score
from isotopes.verify.evidence.evidence import Evidence
from isotopes.verify.methods.method import MethodResult
from isotopes.verify.plans.plan import Plan


def rank_draws(evidence: Evidence, plan: Plan, level: float) -> tuple[RankTestResult, int]:
    """The mark's rank among all draws of the evidence, and the label that it is about.

    For a named label the draws' scores are ranked. Without one, it is the weighted score over all
    labels if own pictures weight them, and otherwise the largest standardised score.

    Args:
        level: one that this number of draws can reach.
    """
    totals = evidence.totals
    if plan.label is not None:
        return rank_test(totals[0, 0], totals[1:, 0], level=level), 0
    if evidence.chances is not None:
        weights = label_weights(evidence.chances, evidence.elsewhere)
        standardised = standardise_columns(totals)
        scores = weighted_score(standardised, weights)
        column = heaviest_label(standardised[0], weights)
        return rank_test(scores[0], scores[1:], level=level), column
    search = rank_test_over_labels(totals, level=level)
    return search, search.label or 0


def as_method_result(
    result: RankTestResult, column: int, details: Mapping[str, Any] | None = None
) -> MethodResult:
    """The same as a method gives it.

    Args:
        details: what the method has besides.
    """
    return MethodResult(
        significant=result.significant,
        column=column,
        pvalue=result.pvalue,
        score=result.statistic,
        decoy_scores=result.null_distribution,
        details={"decoys_as_high": result.as_high, **(details or {})},
    )
