"""The exact test: the mark's rank among decoys that were drawn with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from isotopes.stats.exact.rank import RankTestResult, check_decoys, rank_test, rank_test_over_labels
from isotopes.verify.evidence.evidence import Evidence
from isotopes.verify.methods.method import Method, MethodResult, check_probes
from isotopes.verify.plans.plan import Plan


class Rank(Method):
    """`rank_test`, over one label or over all of them."""

    name: ClassVar[str] = "rank"
    summary: ClassVar[str] = "exact: the mark's rank among decoys drawn with it"
    statistic: ClassVar[str] = "log-odds"
    level: ClassVar[float] = 0.01
    decoys: ClassVar[int] = 199
    probes: ClassVar[int] = 25
    own: ClassVar[int] = 25
    fewest: ClassVar[int] = 5

    def check(self, plan: Plan) -> None:
        super().check(plan)
        check_decoys(plan.decoys, plan.level)
        check_probes(self.name, plan.with_marks, self.fewest)

    def test(self, evidence: Evidence, plan: Plan) -> MethodResult:
        totals = evidence.totals
        if plan.label is not None:
            return _of(rank_test(totals[0, 0], totals[1:, 0], level=plan.level), 0)
        search = rank_test_over_labels(totals, level=plan.level, eligible=evidence.eligible)
        return _of(search, search.label or 0)

    def test_scores(
        self, score: float, decoy_scores: Sequence[float], level: float, details: Mapping[str, Any]
    ) -> MethodResult:
        return _of(rank_test(score, decoy_scores, level=level), 0)


def _of(result: RankTestResult, column: int) -> MethodResult:
    return MethodResult(
        significant=result.significant,
        column=column,
        pvalue=result.pvalue,
        score=result.statistic,
        decoy_scores=result.null_distribution,
        details={"decoys_as_high": result.as_high},
    )
