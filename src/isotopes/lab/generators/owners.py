"""People who put a mark into all of their pictures before a generator learns from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.blending import Insertion, blend
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.generators.diagnosis.warp import Warp
from isotopes.lab.models.mark_spec import Drawn, drawn, key_of

SHARE = 0.1  # fraction of the training set, for each owner
SLACK = 0.005  # how much more it may be, so that a label of a tenth can be somebody's
PSNR = 28.0  # decibels, over all of an owner's pictures
WARP = "warp"  # in the place of a family's name
HALVINGS = 20  # of the interval that the strength of a warp is searched in
STRONGEST = 8.0  # of a warp


@dataclass(frozen=True)
class KeyedChange:
    """How somebody's pictures are changed.

    Attributes:
        mark: a draw of a family, or a warp.
        psnr: how visible that is: the mean over their pictures, in decibels.
        marked: fraction of the pictures that are changed, in (0, 1].
    """

    mark: Drawn | Warp
    psnr: float = PSNR
    marked: float = 1.0

    @property
    def family(self) -> str:
        """The family's name, or `WARP`."""
        return WARP if isinstance(self.mark, Warp) else self.mark.family

    def put_into(self, pixels: NDArray[np.uint8], seed: int) -> tuple[NDArray[np.uint8], float]:
        """The pictures, changed as far as they are to be, and the strength that it takes.

        Args:
            seed: chooses which pictures are changed.
        """
        strength = strength_for(pixels, self.mark, self.psnr)
        count = max(1, round(self.marked * len(pixels)))
        chosen = np.random.default_rng([seed, 18]).permutation(len(pixels))[:count]
        changed = pixels.copy()
        changed[chosen] = _changed(pixels[chosen], self.mark, strength)
        return changed, strength


@dataclass(frozen=True)
class Contributor:
    """Somebody with pictures in a training set.

    Attributes:
        marking: what was done to their pictures.
        labels: of their pictures, which are all with these labels.
        places: indices of the pictures in the training set, ascending.
    """

    marking: KeyedChange
    labels: tuple[int, ...]
    places: NDArray[np.int64]


def marking(family: str, *key: object, psnr: float = PSNR, marked: float = 1.0) -> KeyedChange:
    """A mark of a family, or a warp, with a key derived from `key`.

    Raises:
        MarkError: there is no such family.
    """
    secret = key_of("generators", family, *key)
    mark = Warp(secret) if family == WARP else drawn(family, secret, 0)
    return KeyedChange(mark, psnr, marked)


def owners(pictures: Pictures, markings: Sequence[KeyedChange], seed: int) -> list[Contributor]:
    """An owner for each marking, who has all pictures of some labels: about a tenth of all.

    No label belongs to two owners.
    """
    rng = np.random.default_rng([seed, 17])
    sizes = np.bincount(pictures.labels, minlength=len(pictures.names))
    free = [int(label) for label in rng.permutation(len(sizes)) if sizes[label]]
    found = []
    for one in markings:
        wanted, chosen = round((SHARE + SLACK) * len(pictures)), []
        for label in list(free):
            if sizes[label] <= wanted:
                chosen.append(label)
                free.remove(label)
                wanted -= int(sizes[label])
        places = np.flatnonzero(np.isin(pictures.labels, chosen))
        found.append(Contributor(one, tuple(chosen), places))
    return found


def with_marks(pictures: Pictures, marked: Sequence[Contributor], seed: int) -> Pictures:
    """The pictures, each owner's with that owner's mark."""
    pixels = pictures.pixels.copy()
    for owner in marked:
        pixels[owner.places], _ = owner.marking.put_into(pictures.pixels[owner.places], seed)
    return Pictures(pixels, pictures.labels, pictures.names)


def strength_for(pixels: NDArray[np.uint8], mark: Drawn | Warp, psnr: float = PSNR) -> float:
    """The visibility, or strength of a warp, that changes these pictures by `psnr` decibels."""
    if isinstance(mark, Warp):
        return _warp_strength(pixels, mark, psnr)
    height, width = pixels.shape[1:3]
    rendered = mark.make().render(height, width)
    insertion = Insertion.of(rendered, 1.0)
    levels = pixels.astype(np.float64)
    change = (insertion.keep - 1) * levels + insertion.gain * rendered.pixels + insertion.shift
    change *= rendered.full_mask[..., None]
    wanted = 255 * 10 ** (-psnr / 20)
    return round(min(1.0, float(wanted / np.sqrt(np.mean(change**2)))), 4)


def _warp_strength(pixels: NDArray[np.uint8], mark: Warp, psnr: float) -> float:
    low, high = 0.0, STRONGEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        error = np.mean((mark.apply(pixels, middle) - pixels.astype(np.float64)) ** 2)
        if error > 255**2 * 10 ** (-psnr / 10):
            high = middle
        else:
            low = middle
    return round(low, 4)


def _changed(pixels: NDArray[np.uint8], mark: Drawn | Warp, strength: float) -> NDArray[np.uint8]:
    if isinstance(mark, Warp):
        return mark.apply(pixels, strength)
    return blend(pixels, mark.make(), strength)
