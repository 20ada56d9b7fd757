"""HEIC, if the extra `heic` (pillow-heif) is installed.

The decoder turns pictures upright, so they are written upright, with EXIF saying so. Thumbnails,
depth maps and gain maps inside show the picture without the mark and are not carried over.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.extras import how_to_install
from isotopes.marks import Mark
from isotopes.photos.fate import Strip
from isotopes.photos.format import Format, Written, outside, too_large
from isotopes.photos.formats.finished import checked
from isotopes.photos.formats.heif_boxes import HeifFile
from isotopes.photos.formats.heif_strip import CODED, other_boxes, strip_boxes
from isotopes.photos.metadata.cleaned import THUMBNAIL, Purpose, merge
from isotopes.photos.metadata.exif import PREFIX, clean_exif, without_prefix
from isotopes.photos.metadata.icc import clean_icc
from isotopes.photos.metadata.xmp import clean_xmp
from isotopes.photos.pixels import insert_colour

BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"}
TYPE_SIZE = 12  # bytes, by which the file is recognised
QUALITY = 90  # the original's isn't recorded
KEPT = ("exif", "xmp", "icc_profile", "icc_profile_type", "nclx_profile", "pixel_aspect_ratio")


def mark_heic(data: bytes, mark: Mark, insertion: Insertion) -> Written:
    """The HEIC with the mark in it.

    Raises:
        PhotoError, OSError, RuntimeError: a picture that can't be decoded or written.
    """
    heif = _plugin()
    picture = heif.HeifImageFile(io.BytesIO(data))
    marked = Image.fromarray(insert_colour(np.asarray(picture), mark, insertion))
    marked.info = {key: picture.info[key] for key in KEPT if picture.info.get(key)}
    left_out = merge(other_boxes(data), _hidden_pictures(picture), _clean(marked.info))
    out = io.BytesIO()
    heif.from_pillow(marked).save(out, quality=QUALITY, chroma=picture.info.get("chroma", 420))
    return Written(out.getvalue(), left_out)


def _clean(info: dict[str | tuple[int, int], Any]) -> tuple[str, ...]:
    """Clean EXIF, XMP and the colour profile in place; return what was removed."""
    left_out: tuple[str, ...] = ()
    for key, clean, prefix in (("exif", clean_exif, PREFIX), ("xmp", clean_xmp, b"")):
        if block := info.pop(key, None):
            cleaned = clean(without_prefix(block), Purpose.MARKED)
            left_out = merge(left_out, cleaned.left_out)
            if cleaned.data is not None:
                info[key] = prefix + cleaned.data
    if profile := info.get("icc_profile"):
        cleaned = clean_icc(profile)
        left_out = merge(left_out, cleaned.left_out)
        if cleaned.data is None:
            del info["icc_profile"]
            info.pop("icc_profile_type", None)
    return left_out


def _hidden_pictures(picture: Any) -> tuple[str, ...]:
    """What to report about further pictures inside, which show this one without the mark."""
    found = (picture.info.get(kind) for kind in ("thumbnails", "depth_images", "aux"))
    return (THUMBNAIL,) if any(found) else ()


def strip_heic(data: bytes, strip: Strip) -> Written:
    """The same file without GPS positions, or without EXIF and XMP; nothing in it moves.

    Raises:
        PhotoError: the plug-in is missing, or as `strip_boxes`.
    """
    _plugin()  # without it the result can't be checked
    return strip_boxes(data, strip)


def _plugin() -> Any:
    try:
        import pillow_heif
    except ImportError as error:
        raise PhotoError("HEIC needs the extra heic", hint=how_to_install("heic")) from error
    return pillow_heif


def _beside(data: bytes) -> Iterator[bytes]:
    try:
        items = [item for item in HeifFile(data).items if item.kind in CODED]
    except PhotoError:  # of a structure that libheif reads and we don't
        items = []
    yield from outside(data, (extent for item in items for extent in item.extents), TYPE_SIZE)


def _why_not(file: BinaryIO) -> str | None:
    try:
        heif = _plugin()
    except PhotoError:
        return f"HEIC needs the extra heic: {how_to_install('heic')}"
    if _is_cut(file):
        return "truncated"
    file.seek(0)
    pictures = heif.open_heif(file, convert_hdr_to_8bit=False)
    if len(pictures) > 1:
        return "several pictures"
    if pictures.info.get("bit_depth", 8) > 8:
        return "HEIC with more than 8 bits"
    if pictures.mode not in {"RGB", "RGBA"}:
        return f"an unusual kind of HEIC ({pictures.mode})"
    return too_large(*pictures.size)


def _is_cut(file: BinaryIO) -> bool:
    """Whether a box of the container ends behind the file's end."""
    end, position = file.seek(0, io.SEEK_END), 0
    while position < end:
        file.seek(position)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size == 0:  # up to the end
            return False
        if size < 8:
            return True
        position += size
    return position > end


HEIC = Format(
    name="HEIC",
    media_type="image/heic",
    accepts=lambda head: head[4:8] == b"ftyp" and head[8:12] in BRANDS,
    why_not=_why_not,
    mark=mark_heic,
    strip=checked(strip_heic),
    beside=_beside,
)
