"""A target that says which pictures its answers are compared with, as encoders do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from isotopes.blending import blend
from isotopes.targets import Picture, Target
from isotopes.targets.wrapper import Wrapper
from isotopes.vault import Isotope


class Anchored(Wrapper):
    def __init__(self, inner: Target, anchors: Mapping[str, Sequence[Picture]]) -> None:
        super().__init__(inner)
        self._anchors = anchors

    @property
    def anchors(self) -> Mapping[str, Sequence[Picture]]:
        return self._anchors


def anchors_with(isotope: Isotope, marked: int) -> dict[str, list[Picture]]:
    """Anchors of two labels; the first `marked` of the six pictures of one carry the mark."""
    rng = np.random.default_rng(1)
    mine, others = (
        list(rng.integers(0, 256, (count, 64, 64, 3)).astype(np.uint8)) for count in (6, 120)
    )
    return {
        "mine": [blend(one, isotope.mark(), 0.2) for one in mine[:marked]] + mine[marked:],
        "others": others,
    }
