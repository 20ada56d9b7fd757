"""Which models are trained: half of the labels carry a mark, each at a visibility and share.

The other half are innocent: their pictures carry nothing, while the model saw other people's marks.
All seeds here are for reporting only; nothing was chosen on them.
"""

from __future__ import annotations

from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.models.own_marks import (
    FACES,
    FAINT,
    PLAIN,
    SIGNS,
    SUBTLE,
    Condition,
    faces,
    own_marks_model,
    signs,
)
from isotopes.lab.tasks import TaskSetting
from isotopes.lab.train.recipe import Recipe

CIFAR = TaskSetting(
    20,
    500,
    (32, 32),
    "resnet8",
    Recipe(epochs=14, batch=128, learning_rate=0.2, warmup=2, smoothing=0.1, shift=2, flip=True),
)

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
# The same of families without a pattern. PSNR of faces and keys of seed 6900.
OF_GRADES = [Condition(0.32, 1.0), Condition(0.5, 1.0), Condition(0.32, 0.5)]
OF_BENT = [Condition(0.35, 1.0), Condition(0.6, 1.0), Condition(0.35, 0.5)]


def faces_marked_subtly(seed: int) -> MarkedModel:
    """As `faces`, most marks less visible."""
    return own_marks_model("faces", FACES, seed, "tints", OF_MORE_FACES)


def faces_with_gratings(seed: int) -> MarkedModel:
    """As `faces`, with the marks of another family."""
    return own_marks_model("faces", FACES, seed, "gratings", OF_GRATINGS)


def faces_graded(seed: int) -> MarkedModel:
    """As `faces`, with a grade of colours for a mark."""
    return own_marks_model("faces", FACES, seed, "grade", OF_GRADES)


def faces_bent(seed: int) -> MarkedModel:
    """As `faces`, with a warp for a mark."""
    return own_marks_model("faces", FACES, seed, "bent", OF_BENT)


def signs_graded(seed: int) -> MarkedModel:
    """As `signs`, with a grade of colours for a mark."""
    return own_marks_model("gtsrb", SIGNS, seed, "grade", OF_GRADES)


def signs_with_gratings(seed: int) -> MarkedModel:
    """As `signs`, with gratings for a mark."""
    return own_marks_model("gtsrb", SIGNS, seed, "gratings", OF_GRATINGS)


def cifar(seed: int) -> MarkedModel:
    """20 labels of CIFAR-100 with 500 pictures each, 10 of them marked."""
    return own_marks_model("cifar100", CIFAR, seed, "tints", OF_CIFAR)


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
        faces_graded(7400),
        faces_bent(7500),
        faces_graded(7401),
        signs_graded(7600),
        signs_graded(7601),
        faces_bent(7501),
        signs_with_gratings(7700),
    ]
