"""Queries that don't look alike, against a service that compares queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import ClassVar

from isotopes.lab.experiments.robustness.countermeasures_own import MODELS
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.countermeasure_table import accused
from isotopes.lab.trials.experiment import Experiment, Figure, Row
from isotopes.lab.trials.own_pictures_trial import DisguisedTrial, OwnPicturesTrial

DETECTOR = "query_detector"
DISTANCES = (0, 4, 16)  # that count as alike; 0 is no detector


class Disguise(Experiment):
    name: ClassVar[str] = "disguise"
    title: ClassVar[str] = "disguised queries, and a service that answers look-alikes alike"
    source: ClassVar[str] = "ours; the service is after Chen, Carlini and Wagner (2020)"
    figure: ClassVar[Figure] = Figure("distance", ("power", "accused"), series="queries")
    notes: ClassVar[str] = (
        "The faces of `countermeasures_own`, asked by the usual check. `distance` is how far"
        " fingerprints may be apart, in levels of 255, for a service to answer a query as an"
        " earlier one; 0 is no such service. `disguised` queries crop the picture and change its"
        " light before the mark is put in, each in another way (`isotopes check --disguise`)."
        " How strongly was chosen on a model of another seed (7002)."
    )
    scales: ClassVar[tuple[Scale, ...]] = ("desk",)
    shares_models: ClassVar[bool] = False

    def trials(self, scale: Scale) -> Iterator[OwnPicturesTrial]:
        del scale
        model, seeds = MODELS["faces"]
        kinds = {"as usual": OwnPicturesTrial, "disguised": DisguisedTrial}
        for (queries, kind), distance, seed in product(kinds.items(), DISTANCES, seeds):
            condition: Row = {"queries": queries, "distance": distance}
            yield kind(
                tuple(sorted(condition.items())),
                model(seed),
                DETECTOR if distance else "",
                float(distance),
            )

    def remarks(self, rows: Sequence[Row]) -> Iterator[str]:
        for queries in dict.fromkeys(str(row["queries"]) for row in rows):
            tested = [
                row for row in rows if row["queries"] == queries and row["accused"] is not None
            ]
            yield (
                f"Queries {queries}: innocent marks were called detected at level 0.01 in"
                f" {accused(tested, 'accused')} of the tests."
            )
            yield ""
