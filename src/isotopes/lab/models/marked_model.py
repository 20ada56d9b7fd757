"""A model trained on a task's pictures, with isotopes in some labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.isotope_subset import IsotopeSubset, insert_subsets
from isotopes.lab.models.mark_spec import MarkSpec
from isotopes.lab.networks import get_architecture
from isotopes.lab.tasks import TaskSetting, get_task, training_pictures
from isotopes.lab.tasks.task import Scale, task_digest
from isotopes.lab.train.training import Model, train

VERSION = 1  # goes up when the same description gives a different model


@dataclass(frozen=True)
class IsotopeSpec:
    """One mark in one label.

    Attributes:
        label: its number among the model's labels.
        mark: which one.
        alpha: visibility, in (0, 1].
        mark_fraction: p, the fraction of the label's pictures that carry it, in (0, 1].
    """

    label: int
    mark: MarkSpec
    alpha: float
    mark_fraction: float


@dataclass(frozen=True)
class MarkedModel:
    """A network, described by everything that goes into it.

    Attributes:
        task: its name.
        digest: hash of the task's pictures.
        setting: labels, pictures, network and recipe.
        seed: of the choice of labels, pictures and marked pictures, and of the training.
        isotopes: none for an innocent model.
        network: hash of the files that the network is built from; empty if there are none.
        version: of this code.
    """

    task: str
    digest: str
    setting: TaskSetting
    seed: int
    isotopes: tuple[IsotopeSpec, ...] = ()
    network: str = ""
    version: int = VERSION

    @property
    def innocent(self) -> MarkedModel:
        """The same model without isotopes."""
        return replace(self, isotopes=())

    def train(self) -> Model:
        """Train it, on a GPU if there is one."""
        return train(
            self.setting.architecture,
            self.pictures(),
            self.setting.recipe,
            self.seed,
            device=best_device(),
        )

    def pictures(self) -> Pictures:
        """What it is trained on, with marks."""
        return self.marked_pictures()[0]

    def marked_pictures(self) -> tuple[Pictures, list[NDArray[np.int64]]]:
        """What it is trained on, and which of the pictures carry each isotope's mark."""
        pictures = training_pictures(self.task, self.setting, self.seed)
        subsets = [
            IsotopeSubset(one.label, one.mark.make(), one.alpha, one.mark_fraction)
            for one in self.isotopes
        ]
        if not subsets:
            return pictures, []
        return insert_subsets(pictures, subsets, np.random.default_rng([self.seed, 1]))


def marked_model(
    task: str, scale: Scale, seed: int, isotopes: Sequence[IsotopeSpec] = ()
) -> MarkedModel:
    """The description of a model, with the hash of its pictures.

    Raises:
        IsotopesError: there is no such task, or its image set is not there.
    """
    setting = get_task(task).settings[scale]
    network = get_architecture(setting.architecture).digest()
    return MarkedModel(task, task_digest(task), setting, seed, tuple(isotopes), network)


def marked_labels(
    task: str, scale: Scale, seed: int, count: int, mark_fraction: float
) -> NDArray[np.int64]:
    """`count` random labels to mark; labels with at least one picture to mark come first.

    A label without one can't carry an isotope: its training fails, and the report says so.
    """
    pictures = training_pictures(task, get_task(task).settings[scale], seed)
    sizes = np.bincount(pictures.labels, minlength=len(pictures.names))
    order = np.random.default_rng([seed, 4]).permutation(len(sizes))
    # A stable sort: the same seed marks the same label at every fraction that allows it.
    return order[np.argsort(np.round(mark_fraction * sizes[order]) < 1, kind="stable")][:count]


def best_device() -> str:
    """`cuda` if available, else `cpu`."""
    return "cuda" if torch.cuda.is_available() else "cpu"
