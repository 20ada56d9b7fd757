"""The file that keeps the answers of one check.

A verdict can be recomputed from this file alone, by somebody who can't reach the model. The file
is a NumPy archive without pickled objects. It contains no picture and no key, but the plan's seed,
which shows which query is which: it is for the owner and for people who check the verdict.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isotopes.arrays import read_archive
from isotopes.errors import FolderError, reading
from isotopes.files import atomic_write
from isotopes.strict_json import read_json
from isotopes.verify.evidence.answers import Answers
from isotopes.verify.evidence.kept import describe_kept, restore_kept
from isotopes.verify.plans.plan import Plan

ANSWERS_FORMAT = "isotopes-answers/3"
OWNER_ONLY = 0o600


def save_answers(path: Path, plan: Plan, answers: Answers) -> None:
    """Write plan and answers, atomically.

    Raises:
        FolderError: the file can't be written.
    """
    about = json.dumps(describe_kept(ANSWERS_FORMAT, plan, answers)).encode()
    try:
        with atomic_write(path, durable=True, mode=OWNER_ONLY) as part, part.open("wb") as file:
            np.savez(
                file,
                about=np.frombuffer(about, np.uint8),
                values=_narrowest(answers.values),
                asked=answers.asked,
            )
    except OSError as error:
        raise FolderError(f"answers can't be saved to {path}: {error.strerror}") from error


def load_answers(path: Path) -> tuple[Plan, Answers]:
    """Read what `save_answers` wrote; nothing in the file is executed.

    Raises:
        FolderError: there is no such file, it holds no saved answers or those of another version,
            or its answers don't match its plan or can't come from any target.
    """
    with reading(path, "saved answers"):
        archive = read_archive(path, "about", "values", "asked")
        about = read_json(archive["about"].tobytes())
        values, asked = archive["values"], archive["asked"]
        return restore_kept(about, ANSWERS_FORMAT, Plan, _wide(values), asked)


def _wide(values: NDArray[Any]) -> NDArray[np.float64]:
    return values.astype(np.float64) if values.dtype == np.float32 else values


def _narrowest(values: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
    """As float32 if that loses nothing: most networks answer in it."""
    narrow = values.astype(np.float32)
    return narrow if np.array_equal(narrow, values, equal_nan=True) else values
