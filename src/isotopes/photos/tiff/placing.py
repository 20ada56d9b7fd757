"""Finding room in a file for its new pixels, so that nothing else has to move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from isotopes.photos.metadata.directories import Range

ALIGNMENT = 2  # a TIFF's offsets are even


def place_segments(sizes: Sequence[int], used: Iterable[Range], start: int) -> list[int]:
    """Where each segment goes: into the gaps between what is used, in order, else behind the end.

    Args:
        sizes: bytes of each segment.
        used: ranges of the file that stay; they may overlap.
        start: where the file's header ends.

    Returns:
        Offsets. Segments of the old sizes come to lie where the old ones did.
    """
    gaps, end = _gaps(used, start)
    placed, current = [], 0
    for size in sizes:
        # Skipped gaps stay free: going back would mix up the order to save a few bytes.
        while current < len(gaps) and gaps[current][1] - _even(gaps[current][0]) < size:
            current += 1
        if current < len(gaps):
            at = _even(gaps[current][0])
            gaps[current] = (at + size, gaps[current][1])
        else:
            at = _even(end)
            end = at + size
        placed.append(at)
    return placed


def _gaps(used: Iterable[Range], start: int) -> tuple[list[Range], int]:
    """The free ranges between used ones, and where the last used one ends."""
    gaps, position = [], start
    for begin, end in sorted(used):
        if begin > position:
            gaps.append((position, begin))
        position = max(position, end)
    return gaps, position


def _even(place: int) -> int:
    return place + place % ALIGNMENT
