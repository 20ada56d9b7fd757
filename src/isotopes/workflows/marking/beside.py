"""Where notes about an output lie that must not be published with it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from platformdirs import user_data_path

from isotopes.vault import Vault


def beside_vault(vault: Vault, notes: str, output: str) -> Path:
    """A place for notes about this output: beside the vault's file, or in the data folder.

    Args:
        notes: what they are, which names their folder.
        output: the path or address that is written.
    """
    place = hashlib.sha256(output.encode("utf-8", "surrogateescape")).hexdigest()
    path = vault.location.path
    beside = user_data_path("isotopes") if path is None else path.parent
    return beside / notes / place[:32]
