"""What the vault keeps of a run's pictures, so that each is known again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath

from isotopes.photos import Content, Fate, FileOutcome
from isotopes.vault import FileEntry
from isotopes.vault.terms import utc_now
from isotopes.workflows.marking.survey import Survey


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
        if entry.content is not None and entry.name not in known:
            parent = str(PurePosixPath(entry.name).parent)
            pictures[owners.get("" if parent == "." else parent, first)].add(entry.name)
    return pictures


def file_entries(
    outcomes: Iterable[FileOutcome],
    names: Collection[str],
    contents: Mapping[str, Content | None],
    folder: str,
) -> list[FileEntry]:
    """What the vault keeps of the pictures that were written, from the folder at this path."""
    return [
        FileEntry(
            found.name,
            found.before,
            found.after,
            found.fate is Fate.MARKED,
            pixels=content.pixels if content else "",
            likeness=content.glance.hex() if content and content.glance else "",
            added=utc_now(),
            folder=folder,
        )
        for found in outcomes
        if found.name in names and found.before and found.after
        for content in [contents.get(found.name)]
    ]
