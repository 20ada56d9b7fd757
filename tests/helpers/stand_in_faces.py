"""Faces without a network: coarse colours are a picture's point, and a plain one has no face."""

from __future__ import annotations

import cv2
import numpy as np

from isotopes.faces.embedding import Embedding
from isotopes.targets import Picture

CELLS = 3


class CoarseColours:
    """An embedder that any two pictures can be told apart by, in no time."""

    size = CELLS * CELLS * 3

    def identity(self) -> str:
        return "sha256:coarse-colours"

    def embed(self, picture: Picture) -> Embedding | None:
        if picture.std() == 0:
            return None
        small = cv2.resize(picture, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
        point: Embedding = small.astype(np.float32).ravel() / np.float32(255 * self.size**0.5)
        return point


def face(seed: int, side: int = 96) -> Picture:
    """A picture that enlarging and shrinking leave as it is: cells of one colour each."""
    cells = np.random.default_rng(seed).integers(0, 256, (CELLS, CELLS, 3), dtype=np.uint8)
    each = side // CELLS
    return cells.repeat(each, axis=0).repeat(each, axis=1)


def near(picture: Picture, by: int) -> Picture:
    """Another picture of the same face, farther away the larger `by` is."""
    shifted = picture.astype(np.int16) + np.int16(by)
    return np.clip(shifted, 0, 255).astype(np.uint8)


NO_FACE = np.full((96, 96, 3), 127, np.uint8)
