"""A TIFF's strips and tiles, decoded to bytes and encoded again, lossless codings only.

LZW and PackBits go through Pillow's libtiff: to these codings a segment is a run of bytes, so it
travels as a grey picture of one byte a pixel.
"""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from isotopes.errors import PhotoError
from isotopes.photos.tiff.layout import DEFLATE, LZW, OLD_DEFLATE, PACKBITS, PLAIN

LOSSLESS = {PLAIN, LZW, DEFLATE, OLD_DEFLATE, PACKBITS}
LEVEL = 6  # zlib's default; the original's isn't recorded
SURPLUS_PIECE, MOST_SURPLUS = 1 << 16, 1 << 22  # bytes that a strip may hold beyond its rows
PILLOW = {LZW: "tiff_lzw", PACKBITS: "packbits"}


def decode_bytes(data: bytes, compression: int, rows: int, row_bytes: int) -> bytes:
    """A segment's bytes.

    Args:
        rows, row_bytes: its size once decoded.

    Raises:
        PhotoError: damaged, or it holds fewer bytes than that.
        OSError: damaged, says libtiff.
    """
    wanted = rows * row_bytes
    if compression in {DEFLATE, OLD_DEFLATE}:
        found = _inflate(data, wanted)
    elif compression in PILLOW:
        found = np.asarray(TiffImageFile(_wrapped(data, compression, rows, row_bytes))).tobytes()
    else:
        found = data[:wanted]
    if len(found) < wanted:
        raise PhotoError(f"truncated: a strip must hold {wanted} bytes, got {len(found)}")
    return found


def _inflate(data: bytes, wanted: int) -> bytes:
    """As many bytes as are wanted; what follows is read as well, for the checksum at its end."""
    try:
        stream = zlib.decompressobj()
        found = stream.decompress(data, wanted)
        rest = stream.unconsumed_tail
        for _ in range(MOST_SURPLUS // SURPLUS_PIECE):
            if stream.eof or not rest:
                break
            stream.decompress(rest, SURPLUS_PIECE)
            rest = stream.unconsumed_tail
    except zlib.error as error:
        raise PhotoError(f"a strip can't be decompressed: {error}") from error
    return found


def encode_bytes(data: bytes, compression: int, row_bytes: int) -> bytes:
    """The segment as the file holds it."""
    if compression in {DEFLATE, OLD_DEFLATE}:
        return zlib.compress(data, LEVEL)
    if compression not in PILLOW:
        return data
    rows = np.frombuffer(data, np.uint8).reshape(-1, row_bytes)
    out = io.BytesIO()
    Image.fromarray(rows).save(
        out, "TIFF", compression=PILLOW[compression], tiffinfo={278: len(rows)}
    )
    encoded = TiffImageFile(io.BytesIO(out.getvalue()))
    (place,), (size,) = encoded.tag_v2[273], encoded.tag_v2[279]
    return out.getvalue()[place : place + size]


def undo_differences(rows: NDArray[np.unsignedinteger]) -> NDArray[np.unsignedinteger]:
    """From differences between neighbours (predictor 2) to samples, (rows, columns, samples)."""
    return np.cumsum(rows, axis=1, dtype=rows.dtype)


def take_differences(rows: NDArray[np.unsignedinteger]) -> NDArray[np.unsignedinteger]:
    """From samples to differences between neighbours."""
    out = rows.copy()
    out[:, 1:] -= rows[:, :-1]
    return out


def _wrapped(data: bytes, compression: int, rows: int, row_bytes: int) -> io.BytesIO:
    """A TIFF of one grey strip with this data."""
    entries = [
        (256, 4, row_bytes),
        (257, 4, rows),
        (258, 3, 8),
        (259, 3, compression),
        (262, 3, 1),
        (273, 4, 8 + 2 + 9 * 12 + 4),
        (277, 3, 1),
        (278, 4, rows),
        (279, 4, len(data)),
    ]
    packed = b"".join(
        struct.pack("<HHI", tag, kind, 1) + struct.pack("<I", value) for tag, kind, value in entries
    )
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    return io.BytesIO(b"".join((head, packed, bytes(4), data)))
