"""An encoder that answers with embeddings: does it give away whose marked pictures it saw?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import ClassVar

from isotopes.lab.encoders.conditions import guilty_encoder
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, Row
from isotopes.lab.trials.generating.encoder_trial import EncoderTrial
from isotopes.lab.trials.generating.null_rates import null_table
from isotopes.lab.trials.generating.power_table import power_table

PICTURES = ("faces", "cifar100")
FOUND = {"power": "found at 0.001", "false_alarm": "innocent, at 0.01"}
NULLS = 1000  # in each trial


class Encoders(Experiment):
    name: ClassVar[str] = "encoders"
    title: ClassVar[str] = "marks in an encoder that was trained without labels"
    source: ClassVar[str] = "ours: the paper has classifiers only"
    figure: ClassVar[Figure] = Figure("family", ("power", "false_alarm"), panel="pictures")
    notes: ClassVar[str] = (
        "Six owners have a tenth of the training set each, and put a mark into all of their"
        " pictures, at 28 dB: two each use tints, gratings and dead leaves. A small network learns"
        " by contrast (SimCLR: crops, mirror images, other colours); an innocent twin learns from"
        " the same pictures without marks. For each draw both are asked for the embeddings of 48 of"
        " the owner's pictures with it, of the same ones cropped and mirrored, and of 16 other"
        " people's pictures with it. `steady`: how near the owner's pictures are to their views;"
        " `together`: how far the draw moves all of the others' the same way. `pvalue` is the rank,"
        " among 999 decoys, of the sum of both, each standardised over all draws; `power` is at"
        " level 0.001, `false_alarm` at 0.01."
    )
    shares_models: ClassVar[bool] = False

    def trials(self, scale: Scale) -> Iterator[EncoderTrial]:
        for pictures, seed in product(PICTURES, range(SEEDS[scale])):
            yield EncoderTrial(guilty_encoder(pictures, scale, seed), NULLS)

    def remarks(self, rows: Sequence[Row]) -> Iterator[str]:
        yield from power_table(rows, ("pictures", "family"), FOUND, "pvalue")
        yield ""
        yield (
            "Marks that nobody used, each with a key of its own and 999 decoys that 500 of them"
            " share: how often p is at most the level, with exact 95 % intervals as if they"
            " were independent."
        )
        yield ""
        saw = {"null": "no mark", "others": "other people's marks"}
        yield from null_table(rows, saw, ("pictures",), "the model saw")
