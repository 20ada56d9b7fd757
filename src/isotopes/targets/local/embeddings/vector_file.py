"""Reads files of embeddings that somebody else got: JSON Lines, or a NumPy archive.

    jsonl  {"picture": "query-0001.png", "embedding": [0.12, -0.5, ...]}
    npz    `pictures`, texts of shape (pictures,), and `embeddings` of shape (pictures, numbers)

Rows may be in any order, because each names its picture. The numbers are taken as they are, at
double precision, so that a file decides as the encoder itself would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isotopes.arrays import read_archive
from isotopes.checked import LONGEST_TEXT
from isotopes.errors import TargetUnusable, reading
from isotopes.targets.local.files.json_lines import json_lines

_MOST_NUMBERS = 2**28  # 2 GiB as float64
_HINT = "docs/descriptions.md shows the layouts"


@dataclass(frozen=True, eq=False)
class VectorTable:
    """Saved embeddings as the file holds them.

    Attributes:
        pictures: what the file calls each picture.
        vectors: float64, shape (pictures, numbers); finite, and no row of zeros.
    """

    pictures: Sequence[str]
    vectors: NDArray[np.float64]


@dataclass(frozen=True)
class _Row:
    """Where a row stands in its file, for messages."""

    place: str
    picture: str

    def __str__(self) -> str:
        return f"{self.place} ({self.picture!r:.80})"


_Rows = tuple[list[_Row], NDArray[np.float64]]


def holds_vectors(path: Path) -> bool | None:
    """Whether a file of answers holds embeddings rather than scores of labels, at a first look.

    None if it can't be told; to read the file then says why.
    """
    ending = path.suffix.lower()
    if ending != ".jsonl":
        return {".npz": True, ".csv": False, ".parquet": False}.get(ending)
    try:
        _, first = next(json_lines(path), ("", {}))
    except (OSError, ValueError):
        return None
    return "embedding" in first if first.keys() & {"embedding", "scores"} else None


def read_vector_table(path: Path) -> VectorTable:
    """The saved embeddings in a file, whose ending decides the format.

    Raises:
        TargetUnusable: it can't be read in one of the layouts above; or a row has no embedding,
            one of another length, or a different one than an earlier row of the same picture. The
            message says which row, and which number of it.
    """
    readers: dict[str, Callable[[Path], _Rows]] = {".jsonl": _read_jsonl, ".npz": _read_npz}
    ending = path.suffix.lower()
    if ending not in readers:
        raise TargetUnusable(
            f"saved embeddings must be .jsonl or .npz, got {path.name!r}", hint=_HINT
        )
    with reading(path, "saved embeddings", error=TargetUnusable, hint=_HINT):
        rows, vectors = readers[ending](path)
        _check_numbers(rows, vectors)
        _check_repeated(rows, vectors)
        return VectorTable([row.picture for row in rows], vectors)


def _read_jsonl(path: Path) -> _Rows:
    rows: list[_Row] = []
    vectors: list[NDArray[np.float64]] = []
    for place, said in json_lines(path, "picture", "embedding"):
        row = _named(place, said["picture"])
        vector = _numbers(row, said["embedding"])
        if vectors and len(vector) != len(vectors[0]):
            raise ValueError(
                f"{row} has {len(vector):,} numbers, and {rows[0]} has {len(vectors[0]):,}"
            )
        if len(vector) * (len(rows) + 1) > _MOST_NUMBERS:
            raise ValueError(f"it holds more than {_MOST_NUMBERS:,} numbers")
        rows.append(row)
        vectors.append(vector)
    if not rows:
        raise ValueError("it holds no embeddings")
    return rows, np.stack(vectors)


def _named(place: str, picture: object) -> _Row:
    if not isinstance(picture, str) or not 0 < len(picture) <= LONGEST_TEXT:
        raise ValueError(
            f"{place}: picture must be a text of at most {LONGEST_TEXT:,} characters,"
            f" got {picture!r:.80}"
        )
    return _Row(place, picture)


def _numbers(row: _Row, said: object) -> NDArray[np.float64]:
    if not isinstance(said, list) or not said:
        raise ValueError(f"{row}: embedding must be a list of numbers, got {said!r:.80}")
    if not set(map(type, said)) <= {int, float}:  # a truth is no number, and no list is one
        at, odd = next((at, one) for at, one in enumerate(said, 1) if type(one) not in {int, float})
        raise ValueError(f"{row}: number {at} of its embedding is {odd!r:.80}")
    try:
        return np.array(said, np.float64)
    except OverflowError:
        raise ValueError(f"{row}: its embedding holds a number that is too large") from None


def _read_npz(path: Path) -> _Rows:
    found = read_archive(path, "pictures", "embeddings")
    pictures, vectors = found["pictures"], found["embeddings"]
    if pictures.ndim != 1 or pictures.dtype.kind != "U":
        raise ValueError(
            f"its array 'pictures' must be texts, one for each picture, got {pictures.dtype} of"
            f" shape {pictures.shape}"
        )
    if vectors.ndim != 2 or vectors.dtype.kind not in "fiu" or not vectors.size:
        raise ValueError(
            "its array 'embeddings' must be numbers of shape (pictures, numbers), got"
            f" {vectors.dtype} of shape {vectors.shape}"
        )
    if len(pictures) != len(vectors):
        raise ValueError(
            f"it names {len(pictures):,} pictures and holds {len(vectors):,} embeddings"
        )
    if vectors.size > _MOST_NUMBERS:
        raise ValueError(f"it holds more than {_MOST_NUMBERS:,} numbers")
    rows = [_named(f"row {number}", one) for number, one in enumerate(pictures.tolist(), 1)]
    # In rows, whatever order the file has: a sum over a row must not depend on that.
    return rows, np.ascontiguousarray(vectors, np.float64)


def _check_numbers(rows: Sequence[_Row], vectors: NDArray[np.float64]) -> None:
    odd = np.argwhere(~np.isfinite(vectors))
    if len(odd):
        row, at = odd[0].tolist()
        raise ValueError(
            f"{rows[row]}: number {at + 1} of its embedding is {vectors[row, at]:g},"
            f" and {len({row for row, _ in odd.tolist()}):,} of {len(rows):,} rows hold such ones"
        )
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(vectors, axis=1)
    for at in np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))[:1]:
        raise ValueError(
            f"{rows[at]}: its embedding has length {lengths[at]:g}, and so no direction"
        )


def _check_repeated(rows: Sequence[_Row], vectors: NDArray[np.float64]) -> None:
    first: dict[str, int] = {}
    for row, about in enumerate(rows):
        earlier = first.setdefault(about.picture, row)
        differ = np.flatnonzero(vectors[earlier] != vectors[row])
        if len(differ):
            at = int(differ[0])
            raise ValueError(
                f"{rows[earlier].place} and {about} give one picture two embeddings: number"
                f" {at + 1} is {vectors[earlier, at]:g} and {vectors[row, at]:g}"
            )
