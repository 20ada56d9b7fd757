"""Robustness to false positives: what V and our test say of marks that nobody used."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import ClassVar

from isotopes.lab.experiments.experiment import SEEDS, Claim, Experiment, Figure
from isotopes.lab.marks_trial import MarksTrial, marks_trial
from isotopes.lab.tasks.task import Scale

TASKS = ("cifar100", "faces", "gtsrb", "yaleb")
ALPHA, SHARE = 0.4, 0.25


class FalsePositives(Experiment):
    name: ClassVar[str] = "false_positives"
    title: ClassVar[str] = "V_F as published, and on models that never saw the mark"
    source: ClassVar[str] = "section 5.2, 'robustness to false positives'"
    figure: ClassVar[Figure] = Figure(
        "task", ("v", "v_swapped", "v_innocent", "rank", "rank_innocent")
    )
    claims: ClassVar[tuple[Claim, ...]] = (
        *(Claim("v", "=", 1.0, {"task": task}, "section 5.2") for task in TASKS),
        *(
            Claim("v_swapped", "=", 0.4 if task == "gtsrb" else 0.0, {"task": task}, "section 5.2")
            for task in TASKS
        ),
    )
    notes: ClassVar[str] = (
        "The paper's V_F (`v_swapped`) lets the marks change places in a model that saw one of"
        " them, which says nothing of innocent models: `v_innocent` does. `rank_innocent` is our"
        " test there, at the same level of 0.1."
    )

    def trials(self, scale: Scale) -> Iterator[MarksTrial]:
        for seed, task in product(range(SEEDS[scale]), TASKS):
            yield marks_trial(task, scale, seed, alpha=ALPHA, share=SHARE, condition={"task": task})
