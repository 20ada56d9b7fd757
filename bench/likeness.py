"""Which copies of a photo are known to show the same? `python -m bench.likeness PHOTOS.parquet`

Each photo, 480 pixels on its longer side, is compared with altered copies of itself. A copy is
recognised if `same_pictures` gives the pair back; false joins are pairs of different photos.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import numpy as np
import pyarrow.parquet as pq
from PIL import Image, ImageOps

from isotopes.photos.choosing.glance import glance_at, same_pictures

SIDE = 480  # pixels


def crop(kept: float) -> Callable[[Image.Image], Image.Image]:
    """The middle of a picture, this part of each side."""

    def cropped(picture: Image.Image) -> Image.Image:
        width, height = picture.size
        left, top = (round(side * (1 - kept) / 2) for side in picture.size)
        return picture.crop((left, top, width - left, height - top))

    return cropped


def banner(picture: Image.Image) -> Image.Image:
    """The picture with its lowest tenth in white."""
    out = picture.copy()
    out.paste((255, 255, 255), (0, round(picture.height * 0.9), *picture.size))
    return out


WAYS: dict[str, Callable[[Image.Image], Image.Image]] = {
    **{f"crop to {kept:.0%}": crop(kept) for kept in (0.98, 0.95, 0.9, 0.85, 0.66, 0.5)},
    "moved by 12 pixels": lambda picture: picture.crop((12, 0, *picture.size)),
    "white border of 5%": lambda picture: ImageOps.expand(picture, SIDE // 20, "white"),
    "banner of a tenth": banner,
}


def glance(picture: Image.Image) -> bytes | None:
    """As marking takes it."""
    return glance_at(np.asarray(picture, np.uint8))


def main() -> None:
    photos = []
    for cell in pq.read_table(sys.argv[1], columns=["image"])["image"]:
        with Image.open(io.BytesIO(cell["bytes"].as_py())) as picture:
            photos.append(ImageOps.contain(picture.convert("RGB"), (SIDE, SIDE)))
    known = [(photo, own) for photo in photos if (own := glance(photo))]
    joins = sum(1 for _ in same_pictures([own for _, own in known]))
    print(f"{len(known)} photos, {joins} pair(s) of different ones joined")
    for name, way in WAYS.items():
        pairs = [(own, other) for photo, own in known if (other := glance(way(photo)))]
        recognised = sum(any(True for _ in same_pictures(pair)) for pair in pairs)
        print(f"{name}: {recognised / len(pairs):.1%} recognised")


if __name__ == "__main__":
    main()
