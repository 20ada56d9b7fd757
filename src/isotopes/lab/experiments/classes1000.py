"""Section 7.1: a model with 1,000 labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from types import MappingProxyType
from typing import ClassVar

from isotopes.lab.folders import data_folder
from isotopes.lab.tasks import get_task
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, PaperNumber
from isotopes.lab.trials.marks_trial import MarksTrial, marks_trial

MARKED = {"desk": (1, 20), "paper": (1, 20, 100)}
ALPHA, SHARE = 0.4, 0.1


class Classes1000(Experiment):
    name: ClassVar[str] = "classes1000"
    title: ClassVar[str] = "a model with 1,000 labels"
    source: ClassVar[str] = "section 7.1"
    figure: ClassVar[Figure] = Figure(
        "labels_marked", ("v", "v_d", "told_apart", "rank"), panel="task"
    )
    claims: ClassVar[tuple[PaperNumber, ...]] = tuple(
        PaperNumber(measure, "=", value, {}, "the mean over up to 100 marked labels")
        for measure, value in (("v", 0.96), ("v_swapped", 0.02), ("v_d", 0.99), ("accuracy", 0.72))
    )
    notes: ClassVar[str] = (
        "The paper's labels are those of ImageNet, with 1,300 pictures each. Here it is ImageNet at"
        " paper scale where that lies below the data folder; else a label is one physical sign of"
        " GTSRB, with about 24 pictures, of which 2 carry the mark."
    )

    misses: ClassVar[Mapping[Scale, str]] = MappingProxyType(
        {
            "desk": (
                "V_D compares two labels on pictures of neither, and each mark is in two pictures"
                " here, where the paper's is in 130: some are learned too weakly to stand out from"
                " another mark, though V finds them. Single traffic signs, each seen again in"
                " frames of one film, are easier to tell than ImageNet's things."
            )
        }
    )

    def trials(self, scale: Scale) -> Iterator[MarksTrial]:
        task = _task(scale)
        for seed, marked in product(range(SEEDS[scale]), MARKED[scale]):
            yield marks_trial(
                task,
                scale,
                seed,
                alpha=ALPHA,
                mark_fraction=SHARE,
                labels=marked,
                condition={"task": task, "labels_marked": marked},
            )


def _task(scale: Scale) -> str:
    """Few have ImageNet."""
    there = (data_folder() / get_task("imagenet").folder).is_dir()
    return "imagenet" if scale == "paper" and there else "signs1000"
