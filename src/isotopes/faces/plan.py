"""The plan of a check of a gallery of faces: fixed and hashed before the first search."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from isotopes.errors import PlanError
from isotopes.stats.exact.rank import check_decoys
from isotopes.stats.result import Result
from isotopes.verify.plans.hashed import HashedPlan
from isotopes.verify.plans.plan import QUERY_ORDER


@dataclass(frozen=True)
class FacePlan(Result, HashedPlan):
    """Everything that the verdict depends on besides the answers.

    Attributes:
        isotope, commitment, beacon: as in `Plan`.
        family, family_version, alpha: how the mark and its decoys are drawn and blended.
        decoys: how many are searched with beside the mark.
        level: the most that the chance of accusing an innocent gallery may be, in (0, 1).
        probes: ``sha256:...`` of the pixels of each query picture, before it is marked, in order.
        ours: ids of the enrolled pictures that would carry the mark, sorted.
        target, target_identity: the gallery's name, and the hash that identifies it.
        seed: 64 hexadecimal digits; the order of the searches comes from it.
        query_order: how, in words.
        disguised: as in `Plan`.
    """

    kind: ClassVar[str] = "isotopes-face-plan/2"
    isotope: str
    commitment: str
    beacon: str | None
    family: str
    family_version: int
    alpha: float
    decoys: int
    level: float
    probes: tuple[str, ...]
    ours: tuple[str, ...]
    target: str
    target_identity: str
    seed: str = field(repr=False)
    query_order: str = QUERY_ORDER
    disguised: bool = False

    def __post_init__(self) -> None:
        if not self.probes or not self.ours:
            raise PlanError(
                "a face check needs at least 1 new picture and 1 id of an enrolled one,"
                f" got {len(self.probes)} pictures and {len(self.ours)} ids"
            )
        check_decoys(self.decoys, self.level)

    @property
    def marks(self) -> int:
        """The mark and its decoys."""
        return 1 + self.decoys
