"""What the canary was answered, look by look, and whether one model can have given all of it.

Two models that agree on a picture's best label may agree on its probability within rounding, and
differ by factors in the small probabilities of the other labels. So those are compared by their
logarithms, as far as the answers' decimals let them be known. Services that add noise to what they
answer move these too: where only they moved, the same is asked again at once, because noise moves
once more, and another model stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from isotopes.targets.scores import Completeness, Scores

TOLERANCE = 0.02  # of a probability: more than rounding to two decimals can do
# Of a probability's logarithm: more than arithmetic in half precision can do.
LOG_TOLERANCE = 0.5
DECIMALS = 8  # answers with more of them are taken as not rounded
HALF_STEP = 2.0**-24  # between the smallest numbers in half precision
LEAST = 1e-30  # what is smaller counts as this: some arithmetic makes it 0


@dataclass(frozen=True, eq=False)
class Sighting:
    """What the canary was answered at one moment.

    Attributes:
        version: the model's version as the target told it; None where it tells none.
        scores: the answers to the canary pictures, in their order.
    """

    version: str | None
    scores: Scores


class Sightings(Protocol):
    """Where sightings are kept from one run to the next, beside the answers that they watch over
    (`targets/asking/journaled.py` has one)."""

    def load(self) -> list[Sighting]:
        """Those of all runs, oldest first."""

    def moment(self) -> int:
        """Now, as `append` is to be told it."""

    def append(self, sighting: Sighting, begun: int) -> None:
        """Keep one more; `begun` is the `moment` before its first question."""

    def unwatched(self) -> bool:
        """Whether an answer was stored after the last kept look had begun."""


@dataclass(frozen=True)
class Finding:
    """What some sightings say.

    Attributes:
        change: why they can't all be of one model; None where nothing speaks against it.
        unclear: the last one may be of another model, or of one that adds noise: one more tells.
    """

    change: str | None = None
    unclear: bool = False


class Comparison:
    """Are sightings, told one after the other, of one model?

    Attributes:
        finding: of all so far.
    """

    def __init__(self, sightings: Iterable[Sighting] = (), tolerance: float = TOLERANCE) -> None:
        """Begin with these, oldest first.

        Args:
            tolerance: how far a probability may move and still count as the same, in [0, 1].
        """
        self.finding = Finding()
        self._tolerance = tolerance
        self._first: Scores | None = None
        self._suspect: Scores | None = None
        self._noisy = False
        for sighting in sightings:
            self.add(sighting.scores)

    def add(self, scores: Scores) -> None:
        """One more; a change stays one."""
        if self._first is None:
            self._first = scores
        elif self.finding.change is None:
            change = self._change(self._first, scores)
            self.finding = Finding(change, change is None and self._suspect is not None)

    def _change(self, first: Scores, later: Scores) -> str | None:
        change = _difference(first, later, self._tolerance)
        if change is not None:
            return change
        suspect, self._suspect = self._suspect, None
        if suspect is not None:
            # Noise would have gone elsewhere once more.
            if min(_log_moved(one, later) for one in (first, suspect)) <= LOG_TOLERANCE / 2:
                return _log_change(_log_moved(first, suspect))
            self._noisy = True
        elif not self._noisy and _log_moved(first, later) > LOG_TOLERANCE:
            self._suspect = later
        return None


def _difference(first: Scores, later: Scores, tolerance: float) -> str | None:
    if first.completeness is Completeness.FULL and set(first.labels) != set(later.labels):
        return "the target's labels changed"
    one, other = _both_bounds(first, later)
    # Where a label was cut off, all that is known is an upper bound: only what exceeds it moved.
    moved = np.maximum(one.least - other.most, other.least - one.most).max(initial=0.0)
    if moved <= tolerance:
        return None
    return (
        "the target's answer to the same picture moved by"
        f" {moved:.3g} between two looks, more than {tolerance:g}"
    )


def _log_moved(first: Scores, later: Scores) -> float:
    """How far the logarithm of a probability moved at least, whatever was cut off or rounded."""
    one, other = _both_bounds(first, later)
    slack = max(_step(first.values), _step(later.values)) / 2

    def rise(low: _Bounds, high: _Bounds) -> NDArray[np.float64]:
        least = np.log(np.maximum(high.least - slack, LEAST))
        return least - np.log(np.maximum(low.most + slack, LEAST))

    return float(np.maximum(rise(one, other), rise(other, one)).max(initial=0.0))


def _log_change(moved: float) -> str:
    return (
        "the target's answer to the same picture moved by a factor of"
        f" {np.exp(min(moved, 99.0)):.3g} between two looks, and noise does not explain it"
    )


def _step(values: NDArray[np.float64]) -> float:
    """Between neighbouring numbers that such answers can hold; 0 where they are not rounded."""
    shown = values[~np.isnan(values)]
    for step in (*(10.0**-places for places in range(DECIMALS + 1)), HALF_STEP):
        nearest = np.round(shown / step) * step
        if (np.abs(shown - nearest) <= 1e-7 * shown).all():  # as single precision holds them
            return step
    return 0.0


@dataclass(frozen=True, eq=False)
class _Bounds:
    """Between what each score lies, shape (pictures, labels)."""

    least: NDArray[np.float64]
    most: NDArray[np.float64]


def _both_bounds(first: Scores, later: Scores) -> tuple[_Bounds, _Bounds]:
    labels = tuple(dict.fromkeys(first.labels + later.labels))
    return _bounds(first, labels), _bounds(later, labels)


def _bounds(scores: Scores, labels: tuple[str, ...]) -> _Bounds:
    values = np.full((len(scores), len(labels)), np.nan)
    where = {label: column for column, label in enumerate(labels)}
    values[:, [where[label] for label in scores.labels]] = scores.values
    hidden = np.isnan(values)
    if scores.completeness is Completeness.THRESHOLD and scores.limit is not None:
        most = np.full(len(scores), scores.limit)
    else:
        most = np.where(hidden, np.inf, values).min(axis=1, initial=1.0)
    return _Bounds(np.where(hidden, 0.0, values), np.where(hidden, most[:, None], values))
