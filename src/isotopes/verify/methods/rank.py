"""The exact test: the mark's rank among decoys that were drawn with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from isotopes.stats.exact.rank import check_decoys, rank_test
from isotopes.verify.evidence.evidence import Evidence
from isotopes.verify.methods.method import Method, MethodResult, check_probes
from isotopes.verify.methods.ranking import as_method_result, rank_draws
from isotopes.verify.plans.plan import Plan


class Rank(Method):
    """`rank_test` of one label, of weighted labels or of the label that rises most."""

    name: ClassVar[str] = "rank"
    summary: ClassVar[str] = "exact: the mark's rank among decoys drawn with it"
    statistic: ClassVar[str] = "log-odds"
    level: ClassVar[float] = 0.01
    decoys: ClassVar[int] = 199
    probes: ClassVar[int] = 25
    own: ClassVar[int] = 25
    fewest: ClassVar[int] = 5
    compares_embeddings: ClassVar[bool] = True

    def check(self, plan: Plan) -> None:
        super().check(plan)
        check_decoys(plan.decoys, plan.level)
        check_probes(self.name, plan.distinct, self.fewest)

    def test(self, evidence: Evidence, plan: Plan) -> MethodResult:
        return as_method_result(*rank_draws(evidence, plan, plan.level))

    def test_scores(
        self, score: float, decoy_scores: Sequence[float], level: float, details: Mapping[str, Any]
    ) -> MethodResult:
        return as_method_result(rank_test(score, decoy_scores, level=level), 0)
