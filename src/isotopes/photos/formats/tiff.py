"""TIFF: compression, depth, alpha and every tag kept; one page, up to three colours.

Cameras' raw files are TIFFs too, with a small preview where a TIFF has its picture: they are told
by their sub-directories and left alone. Pillow can't write a compressed TIFF with an EXIF
directory, so it compresses the pixels here, and the file around them is put together from the
original's tags.
Reference: TIFF 6.0; Adobe TIFF technical note 1 (sub-directories).
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.marks import Mark
from isotopes.photos.fate import Strip
from isotopes.photos.format import Format, Written, too_large
from isotopes.photos.jpeg.segments import DQT, read_segments
from isotopes.photos.metadata.exif import (
    EXIF_IFD,
    GPS_IFD,
    ORIENTATION,
    SUB_IFD,
    Directories,
)
from isotopes.photos.metadata.xmp import blank_gps_xmp
from isotopes.photos.orientation import to_stored
from isotopes.photos.pixels import Pixels, insert_pixels

SUBFILE, BITS, STRIP_PLACES, STRIP_SIZES, TILE_PLACES, TILE_SIZES = 254, 258, 273, 279, 324, 325
PREDICTOR, XMP, PROFILE, RAW_VERSION, LAYERS = 317, 700, 34675, 50706, 37724
# What says how the pixels are coded: width, height, bits, compression, photometric, fill order,
# strips, samples, planes, predictor, colour map, tiles, extra samples, format, JPEG, YCbCr.
CODING = {256, 257, BITS, 259, 262, 266, STRIP_PLACES, 277, 278, STRIP_SIZES, 280, 281, 284}
CODING |= {PREDICTOR, 320, 322, 323, TILE_PLACES, TILE_SIZES, 338, 339, 340, 341, 347, 512, 513}
CODING |= {514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532}
# What else is needed to show it: kind of page, orientation, resolution, colours.
SHOWN = CODING | {SUBFILE, 255, ORIENTATION, 282, 283, 296, 301, 318, 319, PROFILE}
DEEP = {"I;16", "I;16B"}
MODES = {"L", "LA", "RGB", "RGBA", "P", *DEEP}
JPEG_TABLES, STANDARD_STEPS = 347, 3_688  # the sum of libjpeg's luma table at quality 50
MOST_PAGES = 1_000


def mark_tiff(data: bytes, mark: Mark, insertion: Insertion) -> Written:
    """The TIFF with the mark in it. A palette becomes RGB.

    Raises:
        PhotoError, OSError: a picture that can't be decoded or written.
    """
    picture = TiffImageFile(io.BytesIO(data))
    tags = _tags(picture)  # before Pillow turns the picture upright and forgets that it did
    shown = insert_pixels(_pixels(picture), mark, insertion)
    stored = to_stored(shown, tags.get(ORIENTATION, 1))
    settings: dict[str, Any] = {"compression": picture.info["compression"]}
    if PREDICTOR in picture.tag_v2:
        settings["tiffinfo"] = {PREDICTOR: picture.tag_v2[PREDICTOR]}
    if settings["compression"] == "jpeg":
        settings["quality"] = _jpeg_quality(picture.tag_v2[JPEG_TABLES])
    out = io.BytesIO()
    Image.fromarray(stored.squeeze(2) if stored.shape[2] == 1 else stored).save(
        out, "TIFF", **settings
    )
    return Written(_graft(out.getvalue(), tags))


def strip_tiff(data: bytes, strip: Strip) -> Written:
    """The same file without GPS positions, or without all that isn't needed to show it.

    Raises:
        PhotoError: a damaged file, a BigTIFF, or a camera's raw file.
    """
    directories = Directories(data)
    place, seen = directories.first, set[int]()
    while place and place not in seen and len(seen) < MOST_PAGES:
        seen.add(place)
        tags = {field.tag for field in directories.fields(place)}
        if tags & {SUB_IFD, RAW_VERSION}:
            raise PhotoError("a camera's raw file")
        following = directories.after(place)
        _strip_page(directories, place, strip)
        place = following
    return Written(bytes(directories.buffer))


def _strip_page(directories: Directories, place: int, strip: Strip) -> None:
    if strip == "all":
        directories.remove(place, lambda tag: tag not in SHOWN)
        return
    directories.remove(place, lambda tag: tag == GPS_IFD)
    for field in directories.fields(place):
        if field.tag == XMP:
            lies = slice(field.place, field.place + field.size)
            directories.buffer[lies] = blank_gps_xmp(bytes(directories.buffer[lies]))


def _tags(picture: TiffImageFile) -> ImageFileDirectory_v2:
    """The picture's tags, but how its pixels are coded, with the EXIF and GPS directories."""
    tags = ImageFileDirectory_v2(prefix=b"II")
    kept = set(picture.tag_v2) - CODING - {EXIF_IFD, GPS_IFD, LAYERS}
    for tag in kept:
        tags.tagtype[tag] = picture.tag_v2.tagtype[tag]
        tags[tag] = picture.tag_v2[tag]
    exif = picture.getexif()
    for tag in (EXIF_IFD, GPS_IFD):
        if inner := exif.get_ifd(tag):
            tags.tagtype[tag] = 4
            tags[tag] = dict(inner)
    return tags


def _pixels(picture: TiffImageFile) -> Pixels:
    """The picture as shown, (height, width, 1 to 4), 8 or 16 bits."""
    picture.load()
    plain: Image.Image = picture
    if picture.mode == "P":
        plain = picture.convert("RGB")
    pixels: NDArray[Any] = np.asarray(plain)
    if picture.mode in DEEP:
        pixels = pixels.astype(np.uint16)
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _jpeg_quality(tables: bytes) -> int:
    """libjpeg's quality, from the first quantisation table: libtiff takes no tables."""
    table = next(s.body[1:65] for s in read_segments(io.BytesIO(tables)) if s.marker == DQT)
    scale = 100 * sum(table) / STANDARD_STEPS
    quality = (200 - scale) / 2 if scale <= 100 else 5_000 / scale
    return min(max(round(quality), 1), 100)


def _graft(encoded: bytes, tags: ImageFileDirectory_v2) -> bytes:
    """The compressed pixels of one file in a new file with these tags."""
    source = TiffImageFile(io.BytesIO(encoded))
    for tag in set(source.tag_v2) & CODING:
        tags.tagtype[tag] = source.tag_v2.tagtype[tag]
        tags[tag] = source.tag_v2[tag]
    places, sizes = source.tag_v2[STRIP_PLACES], source.tag_v2[STRIP_SIZES]
    strips = [encoded[at : at + size] for at, size in zip(places, sizes, strict=True)]
    tags.tagtype[STRIP_PLACES] = tags.tagtype[STRIP_SIZES] = 4
    # Offsets among themselves: Pillow adds where the directory ends.
    tags[STRIP_PLACES] = tuple(int(n) for n in np.cumsum([0, *sizes[:-1]]))
    out = io.BytesIO()
    tags.save(out)
    out.write(b"".join(strips))
    return out.getvalue()


def _why_not(file: BinaryIO) -> str | None:
    picture = TiffImageFile(file)
    tags = picture.tag_v2
    deep = max(tags.get(BITS, (1,))) > 8
    reasons = {
        "a camera's raw file": bool({SUB_IFD, RAW_VERSION} & set(tags) or tags.get(SUBFILE, 0) & 1),
        "several pages": picture.n_frames > 1,
        "CMYK": picture.mode == "CMYK",
        f"an unusual kind of TIFF ({picture.mode})": picture.mode not in MODES,
        "16-bit colour in a TIFF": deep and picture.mode not in DEEP,
        "truncated": _end_of_pixels(picture) > file.seek(0, io.SEEK_END),
    }
    found = next((reason for reason, holds in reasons.items() if holds), None)
    return found or too_large(*picture.size)


def _end_of_pixels(picture: TiffImageFile) -> int:
    ends = [0]
    for places, sizes in ((STRIP_PLACES, STRIP_SIZES), (TILE_PLACES, TILE_SIZES)):
        pairs = zip(picture.tag_v2.get(places, ()), picture.tag_v2.get(sizes, ()), strict=False)
        ends += [place + size for place, size in pairs]
    return max(ends)


TIFF = Format(
    name="TIFF",
    accepts=lambda head: head[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"},
    why_not=_why_not,
    mark=mark_tiff,
    strip=strip_tiff,
)
