"""Does one picture show a part of another? Crops, pictures with a border or a banner, collages.

Two glances are compared: the part's, and what each of some thousand rectangles of the other would
look like at a glance. Both are reduced to 8 x 8 levels, as a glance has no more for half a side.
`python -m bench.likeness` measures on photographs what is found, and what is mistaken.

A rectangle may have any place, at least half of each side, and either the sides' proportions or one
side whole, as in a photo that was cropped to a square. Others are not found, nor are turned parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from isotopes.photos.choosing.glance import SIDE, is_part

SMALLEST = 0.5  # of a side
FINE, FINE_STEP = 8, 0.03  # levels a side; between sizes and places of rectangles, in sides
COARSE, COARSE_STEP = 4, 0.08
CONTRAST = 10.0  # grey levels; a part of a smaller standard deviation is found in every sky
ALIKE_COARSELY, ALIKE = 0.9, 0.95  # correlations
# Grey levels, root mean square: by coding, and by rectangles that don't fit exactly.
MOST_CHANGE_COARSELY, MOST_CHANGE = 18.0, 12.0
# Bands: quarters of a picture, one beside the other, in which a banner or damage spares two.
BANDS, WHOLE_BANDS = 4, 2
ALIKE_IN_BANDS, MOST_CHANGE_IN_BANDS = 0.99, 3.0
BLOCK = 2**24  # products of vectors kept at once; 64 MiB

Floats = NDArray[np.float32]


def parts_among(glances: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Indices i < j of glances of which one shows a part of the other, or the same in two bands."""
    squares, places = _whole(glances)
    found = {(min(pair), max(pair)) for pair in _contained(squares, squares)}
    found |= {(i, j) for i, j in _same_bands(squares, squares) if i < j}
    yield from ((places[i], places[j]) for i, j in sorted(found) if i != j)


def parts_of_known(new: Sequence[bytes], known: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Index of a new glance and of a known one, as `parts_among`."""
    one, ones = _whole(new)
    two, twos = _whole(known)
    found = set(_contained(one, two)) | set(_same_bands(one, two))
    found |= {(i, j) for j, i in _contained(two, one)}
    yield from ((ones[i], twos[j]) for i, j in sorted(found))


def _whole(glances: Sequence[bytes]) -> tuple[Floats, list[int]]:
    """The glances that are known as a whole and show enough, and their indices."""
    places = [at for at, glance in enumerate(glances) if not is_part(glance)]
    levels = np.frombuffer(b"".join(glances[at] for at in places), np.uint8).astype(np.float32)
    squares = levels.reshape(-1, SIDE, SIDE)
    shows = squares.std(axis=(1, 2)) >= CONTRAST
    return squares[shows], [at for at, enough in zip(places, shows, strict=True) if enough]


def _contained(wholes: Floats, parts: Floats) -> Iterator[tuple[int, int]]:
    """Indices of a whole picture and of one that shows a part of it."""
    if not len(wholes) or not len(parts):
        return
    coarse, fine = _reduced(parts, COARSE), _reduced(parts, FINE)
    directions = _unit(coarse).T
    rectangles = len(_rectangles(COARSE, COARSE_STEP)[0])
    step = max(1, BLOCK // (rectangles * len(parts)))
    for start in range(0, len(wholes), step):
        some = wholes[start : start + step]
        views = _views(some, COARSE, COARSE_STEP).reshape(-1, COARSE**2)
        view, part = np.nonzero(_unit(views) @ directions > ALIKE_COARSELY)
        change = np.sqrt(((views[view] - coarse[part]) ** 2).mean(axis=1))
        near = change < MOST_CHANGE_COARSELY
        candidates: dict[int, set[int]] = {}
        for row, column in zip(
            (view[near] // rectangles).tolist(), part[near].tolist(), strict=True
        ):
            candidates.setdefault(row, set()).add(column)
        for row, columns in candidates.items():
            others = sorted(columns - {start + row} if wholes is parts else columns)
            yield from ((start + row, at) for at in _confirmed(some[row], fine, others))


def _confirmed(whole: Floats, parts: Floats, candidates: Sequence[int]) -> Iterator[int]:
    """Those of the candidates that show a part of this picture."""
    if candidates:
        views = _views(whole[None], FINE, FINE_STEP)[0]
        alike = _alike(views, parts[candidates])
        yield from (at for at, found in zip(candidates, alike.T, strict=True) if found.any())


def _alike(views: Floats, parts: Floats) -> NDArray[np.bool_]:
    """Which views show the same as which parts, shape (views, parts)."""
    contrast = views.std(axis=1) >= CONTRAST
    correlation = _unit(views) @ _unit(parts).T
    squares = (views**2).sum(axis=1)[:, None] + (parts**2).sum(axis=1) - 2 * views @ parts.T
    change = np.sqrt(np.maximum(squares, 0) / views.shape[1])
    return np.asarray(contrast[:, None] & (correlation > ALIKE) & (change < MOST_CHANGE), np.bool_)


def _same_bands(one: Floats, two: Floats) -> Iterator[tuple[int, int]]:
    """Indices of pictures that show the same in two bands or more, lying or standing ones."""
    if not len(one) or not len(two):
        return
    step = max(1, BLOCK // (2 * BANDS * len(two)))
    for start in range(0, len(one), step):
        some = one[start : start + step]
        for turned in (False, True):
            sides = (_bands(side.swapaxes(1, 2) if turned else side) for side in (some, two))
            same = np.zeros((len(some), len(two)), np.int8)
            for mine, theirs in zip(*sides, strict=True):
                same += _same(mine, theirs)
            for row, column in zip(*np.nonzero(same >= WHOLE_BANDS), strict=True):
                yield start + int(row), int(column)


def _same(one: Floats, two: Floats) -> NDArray[np.bool_]:
    squares = (one**2).sum(axis=1)[:, None] + (two**2).sum(axis=1) - 2 * one @ two.T
    near = squares < MOST_CHANGE_IN_BANDS**2 * one.shape[1]
    near &= (one.std(axis=1) >= CONTRAST)[:, None]
    return np.asarray(near & (_unit(one) @ _unit(two).T > ALIKE_IN_BANDS), np.bool_)


def _bands(squares: Floats) -> Iterable[Floats]:
    return (band.reshape(len(squares), -1) for band in np.split(squares, BANDS, axis=1))


def _reduced(squares: Floats, side: int) -> Floats:
    """Shape (n, side * side)."""
    factor = SIDE // side
    cells = squares.reshape(-1, side, factor, side, factor).mean(axis=(2, 4))
    return np.asarray(cells.reshape(len(squares), side**2), np.float32)


def _views(squares: Floats, side: int, step: float) -> Floats:
    """What each rectangle of each picture looks like, shape (n, rectangles, side * side)."""
    down, across = _rectangles(side, step)
    rows = np.einsum("rij,njk->nrik", down, squares, optimize=True)
    found = np.matmul(rows, across.transpose(0, 2, 1))
    return np.asarray(found.reshape(len(squares), len(down), side**2), np.float32)


@cache
def _rectangles(side: int, step: float) -> tuple[Floats, Floats]:
    """For each rectangle how its rows and its columns average a glance's, (n, side, SIDE)."""
    sizes = np.arange(1, SMALLEST - step / 2, -step).tolist()
    pairs = [(size, size) for size in sizes[1:]]
    pairs += [pair for size in sizes[1:] for pair in ((1.0, size), (size, 1.0))]
    found = [
        (_weights(top, high, side), _weights(left, wide, side))
        for high, wide in pairs
        for top, left in product(_starts(high, step), _starts(wide, step))
    ]
    down, across = zip(*found, strict=True)
    return np.stack(down), np.stack(across)


def _starts(size: float, step: float) -> list[float]:
    return [float(at) for at in np.linspace(0, 1 - size, 1 + round((1 - size) / step))]


def _weights(start: float, size: float, side: int) -> Floats:
    """How much of each of a glance's cells lies in each of the cells of this stretch."""
    edges = (start + size * np.arange(side + 1) / side) * SIDE
    cells = np.arange(SIDE)
    overlap = np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells)
    overlap = np.maximum(overlap, 0)
    return np.asarray(overlap / overlap.sum(axis=1, keepdims=True), np.float32)


def _unit(vectors: Floats) -> Floats:
    """Of mean 0 and length 1, so that their products are correlations; plain ones become 0."""
    centred = vectors - vectors.mean(axis=-1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=-1, keepdims=True)
    return np.asarray(centred / np.maximum(lengths, 1e-3), np.float32)
