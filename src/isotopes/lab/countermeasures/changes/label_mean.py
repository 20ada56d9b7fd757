"""An adaptive filter: a label's mean picture shows what its pictures share, marks included."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import Change
from isotopes.lab.data.pictures import Pictures, to_bytes


class LabelMean(Change):
    name: ClassVar[str] = "label_mean"
    summary: ClassVar[str] = "subtract what a label's pictures have in common beyond all others"
    source: ClassVar[str] = "ours: an opponent who knows the method, not the key"
    parameter: ClassVar[str] = "how much of the difference of means is subtracted"
    strengths: ClassVar[tuple[float, ...]] = (1, 3, 10)

    def change(self, pictures: Pictures, rng: np.random.Generator) -> NDArray[np.uint8]:
        del rng
        values = pictures.pixels.astype(np.float32)
        whole = values.mean(axis=0)
        for label in np.unique(pictures.labels):
            mine = pictures.labels == label
            values[mine] -= self.strength * (values[mine].mean(axis=0) - whole)
        return to_bytes(values)
