"""Keep the vault safe: backups, exports, passphrases."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from isotopes.cli.commands.vault.options import read_file
from isotopes.cli.options.vault import NoPassphraseOption, PassphraseFileOption, VaultOption
from isotopes.cli.passphrase import (
    SOURCES,
    key_service,
    known_passphrase,
    new_passphrase,
    open_or_create_vault,
    open_vault,
    replacement_passphrase,
)
from isotopes.cli.terminal import tell
from isotopes.errors import VaultError


def backup(file: Path, location: VaultOption = None) -> None:
    """Copy the vault to FILE, a vault file, also from PostgreSQL.

    Keys stay sealed as they are. It is safe while pictures are being marked.
    """
    from isotopes.vault import backup_vault

    backup_vault(location, file)
    tell(f"backed up to {file}")


def restore(
    file: Path,
    location: VaultOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="replace a vault that is there; a copy of it is kept")
    ] = False,
) -> None:
    """Put the backup FILE in the vault's place: a file, or a PostgreSQL database."""
    from isotopes.vault import restore_vault

    aside = restore_vault(file, location, force=force)
    tell("restored")
    if aside is not None:
        tell(f"the vault that was there is now {aside}")


def upgrade(location: VaultOption = None) -> None:
    """Bring a vault of an earlier release up to date.

    A copy of a vault file is kept. Everything happens in one transaction.
    """
    from isotopes.vault.storage.location import locate
    from isotopes.vault.storage.upgrading import upgrade_vault

    place = locate(location)
    done = upgrade_vault(place)
    if done.before == done.after:
        tell(f"the vault at {place} has version {done.after} already")
        return
    tell(f"upgraded {place} from version {done.before} to {done.after}")
    if done.aside is not None:
        tell(f"the vault as it was is now {done.aside}")


def export(
    file: Path,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="which (default: all)")
    ] = None,
    location: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Write isotopes to FILE, for another vault.

    Their keys go with them. An export is always sealed: with the vault's passphrase, or with a
    new one if the vault has none.
    """
    from isotopes.vault import Vault, export_isotopes
    from isotopes.vault.storage.private_file import write_private

    ask, service = cache(known_passphrase(passphrase_file)), key_service(passphrase_file)
    with Vault.open(location, service or ask) as vault:
        same = vault.sealed and service is None
        passphrase = ask() if same else new_passphrase(passphrase_file, "the export")
        if passphrase is None:
            raise VaultError(
                "an export is always sealed, but there is no terminal to ask for a passphrase on",
                hint=SOURCES,
            )
        write_private(file, export_isotopes(vault, passphrase, names or ()))
    tell(f"exported to {file}")


def import_(
    file: Path,
    location: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
    export_passphrase_file: Annotated[
        Path | None,
        typer.Option(
            "--export-passphrase-file",
            metavar="FILE",
            help="read the export's passphrase from here, if it is not the vault's",
        ),
    ] = None,
    no_passphrase: NoPassphraseOption = False,
) -> None:
    """Merge an export into the vault, which is created if there is none.

    Isotopes that are there already stay.
    """
    from isotopes.vault import read_export

    ask = known_passphrase(export_passphrase_file or passphrase_file, "the export")
    records = read_export(read_file(file), ask)
    with open_or_create_vault(location, passphrase_file, no_passphrase) as vault:
        added = vault.merge(records)
    tell(f"new in the vault: {', '.join(added) or 'nothing'}")


def passphrase(
    location: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
    new_passphrase_file: Annotated[
        Path | None,
        typer.Option("--new-passphrase-file", metavar="FILE", help="read the new one from here"),
    ] = None,
    service: Annotated[
        str | None,
        typer.Option(
            "--key-service",
            metavar="ADDRESS",
            help="seal them by a key service instead: env:NAME, file:PATH or aws-kms:KEY",
        ),
    ] = None,
) -> None:
    """Seal the keys, or change their passphrase.

    Backups and exports made before keep the one they had.
    """
    from isotopes.vault.keys.services import ENVIRONMENT, open_key_service

    if service is not None and new_passphrase_file is not None:
        raise typer.BadParameter("give either --key-service or --new-passphrase-file")
    with open_vault(location, passphrase_file) as vault:
        if service is None:
            vault.set_passphrase(replacement_passphrase(new_passphrase_file))
            tell("the keys are sealed with the new passphrase")
        else:
            vault.set_passphrase(open_key_service(service))
            tell(f"the keys are sealed by {service}: set {ENVIRONMENT} to it from now on")
