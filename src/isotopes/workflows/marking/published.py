"""What the vault knows of pictures that come again: published once, a picture keeps its fate.

A picture that was published without the mark and is marked later gives the mark away: it is what
the two differ in. So does one that is published with the marks of two isotopes. That holds whatever
the files are called now, wherever they lie, and whatever is added to the folder or taken out of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from isotopes.canonical import digest_file
from isotopes.photos import Entry, Fate
from isotopes.vault import FileEntry, Isotope, Vault
from isotopes.vault.terms import storable

READERS = 4


@dataclass(frozen=True)
class Settled:
    """What was settled before for pictures of a folder.

    Attributes:
        fates: of those that the isotope may use, whether they carry its mark.
        elsewhere: of those that must not be marked again, the isotope whose mark they carry: as
            the marked copy itself, or as an original that was published with another isotope.
        edited: those that were published from an earlier version of the file.
        gone: names of published pictures that are not in the folder any more.
    """

    fates: Mapping[str, bool] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    edited: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def settle(
    vault: Vault,
    isotope: Isotope,
    folder: Path,
    names: Iterable[str],
    *,
    same_folder: bool,
    unpublished: Collection[str] = (),
) -> Settled:
    """What the vault knows of these pictures.

    A file is known by its bytes; in the folder that the isotope was made for also by its name, and
    was edited then.

    Args:
        names: of pictures below `folder` that can be marked.
        same_folder: is it the folder that the isotope was made for?
        unpublished: isotopes of which nothing was ever published.

    Raises:
        VaultError: the vault can't be read.
    """
    known = [one for one in vault.known_pictures() if one[0] not in unpublished]
    if not known:
        return Settled()
    digests = _digests(folder, names)
    by_digest: dict[str, list[tuple[str, FileEntry]]] = defaultdict(list)
    for owner, entry in known:
        for sha256 in {entry.sha256_before, entry.sha256_after}:
            by_digest[sha256].append((owner, entry))
    own = [entry for owner, entry in known if owner == isotope.name]
    by_name = {entry.name: entry for entry in own} if same_folder else {}
    fates: dict[str, bool] = {}
    elsewhere: dict[str, str] = {}
    edited = []
    for name, sha256 in digests.items():
        found = by_digest.get(sha256, [])
        if not found and (earlier := by_name.get(storable(name))) is not None:
            edited.append(name)
            found = [(isotope.name, earlier)]
        others = [
            owner
            for owner, entry in found
            if entry.marked and (owner != isotope.name or entry.sha256_after == sha256)
        ]
        if others:
            elsewhere[name] = others[0]
        elif found:
            # If it was published both ways, it is not marked once more.
            fates[name] = all(entry.marked for _, entry in found)
    present = {storable(name) for name in digests}
    here = {entry.name for entry in own if entry.sha256_before in digests.values()}
    gone = tuple(sorted(by_name.keys() - present - here))
    return Settled(fates, elsewhere, tuple(sorted(edited)), gone)


def without_published(entries: Iterable[Entry], settled: Iterable[Settled]) -> list[Entry]:
    """The entries, without pictures that carry a mark already."""
    elsewhere = {name: owner for before in settled for name, owner in before.elsewhere.items()}
    return [
        replace(
            entry,
            fate=Fate.SKIPPED,
            reason=f"it is published with the mark of {elsewhere[entry.name]!r} already: two"
            " versions would give the mark away",
        )
        if entry.name in elsewhere
        else entry
        for entry in entries
    ]


def _digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The files' hashes; what can't be read is left to the run, which tells why."""

    def read(name: str) -> tuple[str, str | None]:
        try:
            return name, digest_file(folder / name)
        except OSError:
            return name, None

    with ThreadPoolExecutor(READERS) as pool:
        return {name: sha256 for name, sha256 in pool.map(read, names) if sha256 is not None}
