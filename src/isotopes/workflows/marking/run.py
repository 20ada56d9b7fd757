"""Mark a folder: isotopes go into the vault first, then pictures are written.

The order matters. The marks are drawn and the output folder is looked into first, so that no key
is left over from a run that could write nothing. Then the keys, the commitments and with them the
choice of pictures are stored, all or none, before the first picture is written: a run killed at
any moment can be finished by running it again, and nothing is ever published under a key that the
vault doesn't hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from isotopes.errors import FolderError, VaultError
from isotopes.hints import quoted
from isotopes.marks import Family, Mark, get_family
from isotopes.photos import (
    COLOUR_ALONE,
    Choice,
    Content,
    Entry,
    Fate,
    MarkSummary,
    Progress,
    Workers,
    mark_photos,
    marked_before,
    plan_jobs,
)
from isotopes.vault import Isotope, Receipt, Vault
from isotopes.vault.damage import find_damaged
from isotopes.vault.terms import storable
from isotopes.workflows.marking.beside import beside_vault
from isotopes.workflows.marking.published import Settled, path_of, settle, without_published
from isotopes.workflows.marking.remembering import file_entries, pictures_of
from isotopes.workflows.marking.request import MarkRequest
from isotopes.workflows.marking.survey import Group, Survey, choose_for, describe_company


@dataclass(frozen=True, repr=False)
class Marked:
    """What marking did.

    Attributes:
        summary: file by file and in numbers.
        receipts: of each isotope's commitment, by name.
        found: what lies in the input folder.
        edited: names of pictures that were published from an earlier version of the file.
        gone: names of published pictures that are not in the folder any more.
        damaged: isotopes in the vault, of any age, whose keys can't be read any more.
    """

    summary: MarkSummary
    receipts: Mapping[str, Receipt]
    found: Survey
    edited: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Marked {', '.join(self.receipts)}: {self.summary}>"

    @property
    def too_grey(self) -> int:
        """How many pictures stayed unmarked because they are grey and the mark is colour alone."""
        return sum(outcome.reason == COLOUR_ALONE for outcome in self.summary.outcomes)

    @property
    def on_their_side(self) -> tuple[int, int]:
        """How many of the marked pictures are stored on their side, and how many are marked."""
        sideways = {e.name for e in self.found.entries if e.content and e.content.on_its_side}
        marked = {one.name for one in self.summary.outcomes if one.fate is Fate.MARKED}
        return len(marked & sideways), len(marked)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        receipts = {name: receipt.to_dict() for name, receipt in self.receipts.items()}
        return {
            **self.summary.to_dict(),
            **describe_company(self.found),
            "isotopes": receipts,
            "edited": list(self.edited),
            "gone": list(self.gone),
            "damaged": list(self.damaged),
        }


def mark_into_vault(
    request: MarkRequest,
    vault: Vault,
    found: Survey,
    workers: Workers,
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
    contents = {entry.name: entry.content for entry in found.entries}
    journal, place = _journal(vault, request.output), path_of(request.source)
    begun = marked_before(request.output, journal)
    marks: dict[str, Mark] = {}
    settled: list[Settled] = []
    withheld: dict[str, str] = {}
    for group, isotope in zip(found.groups, isotopes, strict=True):
        before = _settled(request, vault, group, isotope, contents=contents, begun=begun)
        choice, elsewhere = _choose(request, group, isotope, before)
        before = replace(before, elsewhere=elsewhere)
        _check_something_new(isotope, vault, group, before, choice.marked)
        marks.update(dict.fromkeys(choice.marked, isotope.mark()))
        withheld.update(choice.withheld)
        settled.append(before)
    jobs, left_out = plan_jobs(
        _without(without_published(found.entries, settled), withheld),
        request.source,
        request.output,
        marks,
        alpha=request.alpha,
        strip=request.strip,
        opt_out=request.opt_out,
        credential=request.credential,
        in_company={name for one in found.alike for name in one.names},
    )
    summary = mark_photos(
        jobs,
        output=request.output,
        journal=journal,
        workers=workers,
        left_out=left_out,
        progress=progress,
        begin=lambda: vault.merge([(isotope, ()) for isotope in isotopes]),
    )
    for name, pictures in pictures_of(found).items():
        vault.record_files(name, file_entries(summary.outcomes, pictures, contents, place))
    return Marked(
        summary,
        {isotope.name: isotope.receipt() for isotope in isotopes},
        found,
        tuple(name for before in settled for name in before.edited),
        tuple(name for before in settled for name in before.gone),
        tuple(find_damaged(vault)),
    )


def _without(entries: Iterable[Entry], withheld: Mapping[str, str]) -> list[Entry]:
    return [e.skipped(withheld[e.name]) if e.name in withheld else e for e in entries]


def _settled(
    request: MarkRequest,
    vault: Vault,
    group: Group,
    isotope: Isotope,
    *,
    contents: Mapping[str, Content | None],
    begun: Mapping[str, bool],
) -> Settled:
    """What is decided already for the group's pictures: published, or written by a broken run."""
    before = settle(
        vault,
        isotope,
        request.source,
        {name: contents.get(name) for name in group.markable},
        there=contents.keys(),
        unpublished=request.unpublished,
    )
    unfinished = {name: begun[name] for name in group.markable if name in begun}
    return replace(before, fates={**unfinished, **before.fates})


def _choose(
    request: MarkRequest, group: Group, isotope: Isotope, before: Settled
) -> tuple[Choice, dict[str, str]]:
    """What becomes of the group's pictures, and whose mark those carry that are left out for it.

    A copy of a picture that carries another isotope's mark is left out with it: marked or not, it
    would give that mark away.
    """
    elsewhere: dict[str, str] = {}
    undecided = []
    for one in group.alike:
        owners = [before.elsewhere[name] for name in one.names if name in before.elsewhere]
        if owners:
            new = [name for name in one.names if name not in before.fates]
            elsewhere.update({name: before.elsewhere.get(name, owners[0]) for name in new})
        else:
            undecided.append(one)
    return choose_for(request, undecided, isotope.choice_key(), before.fates), elsewhere


def _check_something_new(
    isotope: Isotope, vault: Vault, group: Group, before: Settled, chosen: frozenset[str]
) -> None:
    """A new isotope that marks nothing would only leave a key behind."""
    if chosen or isotope.name in vault.names():
        return
    if not group.count and not before.elsewhere:
        raise nothing_to_mark(group)
    owners = sorted(set(before.elsewhere.values()))
    name = quoted(owners[0]) if owners else "NAME"
    raise FolderError(
        f"no picture is left to mark as {isotope.name!r}: {len(before.elsewhere)} carry the mark of"
        f" another isotope ({', '.join(owners) or 'none'}) and {len(before.fates)} were published"
        " without a mark",
        hint=f"`--add-to {name}` marks new pictures with it. If none of its pictures was ever"
        f" published, `--unpublished {name}` marks them anew",
    )


def nothing_to_mark(group: Group) -> FolderError:
    """The error of a folder in which no picture can be marked."""
    stuck = [one for one in group.alike if one.obstacle]
    why = f": {stuck[0].obstacle}" if stuck else ""
    hint = "the same command with --dry-run lists every file with the reason"
    if stuck and all(one.unfit for one in stuck):
        hint = f"--family gratings marks grey pictures too; {hint}"
    elif any(one.bare for one in stuck):
        hint = f"--skip-siblings leaves out copies that can't be marked, and marks the rest; {hint}"
    return FolderError(
        f"the folder must hold at least one picture that can be marked, got none{why}", hint=hint
    )


def _source(request: MarkRequest, group: Group) -> str:
    return storable(str(request.source.resolve() / group.folder))


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
            isotope = request.new_isotope(group.name, family, source)
        isotopes.append(isotope)
    return isotopes


def _check_same_terms(isotope: Isotope, family: Family, request: MarkRequest, source: str) -> None:
    differs = request.differing(isotope, family, source)
    if differs is not None:
        term, both = differs
        raise VaultError(
            f"an isotope called {isotope.name!r} was made with another {term}: {both}",
            hint=_what_was_meant(isotope, term),
        )


def _what_was_meant(isotope: Isotope, term: str) -> str:
    name = quoted(isotope.name)
    if term == "folder":
        return f"`--add-to {name}` marks another folder with it, or choose --name"
    return (
        f"`--add-to {name}` marks on the terms that it was made with. If nothing marked as"
        f" {isotope.name} was ever published, `--name NEW --unpublished {name}` marks anew"
    )


def _journal(vault: Vault, output: Path) -> Path:
    """Of runs into `output`."""
    return beside_vault(vault, "journals", str(output.resolve())).with_suffix(".sqlite")
