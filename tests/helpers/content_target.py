"""A target whose answer to a picture depends on that picture alone, and which counts."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence

import numpy as np

from isotopes.targets import Picture, Scores, Target
from isotopes.targets.gate import OPEN, Gate

LABELS = ("ant", "bee", "cat", "dog", "elk")


def answer_to(picture: Picture, labels: int = len(LABELS)) -> np.ndarray:
    """What `ContentTarget` answers: shape (labels,), sums to 1, distinct for distinct pictures."""
    seed = int.from_bytes(hashlib.sha256(picture.tobytes()).digest()[:8], "big")
    return np.random.default_rng(seed).dirichlet(np.ones(labels))


class ContentTarget(Target):
    def __init__(self, labels: Sequence[str] = LABELS, batch_size: int = 64) -> None:
        self._labels = tuple(labels)
        self.batch_size = batch_size
        self.asked: list[bytes] = []
        self.version: str | None = None
        self.closed = False
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return "a content target"

    @property
    def labels(self) -> tuple[str, ...]:
        return self._labels

    def identity(self) -> str:
        return "sha256:" + "0" * 64

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        assert 0 < len(pictures) <= self.batch_size
        with self._lock:
            self.asked += [picture.tobytes() for picture in pictures]
        rows = [answer_to(picture, len(self._labels)) for picture in pictures]
        return Scores(self._labels, np.stack(rows))

    def close(self) -> None:
        self.closed = True


def pictures(count: int, seed: int = 0, side: int = 2) -> list[Picture]:
    """`count` different random pictures."""
    rng = np.random.default_rng(seed)
    return list(rng.integers(0, 256, (count, side, side, 3), dtype=np.uint8))
