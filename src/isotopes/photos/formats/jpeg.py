"""JPEG: on the DCT coefficients where that can be done, else through pixels (docs/jpeg.md)."""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO

from PIL.JpegImagePlugin import JpegImageFile

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.marks import Mark
from isotopes.photos.format import Format, Written, too_large
from isotopes.photos.jpeg import segments
from isotopes.photos.orientation import stored_mark
from isotopes.photos.pixel_view import BYTES, kept_memory, own_memory
from isotopes.photos.pixels import insert_layer, layer_of

TAIL = 64  # bytes at the end in which a whole file has its end marker
# One pair of libjpeg's standard Huffman tables: fewer bytes mean tables made to measure.
STANDARD_TABLES = (1 + 16 + 12) + (1 + 16 + 162)
SAMPLINGS = {(1, 1): 0, (2, 1): 1, (2, 2): 2}  # luma samples per chroma sample; Pillow's numbers
RGB_NAMES = (ord("R"), ord("G"), ord("B"))


def mark_jpeg(data: bytes, mark: Mark, insertion: Insertion) -> Written:
    """The JPEG with the mark in it: same tables, chroma sampling, coding and metadata.

    Args:
        data: the whole file.
        mark: upright on the picture as shown.
        insertion: how it goes in.

    Raises:
        PhotoError, OSError: a picture that can't be decoded or written.
    """
    mark = stored_mark(mark, segments.orientation_of(data))
    on_coefficients = _on_coefficients(data, mark, insertion)
    return Written(on_coefficients or mark_jpeg_pixels(data, mark, insertion))


def mark_jpeg_pixels(data: bytes, mark: Mark, insertion: Insertion) -> bytes:
    """As `mark_jpeg`, decoding to pixels and encoding again.

    Args:
        data: the whole file.
        mark: as it is to lie on the picture *as stored*, whatever orientation EXIF tells.
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
            layer = layer_of(mark, picture.height, picture.width, BYTES[picture.mode])
            insert_layer(pixels, layer, insertion)
        picture.save(out, "JPEG", **coding)
    return segments.graft(out.getvalue(), data)


def _on_coefficients(data: bytes, mark: Mark, insertion: Insertion) -> bytes | None:
    from isotopes.photos.jpeg import coefficients as jpeg_coefficients

    return jpeg_coefficients.mark_jpeg(data, mark, insertion)


def _coding(picture: JpegImageFile, data: bytes) -> dict[str, Any]:
    """The settings with which Pillow writes the picture as it was coded."""
    header = segments.read_segments(io.BytesIO(data))
    tables = sum(len(segment.body) for segment in header if segment.marker == segments.DHT)
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
    """Component n gets table n, and where there are fewer the last one serves for the rest."""
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


def _why_not(file: BinaryIO) -> str | None:
    frame = None
    for segment in segments.read_segments(file):
        if segment.marker in segments.FRAMES:
            frame = segment
    if frame is None or len(frame.body) < 6:
        raise PhotoError("the header is damaged or cut short")
    bits, components = frame.body[0], frame.body[5]
    height, width = (int.from_bytes(frame.body[n : n + 2], "big") for n in (1, 3))
    if components == 4:
        return "CMYK"
    if bits != 8 or components not in {1, 3} or frame.marker not in {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}:
        return "an unusual kind of JPEG"
    if not _has_end(file):
        return "truncated"
    return too_large(width, height)


def _has_end(file: BinaryIO) -> bool:
    """Whether the end marker is there, looking from inside the first scan."""
    start = file.tell()
    end = file.seek(0, os.SEEK_END)
    file.seek(max(start, end - TAIL))
    if segments.EOI in file.read():
        return True
    file.seek(start)  # phones put films behind the picture
    return segments.EOI in file.read()


JPEG = Format(
    name="JPEG",
    accepts=lambda head: head.startswith(b"\xff\xd8\xff"),
    why_not=_why_not,
    mark=mark_jpeg,
    strip=lambda data, strip: Written(segments.strip_jpeg(data, strip)),
)
