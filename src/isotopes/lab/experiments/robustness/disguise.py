"""Queries that don't look alike, against services that compare queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from isotopes.lab.countermeasures.answers.look_alikes import Watch
from isotopes.lab.experiments.robustness.countermeasures_own import MODELS
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.countermeasure_table import accused
from isotopes.lab.trials.experiment import Experiment, Figure, Row
from isotopes.lab.trials.own_pictures.watched import Queries, WatchedTrial

KINDS: tuple[Queries, ...] = ("as usual", "disguised", "half-mixed")
# Of features: what catches a thousandth, a hundredth and a tenth of an honest user's queries, on
# two models of other seeds (`python -m bench.look_alikes`).
WATCHES = (
    Watch("nothing"),
    Watch("fingerprints", 4),
    Watch("fingerprints", 16),
    Watch("features", 0.969),
    Watch("features", 0.963),
    Watch("features", 0.948),
)


class Disguise(Experiment):
    name: ClassVar[str] = "disguise"
    title: ClassVar[str] = "disguised queries, and services that answer look-alikes alike"
    source: ClassVar[str] = "ours; the services are after Chen, Carlini and Wagner (2020)"
    figure: ClassVar[Figure] = Figure("service", ("power", "caught", "honest"), series="queries")
    notes: ClassVar[str] = (
        "The faces of `countermeasures_own`, asked by the usual check. A service answers a query as"
        " an earlier one of the same account if their fingerprints are at most so many levels of"
        " 255 apart (`fingerprints`, as `query_detector`), or if the cosine of their penultimate"
        " features in the asked model is at least so large (`features`). The three cosines"
        " catch a thousandth, a hundredth and a tenth of an honest user's queries on two models of"
        " other seeds (7002 and 7004; `python -m bench.look_alikes`). `disguised` queries crop the"
        " picture and change its light before the mark is put in, each in another way (`isotopes"
        " check --disguise`); how strongly was chosen on a model of another seed (7002)."
        " `half-mixed` queries put the mark into the mean of the picture and a picture of somebody"
        " else, in each query another one. `caught` is the fraction of a check's queries that are"
        " answered as an earlier one, `honest` that of a user who asks once about each of some"
        " 500 held-out pictures of all people, `album` that of one who asks once about each of"
        " one person's 16 to 60 pictures, which the model was trained on."
    )
    scales: ClassVar[tuple[Scale, ...]] = ("desk",)
    shares_models: ClassVar[bool] = False

    def trials(self, scale: Scale) -> Iterator[WatchedTrial]:
        del scale
        model, seeds = MODELS["faces"]
        for seed in seeds:
            for queries in KINDS:
                yield WatchedTrial(model(seed), queries, WATCHES)

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
