"""The same isotopes, asked about all of one's own pictures with many decoys."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.methods.faint.own_pictures import ALPHA, FaintIsotopes, faint_mark
from isotopes.lab.methods.method import Asked, AuditFinding, AuditMethod, Needs, Owner, Scene
from isotopes.lab.methods.own_check import weighed_pvalue
from isotopes.lab.models.answers import ask_marks
from isotopes.lab.models.mark_spec import with_decoys
from isotopes.verify.methods.rank import Rank


class FaintIsotopesThorough(AuditMethod):
    name: ClassVar[str] = "isotopes, all own pictures, 28 dB"
    summary: ClassVar[str] = "the same pictures; the rank among 199 decoys over all of them"
    source: ClassVar[str] = FaintIsotopes.source
    needs: ClassVar[Needs] = FaintIsotopes.needs
    exact: ClassVar[bool] = True
    faint: ClassVar[bool] = True
    publishes: ClassVar[str | None] = FaintIsotopes.name

    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        del scene
        mark = faint_mark(owner)
        draws = with_decoys(mark, Rank.decoys)
        own = Pictures(owner.pixels, np.full(len(owner.pixels), owner.label), asked.model.labels)
        pvalue = weighed_pvalue(ask_marks(asked.predict, own, draws, ALPHA).of(draws))
        return AuditFinding(-pvalue, pvalue)
