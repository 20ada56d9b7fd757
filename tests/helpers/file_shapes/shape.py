"""What a shape is, and the blocks that several formats hold."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from photo_files import encode, scene
from tiff_files import ASCII, LONG, RATIONAL, SHORT, UNDEFINED, Tags, exif_block

HEIGHT, WIDTH = 96, 144
LATITUDE, LONGITUDE = "48,8.13N", "11,34.57E"
WHERE = (struct.pack("<6I", 48, 1, 8, 1, 13, 1), struct.pack(">6I", 48, 1, 8, 1, 13, 1))
FILM = (
    b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"moov udta +48.1333+011.5667/" + bytes(range(256)) * 4
)


@dataclass(frozen=True)
class Shape:
    """A file and what is known about it.

    Attributes:
        name: with its suffix.
        data: the file.
        hidden: a picture without the mark lies in it, besides the one that is shown.
        secrets: bytes that tell a position: gone from stripped files.
        gone: bytes that follow the picture or show it: gone from every output.
        marked: whether it can be marked.
        orientation: EXIF's, where Pillow gives up on the block and other readers don't.
        same_pixels: a file with its pixels, where Pillow can't decode it.
    """

    name: str
    data: bytes
    hidden: bool = False
    secrets: tuple[bytes, ...] = ()
    gone: tuple[bytes, ...] = ()
    marked: bool = True
    orientation: int | None = None
    same_pixels: bytes | None = None


def picture() -> NDArray[np.uint8]:
    """What every shape shows: uint8 (HEIGHT, WIDTH, 3)."""
    return scene(HEIGHT, WIDTH)


def small_pixels(height: int = 48, width: int = 72) -> NDArray[np.uint8]:
    """The same, smaller."""
    return cv2.resize(picture(), (width, height), interpolation=cv2.INTER_AREA)


@cache
def thumbnail(kind: str = "JPEG") -> bytes:
    """The small picture as a file of its own."""
    return encode(small_pixels(), kind, **({"quality": 92} if kind == "JPEG" else {}))


GPS: Tags = {
    1: (ASCII, "N"),
    2: (RATIONAL, [48, 1, 8, 1, 13, 1]),
    3: (ASCII, "E"),
    4: (RATIONAL, [11, 1, 34, 1, 57, 1]),
}


def tags(orientation: int = 1, **more: tuple[int, object]) -> dict:
    """Maker, model, orientation, time."""
    taken = {0x9003: (ASCII, "2026:05:06 07:08:09"), 0xA002: (LONG, [WIDTH])}
    if "note" in more:
        taken[0x927C] = more["note"]
    found = {
        0x010F: (ASCII, "Maker"),
        0x0110: (ASCII, "Model 7"),
        0x0112: (SHORT, [orientation]),
        0x8769: (LONG, taken),
    }
    if "gps" in more:
        found[0x8825] = (LONG, GPS)
    return found


def exif(orientation: int = 1, *, order: str = "<", small: bool = False, **more: object) -> bytes:
    """An EXIF block with its identifier; `gps` and `note` as for `tags`."""
    block = exif_block(tags(orientation, **more), thumbnail() if small else None, order)
    return b"Exif\0\0" + block


def packet(attributes: str = "", elements: str = "", **namespaces: str) -> bytes:
    """An XMP packet."""
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in namespaces.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about=""{declared} {attributes}>{elements}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


EXIF_NS, XAP = "http://ns.adobe.com/exif/1.0/", "http://ns.adobe.com/xap/1.0/"


def placed_packet(prefix: str = "exif") -> bytes:
    """XMP with a position."""
    attributes = f'{prefix}:GPSLatitude="{LATITUDE}" {prefix}:GPSLongitude="{LONGITUDE}"'
    return packet(attributes, **{prefix: EXIF_NS})


def thumbnail_packet() -> bytes:
    """XMP with a thumbnail, as Lightroom and Bridge write it."""
    image = base64.encodebytes(thumbnail()).decode().replace("\n", "&#xA;")
    inside = (
        '<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType="Resource">'
        "<g:format>JPEG</g:format><g:width>72</g:width><g:height>48</g:height>"
        f"<g:image>{image}</g:image></rdf:li></rdf:Alt></xmp:Thumbnails>"
    )
    return packet("", inside, xmp=XAP, g=f"{XAP}g/img/")


def motion_packet(length: int) -> bytes:
    """XMP that announces a film of so many bytes behind the picture."""
    google = "http://ns.google.com/photos/1.0/"
    inside = (
        '<C:Directory><rdf:Seq><rdf:li rdf:parseType="Resource">'
        '<C:Item I:Mime="image/jpeg" I:Semantic="Primary" I:Length="0"/></rdf:li>'
        '<rdf:li rdf:parseType="Resource"><C:Item I:Mime="video/mp4" I:Semantic="MotionPhoto"'
        f' I:Length="{length}"/></rdf:li></rdf:Seq></C:Directory>'
    )
    attributes = f'G:MotionPhoto="1" G:MicroVideo="1" G:MicroVideoOffset="{length}"'
    spaces = {"G": f"{google}camera/", "C": f"{google}container/", "I": f"{google}container/item/"}
    return packet(attributes, inside, **spaces)


def resource(number: int, body: bytes) -> bytes:
    """One of Photoshop's resources."""
    head = b"8BIM" + struct.pack(">H", number) + b"\0\0" + struct.pack(">I", len(body))
    return head + body + bytes(len(body) % 2)


def photoshop_thumbnail(number: int = 1036) -> bytes:
    """Photoshop's thumbnail; 1033 is version 4's, with red and blue exchanged."""
    jpeg = thumbnail() if number == 1036 else encode(small_pixels()[..., ::-1].copy(), "JPEG")
    head = struct.pack(">IIIIIIHH", 1, 72, 48, 216, 216 * 48, len(jpeg), 24, 1)
    return resource(1005, bytes(16)) + resource(number, head + jpeg)


def dataset(record: int, number: int, body: bytes) -> bytes:
    """One of IPTC's datasets."""
    return struct.pack(">BBBH", 0x1C, record, number, len(body)) + body


def iptc(*more: bytes) -> bytes:
    """IPTC's records: a caption, and more datasets."""
    return dataset(2, 0, b"\0\4") + dataset(2, 120, b"a tree") + b"".join(more)


def manifest() -> bytes:
    """A C2PA manifest store's boxes with a thumbnail (JUMBF)."""
    inner = struct.pack(">I", 8 + len(thumbnail())) + b"bidb" + thumbnail()
    label = b"c2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03c2pa\0"
    described = struct.pack(">I", 8 + len(label)) + b"jumd" + label
    return struct.pack(">I", 8 + len(described + inner)) + b"jumb" + described + inner


SMALL_NOTE = (UNDEFINED, b"Apple iOS\0\0\1MM\0\1" + struct.pack(">HHII", 1, 9, 1, 12) + bytes(40))
