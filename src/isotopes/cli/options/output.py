"""The options that say which files `mark` writes, and what their metadata says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

StripOption = Annotated[
    Literal["gps", "all"] | None,
    typer.Option(
        help="leave out where pictures were taken, or all metadata (default: keep all of it)"
    ),
]


@dataclass(frozen=True)
class FileOptions:
    """Which files are written, and what their metadata says."""

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
    sign_with: Annotated[
        Path | None,
        typer.Option(
            "--sign-with",
            metavar="PEM",
            help="with --opt-out: your private key and certificates, to sign that note (C2PA)",
        ),
    ] = None

    @property
    def settings(self) -> dict[str, Any]:
        """These options as fields of a `MarkRequest`.

        Raises:
            BadParameter: --sign-with is given without --opt-out.
            IsotopesError: the file to sign with can't be used.
        """
        settings: dict[str, Any] = {**vars(self)}
        path = settings.pop("sign_with")
        if path is None:
            return settings
        if not self.opt_out:
            raise typer.BadParameter("--sign-with signs what --opt-out says: give both")
        from isotopes.photos.credential import read_credential

        return {**settings, "credential": read_credential(path)}
