"""Mark a folder: isotopes go into the vault first, then pictures are written.

The order matters. The marks are drawn and the output folder is looked into first, so that no key
is left over from a run that could write nothing. Then the keys, the commitments and with them the
choice of pictures are stored, all or none, before the first picture is written: a run killed at
any moment can be finished by running it again, and nothing is ever published under a key that the
vault doesn't hold.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from isotopes.errors import FolderError, MarkError, VaultError
from isotopes.marks import Family, Mark, get_family
from isotopes.marks.families.tints import Tints
from isotopes.photos import (
    COLOUR_ALONE,
    Entry,
    Fate,
    MarkSummary,
    Outcome,
    Strip,
    check_folders,
    choose,
    mark_photos,
    plan_jobs,
    scan,
)
from isotopes.photos.run.engine import Progress
from isotopes.vault import DECOYS, FileEntry, Isotope, Receipt, Vault, clean_name, new_isotope
from isotopes.vault.terms import check_terms, storable, utc_now
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.published import Settled, settle, without_published

DEFAULT_FAMILY = "tints"
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
        share: of the pictures that can be marked; `count` instead where it is given.
        label: what the person expects a model to call these pictures, if they know.
        per_folder: each sub-folder of `source` gets an isotope of its own, called after it.
        strip: metadata to leave out of every written picture.
        decoys: how many decoys are committed with the mark.
        plan: how it will be tested, to be committed to.
        adds: the isotope is in the vault already and gets another folder (`request_more`).
        beacon: the value that an isotope in the vault waits for.
        unpublished: isotopes of which no picture was ever published, so that what they were put
            into may be marked anew.
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
    strip: Strip = None
    decoys: int = DECOYS
    plan: Mapping[str, Any] = field(default_factory=committed_terms)
    adds: bool = False
    beacon: bytes | None = None
    unpublished: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Group:
    """The pictures that share an isotope.

    Attributes:
        name: of the isotope.
        folder: the sub-folder, "" for the whole input.
        markable: names of the pictures that can be marked.
        count: how many of them will be.
    """

    name: str
    folder: str
    markable: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Survey:
    """What marking would do, before anything is written: what `--dry-run` shows.

    Attributes:
        entries: everything that lies in the input folder.
        groups: one for each isotope.
    """

    entries: tuple[Entry, ...]
    groups: tuple[Group, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "isotopes": [
                {"name": g.name, "pictures": len(g.markable), "marked": g.count}
                for g in self.groups
            ],
            "files": [
                {"name": e.name, "fate": e.fate.value, "reason": e.reason} for e in self.entries
            ],
        }


@dataclass(frozen=True)
class Marked:
    """What marking did.

    Attributes:
        summary: file by file and in numbers.
        receipts: of each isotope's commitment, by name.
        edited: names of pictures that were published from an earlier version of the file.
        gone: names of published pictures that are not in the folder any more.
    """

    summary: MarkSummary
    receipts: Mapping[str, Receipt]
    edited: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def too_grey(self) -> int:
        """How many pictures stayed unmarked because they are grey and the mark is colour alone."""
        return sum(outcome.reason == COLOUR_ALONE for outcome in self.summary.outcomes)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        receipts = {name: receipt.to_dict() for name, receipt in self.receipts.items()}
        return {
            **self.summary.to_dict(),
            "isotopes": receipts,
            "edited": list(self.edited),
            "gone": list(self.gone),
        }


def survey(request: MarkRequest) -> Survey:
    """Look at the input folder and fix how many pictures of which group will be marked.

    Raises:
        FolderError: a folder that can't serve, nothing to mark, share or count out of range.
        VaultError: an alpha or a label that can't be.
        MarkError: a family or an option that does not exist, no decoys, or more than it holds.
    """
    check_folders(request.source, request.output)
    _check_decoys(request.decoys)
    family = get_family(request.family, request.options)
    check_terms(family, request.alpha, request.label, request.decoys)
    entries = scan(request.source)
    by_folder: dict[str, list[str]] = {}
    for entry in entries:
        if entry.fate is Fate.MARKABLE:
            folder, slash, _ = entry.name.partition("/")
            by_folder.setdefault(folder if slash else "", []).append(entry.name)
    if request.per_folder:
        by_folder.pop("", None)  # what lies beside the sub-folders belongs to none of them
        if not by_folder:
            raise FolderError(
                f"--per-folder needs sub-folders with pictures, got none in {request.source}"
            )
        grouped = {f"{request.name}/{folder}": (folder, n) for folder, n in by_folder.items()}
    else:
        grouped = {request.name: ("", [name for names in by_folder.values() for name in names])}
    # Only how many is told here: which ones is for the key to say.
    groups = tuple(
        Group(clean_name(name), folder, tuple(names), len(_choose(names, bytes(32), request)))
        for name, (folder, names) in grouped.items()
    )
    return Survey(tuple(entries), groups)


def mark_folder(
    request: MarkRequest,
    vault: Vault,
    found: Survey,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Marked:
    """Do what the survey said; a run that was interrupted is finished by asking for the same.

    Raises:
        VaultError: an isotope of that name was made for something else.
        WrongPassphrase: the vault is sealed with another one.
        MarkError: the mark can't be drawn.
        FolderError: see `photos.mark_photos`.
    """
    isotopes = _isotopes(request, vault, found.groups)
    marks: dict[str, Mark] = {}
    settled = []
    for group, isotope in zip(found.groups, isotopes, strict=True):
        before = settle(
            vault,
            isotope,
            request.source,
            group.markable,
            same_folder=isotope.source == _source(request, group),
            unpublished=request.unpublished,
        )
        chosen = _choose(group.markable, isotope.choice_key(), request, before)
        _check_something_new(isotope, vault, before, chosen)
        marks.update(dict.fromkeys(chosen, isotope.mark()))
        settled.append(before)
    jobs, left_out = plan_jobs(
        without_published(found.entries, settled),
        request.source,
        request.output,
        marks,
        alpha=request.alpha,
        strip=request.strip,
    )
    summary = mark_photos(
        jobs,
        output=request.output,
        journal=_journal(vault, request.output),
        left_out=left_out,
        workers=workers,
        progress=progress,
        begin=lambda: vault.merge([(isotope, ()) for isotope in isotopes]),
    )
    for group in found.groups:
        vault.record_files(group.name, _file_entries(summary.outcomes, group))
    return Marked(
        summary,
        {isotope.name: isotope.receipt() for isotope in isotopes},
        tuple(name for before in settled for name in before.edited),
        tuple(name for before in settled for name in before.gone),
    )


def _choose(
    names: Sequence[str], key: bytes, request: MarkRequest, before: Settled | None = None
) -> frozenset[str]:
    """Those that were marked before, and as many new ones as are missing from share or count."""
    if request.count is not None:
        wanted = choose(names, key, count=request.count)
    else:
        wanted = choose(names, key, share=request.share)
    if before is None or not (before.fates or before.elsewhere):
        return wanted
    marked = frozenset(name for name, carries in before.fates.items() if carries)
    new = [name for name in names if name not in before.fates and name not in before.elsewhere]
    missing = min(len(wanted) - len(marked), len(new))
    return marked | choose(new, key, count=missing) if missing > 0 else marked


def _check_something_new(
    isotope: Isotope, vault: Vault, before: Settled, chosen: frozenset[str]
) -> None:
    """A new isotope that marks nothing would only leave a key behind."""
    if chosen or isotope.name in vault.names():
        return
    owners = sorted(set(before.elsewhere.values()))
    name = shlex.quote(owners[0] if owners else "NAME")
    raise FolderError(
        f"no picture is left to mark as {isotope.name!r}: {len(before.elsewhere)} carry the mark of"
        f" another isotope ({', '.join(owners) or 'none'}) and {len(before.fates)} were published"
        " without a mark",
        hint=f"`--add-to {name}` marks new pictures with it. If none of its pictures was ever"
        f" published, `--unpublished {name}` marks them anew",
    )


def _source(request: MarkRequest, group: Group) -> str:
    return storable(str(request.source.resolve() / group.folder))


def _check_decoys(decoys: int) -> None:
    if decoys < 1:
        raise MarkError(
            f"a mark must be committed with at least 1 decoy, got {decoys}",
            hint="a check tells the mark from chance by its decoys:"
            f" leave --decoys out for {DECOYS}",
        )


def _isotopes(request: MarkRequest, vault: Vault, groups: Iterable[Group]) -> list[Isotope]:
    """Those that an earlier run left in the vault, and new ones, which are not in it yet."""
    known = set(vault.names())
    family = get_family(request.family, request.options)
    isotopes = []
    for group in groups:
        source = _source(request, group)
        if group.name in known:
            isotope = vault.get(group.name)
            if request.beacon is not None:
                isotope = isotope.with_beacon(request.beacon)
            _check_same_terms(isotope, family, request, source)
        else:
            isotope = new_isotope(
                group.name,
                family,
                request.alpha,
                label=request.label,
                decoys=request.decoys,
                plan=request.plan,
                source=source,
            )
        isotopes.append(isotope)
    return isotopes


def _check_same_terms(isotope: Isotope, family: Family, request: MarkRequest, source: str) -> None:
    terms = {
        "folder": (isotope.source, isotope.source if request.adds else source),
        "family": (isotope.family, family.name),
        "options": (dict(isotope.options), family.pinned_options()),
        "alpha": (isotope.alpha, request.alpha),
        "label": (isotope.label, request.label),
        "decoys": (isotope.decoys, request.decoys),
        "test": (dict(isotope.plan), dict(request.plan)),
    }
    for term, (recorded, asked) in terms.items():
        if recorded != asked:
            raise VaultError(
                f"an isotope called {isotope.name!r} was made with another {term}:"
                f" {recorded}, now {asked}",
                hint=_what_was_meant(isotope, term),
            )


def _what_was_meant(isotope: Isotope, term: str) -> str:
    if term == "folder":
        return (
            f"`--add-to {shlex.quote(isotope.name)}` marks another folder with it, or choose --name"
        )
    return "choose another --name, or repeat the command that made it to finish its run"


def _journal(vault: Vault, output: Path) -> Path:
    """Of runs into `output`: beside the vault's file, else in the data folder."""
    place = hashlib.sha256(str(output.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
    path = vault.location.path
    beside = user_data_path("isotopes") if path is None else path.parent
    return beside / "journals" / f"{place[:32]}.sqlite"


def _file_entries(outcomes: Iterable[Outcome], group: Group) -> list[FileEntry]:
    """What the vault keeps of the group's pictures that were written."""
    names = set(group.markable)
    return [
        FileEntry(found.name, found.before, found.after, found.fate is Fate.MARKED, added=utc_now())
        for found in outcomes
        if found.name in names and found.before and found.after
    ]
