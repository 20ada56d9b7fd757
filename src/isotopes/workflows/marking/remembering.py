"""What the vault keeps of a run's pictures, so that each is known again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath

from isotopes.photos import Entry, Fate, FileOutcome
from isotopes.vault import FileEntry, Vault
from isotopes.vault.terms import utc_now
from isotopes.workflows.marking.survey import Survey

BATCH = 64  # files: so many at most are not noted if the process is killed


class Memory:
    """Notes in the vault what was written, while a run is going on.

    An interrupted run leaves marked pictures behind. They may be published, so no other isotope may
    mark them later.
    """

    def __init__(self, vault: Vault, found: Survey, folder: str) -> None:
        """Keep notes on the pictures of this survey of the folder at this path."""
        self._vault, self._found, self._folder = vault, found, folder
        self._pictures = pictures_of(found)
        self._waiting: list[FileOutcome] = []

    def add(self, outcome: FileOutcome) -> None:
        """Note one file, now or a little later."""
        self._waiting.append(outcome)
        if len(self._waiting) >= BATCH:
            self.write()

    def write(self, outcomes: Iterable[FileOutcome] = ()) -> None:
        """Note all that is waiting, and these."""
        noted, self._waiting = [*self._waiting, *outcomes], []
        for name, pictures in self._pictures.items() if noted else ():
            entries = file_entries(noted, pictures, self._found.by_name, self._folder)
            self._vault.record_files(name, entries)


def pictures_of(found: Survey) -> dict[str, set[str]]:
    """The pictures to remember for each isotope, by its name: those of its folder.

    Those that can't be marked are among them. They are published all the same, and a later copy
    of one must not be marked.
    """
    known = {name for group in found.groups for name in group.markable}
    pictures = {group.name: set(group.markable) for group in found.groups}
    owners = {group.folder: group.name for group in found.groups}
    first = found.groups[0].name
    for entry in found.entries:
        if entry.shown and entry.name not in known:
            parent = str(PurePosixPath(entry.name).parent)
            pictures[owners.get("" if parent == "." else parent, first)].add(entry.name)
    return pictures


def file_entries(
    outcomes: Iterable[FileOutcome],
    names: Collection[str],
    entries: Mapping[str, Entry],
    folder: str,
) -> list[FileEntry]:
    """What the vault keeps of the pictures that were written, from the folder at this path.

    Args:
        entries: what was found in the folder, by name.
    """
    return [
        FileEntry(
            found.name,
            found.before,
            found.after,
            found.fate is Fate.MARKED,
            pixels=entry.content.pixels if entry.content else "",
            likeness=_likeness(entry, marked=found.fate is Fate.MARKED),
            added=utc_now(),
            folder=folder,
        )
        for found in outcomes
        if found.name in names and found.before and found.after
        for entry in [entries[found.name]]
    ]


def _likeness(entry: Entry, *, marked: bool) -> str:
    """Of all that the published file shows; a marked one has no thumbnail of the original left."""
    shown = entry.shown[:1] if marked else entry.shown
    glances = list(dict.fromkeys(one.glance.hex() for one in shown if one.glance))
    if glances and shown[0].glance and shown[0].colours:
        glances[0] += shown[0].colours.hex()
    return " ".join(glances)
