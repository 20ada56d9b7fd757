"""The options that say which pictures a model is asked about: probes and your own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from isotopes.vault import Isotope, Vault
    from isotopes.workflows.checking.choosing import NamedPictures
    from isotopes.workflows.checking.own_pictures import OwnPictures

ProbesOption = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        help="pictures of the model's domain that aren't yours; sub-folders may name labels",
    ),
]
MineOption = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        help="the originals of your marked pictures (default: the folder you marked, but a"
        " service must be allowed to see them)",
    ),
]
NotMineOption = Annotated[
    bool, typer.Option("--not-mine", help="don't show the model any of your own pictures")
]
PublishedOption = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        help="your published pictures, to show in the verdict that they carry the mark",
    ),
]


@dataclass(frozen=True)
class PictureOptions:
    """The pictures to ask about."""

    probes: ProbesOption = None
    mine: MineOption = None
    not_mine: NotMineOption = False
    published: PublishedOption = None

    def find(self, vault: Vault, isotope: Isotope) -> tuple[NamedPictures, OwnPictures | None]:
        """The probes, and the user's own pictures if the model is asked about them too.

        Raises:
            IsotopesError: as `find_pictures`.
        """
        from isotopes.workflows.checking.pictures import find_pictures

        return find_pictures(
            vault,
            isotope,
            self.probes,
            self.mine,
            not_mine=self.not_mine,
            published=self.published,
        )
