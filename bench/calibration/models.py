"""The bank: which models are trained, on what, and with which marks.

Seeds say all: a range for the choice of family and scoring, others for what is reported.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.mark_spec import Drawn, drawn, key_of
from isotopes.lab.models.marked_model import IsotopeSpec, MarkedModel
from isotopes.lab.tasks import TaskSetting, probe_pictures
from isotopes.lab.tasks.task import task_digest
from isotopes.lab.train.recipe import RECIPES, Recipe

FAMILY, ALPHA, SHARE = "gratings", 0.4, 0.1
KINDS = [(task, network) for task in ("cifar100", "gtsrb") for network in ("compact", "resnet6")]
EACH = 6  # models of each task and network
CLEAN, OTHERS, GUILTY, CHOICE = 2000, 3000, 4000, 5000  # first seeds
LARGE, LARGE_EACH = 500, 6  # offset of the seeds of the paper's ResNet-18, and how many of a kind
EACH_TO_CHOOSE = 2  # models of each task and network that plans were chosen on
LABELS, PER_LABEL = 20, 500
# The paper's network with a third of the paper's epochs, on a fifth of its labels.
LARGE_RECIPE = Recipe(
    epochs=24, batch=128, learning_rate=0.2, warmup=5, smoothing=0.1, shift=2, flip=True
)

# Families side by side, each in so many labels of every model, at equal visibility.
FAMILIES = ("imagenet_blend", "hello_kitty", "dead_leaves", "gratings", "random_pixels")
LEVELS = (16.0, 20.0, 24.0)  # PSNR in dB; 16 is about the paper's alpha of 0.4
FAMILY_SEEDS = range(1000, 1006)
LABELS_OF_FAMILY = 2


def clean_models() -> list[MarkedModel]:
    """Models that saw no mark."""
    return [_model(*kind, CLEAN + place) for place, kind in _places(EACH)]


def marked_models(first: int, each: int = EACH) -> list[MarkedModel]:
    """Models with one to five marked labels."""
    return [_marked(*kind, first + place) for place, kind in _places(each)]


def large_models(first: int) -> list[MarkedModel]:
    """The paper's ResNet-18, for a machine with a GPU; without isotopes from `CLEAN` on."""
    found = [_marked("cifar100", "resnet18", first + LARGE + place) for place in range(LARGE_EACH)]
    return [one.innocent for one in found] if first == CLEAN else found


def family_models(level: float) -> list[MarkedModel]:
    """Models that learned marks of all families at one visibility."""
    return [_all_families(seed, level) for seed in FAMILY_SEEDS]


def probes_of(model: MarkedModel, per_label: int) -> Pictures:
    """Held-out pictures of the model's labels, in random order."""
    found = probe_pictures(model.task, model.setting, model.seed, per_label)
    order = np.random.default_rng([model.seed, 5]).permutation(len(found))
    return Pictures(found.pixels[order], found.labels[order], found.names)


def setting(network: str) -> TaskSetting:
    """How every model of the bank is trained, whatever its task."""
    recipe = LARGE_RECIPE if network == "resnet18" else RECIPES["desk-plain"]
    return TaskSetting(LABELS, PER_LABEL, (32, 32), network, recipe)


def _places(each: int) -> Sequence[tuple[int, tuple[str, str]]]:
    return list(enumerate(kind for kind in KINDS for _ in range(each)))


def _model(task: str, network: str, seed: int, isotopes: Sequence[IsotopeSpec] = ()) -> MarkedModel:
    return MarkedModel(task, task_digest(task), setting(network), seed, tuple(isotopes))


def _marked(task: str, network: str, seed: int) -> MarkedModel:
    count = 1 + seed % 5
    isotopes = [
        IsotopeSpec(int(label), drawn(FAMILY, key_of("calibration", seed, label), 0), ALPHA, SHARE)
        for label in _shuffled_labels(seed)[:count]
    ]
    return _model(task, network, seed, isotopes)


def _all_families(seed: int, level: float) -> MarkedModel:
    labels = iter(_shuffled_labels(seed))
    isotopes = [
        IsotopeSpec(
            int(next(labels)),
            drawn(family, key_of("families", seed, number), 0),
            alpha_at(family, level),
            SHARE,
        )
        for family in FAMILIES
        for number in range(LABELS_OF_FAMILY)
    ]
    return _model("cifar100", "compact", seed, isotopes)


def _shuffled_labels(seed: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, 4]).permutation(LABELS)


@cache
def alpha_at(family: str, level: float) -> float:
    """The alpha that gives a PSNR of `level` dB on CIFAR-100, to 2 digits; 1 if none does."""
    return min(1.0, float(f"{10 ** (-level / 20) / _distance(family):.2g}"))


def psnr_at(family: str, alpha: float) -> float:
    """Mean PSNR, dB, of CIFAR-100 pictures with marks of this family."""
    return -20 * math.log10(alpha * _distance(family))


@cache
def _distance(family: str) -> float:
    """Root mean square distance of pictures and marks, of [0, 1], where the mask is."""
    pictures = probe_pictures("cifar100", setting("compact"), 0, 20).pixels / np.float32(255)
    squares = []
    for index in range(40):
        mark = drawn(family, key_of("visibility", family), index).make().render(32, 32)
        squares.append(float(((pictures - mark.rgb) ** 2 * mark.full_mask[..., None]).mean()))
    return math.sqrt(float(np.mean(squares)))


def decoys_of(spec: Drawn, count: int) -> list[Drawn]:
    """Draws by the same key that no model saw."""
    return [spec.decoy(index) for index in range(count)]
