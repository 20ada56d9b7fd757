"""Targeted fine-tuning: other pictures, relabelled, make the marked labels forget."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from PIL import Image

from isotopes.lab.countermeasures.countermeasure import NetworkChange
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.tasks import get_task, training_pictures
from isotopes.lab.train.training import Model, fit, seeded

LEARNING_RATE = 0.02


class FineTuning(NetworkChange):
    name: ClassVar[str] = "fine_tuning"
    summary: ClassVar[str] = "train on faces that are called by the marked labels"
    source: ClassVar[str] = "section 8.5 and figure 19"
    parameter: ClassVar[str] = "epochs over the faces"
    strengths: ClassVar[tuple[float, ...]] = (1, 3)

    def change(self, model: Model, described: MarkedModel) -> Model:
        recipe = replace(
            described.setting.recipe,
            epochs=int(self.strength),
            learning_rate=LEARNING_RATE,
            warmup=None,
        )
        device = str(next(model.network.parameters()).device)
        with seeded(described.seed, device):
            fit(model, relabelled_faces(model, described), recipe)
        return model


def relabelled_faces(model: Model, described: MarkedModel) -> Pictures:
    """Faces at the model's size; each person gets one of the marked labels."""
    faces = training_pictures("faces", get_task("faces").settings["desk"], described.seed)
    marked = np.array(sorted({one.label for one in described.isotopes}) or [0])
    height, width = model.size
    pixels = np.stack(
        [np.asarray(Image.fromarray(face).resize((width, height))) for face in faces.pixels]
    )
    return Pictures(pixels, marked[faces.labels % len(marked)], model.labels)
