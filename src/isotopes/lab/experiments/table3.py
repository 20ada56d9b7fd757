"""Table 3: several marks in one label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from types import MappingProxyType
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, PaperNumber
from isotopes.lab.trials.marks_trial import MarksTrial, marks_trial

PAPER_MARKS = (2, 3, 4, 5, 6)
MARKS = {"desk": (2, 4, 6), "paper": PAPER_MARKS, "packed": PAPER_MARKS}
ALPHA = 0.4
# p of each mark. At desk scale a twentieth of a label would be a dozen pictures.
SHARE = {"desk": 0.1, "paper": 0.05, "packed": 0.05}
V_T = (1.0, 0.8, 0.8, 1.0, 1.0)
V_F = (0.0, 0.12, 0.0, 0.0, 0.0)


class Table3(Experiment):
    name: ClassVar[str] = "table3"
    title: ClassVar[str] = "V_T and V_F against the number of marks in one label"
    scales: ClassVar[tuple[Scale, ...]] = ("desk", "paper", "packed")
    source: ClassVar[str] = "section 5.3 and table 3"
    figure: ClassVar[Figure] = Figure(
        "marks_per_label", ("v", "v_innocent", "rank", "rank_innocent")
    )
    claims: ClassVar[tuple[PaperNumber, ...]] = tuple(
        PaperNumber(measure, "=", value, {"marks_per_label": marks}, "table 3")
        for measure, values in (("v", V_T), ("v_swapped", V_F))
        for marks, value in zip(PAPER_MARKS, values, strict=True)
    )
    notes: ClassVar[str] = (
        "At desk scale each mark is in a tenth of the label's pictures instead of a twentieth."
        " `v_innocent` is what V says of models that saw no mark: the false-positive rate that the"
        " paper's V_F is not."
    )
    misses: ClassVar[Mapping[Scale, str]] = MappingProxyType(
        {
            "desk": (
                "One mark alone, at the same alpha and p, is not found every time on this task"
                " (figure 7's page): a network this small learns so faint a mark in 25 pictures,"
                " shifted and mirrored, by half only. The paper has a ResNet-18, 50 pictures and"
                " five times the epochs. `v_swapped` is the other side of it: where V does not"
                " find the mark it mostly finds its rival."
            ),
            "packed": "all that is missed is better than the paper's: every mark is found, and none"
            " of the rivals.",
        }
    )

    def trials(self, scale: Scale) -> Iterator[MarksTrial]:
        for seed, marks in product(range(SEEDS[scale]), MARKS[scale]):
            yield marks_trial(
                "cifar100",
                scale,
                seed,
                alpha=ALPHA,
                mark_fraction=SHARE[scale],
                marks_per_label=marks,
                condition={"marks_per_label": marks},
            )
