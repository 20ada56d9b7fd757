"""Services that watch for look-alike queries: how many of ours and of honest users they catch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.answers.look_alikes import QuerySequence, QueryWatch, caught
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.methods.own_check import Shown, StageQueries, own_queries, staged_pvalue
from isotopes.lab.models.bank import Specification
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.tasks import probe_pictures
from isotopes.lab.train.training import Model
from isotopes.lab.trials.experiment import Row
from isotopes.lab.trials.own_pictures.askers import Asker, askers
from isotopes.seeds import derive

Queries = Literal["as usual", "disguised", "half-mixed"]
HELD_OUT = 50  # pictures of each label, at most, that an honest user asks about
VERSION = 1  # goes up when the same description measures something different


@dataclass(frozen=True)
class WatchedTrial:
    """The usual check, once for each label of a model, by services that compare queries.

    Each person has an account, and a service remembers the queries of an account.

    Attributes:
        model: half of its labels carry marks.
        queries: how the queries are made: "as usual"; "disguised" as by `isotopes check
            --disguise`; "half-mixed" puts the mark into the mean of the picture and another
            person's, another one in each query.
        watches: what the services compare.
        version: of this code.
    """

    model: MarkedModel
    queries: Queries
    watches: tuple[QueryWatch, ...]
    version: int = VERSION

    def models(self) -> tuple[Specification, ...]:
        return (self.model,)

    def measure(self, models: Sequence[Model]) -> list[Row]:
        """A row for each label and service. Columns beside `queries`, `service`, `seed`, `label`:

        power, power_faint, accused, pvalue: as `Asker.row`.
        caught: the fraction of the check's queries that are answered as an earlier one.
        honest: the same of a user who asks once about each of some held-out pictures of all labels.
        album: the same of a user who asks once about each of this person's pictures.
        accuracy, defence_lost: of the answers that the first of these users gets, and how much less
        that is than without the service's comparing.
        """
        (model,) = models
        held_out = probe_pictures(self.model.task, self.model.setting, self.model.seed, HELD_OUT)
        honest = _honest(model, held_out, self.watches, self.model.seed)
        rows: list[Row] = []
        for one in askers(self.model):
            shown = _SHOWN[self.queries](one, held_out)
            account = _Account(
                model, own_queries(one.pictures, one.marks, one.alpha, one.order(), shown)
            )
            album = QuerySequence(model, one.album)
            for watch in self.watches:
                service = _Service(account, watch)
                pvalue = staged_pvalue(service, account.stages())
                rows.append(
                    {
                        "queries": self.queries,
                        "service": str(watch),
                        **one.row(pvalue),
                        "caught": caught(service.given),
                        "album": caught(album.answered_as(watch)),
                        **honest[watch],
                    }
                )
        return rows


class _Account:
    """One person's queries, made and asked when a first service needs them.

    Attributes:
        seen: by the number of stages, all queries up to there.
    """

    def __init__(self, model: Model, queries: Iterator[StageQueries]) -> None:
        self._model, self._queries = model, queries
        self._made: list[StageQueries] = []
        self.seen: list[QuerySequence] = []

    def stages(self) -> Iterator[StageQueries]:
        """All stages from the first one, also of those who ask later."""
        for number in count():
            if number == len(self._made):
                stage = next(self._queries, None)
                if stage is None:
                    return
                self._made.append(stage)
                pixels = np.concatenate([made.pixels for made in self._made])
                self.seen.append(QuerySequence(self._model, pixels))
            yield self._made[number]


class _Service:
    """Answers an account's stages, one after the other.

    Attributes:
        given: the query whose answer each one got so far.
    """

    def __init__(self, account: _Account, watch: QueryWatch) -> None:
        self._account, self._watch = account, watch
        self._stage = 0
        self.given = np.arange(0)

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        seen = self._account.seen[self._stage]
        self._stage += 1
        self.given = seen.answered_as(self._watch)
        return seen.answers[self.given[-len(pixels) :]]


def _honest(
    model: Model, held_out: Pictures, watches: Sequence[QueryWatch], seed: int
) -> dict[QueryWatch, Row]:
    """What each service does to somebody who asks once about each picture."""
    order = np.random.default_rng([seed, 14]).permutation(len(held_out.labels))
    asked = QuerySequence(model, held_out.pixels[order])
    called = asked.answers.argmax(axis=1)
    labels = held_out.labels[order]
    rows: dict[QueryWatch, Row] = {}
    before = float((called == labels).mean())
    for watch in watches:
        given = asked.answered_as(watch)
        accuracy = float((called[given] == labels).mean())
        rows[watch] = {
            "honest": caught(given),
            "accuracy": accuracy,
            "defence_lost": before - accuracy,
        }
    return rows


def _usual(asker: Asker, held_out: Pictures) -> None:
    del asker, held_out


def _disguised(asker: Asker, held_out: Pictures) -> Shown:
    del held_out
    # Here: a bare GPU machine lacks what this package needs.
    from isotopes.verify.asking.disguise import disguised

    key = derive(bytes(32), f"isotopes/v1/lab/disguise/{asker.seed}/{asker.label}")
    return lambda picture, draw, place: disguised(picture, key, draw, place)


def _half_mixed(asker: Asker, held_out: Pictures) -> Shown:
    others = held_out.pixels[held_out.labels != asker.label].astype(np.uint16)

    def mixed(picture: NDArray[np.uint8], draw: int, place: int) -> NDArray[np.uint8]:
        rng = np.random.default_rng([asker.seed, 15, asker.label, draw, place])
        mean = (picture + others[rng.integers(len(others))]) // 2
        return np.asarray(mean, np.uint8)

    return mixed


_SHOWN = {"as usual": _usual, "disguised": _disguised, "half-mixed": _half_mixed}
