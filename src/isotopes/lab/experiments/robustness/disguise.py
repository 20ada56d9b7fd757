"""Queries that don't look alike, against services that compare queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from isotopes.lab.countermeasures.answers.look_alikes import QueryWatch
from isotopes.lab.experiments.robustness.countermeasures_own import MODELS
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.countermeasure_table import accused
from isotopes.lab.trials.experiment import Experiment, Figure, Row, Value
from isotopes.lab.trials.own_pictures.watched import Queries, WatchedTrial

KINDS: tuple[Queries, ...] = ("as usual", "disguised", "half-mixed")
# Of features: what catches a thousandth, a hundredth and a tenth of an honest user's queries, on
# two models of other seeds (`python -m bench.look_alikes`).
WATCHES = (
    QueryWatch("nothing"),
    QueryWatch("fingerprints", 4),
    QueryWatch("fingerprints", 16),
    QueryWatch("features", 0.969),
    QueryWatch("features", 0.963),
    QueryWatch("features", 0.948),
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
        yield from _standing_out(rows)


def _standing_out(rows: Sequence[Row]) -> Iterator[str]:
    """Lines: by how many of its queries are caught, does a check stand out among honest users?

    The service sets the limit where it flags none of the honest users of this very model, the album
    of any person and the user of held-out pictures: the best that it could choose.
    """
    yield (
        "Checks that stand out: more of their queries are caught than of any honest user of the"
        " same model, one for each person's album and one with pictures of all. Short checks, which"
        " end after 60 queries, are counted too."
    )
    yield ""
    kinds = list(dict.fromkeys(str(row["queries"]) for row in rows))
    services = list(dict.fromkeys(str(row["service"]) for row in rows))
    yield f"| service | {' | '.join(kinds)} |"
    yield "|---" * (1 + len(kinds)) + "|"
    for service in services:
        cells = []
        for kind in kinds:
            some = [row for row in rows if (row["queries"], row["service"]) == (kind, service)]
            cells.append(f"{_outstanding(some):.2f}" if some else "")
        yield f"| {service} | {' | '.join(cells)} |"
    yield ""


def _outstanding(rows: Sequence[Row]) -> float:
    """The fraction of checks with more queries caught than of any honest user of their model."""
    limits: dict[object, float] = {}
    for row in rows:
        honest = max(_number(row["album"]), _number(row["honest"]))
        limits[row["seed"]] = max(limits.get(row["seed"], 0.0), honest)
    return float(np.mean([_number(row["caught"]) > limits[row["seed"]] for row in rows]))


def _number(value: Value) -> float:
    assert isinstance(value, int | float)
    return value
