"""What a check of pictures says: is this mark in what a generator made?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np

from isotopes.canonical import digest_of
from isotopes.checked import Count, Digest, Finite, Level, PValue, Text
from isotopes.errors import PlanError
from isotopes.stats.exact.rank import (
    LabelSearchResult,
    RankTestResult,
    rank_test,
    rank_test_over_labels,
)
from isotopes.stats.exact.two_stage import two_stage_rank_test
from isotopes.stats.result import Result
from isotopes.stats.scores.parts import standardise_columns
from isotopes.verify.evidence.picture_scores import PictureScores
from isotopes.verify.evidence.remark import Remark, RemarkKind
from isotopes.verify.matching.views import group_columns
from isotopes.verify.plans.pictures import PicturePlan, stages_of
from isotopes.verify.verdicts.decide import versions
from isotopes.verify.verdicts.display import Displayed
from isotopes.verify.verdicts.outcome import Outcome

DECIMALS = 6  # of a standardised score: draws that agree so far count as equal, against the mark


@dataclass(frozen=True)
class GroupMatch:
    """How well the mark matches what sets one group of pictures, such as a prompt's, apart.

    Attributes:
        group: its name.
        pictures: how many it has.
        score: the largest standardised score of the mark in its difference from all others.
        pvalue: the chance that an innocent generator would show as large a score anywhere, in any
            view or group: so all groups can be read at once.
    """

    group: Text
    pictures: Count
    score: Finite
    pvalue: PValue


@dataclass(frozen=True)
class PictureVerdict(Displayed, Result):
    """The answer to "do these pictures carry this mark?".

    Attributes:
        verdict, reasons, warnings: as in `Verdict`.
        isotope, commitment, plan_hash, beacon: which mark, and what was fixed before.
        target, target_identity: which pictures: what their folder or generator is called, and
            their hash.
        exchangeable: the mark was drawn with its decoys, so that the p-value assumes nothing.
        level, first, decoys, go_on: as in the plan.
        asked, look, looks: as in the plan.
        pictures, groups: how many were looked at, and in how many groups they are.
        repeated, unreadable: as in the plan.
        pvalue: exact where `exchangeable`; None where no test was made. Where there are several
            looks it is that of this look times their number, at most 1.
        score, decoy_scores: the largest standardised score of the mark and of each decoy, in any
            view or group.
        found: the view and group in which the mark scores highest.
        by_group: each group's difference from all others, in order of their names.
        versions: of this package and of those whose arithmetic it rests on.
    """

    kind: ClassVar[str] = "isotopes-picture-verdict/2"
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
    asked: Digest | None = None
    look: Count = 1
    looks: Count = 1
    pvalue: PValue | None = None
    score: Finite | None = None
    decoy_scores: tuple[Finite, ...] = field(default=(), repr=False)
    found: Text | None = None
    by_group: tuple[GroupMatch, ...] = ()

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
        pvalue=over_looks(judged.pvalue, plan.looks),
        score=judged.statistic,
        decoy_scores=tuple(judged.null_distribution.tolist()),
        found=scores.columns[best.label],
        by_group=tuple(_matches(plan, scores, judged)),
    )
    return _judged(verdict, judged.significant)


def over_looks(pvalue: float, looks: int) -> float:
    """The p-value of a test that may end after any of several looks.

    If looks may end the test whenever one likes, P(pvalue <= a) is at most the chance that any of
    them has p <= a / looks, which is at most a.
    """
    return min(1.0, looks * pvalue)


def _matches(
    plan: PicturePlan, scores: PictureScores, judged: RankTestResult
) -> Iterator[GroupMatch]:
    counts = Counter(group for group in plan.groups if group is not None)
    columns = {name: place for place, name in enumerate(scores.columns)}
    for group, count in sorted(counts.items()):
        places = [columns[name] for name in group_columns(group) if name in columns]
        varying = [place for place in places if np.ptp(scores.values[:, place]) > 0]
        if varying:
            standardised = standardise_columns(scores.values[:, varying])[0]
            score = round(float(standardised.max()), DECIMALS)
            yield GroupMatch(group, count, score, _of_group(score, judged, plan.looks))


def _of_group(score: float, judged: RankTestResult, looks: int) -> float:
    """The p-value of one group: among the largest scores that the decoys have anywhere."""
    return over_looks(rank_test(score, judged.null_distribution, level=1).pvalue, looks)


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
        asked=plan.asked,
        look=plan.look,
        looks=plan.looks,
        repeated=plan.repeated,
        unreadable=plan.unreadable,
        versions=versions(),
    )


def _check_consistent(verdict: PictureVerdict) -> None:
    if not 1 <= verdict.look <= verdict.looks:
        raise PlanError(f"it contradicts itself: it is look {verdict.look} of {verdict.looks}")
    stages = stages_of(verdict)
    if verdict.score is None:
        nothing = verdict.found is None and not verdict.decoy_scores and not verdict.by_group
        untested = verdict.pvalue is None and nothing
        if not (untested and verdict.verdict is Outcome.INCONCLUSIVE and verdict.reasons):
            raise PlanError("it contradicts itself: it has no score, but an outcome")
        return
    judged = two_stage_rank_test(verdict.score, verdict.decoy_scores, stages)
    again = _judged(replace(verdict, reasons=()), judged.significant)
    follows = over_looks(judged.pvalue, verdict.looks)
    if follows != verdict.pvalue:
        raise PlanError(
            f"it contradicts itself: a p-value of {follows:.6g} follows from its scores,"
            f" not {verdict.pvalue}"
        )
    for match in verdict.by_group:
        if match.score > verdict.score or match.pvalue != _of_group(
            match.score, judged, verdict.looks
        ):
            raise PlanError(
                f"it contradicts itself: the score and p-value of group {match.group!r} don't"
                " follow from its scores"
            )
    if (again.verdict, again.reasons) != (verdict.verdict, verdict.reasons):
        raise PlanError(
            f"it contradicts itself: it follows from its scores that it is {again.verdict}, not"
            f" {verdict.verdict}"
        )
