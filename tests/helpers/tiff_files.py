"""TIFF files and EXIF blocks of any shape, put together tag by tag."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 1, 2, 3, 4, 5, 7
LETTERS = {BYTE: "B", SHORT: "H", LONG: "I", 8: "h", 9: "i", 13: "I", 16: "Q"}
Value = bytes | str | Sequence[int] | Mapping[int, Any]
Tags = Mapping[int, tuple[int, Value]]  # type and value; a mapping is a directory below


class Builder:
    """Writes directories and what they refer to, one after the other."""

    def __init__(self, order: str = "<", *, big: bool = False) -> None:
        self.order, self.big = order, big
        self.width = 8 if big else 4
        self.offset = "Q" if big else "I"
        mark = b"II" if order == "<" else b"MM"
        head = struct.pack(order + ("HHHQ" if big else "HI"), *((43, 8, 0, 0) if big else (42, 0)))
        self.buffer = bytearray(mark + head)
        self.link = len(self.buffer) - self.width  # where the offset of the next page belongs

    def add(self, data: bytes) -> int:
        """Append, at an even place; the place."""
        self.buffer += bytes(len(self.buffer) % 2)
        place = len(self.buffer)
        self.buffer += data
        return place

    def directory(self, tags: Tags) -> int:
        """Write a directory, after what it refers to; its place."""
        entries = b"".join(self._entry(tag, *tags[tag]) for tag in sorted(tags))
        count = struct.pack(self.order + ("Q" if self.big else "H"), len(tags))
        return self.add(count + entries + bytes(self.width))

    def page(self, tags: Tags) -> None:
        """Write a directory and link it to the chain."""
        place = self.directory(tags)
        struct.pack_into(self.order + self.offset, self.buffer, self.link, place)
        self.link = len(self.buffer) - self.width

    def _entry(self, tag: int, kind: int, value: Value) -> bytes:
        packed, count = self._pack(kind, value)
        head = struct.pack(f"{self.order}HH{self.offset}", tag, kind, count)
        if len(packed) <= self.width:
            return head + packed.ljust(self.width, b"\0")
        return head + struct.pack(self.order + self.offset, self.add(packed))

    def _pack(self, kind: int, value: Value) -> tuple[bytes, int]:
        if isinstance(value, Mapping):
            return struct.pack(self.order + self.offset, self.directory(value)), 1
        if isinstance(value, str):
            data = value.encode() + b"\0"
            return data, len(data)
        if isinstance(value, bytes):
            unit = {SHORT: 2, LONG: 4}.get(kind, 1)
            return value, len(value) // unit
        if kind == RATIONAL:
            return struct.pack(f"{self.order}{len(value)}I", *value), len(value) // 2
        return struct.pack(f"{self.order}{len(value)}{LETTERS[kind]}", *value), len(value)


def exif_block(tags: Tags, thumbnail: bytes | None = None, order: str = "<") -> bytes:
    """An EXIF block from its "II" or "MM" on, with a JPEG thumbnail in IFD1 where one is given."""
    builder = Builder(order)
    builder.page(tags)
    if thumbnail is not None:
        place = builder.add(thumbnail)
        builder.page({259: (SHORT, [6]), 513: (LONG, [place]), 514: (LONG, [len(thumbnail)])})
    return bytes(builder.buffer)


def compressed(rows: NDArray[Any], coding: str) -> bytes:
    """A strip's bytes: "deflate", or as libtiff codes them ("tiff_lzw", "packbits")."""
    if coding == "deflate":
        return zlib.compress(rows.tobytes())
    flat = np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), -1)
    out = io.BytesIO()
    Image.fromarray(flat).save(out, "TIFF", compression=coding, tiffinfo={278: len(flat)})
    with Image.open(out) as picture:
        (place,), (size,) = picture.tag_v2[273], picture.tag_v2[279]
    return out.getvalue()[place : place + size]


def tiff_file(
    pixels: NDArray[Any],
    tags: Tags | None = None,
    *,
    order: str = "<",
    big: bool = False,
    coding: str | None = None,
    photometric: int | None = None,
    rows: int = 16,
    pixels_last: bool = False,
) -> bytes:
    """A TIFF of one page in strips.

    Args:
        pixels: uint8 or uint16, shape (height, width, samples).
        tags: besides those that say how the pixels are coded.
        coding: as for `compressed`; None for bare samples.
        pixels_last: whether the directory comes first, as cameras write it.
    """
    height, width, samples = pixels.shape
    bits = 8 * pixels.itemsize
    stored = pixels.astype(pixels.dtype.newbyteorder(order))
    strips = [stored[top : top + rows] for top in range(0, height, rows)]
    coded = [compressed(s, coding) if coding else s.tobytes() for s in strips]
    colours = 3 if samples > 2 else 1
    numbers = {None: 1, "tiff_lzw": 5, "deflate": 8, "packbits": 32773}
    builder = Builder(order, big=big)
    places = [builder.add(strip) for strip in coded]
    found: dict[int, tuple[int, Value]] = {
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, [bits] * samples),
        259: (SHORT, [numbers[coding]]),
        262: (SHORT, [(2 if colours == 3 else 1) if photometric is None else photometric]),
        273: (LONG, places),
        277: (SHORT, [samples]),
        278: (LONG, [rows]),
        279: (LONG, [len(strip) for strip in coded]),
        **(tags or {}),
    }
    if samples > colours:
        found.setdefault(338, (SHORT, [2] * (samples - colours)))
    if not pixels_last:
        builder.page(found)
        return bytes(builder.buffer)
    head = b""
    for _ in range(2):  # where the pixels go depends on how long the directory is
        builder = Builder(order, big=big)
        starts = np.cumsum([len(head), *map(len, coded[:-1])])
        builder.page({**found, 273: (LONG, starts.tolist())})
        head = bytes(builder.buffer)
    return head + b"".join(coded)
