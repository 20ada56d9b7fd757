"""What a target answered to the queries of one plan, and the file that keeps it.

A verdict can be recomputed from this file alone, by somebody who can't reach the model. The file
is a NumPy archive without pickled objects. It holds no picture and no key, but the plan's seed,
which tells the queries apart: it is for the owner and for whoever checks the verdict.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from isotopes.arrays import read_archive
from isotopes.errors import AnswerError, FolderError, IsotopesError, unreadable
from isotopes.files import atomic_write
from isotopes.stats.result import check_format
from isotopes.targets.scores import Completeness
from isotopes.verify.plans.plan import Plan

ANSWERS_FORMAT = "isotopes-answers/2"
_UNREADABLE = "{} can't be read as saved answers: {}"
CLEAN, MARK = 0, 1  # rows of the tensor; decoy i is row 1 + i


class MarkedQueries(Protocol):
    """What must be known to make marked pictures and to order them.

    Attributes:
        marks: how many marks and decoys there are.
        alpha: how they are blended in.
        seed_key: the order of the queries comes from it.
    """

    @property
    def marks(self) -> int: ...
    @property
    def alpha(self) -> float: ...
    @property
    def seed_key(self) -> bytes: ...


class Queries(MarkedQueries, Protocol):
    """What a plan, of a check or of an audit, must say to be asked.

    Attributes:
        probes: ``sha256:...`` of each probe's pixels, in order.
    """

    @property
    def probes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, eq=False)
class Answers:
    """The answer tensor of one plan.

    Attributes:
        labels: all labels seen, shape (labels,).
        values: probabilities, float64, shape (2 + decoys, probes, labels): the unmarked probe, then
            the mark, then the decoys. NaN where a query was not answered, and where an incomplete
            answer does not show a label.
        asked: which queries were answered, bool, shape (2 + decoys, probes).
        completeness, limit: as in `Scores`.
        fault: why these answers can't be compared; None where nothing speaks against it.
        cut: why the target was not asked to the end; None where it was, or nobody noted why.
        journal: `Journal.identity` of the one whose canary watched over these answers; None where
            none did.
    """

    labels: tuple[str, ...]
    values: NDArray[np.float64]
    asked: NDArray[np.bool_]
    completeness: Completeness = Completeness.FULL
    limit: float | None = None
    fault: str | None = None
    cut: str | None = None
    journal: str | None = None

    def __post_init__(self) -> None:
        if self.values.shape != (*self.asked.shape, len(self.labels)):
            raise AnswerError(
                f"answers to {self.asked.shape} queries about {len(self.labels)} labels"
                f" can't have shape {self.values.shape}"
            )

    @classmethod
    def none_yet(cls, plan: Queries) -> Answers:
        """The answers before anything was asked."""
        shape = (1 + plan.marks, len(plan.probes))
        return cls((), np.empty((*shape, 0)), np.zeros(shape, np.bool_))

    @property
    def queries(self) -> int:
        """How many pictures were answered."""
        return int(self.asked.sum())

    @property
    def clean(self) -> NDArray[np.float64]:
        """Answers to the unmarked probes, shape (probes, labels)."""
        clean: NDArray[np.float64] = self.values[CLEAN]
        return clean

    @property
    def marked(self) -> NDArray[np.float64]:
        """Answers to the marked probes, shape (1 + decoys, probes, labels), the mark first."""
        return self.values[MARK:]


def save_answers(path: Path, plan: Plan, answers: Answers) -> None:
    """Write plan and answers; the file that was there stays whole until the new one is.

    Raises:
        FolderError: the file can't be written.
    """
    about = {
        "format": ANSWERS_FORMAT,
        "plan": plan.to_dict(),
        "labels": answers.labels,
        "completeness": answers.completeness,
        "limit": answers.limit,
        "fault": answers.fault,
        "cut": answers.cut,
        "journal": answers.journal,
    }
    try:
        with atomic_write(path, durable=True) as part, part.open("wb") as file:
            np.savez(
                file,
                about=np.frombuffer(json.dumps(about).encode(), np.uint8),
                values=_narrowest(answers.values),
                asked=answers.asked,
            )
    except OSError as error:
        raise FolderError(f"answers can't be saved to {path}: {error.strerror}") from error


def load_answers(path: Path) -> tuple[Plan, Answers]:
    """What `save_answers` wrote; nothing in the file is run.

    Raises:
        FolderError: there is no such file, or it holds no saved answers, those of another version,
            or some that don't go with its plan.
    """
    try:
        archive = read_archive(path, "about", "values", "asked")
        about = json.loads(archive["about"].tobytes())
        check_format(about, ANSWERS_FORMAT)
        return _read(about, archive["values"].astype(np.float64), archive["asked"])
    except OSError as error:
        raise FolderError(unreadable(path, error)) from error
    except IsotopesError as error:
        raise FolderError(_UNREADABLE.format(path, error), hint=error.hint) from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise FolderError(_UNREADABLE.format(path, error)) from error


def _read(
    about: Mapping[str, Any], values: NDArray[np.float64], asked: NDArray[np.bool_]
) -> tuple[Plan, Answers]:
    plan = Plan.from_dict(about["plan"])
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


def _narrowest(values: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
    """As float32 where that loses nothing: most networks answer in it."""
    narrow = values.astype(np.float32)
    return narrow if np.array_equal(narrow, values, equal_nan=True) else values
