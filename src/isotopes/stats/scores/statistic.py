"""From answers to numbers: a score per (mark, probe, label), and its mean over the allowed probes.

A higher score always means more of the label. All marks go through the same function, so a test
against decoys stays exact whichever statistic is chosen; the choice only costs or gains power.

Incomplete answers. A label that a target did not return is NaN in its answers, and no score is ever
NaN: it counts as probability 0 (and so as the least log-odds), and as rank K + 1. It may have been
as high as the least score shown, but any guess in between would be as arbitrary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import PlanError
from isotopes.hints import choose

Values = NDArray[np.float64]

# A float32 softmax rounds to 1 from about 1 - 6e-8 on; below 1e-6 its values are only noise.
EPSILON = 1e-6
GIVEN = 0.5  # a label that is more likely than not is given to a picture
LEAST_SUM, MOST_SUM = 0.5, 1.5  # of a softmax, after rounding


def probability(answers: Values) -> Values:
    """The probabilities, 0 for a label that was not returned; any shape (..., labels)."""
    return np.where(np.isnan(answers), 0.0, answers)


def log_odds(answers: Values) -> Values:
    """log(p / (1 - p)), with p first clipped to [1e-6, 1 - 1e-6]: within [-13.8, 13.8].

    Unlike a probability it does not flatten near 0 and 1, where most answers of a confident model
    lie.
    """
    clipped = np.clip(probability(answers), EPSILON, 1 - EPSILON)
    return np.log(clipped) - np.log1p(-clipped)


def top_rank(answers: Values, best: int | None = None) -> Values:
    """Minus the rank of each label in its answer, the best label being 1 (paper, section 8.4).

    A label that was not returned, or stands below the K best, has rank K + 1. K is `best`, or else
    the most labels shown for any one picture. Of equal probabilities the label that comes first
    ranks first.
    """
    hidden = np.isnan(answers)
    order = np.argsort(-answers, axis=-1, kind="stable")  # NaN goes last
    ranks = np.empty(answers.shape)
    places = np.broadcast_to(np.arange(1.0, answers.shape[-1] + 1), answers.shape)
    np.put_along_axis(ranks, order, places, axis=-1)
    shown = int((~hidden).sum(axis=-1).max(initial=0)) if best is None else best
    return -np.where(hidden | (ranks > shown), shown + 1.0, ranks)


STATISTICS: Mapping[str, Callable[[Values], Values]] = MappingProxyType(
    {"probability": probability, "log-odds": log_odds, "top-rank": top_rank}
)


EMBEDDINGS = "embeddings"  # of encoders, which have no labels: `embeddings.py`


def get_statistic(name: str) -> Callable[[Values], Values]:
    """The statistic called `name`.

    Raises:
        PlanError: there is none.
    """
    if name not in STATISTICS:
        raise PlanError(f"no statistic is called {name!r}", hint=choose(name, list(STATISTICS)))
    return STATISTICS[name]


def allowed_probes(
    clean: Values, labels: Sequence[str], probe_labels: Sequence[str | None]
) -> NDArray[np.bool_]:
    """Which probes may say something about which label?

    A mark shows in the probability of a label on pictures of *other* things, so a probe is left out
    for label l if the model calls the unmarked picture l, or the person does. The rule uses no
    marked picture: it is the same for all draws.

    Args:
        clean: answers to the unmarked probes, shape (probes, labels); NaN if not returned.
        labels: their names, shape (labels,).
        probe_labels: what each probe's folder is called, shape (probes,); None if nothing.

    Returns:
        bool, shape (probes, labels).
    """
    allowed = np.ones(clean.shape, np.bool_)
    answered = ~np.isnan(clean).all(axis=1)
    allowed[answered] = ~given_labels(clean[answered])
    for row, label in enumerate(probe_labels):
        if label in labels:
            allowed[row, labels.index(label)] = False
    return allowed


def given_labels(clean: Values) -> NDArray[np.bool_]:
    """Which labels does the model give to which picture? Bool, shape (pictures, labels).

    The best one; where labels are independent, those above one half, which may be several or none.
    A softmax over two labels gives one of them to everything, even to pictures of neither, so
    that says nothing.

    Args:
        clean: answers to unmarked pictures, shape (pictures, labels); NaN if not returned, though
            not for all labels of a picture.
    """
    shown = probability(clean)
    if are_independent(clean):
        return np.asarray(shown > GIVEN)
    given = np.zeros(clean.shape, np.bool_)
    if clean.size and (clean.shape[1] != 2 or np.isnan(clean).any()):
        given[np.arange(len(clean)), shown.argmax(axis=1)] = True
    return given


def are_independent(answers: Values) -> bool:
    """Has each label a probability of its own (a sigmoid), instead of a share of 1 (a softmax)?

    So it is if some picture's probabilities add up to more than 1.5 or, with all labels shown, to
    less than 0.5. A softmax stays between, however its probabilities are rounded, unless hundreds
    of them round to 0.

    Args:
        answers: shape (pictures, labels); NaN if not returned.

    >>> are_independent(np.array([[0.9, 0.8, 0.1]])), are_independent(np.array([[0.9, 0.05, 0.05]]))
    (True, False)
    """
    sums = probability(answers).sum(axis=1)
    complete = ~np.isnan(answers).any(axis=1)
    return bool((sums > MOST_SUM).any() or (sums[complete] < LEAST_SUM).any())


def mean_scores(scores: Values, allowed: NDArray[np.bool_]) -> Values:
    """Each mark's mean score for each label over the probes allowed for that label.

    Args:
        scores: shape (marks, probes, labels).
        allowed: shape (probes, labels), the same for all marks.

    Returns:
        Shape (marks, labels); NaN for a label without an allowed probe. The sum is taken in one
        order for every mark (no BLAS), so that equal marks tie exactly.
    """
    counts = allowed.sum(axis=0)
    totals = scores.sum(axis=1, where=allowed)
    return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)
