"""The options of commands that end in a verdict: how it is shown and where it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ReportOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="write the verdict as a page: .html, or .pdf for paper"),
]
ShowMarkOption = Annotated[
    bool,
    typer.Option(
        "--show-mark",
        help="for yourself: show the mark and a marked picture in the report, which gives it away",
    ),
]
VerdictJsonOption = Annotated[bool, typer.Option("--json", help="print the verdict as JSON")]
ExitCodeOption = Annotated[
    bool, typer.Option("--exit-code", help="exit with 1 if detected, 3 if inconclusive")
]
