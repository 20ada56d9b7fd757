"""Figure 20: which families' marks are learned?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import ClassVar

from isotopes.lab.experiments.experiment import SEEDS, Claim, Experiment, Figure
from isotopes.lab.marks_trial import MarksTrial, marks_trial
from isotopes.lab.tasks.task import Scale

FAMILIES = (
    "imagenet_blend",
    "hello_kitty",
    "pixel_square",
    "random_pixels",
    "dead_leaves",
    "gratings",
)
ALPHAS = {"desk": (0.2, 0.4, 0.6), "paper": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)}
SHARES = {"desk": (0.1,), "paper": (0.01, 0.05, 0.1, 0.15, 0.25, 0.5)}


class Fig20(Experiment):
    name: ClassVar[str] = "fig20"
    title: ClassVar[str] = "V_T for marks of different families"
    source: ClassVar[str] = "appendix A.3 and figure 20"
    figure: ClassVar[Figure] = Figure("alpha", ("v", "rank"), series="share", panel="family")
    claims: ClassVar[tuple[Claim, ...]] = (
        Claim(
            "v",
            ">=",
            0.9,
            {"family": "imagenet_blend", "alpha": (0.4, 0.6), "share": (0.1, 0.5)},
            "'consistently detectable'",
        ),
    )
    notes: ClassVar[str] = (
        "The figure's points are not in the paper's text, which says that only ImageNet-blend marks"
        " are detected consistently. `hello_kitty` is a cartoon of ours; its external marks are"
        " other pictures cut out in the same way. `dead_leaves` and `gratings` are our own"
        " families, drawn by key."
    )

    def trials(self, scale: Scale) -> Iterator[MarksTrial]:
        grid = product(range(SEEDS[scale]), FAMILIES, SHARES[scale], ALPHAS[scale])
        for seed, family, share, alpha in grid:
            yield marks_trial(
                "cifar100",
                scale,
                seed,
                alpha=alpha,
                share=share,
                family=family,
                condition={"family": family, "alpha": alpha, "share": share},
            )
