"""A mark put into a TIFF: new strips or tiles in the old file, its tags as they were.

Nothing goes through another library's idea of TIFF, so text in any encoding, numbers of any type,
private tags, directories and makers' notes with offsets from the file's start stay what they were.
The finished file is read again: its samples and its tags must be the intended ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.marks import Mark
from isotopes.photos.format import Written
from isotopes.photos.metadata.cleaned import THUMBNAIL, Purpose, merge
from isotopes.photos.metadata.directories import Directories
from isotopes.photos.metadata.tag_cleaner import TagCleaner
from isotopes.photos.orientation import stored_mark
from isotopes.photos.pixels import insert_pixels
from isotopes.photos.tiff.jpeg_inside import jpeg_tables, mark_segments
from isotopes.photos.tiff.layout import (
    JPEG,
    PALETTE,
    STRIP_PLACES,
    STRIP_SIZES,
    TILE_PLACES,
    TILE_SIZES,
    WHITE_IS_ZERO,
    TiffPage,
    read_page,
)
from isotopes.photos.tiff.palette import become_rgb, through_palette
from isotopes.photos.tiff.placing import place_segments
from isotopes.photos.tiff.samples import read_samples, write_samples

POINTERS = {STRIP_PLACES, STRIP_SIZES, TILE_PLACES, TILE_SIZES}


def mark_page(data: bytes, mark: Mark, insertion: Insertion) -> Written:
    """The TIFF with the mark in its first page; a palette becomes RGB.

    Other pages, which have to be smaller copies of the first, are left out.

    Args:
        mark: upright on the picture as shown.

    Raises:
        PhotoError, OSError: a picture that can't be decoded, or not written with the intended tags
            and samples.
    """
    directories = Directories(data)
    page = read_page(directories, directories.first)
    lying = stored_mark(mark, page.orientation)
    wanted: NDArray[Any] | None = None
    if page.compression == JPEG:
        segments = list(mark_segments(data, page, jpeg_tables(data, page), lying, insertion))
    else:
        samples = read_samples(data, page, directories.order)
        if page.photometric == PALETTE:
            samples = through_palette(directories, page, samples)
            page = become_rgb(directories, page)
        wanted = _insert(samples, page, lying, insertion)
        segments = list(write_samples(wanted, page, directories.order))
    written = _write(directories, page, segments)
    _check(written.data, page, wanted)
    return written


def _insert(
    samples: NDArray[Any], page: TiffPage, mark: Mark, insertion: Insertion
) -> NDArray[Any]:
    """Into the colours; extra samples stay as they are."""
    colours, extra = samples[..., : page.colours], samples[..., page.colours :]
    most = np.iinfo(samples.dtype).max
    if page.photometric == WHITE_IS_ZERO:
        marked = most - insert_pixels(most - colours, mark, insertion)
    else:
        marked = insert_pixels(colours, mark, insertion)
    return np.concatenate([marked, extra], axis=2)


def _write(directories: Directories, page: TiffPage, segments: list[bytes]) -> Written:
    """The file with these segments in the place of the old ones."""
    cleaner = TagCleaner(directories, Purpose.MARKED)
    if directories.after(page.directory):
        directories.end_chain(page.directory)
        cleaner.leave_out(THUMBNAIL)
    cleaner.clean(page.directory)
    places = place_segments([len(s) for s in segments], cleaner.used, directories.head)
    ends = [place + len(segment) for place, segment in zip(places, segments, strict=True)]
    end = directories.sweep([*cleaner.used, *zip(places, ends, strict=True)])
    directories.resize(max(end, *ends))  # the new pixels may reach further than the old file
    for place, segment in zip(places, segments, strict=True):
        directories.buffer[place : place + len(segment)] = segment
    numbers = {
        **dict.fromkeys((STRIP_PLACES, TILE_PLACES), places),
        **dict.fromkeys((STRIP_SIZES, TILE_SIZES), [len(s) for s in segments]),
    }
    for tag, values in numbers.items():
        directories.replace_numbers(page.directory, tag, values)
    return Written(bytes(directories.buffer), merge(tuple(cleaner.left_out)))


def _check(data: bytes, page: TiffPage, wanted: NDArray[Any] | None) -> None:
    """Raise PhotoError unless the finished file holds these samples, laid out as before."""
    directories = Directories(data)
    found = read_page(directories, directories.first)
    for name in ("width", "height", "bits", "compression", "photometric", "predictor", "extra",
                 "samples", "separate", "segment", "orientation"):  # fmt: skip
        if getattr(found, name) != getattr(page, name):
            raise PhotoError(f"its tags can't be kept: {name} comes out as {getattr(found, name)}")
    if wanted is not None and (read_samples(data, found, directories.order) != wanted).any():
        raise PhotoError("its samples can't be kept: they come out otherwise")
