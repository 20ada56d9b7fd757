"""The paper's V and V_D, and our exact tests, on answers to marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.models.answers import MarkAnswers
from isotopes.lab.models.mark_spec import MarkSpec, Mixed
from isotopes.lab.models.marked_model import IsotopeSpec
from isotopes.stats.exact.rank import rank_test, rank_test_over_labels
from isotopes.stats.many.attribution import check_claims
from isotopes.stats.paper.distinguish import distinguish
from isotopes.stats.paper.paired_t import draw_samples, paired_t
from isotopes.stats.scores.statistic import allowed_probes, log_odds, mean_scores

# Section 5.1 of the paper: n, Q and delta, and the external marks that V_T is a mean over.
SIZE, ROUNDS, DELTA, EXTERNALS = 250, 5, 0.6, 5
MOST_PAIRED = 25  # marks that V_D is run on, all pairs of them (section 5.3)
DECOYS = 99


def v_rate(
    answers: MarkAnswers,
    isotope: IsotopeSpec,
    level: float,
    *,
    swapped: bool = False,
    rounds: int = ROUNDS,
) -> float:
    """Fraction of external marks against which V says that the mark was in the data.

    Args:
        swapped: swap the two marks: the paper's V_F, from a model that was trained with one of
            them, which is no false-positive rate (docs/statistics.md).
        rounds: Q.
    """
    mark = answers.column(isotope.mark, isotope.label)
    samples = _samples(len(mark), rounds)
    found = []
    for other in externals(isotope.mark):
        external = answers.column(other, isotope.label)
        pair = (external, mark) if swapped else (mark, external)
        found.append(paired_t(*pair, samples, level=level, delta=DELTA).detected)
    return float(np.mean(found))


def externals(mark: MarkSpec) -> list[MarkSpec]:
    """The external marks t' that V compares a mark with: of its family, with nothing mixed in."""
    draw = mark.second if isinstance(mark, Mixed) else mark
    return [draw.decoy(index) for index in range(EXTERNALS)]


def decoys(mark: MarkSpec) -> list[MarkSpec]:
    """The decoys that the exact test ranks a mark among."""
    return [mark.decoy(index) for index in range(DECOYS)]


def rank_pvalue(answers: MarkAnswers, isotope: IsotopeSpec, level: float) -> float:
    """The exact p-value of the mark among its decoys: mean log-odds over the allowed probes.

    1 if the model gives every probe that label: nothing can be concluded then.
    """
    allowed = _allowed(answers)
    if not allowed[:, isotope.label].any():
        return 1.0
    found = answers.of([isotope.mark, *decoys(isotope.mark)])
    means = mean_scores(log_odds(found), allowed)[:, isotope.label]
    return rank_test(means[0], means[1:], level=level).pvalue


def search_pvalue(answers: MarkAnswers, isotope: IsotopeSpec, level: float) -> float:
    """As `rank_pvalue`, the label not given: all labels with an allowed probe are searched."""
    allowed = _allowed(answers)
    found = answers.of([isotope.mark, *decoys(isotope.mark)])
    means = mean_scores(log_odds(found), allowed)[:, allowed.any(axis=0)]
    return rank_test_over_labels(means, level=level).pvalue


def v_d_rates(
    answers: MarkAnswers, isotopes: Sequence[IsotopeSpec], level: float, rng: np.random.Generator
) -> list[float | None]:
    """For each isotope, the fraction of the others that V_D distinguishes it from.

    None for one that was not among the 25 drawn, or if there is no other label.
    """
    drawn = np.sort(rng.permutation(len(isotopes))[:MOST_PAIRED])
    found: dict[int, list[bool]] = {int(position): [] for position in drawn}
    for first, second in combinations(found, 2):
        if isotopes[first].label != isotopes[second].label:
            apart = _told_apart(answers, isotopes[first], isotopes[second], level)
            found[first].append(apart)
            found[second].append(apart)
    return [float(np.mean(found[i])) if found.get(i) else None for i in range(len(isotopes))]


def claim_rates(
    answers: MarkAnswers, isotopes: Sequence[IsotopeSpec], level: float
) -> list[float | None]:
    """As `v_d_rates`, by our exact test of claims (`check_claims`), for all pairs.

    Each mark is ranked among decoys drawn by its own rule: those of one family and key share them,
    and a mark with another one mixed in has its own. None too for a label that the model takes
    every probe for.
    """
    allowed = _allowed(answers)
    usable = np.asarray(allowed.any(axis=0))
    testable = [one for one in isotopes if usable[one.label]]
    rates = iter(_claim_rates(answers, testable, allowed, level))
    return [next(rates) if usable[one.label] else None for one in isotopes]


def _claim_rates(
    answers: MarkAnswers, isotopes: Sequence[IsotopeSpec], allowed: NDArray[np.bool_], level: float
) -> list[float | None]:
    """The rates of isotopes whose labels all have an allowed probe."""
    labels = np.array([one.label for one in isotopes])
    if len(np.unique(labels)) < 2:
        return [None] * len(isotopes)
    usable = np.asarray(allowed.any(axis=0))
    columns = np.cumsum(usable)[labels] - 1

    def scores(marks: Sequence[MarkSpec]) -> NDArray[np.float64]:
        return mean_scores(log_odds(answers.of(marks)), allowed)[:, usable]

    marks = scores([one.mark for one in isotopes])
    rules = dict.fromkeys(tuple(decoys(one.mark)) for one in isotopes)
    found = {rule: check_claims(marks, scores(rule), columns, level=level) for rule in rules}
    pvalues = [found[tuple(decoys(one.mark))].pvalues[i] for i, one in enumerate(isotopes)]
    apart = replace(next(iter(found.values())), pvalues=np.array(pvalues)).told_apart
    rivals = labels[:, None] != labels
    return [float(row[mine].mean()) for row, mine in zip(apart, rivals, strict=True)]


def _told_apart(
    answers: MarkAnswers, first: IsotopeSpec, second: IsotopeSpec, level: float
) -> bool:
    neither = (answers.labels != first.label) & (answers.labels != second.label)
    found = answers.of([first.mark, second.mark])[:, neither][..., [first.label, second.label]]
    samples = _samples(int(neither.sum()), ROUNDS)
    scores = found.transpose(0, 2, 1)
    return distinguish(scores, samples, level=level, delta=DELTA).distinguished


@lru_cache(maxsize=64)
def _samples(pictures: int, rounds: int) -> NDArray[np.int64]:
    """Which probes each round uses: the same ones for the same number of probes."""
    return draw_samples(bytes(32), pictures, min(SIZE, pictures), rounds)


def _allowed(answers: MarkAnswers) -> NDArray[np.bool_]:
    names = [str(label) for label in range(answers.clean.shape[1])]
    return allowed_probes(answers.clean, names, [names[label] for label in answers.labels])
