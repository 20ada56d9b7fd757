"""The exact test, decoy by decoy: an innocent model costs few queries.

Reference: Besag & Clifford (1991), "Sequential Monte Carlo p-values", Biometrika 78, 301-304.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isotopes.errors import AnswerError, PlanError
from isotopes.stats.exact.rank import check_decoys
from isotopes.stats.result import Result
from isotopes.stats.scores.standardise import Standard


@dataclass(frozen=True)
class SequentialState:
    """Where a sequential test stands.

    Attributes:
        draws: decoys seen.
        exceedances: those that score at least as high as the mark.
        least: the smallest p-value that the test could still end with.
        pvalue: the largest one. It never rises, and it is valid whenever one stops, for whatever
            reason.
        finished: no further decoy could change the p-value, or which side of the level it is on.
    """

    draws: int
    exceedances: int
    least: float
    pvalue: float
    finished: bool


@dataclass(frozen=True)
class SequentialPlan:
    """When a sequential test stops; to be fixed before the first decoy is asked.

    Attributes:
        h: stop once this many decoys score at least as high as the mark. A larger h forgives more
            unlucky decoys and costs more draws.
        maximum: the most decoys drawn.
        level: also stop once it is certain whether the p-value will be at most this; with None the
            test goes on until the p-value itself is known.
    """

    h: int
    maximum: int
    level: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.h <= self.maximum:
            raise PlanError(
                f"a sequential test must stop after 1 to {self.maximum} decoys as high as the"
                f" mark, got {self.h}"
            )
        if self.level is not None:
            if not 0 < self.level < 1:
                raise PlanError(f"the level must be above 0 and below 1, got {self.level:g}")
            check_decoys(self.maximum, self.level)

    @classmethod
    def at_level(cls, level: float, h: int = 2) -> SequentialPlan:
        """The shortest plan that decides at `level` and forgives h - 1 decoys.

        It draws at most h / level - 1 decoys: more would only lower the p-value of marks that
        are detected anyway.
        """
        if not 0 < level < 1:
            raise PlanError(f"the level must be above 0 and below 1, got {level:g}")
        maximum = max(h, math.floor(h / level) - 1)
        return cls(h, maximum + (h / (maximum + 1) > level), level)

    def state(self, draws: int, exceedances: int) -> SequentialState:
        """Where the test stands after `draws` decoys, `exceedances` of them as high as the mark."""
        missing = self.h - exceedances
        left = self.maximum - draws
        if missing == 0:
            least = most = self.h / draws
        else:
            least = (exceedances + 1) / (self.maximum + 1)
            # The worst case: each of the next decoys is as high as the mark.
            most = (
                self.h / (draws + missing)
                if missing <= left
                else (exceedances + left + 1) / (self.maximum + 1)
            )
        decided = self.level is not None and (most <= self.level or least > self.level)
        return SequentialState(
            draws, exceedances, least, most, missing == 0 or left == 0 or decided
        )


class SequentialRankTest:
    """The test while it runs: ask for a decoy, `update`, until `state.finished`.

    Null, p-value and references: as `sequential_rank_test`.

    >>> test = SequentialRankTest(0.31, SequentialPlan.at_level(0.05, h=1))
    >>> while not test.state.finished:
    ...     state = test.update(0.0)
    >>> state.draws, state.pvalue
    (19, 0.05)
    """

    def __init__(self, score: float, plan: SequentialPlan) -> None:
        """Begin with the mark's score.

        Raises:
            AnswerError: it is not a finite number.
        """
        _check_finite(score)
        self.plan = plan
        self.score = float(score)
        self.state = plan.state(0, 0)

    def update(self, decoy_score: float) -> SequentialState:
        """Count one more decoy, drawn with the mark and scored by the same rule.

        Raises:
            AnswerError: the score is not a finite number.
            PlanError: the test is over.
        """
        if self.state.finished:
            raise PlanError(
                f"a sequential test is over after {self.state.draws} decoys, got one more",
                hint="ask for `state.finished` before drawing a decoy",
            )
        _check_finite(decoy_score)
        exceeds = decoy_score >= self.score  # a tie counts against the mark
        self.state = self.plan.state(self.state.draws + 1, self.state.exceedances + int(exceeds))
        return self.state


@dataclass(frozen=True, eq=False)
class SequentialRankTestResult(Result):
    """What `sequential_rank_test` found.

    Attributes:
        statistic: the mark's score.
        pvalue: Besag and Clifford's if the test ran to its own end; if it stopped before,
            the largest that theirs could have become.
        plan: when to stop.
        draws, exceedances: decoys used, and those at least as high as the mark.
        finished: False if the decoys ran out before the plan's end; the p-value is still valid.
        null_distribution: scores of the decoys used, shape (draws,).
        label: the label with the largest standardised score; None if one was named.
    """

    kind: ClassVar[str] = "isotopes-sequential/1"
    statistic: float
    pvalue: float
    plan: SequentialPlan
    draws: int
    exceedances: int
    finished: bool
    null_distribution: NDArray[np.float64]
    label: int | None = None

    @property
    def significant(self) -> bool:
        """Is the p-value at most the plan's level? False without a level."""
        return self.plan.level is not None and self.pvalue <= self.plan.level


def sequential_rank_test(
    score: float, decoy_scores: ArrayLike, plan: SequentialPlan
) -> SequentialRankTestResult:
    """Does the mark score higher than decoys drawn with it? Uses no more decoys than needed.

    Null: the model saw neither, so the mark and its decoys are exchangeable.
    After l draws the h-th decoy as high as the mark ends the test with p-value = h / l; else, with
    g < h of them after all M draws, p-value = (g + 1) / (M + 1). Both are exact: the h-th comes at
    draw l or later if and only if the mark is among the h highest of the first l scores, itself
    included, which has probability h / l. Ties are counted against the mark.

    Stopping earlier, for any reason, is just as safe. After l draws, g of them as high as the mark,
    the p-value can't end above h / (l + h - g): every later decoy would have to be as high.
    The test reports that bound. So one may stop as soon as the level is certainly reached or out of
    reach (the plan's `level`), when money runs out or when the target fails, and the chance that an
    innocent model ever gets a p-value <= a stays at most a.

    Args:
        score: of the mark, any statistic.
        decoy_scores: of decoys in the order drawn, shape (decoys,); the test ignores later ones.

    Raises:
        AnswerError: a score that is not a finite number.

    Deviation: the paper has no sequential test.
    Reference: Besag & Clifford (1991).

    >>> sequential_rank_test(0.5, [0.1, 0.9, 0.2, 0.7, 0.3], SequentialPlan(2, 99)).pvalue
    0.5
    """
    test = SequentialRankTest(score, plan)
    decoys = np.asarray(decoy_scores, dtype=np.float64)
    for decoy in decoys:
        if test.state.finished:
            break
        test.update(float(decoy))
    state = test.state
    return SequentialRankTestResult(
        test.score,
        state.pvalue,
        plan,
        state.draws,
        state.exceedances,
        state.finished,
        decoys[: state.draws],
    )


def sequential_rank_test_over_labels(
    scores: ArrayLike, decoy_scores: ArrayLike, calibration: ArrayLike, plan: SequentialPlan
) -> SequentialRankTestResult:
    """Does the mark lift any label further than decoys drawn with it lift any?

    Each mark gets its largest standardised score over the labels (`Standard`), then as
    `sequential_rank_test`. Exact, because the scale comes from decoys that are not counted.

    Args:
        scores: the mark's mean scores, shape (labels,).
        decoy_scores: the decoys', in the order drawn, shape (decoys, labels).
        calibration: other decoys', shape (batch, labels). They cost queries whatever the model is,
            so take one or two dozen; a named label needs none.

    Raises:
        TooFewDecoys: fewer than 2 decoys to calibrate with.
        AnswerError: a score that is not a finite number.
    """
    standard = Standard.fit(calibration)
    best, label = standard.best(scores)
    decoys, _ = standard.best(decoy_scores)
    result = sequential_rank_test(float(best), decoys, plan)
    return SequentialRankTestResult(
        result.statistic,
        result.pvalue,
        plan,
        result.draws,
        result.exceedances,
        result.finished,
        result.null_distribution,
        int(label),
    )


def _check_finite(score: float) -> None:
    if not math.isfinite(score):
        raise AnswerError(f"the scores of a sequential test must be finite numbers, got {score}")
