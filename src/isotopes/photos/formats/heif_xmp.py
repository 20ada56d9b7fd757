"""The XMP of a HEIC file: read, and put in as an item that describes the main picture.

The packet goes behind everything else. The boxes that list items grow, so all offsets to later
bytes are rewritten.

Reference: ISO/IEC 14496-12, sections 8.11.3 (iloc), 8.11.6 (iinf), 8.11.12 (iref).
"""

from __future__ import annotations

import struct
from dataclasses import replace

from isotopes.errors import PhotoError
from isotopes.photos.formats.heif_boxes import IN_FILE, Box, HeifFile, Item, ItemPlace
from isotopes.photos.formats.heif_strip import XMP_TYPE

LARGEST = 2**32 - 2**20  # bytes of a file: offsets are written with 32 bits
MOST_NUMBERS = 2**16 - 1  # of items: their numbers are written with 16 bits
DESCRIBES = b"cdsc"


def xmp_of_heic(data: bytes) -> bytes | None:
    """The packet; None if there is none.

    Raises:
        PhotoError: damaged boxes, or a packet in pieces.
    """
    item = _xmp_item(HeifFile(data))
    if item is None:
        return None
    if len(item.extents) != 1:
        raise PhotoError("its XMP isn't in one piece")
    start, end = item.extents[0]
    return data[start:end]


def with_xmp_in_heic(data: bytes, packet: bytes) -> bytes:
    """The file with this packet in the place of the one that it had, if any.

    Raises:
        PhotoError: damaged boxes, a film or sequence, or no room for 32-bit offsets.
    """
    found = HeifFile(data)
    if any(box.kind == b"moov" for box in found.boxes):
        raise PhotoError("a film or a sequence of pictures")
    item = _xmp_item(found)
    if item is not None and len(item.extents) == 1:
        start, end = item.extents[0]
        if len(packet) <= end - start:  # XMP may end in spaces
            return data[:start] + packet.ljust(end - start) + data[end:]
    if len(data) + len(packet) > LARGEST:
        raise PhotoError("there is no room for XMP in a file of 4 GiB")
    return _with_item(data, found, item, packet)


def _xmp_item(found: HeifFile) -> Item | None:
    kinds = (item for item in found.items if item.kind == b"mime")
    return next((item for item in kinds if item.content_type == XMP_TYPE), None)


def _with_item(data: bytes, found: HeifFile, item: Item | None, packet: bytes) -> bytes:
    meta = next(box for box in found.boxes if box.kind == b"meta")
    if found.box_in_meta(b"iloc") is None:
        raise PhotoError("it doesn't say where its items lie")
    if item is None:
        number = 1 + max((one.number for one in found.items), default=0)
    else:
        number = item.number
    old = [one for one in found.places if one.number != number]
    if max([number, *(one.number for one in old)]) > MOST_NUMBERS:
        raise PhotoError("it has too many items")

    def meta_with(locations: list[ItemPlace]) -> bytes:
        changed = {b"iloc": write_locations(locations)}
        if item is None:
            changed[b"iinf"] = _longer_list(data, found.box_in_meta(b"iinf"), number)
            changed[b"iref"] = _more_references(data, found, number)
        return _rebuilt(data, found, meta, changed)

    # Its length depends on the number of locations, not on where they are.
    new = ItemPlace(number, IN_FILE, 0, ((0, len(packet)),))
    growth = len(meta_with([*old, new])) - (meta.end - meta.start)
    moved = [one.shifted(meta.end, growth) for one in old]
    place = len(data) + growth + 8
    new = replace(new, extents=((place, len(packet)),))
    last = found.boxes[-1]
    behind = bytearray(data[meta.end :])
    if last.start >= meta.end and data[last.start : last.start + 4] == bytes(4):
        # "Up to the end of the file" would take in what comes behind.
        at = last.start - meta.end
        behind[at : at + 4] = struct.pack(">I", last.end - last.start)
    return b"".join([data[: meta.start], meta_with([*moved, new]), behind, _box(b"mdat", packet)])


def _rebuilt(data: bytes, found: HeifFile, meta: Box, changed: dict[bytes, bytes]) -> bytes:
    """The meta box with some of the boxes in it changed, or added at its end."""
    version = data[meta.body : meta.body + 4]
    left = dict(changed)
    kept = [left.pop(box.kind, data[box.start : box.end]) for box in found.meta]
    return _box(b"meta", b"".join([version, *kept, *left.values()]))


def write_locations(locations: list[ItemPlace]) -> bytes:
    """An iloc box, version 1, with 32-bit offsets and lengths."""
    parts = [b"\1\0\0\0", struct.pack(">HH", 0x4400, len(locations))]
    for one in locations:
        parts.append(struct.pack(">HHHH", one.number, one.method, one.file, len(one.extents)))
        parts += [struct.pack(">II", *extent) for extent in one.extents]
    return _box(b"iloc", b"".join(parts))


def _longer_list(data: bytes, table: Box | None, number: int) -> bytes:
    """The iinf box with an entry for the packet."""
    if table is None:
        raise PhotoError("it doesn't list its items")
    entry = _box(
        b"infe", b"\2\0\0\0" + struct.pack(">HH", number, 0) + b"mime\0" + XMP_TYPE + b"\0"
    )
    version = data[table.body]
    width = 2 if version == 0 else 4
    start = table.body + 4 + width
    count = 1 + int.from_bytes(data[table.body + 4 : start], "big")
    head = data[table.body : table.body + 4] + count.to_bytes(width, "big")
    return _box(b"iinf", head + data[start : table.end] + entry)


def _more_references(data: bytes, found: HeifFile, number: int) -> bytes:
    """The iref box that says: the packet describes the main picture."""
    main = found.box_in_meta(b"pitm")
    if main is None:
        raise PhotoError("it doesn't say which picture is the main one")
    picture = int.from_bytes(data[main.body + 4 : main.end], "big")
    table = found.box_in_meta(b"iref")
    before = b"\0\0\0\0" if table is None else data[table.body : table.end]
    form = ">IHI" if before[0] else ">HHH"  # version 1 has numbers of 32 bits
    return _box(b"iref", before + _box(DESCRIBES, struct.pack(form, number, 1, picture)))


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body
