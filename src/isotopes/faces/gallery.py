"""Enrolled faces as points, and those nearest to another one: exact, by FAISS."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from isotopes.arrays import read_archive
from isotopes.canonical import digest_of
from isotopes.errors import TargetUnusable, unreadable
from isotopes.files import atomic_write
from isotopes.targets.extras import missing

_FORMAT = "isotopes-gallery/1"


class Gallery:
    """Points with ids.

    Attributes:
        space: `Embedder.identity` of what made them: points of two embedders can't be compared.
    """

    def __init__(self, size: int, space: str) -> None:
        """An empty one for points of `size` numbers.

        Raises:
            TargetUnusable: FAISS is not installed.
        """
        try:
            import faiss
        except ImportError as error:
            raise missing("faiss-cpu", "faces") from error
        self.space = space
        self._ids: list[str] = []
        self._size = size
        # It compares with every point: it misses nothing, and a million points take 20 ms.
        self._index: Any = faiss.IndexFlatL2(size)

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def ids(self) -> tuple[str, ...]:
        """In the order in which they came."""
        return tuple(self._ids)

    def identity(self) -> str:
        """``sha256:...`` of what it holds."""
        return digest_of([self.space, self._ids, self._points().tobytes().hex()])

    def add(self, ids: Sequence[str], points: NDArray[np.float32]) -> None:
        """Add points, shape (n, size), each under its id."""
        self._index.add(np.ascontiguousarray(points, np.float32))
        self._ids.extend(ids)

    def distances(self, point: NDArray[np.float32], most: float) -> dict[str, float]:
        """How far each point is that lies no farther away than `most`; an id's nearest counts."""
        # FAISS works with squared distances, and leaves out points exactly at its limit.
        limit = float(np.nextafter(np.float32(most) ** 2, np.float32(np.inf)))
        _, squares, places = self._index.range_search(point[None].astype(np.float32), limit)
        found: dict[str, float] = {}
        for place, square in sorted(zip(places.tolist(), squares.tolist(), strict=True)):
            distance = max(0.0, square) ** 0.5
            name = self._ids[place]
            found[name] = min(distance, found.get(name, distance))
        return found

    def save(self, path: Path) -> None:
        """Write it, whole or not at all; only its owner may read it: faces identify people."""
        contents = {
            "format": np.array(_FORMAT),
            "space": np.array(self.space),
            "ids": np.array(self._ids, np.str_),
            "points": self._points(),
        }
        with atomic_write(path, mode=0o600) as part, part.open("wb") as file:
            np.savez(file, **contents)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> Self:
        """The gallery that `save` wrote.

        Raises:
            TargetUnusable: the file is not a gallery.
        """
        try:
            found = read_archive(path, "format", "space", "ids", "points")
            if str(found["format"]) != _FORMAT:
                raise TargetUnusable(
                    f"the format of {path} must be {_FORMAT}, got {str(found['format'])!r}"
                )
            points = found["points"]
            gallery = cls(points.shape[1], str(found["space"]))
            gallery.add(found["ids"].tolist(), points)
        except OSError as error:
            raise TargetUnusable(unreadable(path, error)) from None
        except (ValueError, IndexError) as error:
            raise TargetUnusable(f"{path} is no gallery of faces: {error}") from None
        return gallery

    def _points(self) -> NDArray[np.float32]:
        if not self._ids:
            return np.empty((0, self._size), np.float32)
        points: NDArray[np.float32] = self._index.reconstruct_n(0, len(self._ids))
        return points
