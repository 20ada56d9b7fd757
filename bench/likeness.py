"""Which altered copies of a photo are recognised? `python -m bench.likeness PHOTOS.parquet`

Each photo, 480 pixels on its longer side, is compared with altered copies of itself, as marking
compares pictures. False joins are pairs of different photos that are taken for the same.

The limits of `photos.choosing` were chosen on every second photo of a file, the first one among
them. Only the others are measured, so give the file that they were chosen on, or one of other
photos. Nothing here is random.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from PIL import Image, ImageOps

from bench.record import record
from isotopes.photos.choosing.glance import glance_at, same_pictures
from isotopes.photos.choosing.parts import parts_among

SIDE = 480  # pixels
Way = Callable[[Image.Image, Image.Image], Image.Image]  # of a photo, with another one at hand


def crop(kept: float, at: float = 0.5) -> Way:
    """This part of each side; `at` is 0 for the top left, 0.5 for the middle."""

    def cropped(picture: Image.Image, _: Image.Image) -> Image.Image:
        width, height = (round(side * kept) for side in picture.size)
        left, top = (round(side * (1 - kept) * at) for side in picture.size)
        return picture.crop((left, top, left + width, top + height))

    return cropped


def square(picture: Image.Image, _: Image.Image) -> Image.Image:
    """The middle, its sides as long as the picture's shorter one."""
    return ImageOps.fit(picture, (min(picture.size),) * 2)


def border(width: float, colour: str) -> Way:
    """The picture with a border of this part of its longer side."""
    return lambda picture, _: ImageOps.expand(picture, round(SIDE * width), colour)


def banner(picture: Image.Image, _: Image.Image) -> Image.Image:
    """The picture with its lowest tenth in white."""
    out = picture.copy()
    out.paste((255, 255, 255), (0, round(picture.height * 0.9), *picture.size))
    return out


def spliced(picture: Image.Image, other: Image.Image) -> Image.Image:
    """The upper 60 % of the picture above the rest of another one, as damage leaves it."""
    out = other.resize(picture.size)
    out.paste(picture.crop((0, 0, picture.width, round(picture.height * 0.6))))
    return out


def collage(picture: Image.Image, other: Image.Image) -> Image.Image:
    """Both side by side."""
    out = Image.new("RGB", (2 * picture.width, picture.height))
    out.paste(picture)
    out.paste(other.resize(picture.size), (picture.width, 0))
    return out


def brighter(picture: Image.Image, other: Image.Image) -> Image.Image:
    """The middle 90 % of each side, 20 grey levels brighter."""
    return crop(0.9)(picture, other).point(lambda level: min(255, level + 20))


def saved_again(picture: Image.Image, other: Image.Image) -> Image.Image:
    """The middle 90 % of each side, half as large, as a JPEG of quality 50."""
    small = ImageOps.scale(crop(0.9)(picture, other), 0.5)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=50)
    return Image.open(buffer)


WAYS: dict[str, Way] = {
    **{f"middle {kept:.0%} of each side": crop(kept) for kept in (0.98, 0.95, 0.9, 0.85, 0.75)},
    **{f"middle {kept:.0%} of each side": crop(kept) for kept in (0.66, 0.5, 0.4)},
    "upper left 80% of each side": crop(0.8, 0.0),
    "middle 90%, half the size, quality 50": saved_again,
    "middle 90%, 20 levels brighter": brighter,
    "cropped to a square": square,
    "moved by 12 pixels": lambda picture, _: picture.crop((12, 0, *picture.size)),
    "white border of 5%": border(0.05, "white"),
    "black border of 10%": border(0.1, "black"),
    "white banner over the lowest tenth": banner,
    "lower 40% of another picture": spliced,
    "collage of two": collage,
}


def glance(picture: Image.Image) -> bytes | None:
    """As marking takes it."""
    return glance_at(np.asarray(picture.convert("RGB"), np.uint8))


def joined(glances: list[bytes]) -> set[tuple[int, int]]:
    """Indices of those that are taken for the same picture, or for a part of it."""
    same = {(one, two) for one, two, _ in same_pictures(glances)}
    return same | set(parts_among(glances))


def read_photos(path: Path) -> list[Image.Image]:
    photos = []
    for cell in pq.read_table(path, columns=["image"])["image"]:
        with Image.open(io.BytesIO(cell["bytes"].as_py())) as picture:
            photos.append(ImageOps.contain(picture.convert("RGB"), (SIDE, SIDE)))
    return photos


def measure(photos: list[Image.Image]) -> Iterator[dict[str, object]]:
    known = [(photo, own) for photo in photos if (own := glance(photo))]
    start = time.process_time()
    false = len(joined([own for _, own in known]))
    took = time.process_time() - start
    pairs = len(known) * (len(known) - 1) // 2
    yield {
        "copy": "none: different photos",
        "pairs": pairs,
        "joined": false,
        "cpu_s": round(took, 2),
    }
    for name, way in WAYS.items():
        copies = [
            (own, copy)
            for at, (photo, own) in enumerate(known)
            if (copy := glance(way(photo, known[at - 1][0])))
        ]
        found = sum(bool(joined(list(pair))) for pair in copies)
        share = round(found / len(copies), 3)
        yield {"copy": name, "pairs": len(copies), "joined": found, "share": share}


def main() -> None:
    rows = list(measure(read_photos(Path(sys.argv[1]))[1::2]))
    record("likeness", rows, "python -m bench.likeness PHOTOS.parquet")


if __name__ == "__main__":
    main()
