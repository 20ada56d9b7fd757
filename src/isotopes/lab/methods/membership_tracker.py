"""MembershipTracker: pictures made outliers, so that membership inference finds them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.lab.methods.confidence import cross_entropies
from isotopes.lab.methods.method import Asked, AuditFinding, AuditMethod, Needs, Owner, Scene
from isotopes.lab.models.mark_spec import drawn
from isotopes.lab.train.training import Model

WEIGHT, NOISE = 0.3, 8


class MembershipTracker(AuditMethod):
    """The owner's pattern is a draw of dead leaves, the noise uniform and each picture's own.

    Deviation: weights and the loss of the whole set are the article's. We don't know how its
    patterns and noise are drawn; they may be better ones.
    """

    name: ClassVar[str] = "MembershipTracker"
    summary: ClassVar[str] = "0.3 of a personal pattern, and noise; mean loss over all pictures"
    source: ClassVar[str] = "Chen and Pattabiraman 2025"
    needs: ClassVar[Needs] = Needs(others_pictures=True)
    exact: ClassVar[bool] = False

    def publish(
        self, owner: Owner, labels: int, surrogate: Callable[[], Model]
    ) -> tuple[NDArray[np.uint8], int]:
        del labels, surrogate
        return self.published(owner), owner.label

    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        del scene
        losses = cross_entropies(asked.predict, self.published(owner), owner.label)
        return AuditFinding(-float(losses.mean()))

    def published(self, owner: Owner) -> NDArray[np.uint8]:
        """The owner's pictures as they publish them."""
        return make_outliers(owner)


def make_outliers(owner: Owner) -> NDArray[np.uint8]:
    """The owner's pictures with their pattern and noise."""
    pattern = drawn("dead_leaves", owner.key, 0).make()
    pixels = torch.from_numpy(np.ascontiguousarray(owner.pixels))
    blended = blend(pixels, pattern, WEIGHT).numpy().astype(np.int64)
    noise = owner.rng("noise").integers(-NOISE, NOISE + 1, blended.shape)
    changed: NDArray[np.uint8] = np.clip(blended + noise, 0, 255).astype(np.uint8)
    return changed
