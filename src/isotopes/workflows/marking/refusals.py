"""Why nothing is marked, and the command that does what was meant."""

from __future__ import annotations

from collections.abc import Sequence

from isotopes.errors import FolderError
from isotopes.hints import quoted
from isotopes.vault import Isotope
from isotopes.workflows.marking.published import Settled
from isotopes.workflows.marking.request import MarkRequest
from isotopes.workflows.marking.survey import Group


def nothing_new(
    request: MarkRequest, groups: Sequence[Group], settled: Sequence[Settled]
) -> FolderError:
    """The error of a new isotope that marks nothing: it would only leave a key behind."""
    elsewhere = {name: owner for one in settled for name, owner in one.elsewhere.items()}
    if not elsewhere and not any(group.count for group in groups):
        return nothing_to_mark(groups[0])
    owners = sorted(set(elsewhere.values()))
    name = quoted(owners[0]) if owners else "NAME"
    bare = sum(len(one.fates) for one in settled)
    again = f"`--add-to {name}` marks new pictures with it"
    if request.per_folder:
        again = f"`isotopes mark SUBFOLDER --out OUT --add-to {name}` marks new pictures with it"
    return FolderError(
        f"no picture is left to mark as {request.name!r}: {len(elsewhere)} carry the mark of"
        f" another isotope ({', '.join(owners) or 'none'}) and {bare} were published without a"
        " mark",
        hint=f"{again}. If none of its pictures was ever published, `--unpublished {name}` marks"
        " them anew",
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


def what_was_meant(isotope: Isotope, term: str, request: MarkRequest, group: Group) -> str:
    """The command that does what was meant where the isotope was made on another term."""
    name = quoted(isotope.name)
    if request.per_folder:
        folder = quoted(str(request.source / group.folder))
        return (
            f"`isotopes mark {folder} --out OUT --add-to {name}` marks that folder with it, on the"
            " terms that it was made with; another --name begins new isotopes for all folders"
        )
    if term == "folder":
        return f"`--add-to {name}` marks another folder with it, or choose --name"
    return (
        f"`--add-to {name}` marks on the terms that it was made with. If nothing marked as"
        f" {isotope.name} was ever published, `--name NEW --unpublished {name}` marks anew"
    )
