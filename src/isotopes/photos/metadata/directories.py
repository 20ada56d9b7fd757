"""The directories of a TIFF file or EXIF block, read tolerantly and edited in place.

Nothing moves: makers' notes hold offsets into the file that nobody else can correct. A removed
entry gives up its place in its directory, and at the end `sweep` zeroes every byte that no kept
entry refers to, so that nothing hides between them.

We read what Pillow, exiftool and libexif read: an entry of an unknown type, or one whose value lies
outside, is skipped by itself, and a directory that is cut short is read as far as it goes.
Reference: TIFF 6.0, section 2; BigTIFF (AWare Systems); EXIF 2.32, section 4.6.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from mmap import mmap
from typing import NamedTuple

from isotopes.errors import PhotoError

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
SIZES |= {16: 8, 17: 8, 18: 8, 129: 1}  # BigTIFF; EXIF 3.0's UTF-8 text
WHOLE = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
TEXT = {2, 129}
MOST_ENTRIES = 4_096
# Four bytes at the start: byte order, and whether offsets take 8 bytes. The last two are wrong, but
# Pillow reads them.
HEADERS = {
    b"II*\0": ("<", False),
    b"MM\0*": (">", False),
    b"II+\0": ("<", True),
    b"MM\0+": (">", True),
    b"MM*\0": (">", False),
    b"II\0*": ("<", False),
}
Range = tuple[int, int]


class Layout(NamedTuple):
    """How wide things are.

    Attributes:
        number: struct's letter for a directory's number of entries.
        offset: struct's letter for offsets, and for a field's number of values.
        entry, inline: bytes of an entry, and of a value that stands in it.
    """

    number: str
    offset: str
    entry: int
    inline: int


CLASSIC, BIG = Layout("H", "I", 12, 4), Layout("Q", "Q", 20, 8)


class Field(NamedTuple):
    """An entry of a directory.

    Attributes:
        position: where it stands.
        tag, kind, values: as it says; how many values.
        place, size: where its value lies, and how many bytes it takes.
    """

    position: int
    tag: int
    kind: int
    values: int
    place: int
    size: int


class Directories:
    """Reads and edits `buffer` in place.

    Raises:
        PhotoError: it does not begin as a TIFF file does; from `fields` and `after`, if a directory
            lies outside.
    """

    def __init__(self, data: bytes | mmap) -> None:
        # A file that is only read isn't copied.
        self.buffer: bytearray = data if isinstance(data, mmap) else bytearray(data)  # type: ignore[assignment]
        if data[:4] not in HEADERS:
            raise PhotoError("EXIF must begin as a TIFF file does")
        self.order, self.is_big = HEADERS[data[:4]]
        self.layout = BIG if self.is_big else CLASSIC

    @property
    def first(self) -> int:
        """Where the first directory is."""
        return self._number(self.layout.offset, 8 if self.is_big else 4)

    def fields(self, directory: int) -> list[Field]:
        """The entries of the directory at this offset that can be read."""
        found = (self._field(place) for place in self._entries(directory))
        return [field for field in found if field is not None]

    def after(self, directory: int) -> int:
        """Where the next directory of the chain is; 0 at its end, or if the file ends first."""
        place = self._link(directory)
        if place + struct.calcsize(self.layout.offset) > len(self.buffer):
            return 0
        return self._number(self.layout.offset, place)

    def end_chain(self, directory: int) -> None:
        """Make this directory the last one."""
        place, width = self._link(directory), struct.calcsize(self.layout.offset)
        if place + width <= len(self.buffer):
            self.buffer[place : place + width] = bytes(width)

    def value(self, field: Field) -> bytes:
        """The bytes of its value."""
        return bytes(self.buffer[field.place : field.place + field.size])

    def numbers(self, field: Field) -> tuple[int, ...]:
        """Its values, if they are whole numbers; else none."""
        if field.kind not in WHOLE:
            return ()
        found = struct.unpack_from(
            f"{self.order}{field.values}{WHOLE[field.kind]}", self.buffer, field.place
        )
        return tuple(found)

    def write(self, field: Field, value: bytes) -> None:
        """Give it another value of no more bytes; the rest of its place becomes zeros.

        A value of whole units (SHORT, LONG) is filled up with zeros to the next unit.
        """
        unit = SIZES[field.kind]
        value += b"\0" * (-len(value) % unit)
        self.buffer[field.place : field.place + field.size] = value.ljust(field.size, b"\0")
        count = struct.pack(self.order + self.layout.offset, len(value) // unit)
        self.buffer[field.position + 4 : field.position + 4 + len(count)] = count
        if len(value) <= self.layout.inline < field.size:  # readers now look into the entry
            inline = field.position + 4 + len(count)
            self.buffer[inline : inline + self.layout.inline] = value.ljust(
                self.layout.inline, b"\0"
            )

    def write_numbers(self, field: Field, values: Iterable[int]) -> None:
        """Give it other whole numbers, as many and of the same type."""
        form = f"{self.order}{field.values}{WHOLE[field.kind]}"
        struct.pack_into(form, self.buffer, field.place, *values)

    def replace_numbers(self, directory: int, tag: int, values: Sequence[int]) -> None:
        """Give a field of this directory other whole numbers. If they don't fit its type and number
        of values, they go behind the end of the buffer, as LONGs. If there is no such field, do
        nothing."""
        field = next((f for f in self.fields(directory) if f.tag == tag), None)
        if field is None:
            return
        if len(values) == field.values and max(values) < 1 << 8 * SIZES[field.kind]:
            self.write_numbers(field, values)
            return
        place = len(self.buffer) + len(self.buffer) % 2
        kind = 16 if self.is_big else 4
        self.resize(place + SIZES[kind] * len(values))
        self.relocate(field._replace(kind=kind), values, place)

    def relocate(self, field: Field, values: Sequence[int], place: int) -> None:
        """Give it other whole numbers of its type, and a place with room for them."""
        packed = struct.pack(f"{self.order}{len(values)}{WHOLE[field.kind]}", *values)
        count = struct.pack(self.order + self.layout.offset, len(values))
        pointer = struct.pack(self.order + self.layout.offset, place)
        if len(packed) <= self.layout.inline:
            pointer = packed.ljust(self.layout.inline, b"\0")
        else:
            self.buffer[place : place + len(packed)] = packed
        struct.pack_into(f"{self.order}H", self.buffer, field.position + 2, field.kind)
        at = field.position + 4
        self.buffer[at : at + len(count) + len(pointer)] = count + pointer

    def resize(self, size: int) -> None:
        """Cut the buffer off, or fill it up with zeros."""
        del self.buffer[size:]
        self.buffer += bytes(size - len(self.buffer))

    @property
    def head(self) -> int:
        """Where the header ends."""
        return 16 if self.is_big else 8

    def keep(self, directory: int, wanted: Callable[[Field], bool]) -> None:
        """Take out all entries that are not wanted or can't be read."""
        entries = self._entries(directory)
        kept = [f for f in self.fields(directory) if wanted(f)]
        head, link = struct.calcsize(self.layout.number), self._link(directory)
        packed = struct.pack(self.order + self.layout.number, len(kept))
        packed += b"".join(self.buffer[f.position : f.position + self.layout.entry] for f in kept)
        packed += self.buffer[link : link + struct.calcsize(self.layout.offset)]
        end = min(directory + head + self.layout.entry * len(entries), len(self.buffer))
        end = min(end + struct.calcsize(self.layout.offset), len(self.buffer))
        self.buffer[directory:end] = packed.ljust(end - directory, b"\0")

    def add_short(self, directory: int, tag: int, value: int) -> None:
        """Add a field of one 16-bit number to a directory that another one was taken out of."""
        link = self._link(directory)
        after = self.buffer[link : link + struct.calcsize(self.layout.offset)]
        entry = struct.pack(f"{self.order}HH{self.layout.offset}H", tag, 3, 1, value)
        entry = entry.ljust(self.layout.entry, b"\0")
        packed = self._packed(self._entries(directory), entry) + after
        self.buffer[directory : directory + len(packed)] = packed

    def append(self, value: bytes) -> int:
        """Put a value behind the end of the buffer, and return its place."""
        place = len(self.buffer) + len(self.buffer) % 2
        self.resize(place)
        self.buffer += value
        return place

    def move_first(self, tag: int, kind: int, values: int, place: int) -> None:
        """Move the first directory behind the end, with a field added or in another's place.

        Args:
            kind, values: the field's type, and how many of them there are; more than fit into an
                entry.
            place: where they lie.
        """
        old = self.first
        kept = [at for at in self._entries(old) if self._number("H", at) != tag]
        entry = struct.pack(f"{self.order}HH2{self.layout.offset}", tag, kind, values, place)
        offset = self.order + self.layout.offset
        moved = self.append(self._packed(kept, entry) + struct.pack(offset, self.after(old)))
        start, end = self.extent(old)
        self.buffer[start:end] = bytes(end - start)
        struct.pack_into(offset, self.buffer, 8 if self.is_big else 4, moved)

    def extent(self, directory: int) -> Range:
        """Start and end of the directory, with its link to the next one."""
        end = self._link(directory) + struct.calcsize(self.layout.offset)
        return directory, min(end, len(self.buffer))

    def sweep(self, used: Iterable[Range]) -> int:
        """Zero every byte outside these ranges, and return the end of the last one."""
        position = self.head
        for start, end in sorted(used):
            if start > position:
                self.buffer[position:start] = bytes(start - position)
            position = max(position, end)
        self.buffer[position:] = bytes(max(len(self.buffer) - position, 0))
        return min(position, len(self.buffer))

    def _entries(self, directory: int) -> list[int]:
        """Where the directory's entries stand, as far as the file goes."""
        count = self._number(self.layout.number, directory)
        start, width = directory + struct.calcsize(self.layout.number), self.layout.entry
        fitting = (len(self.buffer) - start) // width
        return [start + width * index for index in range(min(count, fitting, MOST_ENTRIES))]

    def _packed(self, kept: Iterable[int], new: bytes) -> bytes:
        """A directory of the entries that stand there and a new one, without the link behind it."""
        entries = [bytes(self.buffer[at : at + self.layout.entry]) for at in kept]
        entries = sorted(
            [*entries, new], key=lambda found: struct.unpack_from(f"{self.order}H", found)
        )
        return struct.pack(self.order + self.layout.number, len(entries)) + b"".join(entries)

    def _link(self, directory: int) -> int:
        count = self._number(self.layout.number, directory)
        return (
            directory
            + struct.calcsize(self.layout.number)
            + self.layout.entry * min(count, MOST_ENTRIES)
        )

    def _field(self, position: int) -> Field | None:
        tag, kind = self._number("H", position), self._number("H", position + 2)
        count = self._number(self.layout.offset, position + 4)
        size = SIZES.get(kind, 0) * count
        inline = position + 4 + struct.calcsize(self.layout.offset)
        place = inline
        if size > self.layout.inline:
            place = self._number(self.layout.offset, inline)
        if kind not in SIZES or place + size > len(self.buffer):
            return None
        return Field(position, tag, kind, count, place, size)

    def _number(self, form: str, position: int) -> int:
        try:
            return int(struct.unpack_from(self.order + form, self.buffer, position)[0])
        except struct.error as error:
            raise PhotoError("metadata is cut short or points outside the file") from error
