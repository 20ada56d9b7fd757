"""Attribution of any number of marks, a block at a time: `attribute` for too large matrices.

The decoys are read once. What is kept is a scale for each label, the decoys' best lifts in order,
and for each label their scores in order. After that a block of marks needs only its own answers, so
any process may score blocks in any order. Memory depends on the block size and on decoys times
labels, not on the number of marks.

The paper's V and V_D, and the rivals of `check_claims`, compare marks with each other: they grow
with the square of the marks and are left to `audit_many`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import AnswerError, PlanError
from isotopes.stats.effect import CONFIDENCE
from isotopes.stats.exact.rank import check_decoys
from isotopes.stats.many.audit import CALIBRATION_SHARE, NO_CLAIM, count_probes
from isotopes.stats.result import Result
from isotopes.stats.scores.standardise import Standard
from isotopes.stats.scores.statistic import EPSILON, top_rank

Block = NDArray[np.float32]  # answers, shape (rows, probes, labels)
LEAST = np.float32(EPSILON)


@dataclass(frozen=True, eq=False)
class SweptMarks:
    """The results for some marks, each by itself; all of shape (marks,).

    Attributes:
        labels: the column of the label that each mark lifts most.
        statistics: how many spreads of the decoys it lifts that label.
        pvalues: exact, of the search over all labels.
        claim_pvalues: exact, of the claimed label against the decoys; NaN where none is claimed.
        differences: how much more the mark lifts that label than the decoys do on average.
        errors: its standard error over probes.
    """

    labels: NDArray[np.int64]
    statistics: NDArray[np.float64]
    pvalues: NDArray[np.float64]
    claim_pvalues: NDArray[np.float64]
    differences: NDArray[np.float64]
    errors: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The results of all parts, in order."""
        names = [one.name for one in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, eq=False)
class SweepResult(Result):
    """What `judge_sweep` found; arrays have shape (marks,).

    Attributes:
        labels, statistics, pvalues, claim_pvalues, differences: as in `SweptMarks`.
        lows, highs: Student's 95 % interval of the difference over probes like these.
        adjusted: the p-values after Benjamini and Hochberg.
        claims_adjusted: the claims' p-values after the same; NaN where none is claimed.
        level: the false-discovery rate, of attributions and of claims.
        decoys: how many are counted in the search over labels.
    """

    kind: ClassVar[str] = "isotopes-sweep/1"
    labels: NDArray[np.int64]
    statistics: NDArray[np.float64]
    pvalues: NDArray[np.float64]
    claim_pvalues: NDArray[np.float64]
    differences: NDArray[np.float64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    adjusted: NDArray[np.float64]
    claims_adjusted: NDArray[np.float64]
    level: float
    decoys: int

    @property
    def attributed(self) -> NDArray[np.bool_]:
        """Which marks the model was trained on; of these a share of at most `level` is wrong."""
        return self.adjusted <= self.level

    @property
    def upheld(self) -> NDArray[np.bool_]:
        """Which claims hold; of these a share of at most `level` is wrong."""
        return self.claims_adjusted <= self.level


class DecoyMeasure:
    """The decoys' scores for a target, with which each mark is compared."""

    def __init__(
        self, decoys: Iterable[Block], allowed: NDArray[np.bool_], statistic: str, shown: int
    ) -> None:
        """Read the decoys.

        Args:
            decoys: their answers, in blocks; the first quarter sets the labels' scale and is not
                counted in the search over labels.
            allowed: which probes count for which label, shape (probes, labels).
            statistic: a name in `statistic.STATISTICS`.
            shown: the most labels that an answer shows, for "top-rank".

        Raises:
            PlanError: no such statistic.
            TooFewDecoys: too few to set a scale.
            TooFewProbes: a label with fewer than 2 allowed probes.
        """
        self._counts = count_probes(allowed)
        self._allowed = allowed
        self._weights = allowed.astype(np.float32)
        self._statistic, self._shown = statistic, shown
        totals, rows = np.zeros(allowed.shape), []
        for block in decoys:
            scores = self._scores(block)
            rows.append(self._means(scores))
            totals += scores.sum(axis=0, dtype=np.float64)
        means = np.concatenate(rows)
        first = len(means) // CALIBRATION_SHARE
        self._standard = Standard.fit(means[:first])
        self._best = np.sort(self._standard.best(means[first:])[0])
        self._by_label = np.sort(means, axis=0).T.copy()
        self._usual = totals / len(means)

    @property
    def counted(self) -> int:
        """How many decoys are counted in the search over labels."""
        return len(self._best)

    @property
    def probes(self) -> NDArray[np.int64]:
        """How many probes count for each label, shape (labels,)."""
        return self._counts

    def score(self, block: Block, claimed: NDArray[np.int64]) -> SweptMarks:
        """The results for these marks.

        Args:
            block: answers, shape (marks, probes, labels); NaN where a label was not returned.
            claimed: the column of each mark's claimed label, or -1, shape (marks,).
        """
        scores = self._scores(block)
        means = self._means(scores)
        best, labels = self._standard.best(means)
        pvalues = _ranks(self._best, best)
        claims = np.full(len(means), np.nan)
        for row in np.flatnonzero(claimed != NO_CLAIM):
            own = means[row, claimed[row]]
            claims[row] = _ranks(self._by_label[claimed[row]], own)
        differences, errors = self._effects(scores, labels)
        return SweptMarks(labels.astype(np.int64), best, pvalues, claims, differences, errors)

    def _scores(self, block: Block) -> Block:
        """In float32 throughout: answers are no finer, and it takes half the time and memory."""
        answers = np.asarray(block, np.float32)
        if self._statistic == "top-rank":
            return top_rank(answers.astype(np.float64), self._shown).astype(np.float32)
        found = np.nan_to_num(answers, nan=0.0)
        if self._statistic == "probability":
            return found
        if self._statistic != "log-odds":
            raise PlanError(f"no statistic is called {self._statistic!r}")
        np.clip(found, LEAST, 1 - LEAST, out=found)
        odds: Block = found / (1 - found)  # 1 - p is exact from 1/2 on
        return np.log(odds, out=odds)

    def _means(self, scores: Block) -> NDArray[np.float64]:
        """Over the allowed probes; summed in one order, so that equal marks tie exactly."""
        totals = np.zeros((len(scores), scores.shape[2]))
        for probe in range(scores.shape[1]):
            totals += scores[:, probe] * self._weights[probe]
        means: NDArray[np.float64] = totals / self._counts
        if not np.isfinite(means).all():
            raise AnswerError("the scores of a sweep must be finite numbers, got NaN or infinity")
        return means

    def _effects(
        self, scores: Block, labels: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rows = np.arange(len(scores))
        gains = scores[rows, :, labels] - self._usual[:, labels].T
        allowed = self._allowed[:, labels].T
        counts = allowed.sum(axis=1)
        means = gains.sum(axis=1, where=allowed) / counts
        squares = ((gains - means[:, None]) ** 2).sum(axis=1, where=allowed)
        return means, np.sqrt(squares / (counts - 1) / counts)


def judge_sweep(found: SweptMarks, measure: DecoyMeasure, *, level: float = 0.05) -> SweepResult:
    """Which marks did the model learn, among very many?

    As `attribute`: p-values are exact, marks share decoys, and the procedure of Benjamini and
    Hochberg stays valid (Bates et al. 2023). The claims are corrected the same way. With D counted
    decoys no p-value is below 1 / (D + 1): if few of many marks were learned, none can be
    attributed unless D is about marks / (learned * level).

    Raises:
        TooFewDecoys: no mark could be attributed, whatever it scores.
    """
    from scipy.special import stdtrit
    from scipy.stats import false_discovery_control

    check_decoys(measure.counted, level)
    freedom = measure.probes[found.labels] - 1
    reach = stdtrit(freedom, (1 + CONFIDENCE) / 2) * found.errors
    claimed = ~np.isnan(found.claim_pvalues)
    claims_adjusted = np.full(len(claimed), np.nan)
    if claimed.any():
        claims_adjusted[claimed] = false_discovery_control(
            found.claim_pvalues[claimed], method="bh"
        )
    return SweepResult(
        labels=found.labels,
        statistics=found.statistics,
        pvalues=found.pvalues,
        claim_pvalues=found.claim_pvalues,
        differences=found.differences,
        lows=found.differences - reach,
        highs=found.differences + reach,
        adjusted=false_discovery_control(found.pvalues, method="bh"),
        claims_adjusted=claims_adjusted,
        level=level,
        decoys=measure.counted,
    )


def _ranks(ordered: NDArray[np.float64], own: NDArray[np.float64]) -> NDArray[np.float64]:
    """(1 + #{decoy >= own}) / (decoys + 1)."""
    as_high = len(ordered) - np.searchsorted(ordered, own, side="left")
    ranks: NDArray[np.float64] = (1 + as_high) / (len(ordered) + 1)
    return ranks
