"""Puts scores of different labels on one scale, by a batch of decoys that is not counted.

A sequential test can't standardise by all its decoys, because it does not know them yet; and for
many marks with the same decoys the false-discovery rate is only known if the scale is the same
for all of them. A separate batch solves both: given the batch, the scale is fixed, so the marks and
the decoys that *are* counted stay exchangeable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isotopes.errors import AnswerError, TooFewDecoys

FEWEST = 2  # decoys that have a spread
# Weight, in decoys, of the spread common to all labels: with a dozen decoys and hundreds of labels,
# some label has a tiny spread by luck and would win every search. The power of the search, not
# its validity, depends on it (Smyth 2004, "Linear models and empirical Bayes methods").
COMMON_WEIGHT = 4.0


@dataclass(frozen=True, eq=False)
class Standard:
    """Where each label's scores lie for marks that the model has no reason to know.

    Attributes:
        middle, spread: of each label, shape (labels,); spread > 0.
    """

    middle: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def fit(cls, batch: ArrayLike) -> Self:
        """The standard that a calibration batch sets.

        spread^2 = ((decoys - 1) * s^2 + 4 * c^2) / (decoys - 1 + 4), s^2 being the label's variance
        over the batch and c^2 its mean over the labels.

        Args:
            batch: mean scores of decoys that are not used elsewhere, shape (decoys, labels).

        Raises:
            TooFewDecoys: fewer than 2.
            AnswerError: a score that is not a finite number.
        """
        rows = np.asarray(batch, dtype=np.float64)
        if len(rows) < FEWEST:
            raise TooFewDecoys(
                f"a calibration batch must hold at least {FEWEST} decoys, got {len(rows)}",
                hint="take 20 or more; they are asked once and serve every mark",
            )
        if not np.isfinite(rows).all():
            raise AnswerError("the scores of a calibration batch must be finite numbers")
        variance = rows.var(axis=0, ddof=1)
        return cls(rows.mean(axis=0), _moderated(variance, len(rows) - 1, float(variance.mean())))

    def lift(self, scores: ArrayLike) -> NDArray[np.float64]:
        """How many spreads above the middle, label by label; shape (..., labels) as `scores`."""
        lifted: NDArray[np.float64] = (np.asarray(scores, np.float64) - self.middle) / self.spread
        return lifted

    def best(self, scores: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """The largest lift of each row and the label it belongs to, both shape (...)."""
        lifted = self.lift(scores)
        return lifted.max(axis=-1), lifted.argmax(axis=-1)


def _moderated(
    variance: NDArray[np.float64], freedom: NDArray[np.int64] | int, common: float
) -> NDArray[np.float64]:
    moderated = (freedom * variance + COMMON_WEIGHT * common) / (freedom + COMMON_WEIGHT)
    # All variances 0: no label distinguishes the rows, so any scale will do.
    return np.sqrt(moderated) if moderated.any() else np.ones(len(variance))
