"""The exact test in two stages: a few decoys first, and the rest only if the mark leads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.checked import Count, Probability
from isotopes.stats.exact.rank import RankTestResult, decoys_needed
from isotopes.stats.exact.two_stage import TwoStagePlan, two_stage_rank_test
from isotopes.stats.result import restore_result
from isotopes.verify.evidence.answers import Answers
from isotopes.verify.evidence.evidence import Evidence, gather_evidence
from isotopes.verify.evidence.usable import Usable
from isotopes.verify.methods.method import (
    EMBEDDED_OWN,
    Arrangement,
    Method,
    MethodResult,
    Wishes,
    check_probes,
)
from isotopes.verify.methods.ranking import as_method_result, rank_draws
from isotopes.verify.plans.plan import Plan


class TwoStage(Method):
    """`two_stage_rank_test` of one label, of weighted labels or of the label that rises most."""

    name: ClassVar[str] = "two-stage"
    summary: ClassVar[str] = (
        "exact: as rank, but an innocent model is asked about a few decoys only"
    )
    statistic: ClassVar[str] = "log-odds"
    level: ClassVar[float] = 0.01
    decoys: ClassVar[int] = 199
    probes: ClassVar[int] = 6
    own: ClassVar[int] = 6
    fewest: ClassVar[int] = 5
    compares_embeddings: ClassVar[bool] = True
    # Chosen on answers of other models than those whose power is reported: docs/statistics.md.
    settings: ClassVar[Mapping[str, float]] = MappingProxyType({"first": 9, "go_on": 0.2})
    search_probes: ClassVar[int] = 25
    thorough_pictures: ClassVar[int] = 25

    def check(self, plan: Plan) -> None:
        super().check(plan)
        check_probes(self.name, plan.distinct, self.fewest)
        _stages(plan)

    def arrange(self, wishes: Wishes) -> Arrangement:
        """As many decoys as the level needs, and few pictures, unless more are wished for."""
        usual = self.thorough_pictures if wishes.thorough else self.own
        own = min(wishes.own, EMBEDDED_OWN if wishes.embeds else usual)
        search = wishes.thorough or (wishes.search and not own)
        enough = wishes.decoys if wishes.all_decoys else decoys_needed(wishes.level)
        decoys = min(wishes.decoys, enough)
        first = min(int(self.settings["first"]), decoys)
        return Arrangement(
            decoys,
            self.probes_beside(own, wishes, self.search_probes if search else self.probes),
            own,
            {"first": first, "go_on": max(self.settings["go_on"], wishes.level)},
        )

    def wanted(self, answers: Answers, plan: Plan, usable: Usable) -> NDArray[np.intp]:
        """The mark and a few decoys; all of them once these are answered and the mark leads."""
        stages = _stages(plan)
        some = np.arange(1 + stages.first)
        if usable.unanswered(answers, some).any() or not usable.columns.size:
            return some
        found, _ = rank_draws(gather_evidence(answers, plan, usable, some), plan, level=1)
        return np.arange(plan.marks) if stages.goes_on(found.pvalue) else some

    def test(self, evidence: Evidence, plan: Plan) -> MethodResult:
        found, column = rank_draws(evidence, plan, level=1)
        stages = _stages(plan)
        return _of(
            two_stage_rank_test(found.statistic, found.null_distribution, stages), stages, column
        )

    def test_scores(
        self, score: float, decoy_scores: Sequence[float], level: float, details: Mapping[str, Any]
    ) -> MethodResult:
        first, decoys = (restore_result(Count, details.get(name)) for name in ("first", "decoys"))
        stages = TwoStagePlan(
            first, decoys, restore_result(Probability, details.get("go_on")), level
        )
        return _of(two_stage_rank_test(score, decoy_scores, stages), stages, 0)


def _stages(plan: Plan) -> TwoStagePlan:
    settings = plan.settings
    return TwoStagePlan(int(settings["first"]), plan.decoys, settings["go_on"], plan.level)


def _of(found: RankTestResult, stages: TwoStagePlan, column: int) -> MethodResult:
    details = {"first": stages.first, "decoys": stages.decoys, "go_on": stages.go_on}
    return as_method_result(found, column, details)
