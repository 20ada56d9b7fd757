"""What a person asks for when they mark a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isotopes.defaults import DECOYS, DEFAULT_FAMILY
from isotopes.marks.families.tints import Tints
from isotopes.photos import Strip
from isotopes.photos.credential import Credential
from isotopes.verify.methods.terms import committed_terms

DEFAULT_ALPHA = Tints.visibilities[Tints.usual]
DEFAULT_SHARE = 1.0  # faint marks on all pictures are learned as well as plainer ones on a tenth


@dataclass(frozen=True)
class MarkRequest:
    """What a person asked for.

    Attributes:
        source, output: folder with the originals, folder to write.
        name: what the isotope is called; with `per_folder`, the first part of each name.
        family, options: which marks, and that family's settings.
        alpha: visibility in (0, 1].
        share: of the pictures that can be marked; `count` instead if it is given.
        label: what the person expects a model to call these pictures, if they know.
        per_folder: each folder that holds pictures gets an isotope of its own, called after it,
            however deep it lies; `source` itself gets the one called `name`.
        only: a pattern that files must match to be in the output (`photos.scan.list_files`).
        skip_siblings: leave out what may show a picture without its mark: films, raw files and the
            like, and copies that can't be marked of pictures that can.
        strip: metadata to leave out of every written picture.
        opt_out: put a note into every picture, marked or not, that it is not for training models.
        credential: what that note is signed with as well, as a C2PA statement.
        decoys: how many decoys are committed with the mark.
        plan: how it will be tested, to be committed to.
        adds: the isotope is in the vault already and gets another folder (`request_more`).
        beacon: the value that an isotope in the vault waits for.
        unpublished: isotopes of which no picture was ever published, so that what they were put
            into may be marked again.
    """

    source: Path
    output: Path
    name: str
    family: str = DEFAULT_FAMILY
    options: Mapping[str, str] = field(default_factory=dict)
    alpha: float = DEFAULT_ALPHA
    share: float = DEFAULT_SHARE
    count: int | None = None
    label: str | None = None
    per_folder: bool = False
    only: str | None = None
    skip_siblings: bool = False
    strip: Strip = None
    opt_out: bool = False
    credential: Credential | None = None
    decoys: int = DECOYS
    plan: Mapping[str, Any] = field(default_factory=committed_terms)
    adds: bool = False
    beacon: bytes | None = None
    unpublished: frozenset[str] = frozenset()
