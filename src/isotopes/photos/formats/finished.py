"""Check a stripped file with another reader: no position, no metadata, nothing behind it.

The editors take out what they know. Pillow, which reads files its own way, and a search through the
bytes then look for what is left. A file in which anything is left isn't written.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

from PIL import Image

from isotopes.errors import PhotoError
from isotopes.photos.fate import Strip
from isotopes.photos.format import Written
from isotopes.photos.metadata.tags import GEOGRAPHIC, GPS_IFD, ORIENTATION
from isotopes.photos.tiff.strip import SHOWN

# Names of fields that hold a position. They don't occur in coded pixels by chance.
WORDS = ("GPSLat", "GPSLong", "GpsLat", "GpsLong", "Latitude", "latitude", "Longitude", "longitude")
# How films and makers' trailers begin.
TRAILERS = (b"ftypmp4", b"ftypisom", b"ftypqt  ", b"ftypavc1", b"SEFHe", b"MotionPhoto_Data")
ENDS = {"JPEG": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}
# What Pillow says about the picture itself: size of a dot, colours, coding, animation.
HARMLESS = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "adobe", "adobe_transform"}
HARMLESS |= {"progressive", "progression", "icc_profile", "gamma", "srgb", "chromaticity", "aspect"}
HARMLESS |= {"transparency", "background", "loop", "duration", "timestamp", "blend", "disposal"}
HARMLESS |= {"default_image", "compression", "resolution", "bbox", "exif", "interlace"}
HARMLESS |= {"primary", "bit_depth", "chroma", "nclx_profile", "icc_profile_type", "metadata"}
HARMLESS |= {
    "thumbnails",
    "depth_images",
    "aux",
    "heif",
    "original_orientation",
    "camera_intrinsic",
}
HARMLESS |= {"pixel_aspect_ratio", "mastering_display", "content_light_level"}


def checked(strip: Callable[[bytes, Strip], Written]) -> Callable[[bytes, Strip], Written]:
    """`strip`, but its result is checked before it is returned."""

    def strip_and_check(data: bytes, how: Strip) -> Written:
        written = strip(data, how)
        check_stripped(written.data, how)
        return written

    return strip_and_check


def check_stripped(data: bytes, strip: Strip) -> None:
    """Raise PhotoError if anything is left in the file that should be gone."""
    for trailer in TRAILERS:
        if trailer in data[64:]:
            raise PhotoError("a film is left in it")
    with _open(data) as picture:
        if not data.endswith(ENDS.get(picture.format or "", b"")):
            raise PhotoError("something is left behind the picture")
        if found := _position(data, picture):
            raise PhotoError(f"a position is left in it ({found})")
        if strip == "all" and (left := _metadata(picture)):
            raise PhotoError(f"metadata is left in it ({left})")


def find_position(data: bytes) -> str | None:
    """Where a picture file says where it was taken; None if it doesn't, as far as can be seen.

    Raises:
        PhotoError: it can't be read.
    """
    try:
        with _open(data) as picture:
            return _position(data, picture)
    except Exception as error:
        raise PhotoError(f"its metadata can't be read: {error}") from error


def _open(data: bytes) -> Image.Image:
    if data[4:8] == b"ftyp":
        from pillow_heif import HeifImageFile

        picture: Image.Image = HeifImageFile(io.BytesIO(data))  # type: ignore[no-untyped-call]
        return picture
    return Image.open(io.BytesIO(data))


def _position(data: bytes, picture: Image.Image) -> str | None:
    """Where a position is left; None if none is."""
    exif = picture.getexif()
    if GPS_IFD in exif and any(exif.get_ifd(GPS_IFD).values()):
        return "EXIF"
    if GEOGRAPHIC & set(exif):
        return "GeoTIFF"
    blocks = [data, *_blocks(picture.info), *_blocks(getattr(picture, "text", {}))]
    for word in WORDS:
        for code in (word.encode(), word.encode("utf-16-le")):
            if any(code in block for block in blocks):
                return word
    return None


def _blocks(info: dict[Any, Any]) -> Iterator[bytes]:
    """The texts and blocks that a reader decodes, and their names."""
    for key, value in info.items():
        yield str(key).encode()
        if isinstance(value, str):
            yield value.encode("utf-8", "replace")
        elif isinstance(value, bytes):
            yield value


def _metadata(picture: Image.Image) -> str | None:
    """What is left besides what is needed to show the picture; None if nothing is."""
    needed = SHOWN if picture.format == "TIFF" else {ORIENTATION}
    tags = sorted(set(picture.getexif()) - needed)
    info = sorted(
        str(key)
        for key, value in picture.info.items()
        if key not in HARMLESS and not _is_blank(value)
    )
    return next((f"tag {tag}" for tag in tags), None) or next(iter(info), None)


def _is_blank(value: object) -> bool:
    return isinstance(value, str | bytes) and not value.strip()
