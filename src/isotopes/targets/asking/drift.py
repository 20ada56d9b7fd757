"""Can one model have given all these answers to the same canary pictures?

Two models that agree on a picture's best label may agree on its probability within rounding, and
still differ by factors in the small probabilities of the other labels. So those are compared by
their logarithms, as precisely as the answers' decimals allow. Services that add noise move small
probabilities too. So when only those moved, the canary is asked again at once: noise moves again,
another model stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from isotopes.targets.scores import Completeness, Scores

TOLERANCE = 0.02  # of a probability: more than rounding to two decimals can change
LOG_TOLERANCE = 0.5  # of a probability's logarithm: more than half precision can change
DECIMALS = 8  # answers with more decimals count as not rounded
HALF_STEP = 2.0**-24  # between the smallest numbers in half precision
LEAST = 1e-30  # smaller probabilities count as this, because some arithmetic underflows to 0


@dataclass(frozen=True, eq=False)
class CanaryReading:
    """What the canary pictures scored at one moment.

    Attributes:
        version: the model's version as the target reported it; None if it doesn't.
        scores: the answers to the canary pictures, in order.
    """

    version: str | None
    scores: Scores


class ReadingStore(Protocol):
    """Keeps readings from one run to the next, beside the answers that they vouch for."""

    def load(self) -> list[CanaryReading]:
        """The readings of all runs, oldest first."""

    def position(self) -> int:
        """The position that the stored answers have reached; pass it to `append`."""

    def append(self, reading: CanaryReading, position: int) -> None:
        """Keep one more reading; `position` was taken just before its first question."""

    def has_unconfirmed(self) -> bool:
        """Whether an answer was stored after the last kept reading had begun."""


@dataclass(frozen=True)
class Drift:
    """What a series of readings shows.

    Attributes:
        change: why one model can't have given all of them; None if nothing suggests that.
        unclear: the last reading may come from another model, or from one that adds noise. One
            more reading settles it.
    """

    change: str | None = None
    unclear: bool = False


class DriftDetector:
    """Compares readings one after another.

    Attributes:
        drift: the result so far.
    """

    def __init__(
        self, readings: Iterable[CanaryReading] = (), tolerance: float = TOLERANCE
    ) -> None:
        """Start with these readings, oldest first.

        Args:
            tolerance: how far a probability may move and still count as the same, in [0, 1].
        """
        self.drift = Drift()
        self._tolerance = tolerance
        self._first: Scores | None = None
        self._suspect: Scores | None = None
        self._noisy = False
        for reading in readings:
            self.add(reading.scores)

    def add(self, scores: Scores) -> None:
        """Take one more reading into account. A change, once found, stays."""
        if self._first is None:
            self._first = scores
        elif self.drift.change is None:
            change = self._change(self._first, scores)
            self.drift = Drift(change, change is None and self._suspect is not None)

    def _change(self, first: Scores, later: Scores) -> str | None:
        change = _difference(first, later, self._tolerance)
        if change is not None:
            return change
        suspect, self._suspect = self._suspect, None
        if suspect is not None:
            # Noise would have moved once more.
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
    # Of a label that was cut off only an upper bound is known, so only an excess is a move.
    moved = np.maximum(one.lower - other.upper, other.lower - one.upper).max(initial=0.0)
    if moved <= tolerance:
        return None
    return (
        "the target's answer to the same picture moved by"
        f" {moved:.3g} between two readings, more than {tolerance:g}"
    )


def _log_moved(first: Scores, later: Scores) -> float:
    """The least that some probability's logarithm moved, whatever was cut off or rounded."""
    one, other = _both_bounds(first, later)
    slack = max(_step(first.values), _step(later.values)) / 2

    def rise(low: _Bounds, high: _Bounds) -> NDArray[np.float64]:
        least = np.log(np.maximum(high.lower - slack, LEAST))
        return least - np.log(np.maximum(low.upper + slack, LEAST))

    return float(np.maximum(rise(one, other), rise(other, one)).max(initial=0.0))


def _log_change(moved: float) -> str:
    return (
        "the target's answer to the same picture moved by a factor of"
        f" {np.exp(min(moved, 99.0)):.3g} between two readings, and noise does not explain it"
    )


def _step(values: NDArray[np.float64]) -> float:
    """The rounding step of these answers; 0 if they are not rounded."""
    shown = values[~np.isnan(values)]
    for step in (*(10.0**-places for places in range(DECIMALS + 1)), HALF_STEP):
        nearest = np.round(shown / step) * step
        if (np.abs(shown - nearest) <= 1e-7 * shown).all():  # single precision holds 7 digits
            return step
    return 0.0


@dataclass(frozen=True, eq=False)
class _Bounds:
    """Between which values each score lies, shape (pictures, labels)."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


def _both_bounds(first: Scores, later: Scores) -> tuple[_Bounds, _Bounds]:
    labels = tuple(dict.fromkeys(first.labels + later.labels))
    return _bounds(first, labels), _bounds(later, labels)


def _bounds(scores: Scores, labels: tuple[str, ...]) -> _Bounds:
    values = np.full((len(scores), len(labels)), np.nan)
    columns = {label: column for column, label in enumerate(labels)}
    values[:, [columns[label] for label in scores.labels]] = scores.values
    hidden = np.isnan(values)
    if scores.completeness is Completeness.THRESHOLD and scores.limit is not None:
        most = np.full(len(scores), scores.limit)
    else:
        most = np.where(hidden, np.inf, values).min(axis=1, initial=1.0)
    return _Bounds(np.where(hidden, 0.0, values), np.where(hidden, most[:, None], values))
