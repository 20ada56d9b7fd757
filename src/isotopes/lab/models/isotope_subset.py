"""Isotopes in a data set: which labels carry which marks, blended in when it is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.errors import BlendError
from isotopes.lab.data.pictures import Pictures
from isotopes.marks import Mark


@dataclass(frozen=True)
class IsotopeSubset:
    """One mark in one label's pictures.

    Attributes:
        label: number of the label.
        mark: what is blended in.
        alpha: how visible it is, in (0, 1].
        mark_fraction: p, the fraction of the label's pictures that carry it, in (0, 1].
    """

    label: int
    mark: Mark
    alpha: float
    mark_fraction: float


def insert_subsets(
    pictures: Pictures, subsets: Sequence[IsotopeSubset], rng: np.random.Generator
) -> tuple[Pictures, list[NDArray[np.int64]]]:
    """The pictures with each subset's mark in its fraction of them, and which ones those are.

    Pictures are drawn without replacement, and no picture carries two marks. The originals stay as
    they are.

    Raises:
        BlendError: a subset without a picture, or fractions of a label that add up to more than 1.
    """
    pixels = pictures.pixels.copy()
    free = {
        label: rng.permutation(np.flatnonzero(pictures.labels == label))
        for label in sorted({subset.label for subset in subsets})
    }
    counts = {label: len(indices) for label, indices in free.items()}
    chosen = []
    for subset in subsets:
        count = round(subset.mark_fraction * counts[subset.label])
        if not 1 <= count <= len(free[subset.label]):
            raise BlendError(
                f"a share of {subset.mark_fraction} of label {subset.label} is {count} pictures,"
                f" but {len(free[subset.label])} of its {counts[subset.label]} are still unmarked"
            )
        mine, free[subset.label] = np.split(free[subset.label], [count])
        # As a tensor: the blend of arrays needs OpenCV, which a bare GPU machine lacks.
        marked = blend(torch.from_numpy(pixels[mine]), subset.mark, subset.alpha)
        pixels[mine] = marked.numpy()
        chosen.append(np.sort(mine))
    return replace(pictures, pixels=pixels), chosen
