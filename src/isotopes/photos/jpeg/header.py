"""A JPEG's markers, read strictly: what must hold before its coefficients may be touched.

libjpeg forgives much, and what it does not forgive ends the thread it runs in (library.py). So a
file is marked on its coefficients only if each of its segments is well formed and of a kind known
here (ITU-T T.81, annex B); any other goes through pixels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SOI, EOI, SOS, DQT, DHT, DRI, COM = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xFE
SEQUENTIAL, PROGRESSIVE = {0xC0, 0xC1}, 0xC2  # frame headers, Huffman coded
APPLICATION = range(0xE0, 0xF0)
LARGEST_SIDE = 65_500  # libjpeg's limit
MOST_SCANS = 100  # a tiny file may ask for any number of passes over a huge picture
BLOCKS_PER_UNIT = 10  # limit of an interleaved scan, T.81 B.2.3
# What a sequential scan can hold: sizes of DC differences; zeros before and size of an AC
# coefficient, end of block, and sixteen zeros.
DC_SYMBOLS = frozenset(range(12))
AC_SYMBOLS = frozenset({run << 4 | size for run in range(16) for size in range(1, 11)} | {0, 0xF0})
MARKER_IN_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
# Natural (row by row) place of each coefficient in the order of the file.
ZIGZAG = sorted(
    range(64), key=lambda n: (n // 8 + n % 8, n // 8 if (n // 8 + n % 8) % 2 else n % 8)
)


@dataclass(frozen=True)
class Grid:
    """How the samples of one component lie over the picture.

    Attributes:
        across, down: how many pixels one sample covers along a row and along a column.
        rows, columns: size in blocks of 8 x 8 samples; the last ones may reach over the edge.
    """

    across: int
    down: int
    rows: int
    columns: int


@dataclass(frozen=True)
class Component:
    """A grid and its 64 quantisation steps in natural order, each 1 to 65,535."""

    grid: Grid
    steps: tuple[int, ...]


@dataclass(frozen=True)
class Frame:
    """Size in pixels, and one component (grey) or three (luma, two chroma)."""

    height: int
    width: int
    components: tuple[Component, ...]


@dataclass(frozen=True)
class JpegHeader:
    """What a JPEG's markers say.

    Attributes:
        frame: size, sampling and quantisation.
        complete_tables: the Huffman tables of its only scan have a code for every symbol, so that
            they can code any coefficients.
    """

    frame: Frame
    complete_tables: bool


def read_jpeg_header(data: bytes) -> JpegHeader | None:
    """The header of a Huffman-coded 8-bit JPEG; None if anything about it is unusual.

    Unusual are: arithmetic, lossless, hierarchical or 12-bit coding; two or more than three
    components; odd sampling; a malformed, missing, doubled or unknown segment; a picture cut short.
    """
    try:
        return _Parser(data).parse()
    except (_Unusual, IndexError):
        return None


class _Unusual(Exception):  # noqa: N818 - a reason to stop, not an error
    """Something that this parser leaves to others."""


def _need(condition: bool) -> None:
    if not condition:
        raise _Unusual


@dataclass(frozen=True)
class _Plane:
    """A component as the frame header declares it."""

    horizontal: int
    vertical: int
    table: int


class _Parser:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._steps: dict[int, tuple[int, ...]] = {}
        self._symbols: dict[tuple[int, int], frozenset[int]] = {}  # by class (0 DC, 1 AC), slot
        self._planes: dict[int, _Plane] = {}
        self._size = (0, 0)
        self._progressive = False
        self._scans = 0
        self._seen: list[int] = []  # components that a first DC scan has coded
        self._complete = True

    def parse(self) -> JpegHeader:
        data, position = self._data, 2
        _need(data[:2] == bytes([0xFF, SOI]))
        while True:
            _need(data[position] == 0xFF)
            marker = data[position + 1]
            if marker == EOI:
                return self._header()
            end = position + 2 + int.from_bytes(data[position + 2 : position + 4], "big")
            _need(position + 4 <= end <= len(data))
            self._segment(marker, data[position:end])
            position = end
            if marker == SOS:
                found = MARKER_IN_SCAN.search(data, position)
                _need(found is not None)
                position = found.start() if found else 0

    def _segment(self, marker: int, segment: bytes) -> None:
        body = segment[4:]
        if marker == COM or marker in APPLICATION:
            return
        if marker in SEQUENTIAL or marker == PROGRESSIVE:
            self._progressive = marker == PROGRESSIVE
            self._read_frame(body)
            return
        readers: dict[int, Callable[[bytes], None]] = {
            DQT: self._read_quantisation,
            DHT: self._read_huffman,
            DRI: self._read_restarts,
            SOS: self._read_scan,
        }
        _need(marker in readers)
        readers[marker](body)

    def _read_frame(self, body: bytes) -> None:
        _need(not self._planes and len(body) >= 6 and body[0] == 8)
        height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
        _need(1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE)
        _need(body[5] in {1, 3} and len(body) == 6 + 3 * body[5])
        self._size = height, width
        for name, sampling, table in zip(body[6::3], body[7::3], body[8::3], strict=True):
            plane = _Plane(sampling >> 4, sampling & 15, table)
            _need(name not in self._planes and {plane.horizontal, plane.vertical} <= {1, 2, 4})
            self._planes[name] = plane
        self._check_unit(self._planes)  # we write all of them in one scan

    def _read_quantisation(self, body: bytes) -> None:
        _need(self._scans == 0)  # a table changed between scans can't be written again
        while body:
            size, slot = (body[0] >> 4) + 1, body[0] & 15
            values, body = body[1 : 1 + 64 * size], body[1 + 64 * size :]
            _need(size <= 2 and slot <= 3 and len(values) == 64 * size)
            steps = [0] * 64
            for index, place in enumerate(ZIGZAG):
                steps[place] = int.from_bytes(values[index * size : (index + 1) * size], "big")
            _need(min(steps) > 0)
            self._steps[slot] = tuple(steps)

    def _read_huffman(self, body: bytes) -> None:
        while body:
            kind, slot, counts = body[0] >> 4, body[0] & 15, body[1:17]
            symbols, body = body[17 : 17 + sum(counts)], body[17 + sum(counts) :]
            _need(kind <= 1 and slot <= 3 and len(counts) == 16 and len(symbols) == sum(counts))
            code = 0
            for length, count in enumerate(counts, 1):
                code += count
                _need(count == 0 or code < 1 << length)  # all ones is no code
                code <<= 1
            _need(len(set(symbols)) == len(symbols))
            # Larger values than 8-bit pictures give: 11 bits for a DC difference, 10 for AC.
            _need(all(s <= 11 if kind == 0 else s & 15 <= 10 for s in symbols))
            self._symbols[kind, slot] = frozenset(symbols)

    def _read_restarts(self, body: bytes) -> None:
        _need(len(body) == 2)

    def _read_scan(self, body: bytes) -> None:
        self._scans += 1
        count = body[0]
        _need(self._scans <= MOST_SCANS and len(body) == 4 + 2 * count)
        names, slots = list(body[1 : 1 + 2 * count : 2]), list(body[2 : 2 + 2 * count : 2])
        _need(1 <= count == len(set(names)) and set(names) <= set(self._planes))
        self._check_unit(names)
        first, last, high, low = body[-3], body[-2], body[-1] >> 4, body[-1] & 15
        if self._progressive:
            _need(last == 0 if first == 0 else first <= last <= 63 and count == 1)
            _need(low <= 13 and high in {0, low + 1})
        else:
            _need((first, last, high, low) == (0, 63, 0, 0))
        if first == 0 and high == 0:
            self._seen += names
        for slot in slots:
            self._check_tables(slot, dc=first == 0 and high == 0, ac=last > 0)

    def _check_tables(self, slot: int, *, dc: bool, ac: bool) -> None:
        """Each table that the scan needs is there; note whether it has all symbols."""
        if dc:
            _need((0, slot >> 4) in self._symbols)
            self._complete &= self._symbols[0, slot >> 4] >= DC_SYMBOLS
        if ac:
            _need((1, slot & 15) in self._symbols)
            self._complete &= self._symbols[1, slot & 15] >= AC_SYMBOLS

    def _header(self) -> JpegHeader:
        _need(bool(self._planes) and sorted(self._seen) == sorted(self._planes))
        height, width = self._size
        widest = max(plane.horizontal for plane in self._planes.values())
        tallest = max(plane.vertical for plane in self._planes.values())
        components = []
        for plane in self._planes.values():
            _need(plane.table in self._steps)
            across, down = widest // plane.horizontal, tallest // plane.vertical
            rows, columns = -(-height // (8 * down)), -(-width // (8 * across))
            grid = Grid(across, down, rows, columns)
            components.append(Component(grid, self._steps[plane.table]))
        single = self._scans == 1 and not self._progressive
        return JpegHeader(
            Frame(height, width, tuple(components)),
            single and self._complete,
        )

    def _check_unit(self, names: Iterable[int]) -> None:
        """These components fit into one scan."""
        planes = [self._planes[name] for name in names]
        blocks = sum(plane.horizontal * plane.vertical for plane in planes)
        _need(len(planes) == 1 or blocks <= BLOCKS_PER_UNIT)
