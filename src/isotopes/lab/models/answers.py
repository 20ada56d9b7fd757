"""A model's answers to marked probes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.mark_spec import MarkSpec

Predict = Callable[[NDArray[np.uint8]], NDArray[np.floating]]


@dataclass(frozen=True, eq=False)
class MarkAnswers:
    """Probabilities of all labels, for each mark on the same probes.

    Attributes:
        indices: the index of each mark's answers in `values`.
        values: float64, shape (marks, probes, labels).
        clean: the unmarked probes' answers, shape (probes, labels).
        labels: the probes' own, shape (probes,).
    """

    indices: dict[MarkSpec, int]
    values: NDArray[np.float64]
    clean: NDArray[np.float64]
    labels: NDArray[np.int64]

    def of(self, marks: Sequence[MarkSpec]) -> NDArray[np.float64]:
        """The answers to some marks, shape (marks, probes, labels)."""
        return self.values[[self.indices[mark] for mark in marks]]

    def column(self, mark: MarkSpec, label: int) -> NDArray[np.float64]:
        """The label's probability with the mark, on the probes of other labels."""
        found: NDArray[np.float64] = self.values[self.indices[mark], self.labels != label, label]
        return found


def ask_marks(
    predict: Predict, probes: Pictures, marks: Sequence[MarkSpec], alpha: float
) -> MarkAnswers:
    """Ask a model about each probe with each mark.

    Args:
        predict: pictures uint8 (n, height, width, 3) to probabilities (n, labels).
        marks: duplicates are asked once.
    """
    unique = list(dict.fromkeys(marks))
    pixels = torch.from_numpy(probes.pixels)
    # As a tensor: the blend of arrays needs OpenCV, which a bare GPU machine lacks.
    values = [predict(blend(pixels, mark.make(), alpha).numpy()) for mark in unique]
    return MarkAnswers(
        {mark: index for index, mark in enumerate(unique)},
        np.stack(values).astype(np.float64),
        predict(probes.pixels).astype(np.float64),
        probes.labels,
    )
