"""Put a mark into one picture file, unless nothing of it would show: a colour mark in grey."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.marks import Mark
from isotopes.photos.formats import Written, mark_bytes
from isotopes.photos.pixels import is_neutral
from isotopes.photos.reading import DEEP, read_picture

COLOUR_ALONE = "grey, and the mark is colour alone"
GREY_MODES = DEEP | {"1", "L", "LA", "F"}


def mark_picture(data: bytes, mark: Mark, alpha: float, *, coloured: bool = False) -> Written:
    """The picture file with the mark in it, added or blended in as the mark says.

    Args:
        coloured: whether the picture is known not to be grey, so that it needn't be checked.

    Raises:
        BlendError: alpha out of [0, 1].
        PhotoError: not a format that can be marked, a picture that can't, or a grey one that
            would carry nothing of this mark.
        Exception: whatever the format's decoder raises on damaged files.
    """
    insertion = Insertion.of(mark, alpha)
    if mark.colour_only and not coloured and is_grey(data):
        raise PhotoError(COLOUR_ALONE)
    return mark_bytes(data, mark, insertion)


def is_grey(data: bytes) -> bool:
    """Whether the file's picture is shown without any colour, whatever it is stored as.

    A file that can't be decoded here isn't called grey: marking it will report what is wrong.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on odd headers and large pictures
        try:
            with Image.open(io.BytesIO(data)) as picture:
                if picture.mode in GREY_MODES:
                    return True
                if picture.format == "JPEG":
                    # Decoding an eighth of each side is cheap, and rules out nearly all pictures.
                    picture.draft("RGB", (picture.width // 8, picture.height // 8))
                    if not is_neutral(np.asarray(picture.convert("RGB"))):
                        return False
        except Exception:  # noqa: BLE001 - decoders raise anything on hostile files
            return False
    try:
        return is_neutral(read_picture(io.BytesIO(data)))
    except PhotoError:
        return False
