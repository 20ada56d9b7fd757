"""The plan of an audit: which marks are asked about and how, hashed before the target is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from isotopes.checked import Count, Digest, Text
from isotopes.errors import PlanError
from isotopes.stats.result import Result
from isotopes.stats.scores.statistic import get_statistic
from isotopes.verify.plans.hashed import HashedPlan

QUERY_ORDER = "shuffled by the seed: on each probe, all marks and decoys among one another"


@dataclass(frozen=True)
class AuditPlan(Result, HashedPlan):
    """Everything that the outcome of an audit depends on besides the answers.

    Attributes:
        isotopes, commitments: of each mark, in the order of their rows, shape (marks,).
        claimed: the label that each mark was published under; None if none was committed.
        beacons: of each mark, as `Plan.beacon`.
        family, family_version, alpha: how all marks and decoys are drawn and blended.
        decoys: how many decoys are asked. They are the isotopes' own, committed with them: the
            first of each isotope in turn, then the second of each, and so on.
        statistic: what is compared; a name in `statistic.STATISTICS`.
        level, delta, rounds, size: lambda, delta, Q and n of V and V_D; the level is that of the
            claims too.
        discovery_level: false-discovery rate of the attribution.
        probes: ``sha256:...`` of each probe's pixels, in order.
        probe_labels: what each probe's folder is called; None if nothing is known.
        unreadable: how many pictures could not be read and so were not drawn.
        target, target_identity: its name, and the hash that identifies it.
        unchecked_anchors: as `Target.unchecked_anchors`.
        seed: 64 hexadecimal digits; the order of the queries and the rounds come from it.
        query_order: how, in words.
        disguised: as in `Plan`.
    """

    kind: ClassVar[str] = "isotopes-audit-plan/5"
    isotopes: tuple[Text, ...]
    commitments: tuple[Digest, ...]
    claimed: tuple[Text | None, ...]
    beacons: tuple[Text | None, ...]
    family: Text
    family_version: Count
    alpha: float
    decoys: Count
    statistic: Text
    level: float
    delta: float
    rounds: Count
    size: Count
    discovery_level: float
    probes: tuple[Digest, ...]
    probe_labels: tuple[str | None, ...]
    unreadable: Count
    target: Text
    target_identity: Digest
    seed: str = field(repr=False)
    unchecked_anchors: bool = False
    query_order: str = QUERY_ORDER
    disguised: bool = False

    def __post_init__(self) -> None:
        get_statistic(self.statistic)
        for name in ("level", "discovery_level"):
            if not 0 < getattr(self, name) < 1:
                raise PlanError(f"{name} must be above 0 and below 1, got {getattr(self, name):g}")
        if not 0 < self.delta <= 1:
            raise PlanError(f"delta must be above 0 and at most 1, got {self.delta:g}")
        if not (self.rounds >= 1 and 2 <= self.size <= len(self.probes)):
            raise PlanError(
                f"V takes at least 1 round of 2 to {len(self.probes)} probes,"
                f" got {self.rounds} of {self.size}"
            )
        if len(set(self.commitments)) < len(self.isotopes) or not self.isotopes:
            raise PlanError("the isotopes of an audit must differ and be at least one")
        lengths = {len(one) for one in (self.commitments, self.claimed, self.beacons)}
        if lengths != {len(self.isotopes)}:
            raise PlanError(
                f"each of {len(self.isotopes)} isotopes must have a commitment, a label or None and"
                f" a beacon or None, got {len(self.commitments)}, {len(self.claimed)} and"
                f" {len(self.beacons)}"
            )
        self.check_design(QUERY_ORDER)

    @property
    def marks(self) -> int:
        """The marks and the decoys."""
        return len(self.isotopes) + self.decoys
