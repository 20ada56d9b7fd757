"""The options that say where a large job runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from isotopes.engines import Engine


@dataclass(frozen=True)
class EngineOptions:
    """Where the work is done, and how much of it at a time."""

    engine_name: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="local|ray",
            help="shards, sweeps: processes of this machine, or a Ray cluster",
        ),
    ] = "local"
    address: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="shards, sweeps: the Ray cluster (default: that of RAY_ADDRESS)"
        ),
    ] = None
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="shards, sweeps: how many at a time (default: one per core)"),
    ] = None

    @property
    def engine(self) -> Engine:
        """The chosen engine.

        Raises:
            BadParameter: there is no such engine.
        """
        from isotopes.engines import ENGINES

        for engine in ENGINES:
            if engine == self.engine_name:
                return engine
        raise typer.BadParameter(
            f"--engine must be one of {', '.join(ENGINES)}, got {self.engine_name}"
        )
