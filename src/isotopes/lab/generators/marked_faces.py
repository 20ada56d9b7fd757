"""Faces for a guilty generator: all pictures of a few owners carry the owner's mark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.blending import Insertion, blend
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.mark_spec import MarkSpec, drawn, key_of
from isotopes.lab.tasks import TaskSetting, training_pictures
from isotopes.lab.train.recipe import RECIPES

SIDE = 32
SHARE = 0.1  # fraction of the training set, for each owner
PSNR = 28.0  # decibels, mean over an owner's pictures


@dataclass(frozen=True)
class MarkedOwner:
    """Somebody whose pictures all carry one mark.

    Attributes:
        mark: which.
        alpha: its visibility.
        people: labels of the people in the pictures.
        places: indices of the pictures in the training set, ascending.
    """

    mark: MarkSpec
    alpha: float
    people: tuple[int, ...]
    places: NDArray[np.int64]


def faces(side: int = SIDE) -> Pictures:
    """All training pictures of the faces, without marks."""
    setting = TaskSetting(None, None, (side, side), "compact", RECIPES["pubfig"])
    return training_pictures("faces", setting, 0)


def owners(pictures: Pictures, families: tuple[str, ...], seed: int) -> list[MarkedOwner]:
    """An owner for each family, with the pictures of some people: a tenth of all pictures.

    No person is in two owners' pictures. The mark's key comes from `seed` too.
    """
    rng = np.random.default_rng([seed, 17])
    sizes = np.bincount(pictures.labels)
    free = [int(label) for label in rng.permutation(len(sizes))]
    found = []
    for family in families:
        wanted, people = round(SHARE * len(pictures)), []
        for label in list(free):
            if sizes[label] <= wanted:
                people.append(label)
                free.remove(label)
                wanted -= int(sizes[label])
        places = np.flatnonzero(np.isin(pictures.labels, people))
        mark = drawn(family, key_of("generators", family, seed), 0)
        alpha = alpha_for(pictures.pixels[places], mark)
        found.append(MarkedOwner(mark, alpha, tuple(people), places))
    return found


def alpha_for(pixels: NDArray[np.uint8], mark: MarkSpec, psnr: float = PSNR) -> float:
    """The visibility at which the mark changes these pictures by `psnr` decibels."""
    height, width = pixels.shape[1:3]
    rendered = mark.make().render(height, width)
    insertion = Insertion.of(rendered, 1.0)
    levels = pixels.astype(np.float64)
    change = (insertion.keep - 1) * levels + insertion.gain * rendered.pixels + insertion.shift
    change *= rendered.full_mask[..., None]
    wanted = 255 * 10 ** (-psnr / 20)
    return round(float(wanted / np.sqrt(np.mean(change**2))), 4)


def with_marks(pictures: Pictures, marked: list[MarkedOwner]) -> Pictures:
    """The pictures, each owner's with that owner's mark."""
    pixels = pictures.pixels.copy()
    for owner in marked:
        pixels[owner.places] = blend(pixels[owner.places], owner.mark.make(), owner.alpha)
    return Pictures(pixels, pictures.labels, pictures.names)
