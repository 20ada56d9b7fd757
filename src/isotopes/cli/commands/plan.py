"""`isotopes plan`: before marking or asking, what would a check find and what would it cost?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isotopes.cli.options.terms import AnyLabelOption
from isotopes.cli.terminal import show_json
from isotopes.defaults import DEFAULT_FAMILY
from isotopes.errors import PlanError

OTHERS = "--others-pictures: "
OF_OTHERS = ("labels", "level", "budget", "any_label", "table")  # that a check of own ones lacks


def plan(
    context: typer.Context,
    pictures: Annotated[
        int, typer.Option(help="how many pictures the label has, marked or not: yours, say")
    ],
    share: Annotated[
        float | None,
        typer.Option(help="share of these that carry the mark (default: all, half and a tenth)"),
    ] = None,
    alpha: Annotated[
        float | None,
        typer.Option(help="how visible the mark is, 0 to 1 (default: subtle, faint and plain)"),
    ] = None,
    family: Annotated[str, typer.Option(help="the family of marks")] = DEFAULT_FAMILY,
    power: Annotated[
        float | None, typer.Option(help="the chance of being found that you want")
    ] = None,
    others_pictures: Annotated[
        bool,
        typer.Option(
            "--others-pictures", help="plan a sequential check with other people's pictures"
        ),
    ] = False,
    labels: Annotated[
        int | None, typer.Option(help=f"{OTHERS}how many labels the model has")
    ] = None,
    level: Annotated[
        float | None,
        typer.Option(help=f"{OTHERS}the most that the chance of accusing the innocent may be"),
    ] = None,
    budget: Annotated[
        int | None, typer.Option(min=1, help=f"{OTHERS}most pictures to ask about")
    ] = None,
    any_label: AnyLabelOption = False,
    table: Annotated[
        Path | None, typer.Option(help=f"{OTHERS}measured effects (default: this release's)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the expectation as JSON")] = False,
) -> None:
    """How many pictures must I mark, how visibly, and will a check find the mark?

    An expectation from marks that were measured. It helps to choose; it decides nothing.
    """
    if others_pictures:
        from isotopes.cli.sequential_plan import plan_sequential

        plan_sequential(
            pictures, labels, share, alpha, family, level, budget, power, any_label, table, as_json
        )
        return
    _refuse(context)
    from isotopes.cli.expectation import show_expectation
    from isotopes.workflows.expecting import SHARES, WANTED, expect

    shares = SHARES if share is None else (share,)
    found = expect(
        pictures,
        family,
        visibilities=None if alpha is None else {f"alpha {alpha:g}": alpha},
        shares=shares,
        wanted=WANTED if power is None else power,
    )
    if as_json:
        show_json(found.to_dict())
    else:
        show_expectation(found, shares)


def _refuse(context: typer.Context) -> None:
    """No silent option: what a check of own pictures doesn't take is said."""
    given = [name for name in OF_OTHERS if context.params[name] not in (None, False)]
    if given:
        raise PlanError(
            f"--{given[0].replace('_', '-')} belongs to a check with other people's pictures",
            hint="add --others-pictures, or leave it out",
        )
