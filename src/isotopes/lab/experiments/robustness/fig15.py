"""Figure 15: noise on the trainer's pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.countermeasure_trial import CountermeasureTrial, defended_trials
from isotopes.lab.trials.experiment import Experiment, Figure, PaperNumber


class Fig15(Experiment):
    name: ClassVar[str] = "fig15"
    title: ClassVar[str] = "Gaussian noise on every training picture"
    source: ClassVar[str] = "section 8.3 and figure 15"
    figure: ClassVar[Figure] = Figure("strength", ("accuracy", "v", "v_d", "rank"))
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        PaperNumber(
            "v", ">=", 0.9, {"strength": (0, 8)}, "figure 15: V holds longer than accuracy", 0.1
        ),
    )
    notes: ClassVar[str] = (
        "`strength` is the noise's standard deviation in levels of 255; 0 is no countermeasure."
        " The figure's points are not in the paper's text; what it says is that accuracy falls"
        " faster than V_T and V_D."
    )

    def trials(self, scale: Scale) -> Iterator[CountermeasureTrial]:
        yield from defended_trials(scale, "gaussian_noise")
