"""Figure 22: isotopes as outliers, against the share that is marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import Experiment, Figure, PaperNumber
from isotopes.lab.trials.outlier_trial import OutlierTrial, outlier_trials

SHARES = (0.1, 0.01, 0.05, 0.2, 0.3)  # the usual one first
NOTES = (
    "The trainer sees features of a network that was trained on other pictures: ImageNet's at paper"
    " scale, as in the paper; at desk scale a network of 20 other labels of CIFAR-100. One label is"
    " marked at a time. `tpr_10` is the fraction of isotopes that are flagged when a tenth of the"
    " unmarked pictures is. The figure's points are not in the paper's text. Where an area is below"
    " 0.5, isotopes lie nearer to their neighbours than other pictures do, as they share a mark:"
    " whoever flags what is *near* has the area 1 - `auc` (the countermeasure `near_duplicates`)."
)


class Fig22(Experiment):
    name: ClassVar[str] = "fig22"
    title: ClassVar[str] = "outliers by nearest neighbours, against the share that is marked"
    source: ClassVar[str] = "appendix A.5 and figure 22"
    figure: ClassVar[Figure] = Figure("share", ("auc", "auc_label", "tpr_10"))
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        PaperNumber("tpr_10", "<=", 0.5, {}, "'only at high false positive rates'"),
    )
    notes: ClassVar[str] = NOTES
    shares_models: ClassVar[bool] = False

    def trials(self, scale: Scale) -> Iterator[OutlierTrial]:
        yield from outlier_trials(scale, (0.5,), SHARES)
