"""A held-out part of an image set that comes without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from isotopes.canonical import digest_of
from isotopes.lab.data.image_sets.image_set import ImageSet, Record

EVERY = 5


class Part(ImageSet):
    """Every fifth picture of each label, in the set's order; or all others, for training."""

    def __init__(self, whole: ImageSet, *, training: bool) -> None:
        order = np.argsort(whole.labels, kind="stable")
        ordered = whole.labels[order]
        position = np.arange(len(order)) - np.searchsorted(ordered, ordered)
        self._indices = np.sort(order[(position % EVERY == EVERY - 1) != training])
        self._whole, self._training = whole, training
        self.names, self.labels = whole.names, whole.labels[self._indices]

    def read(self, indices: Sequence[int]) -> Iterator[Record]:
        wanted = np.sort(np.asarray(indices, np.int64))
        found = self._whole.read(self._indices[wanted].tolist())
        for index, record in zip(wanted.tolist(), found, strict=True):
            yield Record(index, record.name, record.data)

    def digest(self) -> str:
        return digest_of(["part", EVERY, self._training, self._whole.digest()])
