"""Verdicts on the terminal: warnings to stderr; in words or as JSON to stdout."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

import typer

from isotopes.cli.output.notes import tell_note_on_key
from isotopes.cli.terminal import show, show_json, show_table, warn

if TYPE_CHECKING:
    from isotopes.faces.verdict import FaceVerdict
    from isotopes.verify import Verdict
    from isotopes.verify.verdicts.combined import CombinedVerdict
    from isotopes.verify.verdicts.loading import CheckVerdict
    from isotopes.verify.verdicts.pictures import PictureVerdict

# With --exit-code, in the manner of `git diff`; 2 and 4 are taken by errors.
EXIT_CODES = {"not detected": 0, "detected": 1, "inconclusive": 3}
NAMES = 3  # the first columns hold names, the others figures


class Recorded(Protocol):
    """What can be written as JSON."""

    def to_dict(self) -> dict[str, object]: ...


def leave(verdict: CheckVerdict, exit_code: bool) -> None:
    """With `exit_code`, end the command with the code that says what was found."""
    if exit_code:
        raise typer.Exit(EXIT_CODES[verdict.verdict])


def told_as_json(
    verdict: Recorded, warnings: Iterable[str], as_json: bool, *, indent: int | None = 2
) -> bool:
    """Tell the warnings, and show the verdict if it is wanted as JSON: then no words follow."""
    for warning in warnings:
        warn(warning)
    if as_json:
        show_json(verdict.to_dict(), indent=indent)
    return as_json


def show_check(verdict: CheckVerdict, as_json: bool) -> None:
    """Show the verdict of a check of any kind."""
    from isotopes.verify import Verdict

    if isinstance(verdict, Verdict):
        show_verdict(verdict, as_json)
    else:
        show_picture_verdict(verdict, as_json)


def show_picture_verdict(verdict: PictureVerdict, as_json: bool) -> None:
    """Warnings to stderr; the verdict in words or as JSON to stdout."""
    from isotopes.report import picture_words as words

    if told_as_json(verdict, words.picture_warnings(verdict), as_json, indent=None):
        return
    show(words.picture_sentence(verdict))
    tell_note_on_key([verdict.beacon])
    for what, value in words.found_rows(verdict):
        show(f"  {what}: {value}")
    for group, found in words.group_rows(verdict):
        show(f"  in {group}: {found}")
    for what, value in words.effort_rows(verdict):
        show(f"  {what}: {value}")


def show_face_verdict(verdict: FaceVerdict, as_json: bool) -> None:
    """Warnings to stderr; the verdict in words or as JSON to stdout."""
    from isotopes.report.sentences import warnings

    if told_as_json(verdict, warnings(verdict), as_json, indent=None):
        return
    show(verdict)
    tell_note_on_key([verdict.beacon])


def show_verdict(verdict: Verdict, as_json: bool) -> None:
    """Warnings to stderr; the verdict in words or as JSON to stdout."""
    from isotopes.report import sentence, words
    from isotopes.report.sentences import warnings

    if told_as_json(verdict, warnings(verdict), as_json):
        return
    show(sentence(verdict))
    tell_note_on_key([verdict.beacon])
    for what, value in words.evidence_rows(verdict) + words.effort_rows(verdict):
        show(f"  {what}: {value}")


def show_combined(found: CombinedVerdict, as_json: bool) -> None:
    """Warnings to stderr; the verdict in words, check by check, or as JSON to stdout."""
    from isotopes.report.pages.combined import HEAD, joint_row
    from isotopes.report.sentences import combined_sentence, combined_warnings

    if told_as_json(found, combined_warnings(found), as_json):
        return
    show(combined_sentence(found))
    tell_note_on_key([check.beacon for check in found.checks])
    show_table(HEAD, map(joint_row, found.checks), unbroken=HEAD[NAMES:])
    show(f"  of those called detected, at most {found.level:g} are wrong on average")
