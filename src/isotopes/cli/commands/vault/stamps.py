"""Have the date confirmed by somebody else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.commands.vault.options import JsonOption, read_file
from isotopes.cli.options.vault import PassphraseFileOption, VaultOption
from isotopes.cli.passphrase import open_vault
from isotopes.cli.terminal import show, show_json, tell
from isotopes.defaults import AUTHORITIES
from isotopes.errors import VaultError

if TYPE_CHECKING:
    from isotopes.vault import Vault

AuthorityOption = Annotated[
    list[str] | None,
    typer.Option(
        "--authority",
        metavar="URL",
        help=f"an RFC 3161 authority; may be repeated (for instance {AUTHORITIES[0]})",
    ),
]


def stamp(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="the isotope whose receipt is stamped")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="write the stamp here too")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="one stamp for the list of all receipts")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            help="stamp this receipt, list of receipts, plan, or the plan in kept answers instead",
        ),
    ] = None,
    authority: AuthorityOption = None,
    location: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Have a receipt stamped by an authority, before the pictures are published.

    The authority sees a hash and nothing else. The stamp is kept in the vault. With several
    authorities the stamps are written to FILE, FILE.2, FILE.3, ...
    """
    from isotopes.vault import Vault
    from isotopes.vault.storage.private_file import write_private
    from isotopes.workflows.stamping import read_stamped, stamp_and_keep
    from isotopes.workflows.stamping import request_stamps as stamp_document

    if [name is not None, every, file is not None].count(True) != 1:
        raise typer.BadParameter("give one of NAME, --all and --file")
    authorities = authority or ()
    if file is not None:
        message = read_stamped(file)
        if Vault.exists(location):
            with open_vault(location, passphrase_file) as vault:
                tokens = stamp_and_keep(vault, message, authorities)
        elif out is None:
            raise VaultError(
                "there is no vault to keep the stamp in, so it must be written", hint="--out FILE"
            )
        else:
            tokens = [token for _, token in stamp_document(message, authorities)]
    else:
        with open_vault(location, passphrase_file) as vault:
            tokens = stamp_and_keep(vault, _message(vault, name), authorities)
    for number, token in enumerate(tokens, 1):
        if out is not None:
            path = out if number == 1 else out.with_name(f"{out.name}.{number}")
            write_private(path, token)
            tell(f"stamp written to {path}")
    tell(f"stamped by {', '.join(authorities)}; `isotopes vault check-stamp` checks it")


def check_stamp_(
    document: Annotated[
        Path, typer.Argument(help="the receipt, list of receipts or plan that was stamped")
    ],
    stamp_file: Annotated[Path, typer.Argument(metavar="STAMP", help="the stamp")],
    root: Annotated[
        list[Path] | None,
        typer.Option(
            "--root", help="the authority's root certificate, PEM (default: the system's)"
        ),
    ] = None,
    crl: Annotated[
        list[Path] | None, typer.Option("--crl", help="a list of revoked certificates, PEM")
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            "--before",
            metavar="TIME",
            help="the stamp must be earlier: when the pictures were published",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a time stamp: did this document exist, and when?

    Needs no vault. Only --crl shows whether a certificate was revoked.
    """
    from isotopes.vault.commitments.stamp import check_stamp
    from isotopes.workflows.stamping import read_day, read_stamped, read_trust

    found = check_stamp(
        read_file(stamp_file),
        read_stamped(document),
        read_trust(root or (), crl or ()),
        before=None if before is None else read_day(before),
    )
    if as_json:
        show_json({"time": f"{found.time:%Y-%m-%dT%H:%M:%SZ}", "authority": found.authority})
        return
    show(f"stamped {found}")
    if not crl:
        tell("note: nobody checked whether the authority's certificate was revoked (--crl)")


def _message(vault: Vault, name: str | None) -> bytes:
    from isotopes.workflows.stamping import list_receipts

    return list_receipts(vault).stamped if name is None else vault.get(name).receipt().stamped
