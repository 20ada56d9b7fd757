"""Refuse pictures that carry a mark which is to be tested: an encoder's anchors, and probes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import PlanError
from isotopes.stats.independence import CorrelationResult, independence_test
from isotopes.targets import Picture
from isotopes.verify.asking.correlations import carrying, correlations
from isotopes.workflows.checking.choosing import Chosen, refuse_marked

Filters = NDArray[np.float64]  # (draws, values)


def refuse_marked_anchors(
    anchors: Mapping[str, Sequence[Picture]], marks: Filters, decoys: Filters, tests: int = 1
) -> None:
    """Every encoder, an innocent one too, brings marked pictures nearer to marked anchors.

    Each label is measured by itself: a few marked pictures are enough to move its anchor, and many
    pictures of other labels would hide them.

    Args:
        anchors: by label, the pictures that the answers are compared with.
        marks, decoys: their matched filters.
        tests: how many marks are tested in all.

    Raises:
        PlanError: the anchors of a label depend on a mark.
    """
    for label, pictures in anchors.items():
        for measured in _measured(pictures, marks, decoys):
            found, carried = _summary(measured), int(carrying(measured).sum())
            if carried or found.extreme_among(tests * len(anchors)):
                raise PlanError(
                    f"the {len(measured)} anchors of label {label!r}, which the encoder's answers"
                    f" are compared with, know the mark: it correlates with them by"
                    f" {found.deviations:+.1f} standard deviations, and {carried} carry it by"
                    " themselves",
                    hint="make anchors from originals and other people's pictures, never from"
                    " marked ones",
                )


def refuse_dependent_probes(probes: Chosen, marks: Filters, decoys: Filters, tests: int) -> None:
    """Probes of an audit must be independent of each of its marks.

    Args:
        marks, decoys, tests: as for `refuse_marked_anchors`.

    Raises:
        PlanError: some carry a mark, or all together depend on one.
    """
    for measured in _measured(probes.in_order, marks, decoys):
        carried = carrying(measured).tolist()
        refuse_marked([name for name, marked in zip(probes.names, carried, strict=True) if marked])
        found = _summary(measured)
        if found.extreme_among(tests):
            raise PlanError(
                f"the {len(measured)} probes depend on one of the marks: it correlates with them by"
                f" {found.deviations:+.1f} standard deviations",
                hint="take other people's pictures, which were made without knowledge of the keys",
            )


def _measured(
    pictures: Sequence[Picture], marks: Filters, decoys: Filters
) -> list[NDArray[np.float64]]:
    """For each mark: the pictures' correlations with it and with the decoys."""
    found = correlations(pictures, np.concatenate([marks, decoys]))
    of_decoys = found[:, len(marks) :]
    return [np.column_stack([of_mark, of_decoys]) for of_mark in found[:, : len(marks)].T]


def _summary(measured: NDArray[np.float64]) -> CorrelationResult:
    return independence_test(measured.mean(axis=0), len(measured))
