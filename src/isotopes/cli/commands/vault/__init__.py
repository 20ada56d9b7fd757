"""`isotopes vault`: look at the ledger, keep it safe, and show what was committed to."""

from collections.abc import Callable

import typer

from isotopes.cli.commands.vault import copies, ledger, proofs, stamps

app = typer.Typer(
    help="Keys, marked files and commitments: list, back up, move, and prove.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
COMMANDS: dict[str, Callable[..., None]] = {
    "list": ledger.list_isotopes,
    "show": ledger.show_isotope,
    "files": ledger.files,
    "rename": ledger.rename,
    "backup": copies.backup,
    "restore": copies.restore,
    "upgrade": copies.upgrade,
    "export": copies.export,
    "import": copies.import_,
    "passphrase": copies.passphrase,
    "prepare": proofs.prepare,
    "receipt": proofs.receipt,
    "stamp": stamps.stamp,
    "check-stamp": stamps.check_stamp_,
    "open-commitment": proofs.open_commitment,
    "check-opening": proofs.check_opening_,
}
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
