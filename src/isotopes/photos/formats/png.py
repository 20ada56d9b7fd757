"""PNG: every colour type and bit depth; all chunks but those of the pixels stay as they are.

A layout that can't hold the marked picture becomes the smallest one that can:
- a palette stays one while 256 colours are enough, else RGB;
- one colour that means "transparent" becomes an alpha channel;
- 1, 2 and 4 bits of grey become 8; interlaced rows become plain ones.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.marks import Mark
from isotopes.photos.fate import Strip
from isotopes.photos.format import Format, Written, too_large
from isotopes.photos.formats.finished import checked
from isotopes.photos.formats.palette import to_palette
from isotopes.photos.formats.png_chunks import (
    CORE,
    SIGNATURE,
    Chunk,
    chunk_places,
    graft_chunks,
    read_chunks,
    write_chunks,
)
from isotopes.photos.formats.png_metadata import clean_chunks, needed_chunks, png_orientation
from isotopes.photos.metadata.cleaned import FURTHER, Purpose, merge, told
from isotopes.photos.orientation import stored_mark
from isotopes.photos.pixels import Pixels, insert_pixels

GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6  # IHDR's colour types
LEVEL = 6  # zlib's default; the original's level isn't recorded


def mark_png(data: bytes, mark: Mark, insertion: Insertion) -> Written:
    """The PNG with the mark in it; alpha channel, bit depth and metadata kept.

    Raises:
        PhotoError, OSError: a picture that can't be decoded.
    """
    chunks = read_chunks(io.BytesIO(data))
    core = [chunk for chunk in chunks if chunk.kind in CORE]
    pixels = insert_pixels(_decode(core), stored_mark(mark, png_orientation(chunks)), insertion)
    encoded = _encode(pixels, palette=_colour_type(core) == PALETTE)
    kept, left_out = clean_chunks(chunks, Purpose.MARKED)
    marked = write_chunks(graft_chunks(read_chunks(io.BytesIO(encoded)), kept))
    return Written(marked, merge(left_out, _trailer(data, chunks)))


def _decode(core: list[Chunk]) -> Pixels:
    """Pixels (height, width, 1 to 4) from the chunks that hold them; 8 or 16 bits."""
    kind, depth = _colour_type(core), core[0].body[8]
    if depth == 16:
        pixels = _decode_deep(core)
    else:
        picture: Image.Image = PngImageFile(io.BytesIO(write_chunks(core)))
        if kind == PALETTE:
            picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
        elif picture.mode == "1":
            picture = picture.convert("L")
        pixels = _with_channels(np.asarray(picture))
    key = next((chunk.body for chunk in core if chunk.kind == b"tRNS"), None)
    if key is None or pixels.shape[2] in {2, 4}:
        return pixels
    return _with_alpha(pixels, np.frombuffer(key, ">u2"), depth)


def _decode_deep(core: list[Chunk]) -> NDArray[np.uint16]:
    if _colour_type(core) == GREY_ALPHA:  # four bytes a pixel, as in 8-bit RGBA: read as such
        disguised = [_header(core[0], 8, RGB_ALPHA), *core[1:]]
        raw = np.asarray(PngImageFile(io.BytesIO(write_chunks(disguised))))
        return np.ascontiguousarray(raw).view(">u2").astype(np.uint16)
    # Pillow has no 16-bit colour.
    decoded: Any = cv2.imdecode(np.frombuffer(write_chunks(core), np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16:
        raise PhotoError("the 16-bit picture can't be decoded")
    deep: NDArray[np.uint16] = _with_channels(decoded)
    return deep if deep.shape[2] == 1 else _swap_red_and_blue(deep)


def _encode(pixels: Pixels, *, palette: bool) -> bytes:
    if pixels.dtype == np.uint16:
        return _encode_deep(pixels)
    picture = to_palette(pixels) if palette else None
    out = io.BytesIO()
    (picture or Image.fromarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels)).save(
        out, "PNG", compress_level=LEVEL
    )
    return out.getvalue()


def _encode_deep(pixels: NDArray[Any]) -> bytes:
    if pixels.shape[2] == 2:  # the same trick as in _decode_deep
        out = io.BytesIO()
        Image.fromarray(pixels.astype(">u2").view(np.uint8)).save(out, "PNG", compress_level=LEVEL)
        chunks = read_chunks(io.BytesIO(out.getvalue()))
        return write_chunks([_header(chunks[0], 16, GREY_ALPHA), *chunks[1:]])
    ordered = pixels if pixels.shape[2] == 1 else _swap_red_and_blue(pixels)
    _, encoded = cv2.imencode(".png", ordered, [cv2.IMWRITE_PNG_COMPRESSION, LEVEL])
    return encoded.tobytes()


def _with_alpha(pixels: Pixels, key: NDArray[Any], depth: int) -> Pixels:
    """The pixels with an alpha channel that is 0 where a pixel is the key colour."""
    most = 65_535 if depth == 16 else 255
    wanted = key.astype(np.int64) * most // (2**depth - 1)
    opaque = (pixels != wanted).any(axis=2, keepdims=True)
    return np.concatenate([pixels, (opaque * most).astype(pixels.dtype)], axis=2)


def _with_channels(pixels: NDArray[Any]) -> NDArray[Any]:
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _swap_red_and_blue(pixels: NDArray[Any]) -> NDArray[Any]:
    order = [2, 1, 0, 3][: pixels.shape[2]]
    return np.ascontiguousarray(pixels[..., order])


def _header(header: Chunk, depth: int, kind: int) -> Chunk:
    return Chunk(header.kind, header.body[:8] + bytes([depth, kind]) + header.body[10:])


def _colour_type(core: list[Chunk]) -> int:
    return core[0].body[9]


def _why_not(file: BinaryIO) -> str | None:
    animated, size = False, (0, 0)
    for kind, length in chunk_places(file):
        if kind == b"IHDR" and length == 13:
            body = file.read(8)
            size = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:], "big")
        animated |= kind == b"acTL"
    if 0 in size:
        raise PhotoError("the header is damaged")
    return "animated" if animated else too_large(*size)


def _strip(data: bytes, strip: Strip) -> Written:
    chunks = read_chunks(io.BytesIO(data))
    if strip == "gps":
        kept, left_out = clean_chunks(chunks, Purpose.NO_POSITION)
    else:
        kept, left_out = needed_chunks(chunks), ()
    return Written(write_chunks(kept), told(left_out, _trailer(data, chunks)))


def _beside(data: bytes) -> Iterator[bytes]:
    file = io.BytesIO(data)
    end = len(SIGNATURE)
    for kind, length in chunk_places(file):
        end = file.tell() + length + 4
        if kind not in CORE:
            yield file.read(length)
    yield data[end:]


def _trailer(data: bytes, chunks: list[Chunk]) -> tuple[str, ...]:
    """What to report if data follows the picture; that data isn't carried over."""
    length = len(SIGNATURE) + sum(12 + len(chunk.body) for chunk in chunks)
    return (FURTHER,) if len(data) > length else ()


PNG = Format(
    name="PNG",
    media_type="image/png",
    accepts=lambda head: head.startswith(SIGNATURE),
    why_not=_why_not,
    mark=mark_png,
    strip=checked(_strip),
    beside=_beside,
)
