"""The plan: what will be tested and how, fixed and hashed before the model is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar

from isotopes.checked import Count, Digest, Text
from isotopes.errors import PlanError
from isotopes.stats.independence import CorrelationResult
from isotopes.stats.result import Result
from isotopes.stats.scores.statistic import EMBEDDINGS
from isotopes.stats.scores.tempered import check_statistic
from isotopes.verify.plans.hashed import HashedPlan

# What `verify/asking/queries.py` does, so that a target can't tell which pictures matter.
QUERY_ORDER = "shuffled by the seed: on each probe, the mark among the decoys asked with it"


@dataclass(frozen=True)
class Plan(Result, HashedPlan):
    """Everything that a verdict depends on besides the answers.

    Attributes:
        isotope: the owner's name for it.
        commitment: ``sha256:...`` made before the pictures were published.
        beacon: the public randomness that was mixed into the key after it was committed to: source
            and digest; None if there was none.
        family, family_version, alpha: how the mark and its decoys are drawn and blended.
        exchangeable: the mark was drawn by its key, not picked by a person.
        method: the test.
        statistic: what it compares; a name in `tempered.TEST_STATISTICS`, or that of embeddings.
        level: the most that the chance of accusing an innocent model may be, in (0, 1).
        decoys: how many decoys are asked beside the mark.
        settings: numbers that only this method has.
        label: the tested label; None for a search.
        candidates: the labels to search; None for all that the target answers with.
        probes: ``sha256:...`` of each probe's pixels, in order.
        probe_labels: what each probe's folder is called; None if nothing is known.
        own: the same of the person's own pictures, originals of what was published with the mark.
            They are asked with marks only. Where no label is named, they weigh the labels.
        left_out: how many pictures were not taken as probes because their folder is called like
            the tested label.
        unreadable: how many could not be read.
        target, target_identity: its name, and the hash that identifies it.
        seed: 64 hexadecimal digits; the order of the queries and all sampling come from it. It
            shows which query is which, so it stays with the person who asks.
        independence, own_independence: do the probes and the originals depend on the mark? None if
            there are none, or no decoy to compare with.
        copies: do the published copies of the own pictures carry it? None if they are not there.
        unchecked_anchors: as `Target.unchecked_anchors`.
        assume_exchangeable: the person takes a picked mark as if it had been drawn.
        differs: where this plan differs from the commitment, in words.
        query_order: how queries are ordered, in words.
        disguised: each query changes its picture in another way (`verify/asking/disguise.py`).
    """

    kind: ClassVar[str] = "isotopes-plan/6"
    isotope: Text
    commitment: Digest
    family: Text
    family_version: Count
    alpha: float
    exchangeable: bool
    method: Text
    statistic: Text
    level: float
    decoys: Count
    probes: tuple[Digest, ...]
    probe_labels: tuple[str | None, ...]
    target: Text
    target_identity: Digest
    seed: str = field(repr=False)
    settings: Mapping[str, int | float] = field(default_factory=dict)
    label: Text | None = None
    candidates: tuple[Text, ...] | None = None
    own: tuple[Digest, ...] = ()
    independence: CorrelationResult | None = None
    own_independence: CorrelationResult | None = None
    copies: CorrelationResult | None = None
    left_out: Count = 0
    unreadable: Count = 0
    unchecked_anchors: bool = False
    assume_exchangeable: bool = False
    differs: tuple[str, ...] = ()
    beacon: Text | None = None
    query_order: str = QUERY_ORDER
    disguised: bool = False

    def __post_init__(self) -> None:
        check_statistic(self.statistic)
        if not 0 < self.level < 1:
            raise PlanError(f"the level must be above 0 and below 1, got {self.level:g}")
        self.check_design(QUERY_ORDER)
        _check_labels(self)

    @cached_property
    def fixed(self) -> str:
        """``sha256:...`` over all that was chosen, without what was measured on the pictures.

        Another machine, or a later release of a library, may measure other last digits.
        """
        return replace(self, independence=None, own_independence=None, copies=None).hash

    @property
    def marks(self) -> int:
        """The mark and its decoys."""
        return 1 + self.decoys

    @property
    def pictures(self) -> tuple[str, ...]:
        """Probes, then own pictures, which an encoder is shown in another view too."""
        return self.probes + self.own * (2 if self.embeds else 1)

    @property
    def unmarked(self) -> int:
        """How many of the pictures, the first ones, are asked without a mark too."""
        return len(self.probes)

    @property
    def distinct(self) -> int:
        """How many different pictures these are: views show no others."""
        return len(self.probes) + len(self.own)

    @cached_property
    def views(self) -> Mapping[int, int]:
        """Which pictures are asked in another view, and where the same one stands as it is."""
        seen = range(self.distinct, len(self.pictures))
        return MappingProxyType({place: place - len(self.own) for place in seen})

    @property
    def embeds(self) -> bool:
        """The target answers with embeddings, so there are no labels to test."""
        return self.statistic == EMBEDDINGS

    @property
    def weighs_labels(self) -> bool:
        """No label is named, and own pictures weight the labels."""
        return self.label is None and bool(self.own) and not self.embeds


def _check_labels(plan: Plan) -> None:
    if plan.embeds and (plan.label, plan.candidates) != (None, None):
        raise PlanError("a plan that compares embeddings has no labels, got some")
    if plan.candidates is None:
        return
    if plan.label is not None:
        raise PlanError("a plan has either one label or candidate labels, got both")
    if not plan.candidates or len(set(plan.candidates)) < len(plan.candidates):
        raise PlanError("the candidate labels must differ and be at least one")
