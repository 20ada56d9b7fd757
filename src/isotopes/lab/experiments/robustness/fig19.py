"""Figure 19: fine-tuning the marked labels on other pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.countermeasure_trial import CountermeasureTrial, defended_trials
from isotopes.lab.trials.experiment import Experiment, Figure, PaperNumber


class Fig19(Experiment):
    name: ClassVar[str] = "fig19"
    title: ClassVar[str] = "fine-tuning the marked labels on faces"
    source: ClassVar[str] = "section 8.5 and figure 19"
    figure: ClassVar[Figure] = Figure("strength", ("accuracy", "label_accuracy", "v", "rank"))
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        PaperNumber(
            "label_accuracy", "<=", 0.5, {"strength": (1, 10)}, "'degrades much faster'", 0.1
        ),
    )
    notes: ClassVar[str] = (
        "`strength` is the epochs over the faces; 0 is no fine-tuning. Faces of LFW take the place"
        " of FaceScrub's, which are not to be had any more. The figure's points are not in the"
        " paper's text; what it says is that the marked labels' accuracy falls much faster than"
        " V_T."
    )

    def trials(self, scale: Scale) -> Iterator[CountermeasureTrial]:
        yield from defended_trials(scale, "fine_tuning", strengths=(1, 2, 4))
