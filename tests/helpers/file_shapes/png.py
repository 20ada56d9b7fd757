"""PNGs, chunk by chunk."""

from __future__ import annotations

import base64
import binascii
import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from photo_files import encode, png
from PIL import Image

from file_shapes.shape import (
    FILM,
    LATITUDE,
    WHERE,
    Shape,
    exif,
    iptc,
    manifest,
    picture,
    placed_packet,
    thumbnail,
    thumbnail_packet,
)

PLACE = LATITUDE.encode()
XMP = b"XML:com.adobe.xmp"
Chunk = tuple[bytes, bytes]


def chunked(*extra: Chunk) -> bytes:
    """The picture with these chunks before its pixels."""
    return png(picture(), 2, 8, *extra)


def raw_profile(kind: bytes, block: bytes) -> Chunk:
    """EXIF and the like as hexadecimal text, as ImageMagick writes it."""
    digits = binascii.hexlify(block)
    lines = b"\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    text = b"\n%b\n%8d\n%b\n" % (kind, len(block), lines)
    return b"zTXt", b"Raw profile type " + kind + b"\0\0" + zlib.compress(text)


def png_shapes() -> Iterator[Shape]:
    """All of them."""
    yield from _layouts()
    yield from _thumbnails()
    yield from _positions()


def _layouts() -> Iterator[Shape]:
    rgb = picture()
    grey = np.asarray(Image.fromarray(rgb).convert("L"))
    yield Shape("plain.png", encode(rgb, "PNG", dpi=(300, 300)))
    yield Shape("deep.png", png(rgb.astype(np.uint16) * 257, 2, 16))
    yield Shape("deep-grey.png", png(grey[..., None].astype(np.uint16) * 257, 0, 16))
    yield Shape("alpha.png", encode(np.dstack([rgb, np.full_like(grey, 200)]), "PNG"))
    yield Shape("palette.png", encode(Image.fromarray(rgb).quantize(64), "PNG"))
    times = (b"tIME", struct.pack(">H5B", 2026, 5, 6, 7, 8, 9))
    splat = (b"sPLT", b"old colours\0\x08" + bytes(6 * 20))
    yield Shape("time-and-palette.png", chunked(times, splat, (b"sCAL", b"\1 1\0 1")))
    yield Shape(
        "apple-index.png", chunked((b"iDOT", struct.pack(">7I", 2, 0, 48, 40, 48, 48, 999)))
    )


def _thumbnails() -> Iterator[Shape]:
    yield Shape("exif.png", chunked((b"eXIf", exif(6, small=True)[6:])), hidden=True)
    yield Shape("exif-with-identifier.png", chunked((b"eXIf", exif(small=True))), hidden=True)
    yield Shape("exif-as-text.png", chunked(raw_profile(b"exif", exif(6, small=True))), hidden=True)
    yield Shape("c2pa.png", chunked((b"caBX", manifest())), hidden=True)
    image = base64.encodebytes(thumbnail("PNG"))
    yield Shape("thumbnail-as-text.png", chunked((b"tEXt", b"thumbnail\0" + image)), hidden=True)
    folded = (b"iTXt", XMP + b"\0\1\0\0\0" + zlib.compress(thumbnail_packet()))
    yield Shape("thumbnail-in-xmp.png", chunked(folded), hidden=True)
    yield Shape("fireworks.png", chunked((b"mkBT", thumbnail("PNG"))), hidden=True)
    yield Shape("followed.png", chunked() + FILM, gone=(FILM[:40],))


def _positions() -> Iterator[Shape]:
    yield Shape("gps.png", chunked((b"eXIf", exif(gps=True)[6:])), secrets=WHERE)
    gps = raw_profile(b"exif", exif(gps=True))
    yield Shape("gps-as-text.png", chunked(gps), secrets=WHERE)
    app1 = raw_profile(b"APP1", b"http://ns.adobe.com/xap/1.0/\0" + placed_packet())
    yield Shape("gps-xmp-as-text.png", chunked(app1), secrets=(PLACE,))
    yield Shape("gps-ztxt.png", chunked((b"zTXt", XMP + b"\0\0" + zlib.compress(placed_packet()))),
                secrets=(PLACE,))  # fmt: skip
    yield Shape("gps-itxt.png", chunked((b"iTXt", XMP + b"\0\0\0\0\0" + placed_packet())),
                secrets=(PLACE,))  # fmt: skip
    named = [(b"tEXt", b"exif:GPSLatitude\0" + b"48/1, 8/1, 13/1"), (b"tEXt", b"Title\0a tree")]
    yield Shape("imagemagick.png", chunked(*named), secrets=(b"48/1, 8/1",))
    free = [(b"tEXt", b"Description\0" + b"48.13337, 11.56672"), raw_profile(b"iptc", iptc())]
    yield Shape("gps-description.png", chunked(*free), secrets=(b"48.13337",))
    out = io.BytesIO()
    frames = [Image.fromarray(picture()), Image.fromarray(picture()[::-1].copy())]
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:], exif=exif(gps=True))
    yield Shape("animated.png", out.getvalue(), secrets=WHERE, marked=False)
