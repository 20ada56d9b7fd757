"""One folder per label, named after it: `SPLIT/LABEL/picture`, or `LABEL/picture`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from isotopes.canonical import digest_file, digest_of
from isotopes.errors import FolderError
from isotopes.lab.data.image_sets.image_set import ImageSet, Record

ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".gif"}


class FolderSet(ImageSet):
    """Picture files below one folder for each label."""

    def __init__(self, folder: Path) -> None:
        """List the files.

        Raises:
            FolderError: no sub-folder holds a picture.
        """
        self._folder = folder
        self._files = [
            (label.name, file)
            for label in sorted(folder.iterdir())
            if label.is_dir()
            for file in sorted(label.rglob("*"))
            if file.suffix.lower() in ENDINGS
        ]
        if not self._files:
            raise FolderError(f"no sub-folder of {folder} holds a picture")
        self.names = tuple(sorted({label for label, _ in self._files}))
        indices = {name: position for position, name in enumerate(self.names)}
        self.labels = np.array([indices[label] for label, _ in self._files], np.int64)

    def read(self, indices: Sequence[int]) -> Iterator[Record]:
        for index in sorted(indices):
            _, file = self._files[index]
            yield Record(index, file.relative_to(self._folder).as_posix(), file.read_bytes())

    def digest(self) -> str:
        return digest_of(
            [[f.relative_to(self._folder).as_posix(), digest_file(f)] for _, f in self._files]
        )
