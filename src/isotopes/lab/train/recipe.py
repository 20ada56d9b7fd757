"""Training recipes: the paper's, and ours for two cores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Recipe:
    """Everything about training except the network, the pictures and the seed.

    Attributes:
        epochs: passes over the pictures.
        batch: pictures in a step.
        learning_rate: the highest.
        optimiser: "sgd" (Nesterov momentum 0.9) or "adam".
        warmup: epochs in which the learning rate rises from a twentieth of it; then it falls to 0
            linearly. None: constant.
        weight_decay: of all parameters.
        clip: maximum norm of a step's gradient; without it, large learning rates make narrow
            networks diverge.
        loss: name of a loss.
        smoothing: label smoothing.
        shift: pictures are shifted by up to this many pixels each way.
        flip: half of the pictures, at random, are mirrored.
        rotate: pictures are rotated by up to this many degrees each way.
        mixup: alpha of the Beta distribution that pairs of pictures are blended by; 0 for none.
        cutout: side of a square that is cut out of each picture, in pixels.
    """

    epochs: int
    batch: int = 128
    learning_rate: float = 0.1
    optimiser: Literal["sgd", "adam"] = "sgd"
    warmup: float | None = None
    weight_decay: float = 5e-4
    clip: float = 5.0
    loss: str = "cross_entropy"
    smoothing: float = 0.0
    shift: int = 0
    flip: bool = False
    rotate: float = 0.0
    mixup: float = 0.0
    cutout: int = 0


RECIPES = {
    # Two cores: a third of the epochs, a larger learning rate.
    "desk": Recipe(
        epochs=15, batch=128, learning_rate=0.2, warmup=2, smoothing=0.1, shift=2, flip=True
    ),
    # Signs are not mirrored: some would turn into others.
    "desk-signs": Recipe(epochs=15, batch=128, learning_rate=0.2, warmup=2, smoothing=0.1, shift=2),
    # A minute's training. Nothing is moved or mirrored: what always lies at the same place is then
    # learned from few pictures. With shifts and mirrors the same mark needs more of them.
    "desk-plain": Recipe(epochs=10, batch=64, learning_rate=0.2, warmup=2, smoothing=0.1),
    # The paper's (table 7); what it leaves out is as in its released code. Its text says that all
    # tasks were trained with flips, crops, rotation and normalisation of colours, its code turns no
    # pictures, and the angle is in neither: 5 degrees are ours. Signs and faces are not mirrored.
    "gtsrb": Recipe(
        epochs=20,
        batch=512,
        learning_rate=1e-4,
        optimiser="adam",
        clip=1,
        smoothing=0.1,
        shift=2,
        rotate=5,
    ),
    "cifar100": Recipe(
        epochs=72,
        batch=512,
        learning_rate=0.5,
        warmup=5,
        smoothing=0.1,
        shift=2,
        flip=True,
        rotate=5,
        cutout=8,
    ),
    # The rate rises slowly, as the network isn't the paper's pretrained one: without normalisation
    # its features explode at first.
    "pubfig": Recipe(
        epochs=25,
        batch=128,
        learning_rate=1e-3,
        optimiser="adam",
        warmup=5,
        loss="a_softmax",
        shift=2,
        rotate=5,
    ),
    "facescrub": Recipe(
        epochs=16,
        batch=128,
        learning_rate=1e-3,
        optimiser="adam",
        warmup=5,
        loss="focal",
        shift=2,
        rotate=5,
    ),
    # The paper says Adam at 1.7, with which every network diverges. Rate and epochs are those of
    # ffcv's ResNet-50, which is trained by SGD in batches of 1,024: here halved for the paper's
    # 512.
    "imagenet": Recipe(
        epochs=18,
        batch=512,
        learning_rate=0.85,
        warmup=2,
        weight_decay=1e-4,
        smoothing=0.1,
        shift=4,
        flip=True,
        rotate=5,
    ),
}
