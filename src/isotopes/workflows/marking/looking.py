"""What marking will look like: your own photo with a mark, before anything is published."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isotopes.defaults import DEFAULT_FAMILY
from isotopes.errors import MarkError
from isotopes.hints import choose
from isotopes.marks import get_family
from isotopes.photos import mark_picture, read_picture
from isotopes.photos.perceived import perceived_difference
from isotopes.seeds import derive

# Of marks that are only looked at: no published picture ever carries one of these.
LOOKED_AT = derive(bytes(32), "isotopes/v1/looked-at")
VISIBILITIES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        name: MappingProxyType({"alpha": alpha})
        for name, alpha in get_family(DEFAULT_FAMILY).visibilities.items()
    }
)


@dataclass(frozen=True)
class Look:
    """A visibility, by its word.

    Attributes:
        name: "subtle", "faint" or "plain".
        settings: what it sets of a `MarkRequest`.
    """

    name: str
    settings: Mapping[str, Any]

    @staticmethod
    def names() -> tuple[str, ...]:
        """The words, the least visible first."""
        return tuple(VISIBILITIES)

    def before(self, photo: Path) -> NDArray[np.uint8]:
        """The photo as it is, uint8 (height, width, 3), upright.

        Raises:
            PhotoError: it can't be read.
        """
        return read_picture(photo)

    def of(self, photo: Path) -> NDArray[np.uint8]:
        """The photo marked, written and read again, by a key that nothing is published under.

        Raises:
            PhotoError: it can't be read or marked, or it is grey and the mark colour alone.
        """
        mark = get_family(self.settings.get("family", DEFAULT_FAMILY)).draw(LOOKED_AT, 0)
        marked = mark_picture(photo.read_bytes(), mark, self.settings["alpha"])
        return read_picture(io.BytesIO(marked.data))

    def in_words(self, photo: Path) -> str:
        """How visible the change is, with its PSNR, as in "hardly visible (36 dB)".

        Raises:
            PhotoError: as `of`.
        """
        found = perceived_difference(self.before(photo), self.of(photo), perceptual=False)
        return f"{found.in_words} ({found.psnr:.0f} dB)"


def get_look(name: str) -> Look:
    """The visibility of this name.

    Raises:
        MarkError: there is none.
    """
    alpha_of(name)
    return Look(name, VISIBILITIES[name])


def alpha_of(visibility: str | None, family: str = DEFAULT_FAMILY) -> float:
    """The alpha that a word for visibility stands for in a family; None for the family's usual one.

    Raises:
        MarkError: no such word or family.
    """
    found = get_family(family)
    if visibility is None:
        return found.usual_alpha
    if visibility not in found.visibilities:
        raise MarkError(
            f"no visibility is called {visibility!r}",
            hint=choose(visibility, list(found.visibilities)),
        )
    return found.visibilities[visibility]
