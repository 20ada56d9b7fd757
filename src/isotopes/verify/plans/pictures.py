"""The plan of a check of pictures: fixed and hashed before the mark is compared with any."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Protocol

from isotopes.canonical import digest_of
from isotopes.checked import Count, Digest, Text
from isotopes.errors import PlanError
from isotopes.stats.exact.two_stage import TwoStagePlan
from isotopes.stats.result import Result

SCORE = "matched filter, pictures whitened by their own spectrum, 64 x 64 pixels, version 1"
FIRST, GO_ON = 199, 0.2  # as in `check`: most folders without the mark end after the first stage


@dataclass(frozen=True)
class PicturePlan(Result):
    """Everything that the verdict depends on besides the scores.

    Attributes:
        isotope, commitment, beacon: as in `Plan`.
        family, family_version: how the mark and its decoys are drawn.
        exchangeable, assume_exchangeable: as in `Plan`.
        decoys: how many the mark is compared with where it leads the first ones.
        first, go_on: decoys of the first stage, and the p-value at which the second follows.
        level: the most that the chance of accusing an innocent generator may be, in (0, 1).
        pictures: ``sha256:...`` of each picture's pixels, in order.
        groups: what each picture belongs to, such as a prompt; None for no group.
        repeated, unreadable: how many files were passed over: copies of others, and damaged ones.
        like_published: how many pictures look like pictures that the owner published.
        target: what the folder, or the generator, is called.
        asked: ``sha256:...`` of what a generator was asked for, fixed before the first request;
            None for a folder.
        look, looks: which look at the pictures this is, and how many there are at most. Each look
            has an equal share of the level.
        score: how a draw is compared with the pictures, in words.
    """

    kind: ClassVar[str] = "isotopes-picture-plan/2"
    isotope: Text
    commitment: Digest
    beacon: Text | None
    family: Text
    family_version: Count
    exchangeable: bool
    assume_exchangeable: bool
    decoys: Count
    first: Count
    go_on: float
    level: float
    pictures: tuple[Digest, ...]
    groups: tuple[Text | None, ...]
    repeated: Count
    unreadable: Count
    like_published: Count
    target: Text
    asked: Digest | None = None
    look: Count = 1
    looks: Count = 1
    score: Text = SCORE

    def __post_init__(self) -> None:
        if not self.pictures or len(set(self.pictures)) < len(self.pictures):
            raise PlanError(
                f"a check needs pictures, each but once, got {len(self.pictures)} of which"
                f" {len(set(self.pictures))} differ"
            )
        if len(self.groups) != len(self.pictures):
            raise PlanError(
                f"each of {len(self.pictures)} pictures must have a group or None,"
                f" got {len(self.groups)}"
            )
        if self.score != SCORE:
            raise PlanError(f"the score must be {SCORE!r}, got {self.score!r}")
        if not 1 <= self.look <= self.looks:
            raise PlanError(f"a look must be 1 to {self.looks}, got {self.look}")
        stages_of(self)  # checks the rest

    @cached_property
    def stages(self) -> TwoStagePlan:
        """When the test of this look ends."""
        return stages_of(self)

    @cached_property
    def hash(self) -> str:
        """``sha256:...`` over all fields."""
        return digest_of(self.to_dict())

    @cached_property
    def target_identity(self) -> str:
        """``sha256:...`` of the pictures, in whichever order."""
        return digest_of(sorted(self.pictures))


class _Looked(Protocol):
    """What a plan of pictures and its verdict have in common."""

    @property
    def first(self) -> int: ...
    @property
    def decoys(self) -> int: ...
    @property
    def go_on(self) -> float: ...
    @property
    def level(self) -> float: ...
    @property
    def looks(self) -> int: ...


def stages_of(looked: _Looked) -> TwoStagePlan:
    """When the test of one look ends: at its share of the level.

    Raises:
        PlanError, TooFewDecoys: it could never reach that.
    """
    share = looked.level / looked.looks
    return TwoStagePlan(looked.first, looked.decoys, looked.go_on, share)
