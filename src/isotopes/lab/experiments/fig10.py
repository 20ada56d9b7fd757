"""Figure 10: how much alike may two marks be?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import ClassVar

from isotopes.lab.experiments.experiment import SEEDS, Claim, Experiment, Figure
from isotopes.lab.mark_spec import MarkSpec, Mixed, drawn, key_of
from isotopes.lab.marked_model import Isotope, marked_labels, marked_model
from isotopes.lab.marks_trial import MarksTrial
from isotopes.lab.tasks.task import Scale
from isotopes.marks import linf_distance

RATIOS = {"desk": (0.1, 0.4, 0.8), "paper": (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)}
ALPHA, SHARE, LEVEL = 0.4, 0.1, 0.01


class Fig10(Experiment):
    name: ClassVar[str] = "fig10"
    title: ClassVar[str] = "V_T and V_D of two marks against their distance"
    source: ClassVar[str] = "section 5.4 and figure 10"
    figure: ClassVar[Figure] = Figure("ratio", ("v", "v_d", "rank", "distance"))
    claims: ClassVar[tuple[Claim, ...]] = (
        Claim("v", ">=", 0.9, {"distance": (0.4, 1.0)}, "'both detectable and distinguishable'"),
        Claim("v_d", ">=", 0.9, {"distance": (0.4, 1.0)}, "'both detectable and distinguishable'"),
    )
    notes: ClassVar[str] = (
        "The second mark is the first with another one mixed in at a ratio; `distance` is the"
        " normalised L-infinity distance of the two. Its decoys are mixed alike."
    )

    def trials(self, scale: Scale) -> Iterator[MarksTrial]:
        for seed, ratio in product(range(SEEDS[scale]), RATIOS[scale]):
            yield _trial(scale, seed, ratio)


def _trial(scale: Scale, seed: int, ratio: float) -> MarksTrial:
    labels = marked_labels("cifar100", scale, seed, 2, SHARE)
    key = key_of("marks", "cifar100", seed)
    first = drawn("imagenet_blend", key, 0)
    second = Mixed(first, drawn("imagenet_blend", key, 1), ratio)
    marks: tuple[MarkSpec, MarkSpec] = (first, second)
    isotopes = [
        Isotope(int(label), mark, ALPHA, SHARE) for label, mark in zip(labels, marks, strict=True)
    ]
    apart = linf_distance(first.make(), second.make())
    condition = {"ratio": ratio, "distance": round(apart, 3)}
    model = marked_model("cifar100", scale, seed, isotopes)
    return MarksTrial(tuple(sorted(condition.items())), model, LEVEL)
