"""Table 5: a model that a service trained, asked through the service's own interface."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.answers import Predict
from isotopes.lab.experiments.experiment import SEEDS, Claim, Experiment, Figure, Row
from isotopes.lab.export import export_onnx
from isotopes.lab.marks_trial import MarksTrial, marks_trial
from isotopes.lab.pictures import Pictures
from isotopes.lab.recipe import Recipe
from isotopes.lab.tasks import probe_pictures
from isotopes.lab.tasks.task import Scale, Setting
from isotopes.lab.training import Model

TASK, ALPHA, SHARE = "cifar100", 0.4, 0.1
MARKED = (1, 20)
PER_LABEL = 30  # probes: each is a request of its own
# The service's own, which its customer is not told: another network than the task's, and more
# changes to the pictures.
ARCHITECTURE = {"desk": "resnet6", "paper": "resnet18"}
RECIPE = {
    "desk": Recipe(
        epochs=15, batch=128, rate=0.2, warmup=2, smoothing=0.1, shift=3, flip=True, cutout=8
    ),
    "paper": Recipe(
        epochs=40, batch=256, rate=0.3, warmup=4, smoothing=0.1, shift=4, flip=True, cutout=12
    ),
}
TOKEN = "GOOGLE_OAUTH_ACCESS_TOKEN"  # noqa: S105 - a name; the fake takes any


@dataclass(frozen=True)
class ServiceTrial(MarksTrial):
    """As `MarksTrial`, with every answer by HTTP, in the wire format of Google Vertex AI."""

    def measure(self, models: Sequence[Model]) -> list[Row]:
        """The rows of `MarksTrial`."""
        with ExitStack() as stack:
            guilty, innocent = (stack.enter_context(served(model)) for model in models)
            return self.rows(guilty, innocent)

    def pictures(self) -> Pictures:
        """Fewer than of a model at hand."""
        return probe_pictures(self.model.task, self.model.setting, self.model.seed, PER_LABEL)


@contextmanager
def served(model: Model) -> Iterator[Predict]:
    """The model behind a local server that speaks as Vertex AI does, while the block lasts; given
    is what asks it. A label that the service does not show has probability 0.
    """
    # Here: a bare GPU machine has none of what they need.
    from isotopes.targets import open_target
    from isotopes.targets.asking import ask_all
    from isotopes.testing import FakeServer
    from isotopes.testing.formats.vertex import ENDPOINT, VertexFormat

    os.environ.setdefault(TOKEN, "any")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        export_onnx(model, path)
        with FakeServer(open_target(str(path)), VertexFormat()) as server:
            target = open_target(f"vertex:{server.url}{ENDPOINT}")

            def predict(pixels: NDArray[np.uint8]) -> NDArray[np.floating]:
                scores = ask_all(target, map(list, np.split(pixels, len(pixels))))
                columns = [scores.column(label) for label in model.labels]
                return np.nan_to_num(scores.values[:, columns], nan=0.0)

            try:
                yield predict
            finally:
                target.close()


class Table5(Experiment):
    name: ClassVar[str] = "table5"
    title: ClassVar[str] = "a model trained by a service"
    source: ClassVar[str] = "section 7.2 and table 5"
    figure: ClassVar[Figure] = Figure("labels_marked", ("v", "v_d", "told_apart", "rank"))
    claims: ClassVar[tuple[Claim, ...]] = (
        Claim("v", "=", 1.0, {"labels_marked": 1}, "table 5"),
        Claim("v_swapped", "=", 0.0, {"labels_marked": 1}, "table 5"),
        Claim("v", "=", 0.89, {"labels_marked": 20}, "table 5"),
        Claim("v_swapped", "=", 0.07, {"labels_marked": 20}, "table 5"),
        Claim("v_d", "=", 0.84, {"labels_marked": 20}, "table 5"),
    )
    notes: ClassVar[str] = (
        "The service is a local one: it trains a network by a recipe of its own, which the verifier"
        " isn't told, and serves it in the wire format of Vertex AI's `:predict`. Every probe is a"
        " request by HTTP with a PNG file, every answer a list of labels and confidences. What"
        " Google trains is larger, and its training has an interface that is not spoken here."
        f" V and V_D have {PER_LABEL} probes a label, where other experiments have 1,250 in all."
    )
    misses: ClassVar[Mapping[Scale, str]] = MappingProxyType(
        {
            "desk": (
                "As in figure 7, a small network learns so faint a mark by half only;"
                " the service's own changes to the pictures make it no easier."
            )
        }
    )

    def trials(self, scale: Scale) -> Iterator[ServiceTrial]:
        for seed, marked in product(range(SEEDS[scale]), MARKED):
            plain = marks_trial(
                TASK,
                scale,
                seed,
                alpha=ALPHA,
                share=SHARE,
                labels=marked,
                condition={"labels_marked": marked},
            )
            setting = _of_service(plain.model.setting, scale)
            yield ServiceTrial(plain.condition, replace(plain.model, setting=setting))


def _of_service(setting: Setting, scale: Scale) -> Setting:
    return replace(setting, architecture=ARCHITECTURE[scale], recipe=RECIPE[scale])
