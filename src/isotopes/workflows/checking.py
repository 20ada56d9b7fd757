"""Check a model: the plan is fixed and hashed, then the model is asked, then it is decided.

Nothing that the model answers can change what is tested: probes, order and decoys come from the
isotope's secret root and the target's identity, so running a check again can't fish for a better
one, and an interrupted check asks the same pictures when it is run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from isotopes.errors import FolderError, PlanError, TooFewDecoys
from isotopes.seeds import derive
from isotopes.targets import Picture, Target
from isotopes.targets.asking.budget import Estimate
from isotopes.vault import Isotope
from isotopes.verify import (
    Answers,
    Collector,
    Method,
    Plan,
    Verdict,
    ask,
    decide,
    get_method,
    load_answers,
    save_answers,
)
from isotopes.verify.asking.ask import Progress
from isotopes.verify.asking.queries import all_batches
from isotopes.verify.asking.recheck import Recheck, ask_again, draw_some
from isotopes.verify.methods.method import Wishes
from isotopes.verify.methods.terms import DEFAULT_METHOD, differences
from isotopes.workflows.choosing import NamedPictures, choose_probes, folder_of
from isotopes.workflows.guarding import Care, Questions, guarded


@dataclass(frozen=True)
class Terms:
    """How to test, where it is not to be as committed.

    Attributes:
        method: the test.
        label: the tested label; None for the committed one, or a search where none was.
        any_label: search all labels even where one was committed.
        candidates: the labels to search; empty for all that the target answers with.
        statistic, level, decoys: None for what was committed with the isotope, or else for what the
            method takes by itself.
        probes: how many probes to use (in each round, for a test that has rounds); None for the
            method's own number.
        forgive: how many decoys may score as high as the mark in a sequential test; None for its
            own number.
        assume_exchangeable: take a mark that somebody picked as if its key had drawn it.
    """

    method: str = DEFAULT_METHOD
    label: str | None = None
    any_label: bool = False
    candidates: tuple[str, ...] = ()
    statistic: str | None = None
    level: float | None = None
    decoys: int | None = None
    probes: int | None = None
    forgive: int | None = None
    assume_exchangeable: bool = False


def check(
    isotope: Isotope,
    target: Target,
    probes: NamedPictures,
    terms: Terms | None = None,
    *,
    care: Care | None = None,
    announce: Callable[[Plan], None] | None = None,
    estimated: Callable[[Estimate], None] | None = None,
    rechecked: Callable[[Recheck], None] | None = None,
    progress: Progress | None = None,
    answers_path: Path | None = None,
) -> Verdict:
    """Was this model trained on pictures that carry this isotope's mark?

    Args:
        probes: pictures of the model's domain, uint8 RGB (height, width, 3), with their names and
            sorted by them, of which as many as the test needs are drawn. A name's last folder is
            taken as what the picture shows. Each is read when it is drawn; one that raises
            PhotoError is passed over.
        terms: how to test; as committed where nothing is said.
        care: journal and budget; the usual ones where nothing is said.
        announce: is told the plan before the first query.
        estimated: is told then what asking will take at most; where it raises, nothing is asked.
        rechecked: is told what asking some of the kept answers again has shown.
        progress: is told pictures answered and pictures in all.
        answers_path: where plan and answers are kept: the plan before the first query, the answers
            whatever happens. Where the file holds some of this plan's answers, only the rest is
            asked, and some of these again: see `verify/asking/recheck.py`.

    Raises:
        PlanError: a test that can't give an answer (TooFewDecoys, TooFewProbes, UnknownLabel).
        TargetError: the target failed before it answered anything, or its answers are of no use;
            BudgetExhausted where nothing may be asked. Where it fails later, or the budget ends,
            the verdict is inconclusive and `cut_short`: what was answered is kept, and the same
            check, run again, asks the rest.
        JournalError: the journal can't be used.
        FolderError: `answers_path` holds the answers to another plan, answers got under another
            journal, or answers that the target doesn't give; or it can't be written.
        MarkError: the mark or its decoys can't be drawn.
    """
    plan, pictures = draft_plan(isotope, target, probes, terms or Terms())
    isotope.decoy(plan.decoys)  # fails here rather than after the first queries
    collector = Collector(_earlier(answers_path, plan))
    if announce is not None:
        announce(plan)
    kept, again = collector.answers(), draw_some(collector, np.random.default_rng())
    wanted = collector.unasked | again
    rest = partial(all_batches, plan, pictures, isotope.draw, wanted, target.batch_size)
    questions = Questions(pictures, int((~wanted).sum()), int(wanted.sum()), rest)
    with guarded(target, questions, care or Care()) as asked:
        asked.check_same_journal(kept, answers_path)
        collector.journal = asked.journal or collector.journal
        if estimated is not None:
            estimated(asked.estimate())
        if again.any():
            found = ask_again(
                asked.target, plan, pictures, isotope.draw, answers=kept, chosen=again
            )
            if rechecked is not None:
                rechecked(found)
        with _kept(answers_path, plan, collector):
            ask(asked.target, plan, pictures, isotope.draw, collector, progress=progress)
            if not collector.ended:
                with collector.noting_failures():
                    asked.finish()
            collector.complete()
    return decide(collector.answers(), plan)


def draft_plan(
    isotope: Isotope, target: Target, probes: NamedPictures, terms: Terms
) -> tuple[Plan, list[Picture]]:
    """The plan for this check, and the pictures of its probes in order. Nothing is asked.

    Raises:
        PlanError: as `check`.
    """
    method = get_method(terms.method)
    planned = _planned(isotope, method, terms)
    seed = derive(isotope.key, f"isotopes/v1/check/{target.identity()}")
    arranged = method.arrange(
        Wishes(
            level=planned["level"],
            decoys=planned["decoys"],
            search=planned["label"] is None,
            probes=terms.probes,
            forgive=terms.forgive,
        )
    )
    _check_committed(isotope, arranged.decoys)
    chosen = choose_probes(probes, planned["label"], arranged.probes, seed)
    chosen.check_enough(method.fewest)
    plan = Plan(
        isotope=isotope.name,
        commitment=isotope.commitment,
        family=isotope.family,
        family_version=isotope.family_version,
        alpha=isotope.alpha,
        exchangeable=isotope.draw_family().exchangeable,
        probes=tuple(chosen.pictures),
        probe_labels=tuple(folder_of(name) for name in chosen.names),
        left_out=chosen.left_out,
        unreadable=chosen.unreadable,
        target=target.name,
        target_identity=target.identity(),
        seed=seed.hex(),
        settings=arranged.settings,
        assume_exchangeable=terms.assume_exchangeable,
        differs=tuple(differences(_committed(isotope), planned)),
        **{**planned, "decoys": arranged.decoys},
    )
    method.check(plan)
    return plan, list(chosen.pictures.values())


def _committed(isotope: Isotope) -> dict[str, Any]:
    return {**isotope.plan, "decoys": isotope.decoys, "label": isotope.label}


def _planned(isotope: Isotope, method: Method, terms: Terms) -> dict[str, Any]:
    """What is said, or else committed for this method, or else the method's own."""
    committed = _committed(isotope)
    if committed.get("method", method.name) != method.name:
        committed = {}
    planned: dict[str, Any] = {"method": method.name}
    for name in ("statistic", "level", "decoys"):
        said = getattr(terms, name)
        planned[name] = committed.get(name, getattr(method, name)) if said is None else said
    search = terms.any_label or bool(terms.candidates)
    if search and terms.label is not None:
        raise PlanError(
            f"a check tests one label or searches, got label {terms.label!r} and a search",
            hint="leave out either of them",
        )
    planned["label"] = None if search else terms.label or isotope.label
    planned["candidates"] = terms.candidates or None
    return planned


def _check_committed(isotope: Isotope, decoys: int) -> None:
    if decoys > isotope.decoys:
        raise TooFewDecoys(
            f"isotope {isotope.name} was committed with {isotope.decoys} decoys,"
            f" and this test takes {decoys}",
            hint="a decoy that was not committed could have been chosen after seeing the model",
        )


def _earlier(path: Path | None, plan: Plan) -> Answers:
    """The answers to this plan that the file holds; none where there is no file."""
    if path is None or not path.exists():
        return Answers.none_yet(plan)
    saved_plan, answers = load_answers(path)
    if saved_plan.hash != plan.hash:
        raise FolderError(
            f"{path} holds the answers to another plan",
            hint="name another file: answers are never written over",
        )
    return answers


@contextmanager
def _kept(path: Path | None, plan: Plan, collector: Collector) -> Iterator[None]:
    """Saves the plan before and the answers after the block, however it ends.

    Where the block does not reach `collector.complete`, what is saved says so.
    """
    if path is None:
        yield
        return
    save_answers(path, plan, collector.answers())
    try:
        yield
    finally:
        save_answers(path, plan, collector.answers())
