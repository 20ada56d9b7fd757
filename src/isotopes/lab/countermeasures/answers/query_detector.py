"""A service that notices similar queries, and answers them all as it answered the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import AnswerChange

if TYPE_CHECKING:
    from isotopes.targets import Target

SIDE = 8  # a picture's fingerprint has so many cells a side


class QueryDetector(AnswerChange):
    name: ClassVar[str] = "query_detector"
    summary: ClassVar[str] = "answer a picture that resembles an earlier one as that one"
    source: ClassVar[str] = "stateful detection (Chen, Carlini and Wagner 2020)"
    parameter: ClassVar[str] = "distance of fingerprints that counts as alike, in levels of 255"
    strengths: ClassVar[tuple[float, ...]] = (4, 16, 64)

    def wrap(self, target: Target, seed: int) -> Target:
        del seed
        from isotopes.targets.kinds.callable import CallableTarget

        seen: list[NDArray[np.float64]] = []
        given: list[NDArray[np.float64]] = []

        def remembering(pictures: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
            fresh = target.ask(pictures).values
            for index, picture in enumerate(pictures):
                print_ = fingerprint(picture)
                if seen:
                    distances = np.abs(np.stack(seen) - print_).mean(axis=1)
                    nearest = int(distances.argmin())
                    if distances[nearest] <= self.strength:
                        fresh[index] = given[nearest]
                        continue
                seen.append(print_)
                given.append(fresh[index].copy())
            return fresh

        return CallableTarget(remembering, target.labels)


def fingerprint(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean brightness of each cell of an 8 x 8 grid, shape (64,), in levels of 255."""
    grey = picture.mean(axis=2)
    rows = np.array_split(grey, SIDE, axis=0)
    return np.array([cell.mean() for row in rows for cell in np.array_split(row, SIDE, axis=1)])
