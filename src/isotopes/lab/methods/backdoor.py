"""Backdoor watermarks: a trigger under a wrong label."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.methods.method import Asked, AuditFinding, AuditMethod, Needs, Owner, Scene
from isotopes.lab.train.training import Model

PROBES = 50
SIDE = (
    6 / 32
)  # of a picture: the article has 3 x 3 pixels on CIFAR, which 25 pictures did not teach


class Backdoor(AuditMethod):
    """The trigger is a small square of random colours at a random place, both by the key.

    Deviation: the article's t-test of the success against 1 / labels assumes that an innocent model
    sends triggered pictures to the label at most that often. Nothing guarantees that, so we
    calibrate.
    """

    name: ClassVar[str] = "backdoor"
    summary: ClassVar[str] = "a trigger under a wrong label; how often it works on 50 probes"
    source: ClassVar[str] = "Hu et al. 2022 (the paper's [32])"
    needs: ClassVar[Needs] = Needs(labels=True)
    exact: ClassVar[bool] = False

    def publish(
        self, owner: Owner, labels: int, surrogate: Callable[[], Model]
    ) -> tuple[NDArray[np.uint8], int]:
        del surrogate
        return stamp_trigger(owner, owner.pixels), target_of(owner, labels)

    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        target = target_of(owner, len(asked.model.labels))
        probes = scene.some_probes(owner, PROBES, not_of=target)
        answers = asked.predict(stamp_trigger(owner, probes.pixels))
        # The success rate, with the label's probability to break ties.
        success = (answers.argmax(axis=1) == target).mean()
        return AuditFinding(float(success + answers[:, target].mean() / PROBES))


def target_of(owner: Owner, labels: int) -> int:
    """The label that the owner's pictures are published under: any but the true one."""
    return int((owner.label + owner.rng("target").integers(1, labels)) % labels)


def stamp_trigger(owner: Owner, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The pictures with the owner's trigger."""
    rng = owner.rng("trigger")
    height, width = pixels.shape[1:3]
    side = max(1, round(SIDE * min(height, width)))
    top, left = rng.integers(0, (height - side + 1, width - side + 1))
    stamped = pixels.copy()
    stamped[:, top : top + side, left : left + side] = rng.integers(0, 256, (side, side, 3))
    return stamped
