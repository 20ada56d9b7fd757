"""How a mark's scores on many probes become one score per label: the candidates to choose from.

Any rule that treats the mark and its decoys alike keeps the test exact; the choice only costs or
gains power, and `bench/calibration.py` measures how much. A rule may learn from a reference, such
as what is usual on a probe: from all 1 + M marks together (`score_together`), or from decoys that
are counted nowhere else, as a sequential test needs (`get_scoring`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import PlanError, TooFewProbes
from isotopes.stats.scores.statistic import Values, mean_scores

Allowed = NDArray[np.bool_]
Scorer = Callable[[Values], Values]
Scoring = Callable[[Values, Allowed], Scorer]

FEWEST = 2  # probes of a label: a spread over probes needs them
ROUNDING = 1e-9  # a spread below it is rounding, on any statistic


def mean(reference: Values, allowed: Allowed) -> Scorer:
    """The mean over the allowed probes; needs no reference."""
    return lambda scores: mean_scores(scores, allowed)


def studentised(reference: Values, allowed: Allowed) -> Scorer:
    """The mean gain over the reference's mean on the same probe, over its standard error.

    It asks how *steady* a gain is over the probes: a mark that the model learned as a feature of
    the label shifts nearly every picture, one that resembles something shifts some.
    """
    usual = reference.mean(axis=0)
    counts = allowed.sum(axis=0)

    def score(scores: Values) -> Values:
        gains = scores - usual
        middle = mean_scores(gains, allowed)
        squares = mean_scores((gains - middle[:, None]) ** 2, allowed)
        steadiness: Values = middle / np.maximum(np.sqrt(squares / (counts - 1)), ROUNDING)
        return steadiness

    return score


def probe_ranks(reference: Values, allowed: Allowed) -> Scorer:
    """The mean, over the probes, of the share of reference marks that score lower; ties are half.

    No single probe can carry it, and it is the same for probability and log-odds.

    Reference: Friedman (1937), whose rank sums these are.
    """
    from scipy.stats import rankdata

    def score(scores: Values) -> Values:
        among_all = rankdata(np.concatenate([scores, reference]), axis=0)[: len(scores)]
        lower = among_all - rankdata(scores, axis=0)
        return mean_scores(lower / len(reference), allowed)

    return score


def adjusted(reference: Values, allowed: Allowed) -> Scorer:
    """The mean beyond what the same mark's means for the other labels let one expect.

    An unused mark that makes a model unsure, or looks like an animal, moves many labels together;
    one that the model learned moves its own. So each label's standardised mean is compared with its
    ridge regression on all others' over the reference (penalty 1 on the scale of correlations).
    This takes out much of what makes unused marks differ, and costs no query. It needs all labels
    of a full answer.
    """
    return _beyond_others(mean, reference, allowed)


def adjusted_probe_ranks(reference: Values, allowed: Allowed) -> Scorer:
    """`adjusted`, of `probe_ranks` instead of means."""
    return _beyond_others(probe_ranks, reference, allowed)


SCORINGS: Mapping[str, Scoring] = MappingProxyType(
    {
        "mean": mean,
        "studentised": studentised,
        "probe-ranks": probe_ranks,
        "adjusted": adjusted,
        "adjusted-probe-ranks": adjusted_probe_ranks,
    }
)


def get_scoring(name: str) -> Scoring:
    """The scoring called `name`: ``scoring(reference, allowed)(scores)``.

    Shapes: reference and scores (marks, probes, labels), allowed (probes, labels), result
    (marks, labels).

    Raises:
        PlanError: there is none.
    """
    if name not in SCORINGS:
        raise PlanError(
            f"no scoring is called {name!r}", hint=f"choose one of: {', '.join(SCORINGS)}"
        )
    return SCORINGS[name]


def score_together(name: str, scores: Values, allowed: Allowed) -> Values:
    """One score per mark and label, all marks being each other's reference.

    Null: rows of `scores` are exchangeable. Then so are the rows of the result, to the last bit:
    equal marks get equal scores, and their order has no say. (Sums and matrix products depend on
    the order of the rows by a rounding, which could break a tie in favour of one of them; so the
    rows are put into an order of their own first.)

    Args:
        name: in `SCORINGS`.
        scores: of the true mark and its decoys, shape (1 + decoys, probes, labels).
        allowed: which probes count for which label, shape (probes, labels).

    Returns:
        Shape (1 + decoys, labels), higher meaning more of the label.

    Raises:
        PlanError: no scoring is called so.
        TooFewProbes: a label with fewer than 2 allowed probes.
    """
    fewest = int(allowed.sum(axis=0).min())
    if fewest < FEWEST:
        raise TooFewProbes(f"each scored label needs at least {FEWEST} probes, got {fewest}")
    rows, places, counts = np.unique(
        scores.reshape(len(scores), -1), axis=0, return_inverse=True, return_counts=True
    )
    ordered = np.repeat(rows, counts, axis=0).reshape(scores.shape)
    found = get_scoring(name)(ordered, allowed)(ordered)
    first_of_equals = counts.cumsum() - counts
    together: Values = found[first_of_equals[places.reshape(-1)]]
    return together


def _beyond_others(base: Scoring, reference: Values, allowed: Allowed) -> Scorer:
    score_base = base(reference, allowed)
    known = score_base(reference)
    middle = known.mean(axis=0)
    spread = known.std(axis=0)
    spread = np.where(spread > ROUNDING, spread, 1.0)
    standardised = (known - middle) / spread
    correlations = standardised.T @ standardised / len(known)
    # With A = correlations + 1, (A^-1 z)_l / (A^-1)_ll is z_l minus its ridge prediction.
    inverse = np.linalg.inv(correlations + np.eye(len(correlations)))
    weights = inverse / inverse.diagonal()

    def score(scores: Values) -> Values:
        beyond: Values = ((score_base(scores) - middle) / spread) @ weights
        return beyond

    return score
