"""One score for each draw, computed by one rule: the input of an exact test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.exact.rank import RankTestResult, rank_test, rank_test_over_labels
from isotopes.stats.scores.tempered import answer_statistic
from isotopes.stats.scores.weighted import heaviest_label, label_weights, weigh_labels
from isotopes.verify.evidence.evidence import Evidence
from isotopes.verify.methods.method import MethodResult
from isotopes.verify.plans.plan import Plan


def rank_draws(evidence: Evidence, plan: Plan, level: float) -> tuple[RankTestResult, int]:
    """The mark's rank among all draws of the evidence, and the label that it is about.

    For a named label, and for an encoder, the draws' scores are ranked. Without one, it is the
    weighted score over all labels if own pictures weight them, and otherwise the largest
    standardised score of any label.

    Args:
        level: one that this number of draws can reach.
    """
    totals = evidence.totals
    if plan.label is not None or plan.embeds:
        return rank_test(totals[0, 0], totals[1:, 0], level=level), 0
    if evidence.chances is not None:
        weights = label_weights(evidence.chances.mean(axis=1), evidence.elsewhere)
        scores = weighted_scores(evidence, plan, weights)
        column = heaviest_label(evidence.chances[0], weights)
        return rank_test(scores[0], scores[1:], level=level), column
    search = rank_test_over_labels(totals, level=level)
    return search, search.label or 0


def weighted_scores(
    evidence: Evidence, plan: Plan, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """One score for each draw, of what the model calls own pictures; shape (1 + decoys,).

    The plan's statistic of the labels' weighted probability, averaged over own pictures. Ranks have
    no such sum: there it is the labels' weighted rank. Others' pictures have only a say in the
    weights: what they say of the mark beside that was found to cost power (docs/statistics.md).

    Args:
        weights: of `label_weights`.
    """
    assert evidence.chances is not None
    if plan.statistic == "top-rank":
        weighed = weigh_labels(evidence.scores[:, evidence.own], weights)
    else:
        weighed = answer_statistic(plan.statistic)(weigh_labels(evidence.chances, weights))
    scores: NDArray[np.float64] = weighed.mean(axis=1)
    return scores


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
