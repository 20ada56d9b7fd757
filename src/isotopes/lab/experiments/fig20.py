"""Figure 20: which families' marks are learned?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from types import MappingProxyType
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, PaperNumber
from isotopes.lab.trials.marks_trial import MarksTrial, marks_trial

FAMILIES = (
    "imagenet_blend",
    "hello_kitty",
    "pixel_square",
    "random_pixels",
    "dead_leaves",
    "gratings",
)
PAPER_ALPHAS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
ALPHAS = {"desk": (0.2, 0.4, 0.6), "paper": PAPER_ALPHAS, "packed": PAPER_ALPHAS}
SHARES = {"desk": (0.1,), "paper": (0.01, 0.05, 0.1, 0.15, 0.25, 0.5), "packed": (0.1,)}
CARTOON_ALPHA = 0.4  # where conditions share a model: there is one cartoon, for one label of it


class Fig20(Experiment):
    name: ClassVar[str] = "fig20"
    title: ClassVar[str] = "V_T for marks of different families"
    scales: ClassVar[tuple[Scale, ...]] = ("desk", "paper", "packed")
    source: ClassVar[str] = "appendix A.3 and figure 20"
    figure: ClassVar[Figure] = Figure("alpha", ("v", "rank"), series="share", panel="family")
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        *(
            PaperNumber(
                "v",
                ">=",
                0.9,
                {"family": "imagenet_blend", "share": share, "alpha": alpha},
                "'consistently detectable'",
            )
            for share, alpha in product((0.1, 0.15, 0.25, 0.5), (0.4, 0.5, 0.6))
        ),
        *(
            PaperNumber(
                "v",
                "<=",
                0.9,
                {"family": family, "alpha": (0.4, 0.6), "share": (0.1, 0.5)},
                "not 'consistently detectable'",
                0.0,
            )
            for family in ("hello_kitty", "pixel_square", "random_pixels")
        ),
    )
    notes: ClassVar[str] = (
        "The figure's points are not in the paper's text, which says that only ImageNet-blend marks"
        " are detected consistently. `hello_kitty` is a cartoon of ours; its external marks are"
        " other pictures cut out in the same way. One cartoon is no draw from anything: `rank` is"
        " not exact for it, and the product refuses to accuse by it alone. The figure's caption"
        " says of Hello Kitty that it does much better than the pixel patterns, the text that it"
        " is not detected consistently; the text's word stands below. `dead_leaves` and `gratings`"
        " are our own families, drawn by key."
    )
    misses: ClassVar[Mapping[Scale, str]] = MappingProxyType(
        {
            "desk": "as in figure 7, a tenth of the label is too little at alpha 0.4 here.",
            "packed": (
                "V finds the cartoon and all six squares of pixels. The exact test finds the"
                " cartoon and four of the squares, whose decoys are squares at other places."
            ),
        }
    )

    def trials(self, scale: Scale) -> Iterator[MarksTrial]:
        grid = product(range(SEEDS[scale]), FAMILIES, SHARES[scale], ALPHAS[scale])
        for seed, family, share, alpha in grid:
            if scale == "packed" and family == "hello_kitty" and alpha != CARTOON_ALPHA:
                continue
            yield marks_trial(
                "cifar100",
                scale,
                seed,
                alpha=alpha,
                mark_fraction=share,
                family=family,
                condition={"family": family, "alpha": alpha, "share": share},
            )
