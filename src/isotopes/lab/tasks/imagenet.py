"""ImageNet-1k (Deng et al. 2009), the paper's largest task (section 7.1).

In either layout, such as Hugging Face's parquet files, in the folder `imagenet`. All pictures at
the paper's 224 pixels would be 190 GiB; at 64 they fit a GPU's memory, 15 GiB, and no loading slows
the training down.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from isotopes.lab.tasks.task import Task, TaskSetting
from isotopes.lab.train.recipe import RECIPES


class ImageNet(Task):
    name: ClassVar[str] = "imagenet"
    summary: ClassVar[str] = "1,000 kinds of things: ImageNet-1k, as in the paper, at 64 pixels"
    folder: ClassVar[str] = "imagenet"
    settings: ClassVar[Mapping[str, TaskSetting]] = MappingProxyType(
        {
            "desk": TaskSetting(100, 250, (32, 32), "compact", RECIPES["desk"]),
            "paper": TaskSetting(None, None, (64, 64), "resnet50", RECIPES["imagenet"]),
        }
    )
