"""Audit a model with the owners' own pictures: check each isotope by itself, then judge them
together.

One isotope's own pictures say nothing about another's mark, so the checks share only the model,
and an innocent mark costs few queries. Every isotope has its own root. So the p-values of
marks that the model never saw are independent, and false discoveries are controlled
as in `isotopes combine`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from isotopes.canonical import digest_of
from isotopes.errors import BudgetExhausted, FolderError, PlanError
from isotopes.targets import Picture, Target
from isotopes.targets.asking.budget import Budget, Budgeted, estimate
from isotopes.vault import Isotope
from isotopes.verify import Plan, Verdict
from isotopes.verify.verdicts.combined import CombinedVerdict, combine_verdicts
from isotopes.workflows.checking.drafting import Terms, draft_plan
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.hooks import SILENT, Hooks
from isotopes.workflows.checking.independence import Draw
from isotopes.workflows.checking.own_pictures import OwnPictures
from isotopes.workflows.checking.run import DRAWS_KEPT, carry_out_check


@dataclass(frozen=True)
class OwnAudit:
    """The result of an audit with own pictures.

    Attributes:
        verdicts: one for each isotope that was asked about, in their order; the last one may be
            cut short.
        combined: all of them together; None if asking was cut short.
    """

    verdicts: tuple[Verdict, ...]
    combined: CombinedVerdict | None

    @property
    def cut_short(self) -> bool:
        """Is there more to be asked?"""
        return self.combined is None


@dataclass(frozen=True)
class _Check:
    plan: Plan
    pictures: list[Picture]
    draw: Draw

    @property
    def most(self) -> int:
        """The most queries, without kept answers or an early end."""
        return self.plan.marks * len(self.plan.own)


def audit_own_pictures(
    isotopes: Sequence[tuple[Isotope, OwnPictures]],
    target: Target,
    *,
    decoys: int | None = None,
    level: float,
    disguise: bool = False,
    care: Care | None = None,
    hooks: Hooks[Plan] = SILENT,
    kept: Path | None = None,
) -> OwnAudit:
    """Which of these marks did the model learn, judging by its answers to their owners' own
    pictures?

    Args:
        isotopes: with their own pictures (`find_own_pictures`).
        decoys: for each mark; None for all that were committed with it, because many marks need
            small p-values.
        level: false-discovery rate, and level of the combined test.
        disguise: change the picture of each query in another way.
        care: journal and limits of the whole audit.
        hooks: `estimated` is called once, with the most that the whole audit will take, and
            `progress` with pictures answered and to be answered of the whole audit; the others are
            called for each isotope's check.
        kept: a folder, for one file of plan and answers for each isotope.

    Raises:
        PlanError: fewer than two isotopes, or one that can't be tested.
        TargetError, JournalError, FolderError, MarkError: as `check_model`.
    """
    checks = _drafts(isotopes, target, decoys, disguise=disguise)
    care = care or Care()
    total = sum(check.most for check in checks)
    limited = _limited(target, care, total, hooks)
    hooks.metered(limited.spending)
    if kept is not None:
        _make_folder(kept)
    verdicts: list[Verdict] = []
    for number, check in enumerate(checks):
        before = sum(one.most for one in checks[:number])
        try:
            verdict = carry_out_check(
                check.plan,
                check.pictures,
                check.draw,
                limited,
                care=Care(care.journal),
                hooks=_hooks_of_one(hooks, before, total),
                answers_path=None if kept is None else kept / f"{_name(check.plan)}.npz",
            )
        except BudgetExhausted:
            if not verdicts:
                raise
            return OwnAudit(tuple(verdicts), None)
        verdicts.append(verdict)
        if verdict.cut_short:
            return OwnAudit(tuple(verdicts), None)
    return OwnAudit(tuple(verdicts), combine_verdicts(verdicts, level=level))


def _limited(target: Target, care: Care, total: int, hooks: Hooks[Plan]) -> Budgeted:
    """The target with the budget of the whole audit, after telling what it takes at most."""
    price = target.price if care.price is None else care.price
    hooks.estimated(estimate(total, price=price))
    return Budgeted(target, Budget(care.queries, care.cost, price))


def _hooks_of_one(hooks: Hooks[Plan], before: int, total: int) -> Hooks[Plan]:
    """The hooks of one check, after `before` of the audit's pictures."""
    return Hooks(
        planned=hooks.planned,
        rechecked=hooks.rechecked,
        progress=lambda done, _of: hooks.progress(before + done, total),
        answered=hooks.answered,
    )


def _drafts(
    isotopes: Sequence[tuple[Isotope, OwnPictures]],
    target: Target,
    decoys: int | None,
    *,
    disguise: bool,
) -> list[_Check]:
    if len(isotopes) < 2:
        raise PlanError(
            f"an audit with own pictures takes at least 2 isotopes, got {len(isotopes)}",
            hint="isotopes check asks about one",
        )
    return [_draft(isotope, own, target, decoys, disguise) for isotope, own in isotopes]


def _draft(
    isotope: Isotope, own: OwnPictures, target: Target, decoys: int | None, disguise: bool
) -> _Check:
    draw = lru_cache(maxsize=DRAWS_KEPT)(isotope.draw)
    terms = Terms(decoys=isotope.decoys if decoys is None else decoys, disguise=disguise)
    plan, pictures = draft_plan(isotope, target, [], terms, own=own, draw=draw)
    return _Check(plan, pictures, draw)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(f"answers can't be kept in {path}: {error.strerror}") from error


def _name(plan: Plan) -> str:
    """Name of the file for its answers: a hash, because an isotope's name may be no file name."""
    return digest_of([plan.commitment, plan.target_identity]).removeprefix("sha256:")[:32]
