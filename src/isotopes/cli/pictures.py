"""The pictures that a model is asked about, by every command that asks: probes and one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.terminal import tell

if TYPE_CHECKING:
    from isotopes.targets import Target
    from isotopes.verify import Plan

ProbesOption = Annotated[
    Path | None,
    typer.Option(
        help="pictures of the model's domain that aren't yours; sub-folders may name labels"
    ),
]
MineOption = Annotated[
    Path | None,
    typer.Option(help="the originals of your marked pictures (default: the folder you marked)"),
]
NotMineOption = Annotated[
    bool, typer.Option("--not-mine", help="don't show the model any of your own pictures")
]
PublishedOption = Annotated[
    Path | None,
    typer.Option(help="your published pictures, to show in the verdict that they carry the mark"),
]


def announce_pictures(plan: Plan, target: Target) -> None:
    """Say which plan it is, and whether own pictures leave the house."""
    tell(f"plan {plan.hash}")
    if target.remote and plan.own:
        tell(
            f"{target.name} is shown {len(plan.own)} of your pictures, each with the mark and with"
            " decoys, none of them unmarked; --not-mine leaves them out"
        )
