"""The exact test in two stages: a few decoys first, and the rest only if the mark leads them.

An innocent model costs few queries, and a guilty one no more than the rank test. Unlike Besag and
Clifford's test (`sequential_rank_test`) this one may score all draws again in the second stage,
using the spread of all draws and each label's weight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from numpy.typing import ArrayLike

from isotopes.errors import PlanError
from isotopes.stats.exact.rank import RankTestResult, check_decoys, rank_test


@dataclass(frozen=True)
class TwoStagePlan:
    """When a two-stage test ends; to be fixed before the first decoy is asked.

    Attributes:
        first: decoys of the first stage.
        decoys: of both stages together.
        go_on: the second stage follows if the first one's p-value is at most this.
        level: the most that the chance of accusing an innocent model may be.
    """

    first: int
    decoys: int
    go_on: float
    level: float

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise PlanError(f"the level must be above 0 and below 1, got {self.level:g}")
        check_decoys(self.decoys, self.level)
        if not 1 <= self.first <= self.decoys:
            raise PlanError(f"a first stage takes 1 to {self.decoys} decoys, got {self.first}")
        if not self.level <= self.go_on < 1:
            raise PlanError(
                f"a test at level {self.level:g} must go on at that or more, and below 1, got"
                f" {self.go_on:g}"
            )
        check_decoys(self.first, self.go_on)

    def goes_on(self, pvalue: float) -> bool:
        """Does the second stage follow a first one with this p-value?"""
        return self.first < self.decoys and pvalue <= self.go_on

    def walk(self, pvalue_of: Callable[[int], float]) -> tuple[float, int]:
        """The p-value of the stage in which the test ends, and how many draws that stage took.

        Args:
            pvalue_of: the p-value of the mark among the first so many draws, itself the first one;
                called once for each stage that is needed.

        >>> plan = TwoStagePlan(first=9, decoys=99, go_on=0.2, level=0.01)
        >>> plan.walk(lambda draws: 1 / draws)
        (0.01, 100)
        """
        few, every = 1 + self.first, 1 + self.decoys
        pvalue = pvalue_of(few)
        return (pvalue_of(every), every) if self.goes_on(pvalue) else (pvalue, few)


def two_stage_rank_test(
    score: float, decoy_scores: ArrayLike, plan: TwoStagePlan
) -> RankTestResult:
    """Does the mark score higher than decoys drawn with it? Most innocent models end in stage one.

    The first stage ranks the mark among its first decoys, which gives p1. If p1 > `go_on`, that is
    the p-value. Else the second stage ranks it among all decoys, which gives p2, the p-value.

    Null: the model saw none of the marks, so within each stage the draws' scores are exchangeable,
    and P(p1 <= a) <= a, P(p2 <= a) <= a. The scores of the two stages may depend on each
    other in any way: they may come from other pictures or be on another scale.
    It follows that P(p <= a) <= a. If a < go_on, p <= a means p2 <= a. If a >= go_on, p <= a
    means p1 <= a: either p1 was reported, or the test went on, and then p1 <= go_on <= a.

    Args:
        score: the mark's, of the stage in which the test ended.
        decoy_scores: of that stage's decoys, shape (first,) or (decoys,).

    Raises:
        PlanError: scores of neither stage, or of the first stage if the test goes on.
        AnswerError: a score that is not a finite number.

    >>> plan = TwoStagePlan(first=9, decoys=99, go_on=0.2, level=0.01)
    >>> two_stage_rank_test(0.5, [0.1] * 7 + [0.6, 0.7], plan).pvalue
    0.3
    """
    # No level yet: a first stage has too few decoys to reach it, and need not.
    found = rank_test(score, decoy_scores, level=1)
    drawn = len(found.null_distribution)
    if drawn not in (plan.first, plan.decoys):
        raise PlanError(f"a stage has {plan.first} or {plan.decoys} decoys, got {drawn}")
    if drawn < plan.decoys and plan.goes_on(found.pvalue):
        raise PlanError(
            f"a first stage with p = {found.pvalue:g} goes on, as it is at most {plan.go_on:g}"
        )
    return RankTestResult(found.statistic, found.pvalue, plan.level, found.null_distribution)
