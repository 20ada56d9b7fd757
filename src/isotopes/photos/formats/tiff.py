"""TIFF: one page of grey or colour, 8 or 16 bits; changed in place (`photos/tiff`).

Cameras' raw files are TIFFs too, with a small preview where a TIFF has its picture: we recognise
them by their sub-directories and leave them alone.
Reference: TIFF 6.0; Adobe TIFF technical note 1 (sub-directories).
"""

from __future__ import annotations

import io
import mmap
from collections.abc import Iterator
from typing import BinaryIO

from isotopes.photos.format import Format, outside, too_large
from isotopes.photos.formats.finished import checked
from isotopes.photos.metadata.directories import HEADERS, Directories
from isotopes.photos.tiff.codecs import LOSSLESS
from isotopes.photos.tiff.layout import (
    BLACK_IS_ZERO,
    CMYK,
    JPEG,
    PALETTE,
    RAW_VERSION,
    RGB,
    WHITE_IS_ZERO,
    YCBCR,
    TiffPage,
    read_pages,
    reduced_copies,
)
from isotopes.photos.tiff.mark import mark_page
from isotopes.photos.tiff.strip import strip_pages

UNSIGNED, PREMULTIPLIED = 1, 1
SIGNATURE_SIZE = 4
MOST_SAMPLES = 16  # colours, alpha, and masks that somebody saved
GREY = {WHITE_IS_ZERO, BLACK_IS_ZERO}
COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1}
DEPTHS: dict[tuple[int, ...], set[int]] = {
    (8,): {*GREY, RGB, PALETTE, YCBCR},
    (16,): {*GREY, RGB},
}


def _why_not(file: BinaryIO) -> str | None:
    data = _mapped(file)
    directories = Directories(data)
    pages = read_pages(directories)
    page = pages[0]
    copies = reduced_copies(directories, page)
    if RAW_VERSION in page.fields or page.is_reduced or copies is None:
        return "a camera's raw file"
    if not all(other.is_reduced for other in pages[1:]):
        return "several pages"
    if page.photometric == CMYK:
        return "CMYK"
    if unusual := _unusual(page):
        return f"an unusual kind of TIFF ({unusual})"
    ends = [place + size for place, size in zip(page.places, page.sizes, strict=True)]
    return "truncated" if max(ends) > len(data) else too_large(page.width, page.height)


def _beside(data: bytes) -> Iterator[bytes]:
    page = read_pages(Directories(data))[0]
    pixels = ((place, place + size) for place, size in zip(page.places, page.sizes, strict=True))
    yield from outside(data, pixels, SIGNATURE_SIZE)


def _mapped(file: BinaryIO) -> bytes | mmap.mmap:
    """The file's bytes; a file on disk is mapped, not read, as its pixels may be gigabytes."""
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except io.UnsupportedOperation:
        return file.read()


def _unusual(page: TiffPage) -> str | None:
    """What about its coding is unusual, in words; None if nothing is."""
    bits, depths = page.bits[0], DEPTHS.get(tuple(set(page.bits)), set())
    reasons = {
        f"{bits} bit(s)": not depths,
        f"colours of kind {page.photometric}": page.photometric not in depths,
        f"samples of kind {page.formats[0]}": set(page.formats) != {UNSIGNED},
        f"compression {page.compression}": page.compression not in {*LOSSLESS, JPEG},
        f"predictor {page.predictor}": page.predictor not in {1, 2},
        "bits in reverse": page.fill_order != 1,
        "colours multiplied with alpha": PREMULTIPLIED in page.extra,
        f"{page.samples} samples": page.samples > MOST_SAMPLES
        or page.colours != COLOURS.get(page.photometric, page.colours),
    }
    if page.compression == JPEG:
        allowed = {BLACK_IS_ZERO, RGB, YCBCR}
        reasons["JPEG inside"] = page.photometric not in allowed or page.separate or bits != 8
        reasons["JPEG inside with extra samples"] = bool(page.extra)
    elif page.photometric == YCBCR:
        reasons["YCbCr"] = True
    return next((reason for reason, holds in reasons.items() if holds), None)


TIFF = Format(
    name="TIFF",
    media_type="image/tiff",
    accepts=lambda head: head[:4] in HEADERS,
    why_not=_why_not,
    mark=mark_page,
    strip=checked(strip_pages),
    beside=_beside,
)
