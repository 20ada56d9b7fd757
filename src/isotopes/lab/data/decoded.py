"""An image set decoded once, into a file that is then memory-mapped."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from isotopes.canonical import digest_of
from isotopes.files import atomic_write
from isotopes.lab.data.image_sets import ImageSet
from isotopes.lab.data.pictures import Pictures, Skip, decode_one

VERSION = 1  # goes up when decoding gives different pixels


def decoded(
    images: ImageSet, size: tuple[int, int], cache: Path, skip: Skip | None = None
) -> Pictures:
    """All pictures of an image set in one size, memory-mapped.

    Args:
        size: height and width in pixels.
        cache: a folder of decoded pictures, which are reused.
        skip: called with each damaged picture the first time; it is left out from then on.
    """
    name = digest_of([VERSION, images.digest(), list(size)]).removeprefix("sha256:")[:32]
    pixels, indices = cache / f"{name}.npy", cache / f"{name}.json"
    if not indices.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _decode_all(images, size, pixels, indices, skip)
    kept = _kept(indices)
    mapped = np.load(pixels, mmap_mode="r")[: len(kept)]
    return Pictures(mapped, images.labels[kept], images.names)


def _decode_all(
    images: ImageSet, size: tuple[int, int], pixels: Path, indices: Path, skip: Skip | None
) -> None:
    kept: list[int] = []
    with atomic_write(pixels) as part:
        shape = (len(images), *size, 3)
        out = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=shape)
        for record in images.read(range(len(images))):
            try:
                out[len(kept)] = decode_one(record, size)
            except Exception as error:  # noqa: BLE001 - decoders raise anything on damaged files
                if skip is not None:
                    skip(record.name, str(error))
            else:
                kept.append(record.index)
        out.flush()
    # Last: once it is there, the pixels are whole.
    with atomic_write(indices) as part:
        part.write_text(json.dumps(kept), encoding="utf-8")


@lru_cache(maxsize=16)
def _kept(indices: Path) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(json.loads(indices.read_text(encoding="utf-8")), np.int64)
