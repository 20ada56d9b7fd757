"""The exact test: the mark's rank among decoys that were drawn with it."""

from __future__ import annotations

from typing import ClassVar

from isotopes.stats.rank import (
    LabelSearchResult,
    RankTestResult,
    check_decoys,
    rank_test,
    rank_test_over_labels,
)
from isotopes.verify.evidence.evidence import Evidence
from isotopes.verify.methods.method import Finding, Method, check_probes
from isotopes.verify.plans.plan import Plan


class Rank(Method):
    """`rank_test`, over one label or over all of them."""

    name: ClassVar[str] = "rank"
    summary: ClassVar[str] = "exact: the mark's rank among decoys drawn with it"
    statistic: ClassVar[str] = "log-odds"
    level: ClassVar[float] = 0.01
    decoys: ClassVar[int] = 199
    probes: ClassVar[int] = 25
    fewest: ClassVar[int] = 5

    def check(self, plan: Plan) -> None:
        super().check(plan)
        check_decoys(plan.decoys, plan.level)
        check_probes(self.name, len(plan.probes), self.fewest)

    def test(self, evidence: Evidence, plan: Plan) -> Finding:
        means = evidence.means
        if plan.label is not None:
            result, column = rank_test(means[0, 0], means[1:, 0], level=plan.level), 0
            sentence = _named(result, plan.label)
        else:
            search = rank_test_over_labels(means, level=plan.level)
            result, column = search, search.label or 0
            sentence = _searched(search, evidence.labels[column], len(evidence.labels))
        return Finding(
            significant=result.significant,
            column=column,
            sentence=f"{sentence}; {_chance(result)}",
            pvalue=result.pvalue,
            score=result.statistic,
            decoy_scores=result.null_distribution,
            details={"decoys_as_high": result.as_high},
        )


def _named(result: RankTestResult, label: str) -> str:
    decoys = len(result.null_distribution)
    if result.as_high == 0:
        return f'label "{label}" rises more with the mark than with any of {decoys} decoys'
    return f'label "{label}" rises as much or more with {result.as_high} of {decoys} decoys'


def _searched(result: LabelSearchResult, label: str, labels: int) -> str:
    decoys = len(result.null_distribution)
    found = f'of {labels} labels "{label}" rises most with the mark'
    if result.as_high == 0:
        return f"{found}, further than any label does with any of {decoys} decoys"
    return f"{found}, but {result.as_high} of {decoys} decoys lift some label as far or further"


def _chance(result: RankTestResult) -> str:
    times = result.as_high + 1
    return (
        f"an innocent model would look this guilty at most {times} time{'s' * (times > 1)}"
        f" in {len(result.null_distribution) + 1} (p = {result.pvalue:.3g})"
    )
