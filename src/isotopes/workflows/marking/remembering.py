"""What the vault keeps of a run's pictures, so that each is known again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from isotopes.photos import Entry, Fate, FileOutcome
from isotopes.vault import FileEntry, Known, Vault
from isotopes.vault.terms import utc_now
from isotopes.workflows.marking.published import (
    Publications,
    carries_already,
    find_bare_copies,
    settle,
    shows_marked,
)
from isotopes.workflows.marking.survey import Survey


class Memory:
    """Notes pictures in the vault before they get their names in the output.

    So whatever lies in an output is in the vault, at whatever moment a run is killed. And of two
    runs at once only the first to note a picture publishes it: the second learns of it in the
    transaction in which it would have noted its own.
    """

    def __init__(self, vault: Vault, found: Survey, published: Publications) -> None:
        """Note pictures of this survey; `published` is what was known when they were chosen."""
        self._vault, self._found, self._published = vault, found, published
        self._pictures = pictures_of(found)
        self._company = {name: one.names for one in found.alike for name in one.names}
        self._came: list[Known] = []
        self._left_out: dict[str, str] = {}

    def claim(self, outcomes: Sequence[FileOutcome]) -> Mapping[str, str]:
        """Note files that are about to be published.

        Returns:
            The names of those that must not be, with the reasons, because of what other runs
            published meanwhile. These are not noted.
        """
        if self._came:
            self._leave_out(outcomes)
        while True:
            left = [one for one in outcomes if one.name not in self._left_out]
            came = self._vault.claim_files(self._entries(left), self._published.watch)
            if not came:
                return self._left_out
            self._came += came
            self._leave_out(left)

    def note(self, outcomes: Iterable[FileOutcome]) -> None:
        """Note files that are published already."""
        for isotope, entries in self._entries(outcomes).items():
            self._vault.record_files(isotope, entries)

    def _entries(self, outcomes: Iterable[FileOutcome]) -> dict[str, list[FileEntry]]:
        """By isotope, those of which there are any."""
        outcomes, place = list(outcomes), self._published.place
        found = {
            isotope: file_entries(outcomes, names, self._found.by_name, place)
            for isotope, names in self._pictures.items()
        }
        return {isotope: entries for isotope, entries in found.items() if entries}

    def _leave_out(self, outcomes: Sequence[FileOutcome]) -> None:
        """Find out which of these files the pictures that came forbid, and what goes with them."""
        digests = {one.name: one.before for one in outcomes if one.before is not None}
        now = replace(self._published, known=self._came, digests=digests)
        entries = [self._found.by_name[one.name] for one in outcomes]
        marked = {one.name for one in outcomes if one.fate is Fate.MARKED}
        bare = find_bare_copies(now, entries, marked)
        reasons = {name: shows_marked(owner, "stays unmarked") for name, owner in bare.items()}
        for group in self._found.groups:
            names = digests.keys() & self._pictures[group.name]
            contents = {name: self._found.by_name[name].content for name in names}
            before = settle(now, group.name, contents)
            for name, carries in before.fates.items():
                if carries != (name in marked):
                    reasons[name] = _overtaken(marked=carries)
            for name, owner in before.elsewhere.items():
                reasons[name] = carries_already(owner)
        for name, reason in reasons.items():
            self._left_out.update(dict.fromkeys(self._company.get(name, (name,)), reason))


def _overtaken(*, marked: bool) -> str:
    how = "with" if marked else "without"
    return (
        f"another process published it {how} the mark meanwhile:"
        " two versions would give the mark away"
    )


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
