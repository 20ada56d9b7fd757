"""The verifier's own external marks on every training picture, as in the paper's released code."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from isotopes.blending import blend
from isotopes.lab.countermeasures.countermeasure import Countermeasure, train_on, undefended
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.train.training import Model

EXTERNALS = 5  # that V compares with: the first decoys (`lab/trials/measures.py`)


class VerifiersMarks(Countermeasure):
    """No trainer can do this: the external marks are as secret as the mark.

    A model that has seen them everywhere may score them as high as the mark. It is here to
    separate what the released code measured from what the paper's text describes (`extra_marks`).
    """

    name: ClassVar[str] = "verifiers_marks"
    summary: ClassVar[str] = "blend the verifier's own external marks into every picture"
    source: ClassVar[str] = "the paper's released code for section 8.3; no trainer knows them"
    parameter: ClassVar[str] = "visibility alpha' of those marks"
    strengths: ClassVar[tuple[float, ...]] = (0.1, 0.2, 0.3, 0.4, 0.5)

    def train(self, described: MarkedModel) -> Model:
        """Without isotopes there are no external marks either: the model stays as it is."""
        if not described.isotopes:
            return undefended(described)
        pictures = described.pictures()
        pixels = pictures.pixels.copy()
        rng = np.random.default_rng([described.seed, 7])
        every = [one.mark.decoy(index) for one in described.isotopes for index in range(EXTERNALS)]
        marks = list(dict.fromkeys(every))  # marks of one key share them
        chosen = rng.integers(len(marks), size=len(pictures))
        for position, mark in enumerate(marks):
            mine = chosen == position
            pixels[mine] = blend(pixels[mine], mark.make(), self.strength)
        return train_on(described, Pictures(pixels, pictures.labels, pictures.names))
