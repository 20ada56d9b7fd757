"""Section 9: shares below 0.1, and labels that many people contribute to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure
from isotopes.lab.trials.marks_trial import MarksTrial, marks_trial

TASK, ALPHA, MARKED = "cifar100", 0.4, 5  # labels that are marked
SHARES = (0.002, 0.004, 0.01, 0.02, 0.05, 0.1)
CONTRIBUTORS = (1, 2, 5, 10)
TOTAL = 0.2  # of a label's pictures, marked by all its contributors together
FEWEST = 250  # pictures of a label at desk scale: below one of them there is nothing to mark


class FewPictures(Experiment):
    name: ClassVar[str] = "few_pictures"
    title: ClassVar[str] = "few marked pictures, of one person or of many"
    source: ClassVar[str] = "section 9, 'lower p values below 0.1'"
    figure: ClassVar[Figure] = Figure(
        "share", ("v", "rank", "told_apart", "rank_innocent"), series="contributors"
    )
    notes: ClassVar[str] = (
        "The paper leaves this open, so there are no numbers of its to compare with. `share` is of"
        " one person's mark among the label's pictures. With several contributors each has a mark"
        " of their own in the same label, 0.2 of the pictures together; marks in one label can be"
        " found but not told apart (section 4.4)."
    )

    def trials(self, scale: Scale) -> Iterator[MarksTrial]:
        conditions = [(count, TOTAL / count) for count in CONTRIBUTORS]
        conditions += [(1, share) for share in SHARES if scale != "desk" or share * FEWEST >= 1]
        for seed in range(SEEDS[scale]):
            for contributors, share in conditions:
                yield marks_trial(
                    TASK,
                    scale,
                    seed,
                    alpha=ALPHA,
                    mark_fraction=share,
                    labels=MARKED,
                    marks_per_label=contributors,
                    condition={"contributors": contributors, "share": share},
                )
