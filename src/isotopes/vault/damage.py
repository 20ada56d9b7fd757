"""Which isotopes are lost though the vault can be opened."""

from __future__ import annotations

from isotopes.errors import VaultError
from isotopes.vault.vault import Vault


def find_damaged(vault: Vault) -> list[str]:
    """Names of the isotopes whose keys can't be read, or don't match their commitments.

    Raises:
        VaultError: the vault can't be read.
        WrongPassphrase: the vault is sealed with another one.
    """
    vault.unlock()
    return [name for name in vault.names() if not _is_sound(vault, name)]


def _is_sound(vault: Vault, name: str) -> bool:
    try:
        vault.get(name)
    except VaultError:
        return False
    return True
