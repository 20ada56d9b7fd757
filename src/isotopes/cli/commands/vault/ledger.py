"""Look at the ledger: which isotopes there are, and which pictures carry them."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isotopes.cli.commands.vault.options import JsonOption, NameArgument, cell, show_fields
from isotopes.cli.options.vault import PassphraseFileOption, VaultOption
from isotopes.cli.passphrase import open_vault
from isotopes.cli.terminal import show, show_json, show_rows, tell
from isotopes.escaping import escape

if TYPE_CHECKING:
    from isotopes.vault import FileEntry

COLUMNS = ("name", "created", "last added", "family", "alpha", "label", "marked", "pictures")
RECEIPTS = "isotopes vault receipt NAME"


def list_isotopes(location: VaultOption = None, as_json: JsonOption = False) -> None:
    """List all isotopes, oldest first.

    Pictures are counted once, however often they were published.
    """
    with open_vault(location, None) as vault:
        found = vault.summaries()
    if as_json:
        show_json([summary.to_dict() for summary in found])
        return
    if not found:
        tell("no isotopes yet: `isotopes mark` makes one, `isotopes vault restore` brings a backup")
    rows = [
        (s.name, s.created, s.last_added, s.family, s.alpha, s.label, s.marked, s.files)
        for s in found
    ]
    show_rows(COLUMNS, (map_cells(row) for row in rows))


def show_isotope(
    name: NameArgument, location: VaultOption = None, as_json: JsonOption = False
) -> None:
    """Show everything about an isotope except its key.

    --json lists its files too.
    """
    with open_vault(location, None) as vault:
        shown: dict[str, Any] = vault.summary(name).to_dict()
        entries = vault.files(name)
    if as_json:
        show_json({**shown, "files": [asdict(entry) for entry in entries]})
        return
    shown["pictures"] = shown.pop("files")
    if shown["beacon_source"] is None:
        shown["beacon_source"] = "none: nothing rules out that the key was chosen by trial"
    elif shown["beacon"] is None:
        shown["beacon"] = "not mixed in yet: `isotopes mark FOLDER --add-to NAME --beacon VALUE`"
    show_fields(shown)


def files(
    name: NameArgument,
    marked_only: Annotated[
        bool, typer.Option("--marked", help="only those that carry the mark")
    ] = False,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="print CSV")] = False,
    contact_sheet: Annotated[
        Path | None,
        typer.Option(
            "--contact-sheet", metavar="FILE", help="draw thumbnails of them into this PNG"
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="where the pictures are now (default: where each was)"),
    ] = None,
    location: VaultOption = None,
) -> None:
    """List an isotope's pictures, and which of them carry its mark.

    Keep the list to yourself: whoever has it can tell marked pictures from others.
    """
    from isotopes.workflows.marking.contact_sheet import write_contact_sheet

    if as_json and as_csv:
        raise typer.BadParameter("give either --json or --csv")
    with open_vault(location, None) as vault:
        summary = vault.summary(name)
        entries = [e for e in vault.files(name) if e.marked or not marked_only]
    if contact_sheet is not None:
        drawn = write_contact_sheet(entries, contact_sheet, usual=summary.source, folder=folder)
        tell(f"{drawn} of {len(entries)} pictures drawn into {contact_sheet}")
    if as_json:
        show_json([asdict(entry) for entry in entries])
    elif as_csv:
        show(*_csv(entries))
    else:
        rows = ((e.name, cell(e.marked), cell(e.added), cell(e.folder)) for e in entries)
        show_rows(("name", "marked", "added", "folder"), rows)


def rename(
    name: NameArgument,
    new: Annotated[str, typer.Argument(metavar="NEW", help="its new name")],
    location: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Give an isotope another name.

    Its key, commitment and files stay what they are. A check that was begun under the old name
    is not continued under the new one.
    """
    with open_vault(location, passphrase_file) as vault:
        vault.rename(name, new)
    tell(f"{name} is called {new} now")


def map_cells(row: tuple[object, ...]) -> list[str]:
    """The cells of one row of a table."""
    return [cell(value) for value in row]


def _csv(entries: list[FileEntry]) -> list[str]:
    from isotopes.vault import FileEntry

    text = io.StringIO()
    names = list(FileEntry.__dataclass_fields__)
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    for entry in entries:  # a line feed in a name would begin a new line
        cells = asdict(entry).items()
        writer.writerow({k: escape(v) if isinstance(v, str) else v for k, v in cells})
    return text.getvalue().splitlines()
