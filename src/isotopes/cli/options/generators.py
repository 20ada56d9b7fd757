"""The options for a generator that is asked for pictures, rather than a folder of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer


@dataclass(frozen=True)
class GeneratorOptions:
    """What a generator is asked for, and where its pictures go."""

    prompts: Annotated[
        Path | None,
        typer.Option(
            help="with a generator: a text file of prompts, one a line (GROUP<TAB>PROMPT)"
        ),
    ] = None
    made: Annotated[
        Path | None,
        typer.Option(help="with a generator: keep its pictures in this folder, and resume from it"),
    ] = None
    each: Annotated[int, typer.Option(min=1, help="pictures of each prompt, at most")] = 50
    looks: Annotated[
        int, typer.Option(min=1, help="how often to look for the mark while they are made")
    ] = 3
