"""What stands in a vault or an export may be anybody's: each row is checked before it is believed.

SQLite stores any type in any column, a spreadsheet or an editor may have written an export, and a
vault may come from somebody else. One rule for all of them: what no release of ours writes is
refused, with the field's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from isotopes.checked import Count, Digest, Text, convert
from isotopes.seeds import KEY_BYTES
from isotopes.strict_json import read_json

LONGEST_PATH = 20_000  # characters: a path may have 4,096 bytes, and each may become an escape
LONGEST_COLUMN = 2**20  # characters of JSON
LONGEST_LIKENESS = 2**19  # characters, 512 for each picture that a file shows, 384 more for its own
GLANCE = 256  # bytes
LONGEST_BEACON = 2 * 2**20  # hexadecimal digits

PathText = Annotated[str, Meta(max_length=LONGEST_PATH)]
Alpha = Annotated[float, Meta(gt=0, le=1)]
Key = Annotated[str, Meta(pattern=f"^[0-9a-f]{{{2 * KEY_BYTES}}}$")]
Time = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]
DigestOrNone = Annotated[str, Meta(pattern="^(sha256:[0-9a-f]{64})?$")]
Likeness = Annotated[
    str, Meta(pattern="^((?:[0-9a-f]{2})+(?: (?:[0-9a-f]{2})+)*)?$", max_length=LONGEST_LIKENESS)
]
TimeOrNone = Annotated[str, Meta(pattern="^([0-9TZ:-]{20})?$")]
Hexadecimal = Annotated[str, Meta(pattern="^([0-9a-f]{2})+$", max_length=LONGEST_BEACON)]

T = TypeVar("T")


@dataclass(frozen=True)
class FileEntry:
    """One picture of an isotope's folder.

    Attributes:
        name: relative to `folder`, with forward slashes.
        sha256_before, sha256_after: ``sha256:...`` of the file as it was and as it is published.
        marked: whether it carries the mark.
        pixels: ``sha256:...`` of what the original shows (`photos.Content`); "" if not known.
        likeness: what copies of each picture that it shows have in common, hexadecimal, with
            spaces between several; "" if there is none. The colours of the original follow the
            first one (`photos.Content`).
        added: when it was noted first, UTC, ISO 8601; "" if not known.
        folder: which folder was marked; "" if not known, or if there was none.
    """

    name: PathText
    sha256_before: Digest
    sha256_after: Digest
    marked: bool
    pixels: DigestOrNone = ""
    likeness: Likeness = ""
    added: TimeOrNone = ""
    folder: PathText = ""

    @property
    def glances(self) -> tuple[bytes, ...]:
        """The likeness of each picture that the file shows."""
        return tuple(bytes.fromhex(one)[:GLANCE] for one in self.likeness.split())

    @property
    def colours(self) -> bytes:
        """Of the original; empty if they are not known."""
        return bytes.fromhex(self.likeness.partition(" ")[0])[GLANCE:]


@dataclass(frozen=True)
class StoredTerms:
    """What is stored of an isotope in the open; its fields mean what Isotope's do."""

    name: Text
    family: Text
    family_version: Count
    options: dict[str, PathText]
    alpha: Alpha
    label: Text | None
    decoys: Count
    plan: dict[str, Any]
    created: Time
    beacon_source: Text | None
    beacon: Hexadecimal | None
    commitment: Digest
    source: PathText


@dataclass(frozen=True)
class IsotopeSummary(StoredTerms):
    """What can be shown of an isotope without its key.

    Attributes:
        files: how many pictures are recorded, each once however often it was published.
        marked: how many of them carry the mark.
        last_added: when the last of them was noted; "" if none was.
    """

    files: Count
    marked: Count
    last_added: TimeOrNone

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class ExportedIsotope(StoredTerms):
    """An isotope in an export, with its secrets as hexadecimal digits and its files."""

    root: Key
    salt: Key
    files: list[FileEntry]


def believed(kind: type[T], found: object) -> T:
    """`found` as `kind`, once every field is what it should be.

    Raises:
        ValueError: it isn't; the message names the field, and never shows its value.
    """
    if isinstance(found, Mapping) and not isinstance(found, dict):
        found = {str(name): value for name, value in found.items()}  # a row of SQLAlchemy's
    try:
        return convert(found, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{error!s:.200}") from None


def read_column(text: object) -> Any:
    """The value of a column that holds JSON.

    Raises:
        ValueError: it holds none.
    """
    if not isinstance(text, str | bytes) or len(text) > LONGEST_COLUMN:
        raise ValueError("a column of JSON holds something else")
    return read_json(text)
