"""Which file a vault is, if it is one; no database is needed to know that."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

ENVIRONMENT = "ISOTOPES_VAULT"


def vault_named(text: str | Path | None = None) -> str:
    """What `text` says, else ISOTOPES_VAULT, else a file in the platform's data folder."""
    return str(text or os.environ.get(ENVIRONMENT) or user_data_path("isotopes") / "vault.sqlite")


def vault_file(text: str | Path | None = None) -> Path | None:
    """The file that a vault of this name is; None if it lies in PostgreSQL."""
    named = vault_named(text)
    return None if "://" in named else Path(named).expanduser().absolute()
