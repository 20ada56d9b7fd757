"""Table 6: isotopes looked for in the features of the trained model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.countermeasure_trial import CountermeasureTrial, defended_trials
from isotopes.lab.trials.experiment import Experiment, Figure, PaperNumber

SETTINGS = {"spectral_signatures": 0.05, "activation_clustering": 0.5}


class Table6(Experiment):
    name: ClassVar[str] = "table6"
    title: ClassVar[str] = "Spectral Signatures and Activation Clustering, then training again"
    source: ClassVar[str] = "section 8.2 and table 6"
    figure: ClassVar[Figure] = Figure("countermeasure", ("precision", "recall", "v", "rank"))
    claims: ClassVar[tuple[PaperNumber, ...]] = tuple(
        PaperNumber(measure, "=", value, {"countermeasure": countermeasure}, "table 6", tolerance)
        for countermeasure, measure, value, tolerance in (
            ("spectral_signatures", "precision", 0.004, 0.05),
            ("spectral_signatures", "recall", 0.011, 0.05),
            ("activation_clustering", "precision", 0.018, 0.05),
            ("activation_clustering", "recall", 0.322, 0.1),
        )
    )
    misses: ClassVar[Mapping[Scale, str]] = MappingProxyType(
        {
            "desk": (
                "Activation Clustering drops 0.43 of all pictures here, marked or not (column"
                " `dropped`), so its recall is that of a random choice; the paper's clusters were"
                " smaller. Its precision, too, is the share of pictures that are marked."
            )
        }
    )
    notes: ClassVar[str] = (
        "A quarter of the labels are marked at paper scale as in the paper, half at desk scale;"
        " both detectors look at every label, so precision can't be above the share of pictures"
        " that are marked by much unless they work: 0.05 at desk scale, 0.025 in the paper."
        " `accuracy` and the tests are those of the model that was trained again."
    )

    def trials(self, scale: Scale) -> Iterator[CountermeasureTrial]:
        for name, strength in SETTINGS.items():
            yield from defended_trials(scale, name, strengths=(strength,), plain=False)
