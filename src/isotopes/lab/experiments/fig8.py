"""Figure 8: how visible and in how many pictures, when many labels are marked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, PaperNumber
from isotopes.lab.trials.marks_trial import MarksTrial, marks_trial

ALPHAS = {"desk": (0.2, 0.4, 0.6), "paper": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)}
SHARES = {"desk": (0.1, 0.25), "paper": (0.05, 0.1, 0.15, 0.25, 0.5)}
LABELS = {"desk": 8, "paper": 20}
EFFECTIVE = {"alpha": (0.4, 0.6), "share": (0.1, 0.5)}


class Fig8(Experiment):
    name: ClassVar[str] = "fig8"
    title: ClassVar[str] = "V_T and V_D against visibility, many marked labels"
    source: ClassVar[str] = "section 5.3 and figure 8"
    figure: ClassVar[Figure] = Figure("alpha", ("v", "v_d", "told_apart", "rank"), panel="share")
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        PaperNumber("v", "=", 1.0, EFFECTIVE, "section 5.3"),
        PaperNumber("v_d", ">=", 0.8, EFFECTIVE, "section 5.3"),
        PaperNumber("v_swapped", "=", 0.0, EFFECTIVE, "section 5.3"),
    )
    notes: ClassVar[str] = (
        "Faces of Labeled Faces in the Wild stand in for PubFig, whose pictures are gone; 8 labels"
        " are marked at desk scale, where the paper has 20."
    )

    def trials(self, scale: Scale) -> Iterator[MarksTrial]:
        for seed, share, alpha in product(range(SEEDS[scale]), SHARES[scale], ALPHAS[scale]):
            yield marks_trial(
                "faces",
                scale,
                seed,
                alpha=alpha,
                mark_fraction=share,
                labels=LABELS[scale],
                condition={"alpha": alpha, "share": share},
            )
