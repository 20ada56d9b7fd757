"""The XMP of a TIFF's first page: read, and put in; everything else stays where it lies.

Reference: XMP specification, part 3, section 3.2 (tag 700).
"""

from __future__ import annotations

from isotopes.errors import PhotoError
from isotopes.photos.metadata.directories import Directories, Field
from isotopes.photos.tiff.layout import read_pages

XMP = 700
BYTE = 1
LARGEST = 2**32 - 2**16  # bytes of a file with 32-bit offsets


def xmp_of_page(data: bytes) -> bytes | None:
    """The packet; None if there is none.

    Raises:
        PhotoError: a damaged file.
    """
    directories = Directories(data)
    field = _field(directories)
    return None if field is None else directories.value(field)


def with_xmp_in_page(data: bytes, packet: bytes) -> bytes:
    """The file with this packet in the place of the one that it had, if any.

    A packet with room for it stays where it is. Otherwise packet and directory move behind the
    end: the header alone points to the first directory.

    Raises:
        PhotoError: a damaged file, or one that would need more than 32-bit offsets.
    """
    directories = Directories(data)
    read_pages(directories)
    field = _field(directories)
    if field is not None and len(packet) <= field.size:
        directories.write(field, packet)
        return bytes(directories.buffer)
    if not directories.is_big and len(data) + len(packet) > LARGEST:
        raise PhotoError("there is no room for XMP in a TIFF of 4 GiB")
    if field is not None:
        directories.write(field, b"")
    place = directories.append(packet)
    directories.move_first(XMP, BYTE, len(packet), place)
    return bytes(directories.buffer)


def _field(directories: Directories) -> Field | None:
    found = (field for field in directories.fields(directories.first) if field.tag == XMP)
    return next((field for field in found if field.kind in {BYTE, 7}), None)
