"""How commands ask a target: messages, progress, and the user's consent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from isotopes.cli.terminal import agreed, count_files, somebody_answers, tell, warn
from isotopes.errors import IsotopesError, TargetError

if TYPE_CHECKING:
    from isotopes.cli.own_shown import OwnPicturesShown
    from isotopes.targets import Target
    from isotopes.targets.asking.budget import Estimate, Spending
    from isotopes.verify import Plan
    from isotopes.verify.asking.recheck import Recheck
    from isotopes.verify.plans.audit import AuditPlan
    from isotopes.workflows.checking.hooks import Hooks

AnyPlan = TypeVar("AnyPlan")


@contextmanager
def asking(
    model: Target,
    *,
    yes: bool,
    planned: Callable[[AnyPlan], None],
    own: OwnPicturesShown | None = None,
) -> Iterator[Hooks[AnyPlan]]:
    """Hooks for asking `model`, with a progress bar. The model is closed at the end.

    Args:
        yes: ask a service without confirmation.
        planned: prints what there is to know about the plan.
        own: the user's own pictures that the model may be shown; None for none.
    """
    from isotopes.workflows.checking.hooks import Hooks

    confirm = confirmer(model, yes, own)
    money = _Money()

    def estimated(estimate: Estimate) -> None:
        confirm(estimate)
        money.estimate = estimate.cost

    try:
        with count_files("asking", money.shown) as count:
            yield Hooks(
                metered=money.meter,
                planned=planned,
                estimated=estimated,
                rechecked=tell_recheck,
                progress=lambda done, total: count(done, total, ""),
            )
    finally:
        model.close()


class _Money:
    """What is shown of a run's cost beside its progress: nothing where the price is unknown."""

    def __init__(self) -> None:
        self.estimate: float | None = None
        self._spending: Callable[[], Spending] | None = None

    def meter(self, spending: Callable[[], Spending]) -> None:
        self._spending = spending

    def shown(self) -> str:
        spending = None if self._spending is None else self._spending()
        if spending is None or spending.cost is None:
            return ""
        estimate = "" if self.estimate is None else f" (at most {self.estimate:,.2f} estimated)"
        return f", {spending}{estimate}"


def tell_plan(plan: Plan | AuditPlan) -> None:
    """Print the plan's hash before anything is asked."""
    tell(f"plan {plan.hash}")


def confirmer(
    model: Target, yes: bool, own: OwnPicturesShown | None = None
) -> Callable[[Estimate], None]:
    """A function that prints an estimate, and asks the user to agree before a service is asked.

    It asks for every service, even without a known price: the service may still cost money.

    Args:
        own: the user's own pictures that the model will be shown; None for none.
    """

    def confirm(estimate: Estimate) -> None:
        tell(f"asking {model.name}: at most {estimate}")
        if model.destination is not None and estimate.queries > 0:
            tell(f"pictures go to {model.destination}")
        if model.remote and estimate.queries > 0:
            also = own.need_consent(yes) if own is not None else ""
            need_yes(f"ask {model.name}{also}?", yes)

    return confirm


def tell_recheck(found: Recheck) -> None:
    """Print what asking some of the kept answers again has shown."""
    tell(f"asked {found.asked:,} of {found.kept:,} kept answers again: they are this model's")
    if found.noisy:
        warn(
            f"{found.noisy:,} of them differ each time they are asked, so they can't be"
            " told from answers that somebody made up"
        )


def need_yes(question: str, yes: bool) -> None:
    """Return if the user agrees to ask a service, or gave --yes.

    Raises:
        IsotopesError: the user says no, or there is no terminal to ask on.
    """
    if yes:
        return
    if not somebody_answers():
        raise IsotopesError(
            "a service is only asked when somebody agrees, and there is no terminal to ask on",
            hint="give --yes; --budget and --max-cost limit what is asked",
        )
    if not agreed(question):
        raise IsotopesError("nothing was asked", hint="--yes goes ahead without a question")


def stop_if_cut_short(
    cut_short: bool, model: Target, journal: Path | None, keep: Path | None, keeping: str
) -> None:
    """If asking was cut short, exit with the code of a failed target, before any report.

    Args:
        model: the one that was asked; a remote one always has a journal.
        journal, keep: where the user saves the answers; None for nowhere.
        keeping: the options of this command that save answers.
    """
    if not cut_short:
        return
    if model.remote or journal is not None or keep is not None:
        tell("run the same command again to resume from what was saved")
    else:
        tell(f"nothing was saved; to resume next time, give {keeping}")
    raise typer.Exit(TargetError.exit_code)
