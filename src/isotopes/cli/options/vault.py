"""The options of every command that opens a vault."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

ENVIRONMENT = "ISOTOPES_PASSPHRASE"

VaultOption = Annotated[
    str | None,
    typer.Option(
        "--vault",
        metavar="FILE|URL",
        help="the vault: a file, or postgresql://user@host/database"
        " (default: ISOTOPES_VAULT, or a file in your data folder)",
    ),
]
PassphraseFileOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help=f"read the passphrase from this file's first line (also: {ENVIRONMENT})",
    ),
]
NoPassphraseOption = Annotated[
    bool,
    typer.Option("--no-passphrase", help="store keys unsealed, in a new or unsealed vault"),
]


@dataclass(frozen=True)
class NewVaultOptions:
    """The vault to store keys in; it is created if it doesn't exist."""

    vault: VaultOption = None
    passphrase_file: PassphraseFileOption = None
    no_passphrase: NoPassphraseOption = False
