"""Table 5: a model that a service trained, asked through the service's own interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from itertools import product
from types import MappingProxyType
from typing import ClassVar

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.models.service_model import ServiceModel, served
from isotopes.lab.tasks import probe_pictures
from isotopes.lab.tasks.task import Scale
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.training import Model
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, PaperNumber, Row
from isotopes.lab.trials.marks_trial import MarksTrial, marks_trial

TASK, ALPHA, SHARE = "cifar100", 0.4, 0.1
MARKED = (1, 20)
PER_LABEL = 30  # probes: each is a request of its own
# The service's own, unknown to its customer: another network than the task's, and stronger
# augmentation.
ARCHITECTURE = {"desk": "resnet6", "paper": "resnet18"}
RECIPE = {
    "desk": Recipe(
        epochs=15,
        batch=128,
        learning_rate=0.2,
        warmup=2,
        smoothing=0.1,
        shift=3,
        flip=True,
        cutout=8,
    ),
    "paper": Recipe(
        epochs=40,
        batch=256,
        learning_rate=0.3,
        warmup=4,
        smoothing=0.1,
        shift=4,
        flip=True,
        cutout=12,
    ),
}
VERSION = 3  # goes up when the same description measures something different


@dataclass(frozen=True)
class ServiceTrial(MarksTrial):
    """As `MarksTrial`: trained and asked by HTTP, in the wire format of Google Vertex AI."""

    version: int = VERSION

    def measure(self, models: Sequence[Model]) -> list[Row]:
        """The rows of `MarksTrial`."""
        names = self.pictures().names
        with ExitStack() as stack:
            guilty, innocent = (stack.enter_context(served(model, names)) for model in models)
            return self.rows(guilty, innocent)

    def pictures(self) -> Pictures:
        """Fewer than of a model at hand."""
        return probe_pictures(self.model.task, self.model.setting, self.model.seed, PER_LABEL)


class Table5(Experiment):
    name: ClassVar[str] = "table5"
    title: ClassVar[str] = "a model trained by a service"
    source: ClassVar[str] = "section 7.2 and table 5"
    figure: ClassVar[Figure] = Figure("labels_marked", ("v", "v_d", "told_apart", "rank"))
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        PaperNumber("v", "=", 1.0, {"labels_marked": 1}, "table 5"),
        PaperNumber("v_swapped", "=", 0.0, {"labels_marked": 1}, "table 5"),
        PaperNumber("v", "=", 0.89, {"labels_marked": 20}, "table 5"),
        PaperNumber("v_swapped", "=", 0.07, {"labels_marked": 20}, "table 5"),
        PaperNumber("v_d", "=", 0.84, {"labels_marked": 20}, "table 5"),
        *(
            PaperNumber("accuracy", "=", accuracy, {"labels_marked": marked}, "table 5")
            for marked, accuracy in zip(MARKED, (0.64, 0.65), strict=True)
        ),
    )
    notes: ClassVar[str] = (
        "The service is a local one that speaks the wire format of Vertex AI from the first upload"
        " to `:predict`: pictures go into a bucket as PNG files, a data set imports them, a"
        " pipeline trains a network by a recipe of its own, which the verifier isn't told, and the"
        " model is deployed to an endpoint. Every probe is a request with a PNG file, every answer"
        " a list of labels and confidences. What Google trains is larger."
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
                mark_fraction=SHARE,
                labels=marked,
                condition={"labels_marked": marked},
            )
            yield ServiceTrial(plain.condition, _by_service(plain.model, scale))


def _by_service(model: MarkedModel, scale: Scale) -> ServiceModel:
    said = {field.name: getattr(model, field.name) for field in fields(model)}
    setting = replace(model.setting, architecture=ARCHITECTURE[scale], recipe=RECIPE[scale])
    return ServiceModel(**{**said, "setting": setting})
