"""Many marks against one target, for somebody who manages all of them.

Every mark is asked on the same probes, once: (marks + decoys) * n queries, while the paper's V_D
takes 2nQ for each pair of marks. All tests then run on that one answer tensor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isotopes.errors import PlanError, TooFewDecoys, TooFewProbes
from isotopes.stats.effect import CONFIDENCE
from isotopes.stats.exact.rank import decoys_needed
from isotopes.stats.many.attribution import (
    AttributionResult,
    ClaimsResult,
    attribute,
    check_claims,
)
from isotopes.stats.result import Result
from isotopes.stats.scores.standardise import FEWEST as FEWEST_TO_CALIBRATE
from isotopes.stats.scores.statistic import Values
from isotopes.stats.scores.tensor import TensorScores, read_tensor

NO_CLAIM = -1
CALIBRATION_SHARE = 4  # one decoy in this many sets the labels' scale and is not counted
# Differences that vary by less than a millionth of their size count as equal: float32 answers
# are no finer, and the variance would be rounding.
SAME = 1e-12
FEWEST = 2  # probes of a label: a variance needs them


@dataclass(frozen=True, eq=False)
class AuditResult(Result):
    """What `audit_many` found.

    Attributes:
        named: which marks a label is claimed for, shape (named,).
        wins: wins[i, j] is in how many rounds named mark i lifts its claimed label significantly
            more than mark j does, j running over all marks and then the decoys, shape
            (named, marks + decoys).
        rounds, level, delta: Q, lambda and delta of V and V_D.
        claims: does each named mark belong to its claimed label, and which pairs are told apart?
            None if no label is claimed for any mark.
        attribution: which label does each mark belong to, whatever is claimed?
        differences: how much more each mark lifts the label that it is attributed to than the
            decoys do on average, on the statistic, shape (marks,).
        lows, highs: Student's 95 % interval for them over probes like these, shape (marks,). It
            belongs to the label that the difference is largest for.
    """

    kind: ClassVar[str] = "isotopes-audit/3"
    named: NDArray[np.int64]
    wins: NDArray[np.int64]
    rounds: int
    level: float
    delta: float
    claims: ClaimsResult | None
    attribution: AttributionResult
    differences: NDArray[np.float64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]

    @property
    def verified(self) -> NDArray[np.bool_]:
        """V of the paper: named marks against each decoy as the external one, (named, decoys)."""
        return self._enough[:, len(self.attribution.labels) :]

    @property
    def distinguished(self) -> NDArray[np.bool_]:
        """V_D of the paper: each pair of named marks, shape (named, named), symmetric."""
        won = self._enough[:, self.named]
        if self.claims is None:
            return won
        other_label = self.claims.claimed[:, None] != self.claims.claimed
        both: NDArray[np.bool_] = won & won.T & other_label
        return both

    @property
    def _enough(self) -> NDArray[np.bool_]:
        enough: NDArray[np.bool_] = self.wins / self.rounds >= self.delta
        return enough


def check_enough(decoys: int, discovery_level: float, claims_level: float | None) -> None:
    """Raise TooFewDecoys if no answers could reach a level, before anybody pays for them.

    Args:
        decoys: how many there are for all marks together.
        claims_level: of the claims; None if no label is claimed for any mark.
    """
    counted = decoys_needed(discovery_level)
    needed = counted + (counted - 1) // (CALIBRATION_SHARE - 1)
    needed = max(needed, FEWEST_TO_CALIBRATE * CALIBRATION_SHARE)
    if claims_level is not None:
        needed = max(needed, decoys_needed(claims_level))
    if decoys < needed:
        raise TooFewDecoys(
            f"an audit at these levels needs at least {needed} decoys, got {decoys}",
            hint="a quarter of them sets the labels' scale and is not counted in the attribution",
        )


def count_probes(allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many probes count for each label, shape (labels,).

    Raises:
        TooFewProbes: a label with fewer than 2.
    """
    counts: NDArray[np.int64] = allowed.sum(axis=0)
    if counts.min() < FEWEST:
        raise TooFewProbes(
            f"each label of an audit needs at least {FEWEST} probes,"
            f" got {counts.min()} for column {counts.argmin()}",
            hint="leave that label out, or take probes that the model calls something else",
        )
    return counts


def audit_many(
    answers: NDArray[np.floating],
    claimed: ArrayLike,
    allowed: NDArray[np.bool_],
    samples: NDArray[np.int64],
    *,
    statistic: str = "log-odds",
    level: float = 0.1,
    delta: float = 0.6,
    discovery_level: float = 0.05,
) -> AuditResult:
    """Which of these marks did the target learn, for which label, and which can be told apart?

    Runs V for each mark and V_D for all M(M - 1) / 2 pairs as published (`paired_t`,
    `distinguish`), to compare with; and `check_claims` and `attribute`, which are exact against
    decoys. The first quarter of the decoys sets the labels' scale for `attribute`, which does not
    count it.

    Args:
        answers: probabilities, shape (marks + decoys, probes, labels), the marks first; NaN if a
            label was not returned. An array, or a `numpy.memmap` that need not fit into memory.
        claimed: column of the label that each mark was published under, shape (marks,); -1 where
            none is claimed, so that the mark can only be attributed.
        allowed: which probes count for which label, shape (probes, labels) (`allowed_probes`).
        samples: which probes each round of V and V_D takes, shape (rounds, n). A round takes those
            of its n that are allowed for the label.
        statistic: "probability", as in the paper, "log-odds" or "top-rank".
        level: lambda of V and V_D, and of `check_claims`.
        delta: the paper's delta, the fraction of rounds that must be significant.
        discovery_level: false-discovery rate of `attribute`.

    Raises:
        PlanError: shapes that don't go together, or no such statistic.
        TooFewDecoys: no outcome could reach a level.
        TooFewProbes: a label, or a round for a claimed label, with fewer than 2 allowed probes.

    Reference: the paper, sections 4.4, 5.3 and 8.4; there V_D is run on 25 marks at most.
    """
    columns = np.asarray(claimed, dtype=np.int64)
    _check_shapes(answers, columns, allowed)
    named = np.flatnonzero(columns >= 0)
    claims = columns[named]
    weights = _round_weights(samples, allowed[:, claims])
    scores = read_tensor(answers, statistic, allowed, claims, marks=len(columns))
    marks, decoys = scores.means[: len(columns)], scores.means[len(columns) :]
    calibration = len(decoys) // CALIBRATION_SHARE
    found = attribute(marks, decoys[calibration:], decoys[:calibration], level=discovery_level)
    differences, reach = _effects(scores, found.labels, allowed)
    return AuditResult(
        named=named,
        wins=_wins(scores.columns, weights, level, named),
        rounds=len(samples),
        level=level,
        delta=delta,
        claims=check_claims(marks[named], decoys, claims, level=level) if named.size else None,
        attribution=found,
        differences=differences,
        lows=differences - reach,
        highs=differences + reach,
    )


def _effects(
    scores: TensorScores, labels: NDArray[np.int64], allowed: NDArray[np.bool_]
) -> tuple[Values, Values]:
    """Each mark's gain for one label and the reach of its interval, shape (marks,) both."""
    from scipy.special import stdtrit

    counts = allowed.sum(axis=0)[labels]
    rows = np.arange(len(labels))
    reach: Values = stdtrit(counts - 1, (1 + CONFIDENCE) / 2) * scores.errors[rows, labels]
    return scores.gains[rows, labels], reach


def _wins(
    columns: Values, weights: Values, level: float, named: NDArray[np.int64]
) -> NDArray[np.int64]:
    """In how many rounds each mark beats each other one on its label, by one-sided paired t-tests.

    Args:
        columns: scores for each named mark's label, shape (named, marks + decoys, probes).
        weights: how often each round takes each probe for that label, (named, rounds, probes).
        named: which marks they are, shape (named,).

    Returns:
        Shape (named, marks + decoys).
    """
    from scipy.special import stdtrit

    counts = weights.sum(axis=2)
    critical = stdtrit(counts - 1, 1 - level)
    wins = np.empty(columns.shape[:2], np.int64)
    for mark, of_label in enumerate(columns):
        count = counts[mark]
        differences = of_label[named[mark]] - of_label
        sums = differences @ weights[mark].T
        squares = (differences**2) @ weights[mark].T
        # count^2 times the variance over the sample; t > critical without a division by 0.
        variances = count * squares - sums**2
        constant = variances <= SAME * count * squares
        errors = np.sqrt(np.where(constant, 0, variances) / (count - 1))
        wins[mark] = (sums > critical[mark] * errors).sum(axis=1)
    return wins


def _round_weights(samples: NDArray[np.int64], allowed: NDArray[np.bool_]) -> Values:
    """How often each round takes each probe for each label, shape (columns, rounds, probes)."""
    probes = len(allowed)
    if samples.ndim != 2 or samples.min() < 0 or samples.max() >= probes:
        raise PlanError(
            f"samples must have shape (rounds, n) and hold probes from 0 to {probes - 1}"
        )
    taken = np.stack([np.bincount(sample, minlength=probes) for sample in samples])
    weights = (taken * allowed.T[:, None]).astype(np.float64)
    fewest = int(weights.sum(axis=2).min(initial=FEWEST))
    if fewest < FEWEST:
        raise TooFewProbes(
            f"each round of an audit needs at least {FEWEST} probes for each claimed label,"
            f" got {fewest}"
        )
    return weights


def _check_shapes(
    answers: NDArray[np.floating], columns: NDArray[np.int64], allowed: NDArray[np.bool_]
) -> None:
    if answers.ndim != 3 or answers.shape[1:] != allowed.shape:
        raise PlanError(
            f"answers to {allowed.shape[0]} probes about {allowed.shape[1]} labels must have shape"
            f" (marks + decoys, {allowed.shape[0]}, {allowed.shape[1]}), got {answers.shape}"
        )
    if not 1 <= len(columns) < len(answers):
        raise PlanError(
            f"an audit of {len(answers)} marks and decoys needs claimed labels of 1 to"
            f" {len(answers) - 1} marks, got {len(columns)}"
        )
    if columns.min() < NO_CLAIM or columns.max() >= allowed.shape[1]:
        raise PlanError(
            f"claimed labels must be columns from 0 to {allowed.shape[1] - 1}, or {NO_CLAIM},"
            f" got {columns.min()} to {columns.max()}"
        )
    count_probes(allowed)
