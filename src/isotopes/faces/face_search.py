"""Face search, as the rest of the package sees it: enrol pictures, then search with another one.

Such an engine compares features of a network that was trained once, on other people. Pictures that
a person posts get into its gallery, not into its weights (paper, appendix A.4).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from isotopes.errors import AnswerError, IsotopesError
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.rate import RateLimit
from isotopes.targets.scores import Completeness
from isotopes.targets.target import Picture

ENROLLED = "it is enrolled already"  # why an id is refused


@dataclass(frozen=True)
class Match:
    """One enrolled picture that a search returned.

    Attributes:
        id: the id it was enrolled under.
        similarity: in [0, 1], on the engine's own scale.
        rank: 1 for the most similar one.
    """

    id: str
    similarity: float
    rank: int


@dataclass(frozen=True)
class Matches:
    """What one search returned.

    Attributes:
        ranked: best first; empty also if the engine finds no face in the picture.
        completeness: everything enrolled, the K best, or all above a threshold.
        limit: K or the threshold; None if everything is shown.
    """

    ranked: tuple[Match, ...]
    completeness: Completeness = Completeness.FULL
    limit: float | None = None

    @classmethod
    def of(
        cls,
        similarities: Mapping[str, float],
        completeness: Completeness = Completeness.FULL,
        limit: float | None = None,
    ) -> Self:
        """Rank pictures by similarity; ties keep their order.

        Raises:
            AnswerError: a similarity outside [0, 1].
        """
        for name, similarity in similarities.items():
            if not 0 <= similarity <= 1:
                raise AnswerError(
                    f"the similarity of {name!r} must be in [0, 1], got {similarity:g}"
                )
        ordered = sorted(similarities.items(), key=lambda pair: -pair[1])
        ranked = (Match(name, value, rank) for rank, (name, value) in enumerate(ordered, 1))
        return cls(tuple(ranked), completeness, limit)

    def above(self, threshold: float) -> Matches:
        """The matches that an engine with this threshold shows, with the same ranks.

        An answer of the K best stays one: nothing is known about the pictures that K cut off.
        """
        ranked = tuple(match for match in self.ranked if match.similarity >= threshold)
        if self.completeness is Completeness.TOP_K:
            return replace(self, ranked=ranked)
        return Matches(ranked, Completeness.THRESHOLD, max(threshold, self.limit or 0.0))


@dataclass(frozen=True)
class Enrolment:
    """The result of enrolling pictures.

    Attributes:
        enrolled: ids that searches can return from now on.
        refused: the reason, for each of the others.
    """

    enrolled: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


class FaceSearch(ABC):
    """A gallery of faces that can be searched with a picture.

    Attributes (of the class or of one engine), as in `Target`:
        remote: whether somebody else's machine answers.
        rate_limits: requests must stay within all of these.
        price: of one picture, enrolled or searched, in US dollars; None if unknown.
        concurrency: how many threads may search at once.
    """

    remote: bool = True
    rate_limits: tuple[RateLimit, ...] = ()
    price: float | None = None
    concurrency: int = 1
    _held: set[str] | None = None  # ids known to be enrolled; None until the first enrolment

    @property
    @abstractmethod
    def name(self) -> str:
        """What reports call this gallery; holds no credential."""

    @abstractmethod
    def identity(self) -> str:
        """``sha256:...`` of everything that decides the answers."""

    @property
    def destination(self) -> str | None:
        """Where requests go and which credentials they carry, in words; None if none are sent."""
        return None

    def enrol(self, pictures: Sequence[Picture], ids: Sequence[str]) -> Enrolment:
        """Add pictures to the gallery, each under its id. Creates the gallery if necessary.

        An id that is enrolled already is refused: most engines would add its picture once more. An
        engine that lists no ids knows only those that were enrolled by this object.

        Args:
            pictures: uint8 RGB, each (height, width, 3). One face of each is enrolled: the largest,
                or the one that the engine is most certain of.
            ids: one for each picture, all different.

        Raises:
            IsotopesError: not one id for each picture, or the same id twice.
            TargetUnreachable: no answer after all retries.
            AnswerError: the answer can't be used.
        """
        if len(ids) != len(pictures):
            raise IsotopesError(
                f"each of {len(pictures)} pictures must be enrolled under an id, got {len(ids)} ids"
            )
        if len(set(ids)) < len(ids):
            twice = next(name for name in ids if list(ids).count(name) > 1)
            raise IsotopesError(f"ids of enrolled pictures must differ, got {twice!r} twice")
        if self._held is None:
            self._held = set(self.enrolled() or ())
        new = [place for place, name in enumerate(ids) if name not in self._held]
        known = {name: ENROLLED for name in ids if name in self._held}
        if known and not new:
            return Enrolment(refused=known)
        found = self._enrol([pictures[place] for place in new], [ids[place] for place in new])
        self._held.update(found.enrolled)
        return Enrolment(found.enrolled, {**known, **found.refused})

    @abstractmethod
    def _enrol(self, pictures: Sequence[Picture], ids: Sequence[str]) -> Enrolment:
        """`enrol`, for ids that are new."""

    def enrolled(self) -> frozenset[str] | None:
        """The ids in the gallery; None if the engine doesn't list them.

        Raises:
            TargetUnreachable: no answer after all retries.
        """
        return None

    @abstractmethod
    def search(self, picture: Picture, gate: Gate = OPEN) -> Matches:
        """The enrolled pictures most similar to this one, as many as the engine returns.

        Args:
            picture: uint8 RGB, (height, width, 3); one face of it is searched for.
            gate: as for `Target.ask`.

        Raises:
            TargetUnreachable: no answer after all retries.
            AnswerError: the answer can't be used.
        """

    def delete(self) -> None:
        """Delete the gallery and every face in it, if it exists.

        Raises:
            TargetUnreachable: no answer after all retries.
        """
        self._held = None
        self._delete()

    @abstractmethod
    def _delete(self) -> None:
        """`delete`."""

    def close(self) -> None:  # noqa: B027 - some engines hold nothing
        """Release files and connections."""


class OpenableFaceSearch(FaceSearch):
    """An engine that a person can name. A new kind is one new file in `faces/kinds/`.

    Class attributes: as in `OpenableTarget`.
    """

    kind: ClassVar[str]
    summary: ClassVar[str]
    completeness: ClassVar[Completeness]
    limits: ClassVar[str] = ""
    credentials: ClassVar[tuple[str, ...]] = ()

    @classmethod
    @abstractmethod
    def from_spec(cls, spec: str) -> Self:
        """The gallery that the text after ``kind:`` names.

        Raises:
            TargetUnusable: it names none, or one that can't be opened.
        """
