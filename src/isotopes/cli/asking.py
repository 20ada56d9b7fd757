"""How a target is asked, by every command that asks one: the options and the messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.terminal import agreed, somebody_answers, tell
from isotopes.errors import IsotopesError, TargetError

if TYPE_CHECKING:
    from isotopes.targets import Target
    from isotopes.targets.asking.budget import Estimate
    from isotopes.verify.asking.recheck import Recheck


def _check_journal(journal: Path | None) -> Path | None:
    if journal is not None and journal.is_dir():
        raise IsotopesError(f"{journal} is a folder, not a file", hint="name a file for --journal")
    return journal


_TARGET = typer.Option(help="the model: MODEL.onnx, ENDPOINT.toml, module:function or KIND:...")
TargetOption = Annotated[str, _TARGET]
OptionalTargetOption = Annotated[str | None, _TARGET]
KeepOption = Annotated[
    Path | None, typer.Option(help="keep plan and answers in this .npz file, and resume from it")
]
JournalOption = Annotated[
    Path | None,
    typer.Option(
        callback=_check_journal,
        help="keep every answer here (default for services: in your data folder)",
    ),
]
BudgetOption = Annotated[int | None, typer.Option(min=0, help="most pictures to ask about")]
MaxCostOption = Annotated[float | None, typer.Option(min=0, help="maximum to spend, in US dollars")]
PriceOption = Annotated[
    float | None, typer.Option(help="US dollars a picture, where you know better")
]
YesOption = Annotated[
    bool,
    typer.Option("--yes", help="ask a service without confirmation; needed without a terminal"),
]


def confirmer(model: Target, yes: bool) -> Callable[[Estimate], None]:
    """Tells what asking will take, and has a person agree before a service is asked.

    Every service counts as one that costs money: where no price is known, there may be one.
    """

    def confirm(estimate: Estimate) -> None:
        tell(f"asking {model.name}: at most {estimate}")
        if model.destination is not None and estimate.queries > 0:
            tell(f"pictures go to {model.destination}")
        if model.remote and estimate.queries > 0:
            need_yes(f"ask {model.name}?", yes)

    return confirm


def tell_recheck(found: Recheck) -> None:
    """What asking some of the kept answers again has shown."""
    tell(f"asked {found.asked:,} of {found.kept:,} kept answers again: they are this model's")
    if found.noisy:
        tell(
            f"warning: {found.noisy:,} of them differ each time they are asked, so they can't be"
            " told from answers that somebody made up"
        )


def need_yes(question: str, yes: bool) -> None:
    """Return if a person agrees to ask a service, or has with --yes.

    Raises:
        IsotopesError: the person says no, or there is no terminal to ask on.
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
    """Exit as a failed target does, before any report is written: there is more to be asked.

    Args:
        model: who was asked; a remote one has a journal whether one is named or not.
        journal, keep: where the person had the answers kept; None for nowhere.
        keeping: the options of this command that would have kept them.
    """
    if not cut_short:
        return
    if model.remote or journal is not None or keep is not None:
        tell("run the same command again to resume from what was saved")
    else:
        tell(f"nothing was saved; to resume next time, give {keeping}")
    raise typer.Exit(TargetError.exit_code)
