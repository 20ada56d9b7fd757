"""V_D of the paper, as published: to repeat its numbers, not to tell anybody's marks apart.

It runs V (`paired_t`) twice and inherits its flaws. The error rate of `attribution` is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import PlanError
from isotopes.stats.paper.paired_t import paired_t
from isotopes.stats.result import Result


@dataclass(frozen=True, eq=False)
class DistinguishResult(Result):
    """What `distinguish` found.

    Attributes:
        distinguished: V_D's answer: both marks win on their own label.
        pvalues: of each label's rounds, shape (2, rounds).
        level: lambda.
        delta: the paper's delta.
        differences: how much more each label gets from its own mark than from the other, mean over
            all pictures, shape (2,).
        lows, highs: Student's 95 % interval for them over pictures like these, shape (2,).
    """

    kind: ClassVar[str] = "isotopes-distinguish/2"
    distinguished: bool
    pvalues: NDArray[np.float64]
    level: float
    delta: float
    differences: NDArray[np.float64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]

    @property
    def significant_rounds(self) -> tuple[int, int]:
        """c of Algorithm 1, for either label."""
        first, second = (self.pvalues < self.level).sum(axis=1)
        return int(first), int(second)


def distinguish(
    scores: NDArray[np.float64],
    samples: NDArray[np.int64],
    *,
    level: float = 0.1,
    delta: float = 0.6,
) -> DistinguishResult:
    """Does V_D of the paper tell two marks apart that are both in the data?

    V is run twice on the same pictures: does the first mark lift the first label more than the
    second mark does, and the second mark the second label more than the first does? V_D says yes
    if both do.

    Args:
        scores: scores[i, j] is the second index's label on each picture with mark i, shape
            (2 marks, 2 labels, pictures): probability, log-odds or minus the rank, as V. The
            pictures must be of neither label.
        samples: which pictures each round takes, shape (rounds, n); Q and n of the paper.
        level: lambda; a round counts if its p-value is below.
        delta: the paper's delta, the fraction of rounds that must be significant for either label.

    Raises:
        PlanError: a wrong shape.

    In top-K mode a label that is never among the K best under either mark has no t-test, and the
    pair is not told apart (the released code gets NaN there).
    Reference: the paper, sections 4.4 and 5.3.
    """
    if scores.ndim != 3 or scores.shape[:2] != (2, 2):
        raise PlanError(
            f"scores of two marks must have shape (2 marks, 2 labels, pictures), got {scores.shape}"
        )
    own = np.stack([scores[0, 0], scores[1, 1]])
    other = np.stack([scores[1, 0], scores[0, 1]])
    found = [
        paired_t(mine, others, samples, level=level, delta=delta)
        for mine, others in zip(own, other, strict=True)
    ]
    return DistinguishResult(
        all(result.detected for result in found),
        np.stack([result.pvalues for result in found]),
        level,
        delta,
        np.array([result.difference for result in found]),
        np.array([result.low for result in found], np.float64),
        np.array([result.high for result in found], np.float64),
    )
