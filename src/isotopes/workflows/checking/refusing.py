"""Refuse pictures that carry a mark which is to be tested: an encoder's anchors, and probes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import PlanError
from isotopes.stats.independence import CorrelationResult, extreme_deviations, independence_test
from isotopes.targets import Picture, Target
from isotopes.verify.asking.correlations import carrying, correlations
from isotopes.workflows.checking.choosing import Chosen, refuse_marked

Filters = NDArray[np.float64]  # (draws, values)


def need_labels(target: Target, what: str) -> None:
    """Raise PlanError if the target answers with embeddings that nothing gives labels.

    Args:
        what: what needs labels, for the message.
    """
    if target.embeds:
        raise PlanError(
            f"{what} needs a model that answers with labels, and {target.name} answers with"
            " embeddings",
            hint="describe anchors that give it labels, or use `isotopes check`",
        )


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
        for measured in _suspects(pictures, marks, decoys, tests * len(anchors)):
            if measured.carried or measured.dependent:
                raise PlanError(
                    f"the {len(pictures)} anchors of label {label!r}, which the encoder's answers"
                    f" are compared with, know the mark: it correlates with them by"
                    f" {measured.result.deviations:+.1f} standard deviations, and"
                    f" {len(measured.carried)} carry it by themselves",
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
    for measured in _suspects(probes.in_order, marks, decoys, tests):
        refuse_marked([probes.names[at] for at in measured.carried])
        if measured.dependent:
            raise PlanError(
                f"the {len(probes.names)} probes depend on one of the marks: it correlates with"
                f" them by {measured.result.deviations:+.1f} standard deviations",
                hint="take other people's pictures, which were made without knowledge of the keys",
            )


@dataclass(frozen=True)
class _Measured:
    """How one mark correlates with some pictures.

    Attributes:
        result: with all of them together.
        dependent: whether that is extreme, among all tests.
        carried: numbers of the pictures that carry the mark by themselves.
    """

    result: CorrelationResult
    dependent: bool
    carried: list[int]


def _suspects(
    pictures: Sequence[Picture], marks: Filters, decoys: Filters, tests: int
) -> list[_Measured]:
    """The marks that pictures may depend on. All others are certain not to be extreme."""
    found = correlations(pictures, np.concatenate([marks, decoys]))
    of_marks, of_decoys = found[:, : len(marks)], found[:, len(marks) :]
    carried = carrying(of_marks, of_decoys)
    means, compared = of_marks.mean(axis=0), of_decoys.mean(axis=0)
    # Somewhat below the limit: this rounds in another way than the test.
    reach = 0.99 * extreme_deviations(tests) * compared.std()
    suspected = carried.any(axis=0) | (np.abs(means - compared.mean()) >= reach)
    measured = []
    for at in np.flatnonzero(suspected):
        result = independence_test([means[at], *compared], len(pictures))
        which = np.flatnonzero(carried[:, at]).tolist()
        measured.append(_Measured(result, result.extreme_among(tests), which))
    return measured
