"""Isotopes as people are meant to use them: faint, and asked about one's own pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.defaults import DEFAULT_FAMILY
from isotopes.lab.methods.isotopes import Isotopes, marked_pictures
from isotopes.lab.methods.method import Asked, AuditFinding, AuditMethod, Needs, Owner, Scene
from isotopes.lab.methods.own_check import PICTURES, STAGES, own_check_pvalue
from isotopes.lab.models.mark_spec import Drawn, drawn, with_decoys
from isotopes.lab.train.training import Model
from isotopes.marks import get_family

ALPHA = get_family(DEFAULT_FAMILY).visibilities["plain"]  # 28 dB


class FaintIsotopes(AuditMethod):
    name: ClassVar[str] = "isotopes, own pictures, 28 dB"
    summary: ClassVar[str] = "a mark of the default family; the usual check of 6 of one's pictures"
    source: ClassVar[str] = Isotopes.source
    needs: ClassVar[Needs] = Needs(knows_label=False)
    exact: ClassVar[bool] = True
    faint: ClassVar[bool] = True

    def publish(
        self, owner: Owner, labels: int, surrogate: Callable[[], Model]
    ) -> tuple[NDArray[np.uint8], int]:
        del labels, surrogate
        return marked_pictures(owner, faint_mark(owner), ALPHA), owner.label

    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        del scene
        mark, rng = faint_mark(owner), owner.rng("own pictures")
        draws = with_decoys(mark, STAGES.decoys)
        some = owner.pixels[np.sort(rng.permutation(len(owner.pixels))[:PICTURES])]
        pvalue = own_check_pvalue(asked.predict, some, draws, ALPHA, rng)
        return AuditFinding(-pvalue, pvalue)


def faint_mark(owner: Owner) -> Drawn:
    """The owner's mark; its decoys are drawn by the same key."""
    return drawn(DEFAULT_FAMILY, owner.key, 0)
