"""GTSRB, German traffic signs (Stallkamp et al. 2012): the paper's smallest pictures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from isotopes.lab.tasks.task import Task, TaskSetting
from isotopes.lab.train.recipe import RECIPES


class Gtsrb(Task):
    name: ClassVar[str] = "gtsrb"
    summary: ClassVar[str] = "traffic signs: GTSRB, as in the paper"
    folder: ClassVar[str] = "gtsrb"
    settings: ClassVar[Mapping[str, TaskSetting]] = MappingProxyType(
        {
            "desk": TaskSetting(20, 250, (32, 32), "compact", RECIPES["desk-signs"]),
            "paper": TaskSetting(None, None, (32, 32), "gtsrb_cnn", RECIPES["gtsrb"]),
        }
    )
