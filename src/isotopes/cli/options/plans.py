"""The options of `plan` for a check with other people's pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from isotopes.cli.options.terms import AnyLabelOption
from isotopes.errors import PlanError

OTHERS = "--others-pictures: "


@dataclass(frozen=True)
class OthersOptions:
    """Options that only this kind of check takes."""

    labels: Annotated[int | None, typer.Option(help=f"{OTHERS}how many labels the model has")] = (
        None
    )
    level: Annotated[
        float | None,
        typer.Option(help=f"{OTHERS}maximum chance of accusing an innocent model"),
    ] = None
    budget: Annotated[
        int | None, typer.Option(min=1, help=f"{OTHERS}maximum number of pictures to ask about")
    ] = None
    any_label: AnyLabelOption = False
    table: Annotated[
        Path | None, typer.Option(help=f"{OTHERS}measured effects (default: this release's)")
    ] = None

    def refuse(self) -> None:
        """Raise PlanError if one of them is given: a check of own pictures takes none."""
        for name, value in vars(self).items():
            if value not in (None, False):
                raise PlanError(
                    f"--{name.replace('_', '-')} belongs to a check with other people's pictures",
                    hint="add --others-pictures, or leave it out",
                )
