"""CIFAR-100 (Krizhevsky 2009): the paper's task of objects."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from isotopes.lab.tasks.task import Task, TaskSetting
from isotopes.lab.train.recipe import RECIPES

PAPER = TaskSetting(None, None, (32, 32), "resnet18", RECIPES["cifar100"])


class Cifar100(Task):
    name: ClassVar[str] = "cifar100"
    summary: ClassVar[str] = "objects: CIFAR-100, as in the paper"
    folder: ClassVar[str] = "cifar100"
    settings: ClassVar[Mapping[str, TaskSetting]] = MappingProxyType(
        {
            "desk": TaskSetting(20, 250, (32, 32), "compact", RECIPES["desk"]),
            "paper": PAPER,
            "packed": PAPER,
        }
    )
