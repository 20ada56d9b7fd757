"""Walks through protobuf messages, without a schema: ONNX and TensorFlow files consist of them.

Source: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VARINT, _EIGHT_BYTES, _MESSAGE, _FOUR_BYTES = 0, 1, 2, 5  # wire types
_CUT = "a part of it says that it is longer than what is there"
_ODD = "it has a part that no file of this format has"


@contextmanager
def mapped(path: Path) -> Iterator[mmap.mmap]:
    """The bytes of a file that is not empty.

    Raises:
        OSError: it can't be read.
        ValueError: it is empty.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def parts(data: mmap.mmap, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Field number, start and end of each length-delimited field of a message.

    Raises:
        ValueError: as `fields`.
    """
    for field, begin, stop in fields(data, start, end):
        if stop is not None:
            yield field, begin, stop


def fields(data: mmap.mmap, start: int, end: int) -> Iterator[tuple[int, int, int | None]]:
    """Each field of a message: its number, and where it starts and ends.

    Of a field that is a whole number it is the number, and None.

    Raises:
        ValueError: it is no message, or one that is cut short; in words for the person who named
            the file.
    """
    at = start
    while at < end:
        tag, at = varint(data, at, end)
        field, wire = tag >> 3, tag & 7
        if field == 0:
            raise ValueError(_ODD)
        if wire == _MESSAGE:
            length, at = varint(data, at, end)
            if at + length > end:
                raise ValueError(_CUT)
            yield field, at, at + length
            at += length
        elif wire == _VARINT:
            number, at = varint(data, at, end)
            yield field, number, None
        elif wire in {_EIGHT_BYTES, _FOUR_BYTES}:
            at += 8 if wire == _EIGHT_BYTES else 4
        else:
            raise ValueError(_ODD)
    if at > end:
        raise ValueError(_CUT)


def varint(data: mmap.mmap, at: int, end: int) -> tuple[int, int]:
    """The number that starts at `at`, and where it ends.

    Raises:
        ValueError: it doesn't end before `end`, or has more than ten bytes.
    """
    value = shift = 0
    while shift < 70:
        if at >= end:
            raise ValueError(_CUT)
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError(_ODD)
