"""EXIF blocks, cleaned in place: what may stay keeps its offset, the rest becomes zeros.

A maker's note stays readable that way, whatever its offsets count from. In a block of its own (not
a TIFF file) the free end is cut off.
Reference: EXIF 2.32 and 3.0, section 4.6.
"""

from __future__ import annotations

import struct

from isotopes.errors import PhotoError
from isotopes.photos.metadata.cleaned import NOT_UNDERSTOOD, THUMBNAIL, Cleaned, Purpose, merge
from isotopes.photos.metadata.directories import Directories
from isotopes.photos.metadata.tag_cleaner import TagCleaner
from isotopes.photos.metadata.tags import ORIENTATION, XMP_ORIENTATION

PREFIX = b"Exif\0\0"


def clean_exif(exif: bytes, purpose: Purpose) -> Cleaned:
    """The block without what may not stay; not longer than it was.

    Args:
        exif: from its "II" or "MM" on.

    The thumbnail (IFD1) always goes. If the block is too damaged to read, only the orientation
    stays.
    """
    try:
        directories = Directories(exif)
        cleaner = TagCleaner(directories, purpose)
        first = directories.first
        if first and directories.after(first):
            directories.end_chain(first)
            cleaner.leave_out(THUMBNAIL)
        if first:
            cleaner.clean(first)
        end = directories.sweep(cleaner.used)
    except PhotoError:
        return Cleaned(orientation_only(read_orientation(exif)) or None, (NOT_UNDERSTOOD,))
    return Cleaned(bytes(directories.buffer[: end + end % 2]), merge(tuple(cleaner.left_out)))


def without_prefix(exif: bytes) -> bytes:
    """The block from its "II" or "MM" on; some writers put JPEG's identifier before it, twice."""
    while exif.startswith(PREFIX):
        exif = exif[len(PREFIX) :]
    return exif


def orientation_only(orientation: int) -> bytes:
    """An EXIF block that says nothing but the orientation; empty if that is 1 (upright)."""
    return b"" if orientation == 1 else orientation_block(orientation)


def orientation_block(orientation: int) -> bytes:
    """The smallest EXIF block with an orientation, 26 bytes."""
    head = b"MM\0*" + struct.pack(">I", 8)
    return head + struct.pack(">HHHIHHI", 1, ORIENTATION, 3, 1, orientation, 0, 0)


def read_orientation(exif: bytes | None, xmp: bytes | None = None) -> int:
    """EXIF's orientation, else XMP's, else 1: what Pillow's `exif_transpose` uses.

    As there, a value of any whole-number type counts, the first of several values counts, and one
    out of range counts as none.
    """
    value = _tagged_orientation(exif) if exif else None
    if value is None and xmp and (found := XMP_ORIENTATION.search(xmp)):
        value = int(found.group(1))
    return value if value is not None and 1 <= value <= 8 else 1


def _tagged_orientation(exif: bytes) -> int | None:
    try:
        directories = Directories(without_prefix(exif))
        for field in directories.fields(directories.first):
            if field.tag == ORIENTATION:
                return next(iter(directories.numbers(field)), None)
    except PhotoError:
        return None
    return None
