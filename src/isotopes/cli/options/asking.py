"""The options of every command that asks a target: which, at what cost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.errors import IsotopesError

if TYPE_CHECKING:
    from isotopes.workflows.checking.guarding import Care


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
BudgetOption = Annotated[
    int | None, typer.Option(min=0, help="maximum number of pictures to ask about")
]
MaxCostOption = Annotated[float | None, typer.Option(min=0, help="maximum to spend, in US dollars")]
PriceOption = Annotated[
    float | None, typer.Option(help="US dollars per picture, if you know better")
]
YesOption = Annotated[
    bool,
    typer.Option("--yes", help="ask a service without confirmation; needed without a terminal"),
]


@dataclass(frozen=True)
class AskingOptions:
    """Where answers go, what they may cost, and whether the user has to agree."""

    journal: JournalOption = None
    budget: BudgetOption = None
    max_cost: MaxCostOption = None
    price: PriceOption = None
    yes: YesOption = False

    @property
    def care(self) -> Care:
        """These options as the workflows take them."""
        from isotopes.workflows.checking.guarding import Care

        return Care(self.journal, self.budget, self.max_cost, self.price)
