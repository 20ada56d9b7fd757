"""How every command opens the vault: its location and its passphrase.

A passphrase is typed on the terminal, or read from --passphrase-file or ISOTOPES_PASSPHRASE. It is
never an argument: arguments show in the list of processes and in the shell's history.
"""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from isotopes.cli.options.vault import ENVIRONMENT
from isotopes.cli.terminal import tell, warn
from isotopes.errors import VaultError

if TYPE_CHECKING:
    from isotopes.vault import Vault
    from isotopes.vault.keys.keyring import AskPassphrase, Unlock
    from isotopes.vault.keys.services import KeyService

SOURCES = f"set {ENVIRONMENT}, or give --passphrase-file"


def open_vault(location: str | None, file: Path | None) -> Vault:
    """The existing vault; it asks for the passphrase when a key is needed.

    Raises:
        VaultError: there is none, or it can't be opened.
    """
    from isotopes.vault import Vault

    vault = Vault.open(location, opener(file))
    if vault.exposure:
        warn(vault.exposure)
    return vault


def open_or_create_vault(location: str | None, file: Path | None, declined: bool) -> Vault:
    """The existing vault, or a new one, to store keys in.

    A new vault is sealed unless the user declines. With neither a passphrase nor a terminal to ask
    on, it stays unsealed, with a warning: keys can be sealed later, but pictures that were
    published unmarked can't be marked later.

    If a passphrase is given and the existing vault isn't sealed, the vault stores nothing: somebody
    may have altered it.

    Raises:
        VaultError: the vault can't be opened or made.
    """
    from isotopes.vault import Vault

    if Vault.exists(location):
        return _open_to_store(location, file, declined)
    try:
        vault = Vault.create(location, None if declined else _new_opener(file))
    except VaultError:
        if not Vault.exists(location):
            raise
        return _open_to_store(location, file, declined)  # another process was first
    tell(f"new vault: {vault.location}")
    _warn_of_bare_keys(vault)
    return vault


def _open_to_store(location: str | None, file: Path | None, declined: bool) -> Vault:
    from isotopes.vault import Vault

    vault = open_vault(location, file)
    given = key_service(file) is not None or _given(file) is not None
    if vault.sealed or (given and not declined):
        return vault
    vault.close()
    _warn_of_bare_keys(vault)
    return Vault.open(location)


def _warn_of_bare_keys(vault: Vault) -> None:
    if vault.bare_keys:
        warn(vault.bare_keys, "hint: `isotopes vault passphrase` seals them")


def key_service(file: Path | None) -> KeyService | None:
    """The key service of ISOTOPES_KEY_SERVICE; None if there is none, or a file is given instead.

    Raises:
        VaultError: the address is of no known kind.
    """
    from isotopes.vault.keys.services import ENVIRONMENT as SERVICE
    from isotopes.vault.keys.services import open_key_service

    address = os.environ.get(SERVICE)
    return open_key_service(address) if address and file is None else None


def opener(file: Path | None) -> Unlock:
    """The key service or passphrase that opens a sealed vault."""
    return key_service(file) or known_passphrase(file)


def _new_opener(file: Path | None) -> Unlock | None:
    """What will seal a new vault; None if nobody can be asked."""
    service = key_service(file)
    if service is not None:
        return service
    passphrase = new_passphrase(file)
    return None if passphrase is None else lambda: passphrase


def known_passphrase(file: Path | None, what: str = "the vault") -> AskPassphrase:
    """A function that gets the passphrase of `what`, which is sealed already.

    Raises:
        VaultError: (the function) there is no passphrase and no terminal to ask on.
    """

    def ask() -> str:
        given = _given(file)
        if given is None and not sys.stdin.isatty():
            raise VaultError(f"{what} is sealed, and there is no terminal to ask on", hint=SOURCES)
        return _typed(f"passphrase of {what}: ") if given is None else given

    return ask


def new_passphrase(file: Path | None, what: str = "the vault") -> str | None:
    """The passphrase that will seal `what`; None if nobody can be asked.

    Raises:
        VaultError: the two that were typed differ, or the file can't be read.
    """
    given = _given(file)
    if given is None and sys.stdin.isatty():
        return _typed_twice(what)
    if given is not None:
        _warn_of_weakness(given)
    return given


def replacement_passphrase(file: Path | None) -> AskPassphrase:
    """A function that gets the new passphrase for a change.

    It ignores the environment, which holds the current one.

    Raises:
        VaultError: (the function) no file and no terminal, or the two that were typed differ.
    """

    def ask() -> str:
        if file is not None:
            given = _read(file)
            _warn_of_weakness(given)
            return given
        if not sys.stdin.isatty():
            raise VaultError(
                "there is no terminal to ask for the new passphrase on",
                hint="give --new-passphrase-file",
            )
        return _typed_twice("the vault")

    return ask


def _given(file: Path | None) -> str | None:
    return os.environ.get(ENVIRONMENT) if file is None else _read(file)


def _typed(prompt: str) -> str:
    try:
        return getpass.getpass(prompt)
    except EOFError:
        raise VaultError("no passphrase was typed") from None


def _typed_twice(what: str) -> str:
    first = _typed(f"new passphrase for {what} (if it is lost, so are the keys): ")
    if _typed("the same again: ") != first:
        raise VaultError("the two passphrases differ", hint="nothing was changed: try again")
    _warn_of_weakness(first)
    return first


def _warn_of_weakness(passphrase: str) -> None:
    """A weak passphrase is better than none, so it gives a warning and is accepted."""
    from isotopes.vault.keys.strength import describe_weakness

    weakness = describe_weakness(passphrase)
    if weakness:
        warn(weakness, "hint: four or more unrelated words are good")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise VaultError(f"the passphrase file {file} can't be read: {error}") from None
