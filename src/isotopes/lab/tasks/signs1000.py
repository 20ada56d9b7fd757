"""Which of 1,000 physical signs is it? A task with as many labels as ImageNet-1k.

GTSRB's training pictures are tracks: about 30 frames of one sign, seen from an approaching car.
Each track is a label here. Every fifth frame is held out; frames of a track look much alike, so
accuracies say little about recognising signs, but the network has to separate 1,000 labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from isotopes.canonical import digest_of
from isotopes.lab.data.image_sets import ImageSet, Record
from isotopes.lab.tasks.task import Task, TaskSetting
from isotopes.lab.train.recipe import Recipe

LABELS = 1000
HELD_OUT = 5
DESK = Recipe(epochs=20, batch=128, learning_rate=0.2, warmup=2, smoothing=0.1, shift=2)
PAPER = Recipe(epochs=18, batch=512, learning_rate=0.5, warmup=2, smoothing=0.1, shift=2)


class Tracks(ImageSet):
    """The frames of one split, labelled by track: all up to the last `_` of a picture's name."""

    def __init__(self, signs: ImageSet, *, training: bool) -> None:
        names = [record.name for record in signs.read(range(len(signs)))]
        tracks = [name.rpartition("_")[0] for name in names]
        self.names, labels = _numbered(tracks)
        order = np.lexsort((np.array(names), labels))
        position = np.arange(len(order)) - np.searchsorted(labels[order], labels[order])
        mine = order[(position % HELD_OUT == HELD_OUT - 1) != training]
        self._signs, self._training = signs, training
        self._indices = np.sort(mine)
        self.labels = labels[self._indices]

    def read(self, indices: Sequence[int]) -> Iterator[Record]:
        wanted = np.sort(np.asarray(indices, np.int64))
        found = self._signs.read(self._indices[wanted].tolist())
        for index, record in zip(wanted.tolist(), found, strict=True):
            yield Record(index, record.name, record.data)

    def digest(self) -> str:
        return digest_of(["tracks", HELD_OUT, self._training, self._signs.digest()])


class Signs1000(Task):
    name: ClassVar[str] = "signs1000"
    summary: ClassVar[str] = "1,000 physical signs: the tracks of GTSRB, for the paper's ImageNet"
    folder: ClassVar[str] = "gtsrb"
    settings: ClassVar[Mapping[str, TaskSetting]] = MappingProxyType(
        {
            "desk": TaskSetting(LABELS, None, (32, 32), "compact", DESK),
            "paper": TaskSetting(LABELS, None, (32, 32), "resnet18", PAPER),
        }
    )

    def open(self, *, training: bool) -> ImageSet:
        return Tracks(super().open(training=True), training=training)


def _numbered(
    tracks: Sequence[str],
) -> tuple[tuple[str, ...], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    names, labels = np.unique(np.array(tracks), return_inverse=True)
    return tuple(names.tolist()), labels.reshape(-1).astype(np.int64)
