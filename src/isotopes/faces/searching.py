"""A gallery as a target: its ids are the labels, its similarities the scores.

So a check of a gallery uses journal, budget and canary like any other check.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isotopes.faces.face_search import FaceSearch
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target


class Searching(Target):
    """Searches a gallery. A picture with no face, or no similar one, gets an empty answer."""

    batch_size = 1

    def __init__(self, engine: FaceSearch) -> None:
        self._engine = engine
        self.remote, self.price = engine.remote, engine.price
        self.rate_limits, self.concurrency = engine.rate_limits, engine.concurrency
        self._identity = engine.identity()  # computed once: a local gallery hashes every face

    @property
    def name(self) -> str:
        return self._engine.name

    def identity(self) -> str:
        return self._identity

    @property
    def destination(self) -> str | None:
        return self._engine.destination

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        (picture,) = pictures
        matches = self._engine.search(picture, gate)
        labels = tuple(match.id for match in matches.ranked)
        values = np.array([[match.similarity for match in matches.ranked]], np.float64)
        return Scores(labels, values, matches.completeness, matches.limit)

    def close(self) -> None:
        self._engine.close()
