"""The base class of tasks, their registry, and the pictures that a seed chooses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from isotopes.canonical import digest_of
from isotopes.errors import FolderError
from isotopes.lab.data.damage_report import report_damaged
from isotopes.lab.data.decoded import decoded
from isotopes.lab.data.image_sets import ImageSet, open_image_set
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.folders import cache_folder, data_folder
from isotopes.lab.train.recipe import Recipe
from isotopes.plugins import Registry

# desk: two cores; paper: one GPU, hours; packed: the paper's networks and recipes, and a GPU for
# minutes, as conditions share models (`lab/runner/packed.py`).
Scale = Literal["desk", "paper", "packed"]


@dataclass(frozen=True)
class TaskSetting:
    """The size of a task, and how it is trained.

    Attributes:
        labels: how many of the set's labels, chosen by the seed; None for all.
        per_label: training pictures of each at most; None for all.
        size: height and width in pixels.
        architecture: name of a network.
        recipe: how it is trained.
    """

    labels: int | None
    per_label: int | None
    size: tuple[int, int]
    architecture: str
    recipe: Recipe


class Task(ABC):
    """A classification task. A new one is a new file in `lab/tasks/`.

    Class attributes:
        name: what experiments and the command line call it.
        summary: one line for people: what it is, and which of the paper's tasks it stands for.
        folder: of the image set, below the data folder.
        settings: for each scale.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    folder: ClassVar[str]
    settings: ClassVar[Mapping[str, TaskSetting]]

    def open(self, *, training: bool) -> ImageSet:
        """The training pictures, or the held-out ones.

        Raises:
            FolderError: the image set is missing, or has no held-out pictures.
        """
        folder = data_folder() / self.folder
        if not folder.is_dir():
            raise FolderError(
                f"the task {self.name} needs an image set in {folder}, and there is none",
                hint="name the folder that holds the image sets by --data",
            )
        found = open_image_set(folder, training=training)
        if found is None:
            raise FolderError(f"{folder} holds no pictures out of training, and probes need them")
        return found


class Collection(ABC):
    """Where many tasks come from, each called `PREFIX:NAME`. A new one is a new file here, too.

    Class attributes:
        prefix: before the colon.
        summary: one line for people.
    """

    prefix: ClassVar[str]
    summary: ClassVar[str]

    @abstractmethod
    def open(self, name: str) -> Task:
        """The task that the collection calls `name`."""


_TASKS = Registry[Task](Task, package="isotopes.lab.tasks", group="isotopes.tasks", noun="task")
_COLLECTIONS = Registry[Collection](
    Collection,
    package="isotopes.lab.tasks",
    group="isotopes.tasks",
    attribute="prefix",
    noun="collection of tasks",
)


def tasks() -> dict[str, Task]:
    """All tasks by name, except those of collections."""
    return {name: kind() for name, kind in _TASKS.all().items()}


def collections() -> dict[str, Collection]:
    """All collections by prefix."""
    return {prefix: kind() for prefix, kind in _COLLECTIONS.all().items()}


def get_task(name: str) -> Task:
    """The task called `name`.

    Raises:
        IsotopesError: there is none.
    """
    prefix, colon, rest = name.partition(":")
    known = _COLLECTIONS.all()
    if colon and prefix in known:
        return known[prefix]().open(rest)
    return _TASKS.get(name, also=[f"{prefix}:NAME" for prefix in known])()


def task_digest(name: str) -> str:
    """Hash of all pictures of a task."""
    return digest_of([_digest(name, training, data_folder()) for training in (True, False)])


def label_count(name: str, scale: Scale) -> int:
    """How many labels a model of a task has.

    Raises:
        FolderError: it has all labels of the image set, which is missing.
    """
    labels = get_task(name).settings[scale].labels
    return len(_opened(name, True, data_folder()).names) if labels is None else labels


def training_pictures(name: str, setting: TaskSetting, seed: int) -> Pictures:
    """What a model of this seed is trained on, before marking; labels are numbered from 0."""
    return _some(name, setting, seed, training=True, wanted=slice(setting.per_label))


def spare_pictures(name: str, setting: TaskSetting, seed: int) -> Pictures:
    """The same number of other pictures of the same labels, not in the training set of this seed.

    Raises:
        FolderError: the model is trained on all pictures, so none are left.
    """
    if setting.per_label is None:
        raise FolderError(
            f"the task {name} has no pictures to spare: its models are trained on all of them",
            hint="use a scale whose setting takes some pictures of each label",
        )
    twice = 2 * setting.per_label
    found = _some(name, setting, seed, training=True, wanted=slice(setting.per_label, twice))
    if not len(found):
        raise FolderError(
            f"the task {name} has no pictures to spare: no label has more than the"
            f" {setting.per_label} pictures that a model is trained on"
        )
    return found


def probe_pictures(name: str, setting: TaskSetting, seed: int, per_label: int) -> Pictures:
    """Held-out pictures of the same labels, at most `per_label` of each."""
    return _some(name, setting, seed, training=False, wanted=slice(per_label))


def chosen_labels(name: str, setting: TaskSetting, seed: int) -> NDArray[np.int64]:
    """The labels of a model of this seed, as the image set numbers them, in increasing order."""
    images = _opened(name, True, data_folder())
    count = len(images.names) if setting.labels is None else setting.labels
    return np.array(sorted(images.choose(np.random.default_rng([seed, 0]), count, 1)), np.int64)


def _some(name: str, setting: TaskSetting, seed: int, *, training: bool, wanted: slice) -> Pictures:
    images = _opened(name, training, data_folder())
    every = _decoded(name, training, setting.size, data_folder(), cache_folder())
    labels = chosen_labels(name, setting, seed)
    rng = np.random.default_rng([seed, 2 + training])
    indices = np.sort(
        np.concatenate(
            [rng.permutation(np.flatnonzero(every.labels == label))[wanted] for label in labels]
        )
    )
    numbers = np.searchsorted(labels, every.labels[indices])
    names = tuple(images.names[label] for label in labels)
    return Pictures(np.ascontiguousarray(every.pixels[indices]), numbers, names)


@cache
def _opened(name: str, training: bool, _data: Path) -> ImageSet:
    return get_task(name).open(training=training)


@cache
def _digest(name: str, training: bool, data: Path) -> str:
    return _opened(name, training, data).digest()


@cache
def _decoded(
    name: str, training: bool, size: tuple[int, int], data: Path, cache_: Path
) -> Pictures:
    skipped: list[str] = []
    found = decoded(
        _opened(name, training, data),
        size,
        cache_ / "decoded",
        lambda picture, _reason: skipped.append(picture),
    )
    if skipped:
        report_damaged(name, skipped, len(found) + len(skipped))
    return found
