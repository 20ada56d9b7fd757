"""Embeddings that were paid for, in a file beside the description: one JSON object a line.

Anchors are embedded before the first answer, one request after another. Each answer is appended as
it comes, so a run that is killed pays for it once. Without the file anchors are asked again.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import FolderError


class KeptEmbeddings:
    """The embeddings of pictures, by their digests."""

    def __init__(self, path: Path) -> None:
        """Read what is there; a line that a crash has cut off is left out."""
        self._path = path
        self._known: dict[str, NDArray[np.float64]] = {}
        for line in path.read_bytes().splitlines() if path.is_file() else ():
            try:
                said = json.loads(line)
                self._known[str(said["picture"])] = np.frombuffer(
                    base64.b64decode(said["float64"], validate=True), "<f8"
                )
            except (ValueError, KeyError, TypeError):
                continue

    def get(self, digest: str) -> NDArray[np.float64] | None:
        """The embedding of the picture with this digest, shape (numbers,)."""
        return self._known.get(digest)

    def add(self, digest: str, vector: NDArray[np.float64]) -> None:
        """Keep one more.

        Raises:
            FolderError: the file can't be written.
        """
        self._known[digest] = vector
        numbers = base64.b64encode(vector.astype("<f8").tobytes()).decode("ascii")
        # A new line first: the last one may have been cut off.
        line = "\n" + json.dumps({"picture": digest, "float64": numbers}) + "\n"
        try:
            with self._path.open("a", encoding="ascii") as file:
                file.write(line)
        except OSError as error:
            raise FolderError(f"{self._path} can't be written: {error.strerror}") from error
