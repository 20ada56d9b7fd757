"""Where the answers of an audit are kept: a folder, whose answers are read from the disk.

It contains no picture and no key, but the plan's seed, which shows which query is which: it is for
the owner and for people who check the audit.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isotopes.arrays import read_array, read_shape
from isotopes.errors import FolderError, reading
from isotopes.files import atomic_write
from isotopes.strict_json import read_json
from isotopes.verify.evidence.answers import Answers
from isotopes.verify.evidence.answers_file import OWNER_ONLY
from isotopes.verify.evidence.kept import describe_kept, restore_kept
from isotopes.verify.plans.audit import AuditPlan

FORMAT = "isotopes-audit-answers/2"
ABOUT, VALUES, ASKED = "audit.json", "answers.npy", "asked.npy"


def save_audit(folder: Path, plan: AuditPlan, answers: Answers) -> None:
    """Write plan and answers, mark by mark; each file is written atomically.

    Raises:
        FolderError: the folder can't be made or written.
    """
    about = describe_kept(FORMAT, plan, answers)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_values(folder, answers.values)
        with (
            atomic_write(folder / ASKED, durable=True, mode=OWNER_ONLY) as part,
            part.open("wb") as file,
        ):
            np.save(file, answers.asked)
        # Last, when what it describes exists.
        with atomic_write(folder / ABOUT, durable=True, mode=OWNER_ONLY) as part:
            part.write_text(json.dumps(about, indent=1), encoding="utf-8")
    except OSError as error:
        raise FolderError(f"answers can't be saved to {folder}: {error.strerror}") from error


def load_audit(folder: Path) -> tuple[AuditPlan, Answers]:
    """Read what `save_audit` wrote; the answers stay on the disk and are read when used.

    Raises:
        FolderError: there is no such folder, it holds no answers of an audit or those of another
            version, or its answers don't match their plan or can't come from any target.
    """
    with reading(folder, "the answers of an audit"):
        about = read_json((folder / ABOUT).read_bytes())
        asked = read_array(folder / ASKED)
        return restore_kept(about, FORMAT, AuditPlan, _read_values(folder), asked)


def _write_values(folder: Path, values: NDArray[np.float64]) -> None:
    """One mark after another, so that no more is in memory."""
    with atomic_write(folder / VALUES, durable=True, mode=OWNER_ONLY) as part:
        if values.size == 0:  # which a file can't be mapped to
            with part.open("wb") as file:
                np.save(file, values)
            return
        written = np.lib.format.open_memmap(part, "w+", np.float64, values.shape)
        for row, of_mark in enumerate(values):
            written[row] = of_mark
        written.flush()


def _read_values(folder: Path) -> NDArray[np.float64]:
    empty = 0 in read_shape(folder / VALUES)
    values = read_array(folder / VALUES, mapped=not empty)
    if values.dtype != np.float64:
        raise ValueError(f"the answers must be float64, got {values.dtype}")
    found: NDArray[np.float64] = values
    return found
