"""Additional marks on all training pictures: traffic signs, blended in."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import Change
from isotopes.lab.data.pictures import Pictures, to_bytes
from isotopes.lab.tasks import get_task, training_pictures


class ExtraMarks(Change):
    name: ClassVar[str] = "extra_marks"
    summary: ClassVar[str] = "blend a traffic sign into every training picture"
    source: ClassVar[str] = "section 8.3 and figure 16"
    parameter: ClassVar[str] = "visibility alpha' of the trainer's marks"
    strengths: ClassVar[tuple[float, ...]] = (0.1, 0.2, 0.3, 0.4, 0.5)

    def change(self, pictures: Pictures, rng: np.random.Generator) -> NDArray[np.uint8]:
        signs = training_pictures("gtsrb", get_task("gtsrb").settings["desk"], 0).pixels
        marks = _at_size(signs[rng.integers(len(signs), size=len(pictures))], pictures)
        blended = self.strength * marks + (1 - self.strength) * pictures.pixels
        return to_bytes(blended)


def _at_size(signs: NDArray[np.uint8], pictures: Pictures) -> NDArray[np.uint8]:
    height, width = pictures.pixels.shape[1:3]
    if signs.shape[1:3] == (height, width):
        return signs
    from PIL import Image

    return np.stack([np.asarray(Image.fromarray(sign).resize((width, height))) for sign in signs])
