"""What all tables of measured marks have: rows of one kind, the command, and a digest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from isotopes.canonical import digest_of
from isotopes.errors import FolderError, PlanError, unreadable


class Row(Protocol):
    """One row of a table."""

    def to_row(self) -> dict[str, Any]:
        """As JSON types."""


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class MeasuredTable(Generic[R]):
    """Rows that a benchmark measured, with where they come from.

    Attributes:
        what: the rows are, for messages.
        rows: at least one.
        command: what was typed to measure them.
        digest: ``sha256:...`` of the rows.
    """

    what: ClassVar[str]
    rows: tuple[R, ...]
    command: str
    digest: str

    @classmethod
    def of(cls, rows: Sequence[R], command: str) -> Self:
        """A table of these rows.

        Raises:
            PlanError: none.
        """
        if not rows:
            raise PlanError(f"a table of {cls.what} must have at least 1 row, got none")
        return cls(tuple(rows), command, digest_of([row.to_row() for row in rows]))

    @classmethod
    def load(cls, path: Path, read_row: Callable[[Mapping[str, Any]], R]) -> Self:
        """Read the table that a benchmark wrote: ``{"command", "rows", ...}``.

        Raises:
            FolderError: there is no such file.
            PlanError: it holds no such table.
        """
        try:
            found = json.loads(path.read_bytes())
            rows = [read_row(row) for row in found["rows"]]
            return cls.of(rows, str(found["command"]))
        except OSError as error:
            raise FolderError(unreadable(path, error)) from error
        except (ValueError, LookupError, TypeError, PlanError) as error:
            raise PlanError(f"{path} holds no table of {cls.what}: {error}") from error


def effective_count(weights: NDArray[np.float64]) -> float:
    """How many equal weights would average as well (Kish)."""
    return float(weights.sum() ** 2 / (weights**2).sum())
