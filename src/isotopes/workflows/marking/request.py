"""What a person asks for when they mark a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isotopes.defaults import DECOYS, DEFAULT_FAMILY
from isotopes.marks import Family
from isotopes.marks.families.tints import Tints
from isotopes.photos import Strip
from isotopes.photos.credential import Credential
from isotopes.vault import Isotope, new_isotope
from isotopes.vault.terms import storable
from isotopes.verify.methods.terms import committed_terms

DEFAULT_ALPHA = Tints.visibilities[Tints.usual]
DEFAULT_SHARE = 1.0  # faint marks on all pictures are learned as well as plainer ones on a tenth


@dataclass(frozen=True, kw_only=True)
class MarkTerms:
    """What a person asks for, whether of a folder or of shards.

    Attributes:
        family, options: which marks, and that family's settings.
        alpha: visibility in (0, 1].
        share: of the pictures that can be marked.
        label: what the person expects a model to call these pictures, if they know.
        strip: metadata to leave out of every written picture.
        opt_out: put a note into every picture, marked or not, that it is not for training models.
        decoys: how many decoys are committed with the mark.
        plan: how it will be tested, to be committed to.
        adds: the isotope is in the vault already and gets another folder (`request_more`).
    """

    family: str = DEFAULT_FAMILY
    options: Mapping[str, str] = field(default_factory=dict)
    alpha: float = DEFAULT_ALPHA
    share: float = DEFAULT_SHARE
    label: str | None = None
    strip: Strip = None
    opt_out: bool = False
    decoys: int = DECOYS
    plan: Mapping[str, Any] = field(default_factory=committed_terms)
    adds: bool = False

    def new_isotope(self, name: str, family: Family, source: str) -> Isotope:
        """An isotope on these terms, not in a vault yet.

        Raises:
            VaultError, MarkError: as `vault.new_isotope`.
        """
        return new_isotope(
            name,
            family,
            self.alpha,
            label=self.label,
            decoys=self.decoys,
            plan=self.plan,
            source=source,
        )

    def differing(self, isotope: Isotope, family: Family, source: str) -> tuple[str, str] | None:
        """The first term by which the isotope was not made so: its name, and both in words."""
        terms = {
            "folder": (isotope.source, isotope.source if self.adds else source),
            "family": (isotope.family, family.name),
            "options": (dict(isotope.options), family.pinned_options()),
            "alpha": (isotope.alpha, self.alpha),
            "label": (isotope.label, self.label),
            "decoys": (isotope.decoys, self.decoys),
            "test": (dict(isotope.plan), dict(self.plan)),
        }
        for term, (recorded, asked) in terms.items():
            if recorded != asked:
                return term, f"{recorded}, now {asked}"
        return None


@dataclass(frozen=True)
class MarkRequest(MarkTerms):
    """What a person asks for of a folder.

    Attributes:
        source, output: folder with the originals, folder to write.
        name: what the isotope is called; with `per_folder`, the first part of each name.
        count: how many to mark, instead of `share`.
        per_folder: each folder that holds pictures gets an isotope of its own, called after it,
            however deep it lies; `source` itself gets the one called `name`.
        only: a pattern that files must match to be in the output (`photos.listing.list_files`).
        skip_siblings: leave out what may show a picture without its mark: films, raw files and the
            like, and copies that can't be marked of pictures that can.
        credential: what that note is signed with as well, as a C2PA statement.
        beacon: the value that an isotope in the vault waits for.
        unpublished: isotopes of which no picture was ever published, so that what they were put
            into may be marked again.
    """

    source: Path
    output: Path
    name: str
    count: int | None = None
    per_folder: bool = False
    only: str | None = None
    skip_siblings: bool = False
    credential: Credential | None = None
    beacon: bytes | None = None
    unpublished: frozenset[str] = frozenset()

    def source_of(self, folder: str) -> str:
        """A folder below `source`, "" for itself, as an isotope names it."""
        return storable(str(self.source.resolve() / folder))
