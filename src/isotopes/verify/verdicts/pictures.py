"""What a check of pictures says: is this mark in what a generator made?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np

from isotopes.canonical import digest_of
from isotopes.checked import Count, Digest, Finite, Level, PValue, Text
from isotopes.errors import PlanError
from isotopes.stats.exact.rank import LabelSearchResult, rank_test, rank_test_over_labels
from isotopes.stats.exact.two_stage import TwoStagePlan, two_stage_rank_test
from isotopes.stats.result import Result
from isotopes.verify.evidence.picture_scores import PictureScores
from isotopes.verify.evidence.remark import Remark, RemarkKind
from isotopes.verify.plans.pictures import PicturePlan
from isotopes.verify.verdicts.decide import versions
from isotopes.verify.verdicts.display import Displayed
from isotopes.verify.verdicts.outcome import Outcome

DECIMALS = 6  # of a standardised score: draws that agree so far count as equal, against the mark


@dataclass(frozen=True)
class PictureVerdict(Displayed, Result):
    """The answer to "do these pictures carry this mark?".

    Attributes:
        verdict, reasons, warnings: as in `Verdict`.
        isotope, commitment, plan_hash, beacon: which mark, and what was fixed before.
        target, target_identity: which pictures: what their folder is called, and their hash.
        exchangeable: the mark was drawn with its decoys, so that the p-value assumes nothing.
        level, first, decoys, go_on: as in the plan.
        pictures, groups: how many were looked at, and in how many groups they are.
        repeated, unreadable: as in the plan.
        pvalue: exact where `exchangeable`; None where no test was made.
        score, decoy_scores: the largest standardised score of the mark and of each decoy, in any
            view or group.
        found: the view and group in which the mark scores highest.
        versions: of this package and of those whose arithmetic it rests on.
    """

    kind: ClassVar[str] = "isotopes-picture-verdict/1"
    method: ClassVar[str] = "matched filter"
    exact: ClassVar[bool] = True
    label: ClassVar[None] = None  # pictures have none, and no answers that a mark moves
    effect: ClassVar[None] = None
    verdict: Outcome
    reasons: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    isotope: Text
    commitment: Digest
    beacon: Text | None
    plan_hash: Digest
    target: Text
    target_identity: Digest
    exchangeable: bool
    level: Level
    first: Count
    decoys: Count
    go_on: Level
    pictures: Count
    groups: Count
    repeated: Count
    unreadable: Count
    versions: Mapping[str, str]
    pvalue: PValue | None = None
    score: Finite | None = None
    decoy_scores: tuple[Finite, ...] = field(default=(), repr=False)
    found: Text | None = None

    def __str__(self) -> str:
        return (
            str(self.verdict) if self.pvalue is None else f"{self.verdict} (p = {self.pvalue:.3g})"
        )

    @property
    def hash(self) -> str:
        """``sha256:...`` over all of it."""
        return digest_of(self.to_dict())

    @classmethod
    def from_dict(cls, found: object) -> Self:
        """The verdict that `to_dict` wrote; what follows from its scores is worked out again.

        Raises:
            PlanError: another format, other fields or types, or a verdict that contradicts itself.
        """
        verdict = super().from_dict(found)
        _check_consistent(verdict)
        return verdict


def decide_pictures(plan: PicturePlan, scores: PictureScores) -> PictureVerdict:
    """What do these scores say under this plan? The same scores give the same verdict.

    Each column is standardised over all draws, and each draw is given its largest over the columns,
    as in a search over labels; then the rank among the draws of the stage.

    Raises:
        PlanError: scores of neither stage, or of the first one where the test goes on.
    """
    undecided = _undecided(plan)
    best = best_scores(plan, scores)
    if best is None:
        return replace(undecided, reasons=(Remark(RemarkKind.PICTURES_PLAIN),))
    judged = two_stage_rank_test(best.statistic, best.null_distribution, plan.stages)
    assert best.label is not None  # some column varies
    verdict = replace(
        undecided,
        pvalue=judged.pvalue,
        score=judged.statistic,
        decoy_scores=tuple(judged.null_distribution.tolist()),
        found=scores.columns[best.label],
    )
    return _judged(verdict, judged.significant)


def best_scores(plan: PicturePlan, scores: PictureScores) -> LabelSearchResult | None:
    """The rank test of one stage alone; None where no draw's score differs from another's.

    Raises:
        PlanError: scores of neither stage.
    """
    scores.check(plan)
    found = rank_test_over_labels(scores.values, level=1)
    if found.label is None:
        return None
    decoys = np.round(found.null_distribution, DECIMALS)
    score = round(found.statistic, DECIMALS)
    pvalue = rank_test(score, decoys, level=1).pvalue
    return replace(found, statistic=score, null_distribution=decoys, pvalue=pvalue)


def _judged(verdict: PictureVerdict, significant: bool) -> PictureVerdict:
    assumed = RemarkKind.EXCHANGEABILITY_ASSUMED in {one.kind for one in verdict.warnings}
    if significant and not verdict.exchangeable and not assumed:
        picked = (Remark(RemarkKind.MARK_PICKED),)
        return replace(verdict, verdict=Outcome.INCONCLUSIVE, reasons=picked)
    return replace(verdict, verdict=Outcome.DETECTED if significant else Outcome.NOT_DETECTED)


def _undecided(plan: PicturePlan) -> PictureVerdict:
    warnings = []
    if plan.like_published:
        said = {"pictures": plan.like_published}
        warnings.append(Remark(RemarkKind.PICTURES_LIKE_PUBLISHED, said))
    if not plan.exchangeable and plan.assume_exchangeable:
        warnings.append(Remark(RemarkKind.EXCHANGEABILITY_ASSUMED))
    return PictureVerdict(
        verdict=Outcome.INCONCLUSIVE,
        reasons=(),
        warnings=tuple(warnings),
        isotope=plan.isotope,
        commitment=plan.commitment,
        beacon=plan.beacon,
        plan_hash=plan.hash,
        target=plan.target,
        target_identity=plan.target_identity,
        exchangeable=plan.exchangeable,
        level=plan.level,
        first=plan.first,
        decoys=plan.decoys,
        go_on=plan.go_on,
        pictures=len(plan.pictures),
        groups=len({group for group in plan.groups if group is not None}),
        repeated=plan.repeated,
        unreadable=plan.unreadable,
        versions=versions(),
    )


def _check_consistent(verdict: PictureVerdict) -> None:
    stages = TwoStagePlan(verdict.first, verdict.decoys, verdict.go_on, verdict.level)
    if verdict.score is None:
        untested = verdict.pvalue is None and not verdict.decoy_scores and verdict.found is None
        if not (untested and verdict.verdict is Outcome.INCONCLUSIVE and verdict.reasons):
            raise PlanError("it contradicts itself: it has no score, but an outcome")
        return
    judged = two_stage_rank_test(verdict.score, verdict.decoy_scores, stages)
    again = _judged(replace(verdict, reasons=()), judged.significant)
    if judged.pvalue != verdict.pvalue:
        raise PlanError(
            f"it contradicts itself: a p-value of {judged.pvalue:.6g} follows from its scores,"
            f" not {verdict.pvalue}"
        )
    if (again.verdict, again.reasons) != (verdict.verdict, verdict.reasons):
        raise PlanError(
            f"it contradicts itself: it follows from its scores that it is {again.verdict}, not"
            f" {verdict.verdict}"
        )
