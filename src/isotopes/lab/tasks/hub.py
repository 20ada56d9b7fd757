"""Image sets of the Hugging Face hub, if there is a network: `hub:OWNER/NAME`."""

from __future__ import annotations

from typing import ClassVar

from isotopes.lab.data.image_sets import ImageSet, Part
from isotopes.lab.data.image_sets.hub import HubSet, hub_splits
from isotopes.lab.data.image_sets.open import HELD_OUT
from isotopes.lab.tasks.folder import ANY
from isotopes.lab.tasks.task import Collection, Task


class Hub(Collection):
    prefix: ClassVar[str] = "hub"
    summary: ClassVar[str] = "an image set of the Hugging Face hub, by `datasets`"

    def open(self, name: str) -> Task:
        return _OfHub(name)


class _OfHub(Task):
    def __init__(self, given: str) -> None:
        self.name = f"hub:{given}"  # type: ignore[misc]
        self.summary = f"the image set {given} of the hub"  # type: ignore[misc]
        self.settings = ANY  # type: ignore[misc]
        self._given = given

    def open(self, *, training: bool) -> ImageSet:
        """Where none are held out, every fifth picture of each label is."""
        splits = hub_splits(self._given)
        held_out = [split for split in HELD_OUT if split in splits]
        if not held_out:
            return Part(HubSet(self._given, "train"), training=training)
        return HubSet(self._given, "train" if training else held_out[0])
