"""Figure 17: noise on the model's logits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.countermeasure_trial import CountermeasureTrial, defended_trials
from isotopes.lab.trials.experiment import Experiment, Figure, PaperNumber


class Fig17(Experiment):
    name: ClassVar[str] = "fig17"
    title: ClassVar[str] = "Gaussian noise on the logits of every answer"
    source: ClassVar[str] = "section 8.4 and figure 17"
    figure: ClassVar[Figure] = Figure("strength", ("accuracy", "v", "v_d", "rank"))
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        PaperNumber(
            "v", ">=", 0.9, {"strength": (0, 1)}, "figure 17: accuracy falls before V_T", 0.1
        ),
    )
    notes: ClassVar[str] = (
        "`strength` is the noise's standard deviation; 0 is no countermeasure. The figure's points"
        " are not in the paper's text. The noise depends on the picture alone, so asking again"
        " doesn't average it out."
    )

    def trials(self, scale: Scale) -> Iterator[CountermeasureTrial]:
        yield from defended_trials(scale, "logit_noise")
