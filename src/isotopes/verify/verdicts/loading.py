"""Verdicts of checks from files, whatever kind of check it was: as JSON, or decided again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from isotopes.arrays import read_archive
from isotopes.errors import reading
from isotopes.strict_json import read_json
from isotopes.verify.evidence.answers_file import load_answers
from isotopes.verify.evidence.picture_scores import SCORES_FORMAT, load_scores
from isotopes.verify.plans.pictures import PicturePlan
from isotopes.verify.plans.plan import Plan
from isotopes.verify.verdicts.decide import decide
from isotopes.verify.verdicts.pictures import PictureVerdict, decide_pictures
from isotopes.verify.verdicts.verdict import Verdict

CheckVerdict: TypeAlias = Verdict | PictureVerdict
CheckPlan: TypeAlias = Plan | PicturePlan

_WANTED = "give what `isotopes check --json` prints, or the .npz file of `check --keep`"


def load_verdict(path: Path) -> CheckVerdict:
    """A verdict from the JSON that `check --json` printed, or made again from what it kept.

    Raises:
        FolderError: there is no such file; it holds neither a verdict nor what a check keeps, or
            those of another version, or a verdict that contradicts itself.
    """
    if path.suffix.lower() == ".npz":
        return decide_kept(path)[1]
    with reading(path, "a verdict", hint=_WANTED):
        return read_verdict(path.read_bytes())


def decide_kept(path: Path) -> tuple[CheckPlan, CheckVerdict]:
    """The plan that `check --keep` wrote, and what its answers or scores say under it.

    Raises:
        FolderError: as `load_verdict`.
    """
    with reading(path, "saved answers"):
        said = read_json(read_archive(path, "about")["about"].tobytes())
    if _format(said) == SCORES_FORMAT:
        pictures, scores = load_scores(path)
        return pictures, decide_pictures(pictures, scores)
    plan, answers = load_answers(path)
    return plan, decide(answers, plan)


def read_verdict(data: bytes) -> CheckVerdict:
    """The verdict in the JSON that was read; its format says of which kind of check.

    Raises:
        PlanError, ValueError: it is none, or it contradicts itself.
    """
    found = read_json(data)
    kind = PictureVerdict if _format(found) == PictureVerdict.kind else Verdict
    return kind.from_dict(found)


def read_plan(data: bytes) -> CheckPlan:
    """The plan in the JSON that was read; its format says of which kind of check.

    Raises:
        PlanError, ValueError: it is none.
    """
    found = read_json(data)
    kind = PicturePlan if _format(found) == PicturePlan.kind else Plan
    return kind.from_dict(found)


def _format(found: object) -> object:
    """What it says that it is; None if it says nothing."""
    return found.get("format") if isinstance(found, Mapping) else None
