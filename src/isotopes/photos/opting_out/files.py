"""The opt-out note in picture files of every format. The pixels stay as they are."""

from __future__ import annotations

import io
from collections.abc import Callable

from isotopes.errors import PhotoError
from isotopes.photos.format import Written
from isotopes.photos.formats import recognise
from isotopes.photos.formats.heif_xmp import with_xmp_in_heic, xmp_of_heic
from isotopes.photos.formats.png_chunks import Chunk, read_chunks, write_chunks
from isotopes.photos.formats.webp import with_xmp, xmp_of
from isotopes.photos.jpeg.segments import (
    APP0,
    APP1,
    EXIF,
    XMP,
    Segment,
    graft_segments,
    read_segments,
)
from isotopes.photos.opting_out.packet import with_opt_out
from isotopes.photos.tiff.xmp import with_xmp_in_page, xmp_of_page

SEGMENT = 65_533 - len(XMP)  # bytes of a packet in one segment
KEYWORD = b"XML:com.adobe.xmp\0"
PLAIN = b"\0\0\0\0"  # not compressed, no language, no translation


def opted_out(data: bytes) -> Written:
    """The file with a note that it is not for training models, in its metadata (XMP).

    Raises:
        PhotoError: no picture, a film or sequence, no room left for the note, or a damaged file.
    """
    known = recognise(data)
    edit = None if known is None else _EDITS.get(known.name)
    if edit is None:
        what = "this kind of file" if known is None else known.name
        raise PhotoError(f"{what} can't hold an opt-out from training")
    return edit(data)


def _jpeg(data: bytes) -> Written:
    header = [one for one in read_segments(io.BytesIO(data)) if one.is_metadata]
    packets = [one for one in header if _is_xmp(one)]
    cleaned = with_opt_out(packets[0].body[len(XMP) :] if packets else None)
    assert cleaned.data is not None
    if len(cleaned.data) > SEGMENT:
        raise PhotoError("its XMP is full")
    told = Segment(APP1, XMP + cleaned.data)
    if packets:
        place = header.index(packets[0])
    else:  # behind the segments that readers expect first
        first = [_comes_first(one) for one in header]
        place = first.index(False) if False in first else len(first)
    others = [one for one in header[place:] if not _is_xmp(one)]
    return Written(graft_segments(data, [*header[:place], told, *others]), cleaned.left_out)


def _is_xmp(segment: Segment) -> bool:
    return segment.marker == APP1 and segment.body.startswith(XMP)


def _comes_first(segment: Segment) -> bool:
    return segment.marker == APP0 or (segment.marker == APP1 and segment.body.startswith(EXIF))


def _png(data: bytes) -> Written:
    chunks = read_chunks(io.BytesIO(data))
    texts = [one for one in chunks if one.kind == b"iTXt" and one.body.startswith(KEYWORD)]
    readable = bool(texts) and texts[0].body[len(KEYWORD) :].startswith(PLAIN[:1])
    packet = texts[0].body[len(KEYWORD) :].split(b"\0", 4)[-1] if readable else None
    cleaned = with_opt_out(packet)
    assert cleaned.data is not None
    told = Chunk(b"iTXt", KEYWORD + PLAIN + cleaned.data)
    kept = [one for one in chunks if one not in texts]
    # Before the pixels, where every reader looks.
    place = next(at for at, one in enumerate(kept) if one.kind == b"IDAT")
    return Written(write_chunks([*kept[:place], told, *kept[place:]]), cleaned.left_out)


def _webp(data: bytes) -> Written:
    cleaned = with_opt_out(xmp_of(data))
    assert cleaned.data is not None
    return Written(with_xmp(data, cleaned.data), cleaned.left_out)


def _tiff(data: bytes) -> Written:
    return _in_place(data, xmp_of_page(data), with_xmp_in_page)


def _heic(data: bytes) -> Written:
    return _in_place(data, xmp_of_heic(data), with_xmp_in_heic)


def _in_place(data: bytes, packet: bytes | None, put: Callable[[bytes, bytes], bytes]) -> Written:
    cleaned = with_opt_out(packet)
    assert cleaned.data is not None
    if cleaned.data == packet:
        return Written(data)
    return Written(put(data, cleaned.data), cleaned.left_out)


_EDITS = {"JPEG": _jpeg, "PNG": _png, "WebP": _webp, "TIFF": _tiff, "HEIC": _heic}
