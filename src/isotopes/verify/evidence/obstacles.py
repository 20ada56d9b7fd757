"""Why some answers allow no verdict."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from isotopes.errors import AnswerError
from isotopes.stats.scores.statistic import Values
from isotopes.verify.evidence.answers import CLEAN, Answers
from isotopes.verify.evidence.remark import Remark, RemarkKind
from isotopes.verify.evidence.usable import Usable
from isotopes.verify.plans.plan import Plan


def obstacle(answers: Answers, plan: Plan, usable: Usable, fewest: int) -> Remark | None:
    """Why these answers allow no verdict, whatever else is asked; None if they do."""
    if answers.fault is not None:
        return Remark(RemarkKind.TARGET_CHANGED, {"why": answers.fault})
    unasked = Answers.planned(plan) & ~answers.asked
    if answers.cut is not None or unasked[CLEAN].any() or not answers.queries:
        return cut_short(answers, int(unasked.sum()))
    if plan.label is not None and plan.label not in answers.labels:
        return Remark(RemarkKind.LABEL_NEVER_SHOWN, {"label": plan.label})
    if not usable.columns.size:
        values = {"needed": fewest, "left": usable.most, "probes": plan.distinct}
        return Remark(RemarkKind.TOO_FEW_PROBES, values)
    return None


def untested_labels(answers: Answers, plan: Plan, usable: Usable, fewest: int) -> Iterator[Remark]:
    """Which labels a search leaves out because too many probes show them without the mark."""
    probes = plan.unmarked
    needed = fewest - len(plan.own)  # own pictures count for every label
    for column in usable.too_few.tolist():
        shown = probes - int(usable.allowed[:probes, column].sum())
        values = {"label": answers.labels[column], "shown": shown, "probes": probes}
        yield Remark(RemarkKind.LABEL_NOT_TESTED, {**values, "needed": needed})


def cut_short(answers: Answers, unanswered: int) -> Remark:
    """The remark that asking ended too soon, with this many queries unanswered."""
    wanted = answers.queries + unanswered
    values = {"answered": answers.queries, "wanted": wanted, "why": answers.cut}
    return Remark(RemarkKind.CUT_SHORT, values)


def check_not_constant(answers: Answers) -> None:
    """Raise AnswerError if all answers are one and the same."""
    if answers.queries > 1 and _all_alike(answers):
        raise AnswerError(
            f"the target gave the same answer to all of {answers.queries} different pictures",
            hint="check how its scores are read and how pictures reach it; where it only ever shows"
            " its best label, take probes of several kinds",
        )


def _all_alike(answers: Answers) -> bool:
    first: Values | None = None
    for row, asked in enumerate(answers.asked):  # row by row: the tensor may lie in a file
        given = answers.values[row, asked]
        first = given[:1] if first is None and len(given) else first
        if first is not None and not ((given == first) | (np.isnan(given) & np.isnan(first))).all():
            return False
    return True
