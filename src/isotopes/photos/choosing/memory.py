"""How much memory marking a picture takes, read off its header before anything is allocated.

A header costs nothing to write: a PNG of 2 MB can hold 246 megapixels of 16-bit RGBA. The factors
are bytes for each pixel at the peak, measured for each format (tests/photos/choosing/test_memory.py
compares them with the real peak). The file itself is in memory up to three times.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from isotopes.errors import PhotoError
from isotopes.photos.formats import HEAD, recognise
from isotopes.photos.reading import opened

FILE_COPIES = 3
ON_COEFFICIENTS = 100_000_000  # pixels: a larger JPEG is decoded, which takes less memory
SAMPLES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # of each PNG colour type, a palette's colours decoded
BITS = 258  # TIFF's tag


@dataclass(frozen=True)
class PictureHeader:
    """What decides how much memory a picture takes.

    Attributes:
        format: as `Format.name`.
        pixels: width times height.
        depth: bytes of each decoded pixel.
        lossless: whether a WebP is lossless.
    """

    format: str
    pixels: int
    depth: int
    lossless: bool = False


def memory_needed(source: Path | bytes, picture: Image.Image | None = None) -> int:
    """Roughly how many bytes it takes at the peak to mark the picture in this file.

    Args:
        source: the file, or its contents.
        picture: as opened from it, if it is open already.

    Raises:
        PhotoError: not a picture that can be marked.
        OSError: it can't be read.
        Exception: what Pillow raises on damaged headers.
    """
    header = read_picture_header(source, picture)
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    return FILE_COPIES * size + header.pixels * _bytes_per_pixel(header)


def explain_memory(need: int, limit: int) -> str:
    """Why a picture that needs more memory than it may take is left alone."""
    return f"needs about {need / 1e9:.1f} GB of memory, and may take {limit / 1e9:.1f} (--memory)"


def _bytes_per_pixel(header: PictureHeader) -> int:
    depth = header.depth
    match header.format:
        case "JPEG" if depth == 1:
            return 8
        case "JPEG":
            return 30 if header.pixels <= ON_COEFFICIENTS else 20
        case "PNG":
            return 4 + 4 * depth
        case "WebP":
            return 54 if header.lossless else 37
        case "TIFF":
            return 12 + 8 * depth
        case _:  # HEIC
            return 12 * depth


def read_picture_header(source: Path | bytes, picture: Image.Image | None = None) -> PictureHeader:
    """What the file's header says of the picture.

    Args:
        source, picture: as for `memory_needed`.

    Raises:
        PhotoError, OSError, Exception: as `memory_needed`.
    """
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
        head = file.read(HEAD)
        known = recognise(head)
        if known is None:
            raise PhotoError("not a picture that can be marked")
        if known.name == "PNG":
            return _png_header(head)
    lossless = b"VP8L" in head
    if picture is not None:
        return PictureHeader(known.name, picture.width * picture.height, _depth(picture), lossless)
    with opened(io.BytesIO(source) if isinstance(source, bytes) else source) as found:
        return PictureHeader(known.name, found.width * found.height, _depth(found), lossless)


def _png_header(head: bytes) -> PictureHeader:
    width, height = (int.from_bytes(head[start : start + 4], "big") for start in (16, 20))
    bits, colour_type = head[24], head[25]
    return PictureHeader(
        "PNG", width * height, SAMPLES.get(colour_type, 4) * (2 if bits == 16 else 1)
    )


def _depth(picture: Image.Image) -> int:
    if isinstance(picture, TiffImageFile) and picture.mode != "P":
        return max(1, sum(picture.tag_v2.get(BITS, (8,))) // 8)
    return 3 if picture.mode == "P" else len(picture.getbands())
