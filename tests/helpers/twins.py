"""The attack that marked files must withstand: find a picture without the mark, work the mark out.

Nothing here knows how the code under test looks for pictures: every place where one may begin is
tried with a decoder.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import warnings
import zlib
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"GIF8", b"8BPS", b"BM")
TEXT = re.compile(rb"(?:[A-Za-z0-9+/=]|\s|&#xA;){200,}")
DIGITS = re.compile(rb"(?:[0-9a-fA-F]|\s){200,}")


def unfolded(data: bytes) -> Iterator[bytes]:
    """The data, and what is compressed or written as text in it."""
    yield data
    yield from _joined(data)
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        try:
            inner = zlib.decompressobj().decompress(data[found.start() :], 2_000_000)
        except zlib.error:
            continue
        yield inner
        yield from _from_text(inner)
    yield from _from_text(data)


def _joined(data: bytes) -> Iterator[bytes]:
    """What lies cut over several segments of a JPEG: Photoshop's resources, extended XMP."""
    for marker, head, skip in (
        (b"\xff\xed", b"Photoshop 3.0\0", 14),
        (b"\xff\xe1", b"http://ns.adobe.com/xmp/extension/\0", 75),
    ):
        starts = [m.start() for m in re.finditer(re.escape(marker) + b".." + head, data, re.DOTALL)]
        bodies = []
        for start in starts:
            end = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
            bodies.append(data[start + 4 + skip : end])
        yield b"".join(bodies)
        yield from _from_text(b"".join(bodies))


def _from_text(data: bytes) -> Iterator[bytes]:
    for found in TEXT.finditer(data):
        letters = re.sub(rb"\s|&#xA;|=", b"", found.group())
        for skip in range(4 if len(letters) > 80 else 0):
            yield base64.b64decode(letters[skip:] + b"A" * (-(len(letters) - skip) % 4))
    for found in DIGITS.finditer(data):
        digits = b"".join(found.group().split())
        for skip in (0, 1):
            yield binascii.unhexlify(digits[skip:][: (len(digits) - skip) // 2 * 2])


def embedded_pictures(data: bytes) -> list[NDArray[np.uint8]]:
    """All pictures in a file but the one that it shows: uint8, (height, width, 3)."""
    found = []
    for block in unfolded(data):
        for start in STARTS:
            place = block.find(start, 1 if block is data else 0)
            while place >= 0:
                found += _decoded(block[place:])
                place = block.find(start, place + 1)
    return found + _further_pages(data)


def _decoded(data: bytes) -> list[NDArray[np.uint8]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as picture:
                pixels = np.asarray(picture.convert("RGB"))
                return [pixels, pixels[..., ::-1]]  # Photoshop 4 exchanged red and blue
        except Exception:  # noqa: BLE001 - decoders raise anything
            return []


def _further_pages(data: bytes) -> list[NDArray[np.uint8]]:
    if data[:2] not in {b"II", b"MM"}:
        return []
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        pages: list[Any] = list(file.pages)[1:]
        for page in file.pages:
            pages += list(page.pages or ())
        return [page.asarray() for page in pages]


def mark_from_twin(
    marked: NDArray[np.uint8], twin: NDArray[np.uint8], mark: NDArray[np.uint8], alpha: float
) -> float:
    """How well the mark comes back from a picture and its smaller twin: a correlation.

    Args:
        marked, mark: of one size, (height, width, 3).
        twin: what may be the same picture without the mark.
    """
    height, width = twin.shape[:2]

    def small(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA).astype(float)

    estimate = (small(marked) - (1 - alpha) * twin) / alpha
    spread = estimate.std() * small(mark).std()
    if spread == 0:
        return 0.0
    return float(np.corrcoef(estimate.ravel(), small(mark).ravel())[0, 1])
