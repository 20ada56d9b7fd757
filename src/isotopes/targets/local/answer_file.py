"""Reads files of saved answers: CSV, JSON Lines or Parquet.

    jsonl         {"picture": "query-0001.png", "scores": {"cat": 0.9, "dog": 0.1}}
    csv, parquet  wide: a column `picture`, and one for each label; empty if not returned
                  long: the columns `picture`, `label` and `score`

A CSV with semicolons has decimal commas, as European spreadsheets write it.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import TargetUnusable, reading
from isotopes.extras import how_to_install
from isotopes.strict_json import encoding_of
from isotopes.targets.local.files.json_lines import json_lines
from isotopes.targets.scores import distinct_names

_LONG = {"picture", "label", "score"}
_MOST_CELLS = 2**28  # 2 GiB as float64; a Parquet file of some kilobytes can hold more
_LONGEST_LABEL = 1_000  # characters

Cell = tuple[object, object, float]  # picture, label, score


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
    hint = "docs/descriptions.md shows the layouts"
    with reading(path, "saved answers", error=TargetUnusable, hint=hint):
        table = _check(readers[ending](path))
        if np.isnan(table.values).all():
            raise ValueError("it holds no scores")
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
    return _pivot(_cells_of_lines(path))


def _cells_of_lines(path: Path) -> Iterator[Cell]:
    for place, row in json_lines(path, "picture", "scores"):
        scores = row["scores"]
        if not isinstance(scores, dict):
            raise ValueError(f"{place}: scores must be an object of labels, got {scores!r:.80}")
        for label, score in scores.items():
            yield row["picture"], label, _as_number(place, label, score)


def _read_csv(path: Path) -> AnswerTable:
    try:
        with path.open("rb") as file:
            encoding = encoding_of(file.read(4))
        with path.open(encoding=encoding, newline="") as file:  # spreadsheets write a signature
            first = file.readline()
            file.seek(0)
            european = ";" in first and "," not in first
            reader = csv.reader(file, delimiter=";" if european else ",")
            rows = [(f"line {reader.line_num}", row) for row in reader if row]
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num} is no CSV: {error}") from None
    if not rows:
        raise ValueError("it is empty")
    header = rows[0][1]
    for place, row in rows[1:]:
        if len(row) != len(header):
            raise ValueError(f"{place} has {len(row)} cells, and the first line has {len(header)}")
    if european:
        rows[1:] = [(place, [cell.replace(",", ".") for cell in row]) for place, row in rows[1:]]
    if set(header) == _LONG:
        picture, label, score = (header.index(name) for name in ("picture", "label", "score"))
        return _pivot(
            (row[picture], row[label], _number(place, "score", row[score]))
            for place, row in rows[1:]
        )
    at = _picture_column(header)
    names = header[:at] + header[at + 1 :]
    values = [_numbers(place, names, row[:at] + row[at + 1 :]) for place, row in rows[1:]]
    labels = distinct_names(names)
    pictures = [row[at] for _, row in rows[1:]]
    return AnswerTable(pictures, labels, np.array(values).reshape(-1, len(labels)))


def _picture_column(names: Sequence[str]) -> int:
    if "picture" not in names or len(names) < 2:
        raise ValueError(
            "it must have a column 'picture' and one for each label; its columns are:"
            f" {', '.join(names):.100}"
        )
    return list(names).index("picture")


def _numbers(place: str, names: Sequence[str], cells: Sequence[str]) -> list[float]:
    """The numbers of a row, NaN where its cells are empty."""
    return [
        _number(place, name, cell) if cell.strip() else np.nan
        for name, cell in zip(names, cells, strict=True)
    ]


def _number(place: str, name: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = np.nan
    return _as_number(place, name, cell if np.isnan(value) else value)


def _as_number(place: str, name: object, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):
            if not math.isnan(found := float(value)):
                return found
    raise ValueError(f"{place}: the score of {name!r:.80} is {value!r:.80}, which is no number")


def _read_parquet(path: Path) -> AnswerTable:
    table = _parquet_table(path)
    names = table.column_names
    if set(names) == _LONG:
        columns = [table[name].to_pylist() for name in ("picture", "label", "score")]
        return _pivot(
            (picture, label, _as_number(f"row {row}", "score", score))
            for row, (picture, label, score) in enumerate(zip(*columns, strict=True), 1)
        )
    at = _picture_column(names)
    others = [place for place in range(len(names)) if place != at]
    values = [_column(names[place], table.column(place)) for place in others]
    labels = distinct_names([names[place] for place in others])
    return AnswerTable(table.column(at).to_pylist(), labels, np.stack(values, axis=1))


def _parquet_table(path: Path) -> Any:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise TargetUnusable(
            "pyarrow is not installed",
            hint=f"{how_to_install('lab')}, or save the answers as .csv or .jsonl",
        ) from None
    with path.open("rb"):  # what pyarrow says of a missing file is not for people
        pass
    try:
        about = parquet.read_metadata(path)
        cells = about.num_rows * about.num_columns
        table = parquet.read_table(path) if cells <= _MOST_CELLS else None
    except (OSError, pyarrow.ArrowException) as error:
        raise ValueError("it is cut short or damaged, or no Parquet file") from error
    if table is None:
        raise ValueError(f"{about.num_rows:,} rows of {about.num_columns:,} columns are too many")
    return table


def _column(name: str, column: Any) -> NDArray[np.float64]:
    try:
        return np.asarray(column.to_numpy().astype(np.float64))
    except (TypeError, ValueError):
        raise ValueError(f"its column {name!r:.80} must hold numbers, got {column.type}") from None


def _pivot(cells: Iterable[Cell]) -> AnswerTable:
    """One row for each picture, in order of first appearance, from (picture, label, score)."""
    pictures: dict[str, dict[str, float]] = {}
    labels: dict[str, int] = {}
    for picture, label, score in cells:
        if not isinstance(picture, str) or not isinstance(label, str):
            raise ValueError(
                f"pictures and labels must be texts, got {picture!r:.40}, {label!r:.40}"
            )
        scores = pictures.setdefault(picture, {})
        labels.setdefault(label, len(labels))
        if scores.setdefault(label, score) != score:
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
