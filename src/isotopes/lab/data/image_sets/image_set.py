"""The interface of every layout of labelled pictures: labels at once, pictures on demand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Record:
    """One picture as stored.

    Attributes:
        index: its index in the set.
        name: a relative file name, unique in the set.
        data: an encoded picture file.
    """

    index: int
    name: str
    data: bytes


class ImageSet(ABC):
    """One split of a labelled image set.

    Attributes:
        names: what each label is called.
        labels: of each picture, as an index into `names`, int64, shape (n,).
    """

    names: tuple[str, ...]
    labels: NDArray[np.int64]

    @abstractmethod
    def read(self, indices: Sequence[int]) -> Iterator[Record]:
        """The pictures with these indices, in increasing order."""

    @abstractmethod
    def digest(self) -> str:
        """Hash of the set's contents: other pictures make another set."""

    def __len__(self) -> int:
        return len(self.labels)

    def choose(
        self, rng: np.random.Generator, label_count: int, per_label: int
    ) -> dict[int, NDArray[np.int64]]:
        """Some labels at random, and some pictures of each: label to sorted indices.

        Labels with fewer pictures than `per_label` contribute all of them; empty labels are
        never chosen.
        """
        present = np.unique(self.labels)
        chosen = rng.permutation(present)[:label_count]
        return {
            int(label): np.sort(rng.permutation(np.flatnonzero(self.labels == label))[:per_label])
            for label in np.sort(chosen)
        }
