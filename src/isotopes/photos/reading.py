"""Read pictures as probes need them: upright, 8-bit RGB."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from isotopes.errors import PhotoError, unreadable
from isotopes.photos.fate import Fate
from isotopes.photos.format import too_large
from isotopes.photos.listing import scan

_pillow_limit = threading.Lock()
PHOTOMETRIC, WHITE_IS_ZERO = 262, 0  # TIFF's
DEEP = {"I", "I;16", "I;16B", "I;16L"}  # 16-bit grey; Pillow would cut it off at 255


def rgb_of(picture: Image.Image) -> NDArray[np.uint8]:
    """The pixels of a picture that Pillow has decoded, as stored: uint8 RGB."""
    return _rgb(picture, is_negative=_is_negative(picture))


def read_picture(source: Path | BinaryIO) -> NDArray[np.uint8]:
    """The picture as it is shown: uint8, shape (height, width, 3), RGB, EXIF orientation applied.

    Only the first picture of an animation is read. Transparency is dropped, as trainers drop it.

    Raises:
        PhotoError: can't be read or decoded, or too many pixels (a decompression bomb).
    """
    with opened(source) as picture:
        return rgb_of(_upright(picture))


def read_small(source: Path | BinaryIO, smallest: int) -> NDArray[np.uint8]:
    """As `read_picture`, but a JPEG is decoded at a smaller scale.

    A photo of 12 megapixels takes a third of the time at 1:8.

    Args:
        smallest: pixels; scaling makes neither side smaller than this.

    Raises:
        PhotoError: as `read_picture`.
    """
    with opened(source) as picture:
        return decode_small(picture, smallest)[0]


def decode_small(picture: Image.Image, smallest: int) -> tuple[NDArray[np.uint8], bool]:
    """An opened picture as `read_small` gives it, and whether it is stored on its side."""
    picture.draft("RGB", (smallest, smallest))
    stored = picture.size
    pixels = rgb_of(_upright(picture))
    return pixels, picture.size != stored


def shrunk(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The picture, its longer side `side` pixels or less; a smaller one stays as it is."""
    height, width = picture.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return picture
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


@contextmanager
def opened(source: Path | BinaryIO) -> Iterator[Image.Image]:
    """The picture, opened but not decoded; what goes wrong in the block becomes a PhotoError."""
    name = source.name if isinstance(source, Path) else "the picture"
    _know_heic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on odd headers and large pictures
        try:
            with _open(source) as picture:
                if reason := too_large(*picture.size):
                    raise PhotoError(f"{name} can't be read: {reason}")
                yield picture
        except PhotoError:
            raise
        except OSError as error:
            # Pillow's own errors, on files that are no pictures, have no errno.
            if isinstance(source, Path) and error.errno is not None:
                raise PhotoError(unreadable(source, error)) from error
            raise PhotoError(f"{name} can't be read: {error}") from error
        except Exception as error:
            raise PhotoError(f"{name} can't be read: {error}") from error


def _open(source: Path | BinaryIO) -> Image.Image:
    """Without Pillow's limit of 179 megapixels, which phones exceed; ours is in `too_large`."""
    with _pillow_limit:  # one for the whole process
        limit = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None
        try:
            return Image.open(source)
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def read_folder(
    folder: Path, on_skip: Callable[[str, str], None] | None = None
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Relative name and picture of every file in `folder` that can be decoded, sorted by name.

    Args:
        on_skip: called with name and reason for each of the others.

    Raises:
        FolderError: not a folder, or one that can't be listed.
    """
    for entry in scan(folder):
        reason = entry.reason
        if entry.fate in {Fate.MARKABLE, Fate.COPIED}:
            try:
                picture = read_picture(folder / entry.name)
            except PhotoError as error:
                reason = reason or str(error)
            else:
                yield entry.name, picture
                continue
        if on_skip is not None:
            on_skip(entry.name, reason)


def _upright(picture: Image.Image) -> Image.Image:
    """Turn it as EXIF says, in place; leave it as stored if EXIF can't be read."""
    picture.load()  # errors in the pixels must be raised
    with contextlib.suppress(Exception):  # Pillow raises anything on damaged EXIF
        ImageOps.exif_transpose(picture, in_place=True)
    return picture


def _is_negative(picture: Image.Image) -> bool:
    """Whether it is a TIFF of 16 bits whose white is 0, which Pillow reads as a negative."""
    tags = getattr(picture, "tag_v2", {})
    return picture.mode in DEEP and tags.get(PHOTOMETRIC) == WHITE_IS_ZERO


def _rgb(picture: Image.Image, *, is_negative: bool) -> NDArray[np.uint8]:
    if picture.mode not in DEEP:
        return np.asarray(picture.convert("RGB"))
    deep = np.asarray(picture).astype(np.int64)
    if is_negative:
        deep = 65_535 - deep
    grey = ((deep + 128) // 257).clip(0, 255).astype(np.uint8)  # 65,535 to 255, rounded
    return np.repeat(grey[..., None], 3, axis=2)


@cache
def _know_heic() -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return
    register_heif_opener()
