"""Figure 23: isotopes as outliers, against the marks' visibility."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from isotopes.lab.experiments.robustness.fig22 import NOTES
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import Experiment, Figure, PaperNumber
from isotopes.lab.trials.outlier_trial import OutlierTrial, outlier_trials

ALPHAS = (0.1, 0.2, 0.3, 0.4, 0.5)


class Fig23(Experiment):
    name: ClassVar[str] = "fig23"
    title: ClassVar[str] = "outliers by nearest neighbours, against the marks' visibility"
    source: ClassVar[str] = "appendix A.5 and figure 23"
    figure: ClassVar[Figure] = Figure("alpha", ("auc", "auc_label", "tpr_10"))
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        PaperNumber("tpr_10", "<=", 0.5, {}, "'only at high false positive rates'"),
    )
    notes: ClassVar[str] = (
        f"{NOTES} Its caption says that the method works best for alpha = 0.1, its text that larger"
        " alpha makes isotopes easier to flag."
    )
    shares_models: ClassVar[bool] = False

    def trials(self, scale: Scale) -> Iterator[OutlierTrial]:
        yield from outlier_trials(scale, ALPHAS, (0.1,))
