"""What `mark` reads and writes, and the options that only collections of shards take."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.options.engines import EngineOptions
from isotopes.defaults import LARGEST_PICTURE

if TYPE_CHECKING:
    from isotopes.workflows.marking import MarkRequest
    from isotopes.workflows.sharding import ShardRequest


SourceArgument = Annotated[
    str,
    typer.Argument(
        help="the folder with your originals; or shards: a folder, pattern or s3://, gs:// or az://"
        " address of tar or parquet files"
    ),
]
PublishedOption = Annotated[
    str, typer.Option(help="the folder or address to write; publish this one")
]
MemoryOption = Annotated[
    float | None,
    typer.Option(
        min=0.1, help=f"GB that one picture may take (default: {LARGEST_PICTURE / 1e9:.1f})"
    ),
]


@dataclass(frozen=True)
class ShardOptions(EngineOptions):
    """Whose pictures they are, where the list of marked ones goes, and where the work is done."""

    per: Annotated[
        str | None,
        typer.Option(
            "--per",
            metavar="KEY",
            help="shards: an isotope for each user, named by this column or JSON field, or by the"
            " part of a sample's key before this character",
        ),
    ] = None
    private: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER|URL",
            help="shards: where the list of marked pictures goes (default: beside the vault)",
        ),
    ] = None

    def check_unused(self) -> None:
        """Raise BadParameter if a folder of pictures gets an option that is only for shards."""
        if self != ShardOptions():
            raise typer.BadParameter(
                "--per, --private, --engine, --address and --workers are for shards: tar or parquet"
                " files (docs/scale.md)"
            )

    def request(
        self, request: MarkRequest, source: str, output: str, memory: float | None
    ) -> ShardRequest:
        """The same request for a collection of shards.

        Args:
            memory: GB that one picture may take; None for the default.

        Raises:
            BadParameter: an option is only for folders of pictures, or the engine needs --private.
        """
        from isotopes.photos import WorkerLimits
        from isotopes.workflows.marking.request import MarkTerms
        from isotopes.workflows.sharding import ShardRequest

        _check_not_for_folders(request)
        if self.engine == "ray" and self.private is None:
            raise typer.BadParameter(
                "--engine ray needs --private: an address, or a folder that all machines mount,"
                " for the list of marked pictures"
            )
        return ShardRequest(
            source=source,
            output=output,
            name=request.name,
            private=self.private,
            per=self.per,
            memory=WorkerLimits().picture if memory is None else int(memory * 1e9),
            **{term.name: getattr(request, term.name) for term in fields(MarkTerms)},
        )


def _check_not_for_folders(request: MarkRequest) -> None:
    for_folders = {
        "--count": request.count is not None,
        "--per-folder": request.per_folder,
        "--only": request.only is not None,
        "--skip-siblings": request.skip_siblings,
        "--beacon": request.beacon is not None,
        "--unpublished": bool(request.unpublished),
        "--sign-with": request.credential is not None,
    }
    asked = [option for option, given in for_folders.items() if given]
    if asked:
        raise typer.BadParameter(f"{', '.join(asked)}: for folders of pictures, not for shards")
