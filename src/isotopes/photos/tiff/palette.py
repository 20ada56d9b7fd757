"""A TIFF with a palette becomes one of RGB: a marked picture has more colours than a palette."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import PhotoError
from isotopes.photos.metadata.directories import Directories
from isotopes.photos.tiff.layout import (
    BITS,
    COLOUR_MAP,
    PHOTOMETRIC,
    RGB,
    SAMPLES,
    TiffPage,
    read_page,
)


def through_palette(
    directories: Directories, page: TiffPage, index: NDArray[Any]
) -> NDArray[np.uint8]:
    """The colours that the samples stand for, shape (height, width, 3).

    Raises:
        PhotoError: no palette, or one of another size.
    """
    field = page.fields.get(COLOUR_MAP)
    values = directories.numbers(field) if field else ()
    if len(values) != 3 * 256 or page.samples != 1:
        raise PhotoError(f"a palette must hold 768 values, got {len(values)}")
    colours = (np.array(values, np.uint16).reshape(3, 256) >> 8).astype(np.uint8).T
    return np.ascontiguousarray(colours[index[..., 0]])


def become_rgb(directories: Directories, page: TiffPage) -> TiffPage:
    """Rewrite the page's tags in place; values that need more room go where the palette was.

    Raises:
        PhotoError: a tag that has to change is missing.
    """
    missing = {BITS, PHOTOMETRIC, COLOUR_MAP} - set(page.fields)
    if missing:
        raise PhotoError(f"a TIFF with a palette must have tag {min(missing)}")
    room = page.fields[COLOUR_MAP].place
    directories.write_numbers(page.fields[PHOTOMETRIC], [RGB])
    directories.relocate(page.fields[BITS], [8, 8, 8], room)
    directories.keep(page.directory, lambda field: field.tag not in {COLOUR_MAP, SAMPLES})
    directories.add_short(page.directory, SAMPLES, 3)
    return replace(read_page(directories, page.directory), places=page.places, sizes=page.sizes)
