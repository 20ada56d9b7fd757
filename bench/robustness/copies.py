"""Models trained on copies of published pictures, and people who ask with their own files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isotopes.lab.countermeasures.countermeasure import train_on
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.answers import Predict
from isotopes.lab.models.bank import Specification
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.models.own_marks import FACES, FAINT, PLAIN, Condition, own_marks_model
from isotopes.lab.tasks import label_count, probe_pictures
from isotopes.lab.train.training import Model
from isotopes.lab.trials.experiment import Row
from isotopes.lab.trials.own_pictures.countered import ACCURACY_PER_LABEL, OwnPicturesTrial
from isotopes.photos.reading import shrunk
from isotopes.targets import Picture
from isotopes.workflows.robustness.changes.crop import crop
from isotopes.workflows.robustness.changes.mirror import mirror
from isotopes.workflows.robustness.changes.recompress import recompress

PUBLISHED = 112  # pixels of each side of a published face, as the image set has them
# By PSNR of such faces 32 dB, the default, and 28. There is no common divisor with the number of
# `COPIES`, so that each kind of copy meets each of these.
CONDITIONS = [Condition(FAINT, 1.0)] * 3 + [Condition(PLAIN, 1.0)]
VERSION = 1  # goes up when the same description gives a different model


def _saved(side: int, quality: int, picture: Picture) -> Picture:
    return recompress(shrunk(picture, side), quality)


def _data_set(picture: Picture) -> Picture:
    """From a site into a data set."""
    return recompress(shrunk(crop(_saved(64, 60, picture), 90), 48), 50)


# What sites do, at a scale that fits small pictures: a photo of 2048 pixels shrunk to 1080, and so
# on.
COPIES: Mapping[str, Callable[[Picture], Picture]] = MappingProxyType(
    {
        "none": lambda picture: picture,
        "64 pixels, JPEG 85": partial(_saved, 64, 85),
        "48 pixels, WebP 50": lambda picture: recompress(shrunk(picture, 48), 50, "WebP"),
        "28 pixels": partial(shrunk, side=28),
        "crop 90 %": partial(crop, percent=90),
        "mirrored": mirror,
        "data set (64 pixels, JPEG 60, crop 90 %, 48 pixels, JPEG 50)": _data_set,
    }
)


@dataclass(frozen=True)
class CopiedModel:
    """A network that was trained on copies of all pictures, described by what goes into it.

    Attributes:
        published: the pictures as people published them, and the network for smaller ones.
        copies: what was done to each label's pictures, names of `COPIES`.
        size: height and width that the network takes; copies are stretched to it.
        version: of this code.
    """

    published: MarkedModel
    copies: tuple[str, ...]
    size: tuple[int, int] = FACES.size
    version: int = VERSION

    def train(self) -> Model:
        """Train it, on a GPU if there is one."""
        published = self.published.pictures()
        copies = [
            COPIES[self.copies[label]](picture)
            for picture, label in zip(published.pixels, published.labels, strict=True)
        ]
        seen = Pictures(stretched(copies, self.size), published.labels, published.names)
        return train_on(self.published, seen)


@dataclass(frozen=True)
class CopiesTrial(OwnPicturesTrial):
    """As `OwnPicturesTrial`, of a model that was trained on copies, asked with the files that
    people published from.

    Attributes:
        copies: what was done to each label's pictures, names of `COPIES`.
    """

    copies: tuple[str, ...] = ()

    def models(self) -> tuple[Specification, ...]:
        """The only one."""
        return (CopiedModel(self.model, self.copies),)

    def measure(self, models: Sequence[Model]) -> list[Row]:
        """As `OwnPicturesTrial` has them, with the kind of copy in `copy`."""
        rows = super().measure(models)
        return [{**row, "copy": self.copies[int(str(row["label"]))]} for row in rows]

    def _answers(self, model: Model) -> Predict:
        return lambda pixels: model.predict(stretched(list(pixels), model.size))

    def _accuracies(self, asked: Model, plain: Model) -> Row:
        del plain
        held_out = probe_pictures(
            self.model.task, self.model.setting, self.model.seed, ACCURACY_PER_LABEL
        )
        answers = self._answers(asked)(held_out.pixels)
        return {"accuracy": float((answers.argmax(axis=1) == held_out.labels).mean())}


def copies_trial(seed: int) -> CopiesTrial:
    """62 people, 31 of whom marked all of their pictures, of 112 x 112 pixels.

    Each one's pictures were copied in one way; the marked take these in turn, and so do the others.
    """
    setting = replace(FACES, size=(PUBLISHED, PUBLISHED))
    published = own_marks_model("faces", setting, seed, "tints", CONDITIONS)
    marked = [isotope.label for isotope in published.isotopes]
    others = sorted(set(range(label_count("faces", "desk"))) - set(marked))
    ways = dict(zip([*marked, *others], cycle(COPIES), strict=False))
    return CopiesTrial((), published, copies=tuple(ways[label] for label in sorted(ways)))


def stretched(pictures: list[NDArray[np.uint8]], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Pictures of any sizes as a model takes them, shape (n, height, width, 3)."""
    height, width = size
    return np.stack(
        [
            np.asarray(Image.fromarray(one).resize((width, height), Image.Resampling.BILINEAR))
            for one in pictures
        ]
    )
