"""Algorithm 1 of the paper, as published: to repeat its numbers, not to accuse anybody.

It samples pictures, although the mark makes the difference between a guilty and an innocent model.
Two marks that no model saw also move a label by different amounts, and with enough pictures a
t-test finds that 'significant'. How often is not known for a given model (docs/statistics.md), so
its verdict always comes with a warning.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import TooFewProbes
from isotopes.seeds import KeyStream
from isotopes.stats.effect import student_interval
from isotopes.stats.result import Result


@dataclass(frozen=True, eq=False)
class PairedTResult(Result):
    """What `paired_t` found.

    Attributes:
        detected: V's answer: enough rounds are significant.
        pvalues: of each round, shape (rounds,). Rounds share pictures and marks, so they are not
            independent evidence and must not be combined.
        level: lambda, which each is compared with.
        delta: the paper's delta, the fraction of rounds that must be significant.
        difference: mean score with the mark less that with the external mark, all pictures.
        low, high: Student's 95 % interval for it over pictures like these; None if there is only
            one. It covers these two marks only, not how much any two unused ones differ.
    """

    kind: ClassVar[str] = "isotopes-paired-t/2"
    detected: bool
    pvalues: NDArray[np.float64]
    level: float
    delta: float
    difference: float
    low: float | None
    high: float | None

    @property
    def significant_rounds(self) -> int:
        """c of Algorithm 1."""
        return int((self.pvalues < self.level).sum())


def paired_t(
    marked: NDArray[np.float64],
    external: NDArray[np.float64],
    samples: NDArray[np.int64],
    *,
    level: float = 0.1,
    delta: float = 0.6,
) -> PairedTResult:
    """Does V of the paper say that the mark was in the data?

    Null of each round: the label's mean score is the same with the mark and with the external
    mark. Alternative: it is larger with the mark. Paired Student's t-test on the same pictures.

    Args:
        marked: the label's score on each picture of D_aux with the mark, shape (pictures,):
            probability as in the paper, log-odds, or minus the rank (section 8.4).
        external: the same with one external mark.
        samples: which pictures each round takes, shape (rounds, n); Q and n of the paper.
        level: lambda; a round counts if its p-value is below.
        delta: the paper's delta.

    A round whose differences are all the same has no t-test: it counts if they are above 0.

    Deviation: line 10 of Algorithm 1 says c/N > delta. N must mean Q, and section 4.3 says that
    delta * Q rounds suffice, so this is c/Q >= delta: 3 of 5 rounds at delta = 0.6, not 4.
    Reference: the paper, section 4.3 and Algorithm 1.
    """
    pvalues = _one_sided(marked[samples], external[samples])
    count = int((pvalues < level).sum())
    # count / rounds is rounded like the delta that was typed in; delta * rounds is not.
    return PairedTResult(
        count / len(samples) >= delta, pvalues, level, delta, *student_interval(marked - external)
    )


def draw_samples(key: bytes, pictures: int, size: int, rounds: int) -> NDArray[np.int64]:
    """`rounds` samples of `size` out of `pictures`, each without replacement.

    Returns:
        Shape (rounds, size).

    Raises:
        TooFewProbes: there are fewer than `size`.
    """
    if pictures < size:
        raise TooFewProbes(
            f"each round of paired-t takes {size} probes, but {pictures} are left",
            hint="use more pictures of things other than the tested label, or smaller rounds",
        )
    stream = KeyStream(key)
    return np.stack([stream.permutation(pictures)[:size] for _ in range(rounds)])


def _one_sided(marked: NDArray[np.float64], external: NDArray[np.float64]) -> NDArray[np.float64]:
    """The p-value of each row's test, both of shape (rounds, n)."""
    from scipy.stats import ttest_rel

    differences = marked - external
    with warnings.catch_warnings():
        # SciPy warns of differences that are all but equal; the p-value is 0 or 1 all the same.
        warnings.simplefilter("ignore", RuntimeWarning)
        pvalues = ttest_rel(marked, external, axis=1, alternative="greater").pvalue
    alike = np.ptp(differences, axis=1) == 0
    return np.where(alike, np.where(differences[:, 0] > 0, 0.0, 1.0), pvalues)
