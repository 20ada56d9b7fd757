"""Figure 11: what marking costs the model in accuracy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from types import MappingProxyType
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, PaperNumber
from isotopes.lab.trials.marks_trial import MarksTrial, marks_trial

PAPER_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SHARES = {"desk": (0.1, 0.5, 0.9), "paper": PAPER_SHARES, "packed": PAPER_SHARES}
ALPHA = 0.4


class Fig11(Experiment):
    name: ClassVar[str] = "fig11"
    title: ClassVar[str] = "accuracy against the share of the label's pictures that are marked"
    scales: ClassVar[tuple[Scale, ...]] = ("desk", "paper", "packed")
    source: ClassVar[str] = "section 5.4 and figure 11"
    figure: ClassVar[Figure] = Figure(
        "share", ("accuracy", "innocent_accuracy", "label_accuracy", "innocent_label_accuracy")
    )
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        PaperNumber("accuracy_lost", "<=", 0.01, {}, "'affects <= 1%' of the whole accuracy", 0.0),
        PaperNumber(
            "label_accuracy_lost",
            ">=",
            0.1,
            {"share": (0.7, 0.9)},
            "'drops off rapidly once p >= 0.6', read here as a tenth",
            tolerance=0.0,
        ),
    )
    notes: ClassVar[str] = (
        "The figure's points are not in the paper's text. One marked label of 20 at desk scale"
        " weighs five times as much in the whole accuracy as one of 100."
    )

    misses: ClassVar[Mapping[Scale, str]] = MappingProxyType(
        {
            "desk": (
                "all of what the model loses it loses on the marked label, and that is a twentieth"
                " of the pictures here, not a hundredth."
            )
        }
    )

    def trials(self, scale: Scale) -> Iterator[MarksTrial]:
        for seed, share in product(range(SEEDS[scale]), SHARES[scale]):
            yield marks_trial(
                "cifar100",
                scale,
                seed,
                alpha=ALPHA,
                mark_fraction=share,
                condition={"share": share},
            )
