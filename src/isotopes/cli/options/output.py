"""The options that say which files `mark` writes, and what stands in their metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

StripOption = Annotated[
    Literal["gps", "all"] | None, typer.Option(help="leave out positions, or all metadata")
]


@dataclass(frozen=True)
class FileOptions:
    """What is written; the fields are those of a `MarkRequest`."""

    only: Annotated[
        str | None,
        typer.Option(help="write only files like this one, e.g. '*.jpg' or '2024/*'"),
    ] = None
    skip_siblings: Annotated[
        bool,
        typer.Option(
            "--skip-siblings",
            help="leave out what shows a picture without its mark: films, raw files, copies that"
            " can't be marked",
        ),
    ] = False
    strip: StripOption = None
    opt_out: Annotated[
        bool,
        typer.Option(
            "--opt-out",
            help="say in the metadata of all pictures, marked or not: not for training models",
        ),
    ] = False
