"""What marking will look like: one's own photo with a mark, before anything is published."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isotopes.blending import Insertion
from isotopes.errors import MarkError
from isotopes.marks import get_family
from isotopes.photos import mark_bytes, read_picture
from isotopes.photos.similarity import psnr
from isotopes.seeds import derive
from isotopes.workflows.marking import DEFAULT_FAMILY

# Of marks that are only looked at: no published picture ever carries one of these.
LOOKED_AT = derive(bytes(32), "isotopes/v1/looked-at")
VISIBILITIES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "subtle": MappingProxyType({"alpha": 0.1}),
        "faint": MappingProxyType({"alpha": 0.2}),
        "plain": MappingProxyType({"alpha": 0.4}),
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
            PhotoError: it can't be read or marked.
        """
        mark = get_family(self.settings.get("family", DEFAULT_FAMILY)).draw(LOOKED_AT, 0)
        marked = mark_bytes(photo.read_bytes(), mark, Insertion.blend(self.settings["alpha"]))
        return read_picture(io.BytesIO(marked.data))

    def in_words(self, photo: Path) -> str:
        """How much the photo changes.

        Raises:
            PhotoError: as `of`.
        """
        return f"{psnr(self.before(photo), self.of(photo)):.0f} dB"


def look_at(name: str) -> Look:
    """The visibility of this name.

    Raises:
        MarkError: there is none.
    """
    if name not in VISIBILITIES:
        raise MarkError(
            f"no visibility is called {name!r}", hint=f"choose one of: {', '.join(VISIBILITIES)}"
        )
    return Look(name, VISIBILITIES[name])
