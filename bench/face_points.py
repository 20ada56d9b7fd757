"""Faces as dlib sees them, each picture once: by all cores, and kept from one run to the next.

A face takes 0.1 s of a core. The file lies in the lab's cache; it is named after the embedder, so
that one of another release begins again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from isotopes.faces.embedding import DlibEmbedder, Embedding, shared_embedder
from isotopes.files import atomic_write
from isotopes.lab.folders import cache_folder
from isotopes.targets.answer import picture_digest

TOGETHER = 50  # pictures between two savings: what an interrupted run loses
Picture = NDArray[np.uint8]


class Points:
    """Each picture's point, and None of one without a face."""

    def __init__(self) -> None:
        """Read what earlier runs kept."""
        name = DlibEmbedder().identity().removeprefix("sha256:")[:32]
        self._path = cache_folder() / f"face-points-{name}.npz"
        self._points: dict[str, Embedding] = {}  # by digest; without a face, all NaN
        if self._path.exists():
            with np.load(self._path) as kept:
                self._points = dict(zip(kept["digests"].tolist(), kept["points"], strict=True))

    def __call__(self, picture: Picture) -> Embedding | None:
        """Of one picture that `learn` was given."""
        point = self._points[_name(picture)]
        return None if np.isnan(point).any() else point

    def learn(self, pictures: Iterable[Picture]) -> None:
        """Embed those that are new."""
        named = {_name(picture): picture for picture in pictures}
        new = [name for name in named if name not in self._points]
        cores = len(os.sched_getaffinity(0))
        with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
            for start in range(0, len(new), TOGETHER):
                some = new[start : start + TOGETHER]
                points = pool.map(_embed, [named[name] for name in some])
                self._points.update(zip(some, points, strict=True))
                self._save()

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(self._path) as part, part.open("wb") as file:
            np.savez(file, digests=list(self._points), points=np.stack(list(self._points.values())))


def _name(picture: Picture) -> str:
    return picture_digest(picture).hex()


def _embed(picture: Picture) -> Embedding:
    point = shared_embedder().embed(picture)
    return np.full(DlibEmbedder.size, np.nan, np.float32) if point is None else point
