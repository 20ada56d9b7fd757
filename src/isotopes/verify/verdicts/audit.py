"""The verdict of an audit, from its saved answers, without a target."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.seeds import derive
from isotopes.stats.many.audit import CALIBRATION_SHARE, NO_CLAIM, AuditResult, audit_many
from isotopes.stats.paper.paired_t import draw_samples
from isotopes.stats.result import Result
from isotopes.stats.scores.statistic import allowed_probes
from isotopes.verify.evidence.answers import Answers
from isotopes.verify.evidence.disguised import disguise_remark
from isotopes.verify.evidence.obstacles import check_not_constant, cut_short
from isotopes.verify.evidence.remark import Remark, RemarkKind
from isotopes.verify.plans.audit import AuditPlan
from isotopes.verify.verdicts.decide import versions
from isotopes.verify.verdicts.display import Displayed
from isotopes.verify.verdicts.outcome import Outcome


@dataclass(frozen=True, eq=False)
class AuditVerdict(Displayed, Result):
    """The verdict of an audit of one target.

    Attributes:
        verdict: detected if at least one mark is attributed to a label. Where the model saw none
            of them, the chance of that is at most the discovery level.
        reasons: why there is none; empty otherwise.
        warnings: what limits it.
        isotopes, commitments, beacons, claimed: as in the plan, shape (marks,).
        plan_hash: what was fixed before the first query.
        target, target_identity: which model.
        labels: that it answers with, in the order of the columns of `found`.
        queries: pictures answered.
        cut_short: as in `Verdict`.
        found: all tests; None if there are `reasons`.
        versions: of this package and of those whose arithmetic it rests on.
    """

    kind: ClassVar[str] = "isotopes-audit-verdict/3"
    verdict: Outcome
    reasons: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    isotopes: tuple[str, ...]
    commitments: tuple[str, ...]
    beacons: tuple[str | None, ...]
    claimed: tuple[str | None, ...]
    plan_hash: str
    target: str
    target_identity: str
    labels: tuple[str, ...]
    queries: int
    cut_short: bool
    found: AuditResult | None
    versions: Mapping[str, str]

    @property
    def disguised(self) -> bool:
        """Did each query change its picture in another way?"""
        return any(one.kind is RemarkKind.QUERIES_DISGUISED for one in self.warnings)

    def __str__(self) -> str:
        if self.found is None:
            return str(self.verdict)
        attributed = self.found.attribution.attributed
        return f"{self.verdict} ({attributed.sum()} of {attributed.size} marks)"


def decide_audit(answers: Answers, plan: AuditPlan) -> AuditVerdict:
    """What do these answers say under this plan? The same answers give the same verdict.

    Args:
        answers: rows are the unmarked probe, the marks in the plan's order, the decoys; the values
            may lie in a file.

    Raises:
        AnswerError: the target answered the same to everything.
        TooFewDecoys, TooFewProbes: as `audit_many`.
    """
    unasked = int(answers.asked.size - answers.queries)
    if answers.fault is not None:
        changed = Remark(RemarkKind.TARGET_CHANGED, {"why": answers.fault})
        return _verdict(answers, plan, None, (changed,))
    if unasked or answers.cut is not None:
        return _verdict(answers, plan, None, (cut_short(answers, unasked),))
    check_not_constant(answers)
    found = audit_many(
        answers.marked,
        _columns(answers, plan),
        allowed_probes(answers.clean, answers.labels, plan.probe_labels),
        _rounds(plan),
        statistic=plan.statistic,
        level=plan.level,
        delta=plan.delta,
        discovery_level=plan.discovery_level,
    )
    return _verdict(answers, plan, found, ())


def _columns(answers: Answers, plan: AuditPlan) -> NDArray[np.int64]:
    places = {label: column for column, label in enumerate(answers.labels)}
    return np.array([places.get(label or "", NO_CLAIM) for label in plan.claimed], np.int64)


def _rounds(plan: AuditPlan) -> NDArray[np.int64]:
    key = derive(plan.seed_key, "isotopes/v1/audit/rounds")
    return draw_samples(key, len(plan.probes), plan.size, plan.rounds)


def _verdict(
    answers: Answers, plan: AuditPlan, found: AuditResult | None, reasons: tuple[Remark, ...]
) -> AuditVerdict:
    return AuditVerdict(
        verdict=_outcome(found),
        reasons=reasons,
        warnings=() if found is None else tuple(_warnings(answers, plan, found)),
        isotopes=plan.isotopes,
        commitments=plan.commitments,
        beacons=plan.beacons,
        claimed=plan.claimed,
        plan_hash=plan.hash,
        target=plan.target,
        target_identity=plan.target_identity,
        labels=answers.labels,
        queries=answers.queries,
        cut_short=answers.cut is not None,
        found=found,
        versions=versions(),
    )


def _outcome(found: AuditResult | None) -> Outcome:
    if found is None:
        return Outcome.INCONCLUSIVE
    return Outcome.DETECTED if found.attribution.attributed.any() else Outcome.NOT_DETECTED


def _warnings(answers: Answers, plan: AuditPlan, found: AuditResult) -> list[Remark]:
    warnings = []
    absent = sorted({label for label in plan.claimed if label} - set(answers.labels))
    if absent:
        warnings.append(Remark(RemarkKind.LABELS_NEVER_SHOWN, {"labels": absent}))
    attribution = found.attribution
    if attribution.fewest > 1:
        one = math.ceil(len(attribution.labels) / attribution.level) - 1
        enough = math.ceil(one * CALIBRATION_SHARE / (CALIBRATION_SHARE - 1))
        values = {"decoys": plan.decoys, "marks": attribution.fewest, "enough": enough}
        warnings.append(Remark(RemarkKind.MARKS_NEEDED, values))
    if plan.unchecked_anchors:
        warnings.append(Remark(RemarkKind.ANCHORS_UNCHECKED))
    if plan.disguised:
        warnings.append(disguise_remark())
    return warnings
