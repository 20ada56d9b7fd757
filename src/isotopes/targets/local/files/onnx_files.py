"""Which other files an ONNX graph reads: large networks keep their weights beside it.

The graph holds the names, under any tensor, in subgraphs too. To read them, we walk through the
file's protobuf structure and skip all weights. The `onnx` package would do, but it
is a large dependency and loads the whole graph into memory (docs/dependencies.md).
Source: onnx/onnx.proto.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path

from isotopes.targets.local.files.protobuf import fields, mapped, parts

# Message types: field number -> type of the message in it. Other fields are skipped.
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
    "tensor": {},
}
_NEEDED = {7, 8}  # fields of a model: its graph, and the versions of its operations
# Fields of a tensor: where its numbers are, as pairs of texts, and whether they are there (1).
_PLACE, _ELSEWHERE = 13, 14
_LONGEST_NAME = 4096


def external_files(path: Path) -> Mapping[str, int]:
    """The names of all files that the graph in `path` reads, relative to its folder, sorted.

    With each goes how many bytes of it are read at least; 0 if it is named, but not read.

    Raises:
        OSError: it can't be read.
        ValueError: it is not an ONNX file, or one that is cut short.
    """
    found: dict[str, int] = {}
    with mapped(path) as data:
        if not {field for field, _, _ in parts(data, 0, len(data))} >= _NEEDED:
            raise ValueError("it has no graph, or doesn't say which version's operations it uses")
        for name, size in _references(data):
            found[name] = max(size, found.get(name, 0))
    return dict(sorted(found.items()))


def _references(data: mmap.mmap) -> Iterator[tuple[str, int]]:
    waiting = [("model", 0, len(data))]
    while waiting:
        kind, start, end = waiting.pop()
        if kind == "tensor":
            yield from _reference(data, start, end)
            continue
        inside = _FIELDS[kind]
        for field, begin, stop in parts(data, start, end):
            if field in inside:
                waiting.append((inside[field], begin, stop))


def _reference(data: mmap.mmap, start: int, end: int) -> Iterator[tuple[str, int]]:
    """The file that a tensor's numbers are in, and where they end there; nothing if in none."""
    said: dict[bytes, bytes] = {}
    read = False
    for field, begin, stop in fields(data, start, end):
        if field == _ELSEWHERE and stop is None:
            read = begin == 1
        if field == _PLACE and stop is not None:
            pair = {1: b"", 2: b""}
            for which, first, last in parts(data, begin, stop):
                pair[which] = data[first : min(last, first + _LONGEST_NAME)]
            said[pair[1]] = pair[2]
    if name := said.get(b"location", b"").decode("utf-8", errors="replace"):
        needed = _number(said.get(b"offset")) + _number(said.get(b"length"))
        yield name, max(1, needed) if read else 0


def _number(text: bytes | None) -> int:
    return int(text) if text and len(text) < 20 and text.isdigit() else 0
