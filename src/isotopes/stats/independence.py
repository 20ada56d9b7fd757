"""Do pictures depend on the mark? Measures the condition that an exact test rests on.

A rank test against decoys is exact if the pictures that the model is asked about, and their choice,
are independent of the key. Whoever makes pictures *from* the key can have an innocent model
"detected": x = (c - alpha t) / (1 - alpha) becomes a clean picture c once the mark t is
blended in, but a spoilt one with any decoy. These pictures contain the mark's negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isotopes.checked import Count, Finite, PValue
from isotopes.errors import AnswerError, TooFewDecoys
from isotopes.stats.result import Result
from isotopes.stats.scores.parts import standardise_columns

FEWEST = 9  # decoys: with fewer, being the most extreme of all draws means little
EXTREME = 4.0  # standard deviations
ENDLESS = 1e6  # standard deviations, if the decoys don't vary at all


@dataclass(frozen=True)
class CorrelationResult(Result):
    """How the mark correlates with some pictures, compared with decoys that correlate with them.

    Attributes:
        pvalue: exact if pictures and key are independent, in [1 / (decoys + 1), 1].
        deviations: how far the mark's correlation lies above the decoys' mean, in their standard
            deviations; negative if the pictures contain the mark's opposite.
        decoys: how many draws it was compared with.
        pictures: how many pictures were measured.
    """

    kind: ClassVar[str] = "isotopes-correlation/1"
    pvalue: PValue
    deviations: Finite
    decoys: Count
    pictures: Count

    @property
    def extreme(self) -> bool:
        """Do the pictures depend on the mark?

        Yes if every decoy correlates with them less strongly, and the mark lies more than four
        standard deviations off. Independent pictures get there with a chance of at most
        1 / (decoys + 1), and far more rarely if correlations are about normal.
        """
        return self.extreme_among(1)

    def extreme_among(self, tests: int) -> bool:
        """As `extreme`, for one of many tests: together they err as rarely as one does."""
        limit = extreme_deviations(tests)
        return self.decoys >= FEWEST and self.highest and abs(self.deviations) > limit

    @property
    def highest(self) -> bool:
        """Is every decoy behind the mark?"""
        return self.pvalue <= 1 / (self.decoys + 1)


def extreme_deviations(tests: int) -> float:
    """Standard deviations beyond which one of so many tests is extreme: more than four."""
    from scipy.special import ndtr, ndtri  # who only marks pictures has no SciPy

    return -float(ndtri(ndtr(-EXTREME) / tests))


def independence_test(correlations: ArrayLike, pictures: int) -> CorrelationResult:
    """Are these pictures independent of the mark?

    Null: they, and their choice, are independent of the key. Then the correlations of the mark
    and its decoys with them are exchangeable. The distance from the mean over *all* draws treats
    draws alike, so

        pvalue = (1 + #{decoy at least as far from the mean as the mark}) / (decoys + 1)

    is exact, two-sided. It costs no query. It finds pictures that contain the mark or its opposite;
    pictures that were chosen or optimised with the key in other ways may pass.

    Args:
        correlations: of the pictures with each draw, the mark first, shape (1 + decoys,).
        pictures: how many pictures they are the mean over.

    Raises:
        TooFewDecoys: not one decoy.
        AnswerError: a correlation that is not a finite number.

    >>> independence_test([0.9, *np.linspace(-0.1, 0.1, 99)], 25).extreme
    True
    """
    values = _checked(correlations)
    distance = np.abs(standardise_columns(values[:, None])[:, 0])
    return _result(values, distance, pictures)


def carries_test(correlations: ArrayLike, pictures: int) -> CorrelationResult:
    """Do these pictures carry the mark? A matched filter against decoys.

    Null: they were made without the key. pvalue = (1 + #{decoy >= mark}) / (decoys + 1), exact.

    Args, Raises:
        as `independence_test`.

    >>> carries_test([0.9, *np.linspace(-0.1, 0.1, 99)], 25).pvalue
    0.01
    """
    values = _checked(correlations)
    return _result(values, values, pictures)


def _checked(correlations: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(correlations, dtype=np.float64)
    if len(values) <= 1:
        raise TooFewDecoys(
            f"correlations need at least 1 decoy to compare with, got {len(values) - 1}"
        )
    if not np.isfinite(values).all():
        raise AnswerError("correlations must be finite numbers, got NaN or infinity")
    return values


def _result(
    values: NDArray[np.float64], ranked: NDArray[np.float64], pictures: int
) -> CorrelationResult:
    pvalue = (1 + int((ranked[1:] >= ranked[0]).sum())) / len(values)
    deviation = float(values[1:].std())
    centred = float(values[0] - values[1:].mean())
    deviations = centred / deviation if deviation > 0 else float(np.sign(centred)) * ENDLESS
    return CorrelationResult(pvalue, deviations, len(values) - 1, pictures)
