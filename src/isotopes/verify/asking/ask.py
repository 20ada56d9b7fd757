"""Send the queries of a plan to a target, and collect its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from isotopes.marks import Mark
from isotopes.targets import Picture, Scores, Target
from isotopes.targets.asking.concurrent import ask_ahead
from isotopes.verify.asking.collector import Collector
from isotopes.verify.asking.queries import QueryBatch, clean_batches, marked_batches
from isotopes.verify.evidence.answers import CLEAN, MARK, Answers, Queries
from isotopes.verify.evidence.obstacles import check_not_constant
from isotopes.verify.evidence.usable import usable_labels
from isotopes.verify.methods.method import get_method
from isotopes.verify.plans.plan import Plan

Progress = Callable[[int, int], None]  # pictures answered, pictures in all

SOME = 256  # stop after this many answers if they are all the same


def ask(
    target: Target,
    plan: Plan,
    pictures: Sequence[Picture],
    draw: Callable[[int], Mark],
    collector: Collector,
    *,
    progress: Progress | None = None,
) -> None:
    """Fill `collector` with the answers that it lacks.

    Unmarked probes come first, if there are any. They show whether the target knows the label
    and which probes count, so that nothing more is asked if no verdict is possible. Then come
    the marks that the test wants: all at once or, for a test that may stop early, a few at a time.

    Args:
        pictures: the plan's probes and own pictures, uint8, each (height, width, 3).
        draw: gives the mark for 0 and decoy i for i.
        collector: keeps the answers, whatever interrupts the asking.

    Raises:
        UnknownLabel: the target has no such label.
        TargetUnreachable, AnswerError: as `Target.ask`, if nothing was answered before; otherwise
            `collector.fault` or `cut` says what failed. AnswerError for answers that are NaN, no
            probabilities, or always the same.
    """
    pictures = [np.ascontiguousarray(picture) for picture in pictures]

    def tell_checked(done: int, total: int) -> None:
        collector.check_label(
            plan
        )  # after the first batch, so that a missing label costs no more than that
        if progress is not None:
            progress(done, total)

    size, everything = target.batch_size, int(Answers.planned(plan).sum())
    clean = clean_batches(pictures, collector.unasked(plan)[CLEAN], size)
    _fill(target, collector, clean, tell_checked, everything)
    method = get_method(plan.method)
    fewest = method.probes_needed(plan)
    while not collector.ended:
        answers = collector.view()
        usable = usable_labels(answers, plan, fewest)
        if answers.queries and not usable.columns.size:
            return  # no label can be tested, so a test that may stop early can't start
        unasked = usable.unanswered(answers, method.wanted(answers, plan, usable))
        if not unasked.any():
            return
        marked = marked_batches(plan, pictures, draw, unasked, size)
        most = plan.unmarked + plan.marks * int(usable.pictures.sum())
        _fill(target, collector, marked, tell_checked, most)


def ask_all_marks(
    target: Target,
    plan: Queries,
    pictures: Sequence[Picture],
    draw: Callable[[int], Mark],
    collector: Collector,
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
    size, everything = target.batch_size, collector.asked.size
    clean = clean_batches(pictures, ~collector.asked[CLEAN], size)
    _fill(target, collector, clean, tell, everything)
    if not collector.ended:
        unasked = ~collector.asked[MARK:]
        marked = marked_batches(plan, pictures, draw, unasked, size)
        _fill(target, collector, marked, tell, everything)


def _fill(
    target: Target,
    collector: Collector,
    batches: Iterator[QueryBatch],
    tell: Progress,
    total: int,
) -> None:
    if collector.ended:  # a fault of an earlier run stays
        return
    for batch, scores in _answered(target, collector, batches):
        before = collector.queries
        collector.add(target.name, batch.rows, batch.probes, scores)
        tell(collector.queries, total)
        if before < SOME <= collector.queries:
            check_not_constant(collector.view())
        if collector.fault is not None:
            return


def _answered(
    target: Target, collector: Collector, batches: Iterator[QueryBatch]
) -> Iterator[tuple[QueryBatch, Scores]]:
    with collector.noting_failures():
        yield from ask_ahead(target, batches)
