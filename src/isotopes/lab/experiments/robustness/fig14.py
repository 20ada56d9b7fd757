"""Figure 14: does the trainer see the mark in what the network looks at?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.countermeasure_trial import MARKED, TASK
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, PaperNumber
from isotopes.lab.trials.marks_trial import marks_trial
from isotopes.lab.trials.spurious_trial import SpuriousTrial

CONDITIONS = (
    (0.4, 0.1),  # the usual one first
    *((alpha, 0.1) for alpha in (0.1, 0.2, 0.3, 0.5)),
    *((0.5, share) for share in (0.01, 0.05, 0.2, 0.3)),
)


class Fig14(Experiment):
    name: ClassVar[str] = "fig14"
    title: ClassVar[str] = "what the network looks at, with the mark and without"
    source: ClassVar[str] = "section 8.1 and figure 14, after Singla and Feizi (2022)"
    figure: ClassVar[Figure] = Figure("alpha", ("reacting", "control"), series="share")
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        PaperNumber(
            "excess",
            "<=",
            0.0,
            {"alpha": (0.0, 0.4), "share": (0.0, 0.2)},
            "'not flagged' for p <= 0.2 and alpha <= 0.4",
        ),
    )
    notes: ClassVar[str] = (
        "The paper judges heatmaps by eye. `reacting` is a number for it: the fraction of isotopes"
        " of which one of the five features that matter most to their label moves by more than two"
        " standard deviations when the mark is taken out. `control` is the same for unmarked"
        " pictures and a decoy. Who does this has to have the picture without its mark, as no"
        " trainer has: it is a bound on what looking can show. `python -m"
        " isotopes.lab.pages.spurious_sheet` draws the heatmaps."
    )
    shares_models: ClassVar[bool] = False

    def trials(self, scale: Scale) -> Iterator[SpuriousTrial]:
        for seed in range(SEEDS[scale]):
            for alpha, share in CONDITIONS:
                trial = marks_trial(
                    TASK,
                    scale,
                    seed,
                    alpha=alpha,
                    mark_fraction=share,
                    labels=MARKED[scale],
                    condition={"marks": "paper"},
                )
                yield SpuriousTrial(alpha, share, trial.model)
