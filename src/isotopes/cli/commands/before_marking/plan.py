"""`isotopes plan`: before marking or asking, what would a check find and what would it cost?"""

from __future__ import annotations

from typing import Annotated

import typer

from isotopes.cli.options.groups import grouped
from isotopes.cli.options.plans import OthersOptions
from isotopes.cli.terminal import show_json
from isotopes.defaults import DEFAULT_FAMILY

MOST_PICTURES = 1_000_000_000


@grouped
def plan(
    *,
    pictures: Annotated[
        int,
        typer.Option(
            max=MOST_PICTURES,
            help="how many pictures the label has, marked or not (for example, all yours)",
        ),
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
    others: OthersOptions,
    as_json: Annotated[bool, typer.Option("--json", help="print the expectation as JSON")] = False,
) -> None:
    """How many pictures must I mark, how visibly, and will a check find the mark?

    An expectation from marks that were measured. It helps to choose; it decides nothing.
    """
    if others_pictures:
        from isotopes.cli.output.sequential_plan import plan_sequential

        plan_sequential(pictures, share, alpha, family, power, others, as_json)
        return
    others.refuse()
    from isotopes.cli.output.expectation import show_expectation
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
