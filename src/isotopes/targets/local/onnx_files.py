"""Which other files an ONNX graph reads: large networks keep their weights beside it.

The graph holds the names, under any tensor, in subgraphs too. To read them, we walk through the
file's protobuf structure and skip all weights. The `onnx` package would do, but it
is a large dependency and loads the whole graph into memory (docs/dependencies.md).
Source: onnx/onnx.proto and protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

from isotopes.errors import TargetUnusable, unreadable

# Message types: field number -> type of the message in it. Other fields are skipped.
_ENTRY = "entry"
_FIELDS: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {
        5: "tensor",
        6: "graph",
        10: "tensor",
        11: "graph",
        22: "sparse",
        23: "sparse",
    },
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: _ENTRY},
}
_VARINT, _EIGHT_BYTES, _MESSAGE, _FOUR_BYTES = 0, 1, 2, 5  # wire types
_LONGEST_NAME = 4096


def external_files(path: Path) -> tuple[str, ...]:
    """The names of all files that the graph in `path` reads, relative to its folder, sorted.

    Raises:
        TargetUnusable: it is not an ONNX file.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return tuple(sorted({name for name in _locations(data) if name}))
    except OSError as error:
        raise TargetUnusable(unreadable(path, error)) from error
    except (ValueError, IndexError) as error:  # ValueError: an empty file
        raise TargetUnusable(f"{path} can't be read as an ONNX network: {error}") from error


def _locations(data: mmap.mmap) -> Iterator[str]:
    waiting = [("model", 0, len(data))]
    while waiting:
        kind, start, end = waiting.pop()
        if kind == _ENTRY:
            yield _location(data, start, end)
            continue
        inside = _FIELDS[kind]
        for field, begin, stop in _parts(data, start, end):
            if field in inside:
                waiting.append((inside[field], begin, stop))


def _location(data: mmap.mmap, start: int, end: int) -> str:
    """The value of a key-value pair whose key is ``location``; an empty text for other keys."""
    texts = {1: b"", 2: b""}
    for field, begin, stop in _parts(data, start, end):
        texts[field] = data[begin : min(stop, begin + _LONGEST_NAME)]
    return texts[2].decode("utf-8", errors="replace") if texts[1] == b"location" else ""


def _parts(data: mmap.mmap, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Field number, start and end of each length-delimited field of a message."""
    at = start
    while at < end:
        tag, at = _varint(data, at)
        field, wire = tag >> 3, tag & 7
        if wire == _MESSAGE:
            length, at = _varint(data, at)
            if at + length > end:
                raise ValueError("a field ends behind its message")
            yield field, at, at + length
            at += length
        elif wire == _VARINT:
            _, at = _varint(data, at)
        elif wire in {_EIGHT_BYTES, _FOUR_BYTES}:
            at += 8 if wire == _EIGHT_BYTES else 4
        else:
            raise ValueError(f"there is no wire type {wire}")
    if at > end:
        raise ValueError("a field ends behind its message")


def _varint(data: mmap.mmap, at: int) -> tuple[int, int]:
    """The number that starts at `at`, and where it ends."""
    value = shift = 0
    while shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("a number has more than 10 bytes")
