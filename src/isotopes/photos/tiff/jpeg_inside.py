"""Strips and tiles of a TIFF that are JPEGs: marked as JPEG files are, on their coefficients.

So their tables, chroma sampling and quality stay. Each is an abbreviated JPEG; the tables that it
leaves out are in a tag of the page.
Reference: Adobe's TIFF technical note 2.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.marks import Mark, PatternlessMark, Rendered, render_cached
from isotopes.photos.jpeg import coefficients
from isotopes.photos.jpeg.metadata import ADOBE
from isotopes.photos.jpeg.segments import (
    APP14,
    DHT,
    DQT,
    EOI,
    SOI,
    Segment,
    graft_segments,
    read_segments,
)
from isotopes.photos.jpeg.through_pixels import mark_pixels
from isotopes.photos.tiff.layout import JPEG_TABLES, YCBCR, TiffPage
from isotopes.photos.tiff.samples import Spot, extent, spots

TABLES = {DQT, DHT}


@dataclass(frozen=True)
class Crop(Mark):
    """The part of `mark` that lies on one segment of a picture; beyond the edge, the edge repeats.

    Attributes:
        mark: as it lies on the whole stored picture.
        height, width: of that picture.
        top, left: where the segment begins.
    """

    mark: Mark
    height: int
    width: int
    top: int
    left: int

    def render(self, height: int, width: int) -> Rendered:
        """The part at its own height and width."""
        whole = render_cached(self.mark, self.height, self.width)
        rows = np.minimum(np.arange(self.top, self.top + height), self.height - 1)
        columns = np.minimum(np.arange(self.left, self.left + width), self.width - 1)
        mask = None if whole.mask is None else whole.mask[np.ix_(rows, columns)]
        return Rendered(np.ascontiguousarray(whole.pixels[np.ix_(rows, columns)]), mask)


def mark_segments(
    data: bytes, page: TiffPage, tables: bytes, mark: Mark, insertion: Insertion
) -> Iterator[bytes]:
    """The page's segments with the mark in them.

    Args:
        tables: the abbreviated JPEG with their tables (tag 347); empty if there is none.
        mark: as it lies on the stored picture.

    Raises:
        PhotoError, OSError: a segment that can't be decoded or written, or that a change needs
            more than itself for.
    """
    transform = 1 if page.photometric == YCBCR else 0
    colours = Segment(APP14, ADOBE + b"\0\x64\0\0\0\0" + bytes([transform]))
    shared = _tables(tables)
    for spot, place, size in zip(spots(page), page.places, page.sizes, strict=False):
        whole = _whole(data[place : place + size], tables, colours)
        part = _part(mark, page, spot)
        marked = coefficients.mark_coefficients(whole, part, insertion)
        if marked is None:
            marked = mark_pixels(whole, part, insertion)
        yield _abbreviated(marked, shared)


def _part(mark: Mark, page: TiffPage, spot: Spot) -> Mark:
    """The mark on one segment."""
    if not isinstance(mark, PatternlessMark):
        return Crop(mark, page.height, page.width, spot.rows.start, spot.columns.start)
    stored = tuple(page.segment) if page.tiled else extent(spot)
    if not mark.pointwise and stored != (page.height, page.width):
        raise PhotoError(
            "a warp can't go into a TIFF made of several JPEGs",
            hint="another family of marks can, or save the picture in one piece",
        )
    return mark


def jpeg_tables(data: bytes, page: TiffPage) -> bytes:
    """The page's shared tables, as the file holds them; empty if it has none."""
    field = page.fields.get(JPEG_TABLES)
    return b"" if field is None else data[field.place : field.place + field.size]


def _whole(segment: bytes, tables: bytes, colours: Segment) -> bytes:
    if not segment.startswith(SOI):
        raise PhotoError("the header of a JPEG inside it is damaged or cut short")
    shared = tables[2:].removesuffix(EOI)
    return graft_segments(b"".join((SOI, shared, segment[2:])), [colours])


def _abbreviated(picture: bytes, shared: set[bytes]) -> bytes:
    """The JPEG without the tables that it shares with the others."""
    file = io.BytesIO(picture)
    kept = [
        segment.encode()
        for segment in read_segments(file)
        if not segment.is_metadata and not (_split(segment) and _split(segment) <= shared)
    ]
    return b"".join((SOI, *kept, memoryview(picture)[file.tell() :]))


def _tables(stream: bytes) -> set[bytes]:
    """The tables of an abbreviated stream, each by itself."""
    found: set[bytes] = set()
    position = 2
    while position + 4 <= len(stream) and stream[position + 1] in TABLES:
        end = position + 2 + int.from_bytes(stream[position + 2 : position + 4], "big")
        found |= _split(Segment(stream[position + 1], stream[position + 4 : end]))
        position = end
    return found


def _split(segment: Segment) -> set[bytes]:
    """The tables of one segment; empty if it holds none."""
    found, body = set(), segment.body
    while segment.marker in TABLES and body:
        length = 17 + sum(body[1:17]) if segment.marker == DHT else 1 + 64 * (1 + (body[0] >> 4))
        found.add(bytes([segment.marker]) + body[:length])
        body = body[length:]
    return found
