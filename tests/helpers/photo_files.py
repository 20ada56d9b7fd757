"""Picture files of every kind, made by other code than the code under test."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from isotopes.marks import Mark, get_family

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description exif:GPSLatitude="47,22.1N"'
    b' dc:title="a tree"><exif:GPSLongitude>8,32E</exif:GPSLongitude></rdf:Description></x:xmpmeta>'
)
TAKEN = "2021:05:06 07:08:09"


def gratings(index: int = 0) -> Mark:
    """A smooth mark over the whole picture."""
    return get_family("gratings").draw(bytes(32), index)


def square() -> Mark:
    """A mark with a mask."""
    return get_family("pixel_square").draw(bytes(32), 0)


def scene(height: int = 96, width: int = 144, seed: int = 0) -> NDArray[np.uint8]:
    """A smooth colour picture with some texture, uint8 (height, width, 3)."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(40, 215, (6, 8, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth + rng.normal(0, 4, smooth.shape), 0, 255).astype(np.uint8)


def exif(orientation: int = 1) -> Image.Exif:
    """Maker, orientation, time taken and a GPS position."""
    block = Image.Exif()
    block[0x010F] = "Maker"
    block[0x0112] = orientation
    block[0x8769] = {0x9003: TAKEN}
    block[0x8825] = {1: "N", 2: (47.0, 22.0, 6.0)}
    return block


@cache
def profile() -> bytes:
    """An ICC profile; made once, as it holds the time."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def encode(pixels: NDArray[Any] | Image.Image, kind: str, **settings: Any) -> bytes:
    """`pixels` as Pillow writes them."""
    picture = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    out = io.BytesIO()
    picture.save(out, kind, **settings)
    return out.getvalue()


def full(kind: str, orientation: int = 1, **settings: Any) -> bytes:
    """A picture with all the metadata that its format can hold."""
    settings.setdefault("exif", exif(orientation).tobytes())
    settings.setdefault("icc_profile", profile())
    if kind in {"JPEG", "WEBP", "HEIF"}:
        settings.setdefault("xmp", XMP)
    if kind in {"JPEG", "PNG", "TIFF"}:
        settings.setdefault("dpi", (300, 300))
    if kind == "PNG":
        info = PngInfo()
        info.add_text("Comment", "a tree")
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        settings.setdefault("pnginfo", info)
    return encode(scene(), kind, **settings)


def decode(data: bytes, mode: str | None = None) -> NDArray[Any]:
    """As Pillow reads it, as stored."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture if mode is None else picture.convert(mode))


def png(pixels: NDArray[Any], colour_type: int, depth: int, *extra: tuple[bytes, bytes]) -> bytes:
    """A PNG of any layout, chunk by chunk; depth 8 or 16, or less with packed rows."""
    height, width = pixels.shape[:2]
    if depth >= 8:
        rows = [row.astype(">u2" if depth == 16 else np.uint8).tobytes() for row in pixels]
    else:
        bits = (pixels.reshape(height, width, 1) >> np.arange(depth)[::-1]) & 1
        rows = [row.tobytes() for row in np.packbits(bits.reshape(height, -1), axis=1)]
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [(b"IHDR", header), *extra, (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )


def png_chunks(data: bytes) -> dict[bytes, bytes]:
    """Chunk bodies by kind (the first of each)."""
    found: dict[bytes, bytes] = {}
    position = 8
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        found.setdefault(data[position + 4 : position + 8], data[position + 8 :][:length])
        position += 12 + length
    return found


def likeness(picture: NDArray[Any], original: NDArray[Any], mark: Mark) -> float:
    """Correlation of what was added to a picture with what the mark should add, in luma."""
    height, width = original.shape[:2]
    weights = np.array([0.299, 0.587, 0.114])
    added = (picture.astype(float) - original) @ weights
    wanted = (mark.render(height, width).pixels.astype(float) - original) @ weights
    return float(np.corrcoef(added.ravel(), wanted.ravel())[0, 1])


def bad_folder(folder: Path) -> dict[str, tuple[str, str]]:
    """Fill a folder with everything that can't be marked; fate and reason expected for each."""
    frames = [Image.fromarray(scene(seed=seed)) for seed in range(2)]
    more: dict[str, Any] = {"save_all": True, "append_images": frames[1:]}
    jpeg, grey = encode(scene(), "JPEG"), Image.fromarray(scene()).convert("L")
    huge = bytearray(jpeg)
    frame = huge.index(b"\xff\xc0")
    huge[frame + 5 : frame + 9] = b"\xff\xdc\xff\xdc"  # 65,500 x 65,500 pixels
    files = {
        "animated.gif": (encode(frames[0], "GIF", **more), "animated"),
        "animated.png": (encode(frames[0], "PNG", **more), "animated"),
        "animated.webp": (encode(frames[0], "WEBP", **more), "animated"),
        "still.gif": (encode(frames[0], "GIF"), "unsupported picture format: GIF"),
        "drawing.bmp": (encode(frames[0], "BMP"), "unsupported picture format: BMP"),
        "drawing.svg": (b"<svg/>", "unsupported picture format: SVG"),
        "cut.jpg": (jpeg[: len(jpeg) // 2], "truncated"),
        "cut.png": (encode(scene(), "PNG")[:-200], "truncated"),
        "cut.webp": (encode(scene(), "WEBP")[:-50], "truncated"),
        "cut.tif": (encode(scene(), "TIFF", compression="raw")[:-50], "truncated"),
        "header-only.jpg": (jpeg[:30], "the header is damaged or cut short"),
        "zero.jpg": (b"", "empty file"),
        "cmyk.jpg": (encode(frames[0].convert("CMYK"), "JPEG"), "CMYK"),
        "cmyk.tif": (encode(frames[0].convert("CMYK"), "TIFF"), "CMYK"),
        "bomb.jpg": (bytes(huge), "decompression bomb: 65500 x 65500"),
        "bomb.png": (png(np.zeros((1, 1, 1)), 0, 8), "decompression bomb: 99999 x 99999"),
        "pages.tif": (encode(frames[0], "TIFF", **more), "several pages"),
        "bilevel.tif": (encode(grey.convert("1"), "TIFF"), "an unusual kind of TIFF (1 bit"),
        "float.tif": (encode(grey.convert("F"), "TIFF"), "an unusual kind of TIFF (32 bit"),
        "text.txt": (b"a tree", "not a picture"),
        "text.jpg": (b"a tree, whatever its name", "not a picture"),
        "film.mp4": (b"\0\0\0\x18ftypmp42", "not a picture"),
    }
    bomb = bytearray(files["bomb.png"][0])
    bomb[16:24] = struct.pack(">II", 99_999, 99_999)
    files["bomb.png"] = bytes(bomb), files["bomb.png"][1]
    for name, (data, _) in files.items():
        folder.joinpath(name).write_bytes(data)
    return {name: ("copied", reason) for name, (_, reason) in files.items()}
