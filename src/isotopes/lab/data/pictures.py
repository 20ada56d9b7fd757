"""Decoded, labelled pictures of one size: what networks are trained on."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isotopes.lab.data.image_sets import ImageSet, Record

Skip = Callable[[str, str], None]  # name and reason


@dataclass(frozen=True, eq=False)
class Pictures:
    """Labelled pictures.

    Attributes:
        pixels: uint8, shape (n, height, width, 3), RGB; may be memory-mapped.
        labels: indices into `names`, int64, shape (n,).
        names: what each label is called.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, indices: NDArray[np.int64]) -> Pictures:
        """The pictures with these indices, in this order."""
        return Pictures(self.pixels[indices], self.labels[indices], self.names)


def to_bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Values in levels of 255 as bytes: rounded and clipped to 0 and 255."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)  # type: ignore[no-any-return]


def decode(
    images: ImageSet, indices: Iterable[int], size: tuple[int, int], skip: Skip | None = None
) -> Pictures:
    """Some pictures of an image set, resized to one size. Labels keep their numbers.

    Args:
        size: height and width in pixels.
        skip: called with each damaged picture, which is left out.
    """
    pixels, kept = [], []
    for record in images.read(list(indices)):
        try:
            pixels.append(decode_one(record, size))
        except Exception as error:  # noqa: BLE001 - decoders raise anything on damaged files
            if skip is not None:
                skip(record.name, str(error))
        else:
            kept.append(record.index)
    stacked = np.stack(pixels) if pixels else np.empty((0, *size, 3), np.uint8)
    return Pictures(stacked, images.labels[kept], images.names)


def decode_one(record: Record, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The picture in RGB, stretched to height and width `size` if it has another size."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on odd headers
        with Image.open(io.BytesIO(record.data)) as opened:
            picture = opened.convert("RGB")
    height, width = size
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(picture)
