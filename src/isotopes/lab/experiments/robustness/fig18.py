"""Figure 18: only the best K labels are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.countermeasure_trial import CountermeasureTrial, defended_trials
from isotopes.lab.trials.experiment import Experiment, Figure, PaperNumber

KS = (50, 25, 20, 15, 10, 5, 2, 1)  # the paper's, and 1: a service that names one label


class Fig18(Experiment):
    name: ClassVar[str] = "fig18"
    title: ClassVar[str] = "answers of the best K labels"
    source: ClassVar[str] = "section 8.4 and figure 18"
    figure: ClassVar[Figure] = Figure("strength", ("v", "v_d", "told_apart", "rank"))
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        PaperNumber("v", ">=", 0.9, {"strength": (-50, -2)}, "'V_T remains high'", 0.1),
    )
    notes: ClassVar[str] = (
        "`strength` is minus K; 0 is no countermeasure. V and V_D compare ranks, as in the paper;"
        " our tests take a label that is not shown for one of the least log-odds. K of 20 and more"
        " hides nothing at desk scale, whose models have 20 labels."
    )

    def trials(self, scale: Scale) -> Iterator[CountermeasureTrial]:
        yield from defended_trials(scale, "top_k", strengths=tuple(-k for k in KS))
