"""Which of several marks lifts which label, compared with what decoys do to the same labels.

V_D compares two marks with each other, so it may take a difference between marks for one between
labels. It breaks down if only the K best labels are shown (figure 18), and it 'tells apart' pairs
of which one mark was never published. Here each mark is compared, label by label, with
marks that nobody published (decoys) and with those published for other labels (rivals).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isotopes.errors import AnswerError, PlanError
from isotopes.stats.exact.rank import check_decoys, decoys_needed
from isotopes.stats.result import Result
from isotopes.stats.scores.standardise import Standard


@dataclass(frozen=True, eq=False)
class AttributionResult(Result):
    """What `attribute` found.

    Attributes:
        labels: the column of the label that each mark lifts most, shape (marks,).
        statistics: how many spreads of the decoys it lifts that label, shape (marks,).
        pvalues: exact, of the search over all labels, shape (marks,).
        adjusted: the same after Benjamini and Hochberg; calling all marks with adjusted <= a
            'attributed' keeps the expected fraction of wrong ones among them at most a.
        level: that a.
        lifts: statistics of all labels, shape (marks, labels): the matrix to look at.
        decoys: how many decoys are counted.
    """

    kind: ClassVar[str] = "isotopes-attribution/2"
    labels: NDArray[np.int64]
    statistics: NDArray[np.float64]
    pvalues: NDArray[np.float64]
    adjusted: NDArray[np.float64]
    level: float
    lifts: NDArray[np.float64]

    decoys: int

    @property
    def attributed(self) -> NDArray[np.bool_]:
        """Which marks the model was trained on, shape (marks,)."""
        return self.adjusted <= self.level

    @property
    def fewest(self) -> int:
        """How many marks must beat all decoys before any is attributed: more decoys lower it."""
        # Rounded first: 12 / (240 * 0.05) is a hair above 1.
        return math.ceil(round(len(self.pvalues) / ((self.decoys + 1) * self.level), 9))


def attribute(
    scores: ArrayLike, decoy_scores: ArrayLike, calibration: ArrayLike, *, level: float = 0.05
) -> AttributionResult:
    """Which marks did the model learn, and for which label, if nobody says for which?

    Null of a mark: the model never saw it, so its scores are exchangeable with the decoys'. Each
    mark and each decoy gets its largest standardised score over the labels; p-value =
    (1 + #{decoy >= mark}) / (decoys + 1), exact as in `rank_test`, and the number of labels needs
    no correction. The label is the one that rose most. If several labels rose, this does not test
    that it is the right one (`check_claims` tests a label that was named beforehand).

    Marks share their decoys, so their p-values depend on each other, but positively. The procedure
    of Benjamini and Hochberg stays valid (Bates et al. 2023, theorem 2), because the scale
    comes from decoys that are not counted.

    Args:
        scores: mean scores of the marks, shape (marks, labels).
        decoy_scores: of decoys from the marks' family, shape (decoys, labels).
        calibration: of other decoys, which set each label's scale, shape (batch, labels).
        level: false-discovery rate.

    Raises:
        TooFewDecoys: no mark could be attributed, whatever it scores; or fewer than 2 to calibrate.
        AnswerError: a score that is not a finite number.

    Reference: Bates, Candes, Lei, Romano & Sesia (2023), "Testing for outliers with conformal
    p-values"; Benjamini & Hochberg (1995).
    """
    from scipy.stats import false_discovery_control

    marks, decoys = _finite(scores), _finite(decoy_scores)
    check_decoys(len(decoys), level)
    standard = Standard.fit(calibration)
    lifts = standard.lift(marks)
    best = lifts.max(axis=1)
    decoy_best, _ = standard.best(decoys)
    pvalues = _ranks(best, decoy_best[:, None])
    return AttributionResult(
        lifts.argmax(axis=1),
        best,
        pvalues,
        false_discovery_control(pvalues, method="bh"),
        level,
        lifts,
        len(decoys),
    )


@dataclass(frozen=True, eq=False)
class ClaimsResult(Result):
    """What `check_claims` found.

    Attributes:
        claimed: the column of the label that each mark is claimed for, shape (marks,).
        statistics: each mark's score for that label, shape (marks,).
        decoy_pvalues: against the decoys, exact, shape (marks,).
        rival_pvalues: against the marks claimed for other labels, shape (marks,); None if at least
            one mark has too few of them to reach the level.
        pvalues: the larger of the two, shape (marks,).
        level: the level for each p-value; not corrected for the number of marks.
        ahead: ahead[i, j] says that mark i lifts its own label more than mark j does, shape
            (marks, marks).
    """

    kind: ClassVar[str] = "isotopes-claims/1"
    claimed: NDArray[np.int64]
    statistics: NDArray[np.float64]
    decoy_pvalues: NDArray[np.float64]
    rival_pvalues: NDArray[np.float64] | None
    pvalues: NDArray[np.float64]
    level: float
    ahead: NDArray[np.bool_]

    @property
    def upheld(self) -> NDArray[np.bool_]:
        """Which claims hold, shape (marks,)."""
        return self.pvalues <= self.level

    @property
    def told_apart(self) -> NDArray[np.bool_]:
        """Which pairs hold against each other, shape (marks, marks), symmetric.

        The question that V_D asks: both claims are upheld, and either mark lifts its own label
        more than the other does. A pair of which one mark was never published is told apart with
        probability at most `level`. Marks with the same label are never told apart (paper, section
        4.4).
        """
        other_label = self.claimed[:, None] != self.claimed
        both_upheld = self.upheld[:, None] & self.upheld
        apart: NDArray[np.bool_] = both_upheld & self.ahead & self.ahead.T & other_label
        return apart


def check_claims(
    scores: ArrayLike, decoy_scores: ArrayLike, claimed: ArrayLike, *, level: float = 0.1
) -> ClaimsResult:
    """Does each mark belong to the label that it is claimed for?

    Null: it does not. Either the model never saw the mark: then it is exchangeable with the decoys,
    and its rank among them for that label is exact. Or the model learned it for another label:
    a learned mark may lift *any* label a little, so decoys are no fair comparison. Marks
    published for other labels are in the same position, and its rank among them is valid if no
    label is closer to the claimed one for this mark than for them (keys are drawn without regard to
    labels). The larger of the two p-values covers both cases, and is exact at least for the first.

    Args:
        scores: mean scores of the marks, shape (marks, labels).
        decoy_scores: of decoys from their family, shape (decoys, labels).
        claimed: column of the label that each mark was published under, fixed before the answers
            were seen, shape (marks,).
        level: the paper's lambda.

    Raises:
        TooFewDecoys: no outcome could reach `level`.
        PlanError: a claimed label that is not a column of `scores`, or not one for each mark.
        AnswerError: a score that is not a finite number.

    Deviation: takes the place of V_D (paper, sections 4.4, 5.3 and 8.4), which `distinguish` keeps.
    """
    marks, decoys = _finite(scores), _finite(decoy_scores)
    columns = np.asarray(claimed, dtype=np.int64)
    check_decoys(len(decoys), level)
    _check_claimed(columns, marks.shape)
    own = np.take_along_axis(marks, columns[:, None], axis=1)[:, 0]
    of_label = marks[:, columns]  # [j, i]: mark j's score for mark i's label
    rivals = columns[:, None] != columns
    decoy_pvalues = _ranks(own, decoys[:, columns])
    rival_pvalues = None
    if rivals.sum(axis=0).min() >= decoys_needed(level):
        rival_pvalues = _ranks(own, of_label, rivals)
    return ClaimsResult(
        columns,
        own,
        decoy_pvalues,
        rival_pvalues,
        decoy_pvalues if rival_pvalues is None else np.maximum(decoy_pvalues, rival_pvalues),
        level,
        own[:, None] > of_label.T,
    )


def _ranks(
    own: NDArray[np.float64],
    others: NDArray[np.float64],
    counted: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """(1 + #{other >= own}) / (others + 1), of those others that are counted.

    Args:
        own: shape (marks,).
        others, counted: shape (others, marks), or (others, 1) where all marks have the same.
    """
    every = np.ones(others.shape, np.bool_) if counted is None else counted
    as_high = ((others >= own) & every).sum(axis=0)
    pvalues: NDArray[np.float64] = (1 + as_high) / (every.sum(axis=0) + 1)
    return pvalues


def _finite(scores: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(scores, dtype=np.float64)
    if not np.isfinite(values).all():
        raise AnswerError(
            "the scores of an attribution must be finite numbers, got NaN or infinity",
            hint="leave out labels for which no probe is left",
        )
    return values


def _check_claimed(columns: NDArray[np.int64], shape: tuple[int, ...]) -> None:
    marks, labels = shape
    if columns.shape != (marks,):
        raise PlanError(f"each of {marks} marks needs one claimed label, got {columns.size}")
    if columns.size and (columns.min() < 0 or columns.max() >= labels):
        odd = columns.min() if columns.min() < 0 else columns.max()
        raise PlanError(f"a claimed label must be a column from 0 to {labels - 1}, got {odd}")
