"""A JPEG marked by decoding it to pixels and encoding it again, as it was coded."""

from __future__ import annotations

import io
from typing import Any

from PIL.JpegImagePlugin import JpegImageFile

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.marks import Mark
from isotopes.photos.jpeg.segments import DHT, read_segments
from isotopes.photos.pixel_view import BYTES, kept_memory, own_memory
from isotopes.photos.pixels import insert_in_place

# One pair of libjpeg's standard Huffman tables: fewer bytes mean optimised tables.
STANDARD_TABLES = (1 + 16 + 12) + (1 + 16 + 162)
SAMPLINGS = {(1, 1): 0, (2, 1): 1, (2, 2): 2}  # luma samples per chroma sample; Pillow's numbers
RGB_NAMES = (ord("R"), ord("G"), ord("B"))


def mark_pixels(data: bytes, mark: Mark, insertion: Insertion) -> bytes:
    """The JPEG with the mark in it, without its metadata.

    Args:
        data: the whole file.
        mark: as it is to lie on the picture *as stored*, whatever orientation EXIF gives.
        insertion: how it goes in.

    Raises:
        PhotoError: CMYK, or a chroma sampling that Pillow can't write.
        OSError: a picture that can't be decoded.
    """
    picture = JpegImageFile(io.BytesIO(data))
    if picture.mode not in BYTES:
        raise PhotoError(f"a JPEG to mark must be grey or in colour, got {picture.mode}")
    out = io.BytesIO()
    with kept_memory(picture):
        picture.load()
        coding = _coding(picture, data)
        with own_memory(picture) as pixels:
            insert_in_place(pixels, mark, insertion)
        picture.save(out, "JPEG", **coding)
    return out.getvalue()


def _coding(picture: JpegImageFile, data: bytes) -> dict[str, Any]:
    """The settings with which Pillow writes the picture as it was coded."""
    header = read_segments(io.BytesIO(data))
    tables = sum(len(segment.body) for segment in header if segment.marker == DHT)
    progressive = "progressive" in picture.info
    coding: dict[str, Any] = {
        "qtables": _tables(picture),
        "progressive": progressive,
        "optimize": progressive or tables < STANDARD_TABLES * min(picture.layers, 2),
        "keep_rgb": _stored_as_rgb(picture),
    }
    if picture.layers == 3:
        coding["subsampling"] = _sampling(picture)
    return coding


def _tables(picture: JpegImageFile) -> list[list[int]]:
    """Component n gets table n, and if there are fewer the last one serves for the rest."""
    tables = [picture.quantization[table] for *_, table in picture.layer]
    while len(tables) > 1 and tables[-1] == tables[-2]:
        tables.pop()
    return tables


def _sampling(picture: JpegImageFile) -> int:
    """Pillow's number for the chroma sampling, however the file writes it."""
    luma, blue, red = (component[1:3] for component in picture.layer)
    for (across, down), number in SAMPLINGS.items():
        if blue == red and luma == (across * blue[0], down * blue[1]):
            return number
    raise PhotoError(f"chroma sampling {luma}, {blue}, {red} can't be written through pixels")


def _stored_as_rgb(picture: JpegImageFile) -> bool:
    """Whether the components are red, green and blue: libjpeg's rule."""
    if picture.layers != 3 or "jfif" in picture.info:
        return False
    if "adobe" in picture.info:
        return picture.info.get("adobe_transform") == 0
    return tuple(component[0] for component in picture.layer) == RGB_NAMES
