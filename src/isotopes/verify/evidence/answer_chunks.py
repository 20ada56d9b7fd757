"""Where the answers of a sweep are kept: parquet files of some marks each, in one folder.

A part is written once all its queries are answered, so a sweep that was stopped goes on with the
first part that is not there, and whoever judges reads one part after another. A part has a file for
its marks and one for its decoys, as decoys are read first. Each row is a mark or decoy: its number
and its answers to all probes, label by label, NaN where a label was not returned.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import FolderError, reading
from isotopes.files import atomic_write
from isotopes.strict_json import read_json
from isotopes.targets.scores import Completeness
from isotopes.verify.evidence.answers_file import OWNER_ONLY

Kind = Literal["marks", "decoys"]
FORMAT = "isotopes-sweep-answers/1"
ABOUT = "sweep.json"
PART = re.compile(r"part-([0-9]{6})-(marks|decoys)\.parquet")
FORM = b"isotopes-form"  # labels, completeness and limit, as JSON
KINDS: tuple[Kind, ...] = ("decoys", "marks")
GROUP = 64  # rows of a row group


@dataclass(frozen=True, eq=False)
class AnswerChunk:
    """Some marks or decoys with their answers.

    Attributes:
        rows: their numbers, shape (n,).
        labels: names of the columns.
        answers: float32, shape (n, probes, labels).
        completeness, limit: as in `Answers`.
    """

    rows: NDArray[np.int64]
    labels: tuple[str, ...]
    answers: NDArray[np.float32]
    completeness: Completeness = Completeness.FULL
    limit: float | None = None

    def with_labels(self, labels: Sequence[str]) -> NDArray[np.float32]:
        """The answers with these columns, among which are all of the chunk's."""
        if tuple(labels) == self.labels:
            return self.answers
        places = {label: place for place, label in enumerate(labels)}
        wide = np.full((*self.answers.shape[:2], len(labels)), np.nan, np.float32)
        wide[:, :, [places[label] for label in self.labels]] = self.answers
        return wide


class AnswerChunks:
    """The folder of a sweep's answers. It holds no picture and no key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, plan: dict[str, Any], probes: int) -> None:
        """Note what is asked.

        Raises:
            FolderError: the folder can't be written, or holds the answers of another plan.
        """
        if self._path_of_plan.exists():
            if not self.hold(plan, probes):
                raise FolderError(
                    f"{self.folder} holds the answers of another plan",
                    hint="name another folder, or repeat the command that began it",
                )
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(self._path_of_plan, durable=True, mode=OWNER_ONLY) as part:
                part.write_text(_noted(plan, probes), encoding="utf-8")
        except OSError as error:
            raise FolderError(f"{self.folder} can't be written: {error.strerror}") from error

    def hold(self, plan: dict[str, Any], probes: int) -> bool:
        """Whether they were begun for this plan.

        Raises:
            FolderError: the folder's note of its plan is damaged.
        """
        path = self._path_of_plan
        if not path.exists():
            return False
        with reading(path, "the answers of a sweep"):
            return bool(read_json(path.read_bytes()) == json.loads(_noted(plan, probes)))

    @property
    def _path_of_plan(self) -> Path:
        return self.folder / ABOUT

    def finished(self) -> set[int]:
        """The numbers of the parts that are there."""
        found: dict[str, set[int]] = {"marks": set(), "decoys": set()}
        for path in self.folder.iterdir():
            if match := PART.fullmatch(path.name):
                found[match[2]].add(int(match[1]))
        return found["marks"] & found["decoys"]

    def write(self, number: int, marks: AnswerChunk, decoys: AnswerChunk) -> None:
        """Keep a part.

        Raises:
            FolderError: it can't be written.
        """
        try:
            self._write(number, "decoys", decoys)
            self._write(number, "marks", marks)
        except OSError as error:
            raise FolderError(f"{self.folder} can't be written: {error.strerror}") from error

    def labels(self) -> tuple[str, ...]:
        """All labels of all parts, in the order in which they first appear."""
        known: dict[str, None] = {}
        for number in sorted(self.finished()):
            for kind in KINDS:
                known.update(dict.fromkeys(_about(self._file(number, kind)).labels))
        return tuple(known)

    def chunks(self, kind: Kind, numbers: Sequence[int] | None = None) -> Iterator[AnswerChunk]:
        """What parts hold, a row group at a time.

        Args:
            numbers: of the parts; None for all.

        Raises:
            FolderError: a file is damaged.
        """
        for number in sorted(self.finished()) if numbers is None else numbers:
            file = self._file(number, kind)
            about = _about(file)
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                values = table["answers"].combine_chunks().flatten().to_numpy()
                # A part may hold no decoy, or no mark, so the rows don't say how many probes.
                probes = table.schema.field("answers").type.list_size // len(about.labels)
                answers = values.reshape(table.num_rows, probes, len(about.labels))
                yield replace(about, rows=table["row"].to_numpy(), answers=answers)

    def _path(self, number: int, kind: Kind) -> Path:
        return self.folder / f"part-{number:06}-{kind}.parquet"

    def _file(self, number: int, kind: Kind) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self._path(number, kind)
        try:
            return pq.ParquetFile(path, memory_map=True)
        except (OSError, pa.ArrowException) as error:
            raise FolderError(f"{path} can't be read as answers: {error!s:.200}") from error

    def _write(self, number: int, kind: Kind, chunk: AnswerChunk) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        form = [chunk.labels, chunk.completeness.value, chunk.limit]
        width = chunk.answers.shape[1] * chunk.answers.shape[2]
        flat = pa.array(np.ascontiguousarray(chunk.answers, np.float32).reshape(-1))
        schema = pa.schema(
            [("row", pa.int64()), ("answers", pa.list_(pa.float32(), width))],
            metadata={FORM: json.dumps(form).encode()},
        )
        lists = pa.FixedSizeListArray.from_arrays(flat, width)
        table = pa.Table.from_arrays([pa.array(chunk.rows), lists], schema=schema)
        with atomic_write(self._path(number, kind), durable=True, mode=OWNER_ONLY) as part:
            # Softmax outputs hardly compress, and no dictionary would hold them.
            pq.write_table(
                table, part, row_group_size=GROUP, compression="none", use_dictionary=False
            )


def _noted(plan: dict[str, Any], probes: int) -> str:
    return json.dumps({"format": FORMAT, "plan": plan, "probes": probes})


def _about(file: Any) -> AnswerChunk:
    """What a file says of its answers, without them."""
    try:
        labels, completeness, limit = read_json((file.schema_arrow.metadata or {})[FORM])
        return AnswerChunk(
            np.empty(0, np.int64),
            tuple(str(label) for label in labels),
            np.empty((0, 0, 0), np.float32),
            Completeness(completeness),
            None if limit is None else float(limit),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FolderError("a part of a sweep's answers doesn't say what it holds") from error
