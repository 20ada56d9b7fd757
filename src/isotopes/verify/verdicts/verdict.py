"""The verdict: detected, not detected or inconclusive, with all that a sceptic needs.

It holds numbers and kinds; `isotopes.report` puts them into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from isotopes.canonical import digest_of
from isotopes.stats.effect import Approximation, Effect
from isotopes.stats.result import check_format
from isotopes.verify.evidence.remark import Remark
from isotopes.verify.verdicts.display import Displayed

VERDICT_FORMAT = "isotopes-verdict/3"


class Outcome(StrEnum):
    """What a check can say."""

    DETECTED = "detected"
    NOT_DETECTED = "not detected"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class MeanProbabilities:
    """One label's mean probability over its probes: unmarked, with the mark, with the decoys."""

    clean: float
    mark: float
    decoys: float


@dataclass(frozen=True)
class Verdict(Displayed):
    """The answer to "was this model trained on pictures with this mark?".

    Attributes:
        verdict: detected, not detected or inconclusive.
        reasons: why it is inconclusive; empty otherwise.
        warnings: what limits it, where something does.
        isotope, commitment, plan_hash: which mark, what was fixed before publication, and before
            the first query.
        target, target_identity: which model.
        exchangeable: the mark was drawn with its decoys, so that the p-value assumes nothing.
        method, statistic, level: which test.
        label: the one tested, or found by search; None where no test was made of a search.
        labels_searched: how many labels it was chosen from; 1 where it was named.
        pvalue: exact where `exchangeable`; None where the method has none or no test was made.
        score, decoy_scores: what the mark and each decoy scored in the test.
        effect: the mark's mean score against the decoys' for that label.
        probabilities: the same as plain mean probabilities.
        approximation: a small p-value that rests on an assumption; it never decides.
        details: what only this method has.
        queries: pictures answered.
        probes: those used for that label.
        left_out_by_answer, left_out_by_name: probes left out because the model, or their folder,
            gives them that label.
        unreadable: pictures that could not be read and so were not drawn.
        cut_short: the target failed, or the budget ended, before all was asked: the same check,
            run again, asks the rest.
        versions: of this package and of those whose arithmetic it rests on.
    """

    verdict: Outcome
    reasons: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    isotope: str
    commitment: str
    plan_hash: str
    target: str
    target_identity: str
    exchangeable: bool
    method: str
    statistic: str
    level: float
    label: str | None
    labels_searched: int
    queries: int
    probes: int
    left_out_by_answer: int
    left_out_by_name: int
    unreadable: int
    cut_short: bool
    versions: Mapping[str, str]
    pvalue: float | None = None
    score: float | None = None
    decoy_scores: tuple[float, ...] = field(default=(), repr=False)
    effect: Effect | None = None
    probabilities: MeanProbabilities | None = None
    approximation: Approximation | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return (
            str(self.verdict) if self.pvalue is None else f"{self.verdict} (p = {self.pvalue:.3g})"
        )

    @property
    def hash(self) -> str:
        """``sha256:...`` over all of it."""
        return digest_of(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON, with its format."""
        return {"format": VERDICT_FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Self:
        """The verdict that `to_dict` wrote, from JSON or not.

        Raises:
            PlanError: another format, or other fields than a verdict has.
        """
        check_format(found, VERDICT_FORMAT)
        values = {name: value for name, value in found.items() if name != "format"}
        values["verdict"] = Outcome(values["verdict"])
        values["decoy_scores"] = tuple(values["decoy_scores"])
        for name in ("reasons", "warnings"):
            values[name] = tuple(Remark(**remark) for remark in values[name])
        for name, kind in _NESTED.items():
            values[name] = None if values[name] is None else kind(**values[name])
        return cls(**values)


_NESTED: Mapping[str, type[Effect | MeanProbabilities | Approximation]] = {
    "effect": Effect,
    "probabilities": MeanProbabilities,
    "approximation": Approximation,
}
