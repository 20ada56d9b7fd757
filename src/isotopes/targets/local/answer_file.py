"""Reads files of saved answers: CSV, JSON Lines or Parquet.

    jsonl         {"picture": "query-0001.png", "scores": {"cat": 0.9, "dog": 0.1}}
    csv, parquet  wide: a column `picture`, and one for each label; empty if not returned
                  long: the columns `picture`, `label` and `score`

A CSV with semicolons has decimal commas, as European spreadsheets write it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import IsotopesError, TargetUnusable, unreadable
from isotopes.extras import how_to_install
from isotopes.targets.scores import distinct_names

_LONG = {"picture", "label", "score"}
_MOST_CELLS = 2**28  # 2 GiB as float64; a Parquet file of some kilobytes can hold more
_LONGEST_LABEL = 1_000  # characters


@dataclass(frozen=True, eq=False)
class AnswerTable:
    """Saved answers as the file holds them.

    Attributes:
        pictures: what the file calls each picture.
        labels: all labels, all different.
        values: probabilities, float64, shape (pictures, labels); NaN if not returned.
    """

    pictures: list[str]
    labels: tuple[str, ...]
    values: NDArray[np.float64]


def read_table(path: Path) -> AnswerTable:
    """The saved answers in a file, whose ending decides the format.

    Raises:
        TargetUnusable: it can't be read in one of the layouts above, or holds no scores.
    """
    readers: dict[str, Callable[[Path], AnswerTable]] = {
        ".jsonl": _read_jsonl,
        ".csv": _read_csv,
        ".parquet": _read_parquet,
    }
    ending = path.suffix.lower()
    if ending not in readers:
        raise TargetUnusable(
            "saved answers must be .jsonl, .csv or .parquet, or .npz for embeddings, got"
            f" {path.name!r}"
        )
    try:
        table = _check(readers[ending](path))
    except OSError as error:
        raise TargetUnusable(unreadable(path, error)) from error
    except IsotopesError:
        raise
    except Exception as error:  # three parsers, each with its own errors
        raise TargetUnusable(
            f"{path} can't be read as saved answers: {type(error).__name__}: {error!s:.200}",
            hint="docs/descriptions.md shows the layouts",
        ) from error
    if np.isnan(table.values).all():
        raise TargetUnusable(f"{path} holds no scores")
    return table


def _check(table: AnswerTable) -> AnswerTable:
    texts: list[object] = [*table.pictures, *table.labels]
    for text in texts:
        if not isinstance(text, str) or len(text) > _LONGEST_LABEL:
            raise ValueError(
                f"pictures and labels must be texts of at most {_LONGEST_LABEL:,} characters"
            )
        text.encode()  # raises UnicodeEncodeError for half a character
    return table


def _read_jsonl(path: Path) -> AnswerTable:
    with path.open(encoding="utf-8-sig") as file:
        rows = [json.loads(line) for line in file if line.strip()]
    return _pivot(
        (row["picture"], label, score) for row in rows for label, score in row["scores"].items()
    )


def _read_csv(path: Path) -> AnswerTable:
    with path.open(encoding="utf-8-sig", newline="") as file:  # spreadsheets write a signature
        first = file.readline()
        file.seek(0)
        european = ";" in first and "," not in first
        header, *rows = [row for row in csv.reader(file, delimiter=";" if european else ",") if row]
    if european:
        rows = [[cell.replace(",", ".") for cell in row] for row in rows]
    if set(header) == _LONG:
        columns = [header.index(name) for name in ("picture", "label", "score")]
        return _pivot(tuple(row[column] for column in columns) for row in rows)
    at = header.index("picture")
    values = [
        [float(cell) if cell.strip() else np.nan for cell in row[:at] + row[at + 1 :]]
        for row in rows
    ]
    labels = distinct_names(header[:at] + header[at + 1 :])
    return AnswerTable([row[at] for row in rows], labels, np.array(values).reshape(-1, len(labels)))


def _read_parquet(path: Path) -> AnswerTable:
    try:
        from pyarrow import parquet
    except ImportError:
        raise IsotopesError(
            f"reading {path} needs pyarrow, which is not installed",
            hint=f"{how_to_install('lab')}, or save the answers as .csv or .jsonl",
        ) from None
    about = parquet.read_metadata(path)
    if about.num_rows * about.num_columns > _MOST_CELLS:
        raise ValueError(f"{about.num_rows:,} rows of {about.num_columns:,} columns are too many")
    table = parquet.read_table(path)
    names = table.column_names
    if set(names) == _LONG:
        columns = [table[name].to_pylist() for name in ("picture", "label", "score")]
        return _pivot(zip(*columns, strict=True))
    at = names.index("picture")
    columns = [column for place, column in enumerate(table.columns) if place != at]
    values = [column.to_numpy().astype(np.float64) for column in columns]
    labels = distinct_names([name for place, name in enumerate(names) if place != at])
    return AnswerTable(table.column(at).to_pylist(), labels, np.stack(values, axis=1))


def _pivot(cells: Iterable[tuple[Any, ...]]) -> AnswerTable:
    """One row for each picture, in order of first appearance, from (picture, label, score)."""
    pictures: dict[str, dict[str, float]] = {}
    labels: dict[str, int] = {}
    for picture, label, score in cells:
        scores = pictures.setdefault(picture, {})
        labels.setdefault(label, len(labels))
        if scores.setdefault(label, float(score)) != float(score):
            raise ValueError(
                f"picture {picture!r:.80} has two scores for label {label!r:.80}; labels of one"
                " name need a number, such as 'crane (134)'"
            )
    if len(pictures) * len(labels) > _MOST_CELLS:
        raise ValueError(f"{len(pictures):,} pictures with {len(labels):,} labels are too many")
    values = np.full((len(pictures), len(labels)), np.nan)
    for row, scores in zip(values, pictures.values(), strict=True):
        row[[labels[label] for label in scores]] = list(scores.values())
    return AnswerTable(list(pictures), tuple(labels), values)
