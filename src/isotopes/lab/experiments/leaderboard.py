"""A leaderboard of methods: which detect a person's pictures in a model, and at what cost?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from isotopes.lab.methods import AuditMethod, audit_methods
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.audit_table import leaderboard_table
from isotopes.lab.trials.audit_trial import MethodTrial
from isotopes.lab.trials.audited_model import audited_model
from isotopes.lab.trials.experiment import Experiment, Figure, Row

TASK = "cifar100"
# The auditor's own models: enough that half of them never saw a given picture, and that the scores
# of their owners resolve a p-value of 0.01 (20 labels * 10 models = 200: one may score as high).
SHADOWS = 10
SEEDS = 10


class Leaderboard(Experiment):
    name: ClassVar[str] = "leaderboard"
    title: ClassVar[str] = "finding one person's pictures, by method"
    source: ClassVar[str] = "table 1, measured (the paper compares the methods by argument)"
    figure: ClassVar[Figure] = Figure("method", ("power", "false_alarm"))
    notes: ClassVar[str] = (
        "One person owns a tenth of one label's pictures; a guilty model holds those of five"
        " people, each in a label of their own and all by the same method, an innocent one"
        " nobody's. Power and false alarms are at level 0.01: by the method's own p-value where"
        " that is exact, else by the score's rank among 200 scores of owners whose pictures the"
        " model did not see, in 10 other innocent models (seeds from 1000 on, of which nothing else"
        " is reported). Those are trained like the"
        " model that is tested, on pictures of the same labels, half of them the same, and the"
        " first of them is the network that twins and radioactive data are made by: a generous"
        " setting for the methods that need such things. Settings follow the articles, as far as"
        " pictures so small and few allow; none was tuned but the backdoor's patch, once, on seed"
        " 2000. LPIPS is not measured: its weights are to be had by download only."
    )

    def trials(self, scale: Scale) -> Iterator[MethodTrial]:
        yield from method_trials(
            scale, SEEDS, [method for method in audit_methods().values() if not method.faint]
        )

    def remarks(self, rows: Sequence[Row]) -> Iterator[str]:
        yield ("Best power first, with exact 95 % intervals, as if each owner had their own model.")
        yield ""
        yield from leaderboard_table(rows)


def method_trials(
    scale: Scale, seeds: int, methods: Sequence[AuditMethod]
) -> Iterator[MethodTrial]:
    """Each of the methods on the same models."""
    for seed in range(seeds):
        innocent = audited_model(TASK, scale, seed)
        for method in sorted(methods, key=lambda one: one.name):
            yield MethodTrial(method.name, method.version, innocent, SHADOWS)
