"""Several checks judged together: several isotopes of one person, or several models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from isotopes.errors import PlanError
from isotopes.stats.effect import Effect
from isotopes.stats.exact.combine import Dependence, combine_pvalues, pool_models
from isotopes.stats.exact.rank import rank_test
from isotopes.stats.result import Result
from isotopes.verify.evidence.remark import Remark, RemarkKind
from isotopes.verify.methods.rank import Rank
from isotopes.verify.verdicts.decide import versions
from isotopes.verify.verdicts.display import Displayed
from isotopes.verify.verdicts.loading import CheckVerdict
from isotopes.verify.verdicts.outcome import Outcome
from isotopes.verify.verdicts.verdict import Verdict

POOLED = "pooled rank"


@dataclass(frozen=True)
class JointCheck(Result):
    """One of the checks that are judged together.

    Attributes:
        isotope, commitment, beacon, target, target_identity, plan_hash, label, effect: as in its
            `Verdict`.
        reasons, warnings: as in its `Verdict`.
        pvalue: as in its `Verdict`; None if it was inconclusive, which counts as 1.
        adjusted: the p-value for a verdict among many.
        detected: is it called detected under false-discovery control?
    """

    kind: ClassVar[str] = "isotopes-joint-check/2"
    isotope: str
    commitment: str
    beacon: str | None
    target: str
    target_identity: str
    plan_hash: str
    label: str | None
    effect: Effect | None
    reasons: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    pvalue: float | None
    adjusted: float
    detected: bool


@dataclass(frozen=True)
class CombinedVerdict(Displayed, Result):
    """What several checks say together.

    Attributes:
        verdict: detected if at least one of the marks was in the data of one of the models;
            inconclusive if no check came to a result, or if nothing was detected and one of them
            could not test some label.
        pvalue: exact or above, of the null that no model saw any of the marks.
        method: "fisher", "hommel" or "pooled rank".
        dependence: what was assumed of the p-values.
        level: of the combined test, and false-discovery rate of the single ones.
        checks: one by one, in the order given.
        versions: of this package and of those whose arithmetic it rests on.
    """

    kind: ClassVar[str] = "isotopes-combined-verdict/2"
    verdict: Outcome
    pvalue: float
    method: str
    dependence: str
    level: float
    checks: tuple[JointCheck, ...]
    versions: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.verdict} (p = {self.pvalue:.3g})"


def combine_verdicts(
    verdicts: Sequence[CheckVerdict],
    *,
    level: float | None = None,
    assume_exchangeable: bool = False,
) -> CombinedVerdict:
    """Was any of these marks in the data of any of these models, and which in which?

    Every isotope has keys of its own. So the p-values of different isotopes are independent under
    the null, whichever models were asked, and Fisher's method combines them. Where one isotope
    stands in several checks, the marks and decoys of its rank tests are pooled over the models if
    nothing else is among the checks; else any dependence is allowed for (Hommel).

    Each check is also called detected or not by itself, under false-discovery control: of those
    called so, at most `level` are wrong on average. A check that came to no result counts as p = 1.

    Args:
        verdicts: of all checks that were made; leaving out some of them after seeing their results
            makes the outcome worthless.
        level: None for the smallest of their levels.
        assume_exchangeable: take marks that somebody picked as if they had been drawn.

    Raises:
        PlanError: fewer than two, one check twice, a test without an exact p-value, a picked mark
            without `assume_exchangeable`, or a level that can't be.
        TooFewDecoys: a pooled rank test that could not reach the level.
    """
    _check_combinable(verdicts, assume_exchangeable)
    level = min(verdict.level for verdict in verdicts) if level is None else level
    if not 0 < level < 1:
        raise PlanError(f"the level must be above 0 and below 1, got {level:g}")
    commitments = {verdict.commitment for verdict in verdicts}
    independent = len(commitments) == len(verdicts)
    found = combine_pvalues(
        [1.0 if verdict.pvalue is None else verdict.pvalue for verdict in verdicts],
        Dependence.INDEPENDENT if independent else Dependence.ANY,
        level=level,
    )
    pvalue, method = found.pvalue, found.method
    scores = _poolable_scores(verdicts)
    if scores is not None:
        pooled = pool_models(scores)
        pvalue, method = rank_test(pooled[0], pooled[1:], level=level).pvalue, POOLED
    singly = zip(verdicts, found.adjusted.tolist(), found.detected.tolist(), strict=True)
    checks = tuple(_joint_check(*one) for one in singly)
    outcome = _outcome(verdicts, pvalue, level)
    return CombinedVerdict(
        verdict=outcome,
        pvalue=pvalue,
        method=method,
        dependence=found.dependence,
        level=level,
        checks=checks,
        versions=versions(),
    )


def _check_combinable(verdicts: Sequence[CheckVerdict], assume_exchangeable: bool) -> None:
    if len(verdicts) < 2:
        raise PlanError(f"at least 2 verdicts can be combined, got {len(verdicts)}")
    seen = set()
    for verdict in verdicts:
        if not verdict.exact:
            raise PlanError(
                f"{verdict.method} has no exact p-value, so its verdicts can't be combined",
                hint="check again with the rank or the sequential test",
            )
        if not (verdict.exchangeable or assume_exchangeable):
            raise PlanError(
                f"somebody picked the mark of isotope {verdict.isotope} instead of drawing it by"
                " its key, so its p-value rests on an assumption",
                hint="leave it out, or give --assume-exchangeable",
            )
        which = verdict.commitment, verdict.target_identity
        if which in seen:
            raise PlanError(
                f"isotope {verdict.isotope} was checked in {verdict.target} more than once",
                hint="give one verdict of each isotope and model: the first that was made",
            )
        seen.add(which)


def _poolable_scores(verdicts: Sequence[CheckVerdict]) -> list[list[float]] | None:
    """What one mark and its decoys scored in each model; None where that is not what there is."""
    scores = [
        [verdict.score, *verdict.decoy_scores]
        for verdict in verdicts
        if isinstance(verdict, Verdict)
        and verdict.score is not None
        and verdict.method == Rank.name
    ]
    same_mark = len({verdict.commitment for verdict in verdicts}) == 1
    same_decoys = len({len(of_model) for of_model in scores}) == 1
    return scores if same_mark and same_decoys and len(scores) == len(verdicts) else None


def _joint_check(verdict: CheckVerdict, adjusted: float, detected: bool) -> JointCheck:
    return JointCheck(
        isotope=verdict.isotope,
        commitment=verdict.commitment,
        beacon=verdict.beacon,
        target=verdict.target,
        target_identity=verdict.target_identity,
        plan_hash=verdict.plan_hash,
        label=verdict.label,
        effect=verdict.effect,
        reasons=verdict.reasons,
        warnings=verdict.warnings,
        pvalue=verdict.pvalue,
        adjusted=adjusted,
        detected=detected,
    )


def _outcome(verdicts: Sequence[CheckVerdict], pvalue: float, level: float) -> Outcome:
    if all(verdict.pvalue is None for verdict in verdicts):
        return Outcome.INCONCLUSIVE
    if pvalue <= level:
        return Outcome.DETECTED
    return Outcome.INCONCLUSIVE if any(map(left_labels_out, verdicts)) else Outcome.NOT_DETECTED


def left_labels_out(check: CheckVerdict | JointCheck) -> bool:
    """Could this check not test some label, which the mark may belong to?"""
    return any(warning.kind is RemarkKind.LABEL_NOT_TESTED for warning in check.warnings)
