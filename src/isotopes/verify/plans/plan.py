"""The plan: what will be tested and how, fixed and hashed before the model is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from isotopes.errors import PlanError
from isotopes.seeds import KEY_BYTES
from isotopes.stats.result import check_format
from isotopes.stats.statistic import get_statistic
from isotopes.verify.plans.hashed import HashedPlan

PLAN_FORMAT = "isotopes-plan/2"
# What `verify/asking/queries.py` does, so that a target can't tell which pictures matter.
QUERY_ORDER = "shuffled by the seed: on each probe, the mark among the decoys asked with it"
_CONSTANT = {"format": PLAN_FORMAT, "query_order": QUERY_ORDER}


@dataclass(frozen=True)
class Plan(HashedPlan):
    """Everything that a verdict depends on besides the answers.

    Attributes:
        isotope: the owner's name for it.
        commitment: ``sha256:...`` made before the pictures were published.
        family, family_version, alpha: how the mark and its decoys are drawn and blended.
        exchangeable: the mark was drawn by its key, not picked by a person.
        method: the test.
        statistic: what it compares; a name in `statistic.STATISTICS`.
        level: the most that the chance of accusing an innocent model may be, in (0, 1).
        decoys: how many decoys are asked beside the mark.
        settings: numbers that only this method has.
        label: the tested label; None for a search.
        candidates: the labels to search; None for all that the target answers with.
        probes: ``sha256:...`` of each probe's pixels, in order.
        probe_labels: what each probe's folder is called; None where nothing is known.
        left_out: how many pictures were not taken as probes because their folder is called like
            the tested label.
        unreadable: how many could not be read.
        target, target_identity: its name, and the hash that tells it from others.
        seed: 64 hexadecimal digits; the order of the queries and all sampling come from it. It
            tells which query is which, so it stays with whoever asks.
        assume_exchangeable: the person takes a picked mark as if it had been drawn.
        differs: where this plan is not what the commitment says, in words.
    """

    isotope: str
    commitment: str
    family: str
    family_version: int
    alpha: float
    exchangeable: bool
    method: str
    statistic: str
    level: float
    decoys: int
    probes: tuple[str, ...]
    probe_labels: tuple[str | None, ...]
    target: str
    target_identity: str
    seed: str = field(repr=False)
    settings: Mapping[str, float] = field(default_factory=dict)
    label: str | None = None
    candidates: tuple[str, ...] | None = None
    left_out: int = 0
    unreadable: int = 0
    assume_exchangeable: bool = False
    differs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        get_statistic(self.statistic)
        _check_numbers(self)
        _check_probes(self)
        _check_labels(self)

    @property
    def marks(self) -> int:
        """The mark and its decoys."""
        return 1 + self.decoys

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON, with its format."""
        return {**_CONSTANT, **asdict(self), "settings": dict(self.settings)}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Self:
        """The plan that `to_dict` wrote, from JSON or not.

        Raises:
            PlanError: another format, other fields, or values that no plan can have.
        """
        check_format(found, PLAN_FORMAT)
        order = found.get("query_order")
        if order != QUERY_ORDER:
            raise PlanError(f"a plan's query_order must be {QUERY_ORDER}, got {order!r}")
        names = {f.name for f in fields(cls)}
        if found.keys() - _CONSTANT.keys() != names:
            odd = sorted(names ^ (found.keys() - _CONSTANT.keys()))
            raise PlanError(f"a plan must hold its fields and no others; {odd[0]!r} is amiss")
        values: dict[str, Any] = {
            name: tuple(found[name]) if isinstance(found[name], list) else found[name]
            for name in names
        }
        return cls(**values)


def _check_numbers(plan: Plan) -> None:
    if not 0 < plan.level < 1:
        raise PlanError(f"the level must be above 0 and below 1, got {plan.level:g}")
    if plan.decoys < 1:
        raise PlanError(f"a test needs at least 1 decoy, got {plan.decoys}")
    if not 0 < plan.alpha <= 1:
        raise PlanError(f"alpha must be above 0 and at most 1, got {plan.alpha:g}")
    digits = set(plan.seed)
    if len(plan.seed) != 2 * KEY_BYTES or not digits <= set("0123456789abcdef"):
        raise PlanError(f"a plan's seed must be {2 * KEY_BYTES} hexadecimal digits")


def _check_probes(plan: Plan) -> None:
    if not plan.probes:
        raise PlanError("a plan needs at least 1 probe, got none")
    if len(set(plan.probes)) < len(plan.probes):
        raise PlanError("the probes of a plan must differ, got the same picture twice")
    if len(plan.probe_labels) != len(plan.probes):
        raise PlanError(
            f"a plan must have one label or None for each of {len(plan.probes)} probes,"
            f" got {len(plan.probe_labels)}"
        )


def _check_labels(plan: Plan) -> None:
    if plan.candidates is None:
        return
    if plan.label is not None:
        raise PlanError("a plan has either one label or candidate labels, got both")
    if not plan.candidates or len(set(plan.candidates)) < len(plan.candidates):
        raise PlanError("the candidate labels must differ and be at least one")
