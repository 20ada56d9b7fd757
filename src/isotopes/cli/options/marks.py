"""The options of `mark` and `vault prepare`: which mark, and which test to commit to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from isotopes.defaults import DEFAULT_METHOD, METHODS, TEST_STATISTIC_NAMES

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
        help=f"what it compares: {', '.join(TEST_STATISTIC_NAMES)} (default: the test's own)",
    ),
]
CommittedLevelOption = Annotated[
    float | None,
    typer.Option("--level", help="the level to commit to (default: the test's own)"),
]


@dataclass(frozen=True)
class FamilyOptions:
    """A family's settings."""

    picture: PictureOption = None
    pool: PoolOption = None

    @property
    def settings(self) -> dict[str, str]:
        """The settings as the vault stores them: absolute paths."""
        given = {"picture": self.picture, "pool": self.pool}
        return {name: str(path.resolve()) for name, path in given.items() if path is not None}


@dataclass(frozen=True)
class TestOptions:
    """The test to commit to."""

    method: CommittedMethodOption = DEFAULT_METHOD
    statistic: CommittedStatisticOption = None
    level: CommittedLevelOption = None

    @property
    def plan(self) -> Mapping[str, Any]:
        """The test as the commitment holds it.

        Raises:
            PlanError: terms that no check could meet.
        """
        from isotopes.verify.methods.terms import committed_terms

        return committed_terms(self.method, self.statistic, self.level)
