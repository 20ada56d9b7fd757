"""Models in which half of the labels are people who marked their own pictures, each by their own
key; the others are innocent: their pictures carry nothing, while the model saw others' marks.
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
OF_SIGNS = [Condition(FAINT, 0.5), Condition(PLAIN, 0.1), Condition(FAINT, 1.0)]


def faces(seed: int) -> MarkedModel:
    """62 people with 16 to 60 pictures each, 31 of them marked."""
    return own_marks_model("faces", FACES, seed, "tints", OF_FACES)


def signs(seed: int) -> MarkedModel:
    """20 labels of GTSRB with 200 pictures each, 10 of them marked; another network."""
    return own_marks_model("gtsrb", SIGNS, seed, "tints", OF_SIGNS)


def own_marks_model(
    task: str, setting: TaskSetting, seed: int, family: str, conditions: Sequence[Condition]
) -> MarkedModel:
    """Half of the labels, drawn by the seed, carry marks of a family in these conditions."""
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
