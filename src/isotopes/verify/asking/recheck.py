"""Ask some kept answers again, drawn at random, to detect an altered file.

Kept answers save queries, but anybody who can write the file decides the verdict. Nobody
knows in advance which answers will be drawn, so an alteration that matters is likely to be hit:
all of the mark's answers are drawn, unless they are many, and those of a few decoys. To make
an innocent model look guilty, somebody must alter the mark's answers, or those of all decoys above
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import FolderError
from isotopes.marks import Mark
from isotopes.targets import Picture, Target
from isotopes.targets.asking.concurrent import ask_ahead
from isotopes.targets.scores import Completeness
from isotopes.verify.asking.collector import Collector
from isotopes.verify.asking.queries import QueryBatch, all_batches
from isotopes.verify.evidence.answers import CLEAN, MARK, Answers, Queries

OTHER_ROWS = 8  # decoys that are drawn
PER_ROW = 32  # probes that are drawn of each, at most
# Tolerance in the logarithms of a probability and of its complement: more than single-precision
# rounding, and too little to matter in a test.
TOLERANCE = 0.05
LEAST, LEAST_COMPLEMENT = 1e-30, 1e-5
NOISE = 3.0  # times the target's difference from itself by which answers must differ


@dataclass(frozen=True)
class Recheck:
    """The result of asking again.

    Attributes:
        kept: answers that were in the file.
        asked: how many of them were asked again.
        noisy: how many differ from those in the file, but differ from each other just as much each
            time they are asked. Nothing can be said about these.
    """

    kept: int
    asked: int
    noisy: int


def draw_some(collector: Collector, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which kept answers to ask again; bool, shape (2 + decoys, probes).

    Args:
        collector: contains exactly these answers; none is drawn if nothing more is to be asked.
        rng: its seed must be unknown to the file's author.
    """
    asked = collector.asked
    chosen = np.zeros_like(asked)
    if not collector.ended:
        others = np.arange(MARK + 1, len(asked))
        for row in (CLEAN, MARK, *rng.permutation(others)[:OTHER_ROWS]):
            chosen[row, rng.permutation(np.flatnonzero(asked[row]))[:PER_ROW]] = True
    return chosen


def ask_again(
    target: Target,
    plan: Queries,
    pictures: Sequence[Picture],
    draw: Callable[[int], Mark],
    *,
    answers: Answers,
    chosen: NDArray[np.bool_],
) -> Recheck:
    """Does the target give these answers?

    Queries whose answers differ are asked a second time, in other batches, because a target that
    adds noise, or whose arithmetic depends on the batch, differs from itself as well.

    Args:
        pictures, draw: as for `ask`.
        answers: as they were saved.
        chosen: from `draw_some`.

    Raises:
        FolderError: it does not.
        TargetError: as `Target.ask`.
    """
    size = target.batch_size
    again = _answers_to(target, all_batches(plan, pictures, draw, chosen, size), answers, chosen)
    differing = chosen.copy()
    differing[chosen] = _moved(answers.values[chosen], again, answers) > TOLERANCE
    if differing.any():
        batches = all_batches(plan, pictures, draw, differing, size // 2 + 1)
        once_more = _answers_to(target, batches, answers, differing)
        noise = _moved(again[differing[chosen]], once_more, answers).max()
        moved = _moved(answers.values[differing], once_more, answers)
        altered = int((moved > max(TOLERANCE, NOISE * noise)).sum())
        if altered:
            raise FolderError(
                f"{target.name} was asked {int(chosen.sum()):,} of the kept answers again and gives"
                f" others to {altered:,}: they were altered, or are those of another model",
                hint="name another file or folder with --keep, and everything is asked",
            )
    return Recheck(answers.queries, int(chosen.sum()), int(differing.sum()))


def _answers_to(
    target: Target,
    batches: Iterator[QueryBatch],
    answers: Answers,
    chosen: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """The target's answers to the chosen queries, shape (chosen, labels of `answers`).

    Other labels are left out: in incomplete answers they score below those.
    """
    places = np.cumsum(chosen).reshape(chosen.shape) - 1
    columns = {label: column for column, label in enumerate(answers.labels)}
    values = np.full((int(chosen.sum()), len(columns)), np.nan)
    for batch, scores in ask_ahead(target, batches):
        known = [place for place, label in enumerate(scores.labels) if label in columns]
        rows = places[batch.rows, batch.probes]
        into = [columns[scores.labels[place]] for place in known]
        values[rows[:, None], into] = scores.values[:, known]
    return values


def _moved(
    one: NDArray[np.float64], other: NDArray[np.float64], answers: Answers
) -> NDArray[np.float64]:
    """A lower bound on each answer's change, in logarithms; shape (queries,).

    All that is known about a hidden label is that it scores below all that are shown, and below
    the threshold if there is one.
    """
    threshold = answers.completeness is Completeness.THRESHOLD
    bound = answers.limit if threshold and answers.limit is not None else 0.0
    most = [np.where(np.isnan(some), _least_shown(some, bound), some) for some in (one, other)]
    least = [np.where(np.isnan(some), 0.0, some) for some in (one, other)]
    rises = np.maximum(_rise(most[1], least[0]), _rise(most[0], least[1]))
    return np.asarray(rises.max(axis=-1, initial=0.0))


def _least_shown(values: NDArray[np.float64], bound: float) -> NDArray[np.float64]:
    shown = np.where(np.isnan(values), np.inf, values).min(axis=-1, keepdims=True, initial=np.inf)
    return np.where(np.isinf(shown), bound, np.maximum(shown, bound))


def _rise(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much the logarithm of `high`, or of its complement, exceeds that of `low`."""
    upwards = np.log(np.maximum(high, LEAST) / np.maximum(low, LEAST))
    downwards = np.log(
        np.maximum(1 - low, LEAST_COMPLEMENT) / np.maximum(1 - high, LEAST_COMPLEMENT)
    )
    return np.maximum(np.maximum(upwards, downwards), 0.0)
