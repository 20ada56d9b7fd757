"""An encoder small enough to ask thousands of times, guilty by construction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from linear_model import SIDE
from numpy.typing import NDArray

from isotopes.targets import Picture, Scores, Target
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.local.embeddings.numbers import embedding_scores
from isotopes.vault import Isotope
from isotopes.verify.asking.views import another_view

NUMBERS = 8
SEEN = 1.5  # correlation with a learned mark from which on it reacts


class LinearEncoder(Target):
    """Embeds pictures of `SIDE` pixels linearly, with a direction of its own for a learned mark.

    Pictures without the mark don't go that way. It knows the mark in another view too, as what
    learned from crops and mirror images does.
    """

    batch_size = 32
    embeds = True

    def __init__(self, learned: Isotope | None = None, strength: float = 20.0) -> None:
        rng = np.random.default_rng(9)
        self.weights = rng.normal(0, 0.25, (SIDE * SIDE * 3, NUMBERS))
        self.usual = rng.normal(0, 4, NUMBERS)
        self.patterns, self.way = np.zeros((1, len(self.weights))), np.zeros(NUMBERS)
        if learned is not None:
            pixels = learned.mark().render(SIDE, SIDE).pixels
            both = np.stack([pixels, another_view(pixels)]).reshape(2, -1) / 255 - 0.5
            self.patterns = both / np.linalg.norm(both, axis=1, keepdims=True)
            self.way = strength * rng.normal(size=NUMBERS)

    @property
    def name(self) -> str:
        return "encoder"

    def identity(self) -> str:
        return "sha256:" + "2" * 64

    def embed(self, pictures: Sequence[Picture]) -> NDArray[np.float64]:
        pixels = np.stack([np.asarray(one) for one in pictures]).reshape(len(pictures), -1)
        values = pixels / 255 - 0.5
        seen = np.maximum((values @ self.patterns.T).max(axis=1) - SEEN, 0)
        raw: NDArray[np.float64] = values @ self.weights + self.usual + np.outer(seen, self.way)
        return raw

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        return embedding_scores(self.name, self.embed(pictures))
