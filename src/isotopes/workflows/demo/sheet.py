"""A contact sheet: some originals, and the same pictures with the mark."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from isotopes.photos import read_picture
from isotopes.targets import Picture

SHOWN, SIDE, GAP = 8, 96, 6  # pictures in a row, their side and the space between, in pixels


def write_sheet(originals: Path, marked: Path, names: Sequence[str], path: Path) -> None:
    """Write a contact sheet: originals above, the published pictures below.

    Args:
        names: of pictures below both folders.
    """
    from PIL import Image

    rows = [[_enlarged(folder / name) for name in names[:SHOWN]] for folder in (originals, marked)]
    step = SIDE + GAP
    sheet = np.full((2 * step + GAP, len(rows[0]) * step + GAP, 3), 255, np.uint8)
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            top, left = GAP + row * step, GAP + column * step
            sheet[top : top + SIDE, left : left + SIDE] = picture
    Image.fromarray(sheet).save(path)


def _enlarged(path: Path) -> Picture:
    large: Picture = cv2.resize(  # type: ignore[assignment]
        read_picture(path), (SIDE, SIDE), interpolation=cv2.INTER_NEAREST
    )
    return large
