"""Mark a folder: isotopes go into the vault first, then pictures are written.

The order matters. The marks are drawn and the output folder is looked into first, so that no key
is left over from a run that could write nothing. Then the keys, the commitments and with them the
choice of pictures are stored, all or none, before the first picture is written: a run killed at
any moment can be finished by running it again, and nothing is ever published under a key that the
vault doesn't hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from isotopes.errors import VaultError
from isotopes.marks import Family, get_family
from isotopes.photos import (
    COLOUR_ALONE,
    Choice,
    Entry,
    Fate,
    FileOutcome,
    Job,
    MarkSummary,
    Progress,
    Workers,
    mark_photos,
    marked_before,
    plan_jobs,
)
from isotopes.vault import Isotope, Receipt, Vault
from isotopes.vault.damage import find_damaged
from isotopes.workflows.marking.beside import beside_vault
from isotopes.workflows.marking.published import (
    Publications,
    Settled,
    find_bare_copies,
    settle,
    without_published,
)
from isotopes.workflows.marking.refusals import nothing_new, what_was_meant
from isotopes.workflows.marking.regrouping import known_again
from isotopes.workflows.marking.remembering import Memory
from isotopes.workflows.marking.request import MarkRequest
from isotopes.workflows.marking.survey import (
    Group,
    Survey,
    choose_for,
    describe_company,
)


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
    published = Publications.look_up(vault, request.source, found.entries, request.unpublished)
    if request.per_folder:
        found = known_again(found, published, request, vault)
    journal = _journal(vault, request.output)
    begun = marked_before(request.output, journal)
    decided = _decide(request, vault, found, published, begun)
    found = replace(found, groups=tuple(one.group for one in decided if one.isotope is not None))
    isotopes = [one.isotope for one in decided if one.isotope is not None]
    settled = [one.before for one in decided]
    jobs, left_out = _plan(request, found, published, decided)
    memory = Memory(vault, found, published)
    summary = mark_photos(
        jobs,
        output=request.output,
        journal=journal,
        workers=workers,
        left_out=left_out,
        progress=progress,
        begin=lambda: vault.merge([(isotope, ()) for isotope in isotopes]),
        claim=memory.claim,
    )
    memory.note(summary.outcomes)  # a vault from a backup may not know what lay there
    return Marked(
        summary,
        {isotope.name: isotope.receipt() for isotope in isotopes},
        found,
        tuple(name for before in settled for name in before.edited),
        tuple(name for before in settled for name in before.gone),
        tuple(find_damaged(vault)),
    )


@dataclass(frozen=True)
class _Decided:
    """What becomes of a group; no isotope if it has none yet and nothing to be marked."""

    group: Group
    isotope: Isotope | None
    before: Settled
    choice: Choice


def _decide(
    request: MarkRequest,
    vault: Vault,
    found: Survey,
    published: Publications,
    begun: Mapping[str, bool],
) -> list[_Decided]:
    known, family = set(vault.names()), get_family(request.family, request.options)
    decided = []
    for group in found.groups:
        isotope = _isotope_of(request, family, vault, group, known)
        before = _settled(published, group, isotope, found.by_name, begun)
        choice, elsewhere = _choose(request, group, isotope, before)
        before = replace(before, elsewhere=elsewhere)
        is_used = bool(choice.marked) or isotope.name in known
        decided.append(_Decided(group, isotope if is_used else None, before, choice))
    if not any(one.isotope for one in decided):
        raise nothing_new(request, found.groups, [one.before for one in decided])
    return decided


def _without(entries: Iterable[Entry], withheld: Mapping[str, str]) -> list[Entry]:
    return [e.skipped(withheld[e.name]) if e.name in withheld else e for e in entries]


def _plan(
    request: MarkRequest,
    found: Survey,
    published: Publications,
    decided: Sequence[_Decided],
) -> tuple[list[Job], list[FileOutcome]]:
    """One job for each file that is written, and the outcomes of the others."""
    settled = [one.before for one in decided]
    withheld = {name: why for one in decided for name, why in one.choice.withheld.items()}
    marks = {
        name: one.isotope.mark()
        for one in decided
        if one.isotope is not None
        for name in one.choice.marked
    }
    bare = find_bare_copies(published, found.entries, marks)
    alike = {name for one in found.alike for name in one.names}
    carried = {name for one in settled for name, carries in one.fates.items() if carries}
    return plan_jobs(
        _without(without_published(found.entries, settled, bare), withheld),
        request.source,
        request.output,
        marks,
        alpha=request.alpha,
        strip=request.strip,
        opt_out=request.opt_out,
        credential=request.credential,
        in_company=alike | carried,
    )


def _settled(
    published: Publications,
    group: Group,
    isotope: Isotope,
    entries: Mapping[str, Entry],
    begun: Mapping[str, bool],
) -> Settled:
    """What is decided already for the group's pictures: published, or written by a broken run."""
    contents = {name: entries[name].content for name in group.markable}
    before = settle(published, isotope.name, contents, there=entries.keys())
    unfinished = {name: begun[name] for name in group.markable if name in begun}
    return replace(before, fates={**unfinished, **before.fates})


def _choose(
    request: MarkRequest, group: Group, isotope: Isotope, before: Settled
) -> tuple[Choice, dict[str, str]]:
    """What becomes of the group's pictures, and whose mark those carry that are left out for it.

    A copy of a picture that carries another isotope's mark is left out with it: marked or not, it
    would give that mark away. What was published with this isotope's mark gets it again, also
    beside its published copy.
    """
    elsewhere: dict[str, str] = {}
    undecided = []
    for one in group.alike:
        owners = [before.elsewhere[name] for name in one.names if name in before.elsewhere]
        if owners:
            new = [name for name in one.names if name not in before.fates]
            elsewhere.update({name: before.elsewhere.get(name, owners[0]) for name in new})
        known = tuple(n for n in one.names if n in before.fates and n not in before.elsewhere)
        if known or not owners:
            undecided.append(replace(one, names=known) if owners else one)
    return choose_for(request, undecided, isotope.choice_key(), before.fates), elsewhere


def _isotope_of(
    request: MarkRequest, family: Family, vault: Vault, group: Group, known: Collection[str]
) -> Isotope:
    """That of an earlier run, from the vault, or a new one, which is not in it yet."""
    if group.name not in known:
        return request.new_isotope(group.name, family, request.source_of(group.folder))
    isotope = vault.get(group.name)
    if request.beacon is not None:
        isotope = isotope.with_beacon(request.beacon)
    _check_same_terms(isotope, family, request, group)
    return isotope


def _check_same_terms(isotope: Isotope, family: Family, request: MarkRequest, group: Group) -> None:
    source = isotope.source if group.known_again else request.source_of(group.folder)
    differs = request.differing(isotope, family, source)
    if differs is not None:
        term, both = differs
        raise VaultError(
            f"an isotope called {isotope.name!r} was made with another {term}: {both}",
            hint=what_was_meant(isotope, term, request, group),
        )


def _journal(vault: Vault, output: Path) -> Path:
    """Of runs into `output`."""
    return beside_vault(vault, "journals", str(output.resolve())).with_suffix(".sqlite")
