"""Where to draw mark and decoys while a model is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isotopes.verify.evidence.interim import InterimScores

LEFT, RIGHT = 20, 580  # of the picture that is 600 wide


@dataclass(frozen=True)
class ChartPlaces:
    """Places along the picture's width.

    Attributes:
        mark: None while the mark has no score.
        decoys: of each decoy that has one.
    """

    mark: int | None
    decoys: tuple[int, ...]


def drawn(scores: InterimScores) -> ChartPlaces:
    """The scores as places, the least at the left and the highest at the right."""
    known = [*scores.decoys, *([] if scores.mark is None else [scores.mark])]
    low, high = min(known, default=0.0), max(known, default=0.0)

    def place(score: float) -> int:
        return round(LEFT + (RIGHT - LEFT) * (score - low) / (high - low or 1.0))

    return ChartPlaces(
        None if scores.mark is None else place(scores.mark), tuple(map(place, scores.decoys))
    )
