"""The verdict: detected, not detected or inconclusive, with all that a sceptic needs.

It holds numbers and kinds; `isotopes.report` puts them into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from isotopes.canonical import digest_of
from isotopes.checked import Count, Digest, Finite, Level, Probability, PValue, Text
from isotopes.stats.effect import Approximation, Effect
from isotopes.stats.independence import CorrelationResult
from isotopes.stats.result import Result
from isotopes.stats.scores.statistic import EMBEDDINGS
from isotopes.verify.evidence.remark import Remark, RemarkKind
from isotopes.verify.methods.method import get_method
from isotopes.verify.verdicts.consistency import check_consistent
from isotopes.verify.verdicts.display import Displayed
from isotopes.verify.verdicts.outcome import Outcome


@dataclass(frozen=True)
class MeanProbabilities:
    """One label's mean probability: on unmarked probes, with the mark, with the decoys.

    `clean` is None if only own pictures were asked: they are not shown without a mark.
    """

    clean: Probability | None
    mark: Probability
    decoys: Probability


@dataclass(frozen=True)
class Verdict(Displayed, Result):
    """The answer to "was this model trained on pictures with this mark?".

    Attributes:
        verdict: detected, not detected or inconclusive.
        reasons: why it is inconclusive; empty otherwise.
        warnings: what limits it, where something does.
        isotope, commitment, plan_hash: which mark, what was fixed before publication, and before
            the first query.
        beacon: as in the plan.
        target, target_identity: which model.
        exchangeable: the mark was drawn with its decoys, so that the p-value assumes nothing.
        method, statistic, level: which test.
        label: the one tested, or found by search; None if no test was made of a search, and of
            embeddings.
        labels_searched: how many labels it was chosen from; 1 if it was named, 0 of embeddings.
        weighed: no label was named, and each counted by how often the model gives it to own
            pictures; `label` is the one that counted most.
        pvalue: exact if `exchangeable`; None if the method has none or no test was made.
        score, decoy_scores: what the mark and each decoy scored in the test.
        effect: the mark's mean score against the decoys' for that label; of an encoder, on own
            pictures, or on probes if there are none.
        probabilities: the same as plain mean probabilities.
        approximation: a small p-value that rests on an assumption; it never decides.
        details: what only this method has.
        queries: pictures answered.
        probes, own: others' pictures and the person's own ones that were used for that label.
        parts: how many standard deviations above all draws' mean the mark lies, on probes and on
            own pictures apart; empty if there are no own pictures, but of an encoder never.
        independence, own_independence, copies: as in the plan.
        left_out_by_answer, left_out_by_name: probes left out because the model, or their folder,
            gives them that label.
        unreadable: pictures that could not be read and so were not drawn.
        cut_short: the target failed, or the budget ended, before all was asked: the same check,
            run again, asks the rest.
        versions: of this package and of those whose arithmetic it rests on.
    """

    kind: ClassVar[str] = "isotopes-verdict/4"
    verdict: Outcome
    reasons: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    isotope: Text
    commitment: Digest
    plan_hash: Digest
    target: Text
    target_identity: Digest
    exchangeable: bool
    method: Text
    statistic: Text
    level: Level
    label: Text | None
    labels_searched: Count
    weighed: bool
    queries: Count
    probes: Count
    own: Count
    left_out_by_answer: Count
    left_out_by_name: Count
    unreadable: Count
    cut_short: bool
    versions: Mapping[str, str]
    pvalue: PValue | None = None
    score: Finite | None = None
    decoy_scores: tuple[Finite, ...] = field(default=(), repr=False)
    effect: Effect | None = None
    probabilities: MeanProbabilities | None = None
    approximation: Approximation | None = None
    parts: Mapping[str, Finite] = field(default_factory=dict)
    independence: CorrelationResult | None = None
    own_independence: CorrelationResult | None = None
    copies: CorrelationResult | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    beacon: Text | None = None

    def __str__(self) -> str:
        return (
            str(self.verdict) if self.pvalue is None else f"{self.verdict} (p = {self.pvalue:.3g})"
        )

    @property
    def embeds(self) -> bool:
        """Did it compare embeddings, which have no labels?"""
        return self.statistic == EMBEDDINGS

    @property
    def exact(self) -> bool:
        """Is the p-value of its test exact?"""
        return get_method(self.method).exact

    @property
    def disguised(self) -> bool:
        """Did each query change its picture in another way?"""
        return any(one.kind is RemarkKind.QUERIES_DISGUISED for one in self.warnings)

    @property
    def hash(self) -> str:
        """``sha256:...`` over all of it."""
        return digest_of(self.to_dict())

    @classmethod
    def from_dict(cls, found: object) -> Self:
        """The verdict that `to_dict` wrote, from JSON or not.

        What follows from its scores is recomputed. So a verdict can't claim a p-value that
        its own scores don't give; nothing in it proves that a model gave these scores.

        Raises:
            PlanError: another format, other fields or types, or a verdict that contradicts itself.
        """
        verdict = super().from_dict(found)
        check_consistent(verdict)
        return verdict
