"""Which marks come through small image generators, and does anybody find marks that nobody used?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import ClassVar

from isotopes.lab.generators.conditions import KINDS, guilty_generator
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, Row
from isotopes.lab.trials.generating.generator_trial import GeneratorTrial
from isotopes.lab.trials.generating.null_rates import null_table
from isotopes.lab.trials.generating.power_table import power_table

PICTURES = ("faces", "cifar100", "digits")
MADE = 512  # pictures by each generator, with labels as often as in the training set
FOUND = {"power": "found at 0.001", "false_alarm": "innocent, at 0.01"}
NULLS = 500  # in each trial, of each family


class Generators(Experiment):
    name: ClassVar[str] = "generators"
    title: ClassVar[str] = "marks in what small image generators make"
    source: ClassVar[str] = "ours: the paper has classifiers only"
    figure: ClassVar[Figure] = Figure(
        "through", ("power", "false_alarm"), series="family", panel="pictures"
    )
    notes: ClassVar[str] = (
        "Seven owners have a tenth of the training set each, and put a mark into all of their"
        " pictures, at 28 dB: two each use tints, gratings and dead leaves, one a keyed warp. An"
        " autoencoder, a flow on pixels and one on its latents, each a small diffusion transformer,"
        " learn from them from scratch; innocent twins learn from the same pictures without marks."
        " Each makes 512 pictures, with labels as often as in the training set. `pvalue` is the"
        " mark's rank among 999 decoys by the score of `check --pictures`, `pvalue_by_name` that of"
        " the same pictures with the owner's labels apart, so 0.001 is the least. `power` is of the"
        " latter at level 0.001, `false_alarm` the innocent twin's at 0.01. `retention`: what the"
        " guilty twin's pictures match the mark better by, over what marking changed in the"
        " training set; `retention_own`: what is left of the mark once the owner's own pictures"
        " went through the autoencoder. The warp is found as DIAGNOSIS does: a detector trained on"
        " the owner's pictures must call more than 0.75 of 50 pictures warped. Faces are those of"
        " 50 people, objects CIFAR-100's of 20 labels, digits scikit-learn's, all at 32 pixels."
        " Nothing so small proves that a large generator behaves alike."
    )
    shares_models: ClassVar[bool] = False

    def trials(self, scale: Scale) -> Iterator[GeneratorTrial]:
        for seed, pictures, kind in product(range(SEEDS[scale]), PICTURES, KINDS):
            yield GeneratorTrial(guilty_generator(kind, pictures, scale, seed), NULLS, MADE)

    def remarks(self, rows: Sequence[Row]) -> Iterator[str]:
        yield from power_table(rows, ("pictures", "through", "family"), FOUND, "pvalue_by_name")
        yield ""
        yield (
            "Marks that nobody used, each with a key of its own and 999 decoys that the marks of a"
            " trial share: how often p is at most the level, with exact 95 % intervals as if they"
            " were independent."
        )
        yield ""
        saw = {"null": "no mark", "others": "other people's marks"}
        yield from null_table(rows, saw, ("through", "family"), "the model saw")
