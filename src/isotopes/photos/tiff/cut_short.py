"""What can still be decoded of a TIFF that is cut short: its first rows, whatever their coding."""

from __future__ import annotations

import io
import struct

from PIL.TiffImagePlugin import TiffImageFile

from isotopes.errors import PhotoError
from isotopes.photos.format import too_large
from isotopes.photos.metadata.directories import WHOLE, Directories
from isotopes.photos.tiff.layout import HEIGHT, STRIP_SIZES, TILE_SIZES, TiffPage, read_pages


def first_rows(data: bytes) -> tuple[bytes, int]:
    """The same TIFF with as many of its first rows as can be decoded, and how many are missing.

    libtiff gives up a picture of which one strip is damaged. It decodes no more of a strip than the
    height in the header asks for, so a smaller height makes it show what is there.

    Raises:
        PhotoError: the file is no TIFF, its directory is missing, or not one row is there.
    """
    page = read_pages(Directories(data))[0]
    if reason := too_large(page.width, page.height):
        raise PhotoError(reason)
    fewest, most = 0, page.height  # `fewest` rows can be decoded, and more than `most` can't
    while fewest < most:
        middle = (fewest + most + 1) // 2
        if _can_be_decoded(_with_height(data, page, middle)):
            fewest = middle
        else:
            most = middle - 1
    if not fewest:
        raise PhotoError("no row of the picture is there")
    return _with_height(data, page, fewest), page.height - fewest


def _can_be_decoded(data: bytes) -> bool:
    try:
        TiffImageFile(io.BytesIO(data)).load()
    except Exception:  # noqa: BLE001 - Pillow raises anything on damaged files
        return False
    return True


def _with_height(data: bytes, page: TiffPage, height: int) -> bytes:
    """The TIFF with another height, and no segment longer than the file."""
    directories = Directories(data)
    sizes = [
        max(0, min(size, len(data) - place))
        for place, size in zip(page.places, page.sizes, strict=True)
    ]
    values = {HEIGHT: [height], TILE_SIZES if page.tiled else STRIP_SIZES: sizes}
    for tag, numbers in values.items():
        field = page.fields[tag]
        letters = f"{directories.order}{len(numbers)}{WHOLE[field.kind]}"
        directories.write(field, struct.pack(letters, *numbers))
    return bytes(directories.buffer)
