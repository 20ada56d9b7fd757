"""The person's own pictures as probes: the originals of what was published with the mark.

The vault recorded which pictures these are when they were marked, so nobody picks them later.
The originals are asked, never the published files: with the mark and with each decoy blended into
the same pixels, so that every draw is treated alike. The effect of saving the published file as
JPEG is left out, for the mark and for all decoys alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from isotopes.canonical import digest_file
from isotopes.errors import FolderError, PhotoError
from isotopes.photos import Fate, read_picture, scan
from isotopes.photos.reading import shrunk
from isotopes.seeds import derive
from isotopes.targets import Picture
from isotopes.targets.answer import picture_digest
from isotopes.vault import FileEntry, Isotope

SIDE = 512  # pixels, the longer side: few models use more, and 200 draws of a photo take time
ENOUGH_TO_TELL = (
    5  # originals that are compared to decide whether a folder is still the one that was marked
)


@dataclass(frozen=True)
class Original:
    """A recorded picture, and where its file is now."""

    path: Path
    entry: FileEntry


@dataclass(frozen=True)
class OwnPictures:
    """The originals that were found.

    Attributes:
        marked, unmarked: those that were published with the mark and those without, by name.
        published: the folder of the published copies; None if nobody says.
    """

    marked: tuple[Original, ...]
    unmarked: tuple[Original, ...] = ()
    published: Path | None = None


@dataclass
class ChosenOwn:
    """Own pictures drawn for a check.

    Attributes:
        marked: originals that are asked with every draw, by the hash of their pixels.
        published: of those in `marked` whose published copy is there: original and copy.
        passed_over: how many were edited since marking, or can't be read.
    """

    marked: dict[str, Picture] = field(default_factory=dict)
    published: list[tuple[Picture, Picture]] = field(default_factory=list)
    passed_over: int = 0


def find_own_pictures(
    isotope: Isotope,
    entries: Iterable[FileEntry],
    folder: Path | None = None,
    published: Path | None = None,
) -> OwnPictures | None:
    """The recorded originals of an isotope, in the folder that was marked or in a named one.

    Args:
        entries: what the vault recorded when they were marked.
        folder: where they lie; None for where each lay then.
        published: where the published copies lie.

    Returns:
        None if no folder is named and none of the originals is where it was.

    Raises:
        FolderError: the named folder can't be listed, or holds none of the originals.
    """
    recorded = sorted(entries, key=lambda entry: entry.name)
    found = _by_name(recorded, folder, isotope.source)
    if folder is not None and not found:
        found = _by_hash(folder, recorded)
        if not found:
            raise FolderError(
                f"{folder} holds none of the originals that were marked for {isotope.name}",
                hint="give the folder that `isotopes mark` read, with the pictures as they were",
            )
    if not found or (folder is None and not any(map(_is_as_it_was, found[:ENOUGH_TO_TELL]))):
        return None
    return OwnPictures(
        tuple(original for original in found if original.entry.marked),
        tuple(original for original in found if not original.entry.marked),
        published,
    )


def choose_own(own: OwnPictures, count: int, seed: bytes) -> ChosenOwn:
    """Draw `count` originals of marked pictures.

    Each picture's position in the order depends only on the seed and its recorded hash, so removing
    other files doesn't change it.

    Raises:
        FolderError: all of them have changed since they were marked.
    """
    chosen = ChosenOwn()
    seen: set[str] = set()
    marked = _readable(own.marked, seed, chosen, seen)
    for original, digest, picture in islice(marked, count):
        chosen.marked[digest] = picture
        copy = _published_copy(own, original)
        if copy is not None:
            chosen.published.append((picture, copy))
    if count and not chosen.marked:
        raise FolderError(
            f"none of {len(own.marked)} originals that were marked is as it was then",
            hint="give the folder with the originals: not the published copies, and no edits",
        )
    return chosen


def _by_name(recorded: Sequence[FileEntry], folder: Path | None, usual: str) -> list[Original]:
    """Those that lie where they lay, or at the same place below `folder`.

    Args:
        usual: where those lay of which the vault doesn't say; "" if that isn't known either.
    """
    found = []
    for entry in recorded:
        place = folder or (Path(entry.folder or usual) if entry.folder or usual else None)
        if place is not None and (place / entry.name).is_file():
            found.append(Original(place / entry.name, entry))
    return found


def _by_hash(folder: Path, recorded: Sequence[FileEntry]) -> list[Original]:
    """Those that are in the folder under other names."""
    wanted = {entry.sha256_before: entry for entry in recorded}
    found = []
    for listed in scan(folder):
        path = folder / listed.name
        if listed.fate is Fate.MARKABLE and (entry := wanted.pop(digest_file(path), None)):
            found.append(Original(path, entry))
    return sorted(found, key=lambda original: original.entry.name)


def _is_as_it_was(original: Original) -> bool:
    try:
        return digest_file(original.path) == original.entry.sha256_before
    except OSError:
        return False


def _readable(
    originals: Sequence[Original], seed: bytes, chosen: ChosenOwn, seen: set[str]
) -> Iterator[tuple[Original, str, Picture]]:
    """Each distinct unchanged picture in the seed's order, with the hash of its pixels."""
    for original in sorted(originals, key=lambda one: _place(one, seed)):
        try:
            usable = _is_as_it_was(original)
            picture = shrunk(read_picture(original.path), SIDE) if usable else None
        except PhotoError:
            picture = None
        if picture is None:
            chosen.passed_over += 1
            continue
        digest = f"sha256:{picture_digest(picture).hex()}"
        if digest not in seen:
            seen.add(digest)
            yield original, digest, picture


def _place(original: Original, seed: bytes) -> bytes:
    return derive(seed, f"isotopes/v1/own-pictures/{original.entry.sha256_before}")


def _published_copy(own: OwnPictures, original: Original) -> Picture | None:
    if own.published is None:
        return None
    path = own.published / original.entry.name
    try:
        published = digest_file(path) == original.entry.sha256_after
        return read_picture(path) if published else None
    except (OSError, PhotoError):
        return None
