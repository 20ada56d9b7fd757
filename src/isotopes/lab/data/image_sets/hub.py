"""Image sets as `datasets` loads them: from the Hugging Face hub, or what it has cached of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from isotopes.canonical import digest_of
from isotopes.errors import FolderError, IsotopesError
from isotopes.extras import how_to_install
from isotopes.lab.data.image_sets.image_set import ImageSet, Record


class HubSet(ImageSet):
    """One split: its first column of images, labelled by its first column of class labels."""

    def __init__(self, name: str, split: str) -> None:
        """Load it; downloaded the first time.

        Raises:
            FolderError: it has no such columns.
            IsotopesError: `datasets` is not installed.
        """
        datasets = _datasets(name)
        found = datasets.load_dataset(name, split=split)
        image = _column(name, found.features, datasets.Image)
        label = _column(name, found.features, datasets.ClassLabel)
        self.names = tuple(found.features[label].names)
        self.labels = np.array(found[label], np.int64)
        self._rows = found.select_columns([image]).cast_column(image, datasets.Image(decode=False))
        self._image = image

    def read(self, indices: Sequence[int]) -> Iterator[Record]:
        for index in sorted(indices):
            image = self._rows[index][self._image]
            data = image["bytes"]
            if data is None:
                data = Path(image["path"]).read_bytes()
            yield Record(index, f"{index:08}", data)

    def digest(self) -> str:
        pictures = hashlib.sha256()
        for record in self.read(range(len(self))):
            pictures.update(hashlib.sha256(record.data).digest())
        labels = hashlib.sha256(self.labels.tobytes()).hexdigest()
        return digest_of([list(self.names), labels, pictures.hexdigest()])


def hub_splits(name: str) -> list[str]:
    """The names of the splits.

    Raises:
        IsotopesError: `datasets` is not installed.
    """
    found: list[str] = _datasets(name).get_dataset_split_names(name)
    return found


def _datasets(name: str) -> Any:
    try:
        import datasets
    except ImportError as error:
        raise IsotopesError(
            f"the image set 'hub:{name}' needs datasets: {error}",
            hint=f"{how_to_install('datasets')}; a folder of files needs nothing: folder:NAME",
        ) from error
    return datasets


def _column(name: str, features: Any, kind: type) -> str:
    for column, feature in features.items():
        if isinstance(feature, kind):
            return str(column)
    raise FolderError(
        f"the image set {name!r} has no column of the kind {kind.__name__}; it has:"
        f" {', '.join(features)}"
    )
