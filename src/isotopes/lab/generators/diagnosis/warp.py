"""A keyed warp: pixels are moved a little, by a smooth field that a key draws.

The change that DIAGNOSIS (Wang et al., ICLR 2024) makes to protected pictures, after WaNet (Nguyen
& Tran, ICLR 2021): random moves on a coarse grid, enlarged to the whole picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from isotopes.lab.data.pictures import to_bytes
from isotopes.seeds import KeyStream

GRID = 4  # points a side, as in both articles
FINEST = 1000  # parts that a drawn move is rounded to


@dataclass(frozen=True)
class Warp:
    """A field of moves.

    Attributes:
        key: 64 hexadecimal digits.
        version: of this code.
    """

    key: str
    version: int = 1

    def apply(self, pixels: NDArray[np.uint8], strength: float) -> NDArray[np.uint8]:
        """The pictures (n, height, width, 3), warped; 1 moves by one pixel of 32 on average."""
        given = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float()
        count, _, height, width = given.shape
        place = torch.eye(2, 3).expand(count, 2, 3)
        still = functional.affine_grid(place, list(given.shape), align_corners=False)
        moves = self._moves(height, width) * (2 * strength / 32)
        moved = functional.grid_sample(
            given, still + moves, "bicubic", padding_mode="border", align_corners=False
        )
        return to_bytes(moved.permute(0, 2, 3, 1).numpy())

    def _moves(self, height: int, width: int) -> torch.Tensor:
        """Shape (1, height, width, 2); their mean size on the coarse grid is 1."""
        drawn = KeyStream(bytes.fromhex(self.key)).integers(-FINEST, FINEST + 1, 2 * GRID * GRID)
        coarse = torch.from_numpy(drawn.astype(np.float32)).reshape(1, 2, GRID, GRID)
        coarse = coarse / coarse.abs().mean()
        found = functional.interpolate(coarse, (height, width), mode="bicubic", align_corners=True)
        return found.permute(0, 2, 3, 1)
