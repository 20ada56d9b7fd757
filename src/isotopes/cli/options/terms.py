"""The options that say how to test: those of `check`, and of `export-queries` for a later check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.defaults import METHODS, TEST_STATISTIC_NAMES

if TYPE_CHECKING:
    from isotopes.workflows.checking.drafting import Terms

IsotopeArgument = Annotated[str, typer.Argument(help="the isotope's name in the vault")]
LabelOption = Annotated[
    str | None,
    typer.Option(
        help="the label to test (default: as committed, else all, weighed by your own pictures)"
    ),
]
AnyLabelOption = Annotated[
    bool, typer.Option("--any-label", help="test no single label, even if one is committed")
]
AmongOption = Annotated[
    list[str] | None,
    typer.Option("--among", help="a label to search; give it once for each that may be meant"),
]
MethodOption = Annotated[
    str | None,
    typer.Option(help=f"the test (default: as committed): {', '.join(METHODS)}"),
]
ThoroughOption = Annotated[
    bool,
    typer.Option(
        "--thorough", help="ask about every committed decoy and more pictures: a smaller p-value"
    ),
]
StatisticOption = Annotated[
    str | None, typer.Option(help=f"{', '.join(TEST_STATISTIC_NAMES)} (default: as committed)")
]
LevelOption = Annotated[
    float | None,
    typer.Option(help="maximum chance of accusing an innocent model"),
]
DecoysOption = Annotated[int | None, typer.Option(help="how many decoys to ask")]
ProbesCountOption = Annotated[
    int | None, typer.Option(min=1, help="how many probes to use; paired-t: in each round")
]
ForgiveOption = Annotated[
    int | None,
    typer.Option(min=0, help="sequential: how many decoys may score as high as the mark"),
]
ExchangeableOption = Annotated[
    bool,
    typer.Option("--assume-exchangeable", help="treat a mark that you picked as if it were drawn"),
]
DisguiseOption = Annotated[
    bool,
    typer.Option(
        "--disguise",
        help="change the picture of each query in another way, for services that answer"
        " look-alikes with one answer; costs some power elsewhere",
    ),
]


@dataclass(frozen=True)
class TermOptions:
    """How to test."""

    label: LabelOption = None
    any_label: AnyLabelOption = False
    among: AmongOption = None
    method: MethodOption = None
    statistic: StatisticOption = None
    level: LevelOption = None
    decoys: DecoysOption = None
    probes_count: ProbesCountOption = None
    thorough: ThoroughOption = False
    assume_exchangeable: ExchangeableOption = False
    disguise: DisguiseOption = False

    def terms(self, *, forgive: int | None = None) -> Terms:
        """These options as the workflows take them, with the value of `--forgive`."""
        from isotopes.workflows.checking.drafting import Terms

        return Terms(
            method=self.method,
            label=self.label,
            any_label=self.any_label,
            candidates=tuple(self.among or ()),
            statistic=self.statistic,
            level=self.level,
            decoys=self.decoys,
            probes=self.probes_count,
            forgive=forgive,
            thorough=self.thorough,
            assume_exchangeable=self.assume_exchangeable,
            disguise=self.disguise,
        )
