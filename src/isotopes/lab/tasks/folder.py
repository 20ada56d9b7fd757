"""Any image set below the data folder, by its name: parquet files, or a folder for each label."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from isotopes.lab.data.image_sets import ImageSet, Part, open_image_set
from isotopes.lab.folders import data_folder
from isotopes.lab.tasks.task import Collection, Task, TaskSetting
from isotopes.lab.train.recipe import RECIPES

# No mirroring: we don't know what the pictures show.
ANY: Mapping[str, TaskSetting] = MappingProxyType(
    {
        "desk": TaskSetting(20, 250, (32, 32), "compact", RECIPES["desk-signs"]),
        "paper": TaskSetting(None, None, (64, 64), "resnet18", RECIPES["desk-signs"]),
    }
)


class Folders(Collection):
    prefix: ClassVar[str] = "folder"
    summary: ClassVar[str] = "an image set of yours in the folder NAME below the data folder"

    def open(self, name: str) -> Task:
        return _OfFolder(name)


class _OfFolder(Task):
    def __init__(self, folder: str) -> None:
        self.name = f"folder:{folder}"  # type: ignore[misc]
        self.summary = f"the image set in the folder {folder}"  # type: ignore[misc]
        self.folder = folder  # type: ignore[misc]
        self.settings = ANY  # type: ignore[misc]

    def open(self, *, training: bool) -> ImageSet:
        """Where none are held out, every fifth picture of each label is."""
        found = super().open(training=True)
        if open_image_set(data_folder() / self.folder, training=False) is None:
            return Part(found, training=training)
        return found if training else super().open(training=False)
