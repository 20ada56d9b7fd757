"""A picture's content, read from its file at the smallest scale that serves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isotopes.photos.choosing.colours import colours_of
from isotopes.photos.choosing.glance import glance_at
from isotopes.photos.content import Content, Moment
from isotopes.photos.pixels import is_neutral
from isotopes.photos.reading import decode_small, opened

SMALLEST = 64  # pixels; a JPEG is decoded at the smallest scale that leaves it this size
ICON = 64  # pixels
MAKER, MODEL = 0x010F, 0x0110
EXIF, TAKEN, TAKEN_FRACTION, SERIAL = 0x8769, 0x9003, 0x9291, 0xA431


def read_content(source: Path | BinaryIO) -> Content:
    """What the picture in this file shows.

    Raises:
        PhotoError: it can't be read or decoded.
    """
    with opened(source) as picture:
        return content_of(picture)


def content_of(picture: Image.Image) -> Content:
    """What an opened picture shows; it is decoded, and may be turned upright.

    Raises:
        Exception: whatever Pillow raises on damaged pictures.
    """
    pixels, on_its_side = decode_small(picture, SMALLEST)
    return replace(
        content_in(pixels),
        moment=_moment(picture),
        coloured=not is_neutral(pixels),
        on_its_side=on_its_side,
    )


def content_in(pixels: NDArray[np.uint8], known: NDArray[np.float32] | None = None) -> Content:
    """What these pixels show.

    Args:
        pixels: RGB, shape (height, width, 3), as shown.
        known: as in `glance_at`.
    """
    height, width = pixels.shape[:2]
    checksum = hashlib.sha256(f"{height}x{width}:".encode())
    checksum.update(np.ascontiguousarray(pixels).data)
    if known is not None:
        checksum.update(np.ascontiguousarray(known).data)
    tiny = min(height, width) < ICON
    colours = colours_of(pixels) if known is None else None
    return Content(f"sha256:{checksum.hexdigest()}", glance_at(pixels, known), tiny, colours)


def distinct(contents: Iterable[Content], apart_from: Content | None = None) -> tuple[Content, ...]:
    """Each content but once, in order."""
    found = {content.pixels: content for content in contents}
    if apart_from is not None:
        found.pop(apart_from.pixels, None)
    return tuple(found.values())


def _moment(picture: Image.Image) -> Moment | None:
    """None if EXIF doesn't tell a time: nothing that a file says may raise."""
    try:
        exif = picture.getexif()
        inner = exif.get_ifd(EXIF)
        taken = datetime.strptime(str(inner[TAKEN]).strip("\0 "), "%Y:%m:%d %H:%M:%S")
        fraction = float("0." + (str(inner.get(TAKEN_FRACTION, "")).strip("\0 ") or "0"))
    except Exception:  # noqa: BLE001 - Pillow raises anything on damaged EXIF
        return None
    parts = (exif.get(MAKER, ""), exif.get(MODEL, ""), inner.get(SERIAL, ""))
    seconds = taken.replace(tzinfo=UTC).timestamp() + fraction
    return Moment("/".join(str(part) for part in parts), seconds)
