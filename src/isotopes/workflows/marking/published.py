"""What the vault knows of pictures that come again: published once, a picture keeps its fate.

A picture that was published without the mark and is marked later gives the mark away: it is what
the two differ in. So does one that is published with the marks of two isotopes. That holds whatever
the files are called now, wherever they lie, and whatever is added to the folder or taken out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

from isotopes.canonical import digest_file
from isotopes.errors import MarkError, VaultError
from isotopes.marks import Mark
from isotopes.photos import Content, Entry, Fate, carries_mark
from isotopes.vault import Known, Vault, Watch
from isotopes.vault.terms import storable
from isotopes.workflows.marking.recognition import (
    Earlier,
    Way,
    comparable,
    find_earlier,
)

READERS = 4


@dataclass(frozen=True)
class Settled:
    """What was settled before for pictures of a folder.

    Attributes:
        fates: of those that the isotope may use, whether they carry its mark.
        elsewhere: of those that must not be marked again, the isotope whose mark they carry: as
            the marked copy itself, or as an original that was published with another isotope.
        edited: those of which another version was published.
        gone: names of published pictures that are not in the folder any more.
    """

    fates: Mapping[str, bool] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    edited: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Publications:
    """What is known of a folder's pictures before any is marked.

    Attributes:
        known: every picture that was published, with its isotope's name.
        watch: tells of those that are recorded later.
        digests: ``sha256:...`` of the folder's files, by name, as far as they can be read.
        place: the folder's path as the vault keeps it.
        mark_of: the mark of the isotope with this name, and its visibility; None if it can't be
            drawn.
    """

    known: Sequence[Known]
    watch: Watch = field(repr=False)
    digests: Mapping[str, str]
    place: str
    mark_of: Callable[[str], tuple[Mark, float] | None] = field(repr=False)

    @staticmethod
    def look_up(
        vault: Vault, folder: Path, entries: Iterable[Entry], unpublished: Collection[str] = ()
    ) -> Publications:
        """What the vault says of the pictures in this folder.

        Args:
            unpublished: isotopes of which nothing was ever published.

        Raises:
            VaultError: the vault can't be read.
        """
        watch = vault.watch_pictures()
        known = [one for one in watch.known if one[0] not in unpublished]
        names = [entry.name for entry in entries if entry.shown] if known else []
        mark_of = cache(partial(_mark_of, vault))
        return Publications(known, watch, _digests(folder, names), path_of(folder), mark_of)


def settle(
    published: Publications,
    isotope: str,
    contents: Mapping[str, Content | None],
    *,
    there: Collection[str] = (),
) -> Settled:
    """What the vault knows of these pictures.

    A picture is recognised by its bytes or by what it shows. In a folder that was marked with the
    isotope before, it is also recognised by its name; then it was edited.

    Args:
        isotope: the name of the one that they shall be marked with.
        contents: what the pictures show, by their names below the folder; None if that is
            unknown.
        there: names of all files below the folder, those that can't be marked among them.
    """
    known = published.known
    if not known:
        return Settled()
    digests = {name: published.digests[name] for name in contents if name in published.digests}
    shown = {name: content for name, content in contents.items() if content is not None}
    own = [entry for owner, entry in known if owner == isotope]
    by_name = {
        comparable(entry.name): (isotope, entry) for entry in own if entry.folder == published.place
    }
    fates: dict[str, bool] = {}
    elsewhere: dict[str, str] = {}
    edited = []
    for name, earlier in find_earlier(known, digests, shown, by_name).items():
        found = [_told_apart(one, shown.get(name), published) for one in earlier]
        others = [one.owner for one in found if _is_elsewhere(one, isotope)]
        if others:
            elsewhere[name] = others[0]
            continue
        # If it was published both ways, it is not marked once more.
        fates[name] = all(one.entry.marked for one in found)
        if any(one.way is Way.EDIT for one in found):
            edited.append(name)
    present = {comparable(name) for name in (*there, *digests)}
    pixels = {content.pixels for content in shown.values()}
    here = {
        comparable(entry.name)
        for entry in own
        if entry.sha256_before in digests.values() or entry.pixels in pixels
    }
    gone = tuple(sorted(by_name.keys() - present - here))
    return Settled(fates, elsewhere, tuple(sorted(edited)), gone)


def find_bare_copies(
    published: Publications, entries: Iterable[Entry], chosen: Collection[str]
) -> dict[str, str]:
    """Names of files that stay unmarked and show a picture that is published with a mark.

    Those that were published themselves keep their fate. The values are the isotopes' names.

    Args:
        chosen: names of those that carry the mark, and so hold no other picture any more.
    """
    marked = [one for one in published.known if one[1].marked]
    if not marked:
        return {}
    # Each picture under a name of its own, as a file may show several.
    files, pictures = {}, {}
    for entry in entries:
        for at, content in enumerate(() if entry.name in chosen else _shown_bare(entry)):
            key = f"{at} {entry.name}"
            files[key], pictures[key] = entry.name, content
    digests = {key: published.digests.get(name, "") for key, name in files.items()}
    before = {entry.sha256_before for _, entry in published.known}
    return {
        files[key]: found[0].owner
        for key, found in find_earlier(marked, digests, pictures, {}).items()
        if digests[key] not in before
    }


def _shown_bare(entry: Entry) -> tuple[Content, ...]:
    """What the file shows if it stays as it is; `settle` knows pictures that can be marked."""
    return entry.further if entry.fate is Fate.MARKABLE else entry.shown


def path_of(folder: Path) -> str:
    """A folder as the vault keeps it: its whole path."""
    return storable(str(folder.resolve()))


def _told_apart(earlier: Earlier, content: Content | None, published: Publications) -> Earlier:
    """The same, as the published copy if this is a copy of that, re-encoded or edited."""
    colours, entry = content.colours if content else None, earlier.entry
    if not (entry.marked and entry.colours and colours and earlier.way in {Way.COPY, Way.EDIT}):
        return earlier
    drawn = published.mark_of(earlier.owner)
    if drawn is None or not carries_mark(colours, entry.colours, *drawn):
        return earlier
    return replace(earlier, way=Way.PUBLISHED)


def _mark_of(vault: Vault, name: str) -> tuple[Mark, float] | None:
    try:
        isotope = vault.get(name)
        return isotope.mark(), isotope.alpha
    except (VaultError, MarkError):  # damaged, without its beacon, or of a pool that is not here
        return None


def _is_elsewhere(earlier: Earlier, isotope: str) -> bool:
    """Whether marking the picture now would give away the mark of the earlier one."""
    if not earlier.entry.marked:
        return False
    return earlier.owner != isotope or earlier.way in {Way.PUBLISHED, Way.PART, Way.TURNED}


def without_published(
    entries: Iterable[Entry], settled: Iterable[Settled], bare: Mapping[str, str]
) -> list[Entry]:
    """The entries, without pictures that carry a mark already, and `find_bare_copies` of such."""
    elsewhere = {name: owner for before in settled for name, owner in before.elsewhere.items()}
    left = []
    for entry in entries:
        if entry.name in elsewhere:
            reason = carries_already(elsewhere[entry.name])
        elif entry.name in bare:
            why = "stays unmarked" if entry.fate is Fate.MARKABLE else "can't be marked"
            reason = shows_marked(bare[entry.name], why)
        else:
            left.append(entry)
            continue
        left.append(entry.skipped(reason))
    return left


def carries_already(owner: str) -> str:
    """Why a picture is left out that carries the mark of this isotope."""
    return (
        f"it is published with the mark of {owner!r} already: two versions would give the mark away"
    )


def shows_marked(owner: str, why: str) -> str:
    """Why a file is left out that shows a picture with the mark of this isotope, but has none."""
    return f"it shows a picture that is published with the mark of {owner!r}, and {why}"


def _digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The files' hashes; what can't be read is left to the run, which says why."""

    def read(name: str) -> tuple[str, str | None]:
        try:
            return name, digest_file(folder / name)
        except OSError:
            return name, None

    with ThreadPoolExecutor(READERS) as pool:
        return {name: sha256 for name, sha256 in pool.map(read, names) if sha256 is not None}
