"""The exact test, one decoy at a time: cheap for innocent models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.checked import Count
from isotopes.defaults import LEVEL
from isotopes.errors import PlanError
from isotopes.stats.exact.sequential import (
    SequentialPlan,
    SequentialRankTestResult,
    sequential_rank_test,
    sequential_rank_test_over_labels,
)
from isotopes.stats.result import restore_result
from isotopes.stats.scores.tempered import TEMPERED
from isotopes.stats.scores.weighted import heaviest_label, label_weights
from isotopes.verify.evidence.answers import Answers
from isotopes.verify.evidence.evidence import Evidence, gather_evidence
from isotopes.verify.evidence.usable import Usable
from isotopes.verify.methods.method import Arrangement, Method, MethodResult, Wishes, check_probes
from isotopes.verify.methods.ranking import weighted_scores
from isotopes.verify.plans.plan import Plan

CALIBRATION = 20  # decoys that set the labels' scale if the label is searched
FEWEST = 2  # decoys of a batch that is to have a standard deviation
OVERSHOOT = 8  # at most one in this many decoys is asked without need


class Sequential(Method):
    """`sequential_rank_test`, over one label or over all of them."""

    name: ClassVar[str] = "sequential"
    summary: ClassVar[str] = "exact: as rank, decoy after decoy, until the answer is certain"
    statistic: ClassVar[str] = "log-odds"
    level: ClassVar[float] = LEVEL
    decoys: ClassVar[int] = 199
    # For a named label: a quarter of V's 2,500 queries (docs/statistics.md).
    probes: ClassVar[int] = 6
    own: ClassVar[int] = 6
    fewest: ClassVar[int] = 5
    settings: ClassVar[Mapping[str, float]] = MappingProxyType({"h": 1, "calibration": 0})
    # A search has more chance results to rule out: it needs steadier means, and to forgive a decoy.
    search_probes: ClassVar[int] = 25
    search_h: ClassVar[int] = 2

    def check_statistic(self, name: str) -> None:
        super().check_statistic(name)
        if name == TEMPERED:
            raise PlanError(
                f"{self.name} can't compare {TEMPERED}, which needs all draws' answers at once",
                hint="take the statistic log-odds, or the test two-stage or rank",
            )

    def check(self, plan: Plan) -> None:
        super().check(plan)
        check_probes(self.name, plan.distinct, self.fewest)
        calibration, fewest = plan.settings["calibration"], FEWEST if plan.label is None else 0
        if calibration < fewest:
            raise PlanError(
                f"the calibration batch of this sequential test must hold at least {fewest} decoys,"
                f" got {calibration:g}"
            )
        _stops(plan)

    def arrange(self, wishes: Wishes) -> Arrangement:
        """As many decoys as the level needs at most; a calibration batch if no label is named.

        If there are too few decoys to forgive one, none is forgiven.
        """
        own = min(wishes.own, self.own)
        search = wishes.search and not own
        calibration = CALIBRATION if wishes.search else 0
        room = wishes.decoys - calibration
        usual = self.search_h if search else int(self.settings["h"])
        h = usual if wishes.forgive is None else 1 + wishes.forgive
        if wishes.forgive is None and SequentialPlan.at_level(wishes.level, h).maximum > room:
            h = 1
        maximum = min(room, SequentialPlan.at_level(wishes.level, h).maximum)
        return Arrangement(
            maximum + calibration,
            self.probes_beside(own, wishes, self.search_probes if search else self.probes),
            own,
            {"h": h, "calibration": calibration},
        )

    def wanted(self, answers: Answers, plan: Plan, usable: Usable) -> NDArray[np.intp]:
        """The mark, the calibration batch, and decoys until the test is finished."""
        stops = _stops(plan)
        batch = np.arange(1 + stops.maximum, plan.marks)
        every = usable.unanswered(answers, np.arange(plan.marks))
        unasked = np.asarray(every.any(axis=1))
        waiting = np.flatnonzero(unasked[: 1 + stops.maximum])
        answered = int(waiting[0]) - 1 if waiting.size else stops.maximum
        if answered < stops.h or unasked[batch].any():
            return np.concatenate([np.arange(1 + stops.h), batch])
        marks = np.concatenate([np.arange(1 + answered), batch])
        found, _ = _run(gather_evidence(answers, plan, usable, marks), plan)
        draws = found.draws
        if not found.finished:
            # As few as can end it, but in growing rounds, because each round takes time.
            draws += max(stops.h - found.exceedances, draws // OVERSHOOT)
        return np.concatenate([np.arange(1 + min(draws, stops.maximum)), batch])

    def test(self, evidence: Evidence, plan: Plan) -> MethodResult:
        return _of(*_run(evidence, plan))

    def test_scores(
        self, score: float, decoy_scores: Sequence[float], level: float, details: Mapping[str, Any]
    ) -> MethodResult:
        h, maximum = (restore_result(Count, details.get(name)) for name in ("h", "maximum"))
        return _of(sequential_rank_test(score, decoy_scores, SequentialPlan(h, maximum, level)), 0)


def _of(found: SequentialRankTestResult, column: int) -> MethodResult:
    return MethodResult(
        significant=found.significant,
        column=column,
        pvalue=found.pvalue,
        score=found.statistic,
        decoy_scores=found.null_distribution,
        details={
            "h": found.plan.h,
            "maximum": found.plan.maximum,
            "decoys_as_high": found.exceedances,
            "stopped_after": found.draws,
        },
    )


def _stops(plan: Plan) -> SequentialPlan:
    """When the test of this plan stops; its last decoys are the calibration batch."""
    counted = plan.decoys - int(plan.settings["calibration"])
    return SequentialPlan(int(plan.settings["h"]), counted, plan.level)


def _run(evidence: Evidence, plan: Plan) -> tuple[SequentialRankTestResult, int]:
    """The test on the decoys answered so far, and the label it is about."""
    means, stops = evidence.means, _stops(plan)
    if plan.label is not None:
        return sequential_rank_test(means[0, 0], means[1:, 0], stops), 0
    first = len(means) - int(plan.settings["calibration"])
    counted, batch = means[:first], means[first:]
    # A label that no decoy of the batch moves has no scale; and which labels are looked at may not
    # hang on decoys that come later.
    moving = np.flatnonzero(np.ptp(batch, axis=0) > 0)
    if not moving.size:
        return sequential_rank_test(0.0, np.zeros(first - 1), stops), 0
    if evidence.chances is not None:
        return _weighted(evidence, plan, first)
    found = sequential_rank_test_over_labels(
        counted[0, moving], counted[1:, moving], batch[:, moving], stops
    )
    return found, int(moving[found.label or 0])


def _weighted(evidence: Evidence, plan: Plan, first: int) -> tuple[SequentialRankTestResult, int]:
    """The same with weighted labels: the weights come from the calibration batch alone."""
    assert evidence.chances is not None
    elsewhere = None if evidence.elsewhere is None else evidence.elsewhere[first:]
    weights = label_weights(evidence.chances[first:].mean(axis=1), elsewhere)
    scores = weighted_scores(evidence, plan, weights)[:first]
    column = heaviest_label(evidence.chances[0], weights)
    return sequential_rank_test(scores[0], scores[1:], _stops(plan)), column
