"""How visible must a mark be to come through a generator that works on an autoencoder's latents?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import ClassVar

from isotopes.lab.generators.conditions import guilty_generator
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, Row
from isotopes.lab.trials.generating.power_table import power_table
from isotopes.lab.trials.generating.visible_trial import VisibleTrial

PSNRS = (28.0, 24.0, 20.0, 16.0)
MADE = 512  # pictures, as in `generators`
FOUND = {"power": "found at 0.001", "false_alarm": "innocent, at 0.01"}


class Latents(Experiment):
    name: ClassVar[str] = "latents"
    title: ClassVar[str] = "how visible marks must be to come through a flow on latents"
    source: ClassVar[str] = "ours: the paper has classifiers only"
    figure: ClassVar[Figure] = Figure("psnr", ("power", "false_alarm"), series="family")
    notes: ClassVar[str] = (
        "The flow on latents of `generators`, on faces: seven owners have a tenth of the training"
        " set each and put a mark into all of their pictures, so visible that the mean over these"
        " is `psnr` decibels. At 16 dB a mark ruins a picture; the experiment says where marks"
        " begin to come through, not how to publish. Columns as for `generators`."
    )
    shares_models: ClassVar[bool] = False

    def trials(self, scale: Scale) -> Iterator[VisibleTrial]:
        for seed, psnr in product(range(SEEDS[scale]), PSNRS):
            guilty = guilty_generator("latent_flow", "faces", scale, seed, psnr)
            yield VisibleTrial(guilty, 0, MADE)

    def remarks(self, rows: Sequence[Row]) -> Iterator[str]:
        yield from power_table(rows, ("family", "psnr"), FOUND, "pvalue_by_name")
