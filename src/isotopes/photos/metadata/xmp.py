"""XMP packets, cleaned: properties are cut out, and everything around them stays as it was.

Prefixes, encoding (UTF-8, 16 or 32) and notation (elements, attributes) don't matter: expat reads
the packet and reports where each element begins. A packet that isn't well-formed XML, or that
declares entities, can't be judged and goes as a whole, unless it is small.
Reference: ISO 16684-1 (XMP); Adobe XMP specification, part 3; Google's photo-container format.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from typing import NamedTuple

from isotopes.errors import PhotoError
from isotopes.photos.metadata.cleaned import NOT_UNDERSTOOD, Cleaned, Purpose, merge
from isotopes.photos.metadata.tags import XMP_ORIENTATION
from isotopes.photos.metadata.text import clean_text
from isotopes.photos.metadata.xmp_rules import why_not, why_not_value
from isotopes.photos.metadata.xmp_walk import Cut, Value, walk

ORIENTATION_PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
    b' tiff:Orientation="%b"/></rdf:RDF></x:xmpmeta>'
)
SMALL = 1_024  # bytes: too little text to hide a picture
GUID = re.compile(rb"(HasExtendedXMP\s*(?:=\s*[\"']|>)\s*)([0-9A-Fa-f]{32})")
GUID_PROPERTY = re.compile(
    rb"\s+[\w-]+:HasExtendedXMP\s*=\s*[\"'][0-9A-Fa-f]{32}[\"']"
    rb"|<([\w-]+:HasExtendedXMP)\s*>\s*[0-9A-Fa-f]{32}\s*</\1\s*>"
)
# By the first bytes: encoding, and byte-order mark.
ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8", codecs.BOM_UTF8),
    (codecs.BOM_UTF32_BE, "utf-32-be", codecs.BOM_UTF32_BE),
    (codecs.BOM_UTF32_LE, "utf-32-le", codecs.BOM_UTF32_LE),
    (codecs.BOM_UTF16_BE, "utf-16-be", codecs.BOM_UTF16_BE),
    (codecs.BOM_UTF16_LE, "utf-16-le", codecs.BOM_UTF16_LE),
    (b"\0\0\0<", "utf-32-be", b""),
    (b"<\0\0\0", "utf-32-le", b""),
    (b"\0<", "utf-16-be", b""),
    (b"<\0", "utf-16-le", b""),
    (b"", "utf-8", b""),
)


class Packet(NamedTuple):
    """A packet as UTF-8, and how to bring it back into its own encoding (`encode`)."""

    text: bytes
    encoding: str
    mark: bytes

    def encode(self, text: bytes) -> bytes:
        return self.mark + text.decode().encode(self.encoding)


def clean_xmp(packet: bytes, purpose: Purpose) -> Cleaned:
    """The packet without what may not stay.

    Args:
        packet: as it stands in the file, in any of XMP's encodings.

    This removes previews and anything else that shows a picture, descriptions of a film or map that
    doesn't come along, and links to a C2PA manifest. For NO_POSITION it also removes every property
    that holds a position, and every namespace that isn't known to hold none. If the packet is too
    damaged to read, only the orientation stays, in a new packet that may be longer.
    """
    try:
        decoded = decode(packet)
        cuts = walk(
            decoded.text,
            lambda uri, name: why_not(uri, name, purpose),
            lambda uri, value: why_not_value(uri, value, purpose),
        ).cuts
    except PhotoError:
        is_short = purpose is Purpose.MARKED and len(packet) <= SMALL
        left = clean_text(packet, purpose) if is_short else Cleaned(None, (NOT_UNDERSTOOD,))
        return left if left.data else Cleaned(_orientation_alone(packet), left.left_out)
    if not cuts:
        return Cleaned(packet)
    return Cleaned(
        decoded.encode(without(decoded.text, cuts)), merge(tuple(cut.why for cut in cuts))
    )


def without(text: bytes, cuts: Iterable[Cut]) -> bytes:
    """The text without these stretches of it."""
    kept, position = [], 0
    for start, end, _ in sorted(cuts):
        if start >= position:  # else it lies inside the last one
            kept.append(text[position:start])
        position = max(position, end)
    kept.append(text[position:])
    return b"".join(kept)


def _orientation_alone(packet: bytes) -> bytes | None:
    """A packet that says nothing but the orientation; None if the old one doesn't tell it."""
    found = XMP_ORIENTATION.search(packet)
    return None if found is None else ORIENTATION_PACKET % found.group(1)


def read_xmp(packet: bytes) -> list[Value]:
    """Namespace, name and value of every text in the packet.

    Raises:
        PhotoError: not well-formed XML.
    """
    return walk(decode(packet).text, lambda *_: None, lambda *_: None).values


def extended_guid(packet: bytes) -> bytes | None:
    """The GUID of the extended XMP that a JPEG's main packet announces; None if it has none."""
    found = GUID.search(packet)
    return found.group(2) if found else None


def with_extended_guid(packet: bytes, guid: bytes | None) -> bytes:
    """The packet announcing extended XMP of this GUID instead, or none."""
    if guid is None:
        return GUID_PROPERTY.sub(b"", packet)
    return GUID.sub(lambda found: found.group(1) + guid, packet)


def decode(packet: bytes) -> Packet:
    """The packet as UTF-8.

    Raises:
        PhotoError: it is no text.
    """
    _, encoding, mark = next(found for found in ENCODINGS if packet.startswith(found[0]))
    try:
        return Packet(packet[len(mark) :].decode(encoding).encode(), encoding, mark)
    except UnicodeError as error:
        raise PhotoError(f"XMP can't be read: {error}") from error
