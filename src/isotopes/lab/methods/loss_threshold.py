"""Membership inference by the loss alone."""

from __future__ import annotations

from typing import ClassVar

from isotopes.lab.methods.confidence import cross_entropies
from isotopes.lab.methods.method import Asked, AuditFinding, AuditMethod, Needs, Owner, Scene


class LossThreshold(AuditMethod):
    name: ClassVar[str] = "loss threshold"
    summary: ClassVar[str] = "pictures as they are; mean loss over all of a person's"
    source: ClassVar[str] = "Yeom et al. 2018"
    needs: ClassVar[Needs] = Needs(others_pictures=True)
    exact: ClassVar[bool] = False

    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        del scene
        return AuditFinding(
            -float(cross_entropies(asked.predict, owner.pixels, owner.label).mean())
        )
