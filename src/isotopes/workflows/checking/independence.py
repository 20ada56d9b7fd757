"""Measure, before anything is asked, whether a check's pictures depend on the mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.marks import Mark
from isotopes.stats.independence import CorrelationResult, carries_test, independence_test
from isotopes.targets import Picture
from isotopes.verify.asking.correlations import (
    carrying,
    correlate_changes,
    correlations,
    matched_filters,
)
from isotopes.workflows.checking.choosing import Chosen, refuse_marked
from isotopes.workflows.checking.own_pictures import ChosenOwn
from isotopes.workflows.checking.refusing import refuse_marked_anchors

Draw = Callable[[int], Mark]  # 0 is the mark, i decoy i

THREADS = 2  # two draw 1.4 times as fast as one; more gain nothing
DECOYS = 99  # decoys to compare with; drawing them takes a second, and no query


@dataclass(frozen=True)
class Known:
    """How the mark correlates with a check's pictures; None if there are none.

    A mark without a pattern leaves no trace that could be told from a picture's own content, so
    only what was done to its published copies is measured.

    Attributes:
        probes, own: with the probes and with the originals; it should not.
        copies: with the changes in their published copies; it should.
    """

    probes: CorrelationResult | None = None
    own: CorrelationResult | None = None
    copies: CorrelationResult | None = None


def measure_independence(
    decoys: int,
    draw: Draw,
    probes: Chosen,
    own: ChosenOwn,
    anchors: Mapping[str, Sequence[Picture]],
) -> Known:
    """Are these pictures independent of the mark?

    Args:
        decoys: how many there are to compare with.
        anchors: by label, the pictures that an encoder's answers are compared with.

    Raises:
        PlanError: some probes carry the mark, or the anchors do.
        MarkError: the mark or its decoys can't be drawn.
    """
    if decoys == 0:
        return Known()
    with ThreadPoolExecutor(THREADS) as threads:  # NumPy works outside the interpreter's lock
        draws = list(threads.map(draw, range(1 + min(decoys, DECOYS))))
    filters = matched_filters(draws) if draws[0].has_pattern or anchors else None
    of_probes = _correlations(list(probes.pictures.values()), filters)
    refuse_marked(_marked(probes, of_probes))
    if filters is not None:
        refuse_marked_anchors(anchors, filters[:1], filters[1:])
    originals = [original for original, _ in own.published]
    copies = [copy for _, copy in own.published]
    of_copies = correlate_changes(copies, draws, originals) if copies else None
    return Known(
        probes=_independence(of_probes),
        own=_independence(_correlations(list(own.marked.values()), filters)),
        copies=None if of_copies is None else carries_test(of_copies.mean(axis=0), len(copies)),
    )


def _correlations(
    pictures: Sequence[Picture], filters: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    return None if filters is None or not pictures else correlations(pictures, filters)


def _independence(measured: NDArray[np.float64] | None) -> CorrelationResult | None:
    return None if measured is None else independence_test(measured.mean(axis=0), len(measured))


def _marked(probes: Chosen, measured: NDArray[np.float64] | None) -> list[str]:
    """Names of the probes that were published, or in which the mark is found."""
    if measured is None:
        return list(probes.published)
    carried = carrying(measured[:, :1], measured[:, 1:])[:, 0].tolist()
    found = [name for name, marked in zip(probes.names, carried, strict=True) if marked]
    return [*probes.published, *found]
