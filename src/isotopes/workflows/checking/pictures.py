"""The pictures that a model is asked about: other people's, your own, or both."""

from __future__ import annotations

from pathlib import Path

from isotopes.errors import IsotopesError
from isotopes.vault import Isotope, Vault
from isotopes.workflows.checking.choosing import NamedPictures
from isotopes.workflows.checking.own_pictures import OwnPictures, find_own_pictures
from isotopes.workflows.checking.probes import ProbeFolder
from isotopes.workflows.checking.published import Published


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
    return ProbeFolder(probes, Published.among(entries)), own
