"""A picture's content, read from its file at the smallest scale that serves."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from isotopes.photos.choosing.glance import glance_at
from isotopes.photos.content import Content, Moment
from isotopes.photos.pixels import is_neutral
from isotopes.photos.reading import read_small

SMALLEST = 128  # pixels; a JPEG is decoded at the smallest scale that leaves it this size
ICON = 64  # pixels
MAKER, MODEL = 0x010F, 0x0110
EXIF, TAKEN, TAKEN_FRACTION, SERIAL = 0x8769, 0x9003, 0x9291, 0xA431


def read_content(source: Path | BinaryIO) -> Content:
    """What the picture in this file shows.

    Raises:
        PhotoError: it can't be read or decoded.
    """
    pixels, exif, on_its_side = read_small(source, SMALLEST)
    height, width = pixels.shape[:2]
    checksum = hashlib.sha256(f"{height}x{width}:".encode())
    checksum.update(np.ascontiguousarray(pixels).data)
    tiny = min(height, width) < ICON
    return Content(
        f"sha256:{checksum.hexdigest()}",
        glance_at(pixels),
        tiny,
        _moment(exif),
        coloured=not is_neutral(pixels),
        on_its_side=on_its_side,
    )


def _moment(exif: Image.Exif) -> Moment | None:
    """None if EXIF doesn't tell a time: nothing that a file says may raise."""
    try:
        inner = exif.get_ifd(EXIF)
        taken = datetime.strptime(str(inner[TAKEN]).strip("\0 "), "%Y:%m:%d %H:%M:%S")
        fraction = float("0." + (str(inner.get(TAKEN_FRACTION, "")).strip("\0 ") or "0"))
    except Exception:  # noqa: BLE001 - Pillow raises anything on damaged EXIF
        return None
    parts = (exif.get(MAKER, ""), exif.get(MODEL, ""), inner.get(SERIAL, ""))
    seconds = taken.replace(tzinfo=UTC).timestamp() + fraction
    return Moment("/".join(str(part) for part in parts), seconds)
