"""A Pillow picture's own memory as a numpy array, without the two copies that numpy needs.

On a 12-megapixel JPEG those copies cost more than the blend and its rounding together. Pillow
hands out its memory through the Arrow C data interface (from 11.2), if it lies in one piece; the
structure is read here, as a library for it would be a large dependency.

Reference: https://arrow.apache.org/docs/format/CDataInterface.html
"""

from __future__ import annotations

import ctypes
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

BYTES = {"L": 1, "RGB": 4}  # in memory, for each pixel; the fourth of RGB is not used
MOST_KEPT = 128 * 2**20  # bytes that are kept for the next picture; 32 megapixels of colour


class _ArrowArray(ctypes.Structure):
    """struct ArrowArray, up to the last field that is needed here."""


_ArrowArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_ArrowArray))),
]
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
_core: Any = Image.core  # type: ignore[attr-defined]  # where Pillow documents its allocator
_allocator = threading.Lock()
_kept: deque[Image.Image] = deque(maxlen=1)  # threads may take from it and add to it at once


@contextmanager
def kept_memory(picture: ImageFile.ImageFile) -> Iterator[None]:
    """In this context `picture` decodes into one piece of memory, as `own_memory` needs it.

    That memory serves the next picture of the same mode and size: clearing new pages takes a fifth
    of the time of decoding a 12-megapixel photo. Nothing may hold it afterwards.

    Args:
        picture: opened, not loaded yet.
    """
    # A decoder that fails raises, unless LOAD_TRUNCATED_IMAGES is set: then the last photo could
    # show.
    kept = None if ImageFile.LOAD_TRUNCATED_IMAGES else _kept_canvas(picture.mode, picture.size)
    canvas = kept or _new_canvas(picture.mode, picture.size)
    picture.im = canvas.im
    yield
    if canvas.width * canvas.height * BYTES.get(canvas.mode, 4) <= MOST_KEPT:
        _kept.append(canvas)


def _kept_canvas(mode: str, size: tuple[int, int]) -> Image.Image | None:
    try:
        canvas = _kept.pop()
    except IndexError:
        return None
    return canvas if (canvas.mode, canvas.size) == (mode, size) else None


def _new_canvas(mode: str, size: tuple[int, int]) -> Image.Image:
    with _allocator:  # Pillow's switch holds for the whole process
        before = _core.get_use_block_allocator()
        _core.set_use_block_allocator(1)
        try:
            return Image.new(mode, size, None)
        finally:
            _core.set_use_block_allocator(before)


@contextmanager
def own_memory(picture: Image.Image) -> Iterator[NDArray[np.uint8]]:
    """The picture's memory, uint8 (height, width, 1 or 4), writable; not to be used afterwards.

    Writing is safe as long as nothing else holds the picture.

    Raises:
        ValueError: the picture is in more than one piece, or its mode isn't L or RGB.
    """
    if picture.mode not in BYTES:
        raise ValueError(f"the picture's mode must be L or RGB, got {picture.mode}")
    shape = picture.height, picture.width, BYTES[picture.mode]
    capsules = picture.__arrow_c_array__()  # they own the export until this generator ends
    array = _ArrowArray.from_address(_pointer(capsules[1], b"arrow_array"))
    values = array.children[0].contents if array.n_children else array
    block = (ctypes.c_uint8 * (shape[0] * shape[1] * shape[2])).from_address(values.buffers[1])
    yield np.ctypeslib.as_array(block).reshape(shape)
