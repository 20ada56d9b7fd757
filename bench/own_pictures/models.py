"""Which models are trained: half of the labels carry a mark, each at a visibility and share.

The other half are innocent: their pictures carry nothing, while the model saw other people's marks.
All seeds here are for reporting only; nothing was chosen on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isotopes.lab.models.mark_spec import drawn, key_of
from isotopes.lab.models.marked_model import IsotopeSpec, MarkedModel
from isotopes.lab.tasks import TaskSetting, label_count
from isotopes.lab.tasks.task import task_digest
from isotopes.lab.train.recipe import Recipe
from isotopes.marks import get_family

TINTS = get_family("tints").visibilities
SUBTLE, FAINT, PLAIN = TINTS["subtle"], TINTS["faint"], TINTS["plain"]

FACES = TaskSetting(
    None,
    60,
    (32, 32),
    "resnet8",
    Recipe(epochs=45, batch=128, learning_rate=0.2, warmup=2, smoothing=0.1, shift=2),
)
CIFAR = TaskSetting(
    20,
    500,
    (32, 32),
    "resnet8",
    Recipe(epochs=14, batch=128, learning_rate=0.2, warmup=2, smoothing=0.1, shift=2, flip=True),
)
SIGNS = TaskSetting(
    20,
    200,
    (32, 32),
    "compact",
    Recipe(epochs=14, batch=128, learning_rate=0.2, warmup=2, smoothing=0.1, shift=2),
)


@dataclass(frozen=True)
class Condition:
    """How a label is marked.

    Attributes:
        alpha: visibility, in (0, 1].
        share: of the label's pictures that carry the mark, in (0, 1].
    """

    alpha: float
    share: float


# Marked labels take these in turn: the more often one stands here, the better it is measured.
OF_FACES = [
    Condition(FAINT, 1.0),
    Condition(FAINT, 0.5),
    Condition(FAINT, 1.0),
    Condition(SUBTLE, 1.0),
    Condition(FAINT, 1.0),
    Condition(FAINT, 0.5),
    Condition(FAINT, 1.0),
    Condition(PLAIN, 1.0),
]
# Of further models, where the least visible marks are measured better.
OF_MORE_FACES = [
    Condition(SUBTLE, 1.0),
    Condition(SUBTLE, 0.5),
    Condition(SUBTLE, 1.0),
    Condition(FAINT, 0.5),
    Condition(SUBTLE, 1.0),
    Condition(FAINT, 1.0),
]
OF_CIFAR = [
    Condition(PLAIN, 0.1),
    Condition(FAINT, 1.0),
    Condition(PLAIN, 0.1),
    Condition(FAINT, 0.5),
    Condition(FAINT, 0.1),
]
# Of `gratings` at the PSNR that tints have at faint and plain on these faces: 32 and 28 dB.
OF_GRATINGS = [Condition(0.065, 1.0), Condition(0.1, 1.0), Condition(0.065, 0.5)]
OF_SIGNS = [Condition(FAINT, 0.5), Condition(PLAIN, 0.1), Condition(FAINT, 1.0)]


def faces(seed: int) -> MarkedModel:
    """62 people with 16 to 60 pictures each, 31 of them marked."""
    return _model("faces", FACES, seed, "tints", OF_FACES)


def faces_marked_subtly(seed: int) -> MarkedModel:
    """As `faces`, most marks less visible."""
    return _model("faces", FACES, seed, "tints", OF_MORE_FACES)


def faces_with_gratings(seed: int) -> MarkedModel:
    """As `faces`, with the marks of another family."""
    return _model("faces", FACES, seed, "gratings", OF_GRATINGS)


def cifar(seed: int) -> MarkedModel:
    """20 labels of CIFAR-100 with 500 pictures each, 10 of them marked."""
    return _model("cifar100", CIFAR, seed, "tints", OF_CIFAR)


def signs(seed: int) -> MarkedModel:
    """20 labels of GTSRB with 200 pictures each, 10 of them marked; another network."""
    return _model("gtsrb", SIGNS, seed, "tints", OF_SIGNS)


def every_model() -> list[MarkedModel]:
    """All, in the order in which one wants to see them."""
    return [
        faces(7000),
        faces(7001),
        cifar(7100),
        signs(7200),
        faces_with_gratings(7300),
        faces_marked_subtly(7002),
        signs(7201),
        faces(7003),
        cifar(7101),
        faces_marked_subtly(7004),
        faces_with_gratings(7301),
    ]


def _model(
    task: str, setting: TaskSetting, seed: int, family: str, conditions: Sequence[Condition]
) -> MarkedModel:
    labels = label_count(task, "desk") if setting.labels is None else setting.labels
    marked = np.random.default_rng([seed, 4]).permutation(labels)[: labels // 2]
    isotopes = tuple(
        IsotopeSpec(
            int(label),
            drawn(family, key_of("own pictures", seed, label), 0),
            condition.alpha,
            condition.share,
        )
        for label, condition in zip(marked, (list(conditions) * labels)[: len(marked)], strict=True)
    )
    return MarkedModel(task, task_digest(task), setting, seed, isotopes)
