"""The pictures that a model is asked about, by every command that asks: probes and one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isotopes.cli.terminal import tell
from isotopes.errors import IsotopesError
from isotopes.targets import Target
from isotopes.vault import Isotope, Vault
from isotopes.verify import Plan
from isotopes.workflows.checking.choosing import NamedPictures
from isotopes.workflows.checking.own_pictures import OwnPictures, find_own_pictures
from isotopes.workflows.checking.probes import ProbeFolder

ProbesOption = Annotated[
    Path | None,
    typer.Option(
        help="pictures of the model's domain that aren't yours; sub-folders may name labels"
    ),
]
MineOption = Annotated[
    Path | None,
    typer.Option(help="the originals of your marked pictures (default: the folder you marked)"),
]
NotMineOption = Annotated[
    bool, typer.Option("--not-mine", help="don't show the model any of your own pictures")
]
PublishedOption = Annotated[
    Path | None,
    typer.Option(help="your published pictures, to show in the verdict that they carry the mark"),
]


def find_pictures(
    vault: Vault,
    isotope: Isotope,
    probes: Path | None,
    mine: Path | None,
    *,
    not_mine: bool,
    published: Path | None,
) -> tuple[NamedPictures, OwnPictures | None]:
    """Probes and own pictures for a check of this isotope.

    Raises:
        IsotopesError: there are neither, or options that contradict each other.
        FolderError: a folder that can't serve.
    """
    if not_mine and (mine or published):
        raise IsotopesError(
            "your own pictures are asked or not, got --not-mine and a folder of them",
            hint="leave out either of them",
        )
    entries = vault.files(isotope.name)
    own = None if not_mine else find_own_pictures(isotope, entries, mine, published)
    if probes is None and own is None:
        raise IsotopesError(
            "a check needs pictures to ask the model about, got none",
            hint="give --probes FOLDER with other people's pictures, --mine FOLDER with the"
            " originals of your marked ones, or both",
        )
    if probes is None:
        return [], own
    carry = [entry.sha256_after for entry in entries if entry.marked]
    return ProbeFolder(probes, carry), own


def announce_pictures(plan: Plan, target: Target) -> None:
    """Say which plan it is, and whether own pictures leave the house."""
    tell(f"plan {plan.hash}")
    originals = len(plan.own) + len(plan.naming)
    if target.remote and originals:
        tell(
            f"{target.name} is shown {originals} of your originals, without the mark too;"
            " --not-mine leaves them out"
        )
