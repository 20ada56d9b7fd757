"""MembershipTracker with its pattern and noise faded to 28 dB."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.methods.confidence import cross_entropies
from isotopes.lab.methods.faint.fading import faded
from isotopes.lab.methods.membership_tracker import MembershipTracker, make_outliers
from isotopes.lab.methods.method import Asked, AuditFinding, AuditMethod, Needs, Owner, Scene
from isotopes.lab.train.training import Model


class FaintMembershipTracker(AuditMethod):
    name: ClassVar[str] = "MembershipTracker, 28 dB"
    summary: ClassVar[str] = "the same change, faded; mean loss over all pictures"
    source: ClassVar[str] = MembershipTracker.source
    needs: ClassVar[Needs] = MembershipTracker.needs
    exact: ClassVar[bool] = False
    faint: ClassVar[bool] = True

    def publish(
        self, owner: Owner, labels: int, surrogate: Callable[[], Model]
    ) -> tuple[NDArray[np.uint8], int]:
        del labels, surrogate
        return faded(owner.pixels, make_outliers(owner)), owner.label

    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        del scene
        published = faded(owner.pixels, make_outliers(owner))
        return AuditFinding(-float(cross_entropies(asked.predict, published, owner.label).mean()))
