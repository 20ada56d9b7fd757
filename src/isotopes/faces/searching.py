"""A gallery as a target: its ids are the labels, its similarities the scores.

So a check of one keeps its answers in the journal, holds its budget and watches its canary as any
other check does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isotopes.faces.face_search import FaceSearch
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target


class Searching(Target):
    """Searches a gallery; a picture without a face, or like none, gets an answer without labels."""

    batch_size = 1

    def __init__(self, engine: FaceSearch) -> None:
        self._engine = engine
        self.remote, self.rates, self.price = engine.remote, engine.rates, engine.price
        self.concurrency = engine.concurrency
        self._identity = engine.identity()  # once: a local gallery's covers every face in it

    @property
    def name(self) -> str:
        return self._engine.name

    def identity(self) -> str:
        return self._identity

    def ask(self, pictures: Sequence[Picture]) -> Scores:
        (picture,) = pictures
        matches = self._engine.search(picture)
        labels = tuple(match.id for match in matches.found)
        values = np.array([[match.similarity for match in matches.found]], np.float64)
        return Scores(labels, values, matches.completeness, matches.limit)

    def close(self) -> None:
        self._engine.close()
