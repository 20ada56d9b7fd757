"""Where the answers of an audit are kept: a folder, whose answers are read from the disk.

It holds no picture and no key, but the plan's seed, which tells the queries apart: it is for the
owner and for whoever checks the audit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isotopes.arrays import read_array
from isotopes.errors import FolderError, IsotopesError
from isotopes.files import atomic_write
from isotopes.stats.result import check_format
from isotopes.targets.scores import Completeness
from isotopes.verify.evidence.answers import Answers
from isotopes.verify.plans.audit import AuditPlan

FORMAT = "isotopes-audit-answers/2"
_UNREADABLE = "{} can't be read as the answers of an audit: {}"
ABOUT, VALUES, ASKED = "audit.json", "answers.npy", "asked.npy"


def save_audit(folder: Path, plan: AuditPlan, answers: Answers) -> None:
    """Write plan and answers, mark by mark; each file that was there stays whole until then.

    Raises:
        FolderError: the folder can't be made or written.
    """
    about = {
        "format": FORMAT,
        "plan": plan.to_dict(),
        "labels": answers.labels,
        "completeness": answers.completeness,
        "limit": answers.limit,
        "fault": answers.fault,
        "cut": answers.cut,
        "journal": answers.journal,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_values(folder, answers.values)
        with atomic_write(folder / ASKED, durable=True) as part, part.open("wb") as file:
            np.save(file, answers.asked)
        # Last: what it describes is there.
        with atomic_write(folder / ABOUT, durable=True) as part:
            part.write_text(json.dumps(about, indent=1), encoding="utf-8")
    except OSError as error:
        raise FolderError(f"answers can't be saved to {folder}: {error.strerror}") from error


def load_audit(folder: Path) -> tuple[AuditPlan, Answers]:
    """What `save_audit` wrote; the answers stay on the disk and are read when they are used.

    Raises:
        FolderError: there is no such folder, or it holds no answers of an audit, those of another
            version, or some that don't go with their plan.
    """
    try:
        about = json.loads((folder / ABOUT).read_bytes())
        check_format(about, FORMAT)
        asked = read_array(folder / ASKED)
        values = _read_values(folder, (*asked.shape, len(about["labels"])))
        return _read(about, values, asked)
    except OSError as error:
        raise FolderError(f"{folder} can't be read: {error.strerror or error}") from error
    except IsotopesError as error:
        raise FolderError(_UNREADABLE.format(folder, error), hint=error.hint) from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise FolderError(_UNREADABLE.format(folder, error)) from error


def _read(
    about: Mapping[str, Any], values: NDArray[np.float64], asked: NDArray[np.bool_]
) -> tuple[AuditPlan, Answers]:
    plan = AuditPlan.from_dict(about["plan"])
    if asked.shape != (1 + plan.marks, len(plan.probes)):
        raise ValueError(f"the plan has {plan.marks} marks, the answers have {asked.shape}")
    answers = Answers(
        tuple(about["labels"]),
        values,
        asked,
        Completeness(about["completeness"]),
        about["limit"],
        about["fault"],
        about["cut"],
        about["journal"],
    )
    return plan, answers


def _write_values(folder: Path, values: NDArray[np.float64]) -> None:
    """One mark after another, so that no more is in memory."""
    with atomic_write(folder / VALUES, durable=True) as part:
        if values.size == 0:  # which a file can't be mapped to
            with part.open("wb") as file:
                np.save(file, values)
            return
        written = np.lib.format.open_memmap(part, "w+", np.float64, values.shape)
        for row, of_mark in enumerate(values):
            written[row] = of_mark
        written.flush()


def _read_values(folder: Path, shape: tuple[int, ...]) -> NDArray[np.float64]:
    empty = 0 in shape
    values = read_array(folder / VALUES, mapped=not empty)
    if values.dtype != np.float64:
        raise ValueError(f"the answers must be float64, got {values.dtype}")
    found: NDArray[np.float64] = values
    return found
