"""Products of matrices of whole numbers: exact, and on the caller's thread alone."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Real = TypeVar("Real", np.float32, np.float64)

# OpenBLAS shares a product of more than 2**18 multiplications among threads. They spin
# while they wait, and where several processes draw marks that takes forty times as long.
ALONE = 1 << 18
COLUMNS = 96  # of a tile


def exact_product(left: NDArray[Real], right: NDArray[Real]) -> NDArray[Real]:
    """left @ right, shapes (n, k) and (k, m), k at most 2,730.

    The caller makes sure that no sum, in any order, leaves the whole numbers that the type holds:
    then the result is the same on every machine.
    """
    rows = ALONE // (COLUMNS * len(right))
    count = -(-len(left) // rows)
    padded = np.zeros((count * rows, len(right)), left.dtype)
    padded[: len(left)] = left
    slices = padded.reshape(count, rows, -1)
    out = np.empty((count, rows, right.shape[1]), left.dtype)
    for start in range(0, right.shape[1], COLUMNS):
        tile = np.ascontiguousarray(right[:, start : start + COLUMNS])
        out[:, :, start : start + COLUMNS] = slices @ tile
    return out.reshape(-1, right.shape[1])[: len(left)]
