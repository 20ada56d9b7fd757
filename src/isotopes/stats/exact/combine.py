"""Several isotopes of one person in one model, or one isotope in several models."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isotopes.errors import AnswerError, PlanError
from isotopes.stats.result import Result


class Dependence(StrEnum):
    """How the p-values depend on each other when no model saw any mark."""

    # Each mark has its own keys and decoys: given the models, only keys vary.
    INDEPENDENT = "independent"
    # Marks share their decoys: one high decoy raises all p-values together.
    SHARED_DECOYS = "shared-decoys"
    # One mark in several models: whatever it resembles, it resembles in all of them.
    ANY = "any"


@dataclass(frozen=True, eq=False)
class CombinedResult(Result):
    """What `combine_pvalues` found.

    Attributes:
        statistic: Fisher's chi-square, or the smallest adjusted p-value.
        pvalue: of the null that none of the marks was in any of the data.
        method: "fisher", "simes" or "hommel".
        dependence: what was assumed.
        level: of the combined test, and false-discovery rate of the single verdicts.
        pvalues: as given, shape (tests,).
        adjusted: for the single verdicts, shape (tests,).
    """

    kind: ClassVar[str] = "isotopes-combined/1"
    statistic: float
    pvalue: float
    method: str
    dependence: str
    level: float
    pvalues: NDArray[np.float64]
    adjusted: NDArray[np.float64]

    @property
    def significant(self) -> bool:
        """Was at least one of the marks in the data?"""
        return self.pvalue <= self.level

    @property
    def detected(self) -> NDArray[np.bool_]:
        """Which were in the data: at most `level` of these are wrong on average; shape (tests,)."""
        return self.adjusted <= self.level


def combine_pvalues(
    pvalues: ArrayLike, dependence: Dependence, *, level: float = 0.01
) -> CombinedResult:
    """Was any of these marks in the data, and which of them?

    Null of the combined p-value: none was. It is Fisher's (`scipy.stats.combine_pvalues`) for
    independent p-values; Simes', the smallest of Benjamini and Hochberg's adjusted ones, if
    marks share decoys; Hommel's, the smallest of Benjamini and Yekutieli's, whatever the
    dependence. Fisher's gains from several weak findings, but it is wrong if p-values depend on
    each other: with hundreds of marks that share their decoys it finds too much.

    The single verdicts are under false-discovery control (`scipy.stats.false_discovery_control`):
    Benjamini and Hochberg's if p-values are independent or share decoys, else Benjamini and
    Yekutieli's.

    Args:
        pvalues: of exact tests, shape (tests,).
        dependence: how they depend on each other; `Dependence.ANY` is always right.

    Raises:
        PlanError: no p-value, or one outside (0, 1]; a level outside (0, 1).

    Reference: Fisher (1925); Simes (1986); Hommel (1983); Benjamini & Hochberg (1995); Benjamini &
    Yekutieli (2001); Bates et al. (2023) for shared decoys.

    >>> round(combine_pvalues([0.005, 0.02, 0.1], Dependence.INDEPENDENT).pvalue, 6)
    0.000788
    """
    from scipy.stats import combine_pvalues, false_discovery_control

    values = np.asarray(pvalues, dtype=np.float64)
    if values.ndim != 1 or not values.size or not ((values > 0) & (values <= 1)).all():
        raise PlanError("p-values to combine must be at least one, each above 0 and at most 1")
    if not 0 < level < 1:
        raise PlanError(f"the level must be above 0 and below 1, got {level:g}")
    procedure: Literal["bh", "by"] = "by" if dependence is Dependence.ANY else "bh"
    adjusted = false_discovery_control(values, method=procedure)
    statistic = pvalue = float(adjusted.min())
    method = "hommel" if dependence is Dependence.ANY else "simes"
    if dependence is Dependence.INDEPENDENT:
        method = "fisher"
        fisher = combine_pvalues(values, method="fisher")
        statistic, pvalue = float(fisher.statistic), float(fisher.pvalue)
    return CombinedResult(
        statistic, pvalue, method, str(dependence), level, values, np.asarray(adjusted)
    )


def pool_models(scores: ArrayLike) -> NDArray[np.float64]:
    """One score per mark from several models, so that one `rank_test` covers all of them.

    Null: none of the models saw the mark. Whatever the models have in common, the mark and its
    decoys are exchangeable in all of them together, so the rank of the pooled score is exact: no
    independence is needed, unlike for p-values. Each model's scores are standardised over all 1 + M
    marks alike, and added.

    Args:
        scores: of the same mark and the same decoys in each model, shape (models, 1 + decoys),
            the mark first.

    Returns:
        Shape (1 + decoys,). A model in which no mark's score varies is ignored.

    Raises:
        AnswerError: a score that is not a finite number.
    """
    values = np.ascontiguousarray(scores, dtype=np.float64)
    if not np.isfinite(values).all():
        raise AnswerError("the scores of pooled models must be finite numbers")
    # Sorted: else rounding, and so the verdict, could depend on which row is the mark.
    ordered = np.sort(values, axis=1)
    spread = ordered.std(axis=1, keepdims=True)
    constant = np.ptp(ordered, axis=1, keepdims=True) == 0
    standardised = (values - ordered.mean(axis=1, keepdims=True)) / np.where(constant, 1, spread)
    pooled: NDArray[np.float64] = np.where(constant, 0, standardised).sum(axis=0)
    return pooled
