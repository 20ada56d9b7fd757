"""Show what was committed to, and have others check it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from isotopes.cli.commands.vault.options import (
    JsonOption,
    NameArgument,
    OutOption,
    read_file,
    show_fields,
    write_json,
)
from isotopes.cli.options.groups import grouped
from isotopes.cli.options.marks import (
    AlphaOption,
    DecoysToCommitOption,
    FamilyOption,
    FamilyOptions,
    MarkLabelOption,
    TestOptions,
)
from isotopes.cli.options.vault import NoPassphraseOption, PassphraseFileOption, VaultOption
from isotopes.cli.passphrase import open_or_create_vault, open_vault
from isotopes.cli.terminal import agreed, show_json, somebody_answers, tell
from isotopes.defaults import DECOYS, DEFAULT_FAMILY
from isotopes.errors import VaultError
from isotopes.hints import command

NO_BEACON = (
    "note: no beacon is mixed into this key, so the receipt doesn't rule out that the key was"
    " chosen by trial (`isotopes vault prepare --help`)"
)


@grouped
def prepare(
    name: NameArgument,
    *,
    beacon: Annotated[
        str,
        typer.Option(
            "--beacon",
            metavar="TEXT",
            help="which public random value will be mixed in, named exactly: it must not be known"
            " yet, and everybody must be able to look it up later",
        ),
    ],
    family: FamilyOption = DEFAULT_FAMILY,
    alpha: AlphaOption = None,
    label: MarkLabelOption = None,
    test: TestOptions,
    settings: FamilyOptions,
    decoys: DecoysToCommitOption = DECOYS,
    out: OutOption = None,
    location: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
    no_passphrase: NoPassphraseOption = False,
) -> None:
    """Commit to a mark before it can be known, and print the receipt.

    1. Have the receipt stamped. 2. Wait until the beacon's value is drawn. 3. Mark with it:
    isotopes mark FOLDER --out MARKED --add-to NAME --beacon VALUE. So nobody can say that the key
    was chosen because its mark happens to look guilty.
    """
    from isotopes.workflows.marking.looking import alpha_of
    from isotopes.workflows.marking.preparing import Commitment, prepare_isotope

    terms = Commitment(
        family=family,
        alpha=alpha_of(None, family) if alpha is None else alpha,
        options=settings.settings,
        label=label,
        decoys=decoys,
        plan=test.plan,
        beacon_source=beacon,
    )
    with open_or_create_vault(location, passphrase_file, no_passphrase) as vault:
        isotope = prepare_isotope(vault, name, terms)
    _give(isotope.receipt().to_dict(), out)
    tell(
        "once the receipt is stamped and the beacon's value is drawn:",
        "  "
        + command(
            "mark FOLDER --out MARKED --add-to {} --beacon VALUE", isotope.name, vault=location
        ),
    )


def receipt(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="the isotope's name")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="the list of all receipts, to be stamped once")
    ] = False,
    out: OutOption = None,
    note: Annotated[str, typer.Option("--note", help="free text to include")] = "",
    location: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Print an isotope's receipt.

    It shows that something was fixed, but not what. Have it timestamped before the
    pictures are published. The commitment is computed again from the key, so that a damaged one
    is never stamped. --all lists the digests of all receipts, so that nobody can leave out the
    unlucky ones later.
    """
    from isotopes.workflows.stamping import list_receipts

    if every == (name is not None):
        raise typer.BadParameter("give either NAME or --all")
    with open_vault(location, passphrase_file) as vault:
        if name is None:
            _give(list_receipts(vault).to_dict(), out)
            return
        found = vault.get(name).receipt(note)
    _give(found.to_dict(), out)
    if found.beacon is None:
        tell(NO_BEACON)


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
        question = f"reveal the key of {found.name} in {out}?"
        if not yes and not (somebody_answers() and agreed(question)):
            raise VaultError("nothing was revealed", hint="--yes reveals the key without asking")
        opening = vault.get(name).opening()
    write_json(out, opening.to_dict())
    tell(f"opening written to {out}: it holds the key of {found.name}")


def check_opening_(
    receipt_file: Path,
    opening_file: Path,
    beacon: Annotated[
        str | None,
        typer.Option(
            "--beacon",
            metavar="FILE|HEX|URL",
            help="the announced beacon's value, as you looked it up",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check an opening against a receipt.

    Needs no vault. Prints what had been fixed.
    """
    from isotopes.vault import Opening, Receipt, check_opening
    from isotopes.workflows.marking.preparing import read_beacon

    given = Receipt.from_json(read_file(receipt_file))
    opening = Opening.from_json(read_file(opening_file))
    looked_up = None if beacon is None else read_beacon(beacon)
    checked = check_opening(given, opening, beacon=looked_up)
    shown = {
        "commitment": checked.commitment,
        **checked.statement,
        "beacon_value": checked.beacon_digest,
    }
    if as_json:
        show_json(shown)
    else:
        tell("the opening matches the receipt; what had been fixed:")
        show_fields(shown)
    if given.beacon is None:
        tell(NO_BEACON)
    elif looked_up is None:
        tell(f"look up the beacon's value and give it as --beacon: {given.beacon}")


def _give(found: Mapping[str, object], out: Path | None) -> None:
    if out is None:
        show_json(found)
        return
    write_json(out, found)
    tell(
        f"written to {out}: post it, or have it stamped, before the pictures are published:",
        f"  {command('vault stamp --file {} --authority URL --out STAMP', out)}",
    )
