"""Asks a target the queries of a plan: every probe unmarked, then with the mark and each decoy.

The order is drawn from the plan's seed, with the mark anywhere among its decoys. So whatever a
query's place in a batch or in time does to its answer (rounding in a matrix product, a model
exchanged half-way, a target that watches) can't tell the mark from a decoy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from isotopes.blending.into import blend_into
from isotopes.marks import Mark
from isotopes.seeds import KeyStream, derive
from isotopes.targets import Picture, Scores, Target
from isotopes.targets.asking.concurrent import ask_ahead
from isotopes.verify.asking.record import Record
from isotopes.verify.evidence.answers import CLEAN, MARK, MarkedQueries, Queries
from isotopes.verify.evidence.evidence import check_not_constant, missing, usable_labels
from isotopes.verify.methods.method import get_method
from isotopes.verify.plans.plan import Plan

Progress = Callable[[int, int], None]  # pictures answered, pictures in all

ROOM = 64 * 2**20  # bytes of rendered marks, and of one batch, kept at a time
KEPT = 512  # marks kept as drawn, for probes of another size
SOME = 256  # answers after which a target that always says the same is given up


@dataclass(frozen=True, eq=False)
class Batch:
    """Pictures to ask at once, and where their answers belong in the tensor.

    Attributes:
        pictures: n of them; of one size they are one array, shape (n, height, width, 3).
        rows, probes: of the answer tensor, shape (n,).
    """

    pictures: Sequence[Picture]
    rows: NDArray[np.intp]
    probes: NDArray[np.intp]


def ask(
    target: Target,
    plan: Plan,
    pictures: Sequence[Picture],
    draw: Callable[[int], Mark],
    record: Record,
    *,
    progress: Progress | None = None,
) -> None:
    """Fill `record` with the answers to all queries of the plan that it does not hold yet.

    The unmarked probes come first. They tell whether the target knows the label and which probes
    count, so that nothing more is asked where no verdict can come of it. Then come the marks that
    the test wants, all at once or, for a test that may stop early, a few after the others.

    Args:
        pictures: the plan's probes, uint8, each (height, width, 3).
        draw: gives the mark for 0 and decoy i for i.
        record: what was asked is in it, whatever interrupts the asking.

    Raises:
        UnknownLabel: the target has no such label.
        TargetUnreachable, AnswerError: as `Target.ask`, where nothing was answered before; else
            `record` tells. AnswerError for answers that are NaN, no probabilities, or always the
            same.
    """
    pictures = [np.ascontiguousarray(picture) for picture in pictures]
    tell = progress or (lambda done, total: None)
    size, everything = target.batch_size, len(pictures) * (1 + plan.marks)
    _fill(target, record, clean_batches(pictures, ~record.asked[CLEAN], size), tell, everything)
    if record.ended:
        return
    record.check_label(plan)
    method = get_method(plan.method)
    fewest = method.probes_needed(plan)
    usable = int(usable_labels(record.view(), plan, fewest).probes.sum())
    if not usable:
        return  # no label can be tested: a test that may stop early can't even begin
    most = len(pictures) + plan.marks * usable
    while not record.ended:
        answers = record.view()
        unasked = missing(answers, plan, fewest, method.wanted(answers, plan))
        if not unasked.any():
            return
        _fill(target, record, marked_batches(plan, pictures, draw, unasked, size), tell, most)


def ask_all_marks(
    target: Target,
    plan: Queries,
    pictures: Sequence[Picture],
    draw: Callable[[int], Mark],
    record: Record,
    *,
    progress: Progress | None = None,
) -> None:
    """As `ask`, for an audit: every mark and decoy is asked on every probe.

    Args:
        draw: gives the mark or decoy of each row but the unmarked one, from 0.

    Raises:
        TargetUnreachable, AnswerError: as `ask`.
    """
    pictures = [np.ascontiguousarray(picture) for picture in pictures]
    tell = progress or (lambda done, total: None)
    size, everything = target.batch_size, record.asked.size
    _fill(target, record, clean_batches(pictures, ~record.asked[CLEAN], size), tell, everything)
    if not record.ended:
        unasked = ~record.asked[MARK:]
        batches = marked_batches(plan, pictures, draw, unasked, size)
        _fill(target, record, batches, tell, everything)


def all_batches(
    plan: MarkedQueries,
    pictures: Sequence[Picture],
    draw: Callable[[int], Mark],
    unasked: NDArray[np.bool_],
    size: int,
) -> Iterator[Batch]:
    """The queries that are `unasked`, unmarked probes first.

    Args:
        unasked: bool, shape (2 + decoys, probes).
    """
    yield from clean_batches(pictures, unasked[CLEAN], size)
    yield from marked_batches(plan, pictures, draw, unasked[MARK:], size)


def clean_batches(
    pictures: Sequence[Picture], wanted: NDArray[np.bool_], size: int
) -> Iterator[Batch]:
    """The unmarked probes that are `wanted`, bool, shape (probes,), at most `size` at a time."""
    probes = np.flatnonzero(wanted)
    for start in range(0, len(probes), size):
        some = probes[start : start + size]
        yield Batch([pictures[probe] for probe in some], np.full(len(some), CLEAN), some)


def marked_batches(
    plan: MarkedQueries,
    pictures: Sequence[Picture],
    draw: Callable[[int], Mark],
    wanted: NDArray[np.bool_],
    size: int,
) -> Iterator[Batch]:
    """The marked probes that are `wanted`, in an order drawn from the plan's seed.

    Probes of one size go together, because a mark is rendered once for all of them. Where the
    renderings of all marks don't fit in memory, they are made and used in handfuls, drawn at
    random too.

    Args:
        wanted: bool, shape (1 + decoys, probes), the mark first.
        size: the most pictures in a batch; fewer where they are large.
    """
    stream = KeyStream(derive(plan.seed_key, "isotopes/v1/query-order"))
    drawn = lru_cache(maxsize=KEPT)(draw)
    for (height, width), probes in _by_size(pictures, np.asarray(wanted.any(axis=0))):
        room = max(1, ROOM // (height * width * 3))
        batch = _Filling(height, width, min(size, room))
        marks = _shuffled(stream, np.arange(plan.marks))
        for handful in (marks[start : start + room] for start in range(0, len(marks), room)):
            rendered = {mark: drawn(mark).render(height, width) for mark in handful.tolist()}
            for probe in probes:
                order = _shuffled(stream, handful)
                for mark in order[wanted[order, probe]].tolist():
                    blend_into(
                        batch.place(mark, probe), pictures[probe], rendered[mark], plan.alpha
                    )
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
        """Where the next picture goes."""
        self._marks.append(mark)
        self._probes.append(probe)
        self.count += 1
        place: Picture = self._pictures[self.count - 1]
        return place

    def take(self) -> Batch:
        """The batch so far; the next one gets memory of its own."""
        batch = Batch(
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


def _fill(
    target: Target, record: Record, batches: Iterator[Batch], tell: Progress, total: int
) -> None:
    if record.ended:  # a fault of an earlier run stays
        return
    for batch, scores in _answered(target, record, batches):
        before = record.queries
        record.add(target.name, batch.rows, batch.probes, scores)
        tell(record.queries, total)
        if before < SOME <= record.queries:
            check_not_constant(record.view())
        if record.fault is not None:
            return


def _answered(
    target: Target, record: Record, batches: Iterator[Batch]
) -> Iterator[tuple[Batch, Scores]]:
    with record.noting_failures():
        yield from ask_ahead(target, batches)
