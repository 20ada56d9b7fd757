"""The verdict of a check of a gallery of faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import ModelChanged, TargetError
from isotopes.faces.plan import FacePlan
from isotopes.stats.exact.face_match import draw_out_test
from isotopes.stats.exact.rank import RankTestResult
from isotopes.stats.result import Result
from isotopes.verify.evidence.disguised import disguise_remark
from isotopes.verify.evidence.remark import Remark, RemarkKind
from isotopes.verify.verdicts.decide import versions
from isotopes.verify.verdicts.display import Displayed
from isotopes.verify.verdicts.outcome import Outcome, begin_plainly


@dataclass(frozen=True, eq=False)
class FaceVerdict(Displayed, Result):
    """The answer to "are pictures with this mark in this gallery?".

    Attributes:
        verdict, sentence, reasons, warnings: as in `Verdict`.
        isotope, commitment, plan_hash: which mark, what was fixed before publication, and before
            the first search.
        beacon: as in the plan.
        target, target_identity: which gallery.
        ours: how many enrolled pictures were named.
        queries: pictures searched for.
        cut_short: as in `Verdict`.
        found: the test; None if it is inconclusive.
        versions: of this package and of those whose arithmetic it rests on.
    """

    kind: ClassVar[str] = "isotopes-face-verdict/2"
    verdict: Outcome
    sentence: str
    reasons: tuple[str, ...]
    warnings: tuple[Remark, ...]
    isotope: str
    commitment: str
    beacon: str | None
    plan_hash: str
    target: str
    target_identity: str
    ours: int
    queries: int
    cut_short: bool
    found: RankTestResult | None
    versions: Mapping[str, str]

    @property
    def disguised(self) -> bool:
        """Did each search change its picture in another way?"""
        return any(one.kind is RemarkKind.QUERIES_DISGUISED for one in self.warnings)

    def __str__(self) -> str:
        return self.sentence


def decide_faces(plan: FacePlan, similarities: NDArray[np.float64]) -> FaceVerdict:
    """What do these answers say?

    Args:
        similarities: of each picture of ours to each query with each draw, as the engine shows
            them, the mark first, shape (1 + decoys, probes, ours); NaN if it isn't shown.
    """
    queries = plan.marks * len(plan.probes)
    found = draw_out_test(similarities, np.ones(len(plan.ours), np.bool_), level=plan.level)
    coarse = _too_coarse(similarities, found)
    if coarse is not None:
        return _inconclusive(plan, queries, coarse)
    outcome = Outcome.DETECTED if found.significant else Outcome.NOT_DETECTED
    ground = (
        f"with the mark the best of {len(plan.ours)} named pictures is shown at a mean"
        f" similarity of {found.statistic:.3f}, and {found.as_high or 'none'} of {plan.decoys}"
        " decoys bring them as high; an innocent gallery would look this guilty with a chance of at"
        f" most {found.pvalue:.3g}"
    )
    sentence = f"{outcome}: {begin_plainly(outcome, ground, asked='the gallery')}"
    return _verdict(plan, queries, outcome, sentence, found=found)


def undecided_faces(plan: FacePlan, answered: int, failure: TargetError) -> FaceVerdict:
    """The verdict when the gallery failed or changed after this many searches."""
    if isinstance(failure, ModelChanged):
        return _inconclusive(plan, answered, failure.in_full)
    wanted = plan.marks * len(plan.probes)
    reason = f"{answered:,} of {wanted:,} searches were answered; {failure.in_full}"
    return _inconclusive(plan, answered, reason, cut_short=True)


def _too_coarse(similarities: NDArray[np.float64], found: RankTestResult) -> str | None:
    """Why these answers can't tell the mark from any decoy; None if they can."""
    _, _, ours = similarities.shape
    if np.isnan(similarities).all():
        return (
            f"of {ours} named pictures none was shown in any search: the gallery doesn't hold them"
            " under these ids, or shows only pictures that are more alike"
        )
    if (found.null_distribution == found.statistic).all():
        return (
            f"no mark changes how alike the best of {ours} named pictures is shown to be: the"
            " answers are too coarse"
        )
    return None


def _inconclusive(
    plan: FacePlan, queries: int, reason: str, *, cut_short: bool = False
) -> FaceVerdict:
    outcome = Outcome.INCONCLUSIVE
    sentence = f"{outcome}: {reason}"
    return _verdict(plan, queries, outcome, sentence, reasons=(reason,), cut_short=cut_short)


def _verdict(
    plan: FacePlan,
    queries: int,
    verdict: Outcome,
    sentence: str,
    *,
    reasons: tuple[str, ...] = (),
    cut_short: bool = False,
    found: RankTestResult | None = None,
) -> FaceVerdict:
    return FaceVerdict(
        verdict=verdict,
        sentence=sentence,
        reasons=reasons,
        warnings=(disguise_remark(),) if plan.disguised else (),
        isotope=plan.isotope,
        commitment=plan.commitment,
        beacon=plan.beacon,
        plan_hash=plan.hash,
        target=plan.target,
        target_identity=plan.target_identity,
        ours=len(plan.ours),
        queries=queries,
        cut_short=cut_short,
        found=found,
        versions=versions(),
    )
