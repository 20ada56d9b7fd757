"""A PNG's chunks, cleaned: what is known may stay, all others go."""

from __future__ import annotations

from isotopes.photos.formats.png_chunks import COLOURS, CORE, Chunk
from isotopes.photos.formats.png_text import (
    RAW_PROFILE,
    TEXT,
    XMP,
    Text,
    clean_text_chunk,
    raw_profile,
    read_text,
)
from isotopes.photos.metadata.cleaned import (
    C2PA,
    DAMAGED,
    INDEX,
    NOT_UNDERSTOOD,
    THUMBNAIL,
    UNSOUND_PROFILE,
    Purpose,
    merge,
)
from isotopes.photos.metadata.exif import (
    clean_exif,
    orientation_only,
    read_orientation,
    without_prefix,
)
from isotopes.photos.metadata.icc import inflate_icc, is_sound
from isotopes.photos.metadata.pictures import shows_picture

# What says how the pixels are shown; all the rest is about the picture.
SHOWN = CORE | COLOURS | {b"bKGD", b"hIST", b"pHYs", b"acTL", b"fcTL", b"fdAT"}
# Time, scales, offset, stereo, palettes: registered, small, and true of the marked picture too.
HARMLESS = {b"tIME", b"pCAL", b"sCAL", b"oFFs", b"sTER", b"vpAg", b"orNT", b"caNv"}
OF_OLD_COLOURS = {b"hIST", b"sPLT"}  # how often each colour occurs in the unmarked picture
WHY = {b"caBX": C2PA, b"iDOT": INDEX}
LARGEST = 1_024  # bytes of a harmless chunk


def clean_chunks(chunks: list[Chunk], purpose: Purpose) -> tuple[list[Chunk], tuple[str, ...]]:
    """The chunks without what may not stay, and what was removed."""
    kept: list[Chunk] = []
    left_out: tuple[str, ...] = ()
    for chunk in chunks:
        if _is_unsound_profile(chunk):
            left_out = merge(left_out, (UNSOUND_PROFILE,))
            continue
        left, words = _clean(chunk, purpose)
        left_out = merge(left_out, words)
        if left is not None:
            kept.append(left)
    return kept, left_out


def needed_chunks(chunks: list[Chunk]) -> list[Chunk]:
    """Without all that isn't needed to show the picture."""
    shown = [chunk for chunk in chunks if chunk.kind in SHOWN and not chunk.is_damaged]
    kept = [chunk for chunk in shown if not _is_unsound_profile(chunk)]
    if exif := orientation_only(png_orientation(chunks)):
        kept.insert(1, Chunk(b"eXIf", exif))
    return kept


def png_orientation(chunks: list[Chunk]) -> int:
    """The picture's orientation, 1 if it has none: EXIF's, also as text, else XMP's."""
    chunks = [chunk for chunk in chunks if not chunk.is_damaged]
    exif = next((chunk.body for chunk in chunks if chunk.kind == b"eXIf"), None)
    texts = [text for chunk in chunks if chunk.kind in TEXT and (text := _of_orientation(chunk))]
    if exif is None:
        found = (raw_profile(text) for text in texts if text.keyword.lower().endswith(b" exif"))
        exif = next(found, None)
    xmp = next((text.text for text in texts if text.keyword == XMP), None)
    return read_orientation(exif, xmp)


def _of_orientation(chunk: Chunk) -> Text | None:
    """The text, if its keyword is one that may tell an orientation."""
    keyword = chunk.body.partition(b"\0")[0]
    return read_text(chunk) if keyword == XMP or RAW_PROFILE.fullmatch(keyword) else None


def _clean(chunk: Chunk, purpose: Purpose) -> tuple[Chunk | None, tuple[str, ...]]:
    if chunk.is_damaged or (chunk.kind in OF_OLD_COLOURS and purpose is Purpose.MARKED):
        return None, (DAMAGED,) if chunk.is_damaged else ()
    if chunk.kind in SHOWN:
        return chunk, ()
    if chunk.kind == b"eXIf":
        cleaned = clean_exif(without_prefix(chunk.body), purpose)
        data = cleaned.data
        return (None if data is None else Chunk(b"eXIf", data)), cleaned.left_out
    if chunk.kind in TEXT:
        return clean_text_chunk(chunk, purpose)
    if chunk.kind in HARMLESS and len(chunk.body) <= LARGEST:
        return chunk, ()
    why = THUMBNAIL if shows_picture(chunk.body) else NOT_UNDERSTOOD
    return None, (WHY.get(chunk.kind, why),)


def _is_unsound_profile(chunk: Chunk) -> bool:
    """Whether it holds an ICC profile that may hide something."""
    if chunk.kind != b"iCCP":
        return False
    name, _, packed = chunk.body.partition(b"\0")
    profile = inflate_icc(packed[1:]) if len(name) < 80 and packed[:1] == b"\0" else None
    return profile is None or not is_sound(profile)
