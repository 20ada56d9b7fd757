"""From a page's segments to its samples and back: strips and tiles, planes, byte order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import PhotoError
from isotopes.photos.tiff.codecs import (
    decode_bytes,
    encode_bytes,
    take_differences,
    undo_differences,
)
from isotopes.photos.tiff.layout import TiffPage


class Spot(NamedTuple):
    """Where a segment lies on the picture.

    Attributes:
        rows, columns: of the picture; at the edges fewer than a tile has.
        planes: samples that it holds.
    """

    rows: slice
    columns: slice
    planes: slice


def spots(page: TiffPage) -> list[Spot]:
    """Where each segment lies, in the file's order.

    Raises:
        PhotoError: the file has a different number of them.
    """
    high, wide = page.segment
    planes_apart = page.samples if page.separate else 1
    wanted = planes_apart * -(-page.height // high) * -(-page.width // wide)
    if wanted > len(page.places):
        raise PhotoError(f"a TIFF must hold {wanted} strips, got {len(page.places)}")
    groups = (
        [slice(n, n + 1) for n in range(page.samples)] if page.separate else [slice(page.samples)]
    )
    return [
        Spot(
            slice(top, min(top + high, page.height)),
            slice(left, min(left + wide, page.width)),
            planes,
        )
        for planes in groups
        for top in range(0, page.height, high)
        for left in range(0, page.width, wide)
    ]


def read_samples(data: bytes, page: TiffPage, order: str) -> NDArray[Any]:
    """All samples of the page as stored: uint8 or uint16, shape (height, width, samples).

    Args:
        order: "<" or ">".

    Raises:
        PhotoError, OSError: damaged or cut short.
    """
    kind = np.dtype(f"{order}u{page.bits[0] // 8}")
    out = np.empty((page.height, page.width, page.samples), kind.newbyteorder("="))
    for spot, place, size in zip(spots(page), page.places, page.sizes, strict=False):
        rows, columns, planes = _stored_shape(page, spot)
        row_bytes = columns * planes * kind.itemsize
        if place + size > len(data):
            raise PhotoError("truncated")
        encoded = data[place : place + size]
        plain = decode_bytes(encoded, page.compression, rows, row_bytes)
        block = np.frombuffer(plain, kind, rows * columns * planes)
        block = block.reshape(rows, columns, planes).astype(out.dtype)
        if page.predictor == 2:
            block = undo_differences(block)
        high, wide = extent(spot)
        out[spot] = block[:high, :wide]
    return out


def write_samples(samples: NDArray[Any], page: TiffPage, order: str) -> Iterator[bytes]:
    """The page's segments with these samples in them; a tile's padding repeats its edge."""
    kind = np.dtype(f"{order}u{page.bits[0] // 8}")
    for spot in spots(page):
        rows, columns, planes = _stored_shape(page, spot)
        high, wide = extent(spot)
        padding = ((0, rows - high), (0, columns - wide), (0, 0))
        block = np.pad(samples[spot], padding, mode="edge")
        if page.predictor == 2:
            block = take_differences(block)
        row_bytes = columns * planes * kind.itemsize
        yield encode_bytes(block.astype(kind).tobytes(), page.compression, row_bytes)


def extent(spot: Spot) -> tuple[int, int]:
    """Rows and columns of the picture that a segment holds."""
    return spot.rows.stop - spot.rows.start, spot.columns.stop - spot.columns.start


def _stored_shape(page: TiffPage, spot: Spot) -> tuple[int, int, int]:
    """Rows, columns and samples of the segment in the file: tiles are whole at the edges too."""
    planes = 1 if page.separate else page.samples
    return (*page.segment, planes) if page.tiled else (*extent(spot), planes)
