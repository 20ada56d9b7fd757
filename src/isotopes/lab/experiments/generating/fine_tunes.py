"""A generator fine-tuned on one person's few pictures: how faint, and on how many of them?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from isotopes.lab.generators.conditions import FAMILIES, fine_tuned
from isotopes.lab.generators.owners import PSNR, WARP, marking
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, Row
from isotopes.lab.trials.generating.fine_tune_trial import FineTuneTrial
from isotopes.lab.trials.generating.null_rates import null_table
from isotopes.lab.trials.generating.power_table import power_table

# Family, decibels, fraction of the pictures; the first of a seed and way has the nulls as well.
EVERY_WAY = tuple((family, PSNR, 1.0) for family in (*FAMILIES, WARP))
FAINTER = (
    *(("gratings", PSNR, marked) for marked in (0.5, 0.25, 0.1)),
    *(("gratings", psnr, 1.0) for psnr in (32.0, 36.0, 40.0, 44.0)),
    *(("tints", psnr, 1.0) for psnr in (24.0, 20.0)),
)
CONDITIONS = {
    "all weights": (*EVERY_WAY, *FAINTER),
    "rank 4": EVERY_WAY,
    "rank 16": (*EVERY_WAY, *(one for one in FAINTER if one[1:] in {(PSNR, 0.25), (36.0, 1.0)})),
}
MADE = 64  # pictures of the person, and as many of others
FOUND = {
    "power": "found at 0.001 in the person's pictures",
    "power_by_name": "beside others'",
    "power_own": "beside the originals",
    "false_alarm": "innocent, at 0.01",
}
NULLS = 1000  # in one trial of each seed and way


class FineTunes(Experiment):
    name: ClassVar[str] = "fine_tunes"
    title: ClassVar[str] = "marks in a generator fine-tuned on one person's pictures"
    source: ClassVar[str] = "ours: the paper has classifiers only"
    figure: ClassVar[Figure] = Figure("condition", ("power", "false_alarm"), series="way")
    notes: ClassVar[str] = (
        "A flow on pixels, trained on the faces of 50 people without any marks, is fine-tuned on 20"
        " to 50 pictures of one whom it has not seen: all weights, or changes of rank 4"
        " or 16 and the embeddings of labels (LoRA), for 250, 250 and 1,000 steps of 32 pictures."
        " The person put a mark into all or some of the"
        " pictures, at so many decibels. Then 64 pictures are asked for by the person's name, and"
        " 64 by others'. `pvalue` is the mark's rank among 999 decoys, by the score of"
        " `check --pictures`, in the 64 alone; `pvalue_by_name` with the others beside them, as for"
        " several prompts; `pvalue_own` with the person's unmarked originals beside them, as if"
        " another prompt had given them: what the person looks like then no longer hides the mark,"
        " and as the originals have nothing to do with the key the rank is as exact. Innocent twins"
        " are"
        " fine-tuned on the unmarked pictures; `false_alarm`: is the least of the three at most"
        " 0.01 / 3. The warp is found as DIAGNOSIS does, and is accused if more than 0.75 of 50"
        " pictures are called warped. Who is fine-tuned on changes with the seed."
    )
    shares_models: ClassVar[bool] = False

    def trials(self, scale: Scale) -> Iterator[FineTuneTrial]:
        for seed in range(SEEDS[scale]):
            for way, conditions in CONDITIONS.items():
                for place, (family, psnr, marked) in enumerate(conditions):
                    change = marking(family, "fine-tune", seed, psnr=psnr, marked=marked)
                    said = f"{family}, {psnr:g} dB{f', {marked:.0%} marked' * (marked < 1)}"
                    yield FineTuneTrial(
                        (("condition", said), ("way", way)),
                        fine_tuned(way, scale, seed, change, seed),
                        NULLS * (place == 0),
                        MADE,
                    )

    def remarks(self, rows: Sequence[Row]) -> Iterator[str]:
        yield from power_table(rows, ("way", "condition"), FOUND, "pvalue_own")
        yield ""
        yield (
            "Marks that nobody used, each with a key of its own, in innocent fine-tunes: how often"
            " p is at most the level, with exact 95 % intervals as if they were independent."
        )
        yield ""
        looked_in = {
            "null": "the person's pictures",
            "null_by_name": "those beside others'",
            "null_own": "those beside the originals",
        }
        yield from null_table(rows, looked_in, ("way",), "looked for in")
