"""Ask a target the queries of a plan: guarded and resumable, for checks and audits alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from isotopes.seeds import fresh_bytes
from isotopes.targets import Picture, Target
from isotopes.verify import Collector
from isotopes.verify.asking.collector import Storage
from isotopes.verify.asking.queries import all_batches
from isotopes.verify.asking.recheck import ask_again, draw_some
from isotopes.workflows.checking.guarding import Care, Questions, guarded
from isotopes.workflows.checking.hooks import SILENT, Hooks
from isotopes.workflows.checking.independence import Draw
from isotopes.workflows.checking.kept_answers import AnyPlan, KeptAnswers

Fill = Callable[[Target, Collector], None]  # asks the target, and collects what it answers


def ask_plan(
    plan: AnyPlan,
    pictures: Sequence[Picture],
    draw: Draw,
    target: Target,
    *,
    fill: Fill,
    kept: KeptAnswers[AnyPlan],
    canary: Sequence[Picture],
    care: Care | None = None,
    hooks: Hooks[AnyPlan] = SILENT,
    storage: Storage = np.empty,
) -> Collector:
    """The answers to a plan: kept ones, of which a few are asked again, and the rest asked now.

    Args:
        pictures: the plan's, in the plan's order.
        draw: gives the mark of each of the plan's rows, counted from 0.
        fill: asks a target for the answers that the collector lacks.
        kept: where earlier answers come from and all answers go.
        canary: a few pictures that are asked repeatedly, to notice a change of the model.
        care: as in `check_model`.
        hooks: `planned`, `estimated` and `rechecked` are called here; the others are for `fill`.
        storage: allocates the array of answers.

    Raises:
        TargetError, JournalError, FolderError, MarkError: as `check_model`.
    """
    collector = Collector(kept.earlier(plan), storage)
    hooks.planned(plan)
    earlier, again = (
        collector.view(),
        draw_some(collector, np.random.default_rng(list(fresh_bytes()))),
    )
    wanted = collector.unasked(plan) | again
    rest = partial(all_batches, plan, pictures, draw, wanted, target.batch_size)
    answered = int((collector.asked & ~again).sum())
    questions = Questions(canary, answered, int(wanted.sum()), rest)
    with guarded(target, questions, care or Care()) as asked:
        asked.check_same_journal(earlier, kept.path)
        collector.journal = asked.journal or collector.journal
        hooks.estimated(asked.estimate())
        hooks.metered(asked.spending)
        if again.any():
            hooks.rechecked(
                ask_again(asked.target, plan, pictures, draw, answers=earlier, chosen=again)
            )
        with kept.saved(plan, collector):
            fill(asked.target, collector)
            if not collector.ended:
                with collector.noting_failures():
                    asked.finish()
            collector.complete()
    return collector
