"""The options that say which mark, and how it will be tested: of `mark` and `vault prepare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isotopes.defaults import METHODS, STATISTIC_NAMES

FamilyOption = Annotated[str, typer.Option("--family", help="the family of marks")]
AlphaOption = Annotated[
    float | None,
    typer.Option("--alpha", help="how visible the mark is, 0 to 1 (default: the family's usual)"),
]
MarkLabelOption = Annotated[
    str | None,
    typer.Option("--label", help="what a model would call these pictures, if you know"),
]
PictureOption = Annotated[
    Path | None,
    typer.Option("--picture", help="image_blend: a picture of your own as the mark"),
]
PoolOption = Annotated[
    Path | None,
    typer.Option("--pool", help="image_blend: the folder that marks are drawn from"),
]
DecoysToCommitOption = Annotated[
    int, typer.Option("--decoys", help="decoys to commit to with the mark")
]
CommittedMethodOption = Annotated[
    str,
    typer.Option("--method", help=f"the test to commit to: {', '.join(METHODS)}"),
]
CommittedStatisticOption = Annotated[
    str | None,
    typer.Option(
        "--statistic",
        help=f"what it compares: {', '.join(STATISTIC_NAMES)} (default: the test's own)",
    ),
]
CommittedLevelOption = Annotated[
    float | None,
    typer.Option("--level", help="the level to commit to (default: the test's own)"),
]


def family_options(picture: Path | None, pool: Path | None) -> dict[str, str]:
    """A family's settings as the vault keeps them."""
    given = {"picture": picture, "pool": pool}
    return {name: str(path.resolve()) for name, path in given.items() if path is not None}
