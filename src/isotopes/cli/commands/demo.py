"""`isotopes demo`: the main job on real pictures, in one folder, in a minute."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isotopes.cli.terminal import show, show_json, tell
from isotopes.errors import IsotopesError
from isotopes.extras import how_to_install


def demo(
    out: Annotated[Path, typer.Option(help="the folder to write")] = Path("demo"),
    pictures: Annotated[
        Path | None,
        typer.Option(help="an image set: Hugging Face parquet, or a folder for each label"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="of the split, the networks and the key")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="print both verdicts as JSON")] = False,
) -> None:
    """Mark real pictures, train one model with them and one without, and check both.

    Handwritten digits, or ten labels of an image set of yours.
    """
    from isotopes.workflows.demo import Digits, OwnImageSet, run_demo

    try:
        material = Digits() if pictures is None else OwnImageSet(pictures)
        result = run_demo(out, material, seed, tell)
    except ImportError as error:
        extra = "demo" if pictures is None else "lab"
        raise IsotopesError(f"the demo needs {error.name}", hint=how_to_install(extra)) from error
    if as_json:
        show_json(result.to_dict())
        return
    show(*result.in_words(out))
