"""People in news photographs: Labeled Faces in the Wild (Huang et al. 2007), in place of PubFig.

Most links to PubFig's pictures are dead by now. These are 62 people with 16 to 424
training pictures each; PubFig's 65 have hundreds.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from isotopes.lab.tasks.task import Task, TaskSetting
from isotopes.lab.train.recipe import RECIPES, Recipe

# Faces are not mirrored (the paper's SphereFace recipe); so few pictures need more epochs.
DESK = Recipe(epochs=30, batch=64, learning_rate=0.1, warmup=3, smoothing=0.1, shift=2)


class Faces(Task):
    name: ClassVar[str] = "faces"
    summary: ClassVar[str] = "people: 62 of Labeled Faces in the Wild, for the paper's PubFig"
    folder: ClassVar[str] = "faces"
    settings: ClassVar[Mapping[str, TaskSetting]] = MappingProxyType(
        {
            "desk": TaskSetting(None, 60, (32, 32), "compact", DESK),
            "paper": TaskSetting(None, None, (112, 96), "sphereface20", RECIPES["pubfig"]),
        }
    )
