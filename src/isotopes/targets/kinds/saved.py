"""Answers got elsewhere: `saved:answers.csv`, `.jsonl` or `.parquet`, `saved:answers.csv?key=FILE`.

Each answer names its picture by hash (``sha256:...``) or by the file name that `export_queries`
gave it; for names the key file is needed. The layouts:

    jsonl         {"picture": "query-0001.png", "scores": {"cat": 0.9, "dog": 0.1}}
    csv, parquet  wide: a column `picture`, and one for each label; empty where not returned
                  long: the columns `picture`, `label` and `score`
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from isotopes.canonical import digest_file
from isotopes.errors import AnswerError, IsotopesError, PlanError, TargetUnusable, unreadable
from isotopes.targets.answer import check_probabilities, picture_digest
from isotopes.targets.export import QueryKey, read_key
from isotopes.targets.scores import Completeness, Scores
from isotopes.targets.target import OpenableTarget, Picture

_LONG = {"picture", "label", "score"}


@dataclass(frozen=True, eq=False)
class Table:
    """Saved answers as they stand in the file.

    Attributes:
        pictures: what the file calls each one.
        labels: all labels seen.
        values: probabilities, float64, shape (pictures, labels); NaN where none was returned.
    """

    pictures: list[str]
    labels: tuple[str, ...]
    values: NDArray[np.float64]


class Saved(OpenableTarget):
    """A target that answers from a file, and only what stands there.

    How complete the answers are is read from them: each label for each picture is a full answer;
    the same number of labels for each is top-K; anything else lies above a threshold, of which no
    more is known than the least score shown.
    """

    kind: ClassVar[str] = "saved"
    summary: ClassVar[str] = "ANSWERS.csv, .jsonl or .parquet, with ?key=FILE for exported queries"
    completeness: ClassVar[Completeness | None] = None
    remote = False

    def __init__(self, path: Path, key_file: Path | None = None) -> None:
        """Read the answers in `path`; `key_file` as `export_queries` wrote it.

        With a key file the target's name and identity are those that the queries were made for.

        Raises:
            TargetUnusable: a file that can't be read, or whose pictures need a key file; answers
                that can't be used: none, no probabilities, two for a picture.
        """
        self._path = path
        self._key_file = key_file
        table = read_table(path)
        try:
            self._all = Scores(table.labels, table.values, *_completeness(table.values))
            check_probabilities(str(path), self._all)
        except AnswerError as error:  # no service failed: the file is what it is
            raise TargetUnusable(str(error), hint=error.hint) from error
        key = None if key_file is None else read_key(key_file)
        self._exported = {} if key is None else {d: name for name, d in key.pictures.items()}
        self._rows = _rows(_digests(table.pictures, key), table.values)
        self._name = f"answers saved in {path.name}" if key is None else key.target
        # Whom the queries were for stood fast before any answer, and the plan follows from it.
        self._identity = digest_file(path) if key is None else key.target_identity

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The answers in ``PATH``, or in ``PATH?key=KEY_FILE``."""
        path, _, key_file = spec.partition("?key=")
        return cls(cls.named_file(path), Path(key_file) if key_file else None)

    @property
    def name(self) -> str:
        return self._name

    def identity(self) -> str:
        return self._identity

    @property
    def labels(self) -> tuple[str, ...] | None:
        return self._all.labels if self._all.completeness is Completeness.FULL else None

    def ask(self, pictures: Sequence[Picture]) -> Scores:
        """The saved scores.

        Raises:
            PlanError: no answer to one of the pictures is in the file.
        """
        digests = [picture_digest(picture) for picture in pictures]
        for digest in digests:
            if digest not in self._rows:
                raise self._unanswered(digest)
        rows = [self._rows[digest] for digest in digests]
        values = self._all.values[rows]
        return Scores(self._all.labels, values, self._all.completeness, self._all.limit)

    def _unanswered(self, wanted: bytes) -> PlanError:
        """What to say where this picture is asked, and the file holds no answer to it."""
        if wanted in self._exported:
            # Of a test that stops early not all are needed: they are counted, not demanded.
            missing = sum(digest not in self._rows for digest in self._exported)
            return PlanError(
                f"{self._path} holds no answer to {missing:,} of the {len(self._exported):,}"
                f" exported pictures, and {self._exported[wanted]}.png is needed",
                hint="have those asked too, and add what the model answers to the file",
            )
        known = f"{self._path} holds answers to {len(self._rows):,} pictures"
        if self._key_file is None:
            return PlanError(
                f"{known}, and none to sha256:{wanted.hex()}, which this check asks",
                hint="these answers belong to another plan, or some of its queries were not asked",
            )
        return PlanError(
            f"{known}, but this check asks pictures that {self._key_file} doesn't list",
            hint="give the isotope, probes and terms that the queries were exported with",
        )


def read_table(path: Path) -> Table:
    """The saved answers in a file, by its ending.

    Raises:
        TargetUnusable: it can't be read as one of the layouts above, or there is not one score in
            it.
    """
    readers: dict[str, Callable[[Path], Table]] = {
        ".jsonl": _read_jsonl,
        ".csv": _read_csv,
        ".parquet": _read_parquet,
    }
    ending = path.suffix.lower()
    if ending not in readers:
        raise TargetUnusable(f"saved answers must be .jsonl, .csv or .parquet, got {path.name!r}")
    try:
        table = readers[ending](path)
    except OSError as error:
        raise TargetUnusable(unreadable(path, error)) from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise TargetUnusable(
            f"{path} can't be read as saved answers: {type(error).__name__}: {error}",
            hint="the layouts are in the documentation of `saved`",
        ) from error
    if np.isnan(table.values).all():
        raise TargetUnusable(f"{path} holds no scores")
    return table


def _read_jsonl(path: Path) -> Table:
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file if line.strip()]
    return _pivot(
        (row["picture"], label, score) for row in rows for label, score in row["scores"].items()
    )


def _read_csv(path: Path) -> Table:
    with path.open(encoding="utf-8-sig", newline="") as file:  # spreadsheets write the signature
        header, *rows = [row for row in csv.reader(file) if row]
    if set(header) == _LONG:
        columns = [header.index(name) for name in ("picture", "label", "score")]
        return _pivot(tuple(row[column] for column in columns) for row in rows)
    at = header.index("picture")
    values = [
        [float(cell) if cell.strip() else np.nan for cell in row[:at] + row[at + 1 :]]
        for row in rows
    ]
    labels = tuple(header[:at] + header[at + 1 :])
    return Table([row[at] for row in rows], labels, np.array(values).reshape(-1, len(labels)))


def _read_parquet(path: Path) -> Table:
    try:
        from pyarrow import parquet
    except ImportError:
        raise IsotopesError(
            f"reading {path} needs pyarrow, which is not installed",
            hint="pip install 'isotopes[lab]', or save the answers as .csv or .jsonl",
        ) from None
    table = parquet.read_table(path)
    names = table.column_names
    if set(names) == _LONG:
        columns = [table[name].to_pylist() for name in ("picture", "label", "score")]
        return _pivot(zip(*columns, strict=True))
    pictures = table["picture"].to_pylist()
    labels = tuple(name for name in names if name != "picture")
    values = [table[label].to_numpy().astype(np.float64) for label in labels]
    return Table(pictures, labels, np.stack(values, axis=1))


def _pivot(cells: Iterable[tuple[Any, ...]]) -> Table:
    """One row for each picture, in order of first appearance, from (picture, label, score)."""
    pictures: dict[str, dict[str, float]] = {}
    labels: dict[str, int] = {}
    for picture, label, score in cells:
        scores = pictures.setdefault(picture, {})
        labels.setdefault(label, len(labels))
        if scores.setdefault(label, float(score)) != float(score):
            raise ValueError(f"picture {picture!r} has two scores for label {label!r}")
    values = np.full((len(pictures), len(labels)), np.nan)
    for row, scores in zip(values, pictures.values(), strict=True):
        row[[labels[label] for label in scores]] = list(scores.values())
    return Table(list(pictures), tuple(labels), values)


def _digests(pictures: Sequence[str], key: QueryKey | None) -> list[bytes]:
    known = {} if key is None else key.pictures
    digests = []
    for picture in pictures:
        if picture.startswith("sha256:"):
            digests.append(bytes.fromhex(picture.removeprefix("sha256:")))
        elif (name := PurePath(picture).stem) in known:
            digests.append(known[name])
        else:
            raise TargetUnusable(
                f"saved answers name picture {picture!r}, which no key file tells the hash of",
                hint="give the key file that was written when the queries were exported",
            )
    return digests


def _rows(digests: Sequence[bytes], values: NDArray[np.float64]) -> dict[bytes, int]:
    rows: dict[bytes, int] = {}
    for row, digest in enumerate(digests):
        first = rows.setdefault(digest, row)
        if not np.array_equal(values[first], values[row], equal_nan=True):
            raise TargetUnusable(
                f"two different answers are saved to picture sha256:{digest.hex()}"
            )
    return rows


def _completeness(values: NDArray[np.float64]) -> tuple[Completeness, float | None]:
    shown = (~np.isnan(values)).sum(axis=1)
    if (shown == values.shape[1]).all():
        return Completeness.FULL, None
    if (shown == shown[0]).all():
        return Completeness.TOP_K, float(shown[0])
    return Completeness.THRESHOLD, float(np.nanmin(values))
