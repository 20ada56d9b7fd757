"""Does a block of metadata show a picture? Streams of every usual format, however they are wrapped.

A small copy of a photo without its mark gives the mark away, so a block that holds a picture of any
kind can't stay in a marked file. We look for JPEG, PNG, GIF, WebP, BMP, TIFF, JPEG 2000, JPEG XL,
PSD and everything in an ISO container (HEIC, AVIF, MP4), raw or as base64 or hexadecimal text, in
UTF-16, and inside zlib and gzip streams.
"""

from __future__ import annotations

import binascii
import re
import struct
import zlib
from collections.abc import Iterator

LEAST = 64  # bytes; no picture with a header takes less
MOST_INFLATED = 16 * 2**20
DEEPEST = 3  # a picture in base64 in a deflated block is two wrappings deep
SIGNATURES = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|RIFF....WEBP|8BPS\x00\x01|BM.{4}\x00{4}"
    rb"|\xff\x4f\xff\x51|\x00{3}\x0c(?:jP  |JXL )|ftyp[a-zA-Z0-9 ]{4}"
    rb"|II[*+]\x00|MM\x00[*+]",
    re.DOTALL,
)
DEFLATED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
MOST_STREAMS = 64  # zlib's two bytes occur by chance in every large block
# Text of one kind, with the line breaks and XML's ways to write them.
BREAKS = rb"(?:\s|&\#(?:xA|xD|x9|10|13|9);)"
BASE64 = re.compile(rb"(?:[A-Za-z0-9+/_-]%b{0,3}){88,}" % BREAKS)
HEXADECIMAL = re.compile(rb"(?:[0-9A-Fa-f]%b{0,3}){128,}" % BREAKS)
NO_TEXT = re.compile(BREAKS)
BITMAP_HEADERS = {12, 40, 52, 56, 64, 108, 124}
PICTURE_TAGS = {273, 324, 513}  # strips, tiles, JPEG


def shows_picture(block: bytes) -> bool:
    """Whether a picture or a film lies anywhere in the block."""
    return any(True for _ in find_pictures(block))


def find_pictures(block: bytes, depth: int = 0) -> Iterator[bytes]:
    """What begins with each picture or film in the block, up to the block's end."""
    if len(block) < LEAST or depth > DEEPEST:
        return
    yield from find_bare_pictures(block)
    yield from find_wrapped_pictures(block, depth)


def find_bare_pictures(block: bytes) -> Iterator[bytes]:
    """As `find_pictures`, without those that are written as text or compressed."""
    for found in SIGNATURES.finditer(block):
        if _is_picture(block, found.start()):
            yield block[found.start() :]


def find_wrapped_pictures(block: bytes, depth: int = 0) -> Iterator[bytes]:
    """As `find_pictures`, only those that are written as text or compressed."""
    for inner in _unwrapped(block):
        yield from find_pictures(inner, depth + 1)


def blank_pictures(block: bytes) -> bytes:
    """The block with zeros in the place of JPEGs, from the first one's start to the last one's end.

    This keeps the rest of a maker's note readable: most previews there are JPEGs.
    """
    starts = (found.start() for found in SIGNATURES.finditer(block))
    first = next((at for at in starts if block[at] == 0xFF and _is_picture(block, at)), None)
    if first is None:
        return block
    end = block.rfind(b"\xff\xd9", first) + 2
    end = end if end > first else len(block)
    return block[:first] + bytes(end - first) + block[end:]


def _is_picture(block: bytes, start: int) -> bool:
    """Whether the signature at `start` is a real one: two or three bytes also occur by chance."""
    head = block[start : start + 4]
    if head[:3] == b"\xff\xd8\xff":
        return _begins_jpeg(block, start)
    if head[:2] == b"BM":
        return int.from_bytes(block[start + 14 : start + 18], "little") in BITMAP_HEADERS
    if head in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
        return _begins_tiff(block, start)
    return True


def _begins_jpeg(block: bytes, start: int) -> bool:
    """Whether two markers follow each other, or the block ends in the first one's segment."""
    marker, length = block[start + 3 : start + 4], block[start + 4 : start + 6]
    if marker < b"\xc0" or marker == b"\xff" or len(length) < 2:
        return False
    behind = start + 4 + int.from_bytes(length, "big")
    return block[behind : behind + 1] in {b"\xff", b""}


def _begins_tiff(block: bytes, start: int) -> bool:
    """Whether its directory points at pixels: makers' notes begin as TIFF files do, too."""
    order = "<" if block[start : start + 2] == b"II" else ">"
    big = block[start + 2 : start + 4].strip(b"\0") == b"+"
    place, counts, entry = (8, "Q", 20) if big else (4, "I", 12)
    try:
        (first,) = struct.unpack_from(order + counts, block, start + place)
        (count,) = struct.unpack_from(order + ("Q" if big else "H"), block, start + first)
        after = start + first + (8 if big else 2)
        tags = {
            struct.unpack_from(order + "H", block, after + entry * index)[0]
            for index in range(min(count, 1_000))
        }
    except (struct.error, OverflowError):
        return False
    return bool(tags & PICTURE_TAGS)


def _unwrapped(block: bytes) -> Iterator[bytes]:
    """What the block may hold in another wrapping."""
    for found in HEXADECIMAL.finditer(block):
        digits = NO_TEXT.sub(b"", found.group())
        yield from (_from_hexadecimal(digits[skip:]) for skip in (0, 1))
    for found in BASE64.finditer(block):
        letters = NO_TEXT.sub(b"", found.group()).translate(bytes.maketrans(b"-_", b"+/"))
        yield from (_from_base64(letters[skip:]) for skip in range(4))
    if block.count(0) > len(block) // 3:  # UTF-16: every other byte of base64 is zero
        yield from (half for half in (block[::2], block[1::2]) if half.count(0) < len(half) // 3)
    for number, found in enumerate(DEFLATED.finditer(block)):
        if number == MOST_STREAMS:
            break
        yield _inflated(block[found.start() :])


def _from_base64(letters: bytes) -> bytes:
    whole = letters[:-1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _from_hexadecimal(digits: bytes) -> bytes:
    return binascii.unhexlify(digits[: len(digits) // 2 * 2])


def _inflated(stream: bytes) -> bytes:
    """What a zlib or gzip stream holds, as far as it goes; empty if it is none."""
    try:
        return zlib.decompressobj(wbits=47).decompress(stream, MOST_INFLATED)
    except zlib.error:
        return b""
