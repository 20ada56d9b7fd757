"""`isotopes vault`: look at the ledger, keep it safe, and show what was committed to."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from isotopes.cli.passphrase import (
    SOURCES,
    NoPassphraseOption,
    PassphraseFileOption,
    VaultOption,
    known_passphrase,
    new_passphrase,
    open_or_create_vault,
    open_vault,
    replacement_passphrase,
)
from isotopes.cli.terminal import agreed, show, show_json, show_rows, somebody_answers, tell
from isotopes.errors import VaultError
from isotopes.escaping import json_text
from isotopes.vault import (
    Opening,
    Receipt,
    Vault,
    backup_vault,
    check_opening,
    export_isotopes,
    read_export,
    restore_vault,
)
from isotopes.vault.private_file import write_private

app = typer.Typer(
    help="Keys, marked files and commitments: list, back up, move, and prove.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="the isotope's name")]
JsonOption = Annotated[bool, typer.Option("--json", help="print JSON")]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="write it here")]


@app.command("list")
def list_isotopes(location: VaultOption = None, as_json: JsonOption = False) -> None:
    """List all isotopes, oldest first."""
    with open_vault(location, None) as vault:
        found = vault.summaries()
    if as_json:
        show_json([summary.to_dict() for summary in found])
        return
    columns = ("name", "created", "family", "alpha", "label", "marked", "files")
    show_rows(columns, ([_cell(getattr(one, name)) for name in columns] for one in found))


@app.command("show")
def show_isotope(
    name: NameArgument, location: VaultOption = None, as_json: JsonOption = False
) -> None:
    """Show all about an isotope but its key.

    --json lists its files too.
    """
    with open_vault(location, None) as vault:
        shown: dict[str, Any] = vault.summary(name).to_dict()
        if as_json:
            show_json({**shown, "files": [asdict(entry) for entry in vault.files(name)]})
            return
    _print_fields(shown)


@app.command()
def backup(file: Path, location: VaultOption = None) -> None:
    """Copy the vault to FILE.

    Keys stay sealed as they are. It is safe while pictures are being marked.
    """
    backup_vault(location, file)
    tell(f"backed up to {file}")


@app.command()
def restore(
    file: Path,
    location: VaultOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="replace a vault that is there; a copy of it is kept")
    ] = False,
) -> None:
    """Put the backup FILE in the vault's place."""
    aside = restore_vault(file, location, force=force)
    tell("restored")
    if aside is not None:
        tell(f"the vault that was there is now {aside}")


@app.command("export")
def export_(
    file: Path,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="which (default: all)")
    ] = None,
    location: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Write isotopes to FILE, for another vault.

    Their keys go with them. An export is always sealed: with the vault's passphrase, or with a
    new one where the vault has none.
    """
    ask = cache(known_passphrase(passphrase_file))
    with Vault.open(location, ask) as vault:
        passphrase = ask() if vault.sealed else new_passphrase(passphrase_file, "the export")
        if passphrase is None:
            raise VaultError(
                "an export is always sealed, but there is no terminal to ask for a passphrase on",
                hint=SOURCES,
            )
        write_private(file, export_isotopes(vault, passphrase, names or ()))
    tell(f"exported to {file}")


@app.command("import")
def import_(
    file: Path,
    location: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
    export_passphrase_file: Annotated[
        Path | None,
        typer.Option(
            "--export-passphrase-file",
            metavar="FILE",
            help="read the export's passphrase from here, where it is not the vault's",
        ),
    ] = None,
    no_passphrase: NoPassphraseOption = False,
) -> None:
    """Merge an export into the vault, which is made where there is none.

    What is there already stays.
    """
    ask = known_passphrase(export_passphrase_file or passphrase_file, "the export")
    records = read_export(_read(file), ask)
    with open_or_create_vault(location, passphrase_file, no_passphrase) as vault:
        added = vault.merge(records)
    tell(f"new in the vault: {', '.join(added) or 'nothing'}")


@app.command()
def passphrase(
    location: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
    new_passphrase_file: Annotated[
        Path | None,
        typer.Option("--new-passphrase-file", metavar="FILE", help="read the new one from here"),
    ] = None,
) -> None:
    """Seal the keys, or change their passphrase.

    Backups and exports made before keep the one they had.
    """
    with open_vault(location, passphrase_file) as vault:
        vault.set_passphrase(replacement_passphrase(new_passphrase_file))
    tell("the keys are sealed with the new passphrase")


@app.command()
def receipt(
    name: NameArgument,
    out: OutOption = None,
    note: Annotated[str, typer.Option("--note", help="free text to stand in it")] = "",
    location: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Print an isotope's receipt.

    It shows that something was fixed, and nothing of what. Have it timestamped before the
    pictures are published. The commitment is computed again from the key, so that a damaged one
    is never stamped.
    """
    with open_vault(location, passphrase_file) as vault:
        printed = vault.get(name).receipt(note).to_dict()
    if out is None:
        show_json(printed)
        return
    _write_json(out, printed)
    tell(f"receipt written to {out}: post it, or have it timestamped, now")


@app.command("open-commitment")
def open_commitment(
    name: NameArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="write the opening here")],
    yes: Annotated[bool, typer.Option("--yes", help="don't ask")] = False,
    location: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Reveal the key and all that was fixed.

    Whoever has the opening can check the receipt, redraw the mark and its decoys, and take the
    mark off pictures.
    """
    with open_vault(location, passphrase_file) as vault:
        found = vault.summary(name)
        if not yes and not _confirmed(f"reveal the key of {found.name} in {out}?"):
            raise VaultError("nothing was revealed", hint="--yes reveals the key without asking")
        opening = vault.get(name).opening()
    _write_json(out, opening.to_dict())
    tell(f"opening written to {out}: it holds the key of {found.name}")


@app.command("check-opening")
def check_opening_(receipt_file: Path, opening_file: Path, as_json: JsonOption = False) -> None:
    """Check an opening against a receipt.

    Needs no vault. Prints what had been fixed.
    """
    given = Receipt.from_json(_read(receipt_file))
    checked = check_opening(given, Opening.from_json(_read(opening_file)))
    shown = {"commitment": checked.commitment, **checked.statement}
    if as_json:
        show_json(shown)
        return
    tell("the opening matches the receipt; what had been fixed:")
    _print_fields(shown)


def _confirmed(question: str) -> bool:
    return somebody_answers() and agreed(question)


def _write_json(file: Path, value: object) -> None:
    write_private(file, f"{json_text(value, indent=2)}\n".encode())


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise VaultError(f"{file} can't be read: {error.strerror}") from None


def _print_fields(shown: dict[str, Any]) -> None:
    width = max(map(len, shown))
    show(*(f"{field:<{width}}  {_cell(value)}" for field, value in shown.items()))


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return json_text(value)
    return "-" if value in {None, ""} else str(value)
