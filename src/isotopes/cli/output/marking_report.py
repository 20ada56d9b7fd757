"""What `isotopes mark` shows: what it would do, what it did, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from isotopes.cli.output.notes import tell_before_publishing
from isotopes.cli.terminal import show, show_json, show_table, tell, warn

if TYPE_CHECKING:
    from isotopes.workflows.marking import Marked, MarkRequest, Survey
    from isotopes.workflows.marking.survey import Group

MOST_REMARKS = 20  # lines; --json has them all
REMARKS = ("file", "fate", "why")


def show_survey(found: Survey, as_json: bool) -> None:
    if as_json:
        show_json(found.to_dict())
        return
    for group in found.groups:
        show(
            f"would mark {group.count} of {len(group.markable)} pictures as {_named(group, found)}"
        )
    _show_some(REMARKS, [row for row in found.fates if row[-1]])
    _show_company(found)


def refuse_unmarkable(found: Survey, *, new: bool) -> None:
    """If nothing can be marked, print the reason for each file; if the vault is new, stop there.

    Raises:
        FolderError: there is nothing to mark, and this would be the first isotope of a new vault.
    """
    from isotopes.workflows.marking.refusals import nothing_to_mark

    if any(group.count for group in found.groups):
        return
    _show_some(REMARKS, [row for row in found.fates if row[-1]])
    if new:
        raise nothing_to_mark(found.groups[0])


def show_marked(marked: Marked, request: MarkRequest, as_json: bool, vault: str | None) -> None:
    if as_json:
        show_json(marked.to_dict())
        return
    show(str(marked.summary))
    _show_some(REMARKS, marked.summary.remarks)
    _show_company(marked.found)
    if marked.too_grey:
        warn(
            f"{marked.too_grey} grey picture(s) stay unmarked, as the mark is colour"
            " alone: --family gratings marks grey pictures too"
        )
    _warn_of_sideways(*marked.on_their_side)
    for what, files in marked.summary.left_out.items():
        show(f"left out of {files} file(s): {what}")
    _show_names("edited since published; the new version has the old one's fate", marked.edited)
    _show_names("published before and not in the folder any more", marked.gone)
    for what, files in marked.summary.missing.items():
        warn(
            f"the output's file system keeps no {what}; pictures are marked and copied all"
            f" the same ({files} file(s))"
        )
    _warn_of_damage(marked.damaged)
    for group in marked.found.groups:
        commitment = marked.receipts[group.name].commitment
        show(f"isotope {_named(group, marked.found)}: commitment {commitment}")
    first = next(iter(marked.receipts))
    tell_before_publishing(first, vault, marked.receipts[first].beacon)
    tell(f"then publish {request.output}, and keep {request.source} to yourself")


def _warn_of_sideways(sideways: int, marked: int) -> None:
    """Warn if it is more than half: fewer cost little, as docs/photos.md shows."""
    if 2 * sideways > marked:
        warn(
            f"{sideways} of {marked} marked pictures are stored on their side (EXIF): a"
            " trainer that ignores the tag learns a mark that a check may miss",
            "hint: turn such pictures before you mark them, without loss: `exiftran -ai *.jpg`",
        )


def _warn_of_damage(names: Sequence[str]) -> None:
    """Warn before a new backup replaces one that still holds these keys."""
    if names:
        more = f" and {len(names) - MOST_REMARKS} more" * (len(names) > MOST_REMARKS)
        warn(
            "the vault is damaged, so no model can be checked for the marks of these"
            f" isotopes: {', '.join(names[:MOST_REMARKS])}{more}",
            "hint: keep your earlier backups. `isotopes vault export FILE NAME...` saves the other"
            " isotopes, `isotopes vault restore BACKUP --force` brings the lost ones back, and"
            " `isotopes vault import FILE` adds the others to them",
        )


def _named(group: Group, found: Survey) -> str:
    """The isotope's name; if there are several, also which pictures it is for."""
    if len(found.groups) == 1 and not group.folder:
        return group.name
    return f"{group.name} (pictures in {group.folder or 'the folder itself'})"


def _show_names(what: str, names: Sequence[str]) -> None:
    if names:
        more = f" and {len(names) - MOST_REMARKS} more" * (len(names) > MOST_REMARKS)
        show(f"{what}: {', '.join(names[:MOST_REMARKS])}{more}")


def _show_company(found: Survey) -> None:
    """Files that show the same as others: treated alike, or published beside a marked picture."""
    alike = [one for one in found.alike if not one.obstacle]
    if alike:
        show(f"{len(alike)} group(s) of pictures show the same and are treated alike")
    rows = [(", ".join(one.names), "; ".join(sorted(one.bonds))) for one in alike]
    _show_some(("pictures", "what they are"), rows)
    stuck = sum(len(one.names) for group in found.groups for one in group.alike if one.bare)
    if stuck:
        tell(
            f"hint: {stuck} picture(s) stay unmarked, as copies of them can't be marked;"
            " --skip-siblings leaves these copies out and marks the pictures"
        )
    if any(_leaves_some_unmarked(group) for group in found.groups):
        tell(
            "hint: small crops and shots of one scene are only partly recognised as alike, so one"
            " may be marked and another not; --share 1 marks all"
        )
    told = [sibling for sibling in found.siblings if sibling.name in found.published]
    if told:
        show(
            f"{len(told)} file(s) may show a marked picture without its mark, or say where it was"
            " taken; --skip-siblings leaves them out"
        )
    _show_some(("file", "what it is", "picture"), [(s.name, s.kind, s.picture) for s in told])


def _leaves_some_unmarked(group: Group) -> bool:
    return group.count < sum(len(one.names) for one in group.alike if not one.obstacle)


def _show_some(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    if not rows:
        return
    show_table(columns, rows[:MOST_REMARKS])
    if len(rows) > MOST_REMARKS:
        show(f"and {len(rows) - MOST_REMARKS} more: --json lists all")
