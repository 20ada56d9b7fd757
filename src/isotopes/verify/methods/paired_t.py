"""V of the paper as a method; its verdict always carries a warning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from isotopes.checked import Count, Probability, PValue
from isotopes.errors import PlanError, TooFewProbes
from isotopes.seeds import derive
from isotopes.stats.paper.paired_t import draw_samples, paired_t
from isotopes.stats.result import restore_result
from isotopes.verify.evidence.evidence import Evidence
from isotopes.verify.methods.method import Arrangement, Method, MethodResult, Wishes
from isotopes.verify.plans.plan import Plan


class PairedT(Method):
    """V of the paper, against the first decoy as the external mark."""

    name: ClassVar[str] = "paired-t"
    summary: ClassVar[str] = "the paper's Algorithm 1; its false-positive rate is not known"
    statistic: ClassVar[str] = "probability"
    level: ClassVar[float] = 0.1
    decoys: ClassVar[int] = 1
    probes: ClassVar[int] = 1250  # rounds * size: as many as the paper's rounds can take
    fewest: ClassVar[int] = 2
    settings: ClassVar[Mapping[str, float]] = MappingProxyType(
        {"rounds": 5, "size": 250, "delta": 0.6}
    )
    exact: ClassVar[bool] = False

    def check(self, plan: Plan) -> None:
        super().check(plan)
        if plan.label is None:
            raise PlanError("paired-t tests one label, and none is named", hint="use --label")
        if plan.disguised:
            raise PlanError(
                "paired-t compares two marks in the same picture, and disguised queries show it"
                " differently with each",
                hint="leave out --disguise, or decide by another test, as two-stage",
            )
        if plan.decoys != 1:
            raise PlanError(f"paired-t compares with 1 external mark, got {plan.decoys} decoys")
        if len(plan.probes) < plan.settings["size"]:
            raise TooFewProbes(
                f"each round of paired-t takes {plan.settings['size']:g} probes,"
                f" got {len(plan.probes)} for all of them",
                hint="use more pictures of things other than the tested label",
            )

    def arrange(self, wishes: Wishes) -> Arrangement:
        """The paper's n is per round, and each round needs its own pictures."""
        found = super().arrange(wishes)
        size = wishes.probes or int(self.settings["size"])
        probes = int(self.settings["rounds"]) * size
        return replace(found, probes=probes, settings={**found.settings, "size": size})

    def probes_needed(self, plan: Plan) -> int:
        return int(plan.settings["size"])

    def test(self, evidence: Evidence, plan: Plan) -> MethodResult:
        marked, external = evidence.of_label(0)
        rounds, size = int(plan.settings["rounds"]), int(plan.settings["size"])
        samples = draw_samples(
            derive(plan.seed_key, "isotopes/v1/paired-t/rounds"), len(marked), size, rounds
        )
        result = paired_t(marked, external, samples, level=plan.level, delta=plan.settings["delta"])
        return MethodResult(
            significant=result.detected,
            column=0,
            pvalue=None,
            score=float(marked.mean()),
            decoy_scores=np.array([external.mean()]),
            details=_details(result.pvalues.tolist(), plan.level, result.delta, size),
        )

    def test_scores(
        self, score: float, decoy_scores: Sequence[float], level: float, details: Mapping[str, Any]
    ) -> MethodResult:
        rounds = restore_result(list[Probability], details.get("round_pvalues"))
        delta, size = (
            restore_result(PValue, details.get("delta")),
            restore_result(Count, details.get("size")),
        )
        if not rounds or len(decoy_scores) != 1:
            raise PlanError(
                "a verdict of paired-t has at least 1 round and 1 external mark,"
                f" got {len(rounds)} and {len(decoy_scores)}"
            )
        found = _details(rounds, level, delta, size)
        return MethodResult(
            significant=found["significant_rounds"] / len(rounds) >= delta,
            column=0,
            pvalue=None,
            score=score,
            decoy_scores=np.array(decoy_scores),
            details=found,
        )


def _details(rounds: list[float], level: float, delta: float, size: int) -> dict[str, Any]:
    return {
        "significant_rounds": sum(pvalue < level for pvalue in rounds),
        "round_pvalues": rounds,
        "delta": delta,
        "size": size,
    }
