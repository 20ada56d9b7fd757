"""Check a model: the plan is fixed and hashed, then the model is asked, then it is decided."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from isotopes.blending import blend
from isotopes.targets import Picture, Target
from isotopes.vault import Isotope
from isotopes.verify import (
    Collector,
    Plan,
    Verdict,
    ask,
    decide,
    load_answers,
    save_answers,
)
from isotopes.workflows.checking.asking import ask_plan
from isotopes.workflows.checking.choosing import NamedPictures
from isotopes.workflows.checking.drafting import Terms, draft_plan
from isotopes.workflows.checking.guarding import CANARIES, Care
from isotopes.workflows.checking.hooks import SILENT, Hooks
from isotopes.workflows.checking.independence import Draw
from isotopes.workflows.checking.kept_answers import KeptAnswers
from isotopes.workflows.checking.own_pictures import OwnPictures

DRAWS_KEPT = 512  # marks as drawn, 200 KB each: the pictures may be of several sizes


def check_model(
    isotope: Isotope,
    target: Target,
    probes: NamedPictures,
    terms: Terms | None = None,
    *,
    own: OwnPictures | None = None,
    care: Care | None = None,
    hooks: Hooks[Plan] = SILENT,
    answers_path: Path | None = None,
) -> Verdict:
    """Was this model trained on pictures that carry this isotope's mark?

    Args:
        probes: pictures of the model's domain, uint8 RGB (height, width, 3), with their names and
            sorted by them, of which as many as the test needs are drawn. A name's last folder is
            taken as what the picture shows. Each is read when it is drawn; one that raises
            PhotoError is passed over.
        terms: how to test; as committed by default.
        own: the person's own pictures (`find_own_pictures`), which are asked too; probes may be
            none then. They weight the labels if none is committed or given.
        care: journal and budget; the defaults unless given.
        hooks: functions to call while the model is asked.
        answers_path: where plan and answers are kept: the plan before the first query, the answers
            whatever happens. If the file holds answers to this plan, only the rest is
            asked, and a few of the kept ones again: see `verify/asking/recheck.py`.

    Raises:
        PlanError: a test that can't give an answer (TooFewDecoys, TooFewProbes, UnknownLabel).
        TargetError: the target failed before it answered anything, or its answers are of no use;
            BudgetExhausted if nothing may be asked. If it fails later, or the budget ends,
            the verdict is inconclusive and `cut_short`: what was answered is kept, and the same
            check, run again, asks the rest.
        JournalError: the journal can't be used.
        FolderError: `answers_path` holds the answers to another plan, answers collected under
            another journal, or answers that the target doesn't give; or it can't be written.
        MarkError: the mark or its decoys can't be drawn.
    """
    draw = lru_cache(maxsize=DRAWS_KEPT)(isotope.draw)
    plan, pictures = draft_plan(isotope, target, probes, terms or Terms(), own=own, draw=draw)
    return carry_out_check(
        plan,
        pictures,
        draw,
        target,
        care=care,
        hooks=hooks,
        answers_path=answers_path,
    )


def carry_out_check(
    plan: Plan,
    pictures: Sequence[Picture],
    draw: Draw,
    target: Target,
    *,
    care: Care | None = None,
    hooks: Hooks[Plan] = SILENT,
    answers_path: Path | None = None,
) -> Verdict:
    """Ask the target the queries of a plan, and decide.

    Args:
        pictures: the plan's, in the plan's order.
        draw: gives the mark for 0 and decoy i for i.
        care, hooks, answers_path: as in `check_model`.

    Raises:
        TargetError, JournalError, FolderError, MarkError: as `check_model`.
    """
    draw(plan.decoys)  # so that it fails here rather than after the first queries

    def fill(asked: Target, collector: Collector) -> None:
        def progress(done: int, total: int) -> None:
            if hooks.answered is not None:
                hooks.answered(plan, collector.view())
            hooks.progress(done, total)

        ask(asked, plan, pictures, draw, collector, progress=progress)

    collector = ask_plan(
        plan,
        pictures,
        draw,
        target,
        fill=fill,
        kept=KeptAnswers(answers_path, load_answers, save_answers, "file"),
        canary=_canary(plan, pictures, draw),
        care=care,
        hooks=hooks,
    )
    return decide(collector.answers(), plan)


def _canary(plan: Plan, pictures: Sequence[Picture], draw: Draw) -> list[Picture]:
    """A few pictures to ask repeatedly: unmarked probes, or own pictures with a decoy.

    Own pictures are never sent without a mark, because the model's owner might keep them.
    """
    some = pictures[:CANARIES]
    if plan.unmarked:
        return list(some[: plan.unmarked])
    decoy = draw(plan.decoys)
    return [blend(picture, decoy, plan.alpha) for picture in some]
