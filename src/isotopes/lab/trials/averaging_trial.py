"""An averaging attack: a person's pictures share one mark, so their mean shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.lab.data.mark_pool import pool_digest, pool_folder
from isotopes.lab.data.pictures import to_bytes
from isotopes.lab.models.bank import Specification
from isotopes.lab.models.mark_spec import drawn, key_of
from isotopes.lab.train.training import Model
from isotopes.lab.trials.experiment import Row
from isotopes.photos import read_picture
from isotopes.photos.listing import is_media

PHOTOS = 1000  # the first half is the person's, the other somebody else's
MARKS = 10  # one after the other
SIDE = 64  # pixels
VERSION = 1  # goes up when the same description measures something different


@dataclass(frozen=True)
class AveragingTrial:
    """An opponent with many of a person's published pictures, and many of other people's.

    Attributes:
        marks: what the rows call family and alpha.
        family, alpha: of the marks.
        pictures: how many of the person's are averaged.
        seed: of the marks and of the choice of photographs.
        pool: hash of the photographs.
        version: of this code.
    """

    marks: str
    family: str
    alpha: float
    pictures: int
    seed: int
    pool: str
    version: int = VERSION

    def models(self) -> tuple[Specification, ...]:
        return ()

    def measure(self, models: Sequence[Model]) -> list[Row]:
        """A row for each of 10 marks. Columns beside `marks`, `pictures` and `seed`:

        correlation: of the estimate, the mean of the person's published pictures less that of other
        people's, with what the mark changes on average; left: the fraction of that change which
        stays along itself once the estimate is subtracted, 0 if it is gone; psnr: of the cleaned
        pictures against the originals, in dB, and psnr_marked of the published ones.
        """
        del models
        photos = _photos()
        order = np.random.default_rng([self.seed, 11]).permutation(len(photos))
        person, others = np.split(photos[order], 2)
        person = person[: self.pictures]
        common = others.astype(np.float64).mean(axis=0)
        key = key_of("averaging", self.seed)
        return [
            {
                "marks": self.marks,
                "pictures": self.pictures,
                "seed": self.seed,
                "label": index,  # marks are told apart by it, and no mean is taken of it
                **self._row(person, common, key, index),
            }
            for index in range(MARKS)
        ]

    def _row(
        self, person: NDArray[np.uint8], common: NDArray[np.float64], key: str, index: int
    ) -> Row:
        spec = drawn(self.family, key, index)
        published = blend(person, spec.make(), self.alpha)
        estimate = published.astype(np.float64).mean(axis=0) - common
        change = (published.astype(np.float64) - person).mean(axis=0)
        cleaned = to_bytes(published - estimate)
        after = (cleaned.astype(np.float64) - person).mean(axis=0)
        return {
            "correlation": _correlation(estimate, change),
            "left": float((after * change).sum() / (change * change).sum()),
            "psnr": _psnr(cleaned, person),
            "psnr_marked": _psnr(published, person),
        }


def averaging_trial(
    marks: str, family: str, alpha: float, pictures: int, seed: int
) -> AveragingTrial:
    """A trial on the photographs that are there.

    Raises:
        FolderError: there are none.
    """
    return AveragingTrial(marks, family, alpha, pictures, seed, pool_digest())


@lru_cache(maxsize=1)
def _photos() -> NDArray[np.uint8]:
    """Photographs of different things, shape (n, 64, 64, 3)."""
    import cv2

    files = sorted(path for path in pool_folder().iterdir() if is_media(path))[:PHOTOS]
    small = [
        cv2.resize(read_picture(path), (SIDE, SIDE), interpolation=cv2.INTER_AREA) for path in files
    ]
    return np.stack(small).astype(np.uint8)


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    spreads = one.std() * other.std()
    return float(((one - one.mean()) * (other - other.mean())).mean() / spreads) if spreads else 0.0


def _psnr(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    error = float(((one.astype(np.float64) - other) ** 2).mean())
    return float(10 * np.log10(255**2 / max(error, 1e-9)))
