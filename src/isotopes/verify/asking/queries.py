"""The pictures that a plan asks, in batches: every probe unmarked, with the mark, with each decoy.

The order is drawn from the plan's seed, with the mark anywhere among its decoys. So whatever effect
a query's position in a batch or in time has on its answer (rounding in a matrix product, a model
replaced halfway, a target that watches), it is the same for the mark as for decoys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from isotopes.marks import Mark, fitted
from isotopes.seeds import KeyStream, derive
from isotopes.targets import Picture
from isotopes.verify.asking.query import write_query
from isotopes.verify.evidence.answers import CLEAN, MARK, MarkedQueries

ROOM = 64 * 2**20  # bytes of rendered marks, and of one batch, in memory at a time
KEPT = 512  # cached marks as drawn, for probes of another size


@dataclass(frozen=True, eq=False)
class QueryBatch:
    """Pictures to ask at once, and the indices of their answers in the tensor.

    Attributes:
        pictures: n of them; of one size they are one array, shape (n, height, width, 3).
        rows, probes: of the answer tensor, shape (n,).
    """

    pictures: Sequence[Picture]
    rows: NDArray[np.intp]
    probes: NDArray[np.intp]


def all_batches(
    plan: MarkedQueries,
    pictures: Sequence[Picture],
    draw: Callable[[int], Mark],
    unasked: NDArray[np.bool_],
    size: int,
) -> Iterator[QueryBatch]:
    """The queries that are `unasked`, unmarked probes first.

    Args:
        unasked: bool, shape (2 + decoys, probes).
    """
    yield from clean_batches(pictures, unasked[CLEAN], size)
    yield from marked_batches(plan, pictures, draw, unasked[MARK:], size)


def clean_batches(
    pictures: Sequence[Picture], wanted: NDArray[np.bool_], size: int
) -> Iterator[QueryBatch]:
    """The unmarked probes that are `wanted`, bool, shape (probes,), at most `size` at a time."""
    probes = np.flatnonzero(wanted)
    for start in range(0, len(probes), size):
        some = probes[start : start + size]
        yield QueryBatch([pictures[probe] for probe in some], np.full(len(some), CLEAN), some)


def marked_batches(
    plan: MarkedQueries,
    pictures: Sequence[Picture],
    draw: Callable[[int], Mark],
    wanted: NDArray[np.bool_],
    size: int,
) -> Iterator[QueryBatch]:
    """The marked probes that are `wanted`, in an order drawn from the plan's seed.

    Probes of one size go together, because a mark is rendered once for all of them. If the
    renderings of all marks don't fit in memory, they are made in random groups of a few marks.

    Args:
        wanted: bool, shape (1 + decoys, probes), the mark first.
        size: the most pictures in a batch; fewer if they are large.
    """
    stream = KeyStream(derive(plan.seed_key, "isotopes/v1/query-order"))
    drawn = lru_cache(maxsize=KEPT)(draw)
    for (height, width), probes in _by_size(pictures, np.asarray(wanted.any(axis=0))):
        room = max(1, ROOM // (height * width * 3))
        batch = _Filling(height, width, min(size, room))
        marks = _shuffled(stream, np.arange(plan.marks))
        for handful in (marks[start : start + room] for start in range(0, len(marks), room)):
            needed = handful[wanted[handful].any(axis=1)].tolist()
            rendered = {mark: fitted(drawn(mark), height, width) for mark in needed}
            for probe in probes:
                order = _shuffled(stream, handful)
                for mark in order[wanted[order, probe]].tolist():
                    into, picture = batch.place(mark, probe), pictures[probe]
                    write_query(into, plan, picture, rendered[mark], mark=mark, place=probe)
                    if batch.full:
                        yield batch.take()
        if batch.count:
            yield batch.take()


class _Filling:
    """A batch of pictures of one size while it fills."""

    def __init__(self, height: int, width: int, size: int) -> None:
        self._shape = (size, height, width, 3)
        self._start()

    @property
    def full(self) -> bool:
        return self.count == self._shape[0]

    def place(self, mark: int, probe: int) -> Picture:
        """Memory for the next picture."""
        self._marks.append(mark)
        self._probes.append(probe)
        self.count += 1
        place: Picture = self._pictures[self.count - 1]
        return place

    def take(self) -> QueryBatch:
        """The batch so far; the next one gets memory of its own."""
        batch = QueryBatch(
            cast(Sequence[Picture], self._pictures[: self.count]),
            np.array(self._marks) + MARK,
            np.array(self._probes),
        )
        self._start()
        return batch

    def _start(self) -> None:
        self._pictures = np.empty(self._shape, np.uint8)
        self._marks: list[int] = []
        self._probes: list[int] = []
        self.count = 0


def _by_size(
    pictures: Sequence[Picture], wanted: NDArray[np.bool_]
) -> Iterator[tuple[tuple[int, int], list[int]]]:
    """Which wanted probes have which height and width, in order of first appearance."""
    groups: dict[tuple[int, int], list[int]] = {}
    for probe in np.flatnonzero(wanted).tolist():
        height, width = pictures[probe].shape[:2]
        groups.setdefault((height, width), []).append(probe)
    yield from groups.items()


def _shuffled(stream: KeyStream, items: NDArray[np.intp]) -> NDArray[np.intp]:
    shuffled: NDArray[np.intp] = items[
        np.argsort(stream.integers(0, 2**32, len(items)), kind="stable")
    ]
    return shuffled
