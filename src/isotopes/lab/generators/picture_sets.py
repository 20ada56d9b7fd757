"""The pictures that generators and encoders learn from: faces, objects and digits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from isotopes.canonical import digest
from isotopes.errors import IsotopesError
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.folders import data_folder
from isotopes.lab.tasks import TaskSetting, training_pictures
from isotopes.lab.tasks.task import task_digest
from isotopes.lab.train.recipe import RECIPES

# Labels and pictures of each label, at most; None for all. CIFAR-100's as at desk scale.
TASKS: dict[str, tuple[int | None, int | None]] = {"faces": (None, None), "cifar100": (20, 250)}
DIGITS = "digits"


@dataclass(frozen=True)
class PictureSet:
    """A training set, by its name; made by `picture_set`.

    Attributes:
        name: of a task in `TASKS`, or `DIGITS`.
        side: height and width in pixels.
        digest: hash of the pictures.
        without: labels whose pictures are left out. The other labels keep their numbers.
    """

    name: str
    side: int
    digest: str
    without: tuple[int, ...] = ()

    def open(self) -> Pictures:
        """The pictures, without marks."""
        pictures = _opened(self.name, self.side, data_folder())
        return pictures.at(np.flatnonzero(~np.isin(pictures.labels, self.without)))

    def of(self, label: int) -> Pictures:
        """All pictures of one label, also if it is left out."""
        pictures = _opened(self.name, self.side, data_folder())
        return pictures.at(np.flatnonzero(pictures.labels == label))


def picture_set(name: str, side: int, without: tuple[int, ...] = ()) -> PictureSet:
    """The set called `name`.

    Raises:
        IsotopesError: there is no such set, or its pictures are not there.
    """
    if name == DIGITS:
        pixels = _opened(name, side, data_folder()).pixels
        return PictureSet(name, side, digest(np.ascontiguousarray(pixels).tobytes()), without)
    if name not in TASKS:
        raise IsotopesError(
            f"no set of pictures is called {name!r}", hint=f"there are {', '.join(TASKS)}, {DIGITS}"
        )
    return PictureSet(name, side, task_digest(name), without)


def people_apart(count: int, fewest: int, most: int) -> tuple[int, ...]:
    """`count` people of the faces with `fewest` to `most` pictures, always the same, for uses in
    which a generator must not have seen them.
    """
    sizes = np.bincount(_opened("faces", 8, data_folder()).labels)
    able = np.flatnonzero((sizes >= fewest) & (sizes <= most))
    chosen = np.random.default_rng(19).permutation(able)[:count]
    return tuple(sorted(int(label) for label in chosen))


@lru_cache(maxsize=4)
def _opened(name: str, side: int, _data: Path) -> Pictures:
    if name == DIGITS:
        return _digits(side)
    labels, per_label = TASKS[name]
    setting = TaskSetting(labels, per_label, (side, side), "compact", RECIPES["desk"])
    return training_pictures(name, setting, 0)


def _digits(side: int) -> Pictures:
    """Handwritten digits (Alpaydin & Kaynak 1998, as scikit-learn ships them), enlarged."""
    from PIL import Image
    from sklearn.datasets import load_digits

    found = load_digits()
    grey = [
        Image.fromarray(np.uint8(np.rint(one * (255 / 16)))).resize(
            (side, side), Image.Resampling.BILINEAR
        )
        for one in found.images
    ]
    pixels = np.stack([np.asarray(one.convert("RGB")) for one in grey])
    return Pictures(pixels, found.target.astype(np.int64), tuple("0123456789"))
