"""Figure 7: how visible, and in how many pictures, must the mark of one label be?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import ClassVar

from isotopes.lab.experiments.experiment import SEEDS, Claim, Experiment, Figure
from isotopes.lab.marks_trial import MarksTrial, marks_trial
from isotopes.lab.tasks.task import Scale

TASKS = {
    "desk": ("cifar100", "faces", "gtsrb"),
    "paper": ("cifar100", "faces", "gtsrb", "yaleb"),
}
ALPHAS = {"desk": (0.1, 0.2, 0.4, 0.6), "paper": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)}
SHARES = {"desk": (0.05, 0.1, 0.25), "paper": (0.01, 0.05, 0.1, 0.15, 0.25, 0.5)}
EFFECTIVE = {"alpha": (0.4, 0.6), "share": (0.1, 0.5)}


class Fig7(Experiment):
    name: ClassVar[str] = "fig7"
    title: ClassVar[str] = "V_T against visibility, one marked label"
    source: ClassVar[str] = "section 5.2 and figure 7"
    figure: ClassVar[Figure] = Figure("alpha", ("v", "rank"), series="share", panel="task")
    claims: ClassVar[tuple[Claim, ...]] = tuple(
        Claim("v", ">=", 0.9, {"task": task, **EFFECTIVE}, "'highly effective'")
        for task in TASKS["paper"]
    )
    notes: ClassVar[str] = (
        "The figure's points are not in the paper's text; it says that marking is effective in"
        " most tasks from alpha 0.4 and p 0.1 on (0.15 for the largest task), which is read here"
        " as 0.9 or more."
    )

    def trials(self, scale: Scale) -> Iterator[MarksTrial]:
        grid = product(range(SEEDS[scale]), TASKS[scale], SHARES[scale], ALPHAS[scale])
        for seed, task, share, alpha in grid:
            yield marks_trial(
                task,
                scale,
                seed,
                alpha=alpha,
                share=share,
                condition={"task": task, "alpha": alpha, "share": share},
            )
