"""A model that a service trained: its customer uploaded the pictures and saw nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.answers import Predict
from isotopes.lab.models.export import export_onnx
from isotopes.lab.models.marked_model import MarkedModel, best_device
from isotopes.lab.train.training import Model, train

if TYPE_CHECKING:
    from isotopes.targets import Picture, Target


@dataclass(frozen=True)
class ServiceModel(MarkedModel):
    """As `MarkedModel`, trained by a local service on uploaded pictures.

    The setting's network and recipe are the service's.
    """

    def train(self) -> Model:
        """Upload, import, train; the service's model is then stored here."""
        # Here: a bare GPU machine has none of what they need.
        from isotopes.lab.models.vertex_customer import vertex_customer
        from isotopes.targets.kinds.callable import CallableTarget
        from isotopes.testing.vertex_project import VertexProject

        made: list[Model] = []

        def trainer(pictures: Sequence[Picture], labels: Sequence[str]) -> Target:
            found = _received(pictures, labels)
            setting = self.setting
            made.append(
                train(setting.architecture, found, setting.recipe, self.seed, device=best_device())
            )
            return CallableTarget(lambda some: made[0].predict(np.stack(some)), found.names)

        with VertexProject(trainer) as project, vertex_customer(project.url) as customer:
            customer.train(self.pictures())
        return made[0]


def _received(pictures: Sequence[Picture], labels: Sequence[str]) -> Pictures:
    names = tuple(sorted(set(labels)))
    numbers = {name: number for number, name in enumerate(names)}
    return Pictures(np.stack(pictures), np.array([numbers[one] for one in labels]), names)


@contextmanager
def served(model: Model, names: Sequence[str]) -> Iterator[Predict]:
    """The model behind a local service that speaks as Vertex AI does, while the block lasts; given
    is what asks it.

    Args:
        names: of the columns of the answers. A label that the service does not show has
            probability 0.
    """
    from isotopes.lab.models.vertex_customer import PARENT, vertex_customer
    from isotopes.targets import open_target
    from isotopes.targets.asking.concurrent import ask_all
    from isotopes.targets.http.google import TOKEN
    from isotopes.testing.vertex_project import VertexProject

    os.environ.setdefault(TOKEN, "any")  # our service takes any
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        export_onnx(model, path)
        with VertexProject(_never) as project, vertex_customer(project.url) as customer:
            name = project.add_model(PARENT, open_target(str(path)))
            target = open_target(f"vertex:{project.url}{customer.deploy(name)}")

            def predict(pixels: NDArray[np.uint8]) -> NDArray[np.floating]:
                scores = ask_all(target, map(list, np.split(pixels, len(pixels))))
                columns = [scores.column(name) for name in names]
                return np.nan_to_num(scores.values[:, columns], nan=0.0)

            try:
                yield predict
            finally:
                target.close()


def _never(pictures: Sequence[Picture], labels: Sequence[str]) -> Target:
    raise AssertionError("this service has its model already")
