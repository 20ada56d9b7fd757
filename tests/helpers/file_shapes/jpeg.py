"""JPEGs, segment by segment."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
from collections.abc import Iterator

import cv2
import numpy as np
from photo_files import XMP, encode, profile
from PIL import Image
from tiff_files import LONG, SHORT, UNDEFINED, exif_block

from file_shapes.shape import (
    FILM,
    HEIGHT,
    LATITUDE,
    SMALL_NOTE,
    WHERE,
    WIDTH,
    Shape,
    dataset,
    exif,
    iptc,
    manifest,
    motion_packet,
    packet,
    photoshop_thumbnail,
    picture,
    placed_packet,
    resource,
    small_pixels,
    tags,
    thumbnail,
    thumbnail_packet,
)

XMP_HEAD, MORE_HEAD = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
PHOTOSHOP = b"Photoshop 3.0\0"
PLACE = LATITUDE.encode()


def segment(marker: int, body: bytes) -> bytes:
    """As it stands in a file."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def plain(**settings: object) -> bytes:
    """The picture with nothing but JFIF."""
    settings.setdefault("quality", 90)
    return encode(picture(), "JPEG", **settings)


def insert(*segments: bytes, data: bytes | None = None) -> bytes:
    """With these segments behind JFIF."""
    data = data or plain()
    return data[:20] + b"".join(segments) + data[20:]


def xmp(body: bytes) -> bytes:
    return segment(0xE1, XMP_HEAD + body)


def app13(body: bytes) -> bytes:
    return segment(0xED, PHOTOSHOP + body)


def extended(body: bytes, room: int = 900) -> list[bytes]:
    """Main packet and extended XMP, cut into parts."""
    guid = hashlib.md5(body, usedforsecurity=False).hexdigest().upper()
    main = packet(f'n:HasExtendedXMP="{guid}"', n="http://ns.adobe.com/xmp/note/")
    parts = [
        segment(
            0xE1, MORE_HEAD + guid.encode() + struct.pack(">II", len(body), at) + body[at:][:room]
        )
        for at in range(0, len(body), room)
    ]
    return [xmp(main), *parts]


def restarts() -> bytes:
    options = [cv2.IMWRITE_JPEG_RST_INTERVAL, 3, cv2.IMWRITE_JPEG_QUALITY, 90]
    return cv2.imencode(".jpg", picture()[..., ::-1], options)[1].tobytes()


def jpeg_shapes() -> Iterator[Shape]:
    """All of them."""
    yield from _codings()
    yield from _thumbnails()
    yield from _positions()
    yield from _followers()
    yield from _oddities()


def _codings() -> Iterator[Shape]:
    yield Shape("plain.jpg", plain())
    yield Shape("full-chroma.jpg", plain(subsampling="4:4:4"))
    yield Shape("halved-chroma.jpg", plain(subsampling="4:2:2"))
    yield Shape("progressive.jpg", plain(progressive=True, exif=exif(small=True)), hidden=True)
    yield Shape("grey.jpg", encode(Image.fromarray(picture()).convert("L"), "JPEG", quality=90))
    yield Shape("restarts.jpg", restarts())
    yield Shape("red-green-blue.jpg", plain(keep_rgb=True, subsampling=0))
    yield Shape("fitted-tables.jpg", plain(optimize=True, icc_profile=profile()))


def _thumbnails() -> Iterator[Shape]:
    note = (UNDEFINED, b"SONY DSC \0\0\0" + bytes(30) + thumbnail())
    nikon = b"Nikon\0\2\x10\0\0" + exif_block({0x0011: (LONG, {0x0201: (LONG, [9])})}, order=">")
    nikon_note = (UNDEFINED, nikon + bytes(10) + thumbnail())
    yield Shape("camera-little-endian.jpg", insert(segment(0xE1, exif(small=True))), hidden=True)
    big = exif(order=">", small=True, gps=True)
    yield Shape("camera-big-endian.jpg", insert(segment(0xE1, big)), hidden=True, secrets=WHERE)
    yield Shape("phone-portrait.jpg", plain(exif=exif(6, note=SMALL_NOTE)))
    yield Shape("makers-preview.jpg", insert(segment(0xE1, exif(note=note))), hidden=True)
    yield Shape("nikon-preview.jpg", insert(segment(0xE1, exif(note=nikon_note))), hidden=True)
    yield Shape("photoshop.jpg", insert(app13(photoshop_thumbnail())), hidden=True)
    yield Shape("photoshop-4.jpg", insert(app13(photoshop_thumbnail(1033))), hidden=True)
    block = photoshop_thumbnail()
    cut = len(block) // 2
    two = insert(app13(block[:cut]), app13(block[cut:]))
    yield Shape("photoshop-in-two.jpg", two, hidden=True)
    yield Shape("jfxx.jpg", insert(segment(0xE0, b"JFXX\0\x10" + thumbnail())), hidden=True)
    raw = small_pixels(24, 36)
    inline = segment(0xE0, plain()[6:18] + bytes([36, 24]) + raw.tobytes())
    yield Shape("jfif-thumbnail.jpg", b"\xff\xd8" + inline + plain()[20:], gone=(raw.tobytes(),))
    yield Shape("lightroom.jpg", insert(xmp(thumbnail_packet())), hidden=True)
    manifested = segment(0xEB, b"JP\0\1\0\0\0\1" + manifest())
    yield Shape("c2pa.jpg", insert(manifested), hidden=True)
    image = base64.b64encode(thumbnail()).decode()
    depth = packet(f'g:Data="{image}"', g="http://ns.google.com/photos/1.0/image/")
    yield Shape("google-depth.jpg", insert(*extended(depth)), hidden=True)
    preview = iptc(dataset(2, 202, thumbnail()))
    yield Shape("iptc-preview.jpg", insert(app13(resource(1028, preview))), hidden=True)
    flashpix = segment(0xE2, b"FPXR\0\0" + thumbnail())
    yield Shape("flashpix.jpg", insert(flashpix), hidden=True)
    thermal = segment(0xE1, b"FLIR\0\1\0\0" + encode(small_pixels(), "PNG"))
    yield Shape("thermal.jpg", insert(thermal), hidden=True)
    yield Shape("comment.jpg", insert(segment(0xFE, base64.b64encode(thumbnail()))), hidden=True)


def _positions() -> Iterator[Shape]:
    yield Shape("gps.jpg", insert(segment(0xE1, exif(gps=True))), secrets=WHERE)
    yield Shape("gps-xmp.jpg", insert(xmp(placed_packet())), secrets=(PLACE,))
    yield Shape("gps-xmp-alias.jpg", insert(xmp(placed_packet("e"))), secrets=(PLACE,))
    wide = placed_packet().decode().encode("utf-16-le")
    yield Shape("gps-xmp-utf16.jpg", insert(xmp(wide)), secrets=(LATITUDE.encode("utf-16-le"),))
    more = packet(f'exif:GPSLatitude="{LATITUDE}" exif:UserComment="{"long " * 300}"',
                  exif="http://ns.adobe.com/exif/1.0/")  # fmt: skip
    yield Shape("gps-extended-xmp.jpg", insert(*extended(more, 300)), secrets=(PLACE, b"GPSLat"))
    drone = packet('d:GpsLatitude="+48.1333" d:GpsLongtitude="+11.5667" d:FlightPitch="+1.0"',
                   d="http://www.dji.com/drone-dji/1.0/")  # fmt: skip
    yield Shape("drone.jpg", insert(xmp(drone)), secrets=(b"48.1333", b"11.5667"))
    in_resources = resource(1058, exif(gps=True)[6:]) + resource(1060, placed_packet())
    yield Shape("gps-photoshop.jpg", insert(app13(in_resources)), secrets=(*WHERE, PLACE))
    yield Shape("gps-comment.jpg", insert(segment(0xFE, b"lat=48.1333 lon=11.5667")),
                secrets=(b"48.1333",))  # fmt: skip
    described = {**tags(), 0x010E: (2, "48° 8' 13\" N, 11° 34' 57\" E")}
    block = b"Exif\0\0" + exif_block(described)
    yield Shape("gps-description.jpg", insert(segment(0xE1, block)), secrets=("48°".encode(),))
    twice = insert(segment(0xE1, exif(1)), segment(0xE1, exif(1, gps=True)))
    yield Shape("two-exif-blocks.jpg", twice, secrets=WHERE)


def _followers() -> Iterator[Shape]:
    small = thumbnail()
    index = segment(0xE2, b"MPF\0" + exif_block({0xB001: (LONG, [2])}))
    yield Shape("two-pictures.jpg", insert(index) + small, hidden=True)
    motion = insert(xmp(motion_packet(len(FILM)))) + FILM
    yield Shape("motion-photo.jpg", motion, gone=(FILM[:40], b"MotionPhoto"))
    version = packet('h:Version="1.0"', h="http://ns.adobe.com/hdr-gain-map/1.0/")
    gain = insert(xmp(version), segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"), index)
    yield Shape("ultra-hdr.jpg", gain + small, hidden=True, gone=(b"Version",))
    trailer = b"\0\0\x30\x0aMotionPhoto_Data" + FILM + b"SEFHe\0\0\0SEFT"
    yield Shape("samsung.jpg", plain() + trailer, gone=(FILM[:40], b"SEFT"))
    cut = plain()[:-2] + trailer
    yield Shape("no-end-marker.jpg", cut, gone=(FILM[:40],), marked=False, same_pixels=plain())


def _oddities() -> Iterator[Shape]:
    data = plain()
    yield Shape("fill-bytes.jpg", data[:20] + b"\xff\xff\xff" + data[20:])
    yield Shape("junk-between-segments.jpg", data[:20] + b"\0\0junk" + data[20:])
    yield Shape("old-camera.jpg", insert(segment(0xEC, b"[picture info]\r\nResolution=1\r\n")))
    wide = exif_block({0x0112: (LONG, [8]), 0x010F: (2, "Maker")})
    yield Shape("orientation-as-long.jpg", insert(segment(0xE1, b"Exif\0\0" + wide)))
    broken = bytearray(exif_block({0x010F: (2, "Maker name"), 0x0112: (SHORT, [3])}))
    broken[10 + 12 + 8 : 10 + 12 + 12] = b"\xff\xff\xff\x0f"  # the maker's name lies outside
    yield Shape(
        "broken-exif-entry.jpg", insert(segment(0xE1, b"Exif\0\0" + bytes(broken))), orientation=3
    )
    turned = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    )
    yield Shape("orientation-in-xmp.jpg", insert(xmp(turned)))
    scans = plain(progressive=True)
    second = scans.index(b"\xff\xda", scans.index(b"\xff\xda") + 2)
    between = scans[:second] + segment(0xFE, b"lat=48.1333 lon=11.5667") + scans[second:]
    yield Shape("comment-between-scans.jpg", between, secrets=(b"48.1333",))
    first, last = segment(0xE1, exif(small=True, gps=True)), segment(0xFE, b"a comment")
    everything = insert(first, xmp(XMP), app13(resource(1028, iptc())), last)
    yield Shape("everything.jpg", everything, hidden=True, secrets=WHERE)
    odd = Image.fromarray(cv2.resize(picture(), (WIDTH + 1, HEIGHT + 1)))
    out = io.BytesIO()
    odd.save(out, "JPEG", quality=90, subsampling="4:2:0")
    yield Shape("odd-size.jpg", out.getvalue())
    assert np.asarray(odd).shape == (97, 145, 3)
