"""TIFFs: by tifffile where it can, else tag by tag."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from photo_files import encode, profile
from PIL import Image
from tiff_files import ASCII, BYTE, LONG, SHORT, UNDEFINED, Builder, tiff_file

from file_shapes.shape import (
    GPS,
    LATITUDE,
    WHERE,
    Shape,
    iptc,
    manifest,
    photoshop_thumbnail,
    picture,
    placed_packet,
    resource,
    small_pixels,
    tags,
    thumbnail,
    thumbnail_packet,
)

DEEP_STEP = 257


def written(pixels: NDArray[Any], photometric: str = "rgb", **settings: Any) -> bytes:
    """As tifffile writes it."""
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, photometric=photometric, metadata=None, **settings)
    return out.getvalue()


def deep(pixels: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """The same in 16 bits, with noise in the low byte."""
    noise = np.random.default_rng(3).integers(-100, 100, pixels.shape)
    return (pixels.astype(int) * DEEP_STEP + noise).clip(0, 65_535).astype(np.uint16)


def tiff_shapes() -> Iterator[Shape]:
    """All of them."""
    yield from _layouts()
    yield from _greys()
    yield from _codings()
    yield from _tags()
    yield from _hidden()


def _layouts() -> Iterator[Shape]:
    rgb = picture()
    yield Shape("strips.tif", written(rgb, rowsperstrip=7))
    yield Shape("big-endian.tif", written(rgb, byteorder=">"))
    yield Shape("tiles.tif", written(rgb, tile=(32, 48)))
    yield Shape("tiles-over-the-edge.tif", written(rgb, tile=(64, 80), compression="zlib"))
    yield Shape("big.tif", written(rgb, bigtiff=True, compression="zlib", predictor=True))
    planes = np.ascontiguousarray(rgb.transpose(2, 0, 1))
    yield Shape("planes.tif", written(planes, planarconfig="separate", rowsperstrip=16))
    yield Shape("deep.tif", written(deep(rgb)))
    yield Shape("deep-big-endian.tif", written(deep(rgb), byteorder=">", compression="zlib"))
    yield Shape("deep-predictor.tif", written(deep(rgb), compression="zlib", predictor=True))
    alpha = np.full((*rgb.shape[:2], 1), 40_000, np.uint16)
    with_alpha = np.concatenate([deep(rgb), alpha], axis=2)
    yield Shape("deep-alpha.tif", written(with_alpha, extrasamples=["unassalpha"]))
    spot = np.concatenate([rgb, rgb[..., :2] // 2], axis=2)
    yield Shape("spot-colours.tif", written(spot, extrasamples=["unspecified", "unspecified"]))
    yield Shape("forgotten-extra-sample.tif", _forgotten(rgb))


def _forgotten(rgb: NDArray[np.uint8]) -> bytes:
    """Four samples, of which the fourth isn't declared."""
    four = np.concatenate([rgb, rgb[..., :1]], axis=2)
    return tiff_file(four, {338: (SHORT, [0])})


def _greys() -> Iterator[Shape]:
    grey = np.asarray(Image.fromarray(picture()).convert("L"))
    yield Shape("grey.tif", written(grey, "minisblack"))
    yield Shape("white-is-zero.tif", written(255 - grey, "miniswhite"))
    deep_grey = grey.astype(np.uint16) * DEEP_STEP
    yield Shape("deep-grey.tif", written(deep_grey, "minisblack", byteorder=">"))
    yield Shape("deep-white-is-zero.tif", written(65_535 - deep_grey, "miniswhite"))
    yield Shape("packbits-grey.tif", tiff_file(grey[..., None], coding="packbits"))
    yield Shape("palette.tif", encode(Image.fromarray(picture()).quantize(64), "TIFF"))


def _codings() -> Iterator[Shape]:
    rgb = picture()
    yield Shape("lzw.tif", encode(rgb, "TIFF", compression="tiff_lzw", tiffinfo={317: 2}))
    yield Shape("lzw-deep.tif", tiff_file(deep(rgb), coding="tiff_lzw", order=">"))
    grey = deep(rgb[..., :1]) & 0xFF00  # smooth: with the mark in them, strips take more room
    yield Shape("deflate-deep-grey.tif", tiff_file(grey, coding="deflate", rows=7))
    yield Shape("lzw-deep-grey.tif", tiff_file(grey, coding="tiff_lzw", rows=7, order=">"))
    yield Shape("deflate-deep.tif", tiff_file(deep(rgb) & 0xFF00, coding="deflate", rows=9))
    yield Shape("jpeg-rgb.tif", encode(rgb, "TIFF", compression="jpeg", quality=92))
    yield Shape("jpeg.tif", jpeg_strips(rgb))
    yield Shape("zstd.tif", encode(rgb, "TIFF", compression="zstd"), marked=False)
    yield Shape("premultiplied.tif", tiff_file(np.dstack([rgb, rgb[..., 0]]), {338: (SHORT, [1])}),
                marked=False)  # fmt: skip


def jpeg_strips(rgb: NDArray[np.uint8]) -> bytes:
    """YCbCr with halved chroma in JPEG strips that share their tables, as cameras' backs write."""
    strips, shared = [], b""
    for top in range(0, len(rgb), 32):
        coded = encode(rgb[top : top + 32], "JPEG", quality=90, subsampling="4:2:0")
        frame = coded.index(b"\xff\xc0")
        tables = coded.index(b"\xff\xdb")
        huffman, scan = coded.index(b"\xff\xc4"), coded.index(b"\xff\xda")
        shared = b"\xff\xd8" + coded[tables:frame] + coded[huffman:scan] + b"\xff\xd9"
        strips.append(b"\xff\xd8" + coded[frame:huffman] + coded[scan:])
    builder = Builder()
    places = [builder.add(strip) for strip in strips]
    height, width = rgb.shape[:2]
    builder.page({
        256: (LONG, [width]), 257: (LONG, [height]), 258: (SHORT, [8] * 3), 259: (SHORT, [7]),
        262: (SHORT, [6]), 273: (LONG, places), 277: (SHORT, [3]), 278: (LONG, [32]),
        279: (LONG, [len(strip) for strip in strips]), 347: (UNDEFINED, shared),
        530: (SHORT, [2, 2]),
    })  # fmt: skip
    return bytes(builder.buffer)


def _tags() -> Iterator[Shape]:
    rgb = picture()
    texts = {
        0x013B: (ASCII, "José Müller"),
        0x8298: (ASCII, "© 2026 José".encode("latin-1") + b"\0"),
        0x010E: (ASCII, "Größe ✓ 日本"),
        33723: (LONG, _padded(iptc())),
        0xFDE8: (UNDEFINED, b"caf\xe9"),
        34675: (UNDEFINED, profile()),
    }
    yield Shape("texts.tif", tiff_file(rgb, texts))
    exif = {0x9003: (ASCII, "2026:05:06 07:08:09"), 0xA005: (LONG, {1: (ASCII, "R98")})}
    yield Shape("interoperability.tif", tiff_file(rgb, {0x8769: (LONG, exif)}, order=">"))
    yield Shape("makers-note.tif", makers_note(rgb))
    yield Shape("portrait.tif", tiff_file(rgb, {**tags(6), 700: (BYTE, placed_packet())}),
                secrets=(LATITUDE.encode(),))  # fmt: skip
    yield Shape("gps.tif", tiff_file(rgb, {0x8825: (LONG, GPS)}, big=True), secrets=WHERE)
    point = (0, 0, 0, 11.5667, 48.1333, 0)
    geo = [(33922, "d", 6, point, True), (34737, "s", 0, "WGS 84|", True)]
    place = struct.pack("<2d", *point[3:5])
    yield Shape("geotiff.tif", written(rgb, extratags=geo), secrets=(place,))
    placed = resource(1060, placed_packet())
    yield Shape("gps-photoshop.tif", tiff_file(rgb, {34377: (BYTE, placed)}),
                secrets=(LATITUDE.encode(),))  # fmt: skip


def makers_note(rgb: NDArray[np.uint8]) -> bytes:
    """A note whose offsets count from the file's start, as Canon's do."""
    text = b"IMG:TEST JPEG\0"
    place = 0
    for _ in range(2):  # the second time it is known where the note lies
        note = struct.pack("<HHHIII", 1, 6, 2, len(text), place + 18, 0) + text
        exif = {0x927C: (UNDEFINED, note)}
        data = tiff_file(rgb, {271: (ASCII, "Canon"), 0x8769: (LONG, exif)})
        place = data.index(note)
    return data


def _hidden() -> Iterator[Shape]:
    rgb = picture()
    hidden = {
        "photoshop": {34377: (BYTE, photoshop_thumbnail())},
        "lightroom": {700: (BYTE, thumbnail_packet())},
        "c2pa": {52545: (UNDEFINED, manifest())},
        "private": {0xFE01: (UNDEFINED, thumbnail("PNG"))},
    }
    for name, more in hidden.items():
        yield Shape(f"{name}.tif", tiff_file(rgb, more), hidden=True)
    layers = b"Adobe Photoshop Document Data Block\0" + small_pixels().tobytes()
    yield Shape("layers.tif", tiff_file(rgb, {37724: (UNDEFINED, layers)}), gone=(layers[40:],))
    small = small_pixels()
    rows = small.tobytes()
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as file:
        file.write(rgb, photometric="rgb", metadata=None, subifds=1)
        file.write(small, photometric="rgb", metadata=None, subfiletype=1)
    yield Shape("pyramid.tif", out.getvalue(), gone=(rows,))
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as file:
        file.write(rgb, photometric="rgb", metadata=None)
        file.write(small, photometric="rgb", metadata=None, subfiletype=1)
    yield Shape("reduced-page.tif", out.getvalue())
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as file:
        file.write(rgb, photometric="rgb", metadata=None)
        file.write(rgb, photometric="rgb", metadata=None)
    yield Shape("two-pages.tif", out.getvalue(), marked=False)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
