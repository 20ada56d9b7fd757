"""People under many lights: Extended Yale B (Georghiades et al. 2001), in place of FaceScrub.

FaceScrub has 530 people; these are 38 in a studio, grey, about 52 training pictures each, and an
easy set.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from isotopes.lab.tasks.task import Task, TaskSetting
from isotopes.lab.train.recipe import RECIPES, Recipe

DESK = Recipe(epochs=30, batch=64, learning_rate=0.1, warmup=3, smoothing=0.1, shift=2)


class YaleB(Task):
    name: ClassVar[str] = "yaleb"
    summary: ClassVar[str] = "people: the 38 of Extended Yale B, for the paper's FaceScrub"
    folder: ClassVar[str] = "faces_yaleb"
    settings: ClassVar[Mapping[str, TaskSetting]] = MappingProxyType(
        {
            "desk": TaskSetting(None, None, (32, 32), "compact", DESK),
            "paper": TaskSetting(None, None, (112, 96), "resnet50_large", RECIPES["facescrub"]),
        }
    )
