"""Parquet files in the layout of Hugging Face image data sets: `SPLIT-00000-of-00001.parquet`.

A column `image` or `img` of structs (`bytes`, `path`); a column `label`, `labels` or `fine_label`
of whole numbers; the labels' names in the schema's metadata, or else one to a line in `labels.txt`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from isotopes.canonical import digest_file, digest_of
from isotopes.errors import FolderError
from isotopes.lab.data.image_sets.image_set import ImageSet, Record

IMAGE, LABEL = ("image", "img"), ("label", "labels", "fine_label")


class ParquetSet(ImageSet):
    """The parquet files of one split."""

    def __init__(self, folder: Path, split: str) -> None:
        """Read labels and their names.

        Raises:
            FolderError: no such files, or columns that are not those of an image set.
        """
        self._files = parquet_files(folder, split)
        if not self._files:
            raise FolderError(f"there is no {split}-*.parquet in {folder}")
        parts = [_labels(file) for file in self._files]
        self._starts = np.cumsum([0, *map(len, parts)])
        self.labels = np.concatenate(parts).astype(np.int64)
        self.names = _label_names(folder, self._files[0], int(self.labels.max(initial=0)) + 1)

    def read(self, indices: Sequence[int]) -> Iterator[Record]:
        wanted = np.sort(np.asarray(indices, np.int64))
        for file, start, stop in zip(self._files, self._starts[:-1], self._starts[1:], strict=True):
            mine = wanted[(wanted >= start) & (wanted < stop)]
            yield from _records(file, int(start), mine - start)

    def digest(self) -> str:
        return digest_of([digest_file(file) for file in self._files])


def parquet_files(folder: Path, split: str) -> list[Path]:
    """The split's files, in order."""
    return sorted(folder.glob(f"{split}-*.parquet"))


def _records(file: Path, start: int, rows: np.ndarray[Any, Any]) -> Iterator[Record]:
    """The rows of one file, a row group at a time: memory holds no more than that."""
    opened, before = _open(file), 0
    for group in range(opened.num_row_groups):
        after = before + opened.metadata.row_group(group).num_rows
        mine = rows[(rows >= before) & (rows < after)]
        if mine.size:
            images = opened.read_row_group(group, columns=[_column(opened, IMAGE)])[0]
            for row in mine.tolist():
                image = images[row - before].as_py()
                name = image.get("path") or f"{start + row:06}"
                yield Record(start + row, name, image["bytes"])
        before = after


def _open(file: Path) -> Any:
    import pyarrow.parquet

    try:
        opened = pyarrow.parquet.ParquetFile(file)
    except (OSError, pyarrow.ArrowException) as error:
        raise FolderError(f"{file} can't be read as parquet: {error}") from error
    for wanted in (IMAGE, LABEL):
        if not set(wanted) & set(opened.schema_arrow.names):
            raise FolderError(
                f"{file} has no column {wanted[0]!r}; it has:"
                f" {', '.join(opened.schema_arrow.names)}",
                hint="an image set holds a column 'image' (bytes, path) and a column 'label'",
            )
    return opened


def _column(opened: Any, wanted: tuple[str, ...]) -> str:
    return next(name for name in wanted if name in opened.schema_arrow.names)


def _labels(file: Path) -> np.ndarray[Any, Any]:
    opened = _open(file)
    found: np.ndarray[Any, Any] = opened.read(columns=[_column(opened, LABEL)])[0].to_numpy()
    return found


def _label_names(folder: Path, file: Path, count: int) -> tuple[str, ...]:
    opened = _open(file)
    metadata = opened.schema_arrow.metadata or {}
    listed = folder / "labels.txt"
    names: list[str] = []
    if b"huggingface" in metadata:
        features = json.loads(metadata[b"huggingface"]).get("info", {}).get("features", {})
        names = features.get(_column(opened, LABEL), {}).get("names") or []
    if not names and listed.is_file():
        names = listed.read_text(encoding="utf-8").splitlines()
    names = names or [str(label) for label in range(count)]
    if len(names) < count:
        raise FolderError(f"{folder} names {len(names)} labels, but its pictures have {count}")
    return tuple(names)
