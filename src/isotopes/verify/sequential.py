"""The exact test, decoy by decoy: an innocent model costs few queries.

Reference: Besag & Clifford (1991), "Sequential Monte Carlo p-values", Biometrika 78, 301-304.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isotopes.errors import AnswerError, PlanError
from isotopes.verify.answers import Answers
from isotopes.verify.evidence import Evidence, gather, missing
from isotopes.verify.method import Arrangement, Finding, Method, Wishes
from isotopes.verify.plan import Plan
from isotopes.verify.rank import check_decoys, check_probes
from isotopes.verify.result import Result
from isotopes.verify.standard import Standard

CALIBRATION = 20  # decoys that set the labels' scale where the label is searched
OVERSHOOT = 8  # of so many decoys asked, one may turn out not to have been needed


@dataclass(frozen=True)
class SequentialState:
    """Where a sequential test stands.

    Attributes:
        draws: decoys seen.
        exceedances: those that score at least as high as the mark.
        least: the smallest p-value that the test could still end with.
        pvalue: the largest one. It never rises, and it is valid whenever and for whatever reason
            one stops here.
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
        h: stop once this many decoys score at least as high as the mark. More of them forgive more
            unlucky decoys and cost more draws.
        maximum: the most decoys drawn.
        level: stop too once it is certain whether the p-value will be at most this; None goes on
            until the p-value itself is known.
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

        It draws at most h / level - 1 decoys: with more, only the p-value of what is detected
        anyway would become smaller.
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
            # The worst that can come: each of the next decoys is as high as the mark.
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
        pvalue: Besag and Clifford's where the test ran to its own end; where it stopped before,
            the largest that theirs could have become.
        plan: when to stop.
        draws, exceedances: decoys used, and those at least as high as the mark.
        finished: False where the decoys ran out before the plan's end; the p-value holds all the
            same.
        null_distribution: scores of the decoys used, shape (draws,).
        label: the label with the largest standardised score; None where one was named.
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
        """Is the p-value at most the plan's level? Without a level nothing is."""
        return self.plan.level is not None and self.pvalue <= self.plan.level


def sequential_rank_test(
    score: float, decoy_scores: ArrayLike, plan: SequentialPlan
) -> SequentialRankTestResult:
    """Does the mark score higher than decoys drawn with it? Looks at no more of them than needed.

    Null: the model saw neither, so the mark and its decoys are exchangeable.
    After l draws the h-th decoy as high as the mark ends the test with p-value = h / l; else, with
    g < h of them after all M draws, p-value = (g + 1) / (M + 1). Both are exact: the h-th comes at
    draw l or later if and only if the mark is among the h highest of the first l scores, itself
    included, which has probability h / l. Ties are counted against the mark.

    Stopping before that for any reason is as safe. After l draws, g of them as high as the mark,
    the p-value can't end above h / (l + h - g): every later decoy would have to be as high.
    That bound is what is reported. So one may stop as soon as the level is surely
    reached or out of reach (the plan's `level`), when money runs out or when the target fails, and
    the chance that an innocent model ever gets a p-value <= a stays at most a.

    Args:
        score: of the mark, any statistic.
        decoy_scores: of decoys in the order drawn, shape (decoys,); later ones are not looked at.

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

    Each mark is given its largest standardised score over the labels (`Standard`), then as
    `sequential_rank_test`. Exact, because the scale comes from decoys that are not counted.

    Args:
        scores: the mark's mean scores, shape (labels,).
        decoy_scores: the decoys', in the order drawn, shape (decoys, labels).
        calibration: other decoys', shape (batch, labels). They cost queries whatever the model is,
            so a dozen or two; a named label needs none.

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


class Sequential(Method):
    """`sequential_rank_test`, over one label or over all of them."""

    name: ClassVar[str] = "sequential"
    summary: ClassVar[str] = "exact: as rank, decoy after decoy, until the answer is certain"
    statistic: ClassVar[str] = "log-odds"
    level: ClassVar[float] = 0.01
    decoys: ClassVar[int] = 199
    # For a named label: a quarter of V's 2,500 queries, chosen on models of their own (README.md).
    probes: ClassVar[int] = 6
    fewest: ClassVar[int] = 5
    settings: ClassVar[Mapping[str, float]] = MappingProxyType({"h": 1, "calibration": 0})
    # A search has more to tell from chance: it wants steadier means, and to forgive a decoy.
    search_probes: ClassVar[int] = 25
    search_h: ClassVar[int] = 2

    def check(self, plan: Plan) -> None:
        super().check(plan)
        check_probes(self.name, len(plan.probes), self.fewest)
        _stops(plan)

    def arrange(self, wishes: Wishes) -> Arrangement:
        """As many decoys as the level needs at most, and a calibration batch for a search.

        Where the decoys are too few to forgive one, none is forgiven.
        """
        calibration = CALIBRATION if wishes.search else 0
        room = wishes.decoys - calibration
        usual = self.search_h if wishes.search else int(self.settings["h"])
        h = usual if wishes.forgive is None else 1 + wishes.forgive
        if wishes.forgive is None and SequentialPlan.at_level(wishes.level, h).maximum > room:
            h = 1
        maximum = min(room, SequentialPlan.at_level(wishes.level, h).maximum)
        return Arrangement(
            maximum + calibration,
            wishes.probes or (self.search_probes if wishes.search else self.probes),
            {"h": h, "calibration": calibration},
        )

    def wanted(self, answers: Answers, plan: Plan) -> NDArray[np.intp]:
        """The mark, the calibration batch, and decoys until the test is finished."""
        stops = _stops(plan)
        batch = np.arange(1 + stops.maximum, plan.marks)
        every = missing(answers, plan, self.fewest, np.arange(plan.marks))
        unasked = np.asarray(every.any(axis=1))
        waiting = np.flatnonzero(unasked[: 1 + stops.maximum])
        answered = int(waiting[0]) - 1 if waiting.size else stops.maximum
        if answered < stops.h or unasked[batch].any():
            return np.concatenate([np.arange(1 + stops.h), batch])
        marks = np.concatenate([np.arange(1 + answered), batch])
        found, _ = _run(gather(answers, plan, self.fewest, marks), plan)
        draws = found.draws
        if not found.finished:
            # As few as can end it, but not one by one for ever: each round takes time.
            draws += max(stops.h - found.exceedances, draws // OVERSHOOT)
        return np.concatenate([np.arange(1 + min(draws, stops.maximum)), batch])

    def test(self, evidence: Evidence, plan: Plan) -> Finding:
        found, column = _run(evidence, plan)
        return Finding(
            significant=found.significant,
            column=column,
            sentence=_in_words(found, evidence.labels[column], len(evidence.labels), plan),
            pvalue=found.pvalue,
            score=found.statistic,
            decoy_scores=found.null_distribution,
            details={"decoys_as_high": found.exceedances, "stopped_after": found.draws},
        )


def _stops(plan: Plan) -> SequentialPlan:
    """When the test of this plan stops; its last decoys are the calibration batch."""
    counted = plan.decoys - int(plan.settings["calibration"])
    return SequentialPlan(int(plan.settings["h"]), counted, plan.level)


def _run(evidence: Evidence, plan: Plan) -> tuple[SequentialRankTestResult, int]:
    """The test on the decoys that are there, and the label it speaks of."""
    means, stops = evidence.means, _stops(plan)
    if plan.label is not None:
        return sequential_rank_test(means[0, 0], means[1:, 0], stops), 0
    first = len(means) - int(plan.settings["calibration"])
    counted, batch = means[:first], means[first:]
    # A label that no decoy of the batch moves has no scale; and which labels are looked at may not
    # hang on decoys that come later.
    moving = np.flatnonzero(np.ptp(batch, axis=0) > 0)
    if not moving.size:
        return sequential_rank_test(0.0, np.zeros(first - 1), stops), 0
    found = sequential_rank_test_over_labels(
        counted[0, moving], counted[1:, moving], batch[:, moving], stops
    )
    return found, int(moving[found.label or 0])


def _in_words(found: SequentialRankTestResult, label: str, labels: int, plan: Plan) -> str:
    decoys = f"{found.exceedances or 'none'} of {found.draws} decoys"
    if plan.label is not None:
        rises = f'label "{label}" rises as much or more with {decoys} as with the mark'
    else:
        rises = (
            f'of {labels} labels "{label}" rises most with the mark; {decoys} lift some label as'
            " far or further"
        )
    return (
        f"{rises}; an innocent model would look this guilty with a chance of at most"
        f" {found.pvalue:.3g}"
    )


def _check_finite(score: float) -> None:
    if not math.isfinite(score):
        raise AnswerError(f"the scores of a sequential test must be finite numbers, got {score}")
