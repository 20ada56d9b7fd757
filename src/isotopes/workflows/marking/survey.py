"""What marking would do, found out before anything is written: what `--dry-run` shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from isotopes.defaults import DECOYS
from isotopes.errors import FolderError, MarkError
from isotopes.marks import Family, get_family
from isotopes.photos import (
    COLOUR_ALONE,
    Alike,
    Choice,
    Entry,
    Fate,
    Progress,
    Sibling,
    WorkerLimits,
    Workers,
    check_folders,
    choose,
    count_workers,
    find_siblings,
    group_alike,
    list_files,
    look_through,
)
from isotopes.vault import clean_name
from isotopes.vault.terms import check_terms
from isotopes.workflows.marking.request import MarkRequest


@dataclass(frozen=True)
class Group:
    """The pictures that share an isotope.

    Attributes:
        name: of the isotope.
        folder: the sub-folder, "" for the whole input.
        alike: the pictures that can be marked; those that show the same are together.
        count: how many of them will be marked; the key may take a few more or less.
        known_again: whether the isotope was found by the pictures, not by its name.
    """

    name: str
    folder: str
    alike: tuple[Alike, ...]
    count: int
    known_again: bool = False

    @property
    def markable(self) -> tuple[str, ...]:
        """Names of the pictures that can be marked, sorted."""
        return tuple(sorted(name for one in self.alike for name in one.names))


@dataclass(frozen=True)
class Survey:
    """What lies in the input folder, and what would become of it.

    Attributes:
        entries: everything that lies there.
        groups: one for each isotope.
        siblings: files that may show a picture without its mark.
    """

    entries: tuple[Entry, ...]
    groups: tuple[Group, ...]
    siblings: tuple[Sibling, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Entry]:
        """The entries by name."""
        return {entry.name: entry for entry in self.entries}

    @property
    def alike(self) -> tuple[Alike, ...]:
        """Pictures that show the same as others."""
        return tuple(one for group in self.groups for one in group.alike if one.bonds)

    @property
    def published(self) -> frozenset[str]:
        """Names of the files that will be in the output."""
        out = {Fate.SKIPPED, Fate.UNREADABLE}
        return frozenset(entry.name for entry in self.entries if entry.fate not in out)

    @property
    def fates(self) -> tuple[tuple[str, Fate, str], ...]:
        """Name, fate as far as it is known, and reason of everything that lies there."""
        return tuple(
            (e.name, Fate.COPIED if e.reason and e.fate is Fate.MARKABLE else e.fate, e.reason)
            for e in self.entries
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "isotopes": [
                {"name": g.name, "pictures": len(g.markable), "marked": g.count}
                for g in self.groups
            ],
            "files": [
                {"name": name, "fate": fate.value, "reason": reason}
                for name, fate, reason in self.fates
            ],
            **describe_company(self),
        }


def describe_company(found: Survey) -> dict[str, Any]:
    """Which files show the same as others, as JSON types."""
    return {
        "alike": [
            {"names": [*one.names, *one.bare], "why": sorted(one.bonds), "unmarked": one.obstacle}
            for one in found.alike
        ],
        "siblings": [
            {"name": s.name, "picture": s.picture, "kind": s.kind} for s in found.siblings
        ],
    }


def open_workers(
    request: MarkRequest,
    limits: WorkerLimits | None = None,
    count: int | None = None,
    *,
    polite: bool = False,
) -> Workers:
    """The processes to mark this folder with, as a context manager.

    Args:
        limits: what one picture may take of the machine.
        count: how many; as many as are worth starting unless given.
        polite: whether they leave the processor to other processes that want it.

    Raises:
        FolderError: a folder that can't serve.
    """
    check_folders(request.source, request.output)
    files = len(list_files(request.source, request.only).names)
    return Workers(count_workers(files) if count is None else count, limits, polite=polite)


def survey(request: MarkRequest, workers: Workers, progress: Progress | None = None) -> Survey:
    """Look at all pictures and fix how many of which group will be marked.

    Raises:
        FolderError: a folder that can't serve, share or count out of range.
        VaultError: an alpha or a label that can't be.
        MarkError: a family or an option that does not exist, no decoys, or more than it holds.
    """
    check_folders(request.source, request.output)
    _check_decoys(request.decoys)
    family = get_family(request.family, request.options)
    check_terms(family, request.alpha, request.label, request.decoys)
    entries = look_through(request.source, workers, only=request.only, progress=progress)
    siblings = _siblings(entries)
    if request.skip_siblings:
        entries = _without(entries, siblings)
    alike = _group(entries, family)
    if request.skip_siblings and any(one.bare for one in alike):
        entries = _without_bare(entries, alike)
        alike = _group(entries, family)
    entries = _with_obstacles(entries, alike)
    groups = [
        _with_count(request, name, folder, members)
        for (name, folder), members in _by_isotope(request, alike)
    ]
    return Survey(tuple(entries), tuple(groups), tuple(siblings))


def choose_for(
    request: MarkRequest,
    alike: Sequence[Alike],
    key: bytes,
    settled: Mapping[str, bool] | None = None,
) -> Choice:
    """Which of these pictures carry the mark; see `photos.choose`."""
    share = None if request.count is not None else request.share
    return choose(alike, key, share=share, count=request.count, settled=settled)


def _group(entries: Iterable[Entry], family: Family) -> list[Alike]:
    """What lies there and isn't left out, in groups of pictures that show the same."""
    there = [entry for entry in entries if entry.fate is not Fate.SKIPPED]
    alike = group_alike(
        {entry.name: entry.content for entry in there if entry.content is not None},
        {entry.name for entry in there if entry.fate is not Fate.MARKABLE},
        {entry.name: entry.further for entry in there if entry.further},
    )
    return _with_greys_set_apart(alike, there, family)


def _with_count(request: MarkRequest, name: str, folder: str, alike: Sequence[Alike]) -> Group:
    # Only the approximate number: which ones depends on the key.
    count = len(choose_for(request, alike, bytes(32)).marked)
    return Group(clean_name(name), folder, tuple(alike), count)


def _by_isotope(
    request: MarkRequest, alike: Sequence[Alike]
) -> list[tuple[tuple[str, str], Sequence[Alike]]]:
    """Name and folder of each isotope, with its pictures.

    Pictures that show the same share an isotope, that of the first of them. A folder without a
    picture that can be marked has none.
    """
    if not request.per_folder:
        return [((request.name, ""), alike)]
    folders: dict[str, list[Alike]] = {}
    for one in alike:
        parent = str(PurePosixPath(one.names[0]).parent)
        folders.setdefault("" if parent == "." else parent, []).append(one)
    if not folders.keys() - {""}:
        raise FolderError(
            f"--per-folder needs sub-folders with pictures, got none in {request.source}"
        )
    return [
        ((f"{request.name}/{folder}" if folder else request.name, folder), members)
        for folder, members in folders.items()
        if not all(one.obstacle for one in members)
    ]


def _siblings(entries: Iterable[Entry]) -> list[Sibling]:
    pictures, others = [], {}
    for entry in entries:
        if entry.fate is Fate.MARKABLE:
            pictures.append(entry.name)
        elif entry.fate is Fate.COPIED and (entry.content is None or entry.holds):
            others[entry.name] = entry.holds
    return find_siblings(pictures, others)


def _without(entries: Iterable[Entry], siblings: Iterable[Sibling]) -> list[Entry]:
    """The entries, siblings left out: all of them, as a gap would show which picture is marked."""
    kinds = {sibling.name: sibling for sibling in siblings}
    return [
        entry.skipped(_name_sibling(found)) if (found := kinds.get(entry.name)) else entry
        for entry in entries
    ]


def _without_bare(entries: Iterable[Entry], alike: Iterable[Alike]) -> list[Entry]:
    """The entries, without copies that can't be marked of pictures that can."""
    shown = {name: one.names[0] for one in alike for name in one.bare}
    return [
        entry.skipped(f"shows the same as {shown[entry.name]} and can't be marked")
        if entry.name in shown
        else entry
        for entry in entries
    ]


def _name_sibling(found: Sibling) -> str:
    picture = PurePosixPath(found.picture).name
    return f"{found.kind}: may show {picture or 'a marked picture'} without the mark"


def _with_greys_set_apart(
    alike: Iterable[Alike], entries: Iterable[Entry], family: Family
) -> list[Alike]:
    """The groups, where the marks are colour alone: nothing of such a mark is left in grey.

    A group without colour stays unmarked as a whole. Grey copies of coloured pictures are among
    those that can't be marked, and their coloured copies stay unmarked with them.
    """
    # What holds for one draw of a family holds for all.
    if not family.draw(bytes(32), 0).colour_only:
        return list(alike)
    coloured = {entry.name for entry in entries if entry.content and entry.content.coloured}
    return [_with_grey_apart(one, coloured) for one in alike]


def _with_grey_apart(one: Alike, coloured: Collection[str]) -> Alike:
    kept = tuple(name for name in one.names if name in coloured)
    if not kept:
        return replace(one, unfit=COLOUR_ALONE)
    grey = tuple(name for name in one.names if name not in coloured)
    return replace(one, names=kept, bare=(*grey, *one.bare)) if grey else one


def _with_obstacles(entries: Iterable[Entry], alike: Iterable[Alike]) -> list[Entry]:
    reasons = {name: one.obstacle for one in alike for name in one.names if one.obstacle}
    return [replace(entry, reason=reasons.get(entry.name, entry.reason)) for entry in entries]


def _check_decoys(decoys: int) -> None:
    if decoys < 1:
        raise MarkError(
            f"a mark must be committed with at least 1 decoy, got {decoys}",
            hint="a check separates the mark from chance by its decoys:"
            f" leave --decoys out for {DECOYS}",
        )
