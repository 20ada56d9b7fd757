"""Measure, before anything is asked, whether a check's pictures depend on the mark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import PlanError
from isotopes.marks import Mark
from isotopes.stats.independence import CorrelationResult, carries_test, independence_test
from isotopes.targets import Picture
from isotopes.verify.asking.correlations import carrying, correlations, matched_filters
from isotopes.workflows.checking.choosing import Chosen, refuse_marked
from isotopes.workflows.checking.own_pictures import ChosenOwn

Draw = Callable[[int], Mark]  # 0 is the mark, i decoy i

THREADS = 2  # two draw 1.4 times as fast as one; more gain nothing
DECOYS = 99  # decoys to compare with; drawing them takes a second, and no query


@dataclass(frozen=True)
class Known:
    """How the mark correlates with a check's pictures; None if there are none.

    Attributes:
        probes, own: with the probes and with the originals; it should not.
        copies: with the changes in their published copies; it should.
    """

    probes: CorrelationResult | None = None
    own: CorrelationResult | None = None
    copies: CorrelationResult | None = None


def measure_independence(
    decoys: int, draw: Draw, probes: Chosen, own: ChosenOwn, anchors: Sequence[Picture] = ()
) -> Known:
    """Are these pictures independent of the mark?

    Args:
        decoys: how many there are to compare with.
        anchors: the pictures that an encoder's answers are compared with.

    Raises:
        PlanError: some probes carry the mark, or the anchors do.
        MarkError: the mark or its decoys can't be drawn.
    """
    if decoys == 0:
        return Known()
    with ThreadPoolExecutor(THREADS) as threads:  # NumPy works outside the interpreter's lock
        draws = list(threads.map(draw, range(1 + min(decoys, DECOYS))))
    filters = matched_filters(draws)
    of_probes = _correlations(list(probes.pictures.values()), filters)
    refuse_marked(_marked(probes, of_probes))
    _refuse_marked_anchors(anchors, filters)
    originals = [original for original, _ in own.published]
    copies = [copy for _, copy in own.published]
    of_copies = _correlations(copies, filters, originals)
    return Known(
        probes=_independence(of_probes),
        own=_independence(_correlations(list(own.marked.values()), filters)),
        copies=None if of_copies is None else carries_test(of_copies.mean(axis=0), len(copies)),
    )


def _correlations(
    pictures: Sequence[Picture], filters: NDArray[np.float64], less: Sequence[Picture] = ()
) -> NDArray[np.float64] | None:
    return correlations(pictures, filters, less) if pictures else None


def _independence(measured: NDArray[np.float64] | None) -> CorrelationResult | None:
    return None if measured is None else independence_test(measured.mean(axis=0), len(measured))


def refuse_marked_anchors(anchors: Sequence[Picture], marks: int, decoys: int, draw: Draw) -> None:
    """Refuse an encoder's anchors that know one of several marks, judged by their common decoys.

    Args:
        anchors: the pictures that an encoder's answers are compared with; none of other models.
        marks: how many marks there are: draws 0 to `marks` - 1. The decoys come after them.

    Raises:
        PlanError: some anchors carry a mark.
    """
    if anchors and decoys:
        draws = [draw(index) for index in range(marks + min(decoys, DECOYS))]
        _refuse_marked_anchors(anchors, matched_filters(draws), marks)


def _refuse_marked_anchors(
    anchors: Sequence[Picture], filters: NDArray[np.float64], marks: int = 1
) -> None:
    """To anchors with the mark any encoder brings marked pictures nearer, innocent ones too."""
    if not anchors:
        return
    measured = correlations(anchors, filters)
    for mark in range(marks):
        of_one = np.column_stack([measured[:, mark], measured[:, marks:]])
        found = independence_test(of_one.mean(axis=0), len(anchors))
        carried = int(carrying(of_one).sum())
        if carried or found.extreme:
            raise PlanError(
                f"the {len(anchors)} pictures that the encoder's answers are compared with know a"
                f" mark: it correlates with them by {found.deviations:+.1f} standard deviations,"
                f" and {carried} carry it by themselves",
                hint="make anchors from originals and other people's pictures, never from marked"
                " ones",
            )


def _marked(probes: Chosen, measured: NDArray[np.float64] | None) -> list[str]:
    """Names of the probes that were published, or in which the mark is found."""
    carried = () if measured is None else carrying(measured).tolist()
    found = [name for name, marked in zip(probes.names, carried, strict=True) if marked]
    return [*probes.published, *found]
