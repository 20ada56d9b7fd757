"""The scores of a check of pictures, and the file that keeps them with their plan.

Whoever has the file gets the same verdict again. That the scores are those of the pictures and of
the committed draws, only the pictures and the opened commitment show.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isotopes.arrays import read_archive
from isotopes.errors import FolderError, PlanError, reading
from isotopes.files import atomic_write
from isotopes.stats.result import check_format, restore_result
from isotopes.strict_json import read_json
from isotopes.verify.evidence.answers_file import OWNER_ONLY
from isotopes.verify.plans.pictures import PicturePlan

SCORES_FORMAT = "isotopes-picture-scores/1"
MOST = 1 + 1e-6  # a cosine, as far as it was rounded


@dataclass(frozen=True, eq=False)
class PictureScores:
    """How well the mark and its decoys match some pictures.

    Attributes:
        columns: what each column is, in words: a view of the mark, a group of pictures.
        values: the mark first, then its decoys in order, shape (draws, columns).
    """

    columns: tuple[str, ...]
    values: NDArray[np.float64]

    def check(self, plan: PicturePlan) -> None:
        """Raise PlanError unless these are scores of one of the plan's stages."""
        shape, dtype = self.values.shape, self.values.dtype
        stages = (1 + plan.first, 1 + plan.decoys)
        if dtype != np.float64 or shape not in [(rows, len(self.columns)) for rows in stages]:
            raise PlanError(
                f"scores of {stages[0]} or {stages[1]} draws in {len(self.columns)} columns can't"
                f" have the type {dtype} and the shape {shape}"
            )
        if not (np.abs(self.values) <= MOST).all():
            raise PlanError("scores are cosines, in [-1, 1], got others")


def save_scores(path: Path, plan: PicturePlan, scores: PictureScores) -> None:
    """Write plan and scores; the file that was there stays whole until the new one is.

    Raises:
        FolderError: the file can't be written.
    """
    said = {"format": SCORES_FORMAT, "plan": plan.to_dict(), "columns": list(scores.columns)}
    about = np.frombuffer(json.dumps(said).encode(), np.uint8)
    try:
        with atomic_write(path, durable=True, mode=OWNER_ONLY) as part, part.open("wb") as file:
            np.savez(file, about=about, values=scores.values)
    except OSError as error:
        raise FolderError(f"scores can't be saved to {path}: {error.strerror}") from error


def load_scores(path: Path) -> tuple[PicturePlan, PictureScores]:
    """What `save_scores` wrote; nothing in the file is run.

    Raises:
        FolderError: there is no such file, or it holds no scores, those of another version, or some
            that don't go with its plan.
    """
    with reading(path, "saved scores"):
        archive = read_archive(path, "about", "values")
        about = read_json(archive["about"].tobytes())
        if not isinstance(about, Mapping):
            raise PlanError(f"it must be described by a JSON object, got {type(about).__name__}")
        check_format(about, SCORES_FORMAT)
        if about.keys() != {"format", "plan", "columns"}:
            raise PlanError(f"its description must hold its own fields, got {sorted(about)}")
        plan = PicturePlan.from_dict(about["plan"])
        columns = restore_result(tuple[str, ...], about["columns"])
        scores = PictureScores(columns, archive["values"])
        scores.check(plan)
        return plan, scores
