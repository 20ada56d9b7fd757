"""The boxes of a HEIC file: where its items lie, and which bytes belong to none of them.

Reference: ISO/IEC 14496-12, sections 4.2 and 8.11 (boxes, meta, iinf, iloc); ISO/IEC 23008-12.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from isotopes.errors import PhotoError

IN_FILE, IN_IDAT = 0, 1  # where an extent's offset counts from
MOST_ITEMS = 100_000


class Box(NamedTuple):
    """A box: its four letters, where it begins, where its body does, and where it ends."""

    kind: bytes
    start: int
    body: int
    end: int


@dataclass(frozen=True)
class ItemPlace:
    """Where an item lies, as iloc has it.

    Attributes:
        method: what offsets count from: 0 for the file, 1 for the idat box.
        file: which file it is in; 0 for this one.
        extents: offset and length of each piece.
    """

    number: int
    method: int
    file: int
    extents: tuple[tuple[int, int], ...]

    def shifted(self, behind: int, by: int) -> ItemPlace:
        """The same after everything behind a place of the file has moved."""
        if self.method != IN_FILE or self.file:
            return self
        moved = ((at + by if at >= behind else at, length) for at, length in self.extents)
        return replace(self, extents=tuple(moved))


@dataclass(frozen=True)
class Item:
    """One item of the file.

    Attributes:
        number: by which others refer to it.
        kind: four letters, such as hvc1, grid, Exif, mime.
        content_type: of a mime item.
        extents: start and end of each of its pieces in the file.
    """

    number: int
    kind: bytes
    content_type: bytes
    extents: tuple[tuple[int, int], ...]


class HeifFile:
    """The structure of a HEIC file.

    Attributes:
        boxes: at the top.
        meta: the boxes inside the meta box.
        places: where items lie, in the order of iloc.
        items: in the order of the file.

    Raises:
        PhotoError: boxes or items that lie outside, none at all, or kinds of references that no
            camera writes.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.boxes = list(read_boxes(data, 0, len(data)))
        meta = next((box for box in self.boxes if box.kind == b"meta"), None)
        if meta is None:
            raise PhotoError("it has no meta box")
        self.meta = list(read_boxes(data, meta.body + 4, meta.end))
        self.places = []
        extents = {}
        for place in self._read_places():
            self.places.append(place)
            extents[place.number] = tuple(self._extent(place.method, *one) for one in place.extents)
        self.items = [
            Item(number, kind, content_type, extents.get(number, ()))
            for number, kind, content_type in self._entries()
        ]

    def box_in_meta(self, kind: bytes) -> Box | None:
        """The first box of this kind inside the meta box."""
        return next((box for box in self.meta if box.kind == kind), None)

    def _entries(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Number, kind and content type of each item (iinf)."""
        table = self.box_in_meta(b"iinf")
        if table is None:
            return
        start = table.body + (6 if self._data[table.body] == 0 else 8)
        for box in read_boxes(self._data, start, table.end):
            version = self._data[box.body]
            if box.kind != b"infe" or version < 2:
                raise PhotoError("a list of items that no camera writes")
            width = 2 if version == 2 else 4
            number = self._number(box.body + 4, width)
            kind_at = box.body + 4 + width + 2
            kind = self._data[kind_at : kind_at + 4]
            rest = self._data[kind_at + 4 : box.end].split(b"\0")
            yield number, kind, rest[1] if kind == b"mime" and len(rest) > 1 else b""

    def _read_places(self) -> Iterator[ItemPlace]:
        """All entries of iloc, with whole offsets."""
        table = self.box_in_meta(b"iloc")
        if table is None:
            return
        version, at = self._data[table.body], table.body + 4
        sizes = self._number(at, 2)
        offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
        index_size = sizes & 15 if version in {1, 2} else 0
        count_size = 2 if version < 2 else 4
        count, at = self._number(at + 2, count_size), at + 2 + count_size
        if count > MOST_ITEMS:
            raise PhotoError(f"it must hold at most {MOST_ITEMS:,} items, got {count:,}")
        for _ in range(count):
            number, at = self._number(at, count_size), at + count_size
            method = IN_FILE
            if version in {1, 2}:
                method, at = self._number(at, 2) & 15, at + 2
            file, at = self._number(at, 2), at + 2
            base, at = self._number(at, base_size), at + base_size
            extents, at = self._number(at, 2), at + 2
            found = []
            for _ in range(extents):
                at += index_size
                offset, at = self._number(at, offset_size), at + offset_size
                length, at = self._number(at, length_size), at + length_size
                found.append((base + offset, length))
            yield ItemPlace(number, method, file, tuple(found))
        if at > table.end:
            raise PhotoError("truncated")

    def _extent(self, method: int, offset: int, length: int) -> tuple[int, int]:
        idat = self.box_in_meta(b"idat")
        if method == IN_IDAT and idat is not None:
            offset += idat.body
        elif method != IN_FILE:
            raise PhotoError("items that are cut out of other items")
        if length == 0 or offset + length > len(self._data):
            raise PhotoError("an item lies outside the file")
        return offset, offset + length

    def _number(self, at: int, size: int) -> int:
        if at + size > len(self._data):
            raise PhotoError("truncated")
        return int.from_bytes(self._data[at : at + size], "big")


def read_boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """The consecutive boxes from `start` to `end`.

    Raises:
        PhotoError: one ends outside.
    """
    while start < end:
        size, kind = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8]
        body = start + 8
        if size == 1:
            size, body = int.from_bytes(data[start + 8 : start + 16], "big"), start + 16
        stop = end if size == 0 else start + size
        if stop > end or stop < body:
            raise PhotoError("truncated")
        yield Box(kind, start, body, stop)
        start = stop


def end_of_boxes(data: bytes) -> int:
    """Where the last box at the top ends by its own word, be it behind the end of the data."""
    start = 0
    while start + 8 <= len(data):
        size = int.from_bytes(data[start : start + 4], "big")
        if size == 1:
            size = int.from_bytes(data[start + 8 : start + 16], "big")
        if size < 8:  # it reaches to the end, or is damaged
            return len(data)
        start += size
    return start
