"""Face search as the rest of the house sees it: enrol pictures, search with one, see what matches.

Such an engine compares features of a network that was trained once, on other people; what a person
posts gets into its gallery, not into its weights (paper, appendix A.4).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from isotopes.errors import AnswerError, IsotopesError
from isotopes.targets.asking.rate import Rate
from isotopes.targets.scores import Completeness
from isotopes.targets.target import Picture


@dataclass(frozen=True)
class Match:
    """One enrolled picture that a search gave.

    Attributes:
        id: what it was enrolled as.
        similarity: in [0, 1], on the engine's own scale: what counts as alike differs between them.
        rank: 1 for the most similar one.
    """

    id: str
    similarity: float
    rank: int


@dataclass(frozen=True)
class Matches:
    """What one search gave.

    Attributes:
        found: best first. None at all also where the engine finds no face in the picture.
        completeness: everything enrolled, the K best, or all above a threshold.
        limit: K or the threshold; None where everything is shown.
    """

    found: tuple[Match, ...]
    completeness: Completeness = Completeness.FULL
    limit: float | None = None

    @classmethod
    def of(
        cls,
        similarities: Mapping[str, float],
        completeness: Completeness = Completeness.FULL,
        limit: float | None = None,
    ) -> Self:
        """From what each picture's similarity is; of equal ones the first comes first.

        Raises:
            AnswerError: a similarity outside [0, 1].
        """
        for name, similarity in similarities.items():
            if not 0 <= similarity <= 1:
                raise AnswerError(
                    f"the similarity of {name!r} must be in [0, 1], got {similarity:g}"
                )
        ordered = sorted(similarities.items(), key=lambda pair: -pair[1])
        found = (Match(name, value, rank) for rank, (name, value) in enumerate(ordered, 1))
        return cls(tuple(found), completeness, limit)

    def above(self, threshold: float) -> Matches:
        """Those that an engine with this threshold shows; ranks stay what they are.

        An answer of the K best stays one: whether it is cut off at K or by the threshold, no more
        is known of what it doesn't show.
        """
        found = tuple(match for match in self.found if match.similarity >= threshold)
        if self.completeness is Completeness.TOP_K:
            return replace(self, found=found)
        return Matches(found, Completeness.THRESHOLD, max(threshold, self.limit or 0.0))


@dataclass(frozen=True)
class Enrolment:
    """What became of pictures that were to be enrolled.

    Attributes:
        enrolled: ids that can be found from now on.
        refused: why not, for each of the others.
    """

    enrolled: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


class FaceSearch(ABC):
    """A gallery of faces that can be searched by a picture.

    Attributes, of the class or of one engine, as in `Target`:
        remote: somebody else's machine answers.
        rates: no more requests than these all allow.
        price: of one picture, enrolled or searched, in US dollars; None where nobody knows.
        concurrency: how many threads may well search at once.
    """

    remote: bool = True
    rates: tuple[Rate, ...] = ()
    price: float | None = None
    concurrency: int = 1

    @property
    @abstractmethod
    def name(self) -> str:
        """What to call this engine in a report; holds no credential."""

    @abstractmethod
    def identity(self) -> str:
        """``sha256:...`` of whatever tells this gallery from another."""

    def enrol(self, pictures: Sequence[Picture], ids: Sequence[str]) -> Enrolment:
        """Put pictures into the gallery, each under its id; a new gallery where there is none yet.

        Args:
            pictures: uint8 RGB, each (height, width, 3); one face of each is enrolled, the largest
                or the surest.
            ids: one for each picture, all different.

        Raises:
            IsotopesError: not one id for each picture, or one that stands twice.
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
        return self._enrol(pictures, ids)

    @abstractmethod
    def _enrol(self, pictures: Sequence[Picture], ids: Sequence[str]) -> Enrolment:
        """`enrol`, with ids that are checked."""

    def enrolled(self) -> frozenset[str] | None:
        """The ids in the gallery; None where the engine doesn't list them.

        Raises:
            TargetUnreachable: no answer after all retries.
        """
        return None

    @abstractmethod
    def search(self, picture: Picture) -> Matches:
        """The enrolled pictures most like this one: as many as the engine gives.

        Args:
            picture: uint8 RGB, (height, width, 3); one face of it is searched for.

        Raises:
            TargetUnreachable: no answer after all retries.
            AnswerError: the answer can't be used.
        """

    @abstractmethod
    def delete(self) -> None:
        """Delete the gallery and every face in it; nothing happens where there is none.

        Raises:
            TargetUnreachable: no answer after all retries.
        """

    def close(self) -> None:  # noqa: B027 - some engines hold nothing
        """Let go of files, sessions and connections."""


class OpenableFaceSearch(FaceSearch):
    """An engine that a person can name. A new kind is one new file in `targets/faces/kinds/`.

    Class attributes: as `OpenableTarget`.
    """

    kind: ClassVar[str]
    summary: ClassVar[str]
    completeness: ClassVar[Completeness]
    limits: ClassVar[str] = ""
    credentials: ClassVar[tuple[str, ...]] = ()

    @classmethod
    @abstractmethod
    def from_spec(cls, spec: str) -> Self:
        """The gallery that the text after ``kind:`` means.

        Raises:
            TargetUnusable: it means none, or one that can't be opened.
        """
