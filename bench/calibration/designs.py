"""The tests that are calibrated: each a rule from what it sees to a p-value and its cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from bench.calibration.sample import SHOWN, Draw, Sample
from bench.calibration.scoring import SCORINGS, score_together
from isotopes.stats.exact.combine import Dependence, combine_pvalues
from isotopes.stats.exact.rank import rank_test, rank_test_over_labels
from isotopes.stats.exact.sequential import (
    SequentialPlan,
    sequential_rank_test,
    sequential_rank_test_over_labels,
)
from isotopes.stats.paper.paired_t import draw_samples, paired_t
from isotopes.stats.paper.unpaired import unpaired_t
from isotopes.stats.scores.statistic import Values, mean_scores
from isotopes.verify.methods.sequential import CALIBRATION

LEVEL = 0.01
ROUNDS, SIZE, DELTA = 5, 250, 0.6  # Q, n and delta of the paper
NAMED, SEARCHED = "label named", "label searched"
STATISTICS = ("log-odds", "probability", "top-rank")


@dataclass(frozen=True)
class Outcome:
    """What came of one test.

    Attributes:
        pvalue: it detects at each level from there on. For V, which has none: the largest p-value
            among the delta * Q smallest of its rounds.
        queries: asked until the verdict.
    """

    pvalue: float
    queries: int


@dataclass(frozen=True)
class Design:
    """A test as it is planned: what it draws, and how that is judged."""

    draw: Draw
    judge: Callable[[Sample], Outcome]


def rank(sample: Sample, scoring: str = "mean") -> Outcome:
    """`isotopes check --method rank`."""
    queries = (2 + sample.decoys) * sample.probes
    if sample.label is not None and sample.label not in sample.testable:
        return Outcome(1.0, sample.probes)
    if scoring == "mean":
        scores = mean_scores(sample.scores, sample.allowed)[:, sample.testable]
    else:
        labels = sample.testable
        scores = score_together(scoring, sample.scores[:, :, labels], sample.allowed[:, labels])
    if sample.label is None:
        return Outcome(rank_test_over_labels(scores, level=1).pvalue, queries)
    of_label = scores[:, np.searchsorted(sample.testable, sample.label)]
    return Outcome(rank_test(of_label[0], of_label[1:], level=1).pvalue, queries)


def sequential(sample: Sample, h: int) -> Outcome:
    """`isotopes check --method sequential`, decoy by decoy."""
    means = mean_scores(sample.scores, sample.allowed)
    plan = SequentialPlan.at_level(LEVEL, h)
    if sample.label is None:
        counted, batch = means[: len(means) - CALIBRATION], means[len(means) - CALIBRATION :]
        moving = sample.testable[np.ptp(batch[:, sample.testable], axis=0) > 0]
        found = sequential_rank_test_over_labels(
            counted[0, moving], counted[1:, moving], batch[:, moving], plan
        )
        return Outcome(found.pvalue, (2 + CALIBRATION + found.draws) * sample.probes)
    if sample.label not in sample.testable:
        return Outcome(1.0, sample.probes)
    found = sequential_rank_test(means[0, sample.label], means[1:, sample.label], plan)
    return Outcome(found.pvalue, (2 + found.draws) * sample.probes)


def three_isotopes(sample: Sample) -> Outcome:
    """Fisher's combination of three isotopes, each with a third of the decoys as its own."""
    means = mean_scores(sample.scores, sample.allowed)
    thirds = np.array_split(means[: len(means) // 3 * 3], 3)
    pvalues = [
        rank_test(third[0, label], third[1:, label], level=1).pvalue
        for third, label in zip(thirds, sample.testable[:3], strict=True)
    ]
    found = combine_pvalues(pvalues, dependence=Dependence.INDEPENDENT)
    return Outcome(found.pvalue, (3 + len(means)) * sample.probes)


def v(sample: Sample) -> Outcome:
    """Algorithm 1 against one external mark."""
    marked, external = sample.of_label
    samples = _rounds(len(marked))
    return _by_rounds(paired_t(marked, external, samples, delta=DELTA).pvalues)


def v_unpaired(sample: Sample) -> Outcome:
    """V of section 6: other pictures with the external mark than with the mark."""
    marked, external = sample.of_label
    half = len(marked) // 2
    samples = _rounds(half)
    found = unpaired_t(marked[:half], external[half : 2 * half], samples, samples, delta=DELTA)
    return _by_rounds(found.pvalues)


@lru_cache(maxsize=256)
def _rounds(pictures: int) -> NDArray[np.int64]:
    """Which pictures each round takes: the same ones for as many, since those are random too."""
    return draw_samples(bytes(32), pictures, min(SIZE, pictures), ROUNDS)


def _by_rounds(pvalues: Values) -> Outcome:
    needed = int(np.ceil(DELTA * len(pvalues)))
    return Outcome(float(np.sort(pvalues)[needed - 1]), 2 * SIZE * ROUNDS)


def _published() -> dict[str, Design]:
    found = {
        name: Design(Draw(1, SIZE * ROUNDS, False, statistic), v)
        for name, statistic in (
            ("V as published", "probability"),
            ("V, log-odds", "log-odds"),
            (f"V, top {SHOWN}", "top-rank"),
        )
    }
    found["V, unpaired"] = Design(Draw(1, SIZE * ROUNDS, False, "probability"), v_unpaired)
    return found


def _fixed() -> dict[str, Design]:
    return {
        f"rank, {statistic}, {how}, M = {decoys}": Design(Draw(decoys, 25, search, statistic), rank)
        for search, how in ((False, NAMED), (True, SEARCHED))
        for statistic in STATISTICS
        for decoys in (199, 999)
    }


def _sequential() -> dict[str, Design]:
    return {
        f"sequential, log-odds, {how}, n = {probes}, h = {h}": Design(
            Draw(100 * h - 1 + (CALIBRATION if search else 0), probes, search, "log-odds"),
            partial(sequential, h=h),
        )
        for search, how in ((False, NAMED), (True, SEARCHED))
        for probes, h in ((6, 1), (12, 1), (25, 1), (25, 2))
    }


def _alternatives() -> dict[str, Design]:
    return {
        f"rank, {scoring} {statistic}, {how}, M = 199": Design(
            Draw(199, 25, search, statistic, whole=True), partial(rank, scoring=scoring)
        )
        for search, how in ((False, NAMED), (True, SEARCHED))
        for statistic in ("log-odds", "probability")
        for scoring in SCORINGS
        # Ranks on a probe are the same for both.
        if scoring != "mean" and (statistic == "log-odds" or "ranks" not in scoring)
    }


COMBINED = "three isotopes, Fisher, log-odds, M = 99 each"
PUBLISHED: Mapping[str, Design] = _published()
EXACT: Mapping[str, Design] = {**_fixed(), **_sequential()}
ALTERNATIVES: Mapping[str, Design] = _alternatives()
OF_MANY: Mapping[str, Design] = {COMBINED: Design(Draw(299, 25, True, "log-odds"), three_isotopes)}
