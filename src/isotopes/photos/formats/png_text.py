"""PNG's text chunks: three ways to write a keyword and a text, and what programs keep in them.

ImageMagick and others keep EXIF, XMP and IPTC as hexadecimal text ("Raw profile type ...").
Reference: Portable Network Graphics, third edition, section 11.3.3.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Callable
from typing import NamedTuple

from isotopes.photos.formats.png_chunks import Chunk
from isotopes.photos.metadata.cleaned import (
    NOT_UNDERSTOOD,
    POSITION,
    Cleaned,
    Purpose,
)
from isotopes.photos.metadata.exif import PREFIX, clean_exif, without_prefix
from isotopes.photos.metadata.iptc import clean_iptc
from isotopes.photos.metadata.photoshop import clean_photoshop
from isotopes.photos.metadata.position_text import names_position, tells_position
from isotopes.photos.metadata.text import clean_text, decode_text
from isotopes.photos.metadata.xmp import clean_xmp

TEXT = {b"tEXt", b"zTXt", b"iTXt"}
XMP = b"XML:com.adobe.xmp"
RAW_PROFILE = re.compile(rb"Raw profile type (.+)", re.IGNORECASE)
RAW_BODY = re.compile(rb"\s*(\S+)\s+(\d+)\s+([0-9A-Fa-f\s]*)")
LARGEST_TEXT = 16 * 2**20  # bytes; what decompresses to more isn't searched
PHOTOSHOP, XMP_SEGMENT = b"Photoshop 3.0\0", b"http://ns.adobe.com/xap/1.0/\0"

Clean = Callable[[bytes, Purpose], Cleaned]


class Text(NamedTuple):
    """A text chunk, decompressed.

    Attributes:
        kind: the chunk's four letters.
        keyword: what it is about.
        head: what stands between keyword and text.
        is_folded: whether the text is compressed in the file.
        text: as it reads.
    """

    kind: bytes
    keyword: bytes
    head: bytes
    is_folded: bool
    text: bytes

    def encode(self, text: bytes) -> Chunk:
        """The chunk with this text instead."""
        body = zlib.compress(text) if self.is_folded else text
        return Chunk(self.kind, b"".join((self.keyword, b"\0", self.head, body)))


def read_text(chunk: Chunk) -> Text | None:
    """The chunk's text; None if it is damaged or decompresses to too much."""
    keyword, _, rest = chunk.body.partition(b"\0")
    head, folded = b"", False
    if chunk.kind == b"zTXt":
        head, rest, folded = rest[:1], rest[1:], True
    if chunk.kind == b"iTXt":
        parts = rest[2:].split(b"\0", 2)
        if len(parts) < 3:
            return None
        head = b"".join((rest[:2], parts[0], b"\0", parts[1], b"\0"))
        rest, folded = parts[2], rest[:1] != b"\0"
    text = _unfolded(rest) if folded else rest
    return None if text is None else Text(chunk.kind, keyword, head, folded, text)


def clean_text_chunk(chunk: Chunk, purpose: Purpose) -> tuple[Chunk | None, tuple[str, ...]]:
    """The chunk without what may not stay, and what was removed."""
    text = read_text(chunk)
    if text is None:
        return None, (NOT_UNDERSTOOD,)
    cleaned = _clean(text, purpose)
    if cleaned.data is None or cleaned.data == text.text:
        return (None if cleaned.data is None else chunk), cleaned.left_out
    return text.encode(cleaned.data), cleaned.left_out


def raw_profile(text: Text) -> bytes | None:
    """The block that is kept as hexadecimal text; None if it can't be read."""
    found = RAW_BODY.fullmatch(text.text.rstrip(b"\0"))
    try:
        return binascii.unhexlify(b"".join(found.group(3).split())) if found else None
    except binascii.Error:
        return None


def _clean(text: Text, purpose: Purpose) -> Cleaned:
    keywords = decode_text(text.keyword + b" " + text.head)  # of iTXt: a translated one, too
    if purpose is Purpose.NO_POSITION and tells_position(keywords):
        return Cleaned(None, (POSITION,))
    if text.keyword == XMP:
        return clean_xmp(text.text, purpose)
    if named := RAW_PROFILE.fullmatch(text.keyword):
        return _clean_raw_profile(named.group(1).lower(), text, purpose)
    if purpose is Purpose.NO_POSITION and names_position(text.keyword.decode("latin-1")):
        return Cleaned(None, (POSITION,))
    return clean_text(text.text, purpose)


def _clean_raw_profile(kind: bytes, text: Text, purpose: Purpose) -> Cleaned:
    block = raw_profile(text)
    if block is None:
        return Cleaned(None, (NOT_UNDERSTOOD,))
    if kind in {b"icc", b"icm"}:
        return Cleaned(text.text)
    prefix, clean = _cleaner(kind, block)
    if clean is None:
        return Cleaned(None, (NOT_UNDERSTOOD,))
    inner = block[len(prefix) :] if clean is not clean_exif else without_prefix(block)
    cleaned = clean(inner, purpose)
    if cleaned.data is None or cleaned.data == inner:
        return Cleaned(None if cleaned.data is None else text.text, cleaned.left_out)
    return Cleaned(_as_hexadecimal(kind, prefix + cleaned.data), cleaned.left_out)


def _cleaner(kind: bytes, block: bytes) -> tuple[bytes, Clean | None]:
    """What stands before the block proper, and what cleans it."""
    if block.startswith(PREFIX) or kind == b"exif":
        return (PREFIX if block.startswith(PREFIX) else b""), clean_exif
    if block.startswith(XMP_SEGMENT) or kind == b"xmp":
        return (XMP_SEGMENT if block.startswith(XMP_SEGMENT) else b""), clean_xmp
    if block.startswith((PHOTOSHOP, b"8BIM")):
        return (PHOTOSHOP if block.startswith(PHOTOSHOP) else b""), clean_photoshop
    return b"", clean_iptc if kind == b"iptc" else None


def _as_hexadecimal(kind: bytes, block: bytes) -> bytes:
    """As ImageMagick writes it: name, length, and 36 bytes a line."""
    digits = binascii.hexlify(block)
    lines = [digits[at : at + 72] for at in range(0, len(digits), 72)]
    return b"\n%b\n%8d\n%b\n" % (kind, len(block), b"\n".join(lines))


def _unfolded(data: bytes) -> bytes | None:
    reader = zlib.decompressobj()
    try:
        text = reader.decompress(data, LARGEST_TEXT)
    except zlib.error:
        return None
    return text if reader.eof else None
