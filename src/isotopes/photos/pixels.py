"""The insertion rule on a file's own pixels: grey or colour, with or without alpha, 8 or 16 bits.

On 8-bit RGB it gives exactly the bytes of `Insertion.apply`.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any

import cv2
import numpy as np
from cachetools import LRUCache, cached
from numpy.typing import NDArray

from isotopes.blending import Insertion
from isotopes.blending.insertion import STEPS
from isotopes.marks import Mark, PatternlessMark

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
CACHE_BYTES = 128 * 2**20  # two 12-megapixel renderings with four bytes a pixel
STRIP = 64  # rows worked on at once, so that they stay in cache


@dataclass(frozen=True)
class Layer:
    """A mark rendered for pixels of one layout.

    Attributes:
        values: uint8, shape (height, width, channels): luma, RGB, or RGB and one unused byte.
        mask: which pixels take part, uint8 0 or 1, shape (height, width); None means all.
        rows: the rows that hold any such pixel.
    """

    values: NDArray[np.uint8]
    mask: NDArray[np.uint8] | None
    rows: slice


def _weight(layer: Layer) -> int:
    size = layer.values.nbytes + (0 if layer.mask is None else layer.mask.nbytes)
    return min(size, CACHE_BYTES)  # a larger one is kept too, alone: the next photo may need it


@cached(LRUCache(CACHE_BYTES, _weight), lock=Lock())
def layer_of(mark: Mark, height: int, width: int, channels: int) -> Layer:
    """The mark at this size in 1 (luma, ITU-R BT.601), 3 (RGB) or 4 (RGB, unused) channels.

    Raises:
        MarkError: a size that no mark can have.
    """
    rendered = mark.render(height, width)
    values: NDArray[Any] = rendered.pixels
    if channels == 1:
        values = cv2.cvtColor(rendered.pixels, cv2.COLOR_RGB2GRAY)[..., None]
    elif channels == 4:
        values = cv2.cvtColor(rendered.pixels, cv2.COLOR_RGB2RGBA)
    if rendered.mask is None:
        return Layer(values, None, slice(0, height))
    taken = np.flatnonzero(rendered.mask.any(axis=1))
    rows = slice(int(taken[0]), int(taken[-1]) + 1) if taken.size else slice(0, 0)
    return Layer(values, rendered.mask.view(np.uint8), rows)


def insert_pixels(pixels: Pixels, mark: Mark, insertion: Insertion) -> Pixels:
    """The pixels with the mark in them; a new array.

    Args:
        pixels: uint8 or uint16, shape (height, width, channels): grey, grey and alpha, RGB, or
            RGB and alpha. Grey takes the mark's luma; an alpha channel stays as it is.
        mark: as it lies on these rows and columns.
        insertion: how the mark goes in.

    Raises:
        MarkError: a size that no mark can have.
    """
    channels = pixels.shape[2]
    drawn = 1 if channels < 3 else 3
    marked: NDArray[Any] = np.array(pixels[..., :drawn], order="C")
    insert_in_place(marked, mark, insertion)
    return marked if channels == drawn else np.concatenate([marked, pixels[..., drawn:]], axis=2)


def insert_colour(pixels: NDArray[np.uint8], mark: Mark, insertion: Insertion) -> NDArray[np.uint8]:
    """As `insert_pixels`, for RGB(A) from a format without grey: a grey picture stays grey."""
    if not is_neutral(pixels):
        return insert_pixels(pixels, mark, insertion)  # type: ignore[return-value]
    grey = insert_pixels(pixels[..., :1], mark, insertion)
    return np.concatenate([grey, grey, grey, pixels[..., 3:]], axis=2)


def insert_in_place(pixels: NDArray[Any], mark: Mark, insertion: Insertion) -> None:
    """Put the mark into C-contiguous pixels.

    Args:
        pixels: shape (height, width, channels): luma, RGB, or RGB and one unused byte.

    Raises:
        MarkError: a size that no mark can have.
    """
    if not isinstance(mark, PatternlessMark):
        _insert_layer(pixels, layer_of(mark, *pixels.shape), insertion)
        return
    colours = pixels[..., :3]
    colours[:] = mark.on(np.ascontiguousarray(colours), insertion.gain)


def _insert_layer(pixels: NDArray[Any], layer: Layer, insertion: Insertion) -> None:
    """Put the layer into C-contiguous pixels of its own shape, in place."""
    for top in range(layer.rows.start, layer.rows.stop, STRIP):
        rows = slice(top, min(top + STRIP, layer.rows.stop))
        _insert_rows(pixels[rows], layer, rows, insertion)


def _insert_rows(part: NDArray[Any], layer: Layer, rows: slice, insertion: Insertion) -> None:
    values: NDArray[Any] = layer.values[rows]
    if part.dtype == np.uint16:
        values = values.astype(np.uint16) * np.uint16(STEPS["uint16"])
    if layer.mask is None:
        insertion.into(part, part, values)
        return
    marked = np.empty_like(part)
    insertion.into(marked, part, values)
    plain = part.shape if part.shape[2] > 1 else part.shape[:2]  # OpenCV has no third axis of 1
    cv2.copyTo(marked.reshape(plain), layer.mask[rows], part.reshape(plain))


def is_neutral(pixels: NDArray[Any]) -> bool:
    """Whether every pixel of RGB(A) has three equal values: a grey picture in a colour format."""
    return all(
        bool((part[..., :1] == part[..., 1:3]).all())
        for part in (pixels[top : top + STRIP] for top in range(0, len(pixels), STRIP))
    )
