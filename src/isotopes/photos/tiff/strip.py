"""Take metadata out of a TIFF in place; the coded pixels stay as they are."""

from __future__ import annotations

from isotopes.errors import PhotoError
from isotopes.photos.fate import Strip
from isotopes.photos.format import Written
from isotopes.photos.metadata import tags
from isotopes.photos.metadata.cleaned import Purpose, told
from isotopes.photos.metadata.directories import Directories, Range
from isotopes.photos.metadata.tag_cleaner import TagCleaner
from isotopes.photos.tiff.layout import (
    RAW_VERSION,
    TiffPage,
    read_pages,
    reduced_copies,
)

# What else is needed to show it: kind of page, orientation, resolution, page number, colours.
SHOWN = tags.CODING | {254, 255, tags.ORIENTATION, 282, 283, 296, 297, 301, 318, 319, tags.PROFILE}


def strip_pages(data: bytes, strip: Strip) -> Written:
    """The same file without GPS positions, or without all that isn't needed to show it.

    Raises:
        PhotoError: a damaged file, or a camera's raw file.
    """
    directories = Directories(data)
    pages = read_pages(directories)
    if any(_is_raw(directories, page) for page in pages):
        raise PhotoError("a camera's raw file")
    cleaner = TagCleaner(directories, Purpose.NO_POSITION)
    for page in pages:
        if strip == "all":
            directories.keep(page.directory, lambda field: field.tag in SHOWN)
        cleaner.clean(page.directory)
    pixels = [found for page in pages for found in _pixels(page, len(data))]
    end = directories.sweep([*cleaner.used, *pixels])
    directories.resize(end)
    left_out = () if strip == "all" else told(tuple(cleaner.left_out))
    return Written(bytes(directories.buffer), left_out)


def _is_raw(directories: Directories, page: TiffPage) -> bool:
    return RAW_VERSION in page.fields or reduced_copies(directories, page) is None


def _pixels(page: TiffPage, most: int) -> list[Range]:
    ends = [place + size for place, size in zip(page.places, page.sizes, strict=True)]
    if max(ends) > most:
        raise PhotoError("truncated")
    return list(zip(page.places, ends, strict=True))
