"""Know your own published pictures among probes, also smaller, re-encoded or cropped a little."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from isotopes.photos import Likeness, same_as_known
from isotopes.photos.choosing.fingerprint import ICON
from isotopes.photos.choosing.glance import glance_at
from isotopes.targets import Picture
from isotopes.vault import FileEntry


@dataclass(frozen=True)
class Published:
    """The pictures that carry an isotope's mark.

    Attributes:
        digests: ``sha256:...`` of the published files.
        originals: of the files that they were made from, which don't carry the mark.
        glances: what their copies have in common.
    """

    digests: frozenset[str] = frozenset()
    originals: frozenset[str] = frozenset()
    glances: tuple[bytes, ...] = ()

    @classmethod
    def among(cls, entries: Iterable[FileEntry]) -> Published:
        """Those of these entries that carry the mark."""
        marked = [entry for entry in entries if entry.marked]
        return cls(
            frozenset(entry.sha256_after for entry in marked),
            frozenset(entry.sha256_before for entry in marked),
            tuple(dict.fromkeys(glance for entry in marked for glance in entry.glances)),
        )

    def shown_by(self, picture: Picture) -> bool:
        """Whether this picture looks like one of them.

        A mark of faint colours can't be told in a single small copy, so an altered original counts,
        too. Many different icons look alike: those count only if they look the same.
        """
        glance = glance_at(picture) if self.glances else None
        if glance is None:
            return False
        found = {likeness for _, _, likeness in same_as_known([glance], self.glances)}
        return Likeness.EQUAL in found if min(picture.shape[:2]) < ICON else bool(found)
