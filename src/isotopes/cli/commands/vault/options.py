"""What several of the vault's commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from isotopes.cli.terminal import show
from isotopes.errors import VaultError, unreadable
from isotopes.escaping import json_text

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="the isotope's name")]
JsonOption = Annotated[bool, typer.Option("--json", help="print JSON")]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="write it here")]


def read_file(file: Path) -> bytes:
    """What the file holds.

    Raises:
        VaultError: it can't be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise VaultError(unreadable(file, error)) from None


def write_json(file: Path, value: object) -> None:
    """Write a new file that only its owner can read.

    Raises:
        VaultError: it is there already, or can't be written.
    """
    from isotopes.vault.storage.private_file import write_private

    write_private(file, f"{json_text(value, indent=2)}\n".encode())


def show_fields(shown: dict[str, Any]) -> None:
    """Names and values, one to a line."""
    width = max(map(len, shown))
    show(*(f"{field:<{width}}  {cell(value)}" for field, value in shown.items()))


def cell(value: object) -> str:
    """A value as a table cell."""
    if isinstance(value, dict):
        return json_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None or value == "" else str(value)
