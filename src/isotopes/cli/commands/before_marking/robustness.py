"""`isotopes robustness PHOTO|NAME`: what is left of a mark after what sites do to pictures?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.options.vault import PassphraseFileOption, VaultOption
from isotopes.cli.output.losses import loss_warnings
from isotopes.cli.passphrase import open_vault
from isotopes.cli.terminal import show_json, show_table, warn
from isotopes.defaults import DEFAULT_FAMILY

if TYPE_CHECKING:
    from isotopes.workflows.robustness.measure import Survival


def robustness(
    subject: Annotated[
        str, typer.Argument(metavar="PHOTO|NAME", help="one of your pictures, or an isotope's name")
    ],
    family: Annotated[str, typer.Option(help="with PHOTO: the family of marks")] = DEFAULT_FAMILY,
    visibility: Annotated[
        str | None, typer.Option(help="with PHOTO: subtle, faint or plain")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the numbers as JSON")] = False,
    vault: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """What is left of a mark after resizing, JPEG, WebP, crops, screenshots and mirroring?

    This asks no model: it measures how much of the pattern that a check asks about is still in the
    pictures. With a PHOTO the mark is a fresh draw, with a NAME it is the isotope's own.
    """
    from isotopes.workflows.robustness.measure import isotope_survival, photo_survival

    if Path(subject).is_file():
        found = photo_survival(Path(subject), family, visibility)
    else:
        with open_vault(vault, passphrase_file) as opened:
            isotope = opened.get(subject)
        found = isotope_survival(isotope)
    if as_json:
        show_json([_as_json(one) for one in found])
        return
    show_table(("after", "of the mark left", "more than of any decoy"), map(_row, found))
    for warning in loss_warnings(found, "this mark"):
        warn(warning)


def _as_json(one: Survival) -> dict[str, object]:
    return {"change": one.change, "left": one.left, "kept": one.kept, **one.found.to_dict()}


def _row(one: Survival) -> tuple[str, ...]:
    found = one.found
    place = f"yes, {found.deviations:.0f} deviations" if found.highest else "no"
    return one.change, f"{one.left:.0%}", place
